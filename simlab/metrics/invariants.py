"""What must hold on every run, whatever the scenario; a failure is a defect of simlab, not of the scenario.

The two sides of each identity come from different records: the engine's own counts against the logs, the
ticket log against the visits, the visits against the work of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.engines.logs import RunLogs, RunTotals, VisitLog
from simlab.metrics.groups import Grouping, counts, sums
from simlab.metrics.money import costs, price_phases
from simlab.metrics.spans import hands_on_spans, most_at_once
from simlab.metrics.teams import PersonTime, most_held, person_time
from simlab.metrics.window import Window, observation_window
from simlab.model.calendars import SNAP
from simlab.model.codes import DelayCause, StepKind
from simlab.model.graph import branch_steps, successors
from simlab.model.satisfaction import HIGHEST, LOWEST
from simlab.model.tables import Model, StepTable

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RELATIVE_TOLERANCE: Final = 1e-9
_TIMES_OF_TICKETS: Final = {
    "touch time": "touch_min",
    "queue time": "queue_min",
    "time in wait steps": "delay_min",
    "time in automations": "automation_min",
}
"""Columns of the ticket log that are sums over visits, see `_times_of_visits`."""


@dataclass(frozen=True, slots=True)
class InvariantResult:
    """One invariant of one run: two sides that must agree, or a left one that must not exceed the right."""

    name: str
    holds: bool
    left: float
    right: float
    tolerance: float
    message: str
    """What was compared, and where it is worst."""


def check(model: Model, logs: RunLogs) -> tuple[InvariantResult, ...]:
    """Return every invariant of a run with both its sides."""
    window = observation_window(model, logs.totals)
    time = person_time(model, logs, window)
    return (
        *_conservation(logs),
        _little(logs, window),
        _life_is_tiled(model, logs),
        *_ticket_times(model, logs),
        _work_is_touch(model, logs),
        *_busy_within_duty(time),
        _room_for_all(model, logs),
        _costs_add_up(model, logs, window, time),
        _times_ordered(model, logs),
        _scores_of_the_closed(logs),
    )


class TotalsByPart:
    """Sums over the parts of a run whose logs are not kept, and the invariants between them.

    What `check` compares ticket by ticket is compared in all; what needs the records of one person or ticket
    together is left to runs whose logs are whole.
    """

    def __init__(self, model: Model) -> None:
        self._steps = model.steps
        self._n_tickets = self._n_closed = self._n_disordered = 0
        self._in_system = 0.0
        self._of_tickets = np.zeros(len(_TIMES_OF_TICKETS))
        self._of_visits = np.zeros(len(_TIMES_OF_TICKETS))

    def add(self, logs: RunLogs, window: Window) -> None:
        """Take in a part."""
        tickets, visits, work = logs.tickets, logs.visits, logs.work
        self._n_tickets += len(tickets.created)
        self._n_closed += int(np.sum(~np.isnan(tickets.closed)))
        self._in_system += float(window.overlap(tickets.created, tickets.closed).sum())
        self._of_tickets += [float(getattr(tickets, name).sum()) for name in _TIMES_OF_TICKETS.values()]
        self._of_visits += [float(minutes.sum()) for minutes in _times_of_visits(self._steps, visits)]
        for disordered in (
            (tickets.responded < tickets.created) | (tickets.resolved < tickets.created),
            (tickets.closed < tickets.created) | (tickets.closed < tickets.resolved),
            (visits.started < visits.arrived) | (visits.ended < visits.started),
            (work.ended < work.started),
        ):
            self._n_disordered += int(np.count_nonzero(disordered))

    def check(self, totals: RunTotals, window: Window) -> tuple[InvariantResult, ...]:
        """Return the invariants with both their sides, after the last part."""
        sides = zip(_TIMES_OF_TICKETS, self._of_tickets, self._of_visits, strict=True)
        return (
            *_counts_agree(totals, self._n_tickets, self._n_closed),
            _as_long_in_system(totals, self._in_system, window),
            *(
                _equal(
                    f"{name} of tickets",
                    of_tickets,
                    of_visits,
                    f"{name} of all tickets, ticket log against visit log",
                    magnitude=totals.end,
                )
                for name, of_tickets, of_visits in sides
            ),
            _equal("times in order", self._n_disordered, 0, "records whose instants are out of order"),
        )


def _equal(
    name: str,
    left: ArrayLike,
    right: ArrayLike,
    message: str,
    magnitude: float = 0.0,
    slack: float = 0.0,
    compared: ArrayLike = True,
) -> InvariantResult:
    """Compare elementwise, where it is asked for; tell the pair that differs most."""
    a, b = np.atleast_1d(np.where(compared, left, 0.0)), np.atleast_1d(np.where(compared, right, 0.0))
    if len(a) == 0:
        return InvariantResult(name, True, 0.0, 0.0, 0.0, message)
    size = max(magnitude, float(np.max(np.abs(a))), float(np.max(np.abs(b))))
    tolerance = RELATIVE_TOLERANCE * size + slack
    difference = np.abs(a - b)
    worst = int(np.argmax(difference))
    place = f" (worst in row {worst})" if len(a) > 1 else ""
    # A difference of NaN is not within any tolerance.
    holds = bool(difference[worst] <= tolerance)
    return InvariantResult(name, holds, float(a[worst]), float(b[worst]), tolerance, message + place)


def _at_most(name: str, left: Floats, right: Floats, message: str) -> InvariantResult:
    """Compare elementwise; tell the pair whose left side exceeds its right side most."""
    excess = np.maximum(left - right, 0.0)
    found = _equal(name, excess, np.zeros(len(excess)), message, float(np.max(np.abs(right), initial=0.0)))
    if len(excess) == 0:
        return found
    worst = int(np.argmax(excess))
    return InvariantResult(
        name, found.holds, float(left[worst]), float(right[worst]), found.tolerance, found.message
    )


def _none(name: str, violations: Flags, message: str) -> InvariantResult:
    """Count what must not be; tell the first."""
    n = int(violations.sum())
    place = f" (first in row {int(np.argmax(violations))})" if n else ""
    return InvariantResult(name, n == 0, float(n), 0.0, 0.0, message + place)


def _conservation(logs: RunLogs) -> tuple[InvariantResult, ...]:
    return _counts_agree(logs.totals, len(logs.tickets), int(np.sum(~np.isnan(logs.tickets.closed))))


def _counts_agree(totals: RunTotals, n_tickets: int, n_closed: int) -> tuple[InvariantResult, ...]:
    return (
        _equal(
            "arrivals = closed + in system",
            totals.created,
            totals.closed + totals.in_system,
            "tickets created against those closed and those in the system, as the engine counted them",
        ),
        _equal("created", n_tickets, totals.created, "rows of the ticket log against the engine's count"),
        _equal(
            "closed",
            n_closed,
            totals.closed,
            "closed tickets of the log against the engine's count",
        ),
    )


def _little(logs: RunLogs, window: Window) -> InvariantResult:
    """Both sides of L = λW times the length of the window."""
    in_system = window.overlap(logs.tickets.created, logs.tickets.closed)
    return _as_long_in_system(logs.totals, float(in_system.sum()), window)


def _as_long_in_system(totals: RunTotals, in_system: float, window: Window) -> InvariantResult:
    return _equal(
        "L = λW",
        totals.wip_area_min,
        in_system,
        "the engine's integral of tickets in the system against the times in the system of the tickets, "
        "both within the window",
        magnitude=window.end,
    )


def _life_is_tiled(model: Model, logs: RunLogs) -> InvariantResult:
    """A ticket is always at some step or dormant: between steps no time passes."""
    tickets, visits = logs.tickets, logs.visits
    is_awake = model.steps.delay_cause[visits.step] != DelayCause.DORMANT
    is_awake |= model.steps.kind[visits.step] != StepKind.DELAY
    stay = np.where(is_awake, np.fmin(visits.ended, logs.totals.end) - visits.arrived, 0.0)
    at_steps = sums(stay, Grouping(visits.ticket, len(tickets)))
    # Parallel branches are at several steps at once.
    is_single = ~_has_visited(logs, _branch_steps(model))
    return _equal(
        "life of a ticket",
        tickets.closed - np.maximum(tickets.created, 0.0),
        at_steps + tickets.dormant_min,
        "time from creation (or the start) to exit of closed tickets against their visits and dormant time",
        magnitude=logs.totals.end,
        compared=~np.isnan(tickets.closed) & is_single,
    )


def _branch_steps(model: Model) -> NDArray[np.int64]:
    """Steps within parallel branches."""
    if len(model.forks.branch) == 0:
        return np.zeros(0, np.int64)
    return np.array(sorted(branch_steps(model, successors(model, with_unused=True))), np.int64)


def _is_over(logs: RunLogs) -> Flags:
    """Tickets closed with all their visits: an unheeded branch may outlast its ticket, and the run."""
    flags = ~np.isnan(logs.tickets.closed)
    flags[logs.visits.ticket[np.isnan(logs.visits.ended)]] = False
    return flags


def _has_visited(logs: RunLogs, steps: NDArray[np.int64]) -> Flags:
    """Tickets that have been at one of these steps."""
    visits = logs.visits
    found = np.isin(visits.step, steps)
    flags = np.zeros(len(logs.tickets), np.bool_)
    flags[visits.ticket[found]] = True
    return flags


def _ticket_times(model: Model, logs: RunLogs) -> tuple[InvariantResult, ...]:
    """The ticket log's sums against the visits that they are sums of, for closed tickets."""
    is_over = _is_over(logs)
    owner = Grouping(logs.visits.ticket, len(logs.tickets))
    of_visits = _times_of_visits(model.steps, logs.visits)
    return tuple(
        _equal(
            f"{name} of tickets",
            getattr(logs.tickets, column),
            sums(minutes, owner),
            f"{name} of closed tickets, ticket log against visit log",
            magnitude=logs.totals.end,
            compared=is_over,
        )
        for (name, column), minutes in zip(_TIMES_OF_TICKETS.items(), of_visits, strict=True)
    )


