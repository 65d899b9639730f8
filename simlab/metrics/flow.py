"""Tables of where tickets go and where they wait: process map, hand-offs between teams, waiting by cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, VisitLog
from simlab.metrics.groups import Grouping, counts, means, sums
from simlab.metrics.spans import Spans, delay_spans, queue_spans
from simlab.metrics.tickets import time_order
from simlab.metrics.window import Window, observation_window
from simlab.model.calendars import SNAP, calendar_of, worked_many
from simlab.model.codes import DelayCause, Outcome, StepKind, VisitCause
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Counts = NDArray[np.int64]

_N_CAUSES: Final = len(VisitCause)


@dataclass(frozen=True, slots=True)
class StepUse:
    """Visits that began in the window, a row per node, cause of the visit and automation that ran."""

    node: Codes
    cause: Codes
    """:class:`~simlab.model.codes.VisitCause`."""
    automation: Codes
    """-1 for visits without one."""
    visits: Counts
    wait_mean: Floats
    """Minutes from arrival until work or delay begins."""
    touch_mean: Floats
    """Hands-on minutes."""
    duration_mean: Floats
    """Minutes from the beginning of work or delay to its end, nights and breaks included."""


@dataclass(frozen=True, slots=True)
class Transitions:
    """Moves of tickets in the window, a row per pair of nodes and cause of the visit they lead to."""

    source: Codes
    target: Codes
    cause: Codes
    count: Counts
    gap_mean: Floats
    """Minutes from the end of one visit to the beginning of the next, over visits that began."""
    touch_mean: Floats
    """Hands-on minutes at the step that a move leads to, those after a failed automation included; 0 where
    the visit is not done, of moves within a step after automation, and of those to the ways out."""


@dataclass(frozen=True, slots=True)
class ProcessMap:
    """How tickets flow between the steps of the scenario; steps added by compiling show as their parents."""

    nodes: tuple[str, ...]
    """The start, every step in order of its code, then the ways out: resolved, cancelled, abandoned.
    Steps that compiling added keep their numbers but have no rows; nor have the steps that end a ticket:
    their tickets, those to be reopened too, are at the way out."""
    steps: StepUse
    transitions: Transitions


def process_map(model: Model, logs: RunLogs) -> ProcessMap:
    """Return the flow between steps: visits by their beginning, moves by their arrival in the window."""
    window = observation_window(model, logs.totals)
    ways_out = tuple(outcome.name.lower() for outcome in Outcome if outcome is not Outcome.OPEN)
    nodes = ("start", *model.names.steps, *ways_out)
    return ProcessMap(nodes, _step_use(model, logs, window), _transitions(model, logs, window, len(nodes)))


def _way_out(model: Model, outcome: NDArray[np.integer]) -> Codes:
    return 1 + len(model.names.steps) + outcome.astype(np.int64) - Outcome.RESOLVED


def _nodes(model: Model) -> Codes:
    """Node of each step: the scenario's step, or the way out where that ends a ticket."""
    steps = model.steps
    ends = steps.kind[steps.shown_as] == StepKind.RESOLVE
    return np.where(ends, _way_out(model, steps.outcome[steps.shown_as]), 1 + steps.shown_as)


def _stands_around_work(model: Model) -> NDArray[np.bool_]:
    """Whether nobody works at a step that compiling added to a work step, and no automation runs there.

    The way from another team and the gathering of a batch are no visits of the step by themselves: they are
    part of the time that passes before a ticket's work begins.
    """
    steps = model.steps
    return (steps.team < 0) & (steps.team[steps.shown_as] >= 0) & (steps.automation < 0)


def _step_use(model: Model, logs: RunLogs, window: Window) -> StepUse:
    visits = logs.visits
    rows = np.flatnonzero(window.holds(visits.started) & ~_stands_around_work(model)[visits.step])
    step, n_runs = visits.step[rows], len(model.names.automations) + 1
    key = (_nodes(model)[step] * _N_CAUSES + visits.cause[rows]) * n_runs + model.steps.automation[step] + 1
    keys, place = np.unique(key, return_inverse=True)
    reason, run = np.divmod(keys, n_runs)
    groups = Grouping(place, len(keys))
    done = ~np.isnan(visits.ended[rows])
    return StepUse(
        node=reason // _N_CAUSES,
        cause=reason % _N_CAUSES,
        automation=run - 1,
        visits=counts(groups).astype(np.int64),
        wait_mean=means(visits.started[rows] - visits.arrived[rows], groups),
        touch_mean=means(visits.touch_min[rows][done], groups.of(done)),
        duration_mean=means((visits.ended[rows] - visits.started[rows])[done], groups.of(done)),
    )


