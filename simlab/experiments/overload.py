"""Configurations that need not be simulated, because a queue would grow without end."""

from __future__ import annotations

from typing import Final

from simlab.model.tables import Model
from simlab.model.traffic import SAMPLE, TeamTraffic, estimate_traffic

_QUICK_SAMPLE: Final = 500
_DOUBT: Final = (0.85, 1.15)
"""Loads per person between which a quick estimate does not decide whether a team can keep up."""


def hopeless_team(model: Model) -> TeamTraffic | None:
    """Return the team that can keep up least, if its queue would grow without end; None where all keep up.

    A run without warm-up, or one that goes on until all tickets are closed, may begin overloaded.
    """
    if model.warm_up <= 0.0 or model.drains:
        return None
    for sample in (_QUICK_SAMPLE, SAMPLE):
        worst = max(estimate_traffic(model, sample).teams, key=lambda team: team.pooled_rho, default=None)
        if worst is None or worst.pooled_rho <= _DOUBT[0]:
            return None
        if sample == SAMPLE or worst.pooled_rho >= _DOUBT[1]:
            return worst if worst.pooled_rho >= 1.0 else None
    return None