def _times_of_visits(steps: StepTable, visits: VisitLog) -> tuple[Floats, ...]:
    """Minutes of each visit that has ended, or of the wait of one that has begun: what tickets add up."""
    at_work = visits.team >= 0
    cause = np.where(at_work, -1, steps.delay_cause[visits.step])
    stay = np.nan_to_num(visits.ended - visits.started)
    return (
        np.where(at_work & ~np.isnan(visits.ended), visits.touch_min, 0.0),
        # Until work starts, or admission to a section: waits after hand-overs are not part of it.
        np.nan_to_num(np.fmin(visits.started, visits.ended) - visits.arrived),
        np.where(cause == DelayCause.WAIT, stay, 0.0),
        np.where(cause == DelayCause.AUTOMATION, stay, 0.0),
    )


def _work_is_touch(model: Model, logs: RunLogs) -> InvariantResult:
    """Completed work takes a person exactly as long as it needs; no work is lost at shift ends."""
    tickets, work = logs.tickets, logs.work
    on_duty, _ = hands_on_spans(logs)
    owner = Grouping(work.ticket, len(tickets))
    hands_on = sums(on_duty.ended - on_duty.started, Grouping(work.ticket[on_duty.row], len(tickets)))
    hands_on += sums(work.overtime_min, owner)
    # Calendars snap work that overruns a closing by less than SNAP, once a spell.
    spells = float(np.max(counts(owner), initial=0.0))
    # A batch is held as its first ticket, and its touch time is shared.
    is_single = ~_has_visited(logs, model.gathers.target[model.gathers.together])
    return _equal(
        "work = touch time",
        hands_on,
        tickets.touch_min,
        "hands-on time of people on closed tickets (duty time of spells, and overtime) against touch time",
        magnitude=logs.totals.end,
        slack=SNAP * spells,
        compared=_is_over(logs) & is_single,
    )


