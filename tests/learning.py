"""Random small scenarios in which something is learnt: faults, feedback, levers that finished work moves."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.strategies import CLASSES, Draw, Scenario, minutes, shares, times

SECOND_DAY = {"2026-01-05": "2026-01-06", "2026-03-27": "2026-03-28"}
"""By the start of the run."""
SPAWNED = {"arrivals": {"spawned": True}, "priority": "P2"}


@st.composite
def problems(draw: Draw) -> dict[str, Any]:
    """Problem tickets by number, by review, or both."""
    block: dict[str, Any] = {"stream": "problems"}
    ways = draw(st.lists(st.sampled_from(("after", "review")), min_size=1, unique=True))
    if "after" in ways:
        block["after"] = draw(st.integers(1, 5))
    if "review" in ways:
        block["review"] = {
            "every": draw(minutes(200, 3000)),
            "worst": draw(st.integers(1, 3)),
            "at_least": draw(st.integers(1, 2)),
        }
    if draw(st.booleans()):
        block["within"] = draw(minutes(100, 3000))
    return block


@st.composite
def faults(draw: Draw) -> dict[str, Any]:
    """Faults behind incidents."""
    rates = (
        {"zipf": 1.1},
        {"pareto": 1.5},
        {"drawn": {"lognormal": {"mean": 1, "cv": 2}}},
        {"listed": [3, 1, 1, 0.5]},
    )
    group: dict[str, Any] = {"rates": draw(st.sampled_from(rates)), "share": draw(shares())}
    if "listed" not in group["rates"]:
        group["count"] = draw(st.integers(1, 6))
    if draw(st.integers(1, 4)) > 1:
        group["problems"] = draw(problems())
    if draw(st.booleans()):
        group["new_after"] = draw(times(0, 3000))
    return group


@st.composite
def scores(draw: Draw) -> dict[str, Any]:
    """How satisfied customers are."""
    points = st.sampled_from((0, 0.5, 2))
    taken_off = ("per_hour", "per_hour_to_response", "per_hop", "per_reopen", "late_response")
    score = {name: draw(points) for name in (*taken_off, "late_resolution", "spread")}
    if draw(st.booleans()):
        score["abandoned"] = draw(st.sampled_from((1, 2.5)))
    return {"at_best": draw(st.sampled_from((3, 4.5))), **score}


@st.composite
def feedback(draw: Draw, may_be_alike: bool) -> dict[str, Any]:
    """Scores, perhaps a survey, repeat contacts, and improvement tickets by number or review."""
    block: dict[str, Any] = {"score": draw(scores()), "satisfied": ">= 4"}
    if draw(st.booleans()):
        block["of"] = draw(st.sampled_from(({"class": "easy"}, {"priority": "P1"}, {"hops": ">= 1"})))
    if draw(st.booleans()):
        rules = [{"when": {"score": "<= 2"}, "share": draw(shares())}, {"share": draw(shares())}]
        response = draw(st.sampled_from((rules, rules[:1], "40 %")))
        block["survey"] = {"response": response, "after": draw(times(0, 2000))}
    if draw(st.booleans()):
        again: dict[str, Any] = {"share": draw(shares(60)), "after": draw(times(0, 2000))}
        if not (may_be_alike and draw(st.booleans())):
            again["stream"] = "again"
        block["repeat"] = [{"when": {"score": "<= 3"}, **again}]
        if draw(st.booleans()):
            block["repeat"] += [{"share": draw(shares(30)), "stream": "again"}]
    triggers: tuple[dict[str, Any], ...] = (
        {"after": 1},
        {"after": 3},
        {"review": {"every": "8 h", "at_least": 2, "each": True}},
        {"review": {"every": "8 h"}},
        {"review": {"every": "5 h", "at_least": 3}},
    )
    if draw(st.integers(1, 4)) > 1:
        trigger = draw(st.sampled_from(triggers))
        block["improvements"] = {"stream": "improvements", "low": "<= 3", **trigger}
    return block


@st.composite
def levers(draw: Draw) -> dict[str, Any]:
    """A lever that finished work moves."""
    improve: dict[str, Any] = {
        "at": draw(st.sampled_from(("first", "last", ["first", "second", "ask"]))),
        "by": draw(st.sampled_from((0.5, 0.4, 1))),
        "share": draw(shares()),
        "after": draw(times(0, 600)),
    }
    if draw(st.booleans()):
        improve["decay"] = draw(st.sampled_from(("30 min", "5 h", "1 day")))
    effects = draw(
        st.sampled_from(
            (
                {"routing.steps.first.work.mean": "-70 %", "routing.steps.last.work.mean": "-50 %"},
                {"routing.steps.*.work.mean": "+40 %", "routing.steps.resolved.reopen.share": "-80 %"},
                {"routing.steps.resolved.reopen.share": "-50 %"},
            )
        )
    )
    return {"level": draw(st.sampled_from((0, 0, 0.1))), "effects": effects, "improve": improve}


def comes_by_itself(scenario: Scenario, stream: str) -> bool:
    """Whether the members of a population do not make the tickets of a stream."""
    return "population" not in scenario["demand"].get(stream, {"arrivals": {}})["arrivals"]


def have_faults(draw: Draw, scenario: Scenario) -> None:
    """Let faults be behind the tickets of the first stream, and work find out about them."""
    demand, steps = scenario["demand"], scenario["routing"]["steps"]
    if not comes_by_itself(scenario, "one"):
        return
    if draw(st.booleans()):
        scenario["faults"] = {"causes": {**draw(faults()), "stream": "one"}}
    else:
        scenario["faults"] = {
            name: {**draw(faults()), "stream": "one", "class": name}
            for name in draw(st.sampled_from((CLASSES, CLASSES[:1], CLASSES[::-1])))
        }
    demand["problems"] = {**SPAWNED, "start": draw(st.sampled_from(("second", "last", "resolved")))}
    steps["second"]["fault"] = {"workaround": draw(shares()), "fixed": draw(shares())}
    if draw(st.booleans()):
        steps["ask"]["fault"] = {"fixed": draw(shares())}
    steps["last"].setdefault("divert", [{"to": "cancelled", "when": {"fault": ["workaround", "fixed"]}}])
    if draw(st.booleans()):
        known = {"when": {"fault": "workaround"}, "time": draw(times(0, 20))}
        steps["first"]["work"] = [known, {"time": draw(times())}]
    if draw(st.booleans()):
        spawn = {"stream": "fixes", "after": draw(times(0, 300)), "same_fault": True}
        steps["second"]["spawns"] = [{**spawn, "wait": draw(st.booleans()), "when": {"fault": "unknown"}}]
        demand["fixes"] = {**SPAWNED, "start": "ask"}


def give_feedback(draw: Draw, scenario: Scenario) -> None:
    """Let customers have their say."""
    demand = scenario["demand"]
    scenario["feedback"] = draw(feedback(all(comes_by_itself(scenario, stream) for stream in demand)))
    for stream in ("again", "improvements"):
        demand[stream] = {**SPAWNED, "start": draw(st.sampled_from(("last", "first", "ask")))}


def compare_ranks(draw: Draw, scenario: Scenario) -> None:
    """Let people compare tickets of several queues by rank only where all have the same order."""
    teams = [team for team in scenario["staffing"].values() if "serves_first" in team]
    if draw(st.booleans()):
        for team in scenario["staffing"].values():
            team["queue"] = scenario["staffing"]["desk"]["queue"]
    else:
        for team in teams:
            team["serves_first"] = "own_queue"


@st.composite
def learning(draw: Draw, scenarios: st.SearchStrategy[Scenario]) -> Scenario:
    """One of some scenarios, with something learnt in it."""
    scenario = draw(scenarios)
    compare_ranks(draw, scenario)
    what = draw(st.lists(st.sampled_from(("faults", "feedback", "levers")), min_size=1, unique=True))
    if "faults" in what and "faults" not in scenario:
        have_faults(draw, scenario)
    if "feedback" in what and "feedback" not in scenario:
        give_feedback(draw, scenario)
    if "levers" in what:
        names = draw(st.sampled_from((("know_how",), ("know_how", "standards"))))
        scenario["levers"] = {name: draw(levers()) for name in names}
    if draw(st.integers(1, 4)) == 1:
        change = {"routing.steps.last.work": "15 min", "routing.steps.resolved.reopen.share": "10 %"}
        scenario["roadmap"] = [{"at": SECOND_DAY[scenario["time"]["start"]], "set": change}]
    return scenario
