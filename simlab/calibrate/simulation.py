"""Simulated logs of a fitted scenario, in the form of the log that it was fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import EPOCH, Paths, text_codes
from simlab.calibrate.written_scenario import SCENARIO_FILE, STREAM, WrittenScenario
from simlab.engines.auto import engine_named
from simlab.engines.logs import RunLogs, TicketLog, VisitLog
from simlab.model.load import LoadedScenario, load
from simlab.model.tables import Model
from simlab.model.wall_clock import zone_info
from simlab.results.export import csv_text
from simlab.results.files import told_as_storage_error, write_whole

MINUTES_PER_WEEK: Final = 10080.0
RECORDED_FILE: Final = "arrivals_recorded.csv"
FEWEST_SEEN: Final = 20
"""Simulated transitions below which nothing is learnt from them."""
SPARE: Final = 1.6
"""So many times as long as expected may the arrivals of a simulated log take."""


@dataclass(frozen=True, slots=True)
class Queues:
    """Times between joining a queue and the beginning of work, behind waits."""

    transition: Integers
    """That of the wait before."""
    joined: Floats
    """Minutes since 1970 UTC, as `began`."""
    began: Floats

    def mean_min(self, n_transitions: int) -> Floats:
        """Return mean minutes by transition, 0 where there were none."""
        counts = np.maximum(np.bincount(self.transition, minlength=n_transitions), 1)
        mean: Floats = np.bincount(self.transition, self.began - self.joined, n_transitions) / counts
        return mean


@dataclass(frozen=True, slots=True)
class SimulatedLog:
    """One simulated log."""

    paths: Paths
    lasted: Floats
    """By transition: mean minutes from event to event; NaN where it was hardly ever seen. A block is an event
    that begins with the first one in it; its branches are measured from there."""
    variance: Floats
    """By transition: squared standard error of that."""
    queues: Queues
    utilisation: float
    """Time spent working over time on duty while tickets arrived."""


def write_files(written: WrittenScenario, folder: Path) -> Path:
    """Write the files of a scenario to a folder, which is made if need be; return the scenario file."""
    with told_as_storage_error("write it", folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.files.items():
        write_whole(folder / name, text.encode())
    return folder / SCENARIO_FILE


def loaded_for(path: Path, like: Paths, n_cases: int, start: float, per_week: float) -> LoadedScenario:
    """Load a fitted scenario to simulate so many cases from an instant on (minutes since 1970 UTC)."""
    weeks = max(SPARE * n_cases / max(per_week, 1e-9), 0.2) + 1.0
    limit = f"demand.{STREAM}.arrivals.limit={n_cases}"
    return load(path, assignments=(*_assignments(like, start, weeks), limit))


def loaded_as_recorded(path: Path, like: Paths) -> LoadedScenario:
    """Load a fitted scenario to simulate cases that come when those of a log did.

    A file with these arrivals is left beside the scenario.
    """
    first = float(np.floor(like.created[0]))
    arrived = {"created": [round(minutes, 4) for minutes in (like.created - first).tolist()]}
    write_whole(path.parent / RECORDED_FILE, csv_text(arrived).encode())
    weeks = float(like.created[-1] - first) / MINUTES_PER_WEEK + 0.1
    recorded = f"demand.{STREAM}.arrivals={{trace: {{file: {RECORDED_FILE}}}}}"
    return load(path, assignments=(*_assignments(like, first, weeks), recorded))


def _assignments(like: Paths, start: float, weeks: float) -> tuple[str, ...]:
    """Return the assignments that make tickets arrive for some weeks, and all of them be finished."""
    at = (EPOCH + timedelta(minutes=start)).astimezone(zone_info(like.zone)).strftime("%Y-%m-%d %H:%M")
    return (
        f"time.start={at}",
        "time.warm_up=0 min",
        f"time.length={weeks:.3f} weeks",
        "time.then=drain",
    )


def simulate(loaded: LoadedScenario, written: WrittenScenario, like: Paths, replication: int) -> SimulatedLog:
    """Simulate a fitted scenario once.

    Parameters
    ----------
    loaded
        The scenario, as `loaded_for` gives it.
    like
        The paths that it was fitted to: names and codes of the result are theirs.
    replication
        Number of the replication; the seed is 1.
    """
    logs = engine_named("auto").run(loaded.model, 1, replication)
    return paths_from(logs, loaded.model, written, like)


def paths_from(logs: RunLogs, model: Model, written: WrittenScenario, like: Paths) -> SimulatedLog:
    """Return the simulated log of a run: a row for each visit to a step that stands for an activity."""
    visits, steps = logs.visits, model.names.steps
    activity_of, team_of = _codes(steps, written.activity_of), _codes(steps, written.team_of)
    transition_of = _codes(steps, written.transition_of)
    is_inside = np.isin(steps, list(written.in_branches))
    order = one_after_another(visits, is_inside, _codes(steps, written.leads_to), team_of, transition_of)
    step, ticket = visits.step[order], visits.ticket[order]
    worked = team_of[step] >= 0
    last_work = np.maximum.accumulate(np.where(worked, np.arange(len(step)), -1))
    same_ticket = (last_work >= 0) & (ticket[last_work] == ticket)
    team = np.where(same_ticket, team_of[step[last_work]], -1)
    rows = np.flatnonzero(activity_of[step] >= 0)
    waited = np.where(transition_of[step] > 0, np.arange(len(step)), -1)
    last_wait = np.maximum.accumulate(waited)[rows]
    after_event = last_wait > np.concatenate([[-1], rows[:-1]])
    transition = np.where(after_event, transition_of[step[last_wait]], 0).astype(np.int64)
    start, end = visits.arrived[order][rows].copy(), visits.ended[order][rows].copy()
    passed_since = visits.arrived[order][last_wait]
    if like.has_durations:  # an activity begins when its team begins to work
        after_work = (rows > 0) & worked[rows - 1] & (ticket[rows - 1] == ticket[rows])
        start[after_work] = visits.started[order][rows[after_work] - 1]
    passed = start - passed_since
    is_begin = np.isin(steps, list(written.begins))[step[last_wait]] & after_event
    to_block = order[np.isin(steps, list(written.to_blocks))[step]]
    lasted = _waits_of_blocks(
        visits, order[rows[is_begin]], passed_since[is_begin], start[is_begin], to_block
    )
    passed[is_begin] = lasted[0]
    of_transition = np.concatenate([transition, transition_of[visits.step[to_block]]])
    times = mean_of(of_transition, np.concatenate([passed, lasted[1]]), int(transition_of.max()) + 1)
    events = _Events(ticket[rows], activity_of[step[rows]], team[rows], start, end)
    return SimulatedLog(
        _paths(events, logs.tickets, model, like),
        *times,
        _queues(logs, order, transition_of, team_of, _since(model)),
        _utilisation(logs, float(logs.tickets.created.max())),
    )


@dataclass(frozen=True, slots=True)
class _Events:
    """Events of simulated tickets, in any order."""

    ticket: Integers
    activity: Codes
    team: Codes
    start: Floats
    end: Floats


def _paths(events: _Events, tickets: TicketLog, model: Model, like: Paths) -> Paths:
    """Return the paths of simulated tickets, with instants as fine as those of the log."""
    since, step = _since(model), like.step_min()
    begun, ended = (_in_steps(instants + since, step) for instants in (events.start, events.end))
    in_time = np.lexsort((np.arange(len(events.ticket)), ended, begun, events.ticket))
    case_of, number = np.unique(events.ticket[in_time], return_inverse=True)
    first = np.concatenate([np.flatnonzero(np.diff(number, prepend=-1) != 0), [len(number)]]).astype(np.int64)
    start, end = begun[in_time], ended[in_time]
    created = _in_steps(tickets.created[case_of] + since, step)
    if not like.has_durations:
        end[first[:-1]] = created
        start[first[:-1]] = created
    paths = Paths(
        case=number.astype(np.int32),
        activity=events.activity[in_time].astype(np.int32),
        start=start,
        end=end,
        team=events.team[in_time].astype(np.int32),
        person=np.full(len(number), -1, np.int32),
        first=first,
        created=created,
        case_class=_renamed(tickets.ticket_class[case_of], model.names.classes, like.classes),
        priority=_renamed(tickets.priority[case_of], model.names.priorities, like.priorities),
        activities=like.activities,
        teams=tuple(model.names.teams),
        classes=like.classes,
        priorities=like.priorities,
        zone=like.zone,
        has_durations=like.has_durations,
        is_open=np.zeros(len(case_of), bool),
        until=float("nan"),
    )
    return paths.take(np.argsort(paths.created, kind="stable"))


def _in_steps(instants: Floats, step: float) -> Floats:
    """Return instants as a clock has them that goes by steps; as they are where it has none."""
    return np.floor(instants / step + 1e-6) * step if step else instants


def _waits_of_blocks(
    visits: VisitLog, events: Integers, begun: Floats, start: Floats, to_block: Integers
) -> tuple[Floats, Floats]:
    """Return how long after the first one branches began, and how long it was until the first began.

    Parameters
    ----------
    events, begun, start
        Visits that are the first event of a branch, when the branches began, and when the event did.
    to_block
        Visits that are the wait before a block.
    """
    key, of_wait = _same(visits.ticket[events], begun, visits.ticket[to_block], visits.ended[to_block])
    first = np.full(int(max(key.max(initial=0), of_wait.max(initial=0))) + 1, np.inf)
    np.minimum.at(first, key, start)
    until = np.where(np.isinf(first[of_wait]), visits.ended[to_block], first[of_wait])
    return start - first[key], until - visits.arrived[to_block]


def one_after_another(
    visits: VisitLog, is_inside: NDArray[np.bool_], leads_to: Codes, team_of: Codes, transition_of: Codes
) -> Integers:
    """Return finished visits in the order of their tickets, those of each event behind one another.

    Visits within parallel branches are at the same time as others of the ticket: a wait, the work behind it
    and the event behind that go together that follow each other without delay. They stand behind the rest.

    Parameters
    ----------
    is_inside
        By step, whether it stands for an activity within branches.
    leads_to
        By step, the activity within branches that it stands for, or leads to; -1 for others.
    """
    order = np.lexsort((np.arange(len(visits.ticket)), visits.ended, visits.arrived, visits.ticket))
    order = order[~np.isnan(visits.ended[order])]
    step = visits.step[order]
    if not is_inside[step].any():
        return order
    events = order[is_inside[step]]
    works, waits = order[team_of[step] >= 0], order[transition_of[step] > 0]
    whose = visits.ticket.astype(np.int64) * (int(leads_to.max()) + 2) + leads_to[visits.step] + 1
    work = ended_into(visits, whose, works, events)
    wait = ended_into(visits, whose, waits, np.where(work >= 0, work, events))
    has_wait = wait >= 0
    inside = np.concatenate([wait[has_wait], work[work >= 0], events])
    event = np.concatenate([np.flatnonzero(has_wait), np.flatnonzero(work >= 0), np.arange(len(events))])
    place = np.repeat([0, 1, 2], [int(has_wait.sum()), int((work >= 0).sum()), len(events)])
    is_outside = np.ones(len(visits.ticket), bool)
    is_outside[inside] = False
    return np.concatenate([order[is_outside[order]], inside[np.lexsort((place, event))]])


def ended_into(visits: VisitLog, whose: Integers | Codes, before: Integers, after: Integers) -> Integers:
    """Return for each visit the one of the same ticket that ended when it began, each once; -1 for none.

    Parameters
    ----------
    whose
        By visit: its ticket, or ticket and activity, as one number.
    """
    ended, began = _same(whose[before], visits.ended[before], whose[after], visits.arrived[after])
    by_end, by_begin = np.argsort(ended, kind="stable"), np.argsort(began, kind="stable")
    first = np.searchsorted(ended[by_end], began[by_begin])
    rank = np.arange(len(began)) - np.searchsorted(began[by_begin], began[by_begin])
    place = first + rank
    found = np.full(len(after), -1, np.int64)
    known = place < len(before)
    known[known] = ended[by_end][place[known]] == began[by_begin][known]
    found[by_begin[known]] = before[by_end[place[known]]]
    return found


def _same(
    ticket: Integers | Codes, at: Floats, other: Integers | Codes, other_at: Floats
) -> tuple[Integers, Integers]:
    """Return numbers that are the same for the same ticket and instant."""
    _, instant = np.unique(np.concatenate([at, other_at]), return_inverse=True)
    key = np.concatenate([ticket, other]).astype(np.int64) * (int(instant.max(initial=0)) + 1) + instant
    _, number = np.unique(key, return_inverse=True)
    return number[: len(at)], number[len(at) :]


def mean_times(
    paths: Paths, transition: Integers, n_transitions: int, factor: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return by transition the mean minutes since the event before, and the squared standard error of that.

    NaN where a transition was hardly ever seen.

    Parameters
    ----------
    factor
        By event: what its minutes are multiplied by.
    """
    rows = np.flatnonzero((transition > 0) & ~paths.is_first)
    passed = np.maximum(paths.start[rows] - paths.end[rows - 1], 0.0)
    if factor is not None:
        passed = passed * factor[rows]
    return mean_of(transition[rows], passed, n_transitions)


