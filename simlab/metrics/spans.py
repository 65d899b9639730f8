"""Stretches of time taken from the logs: waiting in queues, hands-on work; and how they add up over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.engines.logs import DutyLog, RunLogs, VisitLog, WorkLog
from simlab.metrics.groups import Grouping, by_code
from simlab.model.codes import DelayCause, StepKind
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time, each with the row of the log that it comes from."""

    row: Rows
    started: Floats
    ended: Floats


def queue_spans(logs: RunLogs) -> Spans:
    """Return the stretches in which tickets waited in team queues, with rows of the visit log.

    A visit waits from its arrival until work starts, and again after each hand-over or interruption until the
    next person takes it. What still waits when the run ends, waits until then.
    """
    visits, end = logs.visits, logs.totals.end
    rows = np.flatnonzero((visits.team >= 0) & ~(visits.started <= visits.arrived))
    until = np.fmin(np.fmin(visits.started[rows], visits.ended[rows]), end)
    again = _requeued(visits, logs.work, end)
    return Spans(
        np.concatenate([rows, again.row]),
        np.concatenate([visits.arrived[rows], again.started]),
        np.concatenate([until, again.ended]),
    )


def _requeued(visits: VisitLog, work: WorkLog, end: float) -> Spans:
    """Return the waits between two spells of one visit: after a hand-over or an interruption."""
    visit, spell = _spells_in_order(visits, work, *_resumable(visits, work))
    follows = np.append(visit[1:] == visit[:-1], False)
    resumed = np.where(follows, np.append(work.started[spell][1:], np.nan), np.nan)
    left = work.ended[spell]
    ends_visit = ~(left < visits.ended[visit]) & ~np.isnan(visits.ended[visit])
    # Overtime that lasts into the next shift goes on without a wait.
    waits = ~np.isnan(left) & ~ends_visit & ~(resumed <= left)
    return Spans(visit[waits], left[waits], np.fmin(resumed[waits], end))


def _resumable(visits: VisitLog, work: WorkLog) -> tuple[Rows, Rows]:
    """Return visits, and their spells, that may have been resumed or are still to be.

    They are those with several spells of their ticket at their step, or without an end. Step by step, since
    counting by ticket takes a tenth of the time of sorting pairs.
    """
    in_hand = ~np.isnan(visits.started)
    n_tickets = 1 + int(max(np.max(visits.ticket, initial=-1), np.max(work.ticket, initial=-1)))
    visits_by_step, spells_by_step = by_code(visits.step), by_code(work.step)
    steps = np.flatnonzero(np.bincount(work.step))
    visits_of = np.searchsorted(visits.step[visits_by_step], [steps, steps + 1]).T
    spells_of = np.searchsorted(work.step[spells_by_step], [steps, steps + 1]).T
    chosen, resumed = [visits_by_step[:0]], [spells_by_step[:0]]
    for (first, end), (first_spell, end_spell) in zip(visits_of, spells_of, strict=True):
        here, spells = visits_by_step[first:end], spells_by_step[first_spell:end_spell]
        here = here[in_hand[here]]
        n_spells = np.bincount(work.ticket[spells], minlength=n_tickets)
        is_such = n_spells > 1
        is_such[visits.ticket[here[np.isnan(visits.ended[here])]]] = True
        chosen.append(here[(is_such & (n_spells > 0))[visits.ticket[here]]])
        resumed.append(spells[is_such[work.ticket[spells]]])
    return np.sort(np.concatenate(chosen)), np.sort(np.concatenate(resumed))


def _places(visits: VisitLog, work: WorkLog) -> tuple[Rows, Rows]:
    """Number the pairs of ticket and step: of each visit, and of each spell."""
    n_steps = 1 + int(max(np.max(visits.step, initial=0), np.max(work.step, initial=0)))
    return (
        visits.ticket.astype(np.int64) * n_steps + visits.step,
        work.ticket.astype(np.int64) * n_steps + work.step,
    )


def _spells_in_order(visits: VisitLog, work: WorkLog, chosen: Rows, spells: Rows) -> tuple[Rows, Rows]:
    """Return spells with their visits, by visit and time: a spell belongs to the last visit before it."""
    visited, at_work = _places(visits, work)
    stay = np.concatenate([visited[chosen], at_work[spells]])
    started = np.concatenate([visits.started[chosen], work.started[spells]])
    is_spell = np.arange(len(stay)) >= len(chosen)
    order = np.lexsort((is_spell, started, stay))
    place = np.maximum.accumulate(np.where(is_spell[order], -1, np.arange(len(order))))
    taken = is_spell[order]
    return chosen[order[place[taken]]], spells[order[taken] - len(chosen)]


