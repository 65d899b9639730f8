"""When tickets of a calibrated scenario are resolved: some time before they are closed, or come back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simlab.calibrate.fit import Fitted
from simlab.calibrate.names import Names

Plain = dict[str, Any]


def tell_resolution(fitted: Fitted, names: Names, steps: Plain, finished: Sequence[str]) -> None:
    """Let tickets count as resolved from certain activities on, until they go back to another one.

    Parameters
    ----------
    steps
        Steps as written, which are changed.
    finished
        Names of the activities with which a case of the log is resolved.
    """
    branching, labels = fitted.chain.branching, fitted.cases.activities
    resolves = np.array([code >= 0 and labels[code] in finished for code in branching.original.tolist()])
    resolves &= ~branching.is_inside
    for activity in np.flatnonzero(resolves).tolist():
        if names.activities[activity] in steps:
            steps[names.activities[activity]]["resolved"] = True
    for number, transition in enumerate(fitted.chain.transitions, start=1):
        if resolves[transition.source] and not resolves[transition.target]:
            steps[names.transitions[number]]["reopened"] = True
