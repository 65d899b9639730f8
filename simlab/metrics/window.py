"""The observation window, and which records count in it.

The window runs from the end of the warm-up to the end of the run (its length, or when it was drained), both
instants included. These are the rules, stated once for the whole package:

============================  =========================================================================
figure                        what counts
============================  =========================================================================
resolution time, and other    resolved tickets whose last resolution lies in the window, whenever they
facts of resolved tickets     were created: nothing is censored, and in a drained run without warm-up
                              these are all resolved tickets
response time                 tickets whose first response lies in the window
sojourn time, abandonment     tickets whose final exit lies in the window
waiting for a team            visits whose work began in the window
runs of an automation         visits that began in the window
created, resolved per week    by the instant of creation, of resolution
target attainment             tickets judged in the window: at the fulfilment if that is in time, else
                              at the due instant, also when the ticket is still open then
queue length, WIP, time on    the part of each stretch of time that lies in the window; what goes on
duty, busy time, money        when the run ends, ends there
backlog                       tickets open when the run ends
============================  =========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunTotals
from simlab.model.tables import Model
from simlab.units import MINUTES

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of simulated time that figures are about, in minutes."""

    start: float
    end: float

    @property
    def minutes(self) -> float:
        """Length; 0 when the run ended before the warm-up did."""
        return self.end - self.start

    @property
    def weeks(self) -> float:
        """Length in weeks of 7 days of 24 hours."""
        return self.minutes / float(MINUTES["week"])

    @property
    def months(self) -> float:
        """Length in average months, twelfths of a year of 365.25 days."""
        return self.minutes / float(MINUTES["month"])

    def holds(self, instants: Floats) -> Flags:
        """Whether each instant lies in the window; False for NaN."""
        return (self.start <= instants) & (instants <= self.end)

    def overlap(self, started: Floats, ended: Floats) -> Floats:
        """Minutes of each stretch that lie in the window; an end of NaN is the end of the run."""
        last = np.fmin(ended, self.end)
        minutes: Floats = np.maximum(last - np.maximum(started, self.start), 0.0)
        return minutes


def observation_window(model: Model, totals: RunTotals) -> Window:
    """Return the window of one replication."""
    return Window(model.warm_up, max(model.warm_up, totals.end))