@dataclass(frozen=True, slots=True)
class Interruptions:
    """Work that was put down for a more urgent ticket, once for all who worked on it."""

    visit: Rows
    """Row of the visit log."""
    at: Floats
    resumed: Floats
    """When somebody took it up again; NaN where nobody did."""


def interruptions(logs: RunLogs) -> Interruptions:
    """Return what was put down while its people were at work: neither done nor handed over."""
    visits, work = logs.visits, logs.work
    worked_on = np.flatnonzero((visits.team >= 0) & ~np.isnan(visits.started))
    with_visit = np.flatnonzero(np.isin(_places(visits, work)[1], _places(visits, work)[0][worked_on]))
    visit, spell = _spells_in_order(visits, work, worked_on, with_visit)
    started, ended = work.started[spell], work.ended[spell]
    is_first = np.append(True, (visit[1:] != visit[:-1]) | (started[1:] != started[:-1]))[: len(visit)]
    first = np.flatnonzero(is_first)  # several people at once take it up and put it down together
    stays = ~_is_on_duty(logs, work.person[spell], ended) & ~(work.overtime_min[spell] > 0.0)
    has_to_go = np.add.reduceat(stays, first) > 0 if len(first) else np.zeros(0, np.bool_)
    own, at = visit[first], ended[first]
    follows = np.append(own[1:] == own[:-1], False)[: len(own)]
    resumed = np.where(follows, np.append(started[first][1:], np.nan)[: len(own)], np.nan)
    same_person = np.append(work.person[spell[first]][1:], -1)[: len(own)] == work.person[spell[first]]
    goes_on = follows & same_person & (resumed == at)  # overtime into the next shift
    is_put_down = ~np.isnan(at) & ((at < visits.ended[own]) | np.isnan(visits.ended[own]))
    found = is_put_down & ~has_to_go & ~goes_on
    return Interruptions(own[found], at[found], resumed[found])


def _is_on_duty(logs: RunLogs, person: NDArray[np.integer], at: Floats) -> NDArray[np.bool_]:
    """Whether people are on duty at instants, one each."""
    duty = logs.duty
    order = np.lexsort((duty.started, duty.person))
    found = np.zeros(len(person), np.bool_)
    for number in np.unique(person):
        mine = order[slice(*np.searchsorted(duty.person[order], [number, number + 1]))]
        rows = np.flatnonzero(person == number)
        slot = np.searchsorted(duty.started[mine], at[rows], side="right") - 1
        inside = slot >= 0
        inside[inside] = at[rows][inside] < duty.ended[mine][slot[inside]]
        found[rows] = inside
    return found


def delay_spans(model: Model, logs: RunLogs, cause: DelayCause) -> Spans:
    """Return the stretches that tickets spent in delays of one cause, with rows of the visit log."""
    steps, visits = model.steps, logs.visits
    is_such = (steps.kind == StepKind.DELAY) & (steps.delay_cause == cause)
    rows = np.flatnonzero(is_such[visits.step])
    return Spans(rows, visits.arrived[rows], np.fmin(visits.ended[rows], logs.totals.end))


def hands_on_spans(logs: RunLogs) -> tuple[Spans, Spans]:
    """Return the hands-on time of people, with rows of the work log: on duty, and in overtime.

    A spell is hands-on while its person is on duty, until the overtime at its end. Overtime stays overtime
    where it is so long that the next shift begins meanwhile.
    """
    work, end = logs.work, logs.totals.end
    ended = np.fmin(work.ended, end)
    regular = ended - work.overtime_min
    late = np.flatnonzero(work.overtime_min > 0.0)
    return _on_duty(work, regular, logs.duty), Spans(late, regular[late], ended[late])


def busy_spans(model: Model, logs: RunLogs) -> tuple[Spans, Spans]:
    """Return when people were busy, as `hands_on_spans`, but once where one may hold several tickets."""
    several = np.flatnonzero(model.paces.person >= 0) if model.paces is not None else np.empty(0, np.int64)
    regular, late = hands_on_spans(logs)
    return _disjoint(regular, logs.work, several), _disjoint(late, logs.work, several)