def _transitions(model: Model, logs: RunLogs, window: Window, n_nodes: int) -> Transitions:
    """Follow each ticket from its creation through its visits to its exit."""
    tickets, visits = logs.tickets, logs.visits
    known_since = np.maximum(tickets.created, 0.0)  # open tickets of the start are taken over then
    order = time_order(visits)
    order = order[~_stands_around_work(model)[visits.step[order]]]
    ticket, node = visits.ticket[order], _nodes(model)[visits.step[order]]
    ended = visits.ended[order]
    is_first = np.append(True, ticket[1:] != ticket[:-1])[: len(order)]
    source = np.where(is_first, 0, np.roll(node, 1))
    left = np.where(is_first, known_since[ticket], np.roll(ended, 1))
    last_node, last_end = np.zeros(len(tickets), np.int64), known_since.copy()
    last = np.append(ticket[1:] != ticket[:-1], True)[: len(order)]
    last_node[ticket[last]], last_end[ticket[last]] = node[last], ended[last]
    gone = np.flatnonzero(window.holds(tickets.closed) & (tickets.outcome != Outcome.OPEN))
    moved = np.flatnonzero(window.holds(visits.arrived[order]))
    exit_node = _way_out(model, tickets.outcome[gone])
    touch = _touch_brought(visits, order, ~is_first & (source == node))
    return _tally(
        np.concatenate([source[moved], last_node[gone]]),
        np.concatenate([node[moved], exit_node]),
        np.concatenate([visits.cause[order][moved], np.full(len(gone), VisitCause.REGULAR)]),
        np.concatenate([visits.started[order][moved] - left[moved], tickets.closed[gone] - last_end[gone]]),
        np.concatenate([touch[moved], np.zeros(len(gone))]),
        n_nodes,
    )


def _touch_brought(visits: VisitLog, order: NDArray[np.integer], is_at_same: NDArray[np.bool_]) -> Floats:
    """Return the hands-on minutes that each move brings, by its visit in order of time; 0 if it is not done.

    What people do at a step after its automation failed was brought by the move to that step.
    """
    within = is_at_same & (visits.cause[order] == VisitCause.AFTER_AUTOMATION)
    touch = np.where(np.isnan(visits.ended[order]), 0.0, np.nan_to_num(visits.touch_min[order]))
    result: Floats = np.zeros(len(order))
    result[~within] = np.bincount(np.cumsum(~within) - 1, touch) if len(order) else touch
    return result


def _tally(
    source: Codes, target: Codes, cause: Codes, gap: Floats, touch: Floats, n_nodes: int
) -> Transitions:
    keys, place = np.unique((source * n_nodes + target) * _N_CAUSES + cause, return_inverse=True)
    groups = Grouping(place, len(keys))
    begun = ~np.isnan(gap)
    pair, causes = np.divmod(keys, _N_CAUSES)
    return Transitions(
        source=pair // n_nodes,
        target=pair % n_nodes,
        cause=causes,
        count=counts(groups).astype(np.int64),
        gap_mean=means(gap[begun], groups.of(begun)),
        touch_mean=means(touch, groups),
    )


def handoffs(model: Model, logs: RunLogs) -> Counts:
    """Return how often tickets went from team to team: (n_teams, n_teams), from rows to columns.

    Successive work visits of a ticket, by the arrival of the second in the window; the diagonal counts
    those that stayed with their team.
    """
    visits, n_teams = logs.visits, len(model.names.teams)
    order = time_order(visits)
    order = order[visits.team[order] >= 0]
    before, after = order[:-1], order[1:]
    window = observation_window(model, logs.totals)
    follows = (visits.ticket[before] == visits.ticket[after]) & window.holds(visits.arrived[after])
    matrix = np.zeros((n_teams, n_teams), np.int64)
    np.add.at(matrix, (visits.team[before][follows], visits.team[after][follows]), 1)
    return matrix


