"""How a team's people stand in a week of work, hour by hour, by the formulas of Erlang."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.model.wall_clock import HOURS_PER_WEEK
from simlab.statistics.queueing.erlang import mmc_wait_exceeds
from simlab.statistics.queueing.finite import erlang_a_served_within
from simlab.statistics.queueing.staffing import square_root_staffing

Floats = NDArray[np.float64]

WEEKS: Final = 2
"""Weeks that are gone through, so that work left at the end of one is carried into the next."""
_BUSIEST: Final = 0.999
"""Share of visits in time that the square-root rule takes for all of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How people stand in the week."""

    carried: float
    """Mean minutes of work that are carried from one hour into the next."""
    in_time: float
    """Share of visits that are begun in time."""
    occupancy: float
    """Minutes of work over minutes of presence; infinite where nobody is there."""


@dataclass(frozen=True, slots=True)
class ServiceWeek:
    """An average week of one team: what comes, and what is wished of it."""

    visits: Floats
    """(168,) that come in each hour, from Monday on."""
    minutes: float
    """Mean hands-on minutes of a visit, above 0."""
    leaving_rate: float
    """A minute, of each who waits: the inverse of the mean patience; 0 where all wait."""
    within: float
    """Minutes in which a visit is begun in time."""
    share: float
    """Share of visits to begin in time."""
    most_occupancy: float = 1.0
    """Most that people may be busy."""

    def is_kept(self, standing: Standing) -> bool:
        """Whether people who stand so keep the wish."""
        return standing.in_time >= self.share and standing.occupancy <= self.most_occupancy * (1.0 + 1e-12)

    def square_root_need(self) -> Floats:
        """Return the people who should be there in each hour, shape (168,), by the square-root rule.

        Of those who wait some begin in time all the same, so this is a place to start from, not an answer.
        """
        may_wait = min(max(1.0 - self.share, 1.0 - _BUSIEST), _BUSIEST)
        return np.array([self._needed(float(visits), may_wait) for visits in self.visits])

    def standing(self, present: Floats) -> Standing:
        """Return how a number of people, shape (168,), stand in the week.

        Work that an hour cannot do, because too few people or none are there, is carried into the next,
        less what those take with them who do not wait so long.
        """
        carried_visits = in_time = seen = carried = 0.0
        staying = math.exp(-60.0 * self.leaving_rate)
        for hour in range(WEEKS * HOURS_PER_WEEK):
            place = hour % HOURS_PER_WEEK
            if place == 0:
                in_time = seen = carried = 0.0
            here = float(self.visits[place]) + carried_visits
            there = float(present[place])
            left = max(here - 60.0 * there / self.minutes, 0.0)
            if there > 0.0 and here > 0.0:
                seen += here - left
                if self.leaving_rate > 0.0 or left == 0.0:
                    in_time += (here - left) * self._level(here, there)
                # Else too few for the hour's work: what is begun has waited since before.
            carried_visits = left * staying
            carried += carried_visits * self.minutes
        presence = 60.0 * float(present.sum())
        work = float(self.visits.sum()) * self.minutes
        return Standing(
            carried / HOURS_PER_WEEK,
            in_time / seen if seen > 0.0 else 0.0,
            work / presence if presence > 0.0 else math.inf,
        )

    def _needed(self, visits: float, may_wait: float) -> float:
        load = visits / 60.0 * self.minutes
        return float(square_root_staffing(load, may_wait)) / self.most_occupancy if load > 0.0 else 0.0

    def _level(self, visits: float, present: float) -> float:
        """Share begun in time, between the whole numbers of people on both sides."""
        below = math.floor(present + 1e-9)
        part = max(present - below, 0.0)
        # To three digits: hours that are alike are reckoned once.
        rate, service = float(f"{visits / 60.0:.3g}"), float(f"{self.minutes:.3g}")
        low = _begun(self.within, rate, service, below, self.leaving_rate)
        if part < 1e-9:
            return low
        return (1.0 - part) * low + part * _begun(self.within, rate, service, below + 1, self.leaving_rate)


@lru_cache(maxsize=65536)
def _begun(within: float, rate: float, service: float, people: int, leaving_rate: float) -> float:
    """Share of visits that are begun in time: by Erlang A where some leave, else by Erlang C."""
    if people < 1:
        return 0.0
    if leaving_rate > 0.0:
        return erlang_a_served_within(within, rate, service, people, 1.0 / leaving_rate)
    return 1.0 - mmc_wait_exceeds(within, rate, service, people)
