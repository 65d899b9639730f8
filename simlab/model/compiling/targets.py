"""Compiling service targets and prices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simlab.model.calendars import Calendar, worked_many
from simlab.model.codes import Field
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.rules import Row, RuleBuilder, Test, tests_of
from simlab.model.tables import AutomationCost, LeverCost, MoneyTable, TargetTable
from simlab.model.wall_clock import MINUTES_PER_DAY, WallClock
from simlab.scenario.schema.automation import AutomationCost as WrittenCost
from simlab.scenario.schema.levers import Lever
from simlab.scenario.schema.levers import LeverCost as WrittenLeverCost
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.targets import ConditionalTarget, Target
from simlab.scenario.schema.values import TargetSpan
from simlab.units import Money, MoneyRate

_EPOCH_ORDINAL = 719_163
"""Proleptic ordinal of 1970-01-01, from which wall minutes count."""


def compile_targets(context: Context, scenario: Scenario, rules: RuleBuilder) -> TargetTable:
    """Compile the service targets; their conditions become one block of rules."""
    respond, resolve, calendars, penalty, rows = [], [], [], [], []
    for row, (target, tests, path) in enumerate(_targets(context, scenario)):
        calendar = 0
        if target.calendar is not None:
            calendar = context.code("calendar", target.calendar, (*path, "calendar"))
        respond.append(_minutes(context, target.respond, calendar, (*path, "respond")))
        resolve.append(_minutes(context, target.resolve, calendar, (*path, "resolve")))
        calendars.append(calendar)
        penalty.append(0.0 if target.penalty is None else target.penalty.amount)
        rows.append(Row(row, tests))
    return TargetTable(
        rules=rules.block(rows) if rows else -1,
        respond=np.array(respond, np.float64),
        resolve=np.array(resolve, np.float64),
        calendar=np.array(calendars, np.int64),
        penalty=np.array(penalty, np.float64),
    )


def _targets(context: Context, scenario: Scenario) -> Iterator[tuple[Target, tuple[Test, ...], Path]]:
    """All targets with the tests on the tickets that they are for."""
    if isinstance(scenario.targets, dict):
        for name, target in scenario.targets.items():
            path: Path = ("targets", name)
            code = context.code("priority", name, path)
            yield target, (Test(Field.PRIORITY, members=(code,)),), path
        return
    for i, conditional in enumerate(scenario.targets):
        assert isinstance(conditional, ConditionalTarget)
        path = ("targets", i)
        yield conditional, tests_of(context, conditional.when, (*path, "when")), path


def _minutes(context: Context, span: TargetSpan | None, calendar: int, path: Path) -> float:
    """Open minutes of a calendar within which a target must be met; inf for none."""
    if span is None:
        return np.inf
    if span.working_days is not None:
        return span.working_days * working_day(context.calendars[calendar], context.clock)
    if span.has_days and calendar > 0:
        day = working_day(context.calendars[calendar], context.clock) / 60.0
        context.problem(
            path,
            "a day is ambiguous on a calendar that is closed at night",
            remedy=f"write '3 working days' (of {day:g} h here) or a time in hours of the calendar",
        )
    return float(span.minutes or 0.0)


def working_day(calendar: Calendar, clock: WallClock) -> float:
    """Open minutes of a usual working day: the median over local days that are open, 24 h where always open.

    Measured over the first year, in which the rare odd day does not move the median.
    """
    if not np.isfinite(np.asarray(calendar.opens)).all():
        return float(MINUTES_PER_DAY)
    first = (clock.to_local(0.0).toordinal() - _EPOCH_ORDINAL) * MINUTES_PER_DAY
    midnights = clock.minutes_of_wall(first + np.arange(366) * MINUTES_PER_DAY)
    minutes = worked_many(calendar, midnights[:-1], midnights[1:])
    return float(np.median(minutes[minutes > 0.0])) if minutes.any() else float(MINUTES_PER_DAY)


def compile_money(context: Context, scenario: Scenario) -> MoneyTable:
    """Compile prices that do not belong to people; one currency for all."""
    costs = scenario.costs
    priorities = context.codes["priority"]
    waiting = np.zeros(len(priorities))
    for name, rate in costs.user_waiting.items():
        code = context.code("priority", name, ("costs", "user_waiting", name))
        if code >= 0:
            waiting[code] = rate.amount
    automations = []
    for bot in scenario.automation.values():
        level = bot.levels.get(bot.level)
        cost = bot.cost if level is None or level.cost is None else level.cost
        automations.append(_automation_cost(None if level is None or level.coverage == 0.0 else cost))
    return MoneyTable(
        currency=_currency(context, scenario),
        automations=tuple(automations),
        levers=tuple(_lever_cost(name, lever) for name, lever in scenario.levers.items()),
        fixed_per_month=sum(rate.amount for rate in costs.monthly.values()),
        one_off=sum(amount.amount for amount in costs.one_off.values()),
        user_waiting_per_hour=waiting,
    )


def _lever_cost(name: str, lever: Lever) -> LeverCost:
    """Cost of a lever in proportion to its level."""
    cost = lever.cost or WrittenLeverCost()
    one_off, monthly = (0.0 if part is None else part.amount for part in (cost.one_off, cost.monthly))
    return LeverCost(name, lever.level * one_off, lever.level * monthly)


def _automation_cost(cost: WrittenCost | None) -> AutomationCost:
    if cost is None:
        return AutomationCost(0.0, 0.0, 0.0)
    return AutomationCost(
        *(0.0 if part is None else part.amount for part in (cost.one_off, cost.monthly, cost.per_run))
    )


def _currency(context: Context, scenario: Scenario) -> str:
    """Return the one currency of the scenario; empty where it names no money."""
    first: str = ""
    for path, currency in _currencies(scenario, ()):
        if not first:
            first = currency
        elif currency != first:
            context.problem(
                path, f"one scenario has one currency, here {first}", currency, "convert the amount"
            )
    return first


def _currencies(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Money | MoneyRate):
        yield path, value.currency
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _currencies(item, (*path, str(key)))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _currencies(item, (*path, i))
    elif hasattr(type(value), "model_fields"):
        for key in type(value).model_fields:  # type: ignore[attr-defined]
            yield from _currencies(getattr(value, key), (*path, key.rstrip("_")))
