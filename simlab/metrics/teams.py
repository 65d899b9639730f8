"""Figures of teams and people: paid time, time on duty, busy time, overtime, queues."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.control import is_on_call
from simlab.metrics.groups import Grouping, Scores, sums
from simlab.metrics.spans import Spans, busy_spans, hands_on_spans, most_at_once, queue_spans
from simlab.metrics.tickets import Scoreboard
from simlab.metrics.window import Window
from simlab.model.calendars import worked_many
from simlab.model.tables import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PersonTime:
    """Minutes of each person in a window."""

    scheduled: Floats
    """Shifts, with breaks and with absence; of people on call, from coming to leaving: what is paid."""
    on_duty: Floats
    """Shifts without breaks and absence."""
    busy: Floats
    """Hands-on time while on duty."""
    overtime: Floats
    """Hands-on time after the end of the shift."""


def person_time(model: Model, logs: RunLogs, window: Window) -> PersonTime:
    """Return how the people spent the window."""
    shifts = [worked_many(roster.shift, window.start, window.end) for roster in model.rosters]
    attended = window.overlap(logs.duty.started, logs.duty.ended)
    on_duty, overtime = busy_spans(model, logs)
    n_people = len(model.names.people)

    def by_person(spans: Spans) -> Floats:
        people = Grouping(logs.work.person[spans.row], n_people)
        return sums(window.overlap(spans.started, spans.ended), people)

    present = sums(attended, Grouping(logs.duty.person, n_people))
    scheduled = np.array(shifts, np.float64)[model.people.roster]
    return PersonTime(
        scheduled=np.where(is_on_call(model), present, scheduled),
        on_duty=present,
        busy=by_person(on_duty),
        overtime=by_person(overtime),
    )


def most_held(model: Model) -> NDArray[np.int64]:
    """Return how many tickets each person may hold at a time, shape (n_people,)."""
    n_people = len(model.people.pool)
    if model.paces is None:
        return np.ones(n_people, np.int64)
    row = model.paces.person
    return np.asarray(np.where(row < 0, 1, np.diff(model.paces.first)[row]), np.int64)


def team_scores(model: Model, logs: RunLogs, window: Window, time: PersonTime) -> Scoreboard:
    """Return utilisation, occupancy, overtime and queue lengths.

    Overtime is worked and paid time: it counts above and below the line of both ratios.
    """
    teams = Grouping(model.people.team, len(model.names.teams))
    scores: Scoreboard = {}
    for dimension in (OVERALL, "team"):

        def total(minutes: Floats, dimension: str = dimension) -> Floats:
            return sums(minutes, teams) if dimension else np.array([minutes.sum()])

        worked, overtime = total(time.busy + time.overtime), total(time.overtime)
        scores["utilisation", dimension] = Scores.ratio(worked, total(time.scheduled) + overtime)
        scores["occupancy", dimension] = Scores.ratio(worked, total(time.on_duty) + overtime)
        per_week = overtime / 60.0 / (window.weeks or np.nan)
        scores["overtime_hours_per_week", dimension] = Scores.of(per_week)
    scores["slot_occupancy", "team"] = _slot_scores(model, logs, window, time, teams)
    return {**scores, **_queue_scores(model, logs, window)}


def _slot_scores(model: Model, logs: RunLogs, window: Window, time: PersonTime, teams: Grouping) -> Scores:
    """Return which share of the places for tickets are taken, of people on duty who have several."""
    held, _ = hands_on_spans(logs)
    minutes = window.overlap(held.started, held.ended)
    taken = sums(minutes, Grouping(logs.work.person[held.row], len(model.people.pool)))
    room = most_held(model)
    several = np.where(room > 1, room, 0)
    return Scores.ratio(sums(taken * (several > 0), teams), sums(time.on_duty * several, teams))


def _queue_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    spans, n_teams = queue_spans(logs), len(model.names.teams)
    team = logs.visits.team[spans.row]
    minutes = window.overlap(spans.started, spans.ended)
    waited = minutes > 0.0
    starts, ends = np.maximum(spans.started, window.start), np.minimum(spans.ended, window.end)
    longest = [
        most_at_once(starts[mine], ends[mine])
        for mine in (waited & (team == code) for code in range(n_teams))
    ]
    area = sums(minutes, Grouping(team, n_teams))
    return {
        ("queue_mean", "team"): Scores.of(area / (window.minutes or np.nan)),
        ("queue_max", "team"): Scores.of(np.array(longest, np.float64)),
        ("queue_growth_per_week", OVERALL): Scores.of(_queue_growth(logs, window)),
    }


def _queue_growth(logs: RunLogs, window: Window) -> float:
    """Return how many more visits wait for their work to begin at the end than at the start, per week."""
    visits = logs.visits
    left = np.fmin(visits.started, visits.ended)

    def waiting(at: float) -> int:
        return int(((visits.arrived <= at) & ~(left <= at)).sum())

    return (waiting(window.end) - waiting(window.start)) / (window.weeks or math.nan)
