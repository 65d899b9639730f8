"""Control charts (Shewhart; Western Electric rules): whether weekly numbers vary as usual, or have drifted.

A week out of control lies beyond three standard deviations of the centre, or is the last of `RUN`
successive weeks on one side of it. By chance that happens to about one week in 150.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats

WIDTH: Final = 3.0
RUN: Final = 8


@dataclass(frozen=True, slots=True)
class Chart:
    """Weekly numbers of one kind, with their centre and limits."""

    name: str
    unit: str
    value: Floats
    centre: Floats
    low: Floats
    high: Floats
    from_scenario: bool
    """Whether the centre is what the scenario says, rather than the mean of the log."""

    @property
    def signals(self) -> NDArray[np.bool_]:
        """Weeks out of control; one without a number never is."""
        beyond = (self.value < self.low) | (self.value > self.high)
        return np.asarray(beyond | _runs(np.sign(self.value - self.centre)), np.bool_)


def counts_chart(name: str, counts: Floats, expected: Floats, spread: Floats) -> Chart:
    """Return the chart of counts a week around what is expected of each.

    Parameters
    ----------
    spread
        Variance of each week's count beyond that of a Poisson count.
    """
    half = WIDTH * np.sqrt(expected + spread)
    return Chart(name, "a week", counts, expected, np.maximum(expected - half, 0.0), expected + half, True)


def share_chart(name: str, hits: Floats, n: Floats, centre: float | None) -> Chart:
    """Return the chart of a share (binomial); the centre is that of all weeks where none is given."""
    middle = float(hits.sum() / max(n.sum(), 1.0)) if centre is None else centre
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, hits / n, np.nan)
        half = WIDTH * np.sqrt(middle * (1.0 - middle) / n)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return Chart(name, "share", share, np.full(len(n), middle), low, high, centre is not None)


def individuals_chart(name: str, unit: str, value: Floats) -> Chart:
    """Return the chart of single numbers, their spread taken from successive differences (XmR chart)."""
    known = value[~np.isnan(value)]
    centre = float(known.mean()) if len(known) else float("nan")
    moving = float(np.abs(np.diff(known)).mean()) if len(known) > 1 else float("nan")
    half = WIDTH * moving / 1.128  # mean range of two normal values
    middle = np.full(len(value), centre)
    return Chart(name, unit, value, middle, middle - half, middle + half, from_scenario=False)


def _runs(side: Floats) -> NDArray[np.bool_]:
    """Whether a week is at least the `RUN`-th in a row on one side."""
    length, last = np.zeros(len(side), np.int64), 0.0
    for week, each in enumerate(side.tolist()):
        if each == each and each != 0.0:
            length[week] = (length[week - 1] if week and each == last else 0) + 1
        last = each
    return length >= RUN
