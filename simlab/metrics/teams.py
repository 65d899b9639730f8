"""Figures of teams and people: paid time, time on duty, busy time, overtime, queues."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, VisitLog
from simlab.metrics.asked import Asked, Scoreboard
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.control import is_on_call
from simlab.metrics.groups import Grouping, Scores, sums
from simlab.metrics.spans import Spans, busy_spans, hands_on_spans, most_at_once, queue_spans
from simlab.metrics.window import Window
from simlab.model.calendars import worked_many
from simlab.model.tables import Model

Floats = NDArray[np.float64]

OF_USE: Final = ("utilisation", "occupancy", "overtime_hours_per_week")
OF_QUEUES: Final = ("queue_mean", "queue_max")


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


def person_time(model: Model, logs: RunLogs, window: Window, work: Floats | None = None) -> PersonTime:
    """Return how the people spent the window; ``work`` are their `work_minutes`, where they are known."""
    shifts = [worked_many(roster.shift, window.start, window.end) for roster in model.rosters]
    attended = window.overlap(logs.duty.started, logs.duty.ended)
    busy, overtime = work_minutes(model, logs, window) if work is None else work
    present = sums(attended, Grouping(logs.duty.person, len(model.names.people)))
    scheduled = np.array(shifts, np.float64)[model.people.roster]
    return PersonTime(
        scheduled=np.where(is_on_call(model), present, scheduled),
        on_duty=present,
        busy=busy,
        overtime=overtime,
    )


def work_minutes(model: Model, logs: RunLogs, window: Window, before: Floats | None = None) -> Floats:
    """Return hands-on minutes of each person in the window: on duty, and in overtime; (2, n_people).

    ``before`` are those of earlier parts of the log, which are added to.
    """
    n_people = len(model.names.people)
    earlier = np.zeros((2, n_people)) if before is None else before

    def by_person(spans: Spans, so_far: Floats) -> Floats:
        people = Grouping(logs.work.person[spans.row], n_people)
        return sums(window.overlap(spans.started, spans.ended), people, so_far)

    return np.array([by_person(*each) for each in zip(busy_spans(model, logs), earlier, strict=True)])


def most_held(model: Model) -> NDArray[np.int64]:
    """Return how many tickets each person may hold at a time, shape (n_people,)."""
    n_people = len(model.people.pool)
    if model.paces is None:
        return np.ones(n_people, np.int64)
    row = model.paces.person
    return np.asarray(np.where(row < 0, 1, np.diff(model.paces.first)[row]), np.int64)


def use_scores(model: Model, window: Window, time: PersonTime) -> Scoreboard:
    """Return utilisation, occupancy and overtime.

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
    return scores


def slot_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return which share of the places for tickets are taken, of people on duty who have several."""
    if not asked.any_of(["slot_occupancy"]):
        return {}
    held, _ = hands_on_spans(logs)
    minutes = window.overlap(held.started, held.ended)
    taken = sums(minutes, Grouping(logs.work.person[held.row], len(model.people.pool)))
    attended = window.overlap(logs.duty.started, logs.duty.ended)
    on_duty = sums(attended, Grouping(logs.duty.person, len(model.people.pool)))
    room = most_held(model)
    several = np.where(room > 1, room, 0)
    teams = Grouping(model.people.team, len(model.names.teams))
    ratio = Scores.ratio(sums(taken * (several > 0), teams), sums(on_duty * several, teams))
    return {("slot_occupancy", "team"): ratio}


def queue_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return how many tickets waited for each team, on average and at most."""
    if not asked.any_of(OF_QUEUES):
        return {}
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
    }


def growth_score(window: Window, growth: int) -> Scoreboard:
    """Return by how much the number of visits that wait for their work to begin grew, per week."""
    return {("queue_growth_per_week", OVERALL): Scores.of(growth / (window.weeks or math.nan))}


def growth_of_queues(visits: VisitLog, window: Window) -> int:
    """Return how many more visits wait for their work to begin at the end of the window than at its start."""
    left = np.fmin(visits.started, visits.ended)

    def waiting(at: float) -> int:
        return int(((visits.arrived <= at) & ~(left <= at)).sum())

    return waiting(window.end) - waiting(window.start)
