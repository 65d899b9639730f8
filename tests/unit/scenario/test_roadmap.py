from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from simlab.errors import InvalidInput, Place
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import MapNode, get_path, to_plain
from simlab.scenario.roadmap import MOST_PERIODS, Period, periods
from simlab.scenario.schema.roadmap import Milestone

START = datetime(2026, 1, 5)
SCENARIO = """
staffing: {desk: {people: 4, cost: 40 EUR/hour}}
levers: {standards: {level: 0}}
routing: {steps: {fix: {work: 1 h 30 min}}}
roadmap:
"""


def minutes_of(moment: datetime) -> float:
    return (moment - START) / timedelta(minutes=1)


def plan(*milestones: str, days: float = 100.0) -> tuple[Period, ...]:
    node = parse_document(SCENARIO + "".join(f"  - {{{each}}}\n" for each in milestones), "f.yaml")
    assert isinstance(node, MapNode)
    written: Any = to_plain(get_path(node, "roadmap"))
    roadmap = [Milestone.model_validate(each) for each in written]
    return periods(node, roadmap, minutes_of, days * 1440.0)


def values(found: tuple[Period, ...], path: str) -> list[tuple[float, Any]]:
    """Day of each period, and the value in it."""
    return [(period.start / 1440.0, to_plain(get_path(period.node, path))) for period in found]


def test_later_changes_add_to_earlier_ones_in_the_order_of_time() -> None:
    found = plan(
        "at: 2026-01-08, set: {staffing.desk.people: 6}",
        "at: 2026-01-06, label: Dearer, set: {staffing: {desk: {cost: 50 EUR/hour}}}",
    )
    assert values(found, "staffing.desk") == [
        (0, {"people": 4, "cost": "40 EUR/hour"}),
        (1, {"people": 4, "cost": "50 EUR/hour"}),
        (3, {"people": 6, "cost": "50 EUR/hour"}),
    ]
    assert [period.label for period in found] == ["", "Dearer", ""]


@pytest.mark.parametrize(("level", "expected"), [("60 %", [0, 15, 45, 60]), ("0.6", [0, 0.15, 0.45, 0.6])])
def test_ramp_of_a_level_takes_numbers_and_shares(level: str, expected: list[float]) -> None:
    found = plan(f"at: 2026-01-06, ramp: 2 days, steps: 2, set: {{levers.standards.level: {level}}}")
    reached = [str(value) for _, value in values(found, "levers.standards.level")]
    assert [float(value.removesuffix(" %")) for value in reached] == pytest.approx(expected)


def test_changes_of_one_instant_come_together_and_those_after_the_run_do_not() -> None:
    found = plan(
        "at: 2026-01-06, set: {staffing.desk.people: 6}",
        "at: 2026-01-06 00:00, set: {staffing.desk.cost: 50 EUR/hour}",
        "at: 2026-01-15, set: {staffing.desk.people: 9}",
        days=10,
    )
    assert values(found, "staffing.desk.people") == [(0, 4), (1, 6)]


