from __future__ import annotations

from collections.abc import Callable

import pytest

from simlab.errors import InvalidInput
from simlab.experiments.compare import Comparison, compare
from simlab.experiments.gates import parse_gate
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
        ("wip_mean > 2", True, 2.0, False),
    ],
)
def test_gate_is_read_in_the_unit_of_its_response(
    text: str, is_upper: bool, limit: float, is_relative: bool
) -> None:
    gate = parse_gate(text)
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
    ],
)
def test_gate_that_cannot_be_read_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        parse_gate(text)


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
    assert len(parse_gate(text).failures(with_one_less)) == n_failures


def test_gate_on_a_response_that_the_scenarios_do_not_have_is_refused(with_one_less: Comparison) -> None:
    with pytest.raises(InvalidInput, match="no such response"):
        parse_gate("resolution_mean[priority=P9] > 1 min").failures(with_one_less)
