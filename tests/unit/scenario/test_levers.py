from __future__ import annotations

from typing import Any

import pytest

from simlab.errors import InvalidInput, Place
from simlab.scenario.document import parse_document
from simlab.scenario.levers import apply_levers
from simlab.scenario.nodes import MapNode, get_path, to_plain
from simlab.scenario.schema.levers import Lever

SCENARIO = """
name: Desk
time: {length: 12 weeks}
demand:
  calls:
    arrivals: {rate: 20/hour, growth: -5 %/year}
    priority: {P1: 10 %, P2: 30 %, P3: 60 %}
    classes:
      password: {share: 40 %, difficulty: 1}
      network: {share: 40 %}
      other: {share: 20 %}
staffing:
  desk: {people: 10, cost: 42 EUR/hour}
routing:
  start: triage
  steps:
    triage:
      team: desk
      work: {lognormal: {mean: 8 min, cv: 0.9}}
      next: {fix: 80 %, look: 20 %, 2nd: 0}
      misroute: {share: 6 %, to: look, look: 1 h 30 min}
    fix:
      team: desk
      work: [{when: {class: password}, time: 5 min}, {time: {gamma: {mean: 20 min, cv: 2}, plus: 1 min}}]
      next:
        - {when: {class: network}, to: look, share: 25 %}
        - {when: {class: network}, to: resolved, share: 75 %}
        - {to: look, share: {by_hops: [40 %, 60 %]}}
        - {to: resolved}
    look: {team: desk, work: {exponential: 4 min}, next: resolved}
targets: {P1: {resolve: 3 working days}}
levers:
  standards: {level: 1, effects: {routing.steps.fixx.work.cv: -40 %}}
"""
NODE = parse_document(SCENARIO, "f.yaml")
assert isinstance(NODE, MapNode)


def lever(level: float, **effects: str) -> Lever:
    return Lever.model_validate({"level": level, "effects": effects})


def changed(effects: dict[str, str], level: float = 1.0) -> MapNode:
    assert isinstance(NODE, MapNode)
    return apply_levers(NODE, {"standards": lever(level, **effects)})


def value(effects: dict[str, str], path: str | None = None, level: float = 1.0) -> Any:  # noqa: ANN401
    """The value at the path of the only effect, or at another, after it."""
    return to_plain(get_path(changed(effects, level), path or next(iter(effects))))


@pytest.mark.parametrize(
    ("path", "change", "after"),
    [
        ("demand.calls.arrivals.rate", "-50 %", "10.0/hour"),
        ("demand.calls.arrivals.growth", "x2", "-10.0 %/year"),
        ("demand.calls.classes.password.difficulty", "-25 %", 0.75),
        ("staffing.desk.people", "+20 %", 12.0),
        ("staffing.desk.cost", "+50 %", "63.0 EUR/hour"),
        ("routing.steps.triage.work.lognormal.mean", "x0.5", "4.0 min"),
        ("routing.steps.triage.misroute.share", "-50 %", "3.0 %"),
        ("routing.steps.triage.misroute.look", "x2", "180.0 min"),
        ("targets.P1.resolve", "x2", "6.0 working days"),
    ],
)
def test_effect_scales_a_quantity_in_its_unit(path: str, change: str, after: object) -> None:
    assert value({path: change}) == after


def test_level_scales_the_change() -> None:
    rate = "demand.calls.arrivals.rate"
    assert [value({rate: "-50 %"}, level=level) for level in (0.0, 0.5, 1.0)] == [
        "20/hour",
        "15.0/hour",
        "10.0/hour",
    ]


def test_levers_at_level_zero_leave_the_tree_as_it_is() -> None:
    assert changed({"routing.steps.*.work.cv": "-40 %", "demand.calls.priority.P1": "x3"}, level=0.0) is NODE


def test_several_levers_on_one_value_multiply() -> None:
    assert isinstance(NODE, MapNode)
    rate = "demand.calls.arrivals.rate"
    both = {"a": lever(1.0, **{rate: "-50 %"}), "b": lever(0.5, **{"demand.*.arrivals.rate": "-40 %"})}
    assert to_plain(get_path(apply_levers(NODE, both), rate)) == "8.0/hour"


def test_cv_and_mean_of_a_time_are_those_of_the_whole_distribution() -> None:
    after = changed({"routing.steps.*.work.cv": "-40 %", "routing.steps.*.work.mean": "x0.5"})
    steps = get_path(after, "routing.steps")
    adjust = {"cv": 0.6, "mean": 0.5}
    assert to_plain(get_path(steps, "triage.work")) == {
        "lognormal": {"mean": "8 min", "cv": 0.9},
        "adjust": adjust,
    }
    assert to_plain(get_path(steps, "fix.work.0.time")) == "2.5 min"
    assert to_plain(get_path(steps, "fix.work.1.time.adjust")) == adjust
    assert to_plain(get_path(steps, "look.work")) == {"exponential": "4 min", "adjust": adjust}


