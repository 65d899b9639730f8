"""Tables of load: work in progress, queues and people over time; use by hour of week; waiting; hand-offs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.flow import WaitingCause
from simlab.model.wall_clock import HOURS_PER_WEEK, hour_name
from simlab.reports.observation import Observation
from simlab.reports.subjects import Subject
from simlab.reports.tables.table import Cell, Table, table
from simlab.units import MINUTES_PER_WEEK

Floats = NDArray[np.float64]


def observed(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Observation]]:
    """Yield the scenarios whose logs were kept, with what they show."""
    for subject in subjects:
        if subject.observation is not None:
            yield subject, subject.observation


def work_in_progress(subjects: Sequence[Subject]) -> Table:
    """Return tickets in the system over time: mean, least and most over the replications looked at."""
    return table(
        "work_in_progress",
        "Tickets in the system over time, averaged over the time from one row to the next",
        (
            "scenario",
            ("time", "min"),
            "from",
            ("tickets", "tickets"),
            ("least", "tickets"),
            ("most", "tickets"),
        ),
        (
            (subject.label, start, moment, mean, least, most)
            for subject, seen in observed(subjects)
            for start, moment, mean, least, most in zip(
                seen.edges[:-1],
                _moments(subject, seen.edges[:-1]),
                seen.wip.mean(axis=0),
                seen.wip.min(axis=0),
                seen.wip.max(axis=0),
                strict=True,
            )
        ),
    )


def control_limits(subjects: Sequence[Subject]) -> Table:
    """Return between which numbers of tickets in the system the process stays by itself, after the warm-up.

    Mean ± 3 standard deviations of the cells over time and replications, not below 0: natural process
    limits, against which a real desk like this one may be held.
    """

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            cells = seen.wip[:, seen.edges[:-1] >= subject.model.warm_up]
            if cells.size > 1:
                mean, deviation = float(cells.mean()), float(cells.std(ddof=1))
                yield subject.label, mean, max(mean - 3.0 * deviation, 0.0), mean + 3.0 * deviation

    header = ("scenario", ("mean", "tickets"), ("lower limit", "tickets"), ("upper limit", "tickets"))
    return table("control_limits", "Control limits of the tickets in the system", header, rows())


def queue_limits(subject: Subject) -> Table:
    """Return between which lengths the queue of each team stays by itself; as `control_limits`."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for _, seen in observed([subject]):
            cells = seen.queue[:, seen.edges[:-1] >= subject.model.warm_up]
            if cells.shape[1] > 1:
                means, deviations = cells.mean(axis=1).tolist(), cells.std(axis=1, ddof=1).tolist()
                for team, mean, deviation in zip(subject.model.names.teams, means, deviations, strict=True):
                    yield subject.label, team, mean, max(mean - 3.0 * deviation, 0.0), mean + 3.0 * deviation

    header = ("scenario", "team", ("mean", "tickets"), ("lower limit", "tickets"), ("upper limit", "tickets"))
    return table("queue_limits", "Control limits of the tickets waiting for each team", header, rows())


def queues(subjects: Sequence[Subject]) -> Table:
    """Return waiting tickets and people on duty of each team over time."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            moments = _moments(subject, seen.edges[:-1])
            for code, team in enumerate(subject.model.names.teams):
                columns = (seen.edges[:-1], moments, seen.queue[code], seen.on_duty[code])
                for start, moment, waiting, people in zip(*columns, strict=True):
                    yield subject.label, team, start, moment, waiting, people

    return table(
        "queues_and_people",
        "Tickets waiting for each team and its people on duty, averaged up to the time of the next row",
        ("scenario", "team", ("time", "min"), "from", ("waiting", "tickets"), ("on duty", "people")),
        rows(),
    )


def staff(subject: Subject) -> Table:
    """Return the hours that the people of each team are on duty in each whole week of the run."""
    seen = subject.observation
    rows: list[tuple[Cell, ...]] = []
    if seen is not None:
        ends = np.arange(0.0, float(seen.edges[-1]) + 1e-6, MINUTES_PER_WEEK)
        moments = _moments(subject, ends[:-1])
        for code, team in enumerate(subject.model.names.teams):
            so_far = np.concatenate([[0.0], np.cumsum(seen.on_duty[code] * np.diff(seen.edges))])
            hours = np.diff(np.interp(ends, seen.edges, so_far)) / 60.0
            rows += zip([subject.label] * len(hours), [team] * len(hours), ends, moments, hours, strict=False)
    return table(
        "staff_by_week",
        "Hours that the people of each team are on duty, by week of the run",
        ("scenario", "team", ("time", "min"), "from", ("on duty", "hours/week")),
        rows,
    )


def control_actions(subjects: Sequence[Subject]) -> Table:
    """Return when each control rule acts: the share of time, and of the replications looked at."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            moments = _moments(subject, seen.edges[:-1])
            for code, rule in enumerate(subject.model.names.controls):
                for start, moment, share in zip(seen.edges[:-1], moments, seen.acting[code], strict=True):
                    yield subject.label, rule, start, moment, share

    return table(
        "control_actions",
        "Share of the time in which each control rule acts, up to the time of the next row",
        ("scenario", "rule", ("time", "min"), "from", ("acting", "share")),
        rows(),
    )


