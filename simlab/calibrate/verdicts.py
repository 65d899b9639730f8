"""Verdicts: how near a scenario comes to the cases that it foretells, beside a replay, which needs no model.

A replay is a single log and has the chance of one, so it is compared with single simulated logs. If the desk
goes on as it did, the replay is one more log of the kind that a perfect scenario makes: it comes with equal
probability at each place among them. Nearer than all, or farther than all, it is by chance one time in twenty
each, where there are nineteen simulated logs; anything between tells no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

FLOOR_FACTOR: Final = 1.5
LEAST_FLOOR: Final = 0.005
"""Where chance makes hardly any difference, distances are counted in these: 0.5 % of the 3-grams, 18 s."""


class Standing(Enum):
    """How simulated logs compare with the replay, by the places that these have."""

    NEARER = "nearer than replay"
    """All simulated logs are nearer."""
    LEVEL = "no clear difference from replay"
    FARTHER = "farther off than replay"
    """All are farther off."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a distance is as small as it should be."""

    distance: str
    logs: tuple[float, ...]
    """Of each simulated log."""
    replay: float
    floor: float

    @property
    def one_log(self) -> float:
        """Mean of single simulated logs."""
        return float(np.mean(self.logs))

    @property
    def n_nearer(self) -> int:
        """Simulated logs that are nearer than replay."""
        return sum(log < self.replay for log in self.logs)

    @property
    def standing(self) -> Standing:
        """How they compare with replay, beyond chance."""
        if self.n_nearer == len(self.logs):
            return Standing.NEARER
        is_farther = all(log > self.replay for log in self.logs)
        return Standing.FARTHER if is_farther else Standing.LEVEL

    @property
    def beats_replay(self) -> bool:
        """Whether a simulated log is nearer than replay, on average."""
        return self.one_log < self.replay

    @property
    def is_chance(self) -> bool:
        """Whether a simulated log is as near as chance lets it be."""
        return self.one_log <= max(self.floor, LEAST_FLOOR)

    @property
    def is_near_floor(self) -> bool:
        """Whether it is within `FLOOR_FACTOR` of the noise floor, where replay is above the floor."""
        return self.replay <= self.floor or self.one_log <= FLOOR_FACTOR * max(self.floor, LEAST_FLOOR)
