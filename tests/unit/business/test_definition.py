"""Business case files: what they say, and how mistakes in them are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simlab.business.definition import parse_years, read_case
from simlab.errors import InvalidInput
from simlab.scenario.nodes import get_path, to_plain

Written = Callable[..., Path]


def test_years_are_read() -> None:
    assert parse_years("1 year") == 1
    assert parse_years("12 years") == 12


@pytest.mark.parametrize("written", [5, "5", "0 years", "51 years", "2.5 years", True])
def test_other_lengths_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="whole years are expected"):
        parse_years(written)


def test_amounts_are_taken_to_a_year_and_to_their_most_likely_value(written: Written) -> None:
    case = read_case(
        written(
            costs={
                "running": {
                    "a": "100 EUR/month",
                    "b": {"uniform": {"min": "10 EUR/year", "max": "30 EUR/year"}},
                }
            },
            benefits={"c": {"triangular": {"min": "1 EUR/week", "mode": "7 EUR/week", "max": "8 EUR/week"}}},
        )
    )
    assert case.assumptions["costs.running.a"].base == pytest.approx(1200.0)
    assert case.assumptions["costs.running.b"].base == pytest.approx(20.0)
    assert case.assumptions["benefits.c"].base == pytest.approx(7.0 * 365.25 / 7.0)


def test_a_proposal_is_called_by_its_label_by_that_of_its_change_or_by_the_name_of_the_case(
    written: Written,
) -> None:
    assert read_case(written()).proposal.label == "A bot"
    assert read_case(written(proposal={"label": "Robot", "what_if": ["bot"]})).proposal.label == "Robot"
    named = written(name="One less", proposal={"set": {"staffing.desk.people": 1}})
    assert read_case(named).proposal.label == "One less"


def test_rules_are_read(written: Written) -> None:
    case = read_case(written(accept_if=["npv >= -500 EUR with 80 %", "payback <= 2.5 years", "irr >= 12 %"]))
    assert [(rule.measure, rule.bound, rule.share) for rule in case.rules] == [
        ("npv", -500.0, 0.8),
        ("payback", 2.5, 0.5),
        ("irr", 0.12, 0.5),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"horizon": 5}, "whole years"),
        ({"discount_rate": "8"}, "percent sign"),
        ({"benefits": {"x": "10 USD/year"}}, "one currency"),
        ({"benefits": {"x": "10 EUR"}}, "a cost says per what"),
        ({"benefits": {"x": "10 EUR/run"}}, "this amount is per time"),
        ({"costs": {"one_off": {"x": "ten EUR"}}}, "amount of money"),
        ({"released_hour": {"worth": "40 EUR/day", "cashable": "10 %"}}, "per hour"),
        ({"released_hour": {"worth": "40 EUR/hour"}}, "cashable"),
        ({"realised": {"uniform": {"min": "90 %", "max": "80 %"}}}, "min <= max must hold"),
        ({"realised": {"normal": {"mean": "90 %", "sd": "0 %"}}}, "deviation must be above 0"),
        ({"waiting_user": {"P9": "10 EUR/hour"}}, "priorities of the scenario"),
        ({"accept_if": ["npv > 0"]}, "a rule says a figure"),
        ({"accept_if": ["npv <= 0"]}, "less is worse for npv"),
        ({"accept_if": ["payback >= 2 years"]}, "more is worse for payback"),
        ({"accept_if": ["payback <= 2"]}, "years are expected"),
        ({"accept_if": ["irr >= 2"]}, "a share is expected"),
        ({"accept_if": ["npv >= 0 with 200 %"]}, "between 0 % and 100 %"),
        ({"accept_if": ["npv >= 5 USD"]}, "one currency"),
        ({"draws": 10}, "draws are from 100"),
        ({"proposal": {"what_if": ["nobody"]}}, "nobody"),
    ],
)
def test_mistakes_are_told_with_their_place(
    written: Written, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message) as refusal:
        read_case(written(**changes))
    assert "case.yaml" in str(refusal.value) or "scenario.yaml" in str(refusal.value)


def test_all_mistakes_are_told_at_once(written: Written) -> None:
    changes = {"discount_rate": "8", "benefits": {"x": "10 EUR"}, "accept_if": ["npv <= 0"]}
    with pytest.raises(InvalidInput, match="percent sign") as refusal:
        read_case(written(**changes))
    assert len(refusal.value.problems) == 3


ODD = [("a", "b", 1), ("b", "d", 1), ("a", "d", -1)]
UNSURE = {"normal": {"mean": "100 EUR/year", "sd": "10 EUR/year"}}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("benefits.a", "benefits.x", 0.5)], r"no amount at this key path; found benefits\.x"),
        ([("benefits.a", "benefits.c", 0.5)], r"taken for sure; found benefits\.c"),
        ([("benefits.a", "benefits.a", 0.5)], "an amount goes with another one"),
        (
            [("benefits.a", "benefits.b", 0.5), ("benefits.b", "benefits.a", 0.2)],
            "correlation of these two is stated twice",
        ),
        (
            [(f"benefits.{one}", f"benefits.{other}", sign * 0.9) for one, other, sign in ODD],
            "cannot hold all at once",
        ),
    ],
)  # fmt: skip
def test_correlations_that_cannot_be_are_told(
    written: Written, pairs: list[tuple[str, str, float]], message: str
) -> None:
    stated = [{"between": [one, other], "correlation": value} for one, other, value in pairs]
    benefits = {"a": UNSURE, "b": UNSURE, "c": "5 EUR/year", "d": UNSURE}
    with pytest.raises(InvalidInput, match=message):
        read_case(written(benefits=benefits, correlations=stated))


def test_demand_that_grows_is_that_of_each_year_and_the_last_one_stays(written: Written) -> None:
    case = read_case(written(growth=["0 %", "10 %"]))
    assert case.growth == (0.0, 0.1, 0.1)
    assert list(case.levels) == [0.0, 0.1]
    paths = ("demand", "mail", "arrivals", "rate")
    rates = [get_path(base.node, paths) for base, _ in case.levels.values()]
    assert [to_plain(rate) for rate in rates] == ["100/week", "110/week"]