def _busy_within_duty(time: PersonTime) -> tuple[InvariantResult, ...]:
    return (
        _at_most(
            "busy within duty",
            time.busy + time.overtime,
            time.on_duty + time.overtime,
            "hands-on minutes of each person in the window against minutes on duty and in overtime",
        ),
        _at_most(
            "duty within shifts",
            time.on_duty,
            time.scheduled,
            "minutes on duty of each person in the window against minutes scheduled",
        ),
    )


def _room_for_all(model: Model, logs: RunLogs) -> InvariantResult:
    """Nobody holds more tickets at a time than they may: one, but for people with several at once."""
    work = logs.work
    ended = np.fmin(work.ended, logs.totals.end)
    room = most_held(model)
    slack = RELATIVE_TOLERANCE * logs.totals.end
    order = np.lexsort((ended, work.started, work.person))
    person, started, left = work.person[order], work.started[order], ended[order] - slack
    overlaps = (room[person[1:]] == 1) & (person[1:] == person[:-1]) & (started[1:] < left[:-1])
    crowded = [
        most_at_once(started[mine], np.maximum(left[mine], started[mine])) > room[number]
        for number in np.flatnonzero(room > 1)
        for mine in (person == number,)
    ]
    message = "spells in which a person held more tickets than one person may"
    return _none("room for all tickets held", np.append(overlaps, crowded), message)


