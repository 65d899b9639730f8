"""Tables for plots over time: queues, work in progress, people on duty; use and flow by hour of week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.control import is_on_call
from simlab.metrics.groups import Grouping, everything, quotient
from simlab.metrics.spans import Spans, busy_spans, minutes_per_cell, queue_spans
from simlab.metrics.window import Window, observation_window
from simlab.model.tables import Model
from simlab.model.wall_clock import HOURS_PER_WEEK

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """Averages over the cells of a time grid, from the start of the run, warm-up included."""

    edges: Floats
    """(n_cells + 1,) minutes; the last cell may be shorter."""
    queue: Floats
    """(n_teams, n_cells) tickets waiting for the team."""
    on_duty: Floats
    """(n_teams, n_cells) people of the team on duty, overtime left out."""
    wip: Floats
    """(n_cells,) tickets in the system, resolved ones that will be reopened included."""
    acting: Floats
    """(n_controls, n_cells) share of the time in which the control rule acted."""


def over_time(model: Model, logs: RunLogs, step_min: float = 60.0) -> TimeSeries:
    """Return queue lengths, people on duty and work in progress over a grid of `step_min` minutes."""
    end, n_teams = logs.totals.end, len(model.names.teams)
    edges = np.append(np.arange(0.0, end, step_min), end)
    width = np.diff(edges)
    waits = queue_spans(logs)
    duty_team = Grouping(model.people.team[logs.duty.person], n_teams)
    closed = np.fmin(logs.tickets.closed, end)
    tickets = everything(len(logs.tickets))
    return TimeSeries(
        edges=edges,
        queue=minutes_per_cell(
            waits.started, waits.ended, Grouping(logs.visits.team[waits.row], n_teams), edges
        )
        / width,
        on_duty=minutes_per_cell(logs.duty.started, logs.duty.ended, duty_team, edges) / width,
        wip=minutes_per_cell(logs.tickets.created, closed, tickets, edges)[0] / width,
        acting=_acting(model, logs, edges) / width,
    )


def _acting(model: Model, logs: RunLogs, edges: Floats) -> Floats:
    actions = logs.actions
    began = ~np.isnan(actions.started)
    rules = Grouping(actions.control[began], len(model.names.controls))
    return minutes_per_cell(actions.started[began], np.fmin(actions.ended[began], edges[-1]), rules, edges)


@dataclass(frozen=True, slots=True)
class WeeklyUse:
    """How the people of each team spent the window, by local hour of week (0 is Monday 00:00 to 01:00)."""

    scheduled: Floats
    """(n_teams, 168) minutes of shifts, with breaks and with absence."""
    on_duty: Floats
    """(n_teams, 168) minutes on duty."""
    busy: Floats
    """(n_teams, 168) hands-on minutes while on duty."""
    overtime: Floats
    """(n_teams, 168) hands-on minutes after the end of shifts."""

    @property
    def utilisation(self) -> Floats:
        """(n_teams, 168) time on tickets over paid time; NaN where nobody is paid."""
        return quotient(self.busy + self.overtime, self.scheduled + self.overtime)

    @property
    def occupancy(self) -> Floats:
        """(n_teams, 168) time on tickets over time on duty; NaN where nobody works."""
        return quotient(self.busy + self.overtime, self.on_duty + self.overtime)


def use_by_hour_of_week(model: Model, logs: RunLogs) -> WeeklyUse:
    """Return scheduled, duty, busy and overtime minutes by team and hour of week."""
    window, n_teams = observation_window(model, logs.totals), len(model.names.teams)
    busy, overtime = busy_spans(model, logs)
    team = model.people.team

    def by_hour(spans: Spans, person: NDArray[np.integer]) -> Floats:
        return _by_hour_of_week(model, window, spans, Grouping(team[person], n_teams))

    duty = Spans(np.arange(len(logs.duty)), logs.duty.started, logs.duty.ended)
    called = np.flatnonzero(is_on_call(model)[logs.duty.person])
    calls = Spans(called, logs.duty.started[called], logs.duty.ended[called])
    return WeeklyUse(
        scheduled=_scheduled(model, window) + by_hour(calls, logs.duty.person[called]),
        on_duty=by_hour(duty, logs.duty.person),
        busy=by_hour(busy, logs.work.person[busy.row]),
        overtime=by_hour(overtime, logs.work.person[overtime.row]),
    )


def _scheduled(model: Model, window: Window) -> Floats:
    """Return the shift minutes of each team: those of each roster times the people on it."""
    n_teams, n_rosters = len(model.names.teams), len(model.rosters)
    people = np.zeros((n_teams, n_rosters))
    np.add.at(people, (model.people.team, model.people.roster), 1.0)
    shifts = [(np.asarray(roster.shift.opens), np.asarray(roster.shift.closes)) for roster in model.rosters]
    rows = np.repeat(np.arange(n_rosters), [len(opens) for opens, _ in shifts])
    spans = Spans(
        rows,
        np.concatenate([opens for opens, _ in shifts] or [np.empty(0)]),
        np.concatenate([closes for _, closes in shifts] or [np.empty(0)]),
    )
    minutes: Floats = people @ _by_hour_of_week(model, window, spans, Grouping(rows, n_rosters))
    return minutes


def _by_hour_of_week(model: Model, window: Window, spans: Spans, grouping: Grouping) -> Floats:
    minutes = np.zeros((HOURS_PER_WEEK, grouping.n))
    if window.minutes > 0.0:
        edges, hours = model.clock.edges_hour_of_week(window.start, window.end)
        np.add.at(minutes, hours, minutes_per_cell(spans.started, spans.ended, grouping, edges).T)
    return minutes.T
