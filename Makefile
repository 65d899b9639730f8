# Needs only make and Python 3.11 to 3.14. Everything is installed into .venv, pinned by locks/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test check lint format types docs gallery bench planted fuzz oldest newest lock clean

PYTHON ?= python3
JOBS ?= 2
SECONDS ?= 60
SEED ?= 1

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
PYTEST := $(PY) -m pytest
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
COMPILE = $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header pyproject.toml

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready-dev ## create .venv with all that development needs

demo: .venv/.ready-runtime ## simulate, compare and optimise a real service desk; write a report
	.venv/bin/simlab demo --output reports/demo

test: .venv/.ready-dev ## run every test, the slow ones and the docs' examples included
	$(PYTEST) -n $(JOBS) --dist worksteal

check: .venv/.ready-dev ## run the fast tests
	$(PYTEST) -n $(JOBS) --dist worksteal -m "not slow"

lint: .venv/.ready-dev ## check style and formatting
	$(PY) -m ruff check
	$(PY) -m ruff format --check

format: .venv/.ready-dev ## format the code, sort imports
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

types: .venv/.ready-dev ## check types
	$(PY) -m mypy

docs: .venv/.ready-dev ## run every example of the docs and follow every link
	$(PYTEST) tests/docs

gallery: .venv/.ready-dev ## draw the pictures of the README anew
	$(PY) docs/draw_samples.py

bench: .venv-bench/.ready ## measure speed, beside other simulators
	.venv-bench/bin/python -m benchmarks

planted: .venv/.ready-dev ## plant faults in the engines and see whether tests notice
	$(PY) -m tests.planted_faults

fuzz: .venv/.ready-dev ## feed every reader broken files, SECONDS=60 each
	$(PY) -m tests.fuzzing --seconds $(SECONDS) --seed $(SEED)

oldest: .venv/.ready-dev ## test with the oldest libraries that are allowed
	$(PIP) install --quiet uv
	$(PY) -m tests.other_libraries

newest: .venv/.ready-dev ## test with the newest libraries that are allowed
	$(PIP) install --quiet uv
	$(PY) -m tests.other_libraries --newest

lock: .venv/.ready-dev ## pin the newest allowed versions in locks/
	$(PIP) install --quiet uv
	$(COMPILE) --group build --output-file locks/runtime.txt
	$(COMPILE) --group dev --all-extras --constraints locks/runtime.txt --output-file locks/dev.txt

clean: ## remove environments, caches and build products; results/ and reports/ stay
	rm -rf .venv .venv-bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find simlab tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.venv/.ready-runtime: locks/runtime.txt pyproject.toml | $(PY)
	$(call install,locks/runtime.txt)
	@touch $@

# Set-up ends with compiling the package and its simulation engine, so that no run need.
# The development lock holds the runtime lock at the same versions, so it makes both ready.
.venv/.ready-dev: locks/dev.txt locks/runtime.txt pyproject.toml | $(PY)
	$(call install,locks/dev.txt)
	@touch .venv/.ready-runtime $@

# Other simulators stay out of .venv; a peer that cannot be installed here is left out of the comparison.
.venv-bench/.ready: benchmarks/requirements.txt .venv/.ready-dev
	$(PY) -m venv .venv-bench
	$(PY) -c "import site; print(site.getsitepackages()[0])" \
		> "$$(.venv-bench/bin/python -c 'import site; print(site.getsitepackages()[0])')/simlab-venv.pth"
	grep -v '^#' benchmarks/requirements.txt | while read -r peer; do \
		.venv-bench/bin/python -m pip install --disable-pip-version-check --quiet "$$peer" || \
		echo "$$peer cannot be installed here" >&2; \
	done
	@touch $@

define install
	$(PIP) install --quiet --require-hashes --requirement $(1)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(PY) -m compileall -q simlab
	$(PY) -c "from simlab.engines.kernel_builds import Build; from simlab.engines.kernel_entry import kernel; \
		[kernel(build) for build in Build]"
endef

$(PY):
	@for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11; do \
		if $$python -c '$(SUPPORTED)' 2>/dev/null; then \
			echo "Creating .venv with $$($$python --version)"; \
			$$python -m venv .venv && exit 0; \
			rm -rf .venv; \
			echo "$$python cannot create a virtual environment (on Debian: install python3-venv)." >&2; \
			exit 1; \
		fi; \
	done; \
	echo "simlab needs Python 3.11 to 3.14; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	echo "Install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; \
	exit 1
