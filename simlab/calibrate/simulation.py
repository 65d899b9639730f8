"""Simulated logs of a fitted scenario, in the form of the log that it was fitted to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import EPOCH, Paths, text_codes
from simlab.calibrate.written_scenario import SCENARIO_FILE, STREAM, WrittenScenario
from simlab.engines.auto import engine_named
from simlab.engines.logs import RunLogs
from simlab.model.load import LoadedScenario, load
from simlab.model.tables import Model
from simlab.model.wall_clock import zone_info
from simlab.results.files import told_as_storage_error, write_whole

MINUTES_PER_WEEK: Final = 10080.0
FEWEST_SEEN: Final = 20
"""Simulated transitions below which nothing is learnt from them."""
SPARE: Final = 1.6
"""So many times as long as expected may the arrivals of a simulated log take."""


@dataclass(frozen=True, slots=True)
class SimulatedLog:
    """One simulated log."""

    paths: Paths
    lasted: Floats
    """By transition: mean minutes from event to event; NaN where it was hardly ever seen."""
    variance: Floats
    """By transition: squared standard error of that."""
    queue_min: Floats
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
    at = (EPOCH + timedelta(minutes=start)).astimezone(zone_info(like.zone)).strftime("%Y-%m-%d %H:%M")
    return load(
        path,
        assignments=(
            f"time.start={at}",
            "time.warm_up=0 min",
            f"time.length={weeks:.3f} weeks",
            "time.then=drain",
            f"demand.{STREAM}.arrivals.limit={n_cases}",
        ),
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
    visits, tickets = logs.visits, logs.tickets
    steps = model.names.steps
    activity_of = _codes(steps, written.activity_of)
    team_of = _codes(steps, written.team_of)
    order = np.lexsort((np.arange(len(visits.ticket)), visits.ended, visits.arrived, visits.ticket))
    order = order[~np.isnan(visits.ended[order])]
    step, ticket = visits.step[order], visits.ticket[order]
    worked = team_of[step] >= 0
    last_work = np.maximum.accumulate(np.where(worked, np.arange(len(step)), -1))
    same_ticket = (last_work >= 0) & (ticket[last_work] == ticket)
    team = np.where(same_ticket, team_of[step[last_work]], -1)
    is_event = activity_of[step] >= 0
    rows = np.flatnonzero(is_event)
    transition_of = _codes(steps, written.transition_of)
    waited = np.where(transition_of[step] > 0, np.arange(len(step)), -1)
    last_wait = np.maximum.accumulate(waited)[rows]
    after_event = last_wait > np.concatenate([[-1], rows[:-1]])
    transition = np.where(after_event, transition_of[step[last_wait]], 0).astype(np.int64)
    case_of, number = np.unique(ticket[rows], return_inverse=True)
    first = np.concatenate([np.flatnonzero(np.diff(number, prepend=-1) != 0), [len(number)]]).astype(np.int64)
    since = (model.clock.start - EPOCH) / timedelta(minutes=1)
    start, end = visits.arrived[order][rows].copy(), visits.ended[order][rows].copy()
    created = tickets.created[case_of]
    if like.has_durations:  # an activity begins when its team begins to work
        after_work = (rows > 0) & worked[rows - 1] & (ticket[rows - 1] == ticket[rows])
        start[after_work] = visits.started[order][rows[after_work] - 1]
    else:
        end[first[:-1]] = created
        start[first[:-1]] = created
    paths = Paths(
        case=number.astype(np.int32),
        activity=activity_of[step[rows]].astype(np.int32),
        start=start + since,
        end=end + since,
        team=team[rows].astype(np.int32),
        person=np.full(len(rows), -1, np.int32),
        first=first,
        created=created + since,
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
    return SimulatedLog(
        paths.take(np.argsort(paths.created, kind="stable")),
        *mean_times(paths, transition, int(transition_of.max()) + 1),
        _queueing(logs, order, transition_of, team_of),
        _utilisation(logs, float(tickets.created.max())),
    )


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
    n = np.bincount(transition[rows], minlength=n_transitions)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(transition[rows], passed, n_transitions) / n
        square = np.bincount(transition[rows], passed * passed, n_transitions) / n
        variance = np.maximum(square - mean * mean, 0.0) / n
    is_seen = n >= FEWEST_SEEN
    return np.where(is_seen, mean, np.nan), np.where(is_seen, variance, np.nan)


def _queueing(logs: RunLogs, order: Integers, transition_of: Codes, team_of: Codes) -> Floats:
    """Mean minutes between joining a queue and the beginning of work, by the wait before."""
    visits = logs.visits
    step, ticket = visits.step[order], visits.ticket[order]
    is_work = np.flatnonzero(team_of[step[1:]] >= 0) + 1
    before = is_work - 1
    same = (ticket[is_work] == ticket[before]) & (transition_of[step[before]] >= 0)
    which = transition_of[step[before[same]]]
    queued = (visits.started - visits.arrived)[order][is_work[same]]
    n = int(transition_of.max()) + 1
    counts = np.maximum(np.bincount(which, minlength=n), 1)
    mean: Floats = np.bincount(which, queued, n) / counts
    return mean


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
