"""Test with the oldest or newest libraries that ``pyproject.toml`` allows: ``make oldest``, ``make newest``.

An environment of them is made in a folder that is removed again. The quick tests of what decides numbers run
there, and a scenario gives the same figures there as here, to `CLOSE`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.released_files import INPUTS

ROOT = Path(__file__).parents[1]
TOOLS = ("pytest", "pytest-timeout", "hypothesis", "jsonschema", "markdown-it-py", "openpyxl")
TESTS = ("unit/model", "unit/engines", "unit/metrics", "unit/statistics", "unit/results", "parity", "faults")
CLOSE = 1e-9
"""Relative difference of figures that versions of libraries may make."""
VERSIONS = "import numpy, scipy, numba; print(numpy.__version__, scipy.__version__, numba.__version__)"


def main() -> int:
    """Make the environment, compare figures, and test; 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.other_libraries", description=__doc__)
    parser.add_argument("tests", nargs="*", default=TESTS, help="folders or files of tests to run")
    parser.add_argument("--newest", action="store_true", help="the newest that are allowed, not the oldest")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        python = environment(folder, "highest" if options.newest else "lowest-direct")
        print("figures with", said(python, folder, "-c", VERSIONS).strip(), flush=True)
        apart = differences(figures(sys.executable, folder / "here"), figures(python, folder / "there"))
        print("\n".join(apart) or f"are those with {said(sys.executable, folder, '-c', VERSIONS).strip()}")
        tested = subprocess.run(
            [python, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", "-o", "timeout=0"]
            # Older libraries warn of what newer ones have settled.
            + ["-W", "ignore::DeprecationWarning", "-W", "ignore::PendingDeprecationWarning"]
            + [f"tests/{each}" for each in options.tests],
            cwd=ROOT,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(folder / "compiled")},
        )
    return int(bool(apart) or tested.returncode != 0)


def environment(folder: Path, resolution: str) -> str:
    """Make an environment of the libraries that uv chooses by this rule; return its Python."""
    chosen, made = folder / "chosen.txt", folder / "environment"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    rule = ["--resolution", resolution, "--output-file", str(chosen)]
    subprocess.run(
        [*uv, "pip", "compile", *rule, str(ROOT / "pyproject.toml")], check=True, stdout=subprocess.DEVNULL
    )
    subprocess.run([*uv, "venv", "--python", sys.executable, str(made)], check=True)
    python = str(made / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    subprocess.run([*uv, "pip", "install", "--python", python, "-r", str(chosen), *TOOLS], check=True)
    return python


def figures(python: str, folder: Path) -> dict[str, float | None]:
    """Figures of a scenario on both engines, computed in an environment."""
    folder.mkdir()
    for file, text in INPUTS.items():
        (folder / file).write_text(text, encoding="utf-8")
    told: dict[str, float | None] = {}
    for engine in ("simpy", "compiled"):
        command = ("-m", "simlab", "run", "run.yaml", "--engine", engine, "--json", "-q", "--no-store")
        responses = json.loads(said(python, folder, *command))["responses"]
        told |= {f"{engine}: {name}": figure["value"] for name, figure in responses.items()}
    return told


def said(python: str, folder: Path, *arguments: str) -> str:
    """Carry out a command of Python and return what it prints."""
    ended = subprocess.run(
        [python, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(folder / "compiled")},
    )
    return ended.stdout


def differences(here: dict[str, float | None], there: dict[str, float | None]) -> list[str]:
    """Figures that differ by more than rounding, a sentence each."""
    found = [] if here.keys() == there.keys() else [f"other figures: {sorted(here.keys() ^ there.keys())}"]
    for name in here.keys() & there.keys():
        one, other = here[name], there[name]
        is_close = one == other if one is None or other is None else math.isclose(one, other, rel_tol=CLOSE)
        if not is_close:
            found.append(f"{name}: {one} and {other}")
    return found


if __name__ == "__main__":
    sys.exit(main())