def mean_of(
    transition: Integers, passed: Floats, n_transitions: int, fewest: int = FEWEST_SEEN
) -> tuple[Floats, Floats]:
    """Return by transition the mean of minutes, and its squared standard error; NaN where hardly seen."""
    passed = np.maximum(passed, 0.0)
    n = np.bincount(transition, minlength=n_transitions)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(transition, passed, n_transitions) / n
        square = np.bincount(transition, passed * passed, n_transitions) / n
        variance = np.maximum(square - mean * mean, 0.0) / n
    is_seen = n >= fewest
    return np.where(is_seen, mean, np.nan), np.where(is_seen, variance, np.nan)


def _queues(logs: RunLogs, order: Integers, transition_of: Codes, team_of: Codes, since: float) -> Queues:
    """Return the times between joining a queue and the beginning of work, by the wait before."""
    visits = logs.visits
    step, ticket = visits.step[order], visits.ticket[order]
    is_work = np.flatnonzero(team_of[step[1:]] >= 0) + 1
    before = is_work - 1
    same = (ticket[is_work] == ticket[before]) & (transition_of[step[before]] >= 0)
    joined, began = (column[order][is_work[same]] + since for column in (visits.arrived, visits.started))
    return Queues(transition_of[step[before[same]]].astype(np.int64), joined, began)


def _since(model: Model) -> float:
    """Return the start of a run in minutes since 1970 UTC."""
    return (model.clock.start - EPOCH) / timedelta(minutes=1)


def _utilisation(logs: RunLogs, until: float) -> float:
    """Share of the time on duty spent at tickets, until the last arrival."""
    duty, visits = logs.duty, logs.visits
    on_duty = np.maximum(np.minimum(duty.ended, until) - duty.started, 0.0).sum()
    busy = visits.touch_min[visits.ended <= until].sum()  # without the nights over which work rests
    return float(busy / on_duty) if on_duty > 0 else float("nan")


def _codes(names: Sequence[str], codes: Mapping[str, int]) -> Codes:
    return np.array([codes.get(name, -1) for name in names], np.int32)


def _renamed(codes: Codes, names: Sequence[str], wanted: tuple[str, ...]) -> Codes:
    """Codes of the log for those of the model: names were made of the log's own."""
    from simlab.calibrate.names import distinct

    place = text_codes(list(names), distinct(wanted, set()))
    return np.where(codes >= 0, place[codes], -1).astype(np.int32)
