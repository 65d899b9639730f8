from __future__ import annotations

import pytest

from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.reports.subjects import subject_of
from simlab.reports.tables.responses import costs, differences, responses


def test_differences_are_those_of_the_comparison(comparison: Comparison) -> None:
    table = differences(comparison, {"three people": "more"})
    row = comparison.row("cost_per_week")
    (told,) = table.where(name="cost_per_week").rows
    assert told[:4] == ("more", "Running cost", "cost_per_week", "EUR/week")
    # One more person, paid 30 EUR for 45 hours a week, whatever happens.
    assert told[6] == pytest.approx(30.0 * 45.0)
    assert told[4] == row.base.value
    assert told[13] == "worse"


def test_cost_parts_add_up_and_parts_that_never_arise_are_left_out(base: ScenarioRun) -> None:
    table = costs([subject_of(base)])
    amount = dict(zip(table.texts("part"), table.numbers("amount"), strict=True))
    # Two people for 45 hours at 30 EUR, one for 40 hours at 60 EUR.
    assert amount["Staff"] == pytest.approx(2 * 45 * 30 + 40 * 60)
    assert amount["Running cost"] == pytest.approx(amount["Staff"])
    assert "Automation" not in amount


def test_every_response_is_told_with_its_replications(base: ScenarioRun) -> None:
    table = responses([subject_of(base)])
    assert table.texts("response") == list(base.responses)
    assert set(table.numbers("replications")) <= {0.0, 1.0, 2.0, 3.0}
