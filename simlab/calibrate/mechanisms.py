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


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """A choice of mechanisms, the simplest unless told."""

    waits: Waits = Waits.HOURS
    correction: Correction = Correction.QUEUES

    def __str__(self) -> str:
        by_queues = self.correction is Correction.QUEUES
        if self.waits is Waits.HOURS:
            hours = "waits in working hours, corrected by queues"
            return hours if by_queues else "waits in working hours, corrected by elapsed times"
        paces = "waits at the pace of work, corrected by queues"
        return paces if by_queues else "waits at the pace of work, corrected by elapsed times"


SIMPLEST: Final = Mechanisms()
CANDIDATES: Final = tuple(Mechanisms(waits, correction) for waits in Waits for correction in Correction)
"""All choices, the simplest first."""
