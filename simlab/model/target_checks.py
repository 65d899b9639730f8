"""Targets that part of the tickets miss even where nobody queues: because of hours, work or waits.

Tickets walk through the process as in `simlab.model.traffic`, but work begins only where somebody who serves
the team's queue is on duty. What is missed then, more people at the same hours do not mend. The check is
generous where it does not know: teams that get help by control rules count as always there, work goes on when
a shift ends, and ways with parallel branches are left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from simlab.errors import Problem
from simlab.model.calendars import Calendar, as_lists, calendar_of, finish, next_open, worked
from simlab.model.codes import Outcome, StepKind
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.tables import Model, StepTable
from simlab.model.traffic import tickets_by_stream
from simlab.model.walk import Stay, Trip, Walk
from simlab.units import format_share

SAMPLE = 2_000
"""Tickets of each stream that are looked at."""
FEWEST = 30
"""Of fewer tickets nothing is said."""
NOTABLE = 0.1
"""Share of the tickets of a target from which on it is warned of."""
ROUNDING_MIN = 1e-6


@dataclass(slots=True)
class _Tally:
    """Tickets of one target: judged, and late without any queue."""

    n: int = 0
    judged: float = 0.0
    late: float = 0.0

    def add(self, is_late: bool, weight: float) -> None:
        self.n += 1
        self.judged += weight
        self.late += weight * is_late

    @property
    def share(self) -> float:
        return self.late / self.judged if self.n >= FEWEST and self.judged > 0.0 else 0.0


@dataclass(slots=True)
class _Judged:
    respond: _Tally = field(default_factory=_Tally)
    resolve: _Tally = field(default_factory=_Tally)


def target_warnings(model: Model, keys: Sequence[str | int], sample: int = SAMPLE) -> tuple[Problem, ...]:
    """Warn of targets that a notable share of their tickets miss without any queue.

    Parameters
    ----------
    keys
        Keys of the targets in the scenario, in its order; targets of later periods of a roadmap have none.
    sample
        Tickets of each stream that walk through the process; the draws are those of seed 0.
    """
    if not len(model.targets.respond):
        return ()
    judge, walk = _Judge(model), Walk(model)
    seen = [walk.through(code, sample) for code in range(len(model.streams))]
    for each, tickets in zip(seen, tickets_by_stream(model, seen), strict=True):
        if math.isfinite(tickets):
            for trip in each.trips:
                judge.add(trip, tickets / each.n)
    return tuple(_warnings(keys, judge.judged))


def _warnings(keys: Sequence[str | int], judged: Sequence[_Judged]) -> Iterator[Problem]:
    for key, each in zip(keys, judged, strict=False):
        if each.respond.share >= NOTABLE:
            yield Problem(
                f"about {format_share(round(each.respond.share, 2))} of its tickets come when nobody who"
                " could respond is on duty within this time",
                f"targets.{key}.respond",
                remedy="let it run on a calendar, or have people there: a shift, or people on call",
            )
        if each.resolve.share >= NOTABLE:
            yield Problem(
                f"about {format_share(round(each.resolve.share, 2))} of its tickets miss it even where nobody"
                " queues: work, waits that do not pause it, and hours without anybody on duty take longer",
                f"targets.{key}.resolve",
                remedy="allow more time, let it run on a calendar, or let waits pause it (pauses: [resolve])",
            )


class _Judge:
    """Looks at ways of tickets, as they would be without queues."""

    def __init__(self, model: Model) -> None:
        self.steps = StepTable(*(column.tolist() for column in model.steps))
        self.targets = model.targets
        self.calendars = [as_lists(calendar) for calendar in model.calendars]
        self.manned = [_manned(model, team) for team in range(len(model.names.teams))]
        self.judged = [_Judged() for _ in range(len(model.targets.respond))]

    def add(self, trip: Trip, weight: float) -> None:
        """Judge one ticket, which stands for so many, as far as its way is known."""
        if trip.target < 0 or _has_branches(trip.stays):
            return
        respond, resolve = (
            float(limits[trip.target]) for limits in (self.targets.respond, self.targets.resolve)
        )
        tally, lag, paused = self.judged[trip.target], 0.0, 0.0
        clock = self.calendars[int(self.targets.calendar[trip.target])]
        awaits_response = math.isfinite(respond)
        for stay in trip.stays:
            kind, team = self.steps.kind[stay.step], self.steps.team[stay.step]
            if kind == StepKind.RESOLVE:
                if math.isfinite(resolve) and self.steps.outcome[stay.step] == Outcome.RESOLVED:
                    taken = worked(clock, trip.created, stay.started + lag) - paused
                    tally.resolve.add(taken > resolve + ROUNDING_MIN, weight)
                return
            if team >= 0:
                begins = self._begins(team, stay.started + lag)
                if not math.isfinite(begins):
                    return
                lag = max(begins - stay.started, 0.0)
            if awaits_response and (team >= 0 or self.steps.responds[stay.step]):
                due = finish(clock, trip.created, respond)
                tally.respond.add(stay.started + lag > due + ROUNDING_MIN, weight)
                awaits_response = False
            if kind == StepKind.DELAY:
                awaits_response = awaits_response and not self.steps.pauses_respond[stay.step]
                if self.steps.pauses_resolve[stay.step]:
                    paused += worked(clock, stay.started + lag, stay.ended + lag)
                clocks = self.steps.calendar, self.steps.until_open, self.steps.since
                if any(column[stay.step] >= 0 for column in clocks):
                    lag = 0.0  # what came later may end at the same instant

    def _begins(self, team: int, at: float) -> float:
        """Instant from which on somebody is on duty for a team; inf where the run ends before."""
        manned = self.manned[team]
        return at if manned is None else next_open(manned, at)


def _has_branches(stays: Sequence[Stay]) -> bool:
    return any(after.started < before.ended - ROUNDING_MIN for before, after in pairwise(stays))


def _manned(model: Model, team: int) -> Calendar | None:
    """When somebody who serves a team's queue is scheduled, absences left out; None where others may help."""
    control = model.control
    called = model.people.team[np.isin(model.people.shift, control.call_shift)]
    if team in control.loan_to or team in called:
        return None
    pools = model.teams.pool[model.teams.first_pool[team] : model.teams.first_pool[team + 1]]
    rosters = np.unique(model.people.roster[np.isin(model.people.pool, pools)]).tolist()
    parts = [
        duty_intervals(PersonalCalendars(model.rosters[code].duty, model.rosters[code].shift), model.length)
        for code in rosters
    ]
    return as_lists(calendar_of(np.concatenate(parts) if parts else np.empty((0, 2)), -math.inf, math.inf))
