"""The net present value as a goal: what a configuration saves over some years, against today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.business.cash_flow import net_present_value
from simlab.business.definition import Years
from simlab.optimise.objectives import Goal
from simlab.scenario.quantities import Share
from simlab.scenario.schema.base import Block
from simlab.units import WEEKS_PER_YEAR

NPV: Final = "npv"
RUNNING: Final = "cost_per_week"
ONCE: Final = "cost_one_off"


class PresentValue(Block):
    """Over how many years, and at which rate, `npv` counts: what a configuration costs less than today's.

    One-off cost counts in full, at once; running cost at the end of each year, discounted.
    """

    horizon: Years
    """Years that count: ``3 years``."""
    discount_rate: Share
    """Rate a year at which later amounts count less."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Present cost of a week's running cost in all years, and of one-off cost."""

    running: float
    once: float = 1.0

    @classmethod
    def of(cls, written: PresentValue) -> Weights:
        """Return the weights of a statement."""
        flows = np.full(written.horizon + 1, WEEKS_PER_YEAR)
        flows[0] = 0.0
        return cls(float(net_present_value(flows, written.discount_rate)))

    def goal(self) -> Goal:
        """Return the goal: the present cost, to make small, which people read as what it saves."""
        return Goal(NPV, ((RUNNING, self.running), (ONCE, self.once)), shown_sign=-1.0, is_against_today=True)
