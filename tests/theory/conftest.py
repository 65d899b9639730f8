"""Long comparisons run on the compiled engine, whose logs the parity tests hold equal to the reference's."""

from __future__ import annotations

import pytest

import tests.desks
from simlab.engines.compiled import CompiledEngine


@pytest.fixture(autouse=True)
def _compiled_engine_for_long_runs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("slow"):
        monkeypatch.setattr(tests.desks, "SimpyEngine", CompiledEngine)
