"""Random small scenarios of the whole language, for properties that must hold on every run."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Scenario = dict[str, Any]
Draw = st.DrawFn

SINCE = ("created", "first", "second", "ask")
TEAMS = ("desk", "experts", "vendors")
CLASSES = ("easy", "hard")
HOURS = (
    {"mon-fri": "08:00-16:00"},
    {"daily": "00:00-24:00"},
    {"mon-sun": "22:00-06:00"},
    {"mon-fri": "07:00-11:00, 12:00-15:30", "sat": "09:00-10:00"},
)


def minutes(low: int = 0, high: int = 600) -> st.SearchStrategy[str]:
    """A time in whole minutes: equal ones make simultaneous events."""
    return st.integers(low, high).map(lambda n: f"{n} min")


def shares(most: int = 100) -> st.SearchStrategy[str]:
    """A share in whole percent."""
    return st.integers(0, most).map(lambda n: f"{n} %")


def times(low: int = 1, high: int = 120) -> st.SearchStrategy[Any]:
    """A distribution of times, often a constant."""
    mean = minutes(max(low, 1), high)
    return st.one_of(
        minutes(low, high),
        mean.map(lambda m: {"exponential": m}),
        mean.map(lambda m: {"lognormal": {"mean": m, "cv": 1.2}}),
        mean.map(lambda m: {"erlang": {"k": 2, "mean": m}}),
        st.lists(minutes(low, high), min_size=1, max_size=3).map(lambda v: {"empirical": {"values": v}}),
    )


def conditions() -> st.SearchStrategy[dict[str, Any]]:
    """A condition on one or two facts of a ticket."""
    facts = {
        "class": st.sampled_from(CLASSES),
        "priority": st.sampled_from(("P1", "P2")),
        "hops": st.sampled_from((">= 1", "0", "1..2")),
        "visits": st.sampled_from((1, ">= 2")),
        "reopens": st.sampled_from((0, ">= 1")),
        "difficulty": st.sampled_from(("> 1", "<= 1")),
        "came_from": st.sampled_from(("first", "second", "ask")),
        "open": st.just("office"),
        "closed": st.just("office"),
        "queue": st.builds(
            lambda team, n: {"team": team, "length": f">= {n}"}, st.sampled_from(TEAMS), st.integers(1, 5)
        ),
    }
    keys = st.lists(st.sampled_from(sorted(facts)), min_size=1, max_size=2, unique=True)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: facts[key] for key in chosen}))


@st.composite
def following(draw: Draw, onwards: tuple[str, ...], back: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rules to the next steps; ways back have a share below 40 %, so that every ticket comes to an end."""
    rules: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 2))):
        rule: dict[str, Any] = {"to": draw(st.sampled_from(onwards + back)), "share": draw(shares(40))}
        if draw(st.booleans()):
            rule[draw(st.sampled_from(("when", "unless")))] = draw(conditions())
        if draw(st.booleans()):
            rule["harder"] = 1.5
        rules.append(rule)
    return [*rules, {"to": draw(st.sampled_from(onwards))}]


@st.composite
def people(draw: Draw) -> dict[str, Any]:
    """People of a team or shift, by number or by name, with what a shift may say."""
    count = draw(st.integers(1, 4))
    named = {
        f"person{i}": {"speed": draw(st.sampled_from((0.5, 1, 1.25))), "cost": f"{30 + 10 * i} EUR/hour"}
        for i in range(count)
    }
    block: dict[str, Any] = {"people": draw(st.sampled_from((count, named)))}
    if draw(st.booleans()):
        block["hours"] = draw(st.sampled_from(HOURS))
    if draw(st.integers(0, 3)) == 0:
        block["absence"] = draw(shares(30))
    if draw(st.integers(0, 3)) == 0:
        block["breaks"] = [{"at": "12:00", "length": draw(minutes(10, 60)), "spread": draw(minutes(0, 60))}]
    return block


@st.composite
def teams(draw: Draw, name: str) -> dict[str, Any]:
    """A team with its rules."""
    if draw(st.booleans()):
        team = draw(people())
    else:
        team = {"shifts": {"early": draw(people()), "late": draw(people())}}
    team["queue"] = draw(st.sampled_from(("priority", "fifo", "lifo", "earliest_due", "shortest")))
    team["who"] = draw(st.sampled_from(("longest_idle", "fastest", "cheapest", "least_loaded")))
    team["at_shift_end"] = draw(st.sampled_from(("pause", "finish", "hand_over")))
    if draw(st.booleans()):
        team["hand_over"] = draw(times(0, 15))
    others = [other for other in TEAMS if other != name]
    helped = draw(st.lists(st.sampled_from(others), unique=True, max_size=2))
    if helped:
        team["also_serves"] = helped
        team["serves_first"] = draw(st.sampled_from(("own_queue", "best_rank")))
    return team


@st.composite
def arrivals(draw: Draw) -> dict[str, Any]:
    """Arrivals of a few dozen tickets in a week."""
    kind = draw(st.sampled_from(("rate", "hourly", "gaps", "every", "population", "timetable")))
    block: dict[str, Any]
    if kind == "rate":
        block = {"rate": f"{draw(st.integers(5, 60))}/week", "day_cv": draw(st.sampled_from((0, 0.3)))}
    elif kind == "hourly":
        block = {"hourly": {"mon-fri": {"08:00-12:00": "2/hour", "14:00-15:00": "1/hour"}}}
    elif kind == "gaps":
        block = {"gaps": draw(times(60, 600))}
    elif kind == "every":
        block = {"every": draw(minutes(120, 600))}
    elif kind == "population":
        start = draw(st.sampled_from(("away", "ticket")))
        block = {
            "population": {
                "size": draw(st.integers(1, 4)),
                "away": draw(times(300, 900)),
                "start_with": start,
            }
        }
    else:
        days = ("2026-01-05", "2026-01-06", "2026-03-28", "2026-03-29")
        block = {"timetable": [f"{day} {clock}" for day in days for clock in ("08:00", "16:00", "16:00")]}
    if kind != "population" and draw(st.integers(0, 3)) == 0:
        block["batch"] = draw(st.integers(1, 3))
    if draw(st.integers(0, 3)) == 0:
        block["limit"] = draw(st.integers(1, 20))
    return block


