"""Random small scenarios with the mechanisms that stand around the steps."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.learning import give_feedback, have_faults
from tests.strategies import TEAMS, Draw, Scenario, conditions, minutes, scenarios, shares, times


def sometimes(draw: Draw, chance: int = 3) -> bool:
    """Whether a mechanism is part of the scenario: once in so many."""
    return draw(st.integers(1, chance)) == 1


@st.composite
def batches(draw: Draw, together: bool) -> dict[str, Any]:
    """A batch; by size alone some tickets may wait until the end of the run."""
    batch: dict[str, Any] = {"together": together}
    ends = draw(st.lists(st.sampled_from(("size", "longest_wait", "at")), min_size=1, unique=True))
    if "size" in ends:
        batch["size"] = draw(st.integers(1, 4))
    if "longest_wait" in ends:
        batch["longest_wait"] = draw(minutes(1, 600))
    if "at" in ends:
        batch["at"] = draw(st.sampled_from(("board", "office")))
    if draw(st.booleans()):
        batch["at_most"] = draw(st.integers(4, 6))
    return batch


@st.composite
def escalations(draw: Draw) -> dict[str, Any]:
    """A functional or hierarchical escalation."""
    rule: dict[str, Any] = {"after": draw(minutes(1, 300))}
    rule |= draw(st.sampled_from(({"to": "last"}, {"to": "cancelled"}, {"raise_to": "P1"})))
    if draw(st.booleans()):
        rule["calendar"] = "office"
    return rule


@st.composite
def around_work(draw: Draw, way_out: str) -> dict[str, Any]:
    """What may stand around a work step."""
    step: dict[str, Any] = {}
    has_batch = sometimes(draw, 4)
    together = has_batch and draw(st.booleans())
    if has_batch:
        step["batch"] = draw(batches(together))
    if sometimes(draw):
        step["patience"] = {"time": draw(times(1, 300)), "to": draw(st.sampled_from(("abandoned", way_out)))}
    if sometimes(draw):
        step["escalate"] = draw(st.lists(escalations(), min_size=1, max_size=2))
    if sometimes(draw):
        rule = {"to": way_out, "when": draw(conditions())}
        step["divert"] = [rule | draw(st.sampled_from(({}, {"share": "40 %"})))]
    if sometimes(draw):
        quality = {"defects": draw(shares(40)), "comes_back": {"after": draw(times(0, 2000))}}
        if draw(st.booleans()):
            quality["audit"] = {
                "share": draw(shares()),
                "team": draw(st.sampled_from(TEAMS)),
                "work": draw(times(0, 10)),
                "detects": draw(shares()),
            }
        step["quality"] = quality
    return step


@st.composite
def branches(draw: Draw) -> dict[str, dict[str, Any]]:
    """Steps of parallel branches: work, a wait, and branches within a branch."""

    def work() -> dict[str, Any]:
        goal = draw(st.sampled_from(("join", {"join": "80 %", "wait": "15 %", "cancelled": "5 %"})))
        step = {"team": draw(st.sampled_from(TEAMS)), "work": draw(times()), "next": goal}
        if sometimes(draw):
            step["batch"] = draw(batches(draw(st.booleans())))
        elif sometimes(draw):
            step["patience"] = {
                "time": draw(times(1, 300)),
                "to": draw(st.sampled_from(("join", "abandoned"))),
            }
        return step

    def parallel(first: str, second: str, goal: str) -> dict[str, Any]:
        joins = {
            "join": draw(st.sampled_from(("all", "any", 1, 2))),
            "others": draw(st.sampled_from(("stop", "finish"))),
        }
        return {"parallel": {"branches": [first, second], **joins}, "next": goal}

    pauses = draw(st.sampled_from(([], ["resolve"], ["respond", "resolve"])))
    return {
        "both": parallel("one", draw(st.sampled_from(("two", "within"))), "last"),
        "within": parallel("two", "wait", "join"),
        "one": work(),
        "two": work(),
        "wait": {"wait": draw(times(0, 600)), "next": "join", "pauses": pauses},
    }


@st.composite
def handoffs(draw: Draw) -> dict[str, Any]:
    """What a hand-off costs."""
    rule: dict[str, Any] = {"reread": draw(times(0, 10)), "delay": draw(times(0, 60))}
    if draw(st.booleans()):
        rule["from"] = draw(st.sampled_from(TEAMS))
    if draw(st.booleans()):
        rule["loss"] = {"share": draw(shares()), "redo": draw(times(0, 20))}
    return rule


@st.composite
def swarms(draw: Draw) -> dict[str, Any]:
    """Several people on one ticket."""
    swarm: dict[str, Any] = {"people": draw(st.integers(1, 2)), "hold": draw(st.booleans())}
    if swarm["people"] == 1 or draw(st.booleans()):
        swarm["if_free"] = {draw(st.sampled_from(TEAMS)): 1}
        swarm["faster"] = draw(st.sampled_from((0, 0.5)))
    return swarm


@st.composite
def places(draw: Draw) -> Any:  # noqa: ANN401 - a number or a map
    """How many tickets one person holds at a time."""
    speeds = ("shared", {2: "80 %"}, {2: "70 %", 3: "40 %"})
    return draw(
        st.one_of(st.just(2), st.builds(lambda s: {"tickets": 3, "speed": s}, st.sampled_from(speeds)))
    )


def work_together(draw: Draw, scenario: Scenario) -> None:
    """Let people swarm, have skills, or hold several tickets at a time."""
    staffing, steps = scenario["staffing"], scenario["routing"]["steps"]
    for name in ("first", "second"):
        if sometimes(draw):
            step = steps[name]
            step["swarm"] = draw(swarms())
            others = [team for team in TEAMS if team != step["team"]]
            if draw(st.booleans()):
                step["swarm"]["with"] = {draw(st.sampled_from(others)): 1}
    if sometimes(draw):
        for team in staffing.values():
            team["skills"] = draw(st.sampled_from((["lan", "mail"], {"mail": 1, "lan": 0.5}, ["lan"])))
            if draw(st.booleans()):
                team["serves_first"] = "preferred_skill"
        staffing["desk"]["skills"] = ["mail", "lan"]
        steps["last"]["skill"] = "lan"
        steps["first"]["skill"] = [{"skill": "mail", "when": {"class": "easy"}}, {"skill": "lan"}]
    for name in TEAMS:
        if sometimes(draw, 4):
            staffing[name]["at_once"] = draw(places())


@st.composite
def self_service(draw: Draw) -> dict[str, Any]:
    """Self-service before the tickets of a stream."""
    level = {"coverage": draw(shares()), "success": draw(shares()), "run_time": draw(times(0, 30))}
    portal = {"before": "one", "level": "on", "levels": {"on": level}}
    if draw(st.booleans()):
        portal["failed"] = {"harder": draw(st.sampled_from((1, 1.5)))}
    return portal


@st.composite
def control_rules(draw: Draw, has_targets: bool) -> dict[str, Any]:
    """A rule that watches something, and lends people, calls people in, or lets tickets overflow."""
    team = st.sampled_from(TEAMS)
    watch: dict[str, Any] = draw(
        st.one_of(
            st.builds(lambda name: {"queue": name}, team),
            st.just({"queue": list(TEAMS)}),
            st.builds(lambda name: {"oldest": name}, team),
            st.just({"open": True}),
            st.builds(
                lambda of: {"at_risk": {"within": "2 h", "target": of}} if has_targets else {"open": True},
                st.sampled_from(("respond", "resolve")),
            ),
        )
    )
    start, stop = (
        ("30 min", "5 min") if "oldest" in watch else (draw(st.integers(2, 4)), draw(st.integers(0, 1)))
    )
    rule: dict[str, Any] = {
        "watch": watch,
        "every": draw(st.sampled_from(("30 min", "45 min", "4 h"))),
        "start": {"at_least": start, "lag": draw(st.sampled_from(("0 min", "15 min", "3 h")))},
        "stop": {"at_most": stop, "lag": draw(st.sampled_from(("0 min", "10 min")))},
    }
    if draw(st.booleans()):
        rule |= {
            "during": draw(st.sampled_from(("office", "board"))),
            "outside": draw(st.sampled_from(("go_on", "stop"))),
        }
    giver, taker = draw(st.permutations(TEAMS))[:2]
    if draw(st.booleans()):
        rule["borrow"] = {"from": giver, "to": taker, "people": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        rule["call_in"] = {"team": taker, "people": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        rule["overflow"] = {"at": "first", "to": "last"}
    return rule


@st.composite
def mechanisms(draw: Draw) -> Scenario:
    """A scenario with several of the mechanisms at once."""
    scenario = draw(scenarios())
    routing = scenario["routing"]
    steps = routing["steps"]
    for name, way_out in (("first", "second"), ("second", "last"), ("last", "cancelled")):
        steps[name] |= draw(around_work(way_out))
    if draw(st.booleans()):
        steps |= draw(branches())
        routing["start"] = {"both": "50 %", "first": "50 %"}
    if sometimes(draw):
        routing["handoffs"] = draw(st.lists(handoffs(), min_size=1, max_size=2))
    if sometimes(draw):
        limited = draw(st.sampled_from((["first"], ["first", "second"], ["last"])))
        queue = draw(st.sampled_from(("priority", "fifo")))
        routing["limits"] = {"few": {"at_most": draw(st.integers(1, 5)), "steps": limited, "queue": queue}}
    if sometimes(draw):
        spawn = {
            "stream": "changes",
            "share": "30 %",
            "after": draw(times(0, 600)),
            "wait": draw(st.booleans()),
        }
        steps["first"]["spawns"] = [spawn]
        scenario["demand"]["changes"] = {"arrivals": {"spawned": True}, "start": "last", "priority": "P2"}
    if sometimes(draw, 6):
        have_faults(draw, scenario)
    if sometimes(draw, 6):
        give_feedback(draw, scenario)
    for team in scenario["staffing"].values():
        if sometimes(draw):
            team["preempted_by"] = draw(st.sampled_from((["P1"], ["P1", "P2"])))
    if draw(st.booleans()):
        work_together(draw, scenario)
    if sometimes(draw, 4) and "population" not in scenario["demand"]["one"]["arrivals"]:
        scenario.setdefault("automation", {})["portal"] = draw(self_service())
    if sometimes(draw, 4):
        scenario["control"] = {
            name: draw(control_rules("targets" in scenario))
            for name in draw(st.sampled_from((("help",), ("help", "more"))))
        }
        if any("at_risk" in rule["watch"] for rule in scenario["control"].values()):
            scenario.setdefault("targets", {"P1": {"respond": "1 h", "resolve": "8 h"}})
    for bot in scenario.get("automation", {}).values():
        bot["levels"]["on"]["errors"] = draw(shares(40))
        bot["levels"]["on"]["comes_back"] = draw(times(0, 600))
    return scenario
