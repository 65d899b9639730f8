"""Long comparisons run on the compiled engine, whose logs the parity tests hold equal to the reference's."""

from __future__ import annotations

import pytest

import tests.desks
from simlab.engines.compiled import CompiledEngine
from simlab.engines.logs import RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.tables import Model


class FasterEngine:
    """The compiled engine where it knows the mechanisms of a model, else the reference."""

    def run(self, model: Model, seed: int, replication: int) -> RunLogs:
        """Run one replication."""
        compiled = CompiledEngine()
        engine = SimpyEngine() if compiled.supports(model) else compiled
        return engine.run(model, seed, replication)


@pytest.fixture(autouse=True)
def _faster_engine_for_long_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("slow"):
        monkeypatch.setattr(tests.desks, "SimpyEngine", FasterEngine)
