"""Mechanisms of a fit. Which are at work a log does not tell at sight: they are tried, see `selection`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Waits(Enum):
    """When the time of waits runs, and when they end."""

    HOURS = "in working hours"
    """While people usually work, or all the time."""
    PACES = "at the pace of work"
    """As fast as work is done at each hour of the week, or all the time until people are there."""


class Correction(Enum):
    """By what fitted times are corrected, since people in a simulation queue and rest by themselves."""

    QUEUES = "queues"
    """By the queueing that the simulation adds."""
    TIMES = "elapsed times"
    """By how much longer or shorter transitions take in the simulation than in the log."""


class Memory(Enum):
    """What of the past tells how long things will take, and what comes next."""

    ALIKE = "all cases alike"
    """All cases that are fitted."""
    TREND = "the trend of waits"
    """The same, with waits as they are by now if they grow or shrink steadily."""
    RECENT = "the recent half"
    """Only the second half of these cases."""


class Ways(Enum):
    """What activities do that go on at the same time."""

    SEQUENCE = "one after another"
    """They are as if one came after the other."""
    BRANCHES = "in parallel branches"
    """They are branches, and the case goes on when all have joined. Which begins first is decided, and the
    others wait from then on."""
    RACES = "in parallel branches, each on its own"
    """The same, but every branch waits on its own from when they could begin."""


class Duty(Enum):
    """When the people of teams are on duty."""

    TOGETHER = "in the hours of all"
    """In the hours of the team, and in those of all teams."""
    SHIFTS = "in shifts of their own"
    """On the days, and from when to when, on which each of them begins to work."""


class Due(Enum):
    """Since when the time of waits is counted."""

    LAST = "since the last event"
    EARLIER = "since earlier events"
    """Where these tell more precisely when waits end: as deadlines."""


class Who(Enum):
    """Who of a team takes a ticket."""

    ANYBODY = "anybody of a team"
    CREWS = "people with classes of their own"


class Sees(Enum):
    """By which facts about a ticket its ways and times differ."""

    CLASSES = "class and priority"
    ATTRIBUTE = "an attribute"
    """These, and the attribute that tells most about what follows; the scenario has it as the channel."""


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """A choice of mechanisms, the simplest unless told."""

    waits: Waits = Waits.HOURS
    correction: Correction = Correction.QUEUES
    memory: Memory = Memory.ALIKE
    ways: Ways = Ways.SEQUENCE
    duty: Duty = Duty.TOGETHER
    due: Due = Due.LAST
    who: Who = Who.ANYBODY
    sees: Sees = Sees.CLASSES

    def __str__(self) -> str:
        told = self._about_memory()
        if self.due is Due.EARLIER:
            told += ", with deadlines"
        if self.duty is Duty.SHIFTS:
            told += ", people in shifts of their own"
        if self.ways is not Ways.SEQUENCE:
            told += ", with parallel branches"
        if self.ways is Ways.RACES:
            told += " each on its own"
        if self.who is Who.CREWS:
            told += ", by people with classes of their own"
        return f"{told}, by an attribute" if self.sees is Sees.ATTRIBUTE else told

    def _about_memory(self) -> str:
        if self.memory is Memory.ALIKE:
            return self._about_waits()
        if self.memory is Memory.TREND:
            return f"{self._about_waits()}, with the trend of waits"
        return f"{self._about_waits()}, of the recent half"

    def _about_waits(self) -> str:
        by_queues = self.correction is Correction.QUEUES
        if self.waits is Waits.HOURS:
            hours = "waits in working hours, corrected by queues"
            return hours if by_queues else "waits in working hours, corrected by elapsed times"
        paces = "waits at the pace of work, corrected by queues"
        return paces if by_queues else "waits at the pace of work, corrected by elapsed times"


SIMPLEST: Final = Mechanisms()
CANDIDATES: Final = tuple(Mechanisms(waits, correction) for waits in Waits for correction in Correction)
"""All choices of waits and corrections, the simplest first; what is remembered is tried with the best."""
