"""Roadmaps by hand computation: what changes at its instant, and that nothing else does.

Instants are minutes from Monday, 5 January 2026, midnight; a day has 1440.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from simlab.engines.logs import Log, RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.load import LoadedScenario, from_node
from simlab.model.traffic import expected_tickets
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import Run, broken, one_step

DAY = 1440.0
RANDOM: dict[str, Any] = {
    "name": "Desk",
    "time": {"start": "2026-01-05", "length": "4 weeks"},
    "demand": {
        "calls": {
            "arrivals": {"rate": "8/hour"},
            "classes": {"easy": {"share": "60 %"}, "hard": {"share": "40 %"}},
        }
    },
    "staffing": {
        "desk": {"people": 3, "absence": "5 %", "hours": {"daily": "06:00-22:00"}, "cost": "10 EUR/hour"}
    },
    "routing": {
        "start": "fix",
        "steps": {
            "fix": {
                "team": "desk",
                "work": {"lognormal": {"mean": "12 min", "cv": 1.2}},
                "next": {"resolved": "90 %", "fix": "10 %"},
            }
        },
    },
    "automation": {
        "bot": {
            "at": "fix",
            "for": {"class": "easy"},
            "level": "none",
            "levels": {"none": {}, "full": {"coverage": "50 %", "run_time": "1 min"}},
            "cost": {"one_off": "5000 EUR", "monthly": "1000 EUR", "per_run": "2 EUR"},
        }
    },
    "levers": {
        "standards": {
            "level": 0,
            "effects": {"routing.steps.*.work.mean": "-40 %"},
            "cost": {"monthly": "600 EUR"},
        }
    },
    "priorities": ["default"],
    "targets": {"default": {"resolve": "4 h"}},
}


def loaded(scenario: dict[str, Any], *roadmap: dict[str, Any], **changes: object) -> LoadedScenario:
    node = from_plain({**scenario, **changes, **({"roadmap": list(roadmap)} if roadmap else {})}, "desk")
    assert isinstance(node, MapNode)
    return from_node(node, ".")


def run(scenario: LoadedScenario, seed: int = 5) -> Run:
    return Run(scenario.model, SimpyEngine().run(scenario.model, seed, 0))


def scripted(at: Sequence[str], team: dict[str, Any], *roadmap: dict[str, Any], **changes: Any) -> Run:  # noqa: ANN401
    """A desk with constant work of 10 min, and tickets at given moments."""
    scenario = {
        "name": "Desk",
        "time": {"start": "2026-01-05", "length": "1 week"},
        "demand": {"calls": {"arrivals": {"timetable": list(at)}}},
        "staffing": {"desk": team},
        "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "10 min", "next": "resolved"}}},
    }
    return run(loaded(scenario, *roadmap, **changes))


def assert_same(one: RunLogs, other: RunLogs) -> None:
    logs: list[tuple[Log, Log]] = [
        (getattr(one, n), getattr(other, n)) for n in ("tickets", "visits", "work")
    ]
    for a, b in logs:
        for column in a.columns():
            np.testing.assert_array_equal(getattr(a, column.name), getattr(b, column.name))


def tuesday(**changes: object) -> dict[str, Any]:
    return {"at": "2026-01-06", "set": {key.replace("__", "."): value for key, value in changes.items()}}


# -- nothing else changes


@pytest.mark.parametrize(
    "milestone",
    [
        {"at": "2026-01-13", "set": {"staffing.desk.people": 3}},
        {"at": "2026-01-13", "set": {"levers.standards.level": 0}, "ramp": "1 week"},
        {"at": "2026-03-13", "set": {"staffing.desk.people": 9}},
    ],
    ids=["the same value", "a ramp to the same value", "after the run"],
)
def test_roadmap_without_effect_gives_the_same_logs_bit_by_bit(milestone: dict[str, Any]) -> None:
    assert_same(run(loaded(RANDOM)).logs, run(loaded(RANDOM, milestone)).logs)


def test_change_before_the_start_holds_from_the_start() -> None:
    early = loaded(RANDOM, {"at": "2025-12-01", "set": {"levers.standards.level": 1}})
    at_once = loaded(RANDOM, levers={"standards": {**RANDOM["levers"]["standards"], "level": 1}})
    assert_same(run(early).logs, run(at_once).logs)


CHANGES: dict[str, dict[str, Any]] = {
    "work": {"levers.standards.level": 1},
    "bot": {"automation.bot.level": "full"},
    "people": {"staffing.desk.people": 5},
    "demand": {"demand.calls.arrivals.rate": "12/hour"},
    "shares": {"routing.steps.fix.next": {"resolved": "60 %", "fix": "40 %"}},
    "target": {"targets.default.resolve": "1 h"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_before_its_instant_a_change_moves_no_bit_and_every_invariant_holds(change: str) -> None:
    day = 10 * DAY
    before = run(loaded(RANDOM)).logs
    later = loaded(RANDOM, {"at": "2026-01-15", "set": CHANGES[change]})
    after = run(later).logs
    for columns in (("created", "closed", "resolve_due"),):
        for name in columns:
            a, b = (getattr(logs.tickets, name)[logs.tickets.created < day] for logs in (before, after))
            same = (a == b) | (a >= day) | np.isnan(a)
            assert same.all()
    assert not np.array_equal(before.tickets.closed, after.tickets.closed) or change == "target"
    assert broken(later.model, after) == []


@pytest.mark.parametrize("change", ["work", "shares", "demand"])
def test_after_its_instant_tickets_are_those_of_the_changed_scenario(change: str) -> None:
    """With people enough for all, later tickets meet the same fate as if the change had always held."""
    many = {"desk": {"people": 60}}
    later = run(loaded(RANDOM, {"at": "2026-01-15", "set": CHANGES[change]}, staffing=many)).logs
    node = loaded(RANDOM, staffing=many).patch(CHANGES[change])
    always = run(node).logs
    a, b = (logs.tickets for logs in (later, always))
    np.testing.assert_array_equal(a.created[a.created >= 10 * DAY], b.created[b.created >= 10 * DAY])
    np.testing.assert_array_equal(a.closed[a.created >= 10 * DAY], b.closed[b.created >= 10 * DAY])


# -- what changes


def test_work_is_that_of_the_instant_at_which_the_ticket_comes_to_the_step() -> None:
    ran = scripted(
        ["2026-01-05 10:00", "2026-01-05 23:55", "2026-01-05 23:56", "2026-01-06 10:00"],
        {"people": 1},
        tuesday(routing__steps__fix__work="4 min"),
    )
    assert [visit.touch for visit in ran.visits("fix")] == [10, 10, 10, 4]
    assert [visit.ended for visit in ran.visits("fix")] == [610, 1445, 1455, DAY + 604]


def test_people_join_at_the_instant() -> None:
    at = ["2026-01-05 10:00", "2026-01-05 10:00", "2026-01-06 10:00", "2026-01-06 10:00"]
    ran = scripted(at, {"people": 1}, tuesday(staffing__desk__people=2))
    assert [visit.started for visit in ran.visits("fix")] == [600, 610, DAY + 600, DAY + 600]


def test_people_who_join_take_what_waits() -> None:
    ran = scripted(["2026-01-05 23:55", "2026-01-05 23:56"], {"people": 1}, tuesday(staffing__desk__people=2))
    assert [visit.started for visit in ran.visits("fix")] == [1435, 1440]


OFFICE = {"hours": {"daily": "08:00-17:00"}}


@pytest.mark.parametrize(
    ("policy", "ends", "people"),
    [
        ("finish", [1030, 1030], ["1", "2"]),
        ("pause", [DAY + 490, DAY + 500], ["1", "1"]),
        ("hand_over", [DAY + 490, DAY + 500], ["1", "1"]),
    ],
)
def test_who_leaves_finishes_or_hands_over_at_the_end_of_the_last_shift(
    policy: str, ends: list[float], people: list[str]
) -> None:
    """Two tickets from 16:50 on, 20 minutes each; person 2 does not come back on Tuesday."""
    ran = scripted(
        ["2026-01-05 16:50", "2026-01-05 16:50"],
        {"people": 2, **OFFICE, "at_shift_end": policy},
        tuesday(staffing__desk__people=1),
        routing={"start": "fix", "steps": {"fix": {"team": "desk", "work": "20 min", "next": "resolved"}}},
    )
    visits = ran.visits("fix")
    assert sorted(visit.ended for visit in visits) == ends
    assert sorted(visit.person for visit in visits) == people


def test_night_shift_is_that_of_the_regime_in_which_it_begins() -> None:
    ran = scripted(
        ["2026-01-06 01:00", "2026-01-06 23:00"],
        {
            "shifts": {
                "night": {"people": 1, "hours": {"daily": "22:00-06:00"}},
                "day": {"people": 1, **OFFICE},
            }
        },
        tuesday(staffing__desk__shifts__night__people=0),
    )
    assert [(visit.person, visit.started) for visit in ran.visits("fix")] == [
        ("1", DAY + 60),
        ("1", 2 * DAY + 480),
    ]


def test_automation_goes_live() -> None:
    bot = {
        "at": "fix",
        "level": "off",
        "levels": {"off": {}, "on": {"coverage": "100 %", "run_time": "1 min"}},
    }
    ran = scripted(
        ["2026-01-05 10:00", "2026-01-06 10:00"],
        {"people": 1},
        tuesday(automation__bot__level="on"),
        automation={"bot": bot},
    )
    assert [ran.ticket(i)["closed"] for i in (0, 1)] == [610, DAY + 601]
    assert [ran.ticket(i)["touch_min"] for i in (0, 1)] == [10, 0]


def test_automation_with_errors_goes_live() -> None:
    on = {"coverage": "100 %", "run_time": "1 min", "errors": "100 %", "comes_back": "3 h"}
    bot = {"at": "fix", "level": "off", "levels": {"off": {}, "on": on}}
    ran = scripted(
        ["2026-01-05 10:00", "2026-01-06 10:00"],
        {"people": 1},
        tuesday(automation__bot__level="on"),
        automation={"bot": bot},
    )
    # What the bot did wrong comes back after three hours, to ten minutes of a person's work.
    assert [ran.ticket(i)["closed"] for i in (0, 1)] == [610, DAY + 601 + 180 + 10]
    assert [ran.ticket(i)["reopens"] for i in (0, 1)] == [0, 1]


def test_target_is_that_of_the_instant_of_creation() -> None:
    ran = scripted(
        ["2026-01-05 23:59", "2026-01-06 00:00"],
        {"people": 1},
        tuesday(targets__default__resolve="1 h"),
        priorities=["default"],
        targets={"default": {"resolve": "4 h"}},
    )
    assert [ran.ticket(i)["resolve_due"] for i in (0, 1)] == [1439 + 240, 1440 + 60]


def test_demand_steps_up() -> None:
    later = loaded(RANDOM, {"at": "2026-01-15", "set": {"demand.calls.arrivals.rate": "16/hour"}})
    assert expected_tickets(later.model) == pytest.approx(8 * 24 * 10 + 16 * 24 * 18)


def test_ramp_of_demand_brings_as_many_tickets_as_a_straight_line() -> None:
    ramp = {
        "at": "2026-01-12",
        "set": {"demand.calls.arrivals.rate": "16/hour"},
        "ramp": "1 week",
        "steps": 7,
    }
    assert expected_tickets(loaded(RANDOM, ramp).model) == pytest.approx(24 * 7 * (8 + 12 + 16 + 16))


def test_paid_time_and_monthly_cost_are_in_proportion_to_the_time_in_force() -> None:
    scenario = loaded(
        RANDOM,
        {"at": "2026-01-12", "set": {"staffing.desk.people": 5, "levers.standards.level": 1}},
        {"at": "2026-01-19", "set": {"automation.bot.level": "full"}},
        {"at": "2026-01-26", "set": {"levers.standards.level": 0.5}},
    )
    logs = run(scenario).logs
    summary = summarise(scenario.model, logs)
    per_week = 12 * 7 / 365.25
    assert summary.of("cost_staff_per_week") == pytest.approx(10 * 16 * 7 * (3 + 5 + 5 + 5) / 4)
    assert summary.of("cost_levers_per_week") == pytest.approx(600 * per_week * (1 + 1 + 0.5) / 4)
    runs = int((scenario.model.steps.automation[logs.visits.step] >= 0).sum())
    assert runs > 100
    assert summary.of("cost_automation_per_week") == pytest.approx(1000 * per_week * 2 / 4 + 2 * runs / 4)
    assert summary.of("cost_one_off") == pytest.approx(5000)
    assert broken(scenario.model, logs) == []


# -- what cannot change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"staffing.desk.absence": "9 %"}, "cannot change absence, speed, cost, skills and queues of people"),
        ({"staffing.desk.queue": "fifo"}, "cannot change the discipline of teams"),
        ({"demand.calls.classes.easy.share": "50 %", "demand.calls.classes.hard.share": "50 %"}, "classes"),
        ({"time.length": "9 weeks"}, "this holds for the whole run"),
        ({"staffing.dsk.people": 9}, "did you mean 'desk'"),
        ({"staffing.desk.people": "many"}, "from 2026-01-06 00:00 on: "),
        ({"routing.steps.fix.next": {"fixx": "100 %"}}, "from 2026-01-06 00:00 on: there is no step"),
    ],
)
def test_what_a_roadmap_cannot_change_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        loaded(RANDOM, {"at": "2026-01-06", "set": change})


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"automation.bot.level": "full"}, "automation.bot.level: 'none' to 'full'"),
        ({"demand.calls.arrivals.rate": "9/day"}, "demand.calls.arrivals.rate: '8/hour' to '9/day'"),
    ],
)
def test_ramp_of_what_is_no_quantity_of_one_unit_is_refused(change: dict[str, Any], found: str) -> None:
    with pytest.raises(
        InvalidInput, match=f"a ramp goes from one quantity to another of the same unit; found {found}"
    ):
        loaded(RANDOM, {"at": "2026-01-06", "set": change, "ramp": "1 week"})


@pytest.mark.parametrize(
    "arrivals", [{"gaps": "60 min"}, {"population": {"size": 3, "away": {"exponential": "2 h"}}}]
)
def test_work_may_change_beside_arrivals_by_gaps_and_populations(arrivals: dict[str, object]) -> None:
    steps = {"fix": {"team": "desk", "work": "10 min", "next": "resolved"}}
    written = {
        "name": "gaps",
        "time": {"start": "2026-01-05", "length": "3 days"},
        "demand": {"calls": {"arrivals": arrivals}},
        "staffing": {"desk": {"people": 4}},
        "routing": {"start": "fix", "steps": steps},
        "roadmap": [{"at": "2026-01-06", "set": {"routing.steps.fix.work": "20 min"}}],
    }
    node = from_plain(written, "test")
    assert isinstance(node, MapNode)
    model = from_node(node, ".").model
    visits = SimpyEngine().run(model, 1, 0).visits
    done = ~np.isnan(visits.ended)
    before = visits.arrived[done] < 1440.0
    assert set(np.round(visits.touch_min[done][before], 6)) == {10.0}
    assert set(np.round(visits.touch_min[done][~before], 6)) == {20.0}


TOGETHER: dict[str, Any] = {
    "staffing": {
        "desk": {
            "people": 2,
            "skills": {"mail": 1, "lan": 0.5},
            "at_once": {"tickets": 2, "speed": {"2": "70 %"}},
        },
        "net": {"people": 2, "skills": ["lan"]},
    },
    "routing": {
        "start": "work",
        "steps": {
            "work": {"team": "desk", "skill": "mail", "work": "5 min", "next": "both"},
            "both": {
                "team": "net",
                "skill": "lan",
                "work": "9 min",
                "swarm": {"people": 2},
                "next": "resolved",
            },
        },
    },
}


def test_people_who_join_have_the_skills_and_places_of_the_others() -> None:
    scenario = one_step({"rate": "6/hour"}, "5 min", {"people": 1}, "2 weeks", **TOGETHER)
    joins = {"staffing.desk.people": 3, "staffing.net.people": 4}
    ran = run(loaded(scenario, {"at": "2026-01-12", "set": joins}))
    assert broken(ran.model, ran.logs) == []
    waits = np.array([(v.arrived, v.started - v.arrived) for v in ran.visits("both")])
    is_late = waits[:, 0] > 10_080.0
    # two swarms at a time from the second week on
    assert np.nanmean(waits[is_late, 1]) < np.nanmean(waits[~is_late, 1]) / 4.0


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("staffing.net.skills", ["lan", "mail"], "absence, speed, cost, skills and queues of people"),
        ("staffing.desk.at_once.tickets", 1, "how many tickets people hold at a time"),
        ("routing.steps.work.skill", "lan", "the skills that steps need"),
        ("routing.steps.both.swarm.hold", True, "the swarms of the process"),
    ],
)
def test_how_people_work_together_does_not_change(path: str, value: object, what: str) -> None:
    scenario = one_step({"rate": "12/hour"}, "5 min", {"people": 1}, "2 weeks", **TOGETHER)
    with pytest.raises(InvalidInput, match=f"a roadmap cannot change {what}"):
        loaded(scenario, {"at": "2026-01-12", "set": {path: value}})
