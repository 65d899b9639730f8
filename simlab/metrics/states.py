"""Figures of what changes in a run: how far levers were moved, how many faults caused incidents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.asked import Scoreboard
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.groups import Scores
from simlab.metrics.window import Window
from simlab.model.codes import FaultState
from simlab.model.tables import Model

Floats = NDArray[np.float64]


def state_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return means over the time of the window; nothing of what the scenario does not have."""
    scores: Scoreboard = {}
    if model.faults is not None:
        n = int(model.faults.first[-1])
        active = [
            _mean_over_time(logs, window, fault, 1.0, lambda value: value != FaultState.FIXED)
            for fault in np.unique(logs.states.state[logs.states.state < n])
        ]
        scores["faults_active", OVERALL] = Scores.of(n - len(active) + float(np.sum(active)))
    if model.improvements is not None:
        scores["lever_level", "lever"] = Scores.of(
            [
                _mean_over_time(logs, window, state, first, lambda value: value)
                for state, first in zip(model.improvements.state, model.improvements.level[0], strict=True)
            ]
        )
    return scores


def _mean_over_time(
    logs: RunLogs, window: Window, state: int, first: float, read: Callable[[Floats], Floats]
) -> float:
    """Mean over the window of what a state says, which is ``first`` until it changes."""
    mine = logs.states.state == state
    at = np.concatenate([[-np.inf], logs.states.at[mine]])
    value = np.concatenate([[first], read(logs.states.value[mine])])
    lasted = window.overlap(at, np.append(at[1:], np.inf))
    return float((value * lasted).sum() / (window.minutes or np.nan))