class WaitingCause(StrEnum):
    """Why nothing happens to a ticket."""

    NOBODY_ON_DUTY = "nobody on duty"
    """In a team's queue while none of those who serve it is on duty."""
    ALL_BUSY = "all busy"
    """In a team's queue while at least one of those who serve it is on duty."""
    DELAY = "delay"
    """In a wait step: for the user, a vendor, a board; not when all is done but the closing."""
    AUTOMATION = "automation"
    """While an automation runs."""
    DORMANT = "dormant"
    """Between a resolution and the reopening after it."""


_DELAYS: Final = {
    DelayCause.WAIT: WaitingCause.DELAY,
    DelayCause.AUTOMATION: WaitingCause.AUTOMATION,
    DelayCause.DORMANT: WaitingCause.DORMANT,
}


@dataclass(frozen=True, slots=True)
class WaitingTable:
    """Waiting in the window by cause, team and step of the scenario; the longest in all first."""

    cause: tuple[WaitingCause, ...]
    team: Codes
    """-1 where no team is waited for."""
    step: Codes
    minutes: Floats
    """Ticket-minutes in the window."""
    visits: Counts
    """Visits of which a part is in the row."""

    @property
    def share(self) -> Floats:
        """Share of all waiting."""
        total = self.minutes.sum()
        return self.minutes / total if total > 0.0 else np.zeros(len(self.minutes))


def waiting_by_cause(model: Model, logs: RunLogs) -> WaitingTable:
    """Return what tickets wait for until they are resolved, ranked: the bottlenecks first."""
    window = observation_window(model, logs.totals)
    waits = queue_spans(logs)
    in_queue = window.overlap(waits.started, waits.ended)
    served = _minutes_served(model, logs, waits, window)
    tables = [
        _by_place(model, logs, WaitingCause.NOBODY_ON_DUTY, waits.row, in_queue - served),
        _by_place(model, logs, WaitingCause.ALL_BUSY, waits.row, served),
    ]
    for delay_cause, cause in _DELAYS.items():
        spans = delay_spans(model, logs, delay_cause)
        resolved = logs.tickets.resolved[logs.visits.ticket[spans.row]]
        is_over = (delay_cause == DelayCause.WAIT) & (spans.started >= resolved)  # only to be closed
        minutes = np.where(is_over, 0.0, window.overlap(spans.started, spans.ended))
        tables.append(_by_place(model, logs, cause, spans.row, minutes))
    minutes = np.concatenate([table.minutes for table in tables])
    ranked = np.argsort(-minutes, kind="stable")
    causes = [cause for table in tables for cause in table.cause]
    return WaitingTable(
        cause=tuple(causes[row] for row in ranked),
        team=np.concatenate([table.team for table in tables])[ranked],
        step=np.concatenate([table.step for table in tables])[ranked],
        minutes=minutes[ranked],
        visits=np.concatenate([table.visits for table in tables])[ranked],
    )


def _minutes_served(model: Model, logs: RunLogs, waits: Spans, window: Window) -> Floats:
    """Return the minutes of each wait in the window in which somebody who serves the queue is on duty."""
    team = logs.visits.team[waits.row]
    started = np.maximum(waits.started, window.start)
    ended = np.minimum(waits.ended, window.end)
    served = np.zeros(len(team))
    for code in range(len(model.names.teams)):
        pools = model.teams.pool[model.teams.first_pool[code] : model.teams.first_pool[code + 1]]
        theirs = np.isin(model.people.pool[logs.duty.person], pools)
        intervals = np.column_stack([logs.duty.started[theirs], logs.duty.ended[theirs]])
        mine = team == code
        manned = calendar_of(intervals, -np.inf, np.inf)
        served[mine] = worked_many(manned, started[mine], ended[mine])
    return served


def _by_place(
    model: Model, logs: RunLogs, cause: WaitingCause, visit: NDArray[np.integer], minutes: Floats
) -> WaitingTable:
    kept = minutes > SNAP  # less is rounding
    visit, minutes = visit[kept], minutes[kept]
    n_steps = len(model.names.steps)
    key = (logs.visits.team[visit] + 1) * n_steps + model.steps.shown_as[logs.visits.step[visit]]
    keys, place = np.unique(key, return_inverse=True)
    # A visit that waits again after a hand-over has several spans, all in one row of the table.
    _, once = np.unique(visit, return_index=True)
    return WaitingTable(
        cause=(cause,) * len(keys),
        team=keys // n_steps - 1,
        step=keys % n_steps,
        minutes=sums(minutes, Grouping(place, len(keys))),
        visits=counts(Grouping(place[once], len(keys))).astype(np.int64),
    )
