"""The cost of the observation window, by what it is paid for and by who or what causes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.asked import Asked, Scoreboard
from simlab.metrics.attempts import runs_of_self_service
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.control import call_outs
from simlab.metrics.groups import Grouping, Scores, counts, sums
from simlab.metrics.spans import delay_spans
from simlab.metrics.targets import judge_resolution
from simlab.metrics.teams import PersonTime
from simlab.metrics.tickets import open_until, resolved_within
from simlab.metrics.window import Window
from simlab.model.codes import DelayCause
from simlab.model.tables import Model, MoneyTable, PricePeriod
from simlab.units import MINUTES_PER_HOUR

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Costs:
    """Money of the window, in the scenario's currency; every part by those who cause it."""

    staff: Floats
    """(n_teams,) scheduled hours, absence and breaks included, at the people's rates."""
    overtime: Floats
    """(n_teams,) overtime hours at the people's rates times their overtime factors."""
    call_outs: Floats
    """(n_teams,) paid to people on call for coming."""
    automation_months: Floats
    """(n_automations,) monthly cost in proportion to the window."""
    automation_runs: Floats
    """(n_automations,) cost of the runs that began in the window."""
    levers: Floats
    """(n_levers,) monthly cost in proportion to the level and the window."""
    penalties: Floats
    """(n_priorities,) missed resolution targets judged in the window."""
    waiting_users: Floats
    """(n_priorities,) time in which tickets were open, at the rate of their priority."""
    fixed: float
    """Fixed monthly cost in proportion to the window."""
    one_off: float
    """Paid once, whatever the window: not part of the running cost."""

    @property
    def automation(self) -> Floats:
        """(n_automations,) months and runs."""
        return self.automation_months + self.automation_runs

    @property
    def running(self) -> float:
        """Sum of all parts but the one-off cost."""
        parts = (
            self.staff,
            self.overtime,
            self.call_outs,
            self.automation,
            self.levers,
            self.penalties,
            self.waiting_users,
        )
        return float(sum(part.sum() for part in parts)) + self.fixed


def costs(model: Model, logs: RunLogs, window: Window, time: PersonTime, runs: Floats | None = None) -> Costs:
    """Return what the window cost; zeros where the scenario gives no prices.

    ``runs`` are the `run_counts`, where they are known.
    """
    runs = run_counts(model, logs, window) if runs is None else runs
    people = model.people
    teams = Grouping(people.team, len(model.names.teams))
    rate = people.cost_per_hour / MINUTES_PER_HOUR
    phases = price_phases(model, logs, window)
    return Costs(
        staff=sums(time.scheduled * rate, teams),
        overtime=sums(time.overtime * rate * people.overtime_factor, teams),
        call_outs=call_outs(model, logs, window),
        automation_months=_monthly(phases, lambda prices: [each.per_month for each in prices.automations]),
        automation_runs=_run_costs(model, logs, runs),
        levers=_monthly(phases, lambda prices: [each.per_month for each in prices.levers]),
        penalties=_penalties(model, logs, window),
        waiting_users=_waiting_users(model, logs, window),
        fixed=float(_monthly(phases, lambda prices: [prices.fixed_per_month])[0]),
        one_off=_one_off([prices for prices, _ in phases]),
    )


def price_spans(model: Model, logs: RunLogs) -> list[tuple[float, float, MoneyTable]]:
    """Return which prices are in force from when to when: they change by a roadmap, and as levers move."""
    found = []
    for start, end, money, later in _rung_spans(model, logs):
        starts = [-np.inf, *(period.start for period in later), np.inf]
        tables = [money, *(period.money for period in later)]
        for prices, since, until in zip(tables, starts[:-1], starts[1:], strict=True):
            if max(start, since) < min(end, until):
                found.append((max(start, since), min(end, until), prices))
    return found


def _rung_spans(
    model: Model, logs: RunLogs
) -> Iterator[tuple[float, float, MoneyTable, tuple[PricePeriod, ...]]]:
    """Yield from when to when the levers were on the same rungs, with the prices there."""
    table = model.improvements
    if table is None or not model.prices_at_rungs:
        yield -np.inf, np.inf, model.money, model.later_prices
        return
    of_state = {int(state): lever for lever, state in enumerate(table.state)}
    level, since, combination = table.level[0].copy(), -np.inf, 0
    for at, state, value in zip(logs.states.at, logs.states.state, logs.states.value, strict=True):
        if int(state) in of_state:
            yield since, float(at), *model.prices_at_rungs[combination]
            since = float(at)
            level[of_state[int(state)]] = value
            combination = int(np.flatnonzero((table.level == level).all(axis=1))[0])
    yield since, np.inf, *model.prices_at_rungs[combination]


