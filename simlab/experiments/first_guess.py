"""A first guess of how many people are needed: the square-root rule and Erlang's formulas for every hour."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.parameters import Number
from simlab.experiments.service_week import ServiceWeek, Standing
from simlab.model.calendars import worked_many
from simlab.model.load import LoadedScenario
from simlab.model.quantiles import quantile
from simlab.model.tables import Model
from simlab.model.teamwork import most_work
from simlab.model.traffic import estimate_traffic, weekly_work
from simlab.model.wall_clock import HOURS_PER_WEEK
from simlab.scenario.nodes import MapNode, set_path

Floats = NDArray[np.float64]

PEOPLE: Final = re.compile(r"staffing\.(?P<team>[^.]+)\.(?:shifts\.(?P<shift>[^.]+)\.)?people")
_PATIENCE_POINTS: Final = 200
"""Levels at which the distribution of patience is looked at for its mean."""


@dataclass(frozen=True, slots=True)
class Crew:
    """People of one team and shift, of whom the number varies."""

    number: Number
    team: int
    presence: Floats
    """(168,) one person's mean presence by hour of week, from 0 to 1: shifts, breaks and absence; a faster
    person counts more."""
    paid_hours: float
    """One person's paid hours a week, breaks and absence included."""
    cost: float
    """Of one person a week, in the scenario's currency; 0 where no rate is stated."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the guess seeks: a share of visits that begin in time, by people who are not too busy."""

    share: float
    within: float
    """Minutes in which they begin."""
    most_occupancy: Mapping[str, float] = field(default_factory=dict)
    """By team; 1 where not given."""


def crews_of(scenario: LoadedScenario, numbers: Sequence[Number]) -> tuple[Crew, ...]:
    """Return the crews behind numbers of people, measured with one person in each."""
    node = scenario.node
    for number in numbers:
        changed = set_path(node, number.path, number.node(1))
        assert isinstance(changed, MapNode)
        node = changed
    model = scenario.changed(node).model
    return tuple(_crew(model, number) for number in numbers)