@st.composite
def streams(draw: Draw) -> dict[str, Any]:
    """A stream of two classes."""
    share = draw(st.integers(1, 99))
    return {
        "arrivals": draw(arrivals()),
        "channel": {"phone": "50 %", "web": "50 %"},
        "classes": {
            "easy": {"share": f"{share} %", "priority": "P2"},
            "hard": {
                "share": f"{100 - share} %",
                "priority": {"P1": "30 %", "P2": "70 %"},
                "difficulty": draw(st.sampled_from((1, 2, {"uniform": {"min": 1, "max": 3}}))),
            },
        },
    }


@st.composite
def work_steps(draw: Draw, onwards: tuple[str, ...], back: tuple[str, ...]) -> dict[str, Any]:
    """A step with work at one of the teams."""
    step: dict[str, Any] = {
        "team": draw(st.sampled_from(TEAMS)),
        "work": draw(times()),
        "next": draw(following(onwards, back)),
        "difficulty_power": draw(st.sampled_from((0, 0.5, 1))),
    }
    if draw(st.integers(0, 2)) == 0:
        step["work"] = [{"when": draw(conditions()), "time": draw(times())}, {"time": draw(times())}]
    if draw(st.integers(0, 3)) == 0:
        step["extra"] = draw(times(0, 10))
    if draw(st.integers(0, 3)) == 0:
        step["misroute"] = {
            "share": draw(shares(50)),
            "to": draw(st.sampled_from((*back, "last"))),
            "look": draw(times(0, 10)),
        }
    if draw(st.integers(0, 3)) == 0:
        step["transparent"] = True
    return step


@st.composite
def automations(draw: Draw) -> dict[str, Any]:
    """An automation in front of one of the first steps."""
    level = {"coverage": draw(shares()), "success": draw(shares()), "run_time": draw(times(0, 30))}
    bot: dict[str, Any] = {
        "at": draw(st.sampled_from(("first", "second"))),
        "level": "on",
        "levels": {"on": level},
    }
    if draw(st.booleans()):
        bot["for"] = {"class": draw(st.sampled_from(CLASSES))}
    if draw(st.booleans()):
        bot["fall_back"] = {"work": draw(times()), "extra": draw(times(0, 10))}
    if draw(st.integers(0, 2)) == 0:
        bot["then"] = draw(st.sampled_from(("last", "resolved")))
    bot["cost"] = {"per_run": "0.50 EUR", "monthly": "90 EUR"}
    return bot


@st.composite
def scenarios(draw: Draw) -> Scenario:
    """A scenario: one or two streams, three teams, three work steps, a wait, perhaps automations, targets."""
    steps = {
        "first": draw(work_steps(("second", "last", "ask", "resolved"), ("first",))),
        "second": draw(work_steps(("last", "ask", "resolved", "cancelled"), ("first", "second"))),
        "last": draw(work_steps(("resolved", "cancelled"), ("first", "second"))),
        "ask": {
            "wait": draw(times(0, 600)),
            "next": draw(following(("last", "resolved"), ("first",))),
            "pauses": draw(st.sampled_from(([], ["resolve"], ["respond", "resolve"]))),
            **draw(
                st.sampled_from(
                    (
                        {},
                        {"calendar": "office"},
                        {"until": "office"},
                        {"calendar": "office", "until": "board"},
                    )
                )
            ),
            **draw(st.sampled_from(({}, {}, {"resolved": True}, {"reopened": True}))),
            **draw(st.sampled_from(({}, *({"since": each} for each in SINCE)))),
        },
        "resolved": {
            "end": "resolved",
            "reopen": {"share": draw(shares(40)), "after": draw(times(0, 2000)), "to": "first"},
        },
    }
    target = st.fixed_dictionaries({"respond": minutes(1, 300), "resolve": minutes(1, 3000)})
    scenario: Scenario = {
        "name": "generated",
        "time": {
            "zone": draw(st.sampled_from(("UTC", "Europe/Berlin"))),
            "start": draw(st.sampled_from(("2026-01-05", "2026-03-27"))),
            "length": draw(st.sampled_from(("3 days", "7 days"))),
            "warm_up": draw(st.sampled_from(("0", "1 day"))),
            "then": draw(st.sampled_from(("stop", "drain"))),
            "business_hours": draw(st.sampled_from(("office", "always"))),
        },
        "calendars": {
            "office": {"hours": HOURS[0], "holidays": "DE-BY"},
            "board": {"hours": {"wed": "14:00-15:00"}},
        },
        "demand": {name: draw(streams()) for name in draw(st.sampled_from((("one",), ("one", "two"))))},
        "staffing": {name: draw(teams(name)) for name in TEAMS},
        "routing": {"start": draw(st.sampled_from(("first", "second"))), "steps": steps},
    }
    if draw(st.booleans()):
        names = draw(st.sampled_from((("bot",), ("bot", "script"))))
        scenario["automation"] = {name: draw(automations()) for name in names}
    if draw(st.booleans()):
        calendar = draw(st.sampled_from(({}, {"calendar": "office"})))
        scenario["targets"] = {"P1": {**draw(target), **calendar, "penalty": "50 EUR"}, "P2": draw(target)}
    return scenario
