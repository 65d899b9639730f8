"""What the compiled engine draws for tickets as soon as they arrive."""

from __future__ import annotations

from typing import Any

import numpy as np

from simlab.engines.kernel_layout import MOST_EARLY, STEP, records
from simlab.engines.kernel_page_tables import early_steps, first_step
from simlab.engines.kernel_tables import tables_of
from simlab.model.codes import StepKind
from simlab.model.tables import Model
from tests.desks import model_of, one_step


def reopening(n_decisions: int = 0) -> Model:
    """A desk of one step; tickets come back by shares, behind so many decisions by shares."""
    scenario = one_step({"rate": "6/hour"}, {"exponential": "10 min"}, {"people": 2}, "1 day")
    steps: dict[str, Any] = scenario["routing"]["steps"]
    steps["resolved"] = {"end": "resolved", "reopen": {"share": "8 %", "after": "0", "to": "work"}}
    names = [f"decision {i}" for i in range(n_decisions)]
    for name, following in zip(names, [*names[1:], "resolved"], strict=False):
        steps[name] = {"decide": [{"share": "10 %", "to": "cancelled"}, {"to": following}]}
    steps["work"]["next"] = [*names, "resolved"][0]
    return model_of(scenario)


def test_first_step_is_behind_steps_that_only_lead_on() -> None:
    steps = records(STEP, kind=[StepKind.ROUTE, StepKind.ROUTE, StepKind.WORK], only_target=[1, 2, -1])
    assert first_step(steps, 0) == 2


def test_steps_that_lead_round_in_a_circle_have_a_first_step() -> None:
    assert first_step(records(STEP, kind=[StepKind.ROUTE] * 2, only_target=[1, 0]), 0) in (0, 1)


def test_decision_whether_a_ticket_comes_back_is_drawn_at_arrival() -> None:
    model = reopening()
    tables = tables_of(model)
    (early,) = early_steps(model, tables["steps"])
    assert tables["steps"]["kind"][early] == StepKind.RESOLVE
    assert tables["run"]["n_early"] == 1


def test_most_early_decisions_are_those_that_come_first() -> None:
    model = reopening(n_decisions=MOST_EARLY + 1)
    steps = tables_of(model)["steps"]
    early = steps["early"]
    found = [model.names.steps[step] for step in np.argsort(early) if early[step] >= 0]
    assert found == [f"decision {i}" for i in range(MOST_EARLY)]