def test_effect_on_a_distribution_multiplies_with_its_own_adjustment() -> None:
    node = parse_document(SCENARIO.replace("cv: 0.9}}", "cv: 0.9}, adjust: {cv: 0.5}}"), "f.yaml")
    assert isinstance(node, MapNode)
    after = apply_levers(node, {"a": lever(1.0, **{"routing.steps.triage.work.cv": "-40 %"})})
    assert to_plain(get_path(after, "routing.steps.triage.work.adjust.cv")) == 0.3


def test_wide_pattern_changes_quantities_only() -> None:
    after = changed({"routing.steps.triage.*.*": "x2"})
    assert to_plain(get_path(after, "routing.steps.triage")) == {
        "team": "desk",
        "work": {"lognormal": {"mean": "8 min", "cv": 0.9}},
        "next": {"fix": "100.0 %", "look": "40.0 %", "2nd": 0.0},
        "misroute": {"share": "12.0 %", "to": "look", "look": "180.0 min"},
    }
    assert value({"*.desk.*": "x2"}, "staffing.desk") == {"people": 20.0, "cost": "84.0 EUR/hour"}


def test_share_does_not_grow_beyond_the_whole() -> None:
    assert value({"routing.steps.triage.misroute.share": "x20"}) == "100.0 %"


@pytest.mark.parametrize(
    ("effects", "path", "after"),
    [
        (
            {"routing.steps.triage.next.look": "-50 %"},
            "routing.steps.triage.next",
            {"fix": "90 %", "look": "10.0 %", "2nd": "0 %"},
        ),
        (
            {"demand.calls.priority.P1": "x4"},
            "demand.calls.priority",
            {"P1": "40.0 %", "P2": "20 %", "P3": "40 %"},
        ),
        (
            {"demand.calls.classes.password.share": "-25 %", "demand.calls.classes.other.share": "x2"},
            "demand.calls.classes.network.share",
            "30 %",
        ),
        (
            {"routing.steps.fix.next.0.share": "x2"},
            "routing.steps.fix.next.1",
            {"when": {"class": "network"}, "to": "resolved", "share": "50 %"},
        ),
        (
            {"routing.steps.fix.next.2.share": "-50 %"},
            "routing.steps.fix.next",
            [
                {"when": {"class": "network"}, "to": "look", "share": "25 %"},
                {"when": {"class": "network"}, "to": "resolved", "share": "75 %"},
                {"to": "look", "share": {"by_hops": ["20.0 %", "30.0 %"]}},
                {"to": "resolved"},
            ],
        ),
    ],
    ids=["map of steps", "priorities", "classes", "rules of the same condition", "by hops, beside a rest"],
)
def test_shares_beside_a_changed_one_take_what_it_leaves(
    effects: dict[str, str], path: str, after: object
) -> None:
    assert value(effects, path) == after


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("routing.steps.fixx.work.cv", "did you mean 'fix'?"),
        ("routing.steps.*.wrk.cv", "did you mean 'work'?"),
        ("routing.steps.fix.work.0.time.cv", "a constant does not vary"),
        ("routing.steps.triage.misroute", "go on to a single value of it: share, to, look"),
        ("routing.steps.triage.team", "let the path end at a single value"),
        ("time.length", "levers change demand, staffing, routing, automation, targets and costs"),
        ("levers.standards.level", "levers change demand"),
    ],
)
def test_lever_that_touches_nothing_is_refused_with_a_remedy(path: str, remedy: str) -> None:
    with pytest.raises(InvalidInput, match="the lever would change nothing") as refusal:
        changed({path: "-40 %"})
    (problem,) = refusal.value.problems
    assert problem.path == "levers.standards.effects"
    assert (problem.found, (problem.remedy or "")[: len(remedy)]) == (path, remedy)


def test_refusal_stands_at_the_effect_in_the_file() -> None:
    with pytest.raises(InvalidInput, match="the lever would change nothing") as refusal:
        changed({"routing.steps.fixx.work.cv": "-40 %"})
    line = SCENARIO.splitlines().index(SCENARIO.strip().splitlines()[-1]) + 1
    assert refusal.value.problems[0].place == Place("f.yaml", line, 35)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"level": 1.2, "effects": {"a": "x2"}}, "a level is from 0 to 1"),
        ({"level": "130 %", "effects": {"a": "x2"}}, "100 %"),
        ({"level": 0.5, "effects": {"a": "-120 %"}}, "cannot fall by more than 100 %"),
        ({"level": 0.5, "effects": {"a": 0.6}}, "a change is expected here"),
        ({"level": 0.5, "effects": {"a": "40 %"}}, "a change is expected here"),
        ({"level": 0.5, "effects": {}}, "at least 1"),
    ],
)
def test_lever_that_is_not_written_well_is_refused(written: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Lever.model_validate(written)


def test_level_is_a_number_or_a_share() -> None:
    assert Lever.model_validate({"level": "30 %", "effects": {"a": "x2"}}).level == 0.3