def _disjoint(spans: Spans, work: WorkLog, people: Rows) -> Spans:
    """Cut away from the spans of some people what lies in earlier ones of the same person."""
    started = spans.started.copy()
    for person in people:
        rows = np.flatnonzero(work.person[spans.row] == person)
        rows = rows[np.lexsort((spans.ended[rows], started[rows]))]
        reach = np.maximum.accumulate(spans.ended[rows])[:-1]
        started[rows[1:]] = np.minimum(np.maximum(started[rows[1:]], reach), spans.ended[rows[1:]])
    return Spans(spans.row, started, spans.ended)


def _on_duty(work: WorkLog, ended: Floats, duty: DutyLog) -> Spans:
    """Return the parts of spells within the duty intervals of their people."""
    spells, shifts = by_code(work.person), np.lexsort((duty.started, duty.person))
    people = np.arange(1 + int(np.max(work.person, initial=-1)))
    spells_of = np.searchsorted(work.person[spells], [people, people + 1]).T
    shifts_of = np.searchsorted(duty.person[shifts], [people, people + 1]).T
    pieces = [
        _pieces(
            rows := spells[first:end],
            work.started[rows],
            ended[rows],
            duty.started[mine := shifts[opens:closes]],
            duty.ended[mine],
        )
        for (first, end), (opens, closes) in zip(spells_of.tolist(), shifts_of.tolist(), strict=True)
        if first < end
    ]
    if not pieces:
        return Spans(np.empty(0, np.int64), np.empty(0), np.empty(0))
    return Spans(
        np.concatenate([p.row for p in pieces]),
        np.concatenate([p.started for p in pieces]),
        np.concatenate([p.ended for p in pieces]),
    )


def _pieces(row: Rows, started: Floats, ended: Floats, opens: Floats, closes: Floats) -> Spans:
    """Cut each span at the edges of sorted, disjoint intervals, and keep what lies inside them."""
    first = np.searchsorted(closes, started, side="right")
    n = np.maximum(np.searchsorted(opens, ended, side="left") - first, 0)
    source = np.repeat(np.arange(len(row)), n)
    interval = np.arange(len(source)) - np.repeat(np.cumsum(n) - n, n) + first[source]
    return Spans(
        row[source],
        np.maximum(started[source], opens[interval]),
        np.minimum(ended[source], closes[interval]),
    )


def minutes_per_cell(started: ArrayLike, ended: ArrayLike, grouping: Grouping, edges: Floats) -> Floats:
    """Return how many minutes of the spans of each group fall into each cell of a time grid.

    Divided by the width of the cells these are time averages: mean queue length, people on duty.

    Parameters
    ----------
    started, ended
        (n_spans,) minutes; spans that end before they start are empty.
    grouping
        Group of each span; -1 leaves it out.
    edges
        (n_cells + 1,) ascending minutes.

    Returns
    -------
    array
        (n_groups, n_cells) minutes.
    """
    n_cells = max(len(edges) - 1, 0)
    if n_cells == 0:
        return np.zeros((grouping.n, 0))
    start, end = np.clip(started, edges[0], edges[-1]), np.clip(ended, edges[0], edges[-1])
    kept = (end > start) & (grouping.code >= 0)
    start, end, offset = start[kept], end[kept], grouping.code[kept].astype(np.int64) * n_cells
    first = np.searchsorted(edges, start, side="right") - 1
    last = np.searchsorted(edges, end, side="left") - 1
    within = np.where(first == last, end - start, edges[first + 1] - start)
    tail = np.where(first == last, 0.0, end - edges[last])
    shape = (grouping.n, n_cells)
    total = grouping.n * n_cells
    minutes = np.bincount(offset + first, within, total) + np.bincount(offset + last, tail, total)
    # Cells that a span fills: one more from the cell after its first, one less from its last on.
    longer = first < last
    filled = np.bincount((offset + first)[longer] + 1, minlength=total) - np.bincount(
        (offset + last)[longer], minlength=total
    )
    cells: Floats = minutes.reshape(shape) + np.cumsum(filled.reshape(shape), axis=1) * np.diff(edges)
    return cells


def most_at_once(started: Floats, ended: Floats) -> int:
    """Return the most spans at one instant; one that ends does not meet one that starts then."""
    begin, finish = np.sort(started), np.sort(ended)
    if len(begin) == 0:
        return 0
    ended_before = np.searchsorted(finish, begin, side="right")
    return int(np.max(np.arange(1, len(begin) + 1) - ended_before))
