"""A first guess of how many people are needed, by Erlang C for every hour of the week."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.parameters import Number
from simlab.model.calendars import worked_many
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.model.traffic import weekly_work
from simlab.model.wall_clock import HOURS_PER_WEEK
from simlab.scenario.nodes import MapNode, set_path
from simlab.statistics.queueing.erlang import mmc_wait_exceeds

Floats = NDArray[np.float64]

PEOPLE: Final = re.compile(r"staffing\.(?P<team>[^.]+)\.(?:shifts\.(?P<shift>[^.]+)\.)?people")
WEEKS: Final = 2
"""Weeks that are gone through, so that work left at the end of one is carried into the next."""


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
    """What the guess seeks: a share of visits that begin within some minutes."""

    share: float
    within: float


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
    """Return people by key path so that each team keeps the wish, hour by hour by Erlang C.

    Work that an hour cannot do, because too few people or none are there, is carried into the next.
    People are added one by one where they help most for their hours.

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
        members = [crew for crew in crews if crew.team == team]
        others = _others_present(model, team, members)
        visits = work.visits[team]
        minutes = visits * work.minutes[team]
        if visits.sum() <= 0.0:
            continue

        def standing(
            people: Mapping[str, int],
            members: Sequence[Crew] = members,
            others: Floats = others,
            visits: Floats = visits,
            minutes: Floats = minutes,
        ) -> tuple[float, float]:
            present = others + sum(people[crew.number.path] * crew.presence for crew in members)
            return _standing(visits, minutes, present, wish.within)

        while standing(chosen)[1] < wish.share:
            free = [crew for crew in members if chosen[crew.number.path] < crew.number.high]
            if not free:
                break
            now = standing(chosen)
            best = max(free, key=lambda crew: _gain(now, standing(_with_one(chosen, crew)), crew))
            chosen = _with_one(chosen, best)
    return chosen


def _with_one(chosen: Mapping[str, int], crew: Crew) -> dict[str, int]:
    return {**chosen, crew.number.path: chosen[crew.number.path] + 1}


def _gain(now: tuple[float, float], then: tuple[float, float], crew: Crew) -> tuple[float, float]:
    """Less work that is carried on, then more visits in time, for an hour of pay."""
    hours = max(crew.paid_hours, 1e-9)
    return (now[0] - then[0]) / hours, (then[1] - now[1]) / hours


def _standing(visits: Floats, minutes: Floats, present: Floats, within: float) -> tuple[float, float]:
    """Return the mean work carried on from hour to hour, and the share of visits begun in time."""
    carried_visits = carried_minutes = in_time = seen = carried = 0.0
    for hour in range(WEEKS * HOURS_PER_WEEK):
        place = hour % HOURS_PER_WEEK
        if place == 0:
            in_time = seen = carried = 0.0
        here = float(visits[place]) + carried_visits
        to_do = float(minutes[place]) + carried_minutes
        room = 60.0 * float(present[place])
        left = max(to_do - room, 0.0)
        part = left / to_do if to_do > 0.0 else 0.0
        if room > 0.0 and here > 0.0:
            begun = here * (1.0 - part)
            seen += begun
            # Too few for the hour's work: what is begun has waited since before.
            in_time += 0.0 if left > 0.0 else here * _level(here, to_do, float(present[place]), within)
        carried_visits, carried_minutes = here * part, left
        carried += left
    return carried / HOURS_PER_WEEK, in_time / seen if seen > 0.0 else 0.0


def _level(visits: float, minutes: float, present: float, within: float) -> float:
    """Share begun in time, between the whole numbers of people on both sides."""
    below = math.floor(present + 1e-9)
    part = max(present - below, 0.0)
    # To three digits: hours that are alike are reckoned once.
    rate, service = float(f"{visits / 60.0:.3g}"), float(f"{minutes / visits:.3g}")
    low = _begun(within, rate, service, below)
    return low if part < 1e-9 else (1.0 - part) * low + part * _begun(within, rate, service, below + 1)


@lru_cache(maxsize=65536)
def _begun(within: float, rate: float, service: float, people: int) -> float:
    if people < 1:
        return 0.0
    return 1.0 - mmc_wait_exceeds(within, rate, service, people) if service > 0.0 else 1.0


def _crew(model: Model, number: Number) -> Crew:
    match = PEOPLE.fullmatch(number.path)
    assert match is not None
    prefix = f"{match['team']}.{match['shift']}." if match["shift"] else f"{match['team']}."
    person = next(i for i, name in enumerate(model.names.people) if name.startswith(prefix))
    shift = model.rosters[int(model.people.roster[person])].shift
    paid = float(worked_many(shift, 0.0, model.length)) / model.length * HOURS_PER_WEEK
    return Crew(
        number,
        model.names.teams.index(match["team"]),
        _presence(model, person),
        paid,
        paid * max(float(model.people.cost_per_hour[person]), 0.0),
    )


def _others_present(model: Model, team: int, members: Sequence[Crew]) -> Floats:
    """Presence of the team's people whose number does not vary, shape (168,)."""
    prefixes = []
    for crew in members:
        match = PEOPLE.fullmatch(crew.number.path)
        assert match is not None
        prefixes.append(f"{match['team']}.{match['shift']}." if match["shift"] else f"{match['team']}.")
    present = np.zeros(HOURS_PER_WEEK)
    for person, name in enumerate(model.names.people):
        if model.people.team[person] == team and not name.startswith(tuple(prefixes)):
            present += _presence(model, person)
    return present


def _presence(model: Model, person: int) -> Floats:
    edges, hours = model.clock.edges_hour_of_week(0.0, model.length)
    duty = model.rosters[int(model.people.roster[person])].duty
    worked = np.bincount(hours, worked_many(duty, edges[:-1], edges[1:]), HOURS_PER_WEEK)
    there = np.bincount(hours, np.diff(edges), HOURS_PER_WEEK)
    share = np.divide(worked, there, out=np.zeros(HOURS_PER_WEEK), where=there > 0.0)
    weight = (1.0 - float(model.people.absence[person])) * float(model.people.speed[person])
    return np.asarray(share * weight, np.float64)