def average_week(subjects: Sequence[Subject]) -> Table:
    """Return waiting tickets and people on duty of each team by local hour of week; 0 is Monday 00:00."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            for code, team in enumerate(subject.model.names.teams):
                for hour in range(HOURS_PER_WEEK):
                    waiting, people = seen.week_queue[code, hour], seen.week_on_duty[code, hour]
                    yield subject.label, team, hour, hour_name(hour), waiting, people

    return table(
        "average_week",
        "Tickets waiting for each team and its people on duty by hour of week, warm-up left out",
        ("scenario", "team", "hour of week", "from", ("waiting", "tickets"), ("on duty", "people")),
        rows(),
    )


def utilisation(subjects: Sequence[Subject]) -> Table:
    """Return the share of paid time spent on tickets, by team and local hour of week; 0 is Monday 00:00."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            shares = seen.use.utilisation
            for code, team in enumerate(subject.model.names.teams):
                for hour in range(HOURS_PER_WEEK):
                    yield subject.label, team, hour, hour_name(hour), shares[code, hour]

    return table(
        "utilisation_by_hour",
        "Share of paid time spent on tickets, by hour of week",
        ("scenario", "team", "hour of week", "from", ("utilisation", "share")),
        rows(),
    )


def waiting(subjects: Sequence[Subject]) -> Table:
    """Return what tickets wait for: cause, team and step, per week, the longest first in each scenario."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for subject, seen in observed(subjects):
            names, found = subject.model.names, seen.waiting
            for row in range(len(found.cause)):
                team, step = int(found.team[row]), int(found.step[row])
                yield (
                    subject.label,
                    found.cause[row].value,
                    names.teams[team] if team >= 0 else "",
                    names.steps[step],
                    found.minutes[row] / 60.0 / seen.weeks if seen.weeks else np.nan,
                    found.share[row],
                    found.visits[row] / seen.weeks if seen.weeks else np.nan,
                )

    return table(
        "waiting_by_cause",
        "Time in which nothing happened to tickets, by cause",
        (
            "scenario",
            "cause",
            "team",
            "step",
            ("waiting", "ticket-hours/week"),
            ("of all waiting", "share"),
            ("visits", "visits/week"),
        ),
        rows(),
    )


def bottlenecks(waits: Table, per_week: Mapping[str, float]) -> Table:
    """Return waiting by place, a team's queue or the step of a delay, the longest in all first.

    The gain is the waiting of the mean ticket: by so much would tickets be done sooner, at most, if nobody
    had to wait there. Where the next team is busy too, part of the waiting moves on to it.

    Parameters
    ----------
    waits
        The table of `waiting`.
    per_week
        Tickets resolved a week, by scenario.
    """
    hours: dict[tuple[str, str, str], float] = {}
    for row in waits.rows:
        scenario, cause, team, step, amount = row[:5]
        place = str(team) if team else str(step)
        key = (str(scenario), place, str(cause))
        hours[key] = hours.get(key, 0.0) + float(amount)
    totals: dict[str, float] = {}
    for (_, place, _), amount in hours.items():
        totals[place] = totals.get(place, 0.0) + amount
    scenarios, causes = waits.distinct("scenario"), [cause.value for cause in WaitingCause]
    ranked = sorted(
        hours, key=lambda key: (-totals[key[1]], key[1], scenarios.index(key[0]), causes.index(key[2]))
    )
    return table(
        "bottlenecks",
        "Waiting by place: the queue of a team, or the step of a delay",
        (
            "scenario",
            "place",
            "cause",
            ("waiting", "ticket-hours/week"),
            ("gain per ticket if relieved, at most", "min"),
        ),
        (
            (*key, hours[key], 60.0 * hours[key] / per_week[key[0]] if per_week[key[0]] else np.nan)
            for key in ranked
            if hours[key] > 0.0
        ),
    )


def handoff_matrix(subject: Subject) -> Table:
    """Return how often tickets go from team to team per week; the diagonal counts those that stay."""
    seen, teams = subject.observation, subject.model.names.teams
    rows = (
        (source, target, seen.handoffs[row, column] / seen.weeks)
        for row, source in enumerate(teams)
        for column, target in enumerate(teams)
        if seen is not None and seen.weeks
    )
    return table(
        "hand_offs",
        "Moves between teams",
        ("from", "to", ("moves", "tickets/week")),
        rows,
    )


def _moments(subject: Subject, minutes: Floats) -> list[str]:
    """Return local date and time of each instant."""
    return [subject.model.clock.to_local(t).strftime("%Y-%m-%d %H:%M") for t in minutes.tolist()]
