"""Every shipped scenario leaves the same logs on both engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simlab.engines.compiled import CompiledEngine
from simlab.model.load import load
from tests.parity.comparison import BothEngines

FOLDER = Path(__file__).parents[2] / "scenarios"
SCENARIOS = sorted(path for path in FOLDER.rglob("*.yaml"))
SHORT = 4 * 7 * 24 * 60.0


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_engines_leave_equal_logs_on_shipped_scenarios(path: Path) -> None:
    model = load(path, root=FOLDER).model
    short = replace(model, length=min(model.length, SHORT), warm_up=min(model.warm_up, SHORT / 2))
    assert CompiledEngine().supports(short) is None
    BothEngines().run(short, 1, 0)
