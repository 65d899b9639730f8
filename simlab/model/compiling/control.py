"""Compiling control rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np

from simlab.model.codes import Field, Measure
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.rules import Row
from simlab.model.control_table import NO_CONTROL, ControlTable
from simlab.scenario.schema.control import ControlRule, Watch
from simlab.scenario.schema.routing import Condition, Rule
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.values import names_in

_UNCALLED = "on call "


def on_call_shift(rule: str) -> str:
    """Name of the shift of the people whom a rule calls in; no written name has a blank in it."""
    return f"{_UNCALLED}{rule}"


def with_overflows(context: Context, scenario: Scenario) -> Scenario:
    """Return the scenario with a diversion in front of each step from which a rule lets tickets overflow."""
    steps = dict(scenario.routing.steps)
    for name, rule in scenario.control.items():
        if rule.overflow is None:
            continue
        path: Path = ("control", name, "overflow")
        context.code("step", rule.overflow.to, (*path, "to"))
        if context.code("step", rule.overflow.at, (*path, "at")) < 0:
            continue
        step = steps.get(rule.overflow.at)
        if step is None or step.work is None:
            context.problem((*path, "at"), "tickets overflow from a step with work", rule.overflow.at)
            continue
        diverted = Rule(to=rule.overflow.to, when=Condition(control=name))
        steps[rule.overflow.at] = step.model_copy(update={"divert": (*step.divert, diverted)})
    routing = scenario.routing.model_copy(update={"steps": steps})
    return scenario.model_copy(update={"routing": routing})


def compile_control(context: Context, scenario: Scenario, shifts: list[str]) -> ControlTable:
    """Return the rules of a scenario; ``shifts`` are the names of all shifts in the order of their codes."""
    rules = scenario.control
    if not rules:
        return NO_CONTROL
    teams = [_teams(context, rule.watch, ("control", name, "watch")) for name, rule in rules.items()]
    calendars = [
        -1 if rule.during is None else context.code("calendar", rule.during, ("control", name, "during"))
        for name, rule in rules.items()
    ]
    rows = list(rules.values())
    horizons = [0.0 if row.watch.at_risk is None else row.watch.at_risk.within for row in rows]
    if any(row.watch.at_risk is not None for row in rows) and not scenario.targets:
        name = next(name for name, rule in rules.items() if rule.watch.at_risk is not None)
        message = "without targets no ticket is at risk"
        context.problem(("control", name, "watch", "at_risk"), message, remedy="write targets")
    loans, calls = _loans(context, rules), _calls(context, rules, shifts)
    return ControlTable(
        measure=np.array([_measure(row.watch) for row in rows], np.int64),
        first_team=np.array([0, *accumulate(map(len, teams))], np.int64),
        team=np.array([team for each in teams for team in each], np.int64),
        horizon=np.array(horizons, np.float64),
        every=np.array([row.every for row in rows], np.float64),
        calendar=np.array(calendars, np.int64),
        ends_with_calendar=np.array([row.outside == "stop" for row in rows], np.bool_),
        start_at=np.array([row.start.at_least.value for row in rows], np.float64),
        start_lag=np.array([row.start.lag for row in rows], np.float64),
        stop_at=np.array([row.stop.at_most.value for row in rows], np.float64),
        stop_lag=np.array([row.stop.lag for row in rows], np.float64),
        loan_rule=np.array([loan[0] for loan in loans], np.int64),
        loan_from=np.array([loan[1] for loan in loans], np.int64),
        loan_to=np.array([loan[2] for loan in loans], np.int64),
        loan_people=np.array([loan[3] for loan in loans], np.int64),
        call_rule=np.array([call[0] for call in calls], np.int64),
        call_shift=np.array([call[1] for call in calls], np.int64),
        call_cost=np.array([call[2] for call in calls], np.float64),
    )


def warn_of_idle_rules(context: Context, scenario: Scenario, blocks: Iterable[Sequence[Row]]) -> None:
    """Warn of rules that bring in nobody and for whose state no rule of the process asks."""
    asked = {
        test.argument for rows in blocks for row in rows for test in row.tests if test.field == Field.CONTROL
    }
    for code, (name, rule) in enumerate(scenario.control.items()):
        if rule.borrow is None and rule.call_in is None and len(context.codes["team"]) + code not in asked:
            context.warn(
                ("control", name),
                "nothing happens when this rule acts",
                f"write borrow, call_in or overflow, or ask for it in routing: when: {{control: {name}}}",
            )


def _measure(watch: Watch) -> Measure:
    key, value = watch.chosen
    if key == "at_risk":
        return Measure.RESPOND_RISK if value.target == "respond" else Measure.RESOLVE_RISK
    return Measure[key.upper()]


def _teams(context: Context, watch: Watch, path: Path) -> list[int]:
    key, value = watch.chosen
    if key not in ("queue", "oldest"):
        return []
    return [context.code("team", name, (*path, key)) for name in dict.fromkeys(names_in(value))]


def _loans(context: Context, rules: Mapping[str, ControlRule]) -> list[tuple[int, int, int, int]]:
    loans = []
    for code, (name, rule) in enumerate(rules.items()):
        if rule.borrow is None:
            continue
        path: Path = ("control", name, "borrow")
        giver = context.code("team", rule.borrow.from_, (*path, "from"))
        taker = context.code("team", rule.borrow.to, (*path, "to"))
        if giver == taker >= 0:
            context.problem((*path, "to"), "a team borrows people of another team", rule.borrow.to)
        loans.append((code, giver, taker, rule.borrow.people))
    return loans


def _calls(
    context: Context, rules: Mapping[str, ControlRule], shifts: list[str]
) -> list[tuple[int, int, float]]:
    calls = []
    for code, (name, rule) in enumerate(rules.items()):
        if rule.call_in is None:
            continue
        cost = 0.0 if rule.call_in.call_out is None else rule.call_in.call_out.amount
        if context.code("team", rule.call_in.team, ("control", name, "call_in", "team")) >= 0:
            calls.append((code, shifts.index(f"{rule.call_in.team}.{on_call_shift(name)}"), cost))
    return calls
