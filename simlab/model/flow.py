"""The flow of a process: how much comes to each team, how variable its work is, and what it costs to run.

Exact where routing is by plain shares (`simlab.model.visits`); else from a sample of tickets that walks
through the process (`simlab.model.walk`). Queueing formulas make waits of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from simlab.model.calendars import worked_many
from simlab.model.codes import StepKind
from simlab.model.tables import Floats, Model, PoissonArrivals, RenewalArrivals
from simlab.model.traffic import crews, own_tickets, people_present, tickets_by_stream
from simlab.model.visits import exact_visits
from simlab.model.walk import Seen, Walk
from simlab.model.wall_clock import HOURS_PER_WEEK
from simlab.units import MINUTES_PER_WEEK, WEEKS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Flow:
    """Rates, per minute while tickets arrive, and prices; arrays by team."""

    tickets: float
    on_the_way: float
    """Tickets that are in the system on average if nobody ever waits for people."""
    visits: Floats
    load: Floats
    """Mean number of people at work."""
    squared_work: Floats
    """Visits times the mean square of their hands-on minutes."""
    present: Floats
    """People on duty, on average; faster ones count more."""
    waiting_price: float
    """Money per minute of an open ticket."""
    staff: float
    """Money per week, and so are those below."""
    automation: float
    levers: float
    fixed: float
    one_off: float
    """Money paid once."""

    def flat(self) -> Floats:
        """Return all numbers in one row."""
        return np.concatenate([np.atleast_1d(getattr(self, each.name)) for each in fields(self)])


@dataclass(frozen=True, slots=True)
class Ways:
    """What tickets do on their way, by step."""

    tickets: float
    on_the_way: float
    visits: Floats
    """Per minute, and so are those below."""
    work: Floats
    squared_work: Floats


def ways_of(model: Model, sample: int) -> Ways:
    """Return what tickets do, from a sample of so many of them where it cannot be told exactly."""
    visits = exact_visits(model) if _has_plain_times(model) else None
    return _walked(model, sample) if visits is None else _exact(model, visits)


def flow_of(model: Model, ways: Ways) -> Flow:
    """Return the flow of a model whose tickets go these ways."""
    step, team, people = crews(model)
    n_teams = len(model.names.teams)

    def by_team(of_step: Floats) -> Floats:
        total = np.zeros(n_teams)
        np.add.at(total, team, of_step[step] * people)
        return total

    present = np.bincount(model.people.team, people_present(model), n_teams).astype(np.float64)
    money, runs = model.money, ways.visits
    automation = math.fsum(
        each.per_month / WEEKS_PER_MONTH
        + each.per_run * float(runs[model.steps.automation == code].sum()) * MINUTES_PER_WEEK
        for code, each in enumerate(money.automations)
    )
    return Flow(
        tickets=ways.tickets,
        on_the_way=ways.on_the_way,
        visits=by_team(ways.visits),
        load=by_team(ways.work),
        squared_work=by_team(ways.squared_work),
        present=present,
        waiting_price=_waiting_price(model),
        staff=_staff_per_week(model),
        automation=automation,
        levers=math.fsum(each.per_month for each in money.levers) / WEEKS_PER_MONTH,
        fixed=money.fixed_per_month / WEEKS_PER_MONTH,
        one_off=money.one_off
        + math.fsum(each.one_off for each in money.automations)
        + math.fsum(each.one_off for each in money.levers),
    )


def _has_plain_times(model: Model) -> bool:
    steps = model.steps
    lasts = np.isin(steps.kind, [StepKind.WORK, StepKind.DELAY])
    is_hard = any((each.attributes.difficulty >= 0).any() for each in model.streams)
    return bool(
        (steps.timing[lasts] >= 0).all()
        and (steps.extra[lasts] < 0).all()
        and (steps.fall_back_extra[lasts] < 0).all()
        and (steps.calendar[lasts] < 0).all()
        and (steps.until_open[lasts] < 0).all()
        and (steps.since[lasts] < 0).all()
        and (not is_hard or (steps.difficulty_power[lasts] == 0.0).all())
        and (model.handoffs.row < 0).all()
        and not len(model.spawns.stream)
        and not any(stream.self_service for stream in model.streams)
        and all(isinstance(each.arrivals, PoissonArrivals | RenewalArrivals) for each in model.streams)
    )


def _exact(model: Model, visits: Floats) -> Ways:
    lasts = np.isin(model.steps.kind, [StepKind.WORK, StepKind.DELAY])
    mean, squared = np.zeros((2, len(lasts)))
    for step in np.flatnonzero(lasts).tolist():
        times = model.distribution_list[int(model.steps.timing[step])]
        mean[step], squared[step] = times.mean, times.variance + times.mean**2
    nobody = np.zeros(len(model.streams))
    rates = _rates(model, [Seen(0, (), one, one * mean, nobody, float(one @ mean)) for one in visits])
    each = rates @ visits
    return Ways(float(rates.sum()), float(each @ mean), each, each * mean, each * squared)


def _walked(model: Model, sample: int) -> Ways:
    walk, n_streams = Walk(model), len(model.streams)
    seen = [walk.through(code, max(sample // n_streams, 1)) for code in range(n_streams)]
    rates = _rates(model, seen)
    visits, work, squared = np.zeros((3, len(model.names.steps)))
    for rate, each in zip(rates.tolist(), seen, strict=True):
        if not each.n or rate <= 0.0:
            continue
        visits += rate * each.visits
        work += rate * each.work
        steps = np.array([stay.step for stay in each.stays], np.int64)
        minutes = np.array([stay.minutes for stay in each.stays])
        squared += rate / each.n * np.bincount(steps, minutes**2, len(visits))
    on_the_way = math.fsum(rate * each.life for rate, each in zip(rates.tolist(), seen, strict=True))
    return Ways(float(rates.sum()), on_the_way, visits, work, squared)


def _rates(model: Model, seen: Sequence[Seen]) -> Floats:
    """Tickets of each stream per minute while any arrive: a limit on their number ends them early."""
    endless = replace(model, streams=tuple(replace(each, limit=-1) for each in model.streams))
    rates = np.array(tickets_by_stream(endless, seen)) / model.length
    return np.where(np.isfinite(rates), rates, 0.0)


def _waiting_price(model: Model) -> float:
    """Mean price of a minute of an open ticket, by the shares of priorities."""
    prices = model.money.user_waiting_per_hour
    if not len(prices) or not prices.any():
        return 0.0
    weights = np.array([own_tickets(model, each, 0.0) for each in model.streams])
    total = 0.0
    for stream, weight in zip(model.streams, weights.tolist(), strict=True):
        table = stream.attributes
        shares = np.diff(table.class_share, prepend=0.0)
        for share, codes, cumulative in zip(shares, table.priorities, table.priority_share, strict=True):
            total += weight * share * float(prices[codes] @ np.diff(cumulative, prepend=0.0))
    return total / 60.0 / float(weights.sum()) if weights.sum() > 0.0 else 0.0


def _staff_per_week(model: Model) -> float:
    people = model.people
    scheduled = np.array([float(worked_many(each.shift, 0.0, model.length)) for each in model.rosters])
    if not len(people.roster):
        return 0.0
    rate = np.where(np.isfinite(people.cost_per_hour), people.cost_per_hour, 0.0)
    return float(scheduled[people.roster] / model.length @ np.maximum(rate, 0.0)) * HOURS_PER_WEEK