def guess(
    model: Model, crews: Sequence[Crew], wish: Wish, least: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Return people by key path so that each team keeps the wish, hour by hour.

    The square-root rule says who should be there in each hour, and gives the start. From there people are
    added one by one where they help most for their hours, then taken away where they can be spared, by
    Erlang C, or by Erlang A where those who wait may leave.

    Parameters
    ----------
    model
        The scenario with the demand wanted; its people other than those of the crews are there too.
    crews
        As `crews_of` gives them.
    least
        People at which to begin; the lower bounds where not given.
    """
    work = weekly_work(model)
    chosen = {crew.number.path: int(crew.number.low) for crew in crews} | dict(least or {})
    for team in sorted({crew.team for crew in crews}):
        if work.visits[team].sum() <= 0.0 or work.minutes[team] <= 0.0:
            continue
        week = ServiceWeek(
            visits=work.visits[team],
            minutes=float(work.minutes[team]),
            leaving_rate=_leaving_rate(model, team),
            within=wish.within,
            share=wish.share,
            most_occupancy=wish.most_occupancy.get(model.names.teams[team], 1.0),
        )
        members = [crew for crew in crews if crew.team == team]
        chosen = _Staffing(week, members, _others_present(model, team, members)).least_from(chosen)
    return chosen


@dataclass(frozen=True, slots=True)
class _Staffing:
    """The crews of one team, and the people who are there besides."""

    week: ServiceWeek
    members: Sequence[Crew]
    others: Floats

    def least_from(self, least: Mapping[str, int]) -> dict[str, int]:
        """Return people of the crews, those given at least, that keep the wish; the most where none do."""
        chosen = self._by_square_root(least)
        now = self.standing(chosen)
        while not self.week.is_kept(now):
            free = [crew for crew in self.members if chosen[crew.number.path] < crew.number.high]
            if not free:
                return chosen
            with_one = [(crew, self.standing(_with(chosen, crew, 1))) for crew in free]
            best, then = max(with_one, key=lambda each: self._gain(now, each[1], each[0]))
            chosen, now = _with(chosen, best, 1), then
        for crew in sorted(self.members, key=lambda each: -each.paid_hours):
            while chosen[crew.number.path] > least[crew.number.path]:
                fewer = _with(chosen, crew, -1)
                if not self.week.is_kept(self.standing(fewer)):
                    break
                chosen = fewer
        return chosen

    def standing(self, chosen: Mapping[str, int]) -> Standing:
        return self.week.standing(self._present(chosen))

    def _present(self, chosen: Mapping[str, int]) -> Floats:
        there = self.others.copy()
        for crew in self.members:
            there += chosen[crew.number.path] * crew.presence
        return there

    def _by_square_root(self, least: Mapping[str, int]) -> dict[str, int]:
        """Add people where they are most missed for their hours, until the rule is kept in each hour."""
        needed, chosen = self.week.square_root_need(), dict(least)
        while True:
            missing = np.maximum(needed - self._present(chosen), 0.0)
            free = [
                crew
                for crew in self.members
                if chosen[crew.number.path] < crew.number.high and float(missing @ crew.presence) > 0.0
            ]
            if not free:
                return chosen
            chosen = _with(chosen, max(free, key=lambda crew: self._filled(missing, crew)), 1)

    @staticmethod
    def _filled(missing: Floats, crew: Crew) -> float:
        return float(np.minimum(missing, crew.presence).sum()) / max(crew.paid_hours, 1e-9)

    @staticmethod
    def _gain(now: Standing, then: Standing, crew: Crew) -> tuple[float, float, float]:
        """Less work that is carried on, then more visits in time, then less to do, for an hour of pay."""
        hours = max(crew.paid_hours, 1e-9)
        easier = now.occupancy - then.occupancy
        return (
            (now.carried - then.carried) / hours,
            (then.in_time - now.in_time) / hours,
            easier / hours if math.isfinite(easier) else math.inf,
        )


def _with(chosen: Mapping[str, int], crew: Crew, more: int) -> dict[str, int]:
    return {**chosen, crew.number.path: chosen[crew.number.path] + more}


def _leaving_rate(model: Model, team: int) -> float:
    """Return how many of those who wait for a team leave in a minute: those of its steps with patience."""
    timers = model.timers
    visits = estimate_traffic(model).visits
    rates = np.zeros(len(visits))
    for step in np.flatnonzero(model.steps.team == team).tolist():
        for row in range(int(timers.first[step]), int(timers.first[step + 1])):
            if timers.target[row] >= 0 and timers.calendar[row] < 0:
                levels = (np.arange(_PATIENCE_POINTS) + 0.5) / _PATIENCE_POINTS
                times = [quantile(model.distributions, int(timers.timing[row]), u) for u in levels.tolist()]
                rates[step] += 1.0 / max(math.fsum(times) / _PATIENCE_POINTS, 1e-6)
    of_team = visits * (model.steps.team == team)
    return float(of_team @ rates / of_team.sum()) if of_team.sum() > 0.0 else 0.0


def _crew(model: Model, number: Number) -> Crew:
    team, prefix = _whose(number)
    person = next(i for i, name in enumerate(model.names.people) if name.startswith(prefix))
    shift = model.rosters[int(model.people.roster[person])].shift
    paid = float(worked_many(shift, 0.0, model.length)) / model.length * HOURS_PER_WEEK
    return Crew(
        number,
        model.names.teams.index(team),
        _presence(model, person),
        paid,
        paid * max(float(model.people.cost_per_hour[person]), 0.0),
    )


def _whose(number: Number) -> tuple[str, str]:
    """Return the team of a number of people, and how the names of these people begin."""
    match = PEOPLE.fullmatch(number.path)
    assert match is not None
    team, shift = match["team"], match["shift"]
    return team, f"{team}.{shift}." if shift else f"{team}."


def _others_present(model: Model, team: int, members: Sequence[Crew]) -> Floats:
    """Presence of the team's people whose number does not vary, shape (168,)."""
    prefixes = tuple(_whose(crew.number)[1] for crew in members)
    present = np.zeros(HOURS_PER_WEEK)
    for person, name in enumerate(model.names.people):
        if model.people.team[person] == team and not name.startswith(prefixes):
            present += _presence(model, person)
    return present


def _presence(model: Model, person: int) -> Floats:
    edges, hours = model.clock.edges_hour_of_week(0.0, model.length)
    duty = model.rosters[int(model.people.roster[person])].duty
    worked = np.bincount(hours, worked_many(duty, edges[:-1], edges[1:]), HOURS_PER_WEEK)
    there = np.bincount(hours, np.diff(edges), HOURS_PER_WEEK)
    share = np.divide(worked, there, out=np.zeros(HOURS_PER_WEEK), where=there > 0.0)
    pace = float(most_work(model.paces, len(model.people.pool))[person])
    weight = (1.0 - float(model.people.absence[person])) * float(model.people.speed[person]) * pace
    return np.asarray(share * weight, np.float64)