def _costs_add_up(model: Model, logs: RunLogs, window: Window, time: PersonTime) -> InvariantResult:
    """The parts, by team, automation and priority, against the same money counted person by person."""
    cost, people = costs(model, logs, window, time), model.people
    hourly = people.cost_per_hour * (time.scheduled + time.overtime * people.overtime_factor) / 60.0
    monthly = 0.0
    for money, months in price_phases(model, logs, window):
        by_month = money.fixed_per_month + sum(automation.per_month for automation in money.automations)
        monthly += (by_month + sum(lever.per_month for lever in money.levers)) * months
    by_event = (
        cost.call_outs.sum() + cost.automation_runs.sum() + cost.penalties.sum() + cost.waiting_users.sum()
    )
    return _equal(
        "costs add up",
        cost.running,
        hourly.sum() + monthly + by_event,
        "running cost as the sum of its parts against people, months and events counted one by one",
    )


def _times_ordered(model: Model, logs: RunLogs) -> InvariantResult:
    """Comparisons with NaN are false: what never came is in order."""
    tickets, visits, work, end = logs.tickets, logs.visits, logs.work, logs.totals.end
    created, closed = tickets.created[visits.ticket], tickets.closed[visits.ticket]
    may_outlast = np.isin(visits.step, _branch_steps(model))  # branches may finish unheeded
    caused = tickets.parent >= 0
    violations = (
        (tickets.created < np.where(caused, tickets.created[tickets.parent], tickets.created)),
        (tickets.created[1:] < tickets.created[:-1]),
        (tickets.responded < tickets.created) | (tickets.resolved < tickets.created),
        (tickets.closed < tickets.created) | (tickets.closed < tickets.resolved) | (tickets.closed > end),
        (visits.arrived < created) | ((visits.ended > closed) & ~may_outlast),
        (visits.started < visits.arrived) | (visits.ended < visits.started) | (visits.ended < visits.arrived),
        (work.ended < work.started) | (work.ended > end),
        (logs.duty.ended < logs.duty.started),
    )
    message = "records whose instants are out of order (created, arrived, started, ended, responded, closed)"
    return _none("times in order", np.concatenate(violations), message)


def _scores_of_the_closed(logs: RunLogs) -> InvariantResult:
    """Who was not scored, or is not done, is not heard."""
    tickets = logs.tickets
    is_scored = ~np.isnan(tickets.score)
    outside = is_scored & ~((tickets.score >= LOWEST) & (tickets.score <= HIGHEST))
    unheard = ~np.isnan(tickets.answered) & ~(is_scored & (tickets.answered >= tickets.closed))
    return _none(
        "scores of closed tickets",
        outside | unheard | (is_scored & np.isnan(tickets.closed)),
        "tickets whose score is not on the scale, or was told before they were closed",
    )
