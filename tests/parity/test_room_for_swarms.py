"""A run that finds too little room for what one event brings about among swarms begins anew with more."""

from __future__ import annotations

import pytest

from simlab.engines import kernel_teamwork
from simlab.model.tables import Model
from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines


def crowded() -> Model:
    """Swarms and single tickets compete for five people, who are interrupted for urgent ones."""
    staffing = {"people": 5, "preempted_by": ["P1"]}
    scenario = one_step({"rate": "8/hour"}, {"exponential": "20 min"}, staffing, "1 day")
    scenario["priorities"] = {"order": ["P1", "P3"]}
    scenario["routing"]["steps"]["work"]["swarm"] = {"people": 2, "hold": True}
    return model_of(scenario)


def test_run_begins_anew_with_more_room_and_leaves_the_same_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    margins: list[int] = []
    tables = kernel_teamwork.swarm_tables

    def watched(model: Model, rows: int, margin: int) -> kernel_teamwork.Tables:
        margins.append(margin)
        return tables(model, rows, margin)

    monkeypatch.setattr(kernel_teamwork, "_ERRANDS", 1)
    monkeypatch.setattr("simlab.engines.kernel_pattern.swarm_tables", watched)
    logs = BothEngines().run(crowded(), 1, 0)
    assert len(logs.visits) > 0
    assert margins[:2] == [1, 4]