def test_ramp_has_the_middle_value_in_each_of_its_parts_and_the_new_one_after_it() -> None:
    found = plan("at: 2026-01-07, set: {levers.standards.level: 1}, ramp: 8 days, steps: 4")
    assert values(found, "levers.standards.level") == [
        (0, 0), (2, 0.125), (4, 0.375), (6, 0.625), (8, 0.875), (10, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("learning", "missing"),
    [
        ("{half: 2 days}", lambda day: 2.0 ** (-day / 2.0)),
        ("{rate: 80 %, unit: 1 day}", lambda day: (1.0 + day) ** math.log2(0.8)),
        ("{rate: 50 %, unit: 1 day}", lambda day: 1.0 / (1.0 + day)),
    ],
)
def test_learning_has_the_average_of_its_curve_in_each_part(
    learning: str, missing: Callable[[float], float]
) -> None:
    found = plan(
        f"at: 2026-01-07, set: {{levers.standards.level: 1}}, ramp: 8 days, steps: 4, learning: {learning}"
    )
    reached = [level for _, level in values(found, "levers.standards.level")]
    assert (reached[0], reached[-1], len(reached)) == (0, 1, 6)
    for part in range(4):
        days = [2.0 * part + (i + 0.5) / 500.0 for i in range(1000)]
        average = 1.0 - math.fsum(missing(day) for day in days) / 1000.0
        assert reached[part + 1] == pytest.approx(average, rel=1e-5)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"learning": {"half": "1 day"}}, "learning takes the time of a ramp"),
        ({"ramp": "8 days", "learning": {"rate": "80 %"}}, "rate and unit go together"),
        ({"ramp": "8 days", "learning": {"half": "1 day", "unit": "1 day"}}, "rate and unit go together"),
        ({"ramp": "8 days", "learning": {"rate": "100 %", "unit": "1 day"}}, "between 0 and 100 %"),
        ({"ramp": "8 days", "learning": {}}, "exactly one of half, rate"),
    ],
)
def test_learning_that_makes_no_sense_is_refused(written: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Milestone.model_validate({"at": "2026-01-07", "set": {"levers.standards.level": 1}, **written})


def test_ramp_keeps_units_and_people_whole() -> None:
    found = plan(
        "at: 2026-01-06, set: {staffing.desk.people: 7, staffing.desk.cost: 60 EUR/hour,"
        " routing.steps.fix.work: 30 min}, ramp: 2 days, steps: 2"
    )
    assert [people for _, people in values(found, "staffing.desk.people")] == [4, 5, 6, 7]
    costs = ["40 EUR/hour", "45.0 EUR/hour", "55.0 EUR/hour", "60 EUR/hour"]
    assert [cost for _, cost in values(found, "staffing.desk.cost")] == costs
    work = ["1 h 30 min", "75.0 min", "45.0 min", "30 min"]
    assert [time for _, time in values(found, "routing.steps.fix.work")] == work


def test_ramp_that_began_before_the_start_is_under_way() -> None:
    found = plan("at: 2026-01-03, set: {levers.standards.level: 1}, ramp: 4 days, steps: 4")
    assert values(found, "levers.standards.level") == [(0, 0.625), (1, 0.875), (2, 1)]


@pytest.mark.parametrize(
    ("milestone", "message"),
    [
        ("at: 2026-01-06, set: {staffing.dsk.people: 6}", "did you mean 'desk'"),
        ("at: 2026-01-06, set: {time.length: 6 weeks}", "holds for the whole run"),
        ("at: 2026-01-06, set: {roadmap: []}", "holds for the whole run"),
        ("at: 2026-01-06, ramp: 1 day, set: {staffing.desk.peple: 6}", "did you mean 'people'"),
        ("at: 2026-01-06, ramp: 1 day, set: {staffing.desk.cost: 60 USD/hour}", "of the same unit"),
        ("at: 2026-01-06, ramp: 1 day, set: {staffing.desk: {people: 3}}", "of the same unit"),
        (
            f"at: 2026-01-06, ramp: 1 day, steps: {MOST_PERIODS}, set: {{staffing.desk.cost: 0 EUR/hour}}",
            "at most",
        ),
    ],
)
def test_change_that_cannot_be_is_refused_where_it_stands(milestone: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refusal:
        plan(milestone)
    place = refusal.value.problems[0].place
    assert place is not None
    assert place.source == "f.yaml"
    assert (place.line or 0) >= 5


def test_steps_without_a_ramp_are_refused() -> None:
    with pytest.raises(ValueError, match="steps are those of a ramp"):
        Milestone.model_validate({"at": "2026-01-06", "set": {"a": 1}, "steps": 3})


def test_places_are_those_of_the_roadmap() -> None:
    found = plan("at: 2026-01-06, set: {staffing.desk.people: 6}")
    assert get_path(found[1].node, "staffing.desk.people").place == Place("f.yaml", 6, 50)
