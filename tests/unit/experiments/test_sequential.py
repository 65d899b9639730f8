from __future__ import annotations

from pathlib import Path

import pytest

from simlab.errors import InvalidInput, UsageError
from simlab.experiments.runner import run
from simlab.experiments.sequential import parse_goal, run_until_precise
from simlab.model.load import LoadedScenario
from simlab.statistics.stopping import PrecisionGoal, StoppingRule, Verdict


def rule(*goals: str, minimum: int = 10, maximum: int = 20) -> StoppingRule:
    return StoppingRule(tuple(map(parse_goal, goals)), minimum, maximum)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("resolution_mean 5 %", PrecisionGoal("resolution_mean", relative=0.05)),
        ("resolution_p90 30 s", PrecisionGoal("resolution_p90", absolute=0.5)),
        (
            "resolve_attainment[priority=P1] 1 point",
            PrecisionGoal("resolve_attainment[priority=P1]", None, 0.01),
        ),
        ("utilisation 2.5 points", PrecisionGoal("utilisation", absolute=0.025)),
        ("cost_per_week 50 EUR", PrecisionGoal("cost_per_week", absolute=50.0)),
        ("wip_mean ±0.5", PrecisionGoal("wip_mean", absolute=0.5)),
    ],
)
def test_goal_is_relative_or_in_the_unit_of_the_response(text: str, goal: PrecisionGoal) -> None:
    assert parse_goal(text) == goal


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resolution_mean", "a precision is a response and the radius"),
        ("resolution_mean 0 %", "a radius above 0"),
        ("resolution_mean -5 %", "a radius above 0"),
        ("resolution_mean 5", "a duration needs a unit"),
        ("resolve_attainment 5 %", "write '5 points'"),
        ("resolve_attainment 0.05", "write '0.05 points'"),
        ("resolution_meen 5 %", "did you mean 'resolution_mean'"),
    ],
)
def test_goal_that_cannot_be_read_is_told_with_its_remedy(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        parse_goal(text)


def test_run_ends_at_the_first_look_that_is_precise(desk: LoadedScenario) -> None:
    precise = run_until_precise(desk, rule("resolution_mean 90 %"), jobs=1)
    assert (precise.run.n, precise.is_precise, precise.still_needed) == (10, True, 0)
    assert precise.goals[0].is_reached
    assert precise.goals[0].wanted == 0.9 * precise.goals[0].estimate.value


def test_run_that_stays_imprecise_says_how_many_replications_are_missing(desk: LoadedScenario) -> None:
    precise = run_until_precise(desk, rule("resolution_mean 0.5 %", "wip_mean 99 tickets"), jobs=1)
    assert precise.run.n == 20
    assert precise.decision.verdict is Verdict.EXHAUSTED
    assert precise.decision.unmet == ("resolution_mean",)
    reached = precise.goals[0]
    # Half-widths shrink with the root of the number, and a little more by the t quantile.
    by_root = 20 * (reached.estimate.half_width / reached.wanted) ** 2
    assert reached.needed is not None
    assert 0.8 * by_root <= reached.needed <= by_root
    assert precise.still_needed == reached.needed - 20
    assert precise.goals[1].is_reached


def test_figures_are_those_of_a_run_of_that_many_replications(desk: LoadedScenario) -> None:
    precise = run_until_precise(desk, rule("resolution_mean 0.5 %", maximum=12), jobs=1)
    plain = run(desk, replications=12, jobs=1)
    assert precise.run.values("resolution_mean").tolist() == plain.values("resolution_mean").tolist()


def test_second_run_goes_on_from_what_is_stored(desk: LoadedScenario, tmp_path: Path) -> None:
    run_until_precise(desk, rule("resolution_mean 0.5 %", maximum=12), jobs=1, store=tmp_path)
    longer = run_until_precise(desk, rule("resolution_mean 0.5 %", maximum=16), jobs=1, store=tmp_path)
    assert (longer.run.n, longer.run.n_reused) == (16, 12)


def test_response_that_the_scenario_does_not_have_is_refused_before_anything_runs(
    desk: LoadedScenario,
) -> None:
    with pytest.raises(InvalidInput, match="must be one of the scenario's"):
        run_until_precise(desk, rule("resolution_mean[priority=P9] 5 %"))


def test_fewer_than_ten_replications_are_no_basis_for_a_decision() -> None:
    with pytest.raises(UsageError, match="10 <= minimum"):
        rule("resolution_mean 5 %", minimum=2)
