"""Which engine runs a model, what a first run says, and that nothing but a place to keep code is optional."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simlab.engines import auto, kernel_entry
from simlab.engines.auto import AutoEngine, engine_named
from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.logs import RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import UsageError
from simlab.model.tables import Model
from tests.desks import model_of, one_step

ROOT = Path(__file__).parents[3]
SHORT = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1 day")
LONG = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1000 weeks")


class Recorder:
    """An engine that notes which model it was given, and runs it on SimPy with next to no events."""

    def __init__(self, name: str, given: list[str]) -> None:
        self.name = name
        self.given = given

    def run(self, model: Model, seed: int, replication: int, guards: Guards) -> RunLogs:
        self.given.append(self.name)
        return SimpyEngine().run(model, seed, replication, Guards(max_events=1))

    def supports(self, model: Model) -> str | None:
        return CompiledEngine().supports(model)


def chooses(monkeypatch: pytest.MonkeyPatch, written: Any, is_loaded: bool, is_kept: bool) -> str:  # noqa: ANN401
    """Engine that a new `auto` gives a model, where the kernel is in this process, or on disk."""
    monkeypatch.setattr(kernel_entry, "is_loaded", lambda build: is_loaded)
    monkeypatch.setattr(kernel_entry, "is_kept", lambda build: is_kept)
    given: list[str] = []
    monkeypatch.setattr(auto, "SimpyEngine", lambda: Recorder("simpy", given))
    monkeypatch.setattr(auto, "CompiledEngine", lambda: Recorder("compiled", given))
    AutoEngine().run(model_of(written), 1, 0)
    return given[0]


class TestChoice:
    def test_of_a_job_shorter_than_loading_compiled_code_is_simpy(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert chooses(monkeypatch, SHORT, is_loaded=False, is_kept=True) == "simpy"

    def test_of_a_short_job_is_the_compiled_engine_where_it_is_ready(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert chooses(monkeypatch, SHORT, is_loaded=True, is_kept=True) == "compiled"

    def test_of_a_job_longer_than_compiling_is_the_compiled_engine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert chooses(monkeypatch, LONG, is_loaded=False, is_kept=False) == "compiled"

    def test_of_a_job_between_loading_and_compiling_depends_on_what_is_kept(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        between = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "40 weeks")

        assert chooses(monkeypatch, between, is_loaded=False, is_kept=False) == "simpy"
        assert chooses(monkeypatch, between, is_loaded=False, is_kept=True) == "compiled"

    def test_is_told_once_in_one_line(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(kernel_entry, "is_loaded", lambda build: False)
        engine, model = AutoEngine(), model_of(SHORT)

        with caplog.at_level(logging.INFO, "simlab.engines.auto"):
            engine.run(model, 1, 0)
            engine.run(model, 1, 1)

        assert caplog.messages == [
            f"the SimPy engine runs '{model.name}': it is done before the compiled one has started"
        ]

    def test_between_unknown_names_is_refused(self) -> None:
        with pytest.raises(UsageError, match="the engine is one of auto, simpy, compiled; found 'fast'"):
            engine_named("fast")


_PROGRAM = """
import logging, sys
from simlab.engines import kernel_entry
from simlab.engines.kernel_builds import Build

logging.basicConfig(format="%(message)s")

def run_short(address):
    return address + 1

kernel_entry._entry = lambda build: run_short
print(kernel_entry.kernel(Build.LEAN)(41), kernel_entry.is_kept(Build.LEAN))
"""


class TestFirstRun:
    """With a function of one line in place of the kernel, which would take long to compile."""

    def run(self, tmp_path: Path, **surroundings: str) -> tuple[str, str]:
        program = tmp_path / "program.py"
        if not program.exists():
            program.write_text(_PROGRAM, encoding="utf-8")
        ended = subprocess.run(
            [sys.executable, str(program)],
            env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings},
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout.strip(), ended.stderr.strip()

    def test_says_that_it_compiles_and_the_next_one_starts_at_once(self, tmp_path: Path) -> None:
        announcement = "compiling the simulation engine; later runs start at once ..."

        first = self.run(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept"))
        second = self.run(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept"))

        assert first == ("42 True", announcement)
        assert second == ("42 True", "")

    def test_runs_where_nothing_can_be_kept(self, tmp_path: Path) -> None:
        # As in an install that nobody may write to: no folder can be made where a file is, or below one.
        blocked = tmp_path / "__pycache__"
        blocked.touch()

        told, _ = self.run(
            tmp_path, NUMBA_CACHE_DIR="", HOME=str(blocked / "home"), XDG_CACHE_HOME=str(blocked / "cache")
        )

        assert told == "42 False"
