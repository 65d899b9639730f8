from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from simlab.errors import InvalidInput
from simlab.experiments.compare import Comparison, compare
from simlab.experiments.gates import parse_gate, parse_gates
from simlab.model.load import LoadedScenario


@pytest.fixture
def with_one_less(with_people: Callable[[int], LoadedScenario]) -> Comparison:
    return compare(with_people(3), {"less": with_people(1)}, replications=4, jobs=1)


@pytest.mark.parametrize(
    ("text", "is_upper", "limit", "is_relative"),
    [
        ("resolve_attainment[priority=P1] < -1 %", False, -0.01, False),
        ("resolve_attainment[priority=P1]<−1%", False, -0.01, False),
        ("resolution_p90 > 30 min", True, 30.0, False),
        ("resolution_p90 > +10 %", True, 0.1, True),
        ("cost_per_week > 500 EUR", True, 500.0, False),
        ("cost_per_week > 500", True, 500.0, False),
        ("cost_per_ticket > 5 EUR/ticket", True, 5.0, False),
        ("cost_per_week > 5 %", True, 0.05, True),
        ("wip_mean > 2", True, 2.0, False),
    ],
)
def test_gate_is_read_in_the_unit_of_its_response(
    desk: LoadedScenario, text: str, is_upper: bool, limit: float, is_relative: bool
) -> None:
    gate = parse_gate(text, desk.model)
    assert gate.limit == pytest.approx(limit)
    assert (gate.is_upper, gate.is_relative) == (is_upper, is_relative)
    assert gate.text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("resolution_p90", "a gate is a response, < or >, and a change"),
        ("resolution_p90 > soon", "is a number with its unit"),
        ("wip_mean > nan", "is a number with its unit"),
        ("wip_mean > 1,000", "is a number with its unit"),
        ("cost_per_week > inf EUR", "is a number with its unit"),
        ("wip_mean >  ", "a gate is a response"),
        ("resolution_p99 > 1 min", "named as in the catalogue"),
        ("resolution_mean[priority=P9] > 1 min", "one of the scenario's"),
        ("cost_per_week > 500 USD", "counts in EUR; found .*\n    -> write '500 EUR'"),
        ("cost_per_ticket > 5 USD/ticket", "counts in EUR"),
    ],
)
def test_gate_that_cannot_be_read_is_refused(desk: LoadedScenario, text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_gate(text, desk.model)


def test_all_mistakes_of_gates_are_told_at_once(desk: LoadedScenario) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_gates(["resolution_mean > soon", "wip_mean > 2", "cost_per_week > 5 USD"], desk.model)
    assert [problem.found for problem in refused.value.problems] == [
        "resolution_mean > soon",
        "cost_per_week > 5 USD",
    ]


@pytest.mark.parametrize(
    ("text", "n_failures"),
    [
        ("resolution_mean > 1 min", 1),
        ("resolution_mean > 10 days", 0),
        ("resolution_mean < -1 min", 0),
        ("resolution_mean > 1 %", 1),
        ("resolve_attainment < -1 %", 1),
        ("cost_per_week < -1 EUR", 1),
        ("created_per_week > -5 %", 0),
    ],
)
def test_gate_fails_where_a_shown_change_is_beyond_it(
    with_one_less: Comparison, text: str, n_failures: int
) -> None:
    assert len(parse_gate(text, with_one_less.base.model).failures(with_one_less)) == n_failures


def test_gate_on_a_response_that_an_alternative_lacks_is_refused(
    desk: LoadedScenario, with_one_less: Comparison
) -> None:
    without = replace(with_one_less, rows=with_one_less.rows[1:])
    gate = parse_gate(f"{with_one_less.rows[0].name} > 1 min", desk.model)
    with pytest.raises(InvalidInput, match="no such response"):
        gate.failures(without)