def price_phases(model: Model, logs: RunLogs, window: Window) -> list[tuple[MoneyTable, float]]:
    """Return the prices that are in force in the window, each with its months there."""
    found = []
    for start, end, prices in price_spans(model, logs):
        part = Window(max(start, window.start), min(end, window.end))
        if part.minutes > 0.0:
            found.append((prices, part.months))
    return found or [(model.money, 0.0)]


def _monthly(phases: Sequence[tuple[MoneyTable, float]], read: Callable[[MoneyTable], list[float]]) -> Floats:
    """Monthly amounts in proportion to the time in which they are in force."""
    amounts: Floats = np.sum([np.array(read(prices)) * months for prices, months in phases], axis=0)
    return amounts


def _one_off(tables: Sequence[MoneyTable]) -> float:
    """One-off cost of what is in force in the window; of what moves by steps, that of the highest."""

    def highest(read: Callable[[MoneyTable], list[float]]) -> float:
        return float(np.max([read(prices) for prices in tables], axis=0).sum())

    return (
        highest(lambda prices: [prices.one_off])
        + highest(lambda prices: [each.one_off for each in prices.automations])
        + highest(lambda prices: [each.one_off for each in prices.levers])
    )


def money_scores(logs: RunLogs, window: Window, cost: Costs, asked: Asked) -> Scoreboard:
    """Return the cost per week in all and by part, and per resolved ticket."""
    weeks = window.weeks or np.nan
    parts = {
        "cost_per_week": cost.running,
        "cost_staff_per_week": cost.staff.sum(),
        "cost_overtime_per_week": cost.overtime.sum(),
        "cost_call_outs_per_week": cost.call_outs.sum(),
        "cost_automation_per_week": cost.automation.sum(),
        "cost_levers_per_week": cost.levers.sum(),
        "cost_penalties_per_week": cost.penalties.sum(),
        "cost_waiting_users_per_week": cost.waiting_users.sum(),
        "cost_fixed_per_week": cost.fixed,
    }
    scores: Scoreboard = {(name, OVERALL): Scores.of(amount / weeks) for name, amount in parts.items()}
    scores["cost_one_off", OVERALL] = Scores.of(cost.one_off)
    if asked.any_of(["cost_per_ticket"]):
        resolved = len(resolved_within(logs.tickets, window))
        scores["cost_per_ticket", OVERALL] = Scores.ratio(cost.running, resolved)
    return scores


def run_counts(model: Model, logs: RunLogs, window: Window) -> Floats:
    """Return how often each automation began to run in the window, by its price; (n_spans, n_automations)."""
    started = logs.visits.started
    inside = window.holds(started)
    spans = price_spans(model, logs)
    numbers = np.zeros((len(spans), len(model.names.automations)))
    for row, (start, end, _) in zip(numbers, spans, strict=True):
        ran = logs.visits.step[inside & (start <= started) & (started < end)]
        row += counts(Grouping(model.steps.automation[ran], len(row)))
        row += runs_of_self_service(model, logs, window, start, end)
    return numbers


def _run_costs(model: Model, logs: RunLogs, numbers: Floats) -> Floats:
    amounts = np.zeros(len(model.names.automations))
    for runs, (_, _, prices) in zip(numbers, price_spans(model, logs), strict=True):
        amounts += runs * np.array([automation.per_run for automation in prices.automations], np.float64)
    return amounts


def _penalties(model: Model, logs: RunLogs, window: Window) -> Floats:
    priorities = len(model.names.priorities)
    if not model.targets.penalty.any():
        return np.zeros(priorities)
    missed = judge_resolution(logs, window).missed
    target = logs.tickets.target
    owed = np.where(missed & (target >= 0), model.targets.penalty[target], 0.0)
    return sums(owed, Grouping(logs.tickets.priority, priorities))


def _waiting_users(model: Model, logs: RunLogs, window: Window) -> Floats:
    if not model.money.user_waiting_per_hour.any():
        return np.zeros(len(model.names.priorities))
    tickets, until = logs.tickets, open_until(logs)
    open_min = window.overlap(tickets.created, until)
    dormant = delay_spans(model, logs, DelayCause.DORMANT)
    owner = logs.visits.ticket[dormant.row]
    # The last dormancy of a ticket that is not reopened begins when it stops being open.
    asleep = window.overlap(dormant.started, np.minimum(dormant.ended, until[owner]))
    awake = open_min - sums(asleep, Grouping(owner, len(open_min)))
    hours = sums(awake, Grouping(tickets.priority, len(model.names.priorities))) / MINUTES_PER_HOUR
    return hours * model.money.user_waiting_per_hour
