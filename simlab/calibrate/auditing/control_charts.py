"""Control charts of weekly counts and shares: whether they vary as usual, or have drifted.

Limits are those of Poisson counts and binomial shares. Where weeks differ by more than chance, the spread is
that of successive differences (Laney, 2002): a drift, which moves the level, hardly widens it. It is taken
together with ten weeks of chance alone, as few weeks tell a spread badly (Smyth, 2004, has the idea).

A week is a signal beyond the limits, or as one of a long run of weeks on one side of the centre; a chart
drifts also by its level over all weeks, and by a trend (Mann, 1945). How far, how long and how steadily
follows from the false alarms that are allowed for the whole chart: half of them are for single weeks, a sixth
each for runs, level and trend.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats

FEWEST_WEEKS: Final = 4
SHORTEST_RUN: Final = 8
_RANGE_OF_TWO: Final = 1.128
"""Mean difference of two normal values, in standard deviations."""
_WORTH_OF_RANGES: Final = 0.62
"""Degrees of freedom of a spread from successive differences, for each of them (Bissell, 1994)."""
_WEEKS_OF_CHANCE: Final = 10.0
_EVIDENT: Final = 0.05
_FEWEST_FOR_TREND: Final = 8
_SHIFT: Final = 3.0 / 8.0
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weeks:
    """Which weeks count for what."""

    is_base: Flags
    """Weeks from which the usual level and spread are taken."""
    is_judged: Flags
    """Weeks that may be signals."""

    def only(self, rows: Flags) -> Weeks:
        """Return the same without other weeks than these."""
        return Weeks(self.is_base & rows, self.is_judged & rows)


@dataclass(frozen=True, slots=True)
class Chart:
    """Weekly numbers of one kind, with their centre and limits."""

    kind: str
    """arrivals, class, hand-overs, reopened, resolved within."""
    about: str
    """The class or the time; empty where the kind says it all."""
    unit: str
    """``tickets`` or ``share``."""
    value: Floats
    """NaN where a week has no tickets."""
    centre: Floats
    low: Floats
    high: Floats
    from_scenario: bool
    """Whether the centre is what the scenario says, rather than that of the log's own weeks."""
    is_judged: Flags
    run: int
    """Weeks in a row on one side that are a signal."""
    level: int
    """1: all weeks together are above the centre, -1: below it, 0: neither more than by chance."""
    trend: int
    """1: the weeks rise, -1: they fall, 0: neither more than by chance."""

    @property
    def name(self) -> str:
        """What the chart is about."""
        return f"{self.kind} {self.about}".strip()

    @property
    def is_beyond(self) -> Flags:
        """Weeks beyond the limits."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.is_judged & ((self.value < self.low) | (self.value > self.high)), np.bool_)

    @property
    def is_run(self) -> Flags:
        """Weeks that are at least the last of a long run."""
        side = np.where(self.is_judged, np.sign(self.value - self.centre), np.nan)
        return self.is_judged & (_lengths(side) >= self.run)

    @property
    def signals(self) -> Flags:
        """Weeks out of control; one that is not judged never is."""
        return np.asarray(self.is_beyond | self.is_run, np.bool_)

    @property
    def has_drifted(self) -> bool:
        """Whether a week is out of control, or all of them are off or follow a trend."""
        return bool(self.signals.any()) or self.level != 0 or self.trend != 0


def counts_chart(
    kind: str,
    counts: Floats,
    weeks: Weeks,
    false_alarms: float,
    *,
    expected: Floats | None = None,
    spread: Floats | None = None,
) -> Chart:
    """Return the chart of counts a week.

    Parameters
    ----------
    false_alarms
        Chance that the chart has a signal although nothing has changed.
    expected
        What is expected of each week; by default the mean of the usual weeks.
    spread
        Variance of each week's count beyond that of a Poisson count.
    """
    own = float(counts[weeks.is_base].mean()) if weeks.is_base.any() else np.nan
    centre = np.full(len(counts), own) if expected is None else expected
    with np.errstate(divide="ignore", invalid="ignore"):
        known = np.ones(len(counts)) if spread is None else 1.0 + spread / centre
        score = 2.0 * (np.sqrt(counts + _SHIFT) - np.sqrt(centre + _SHIFT)) / np.sqrt(known)
    width = _width(score, weeks, false_alarms)
    low, high = _count_limits(centre, known * width.factor, width.tail)
    level = _level(counts - centre, centre * known, width, weeks.is_judged)
    return Chart(
        kind, "", "tickets", counts, centre, low, high, expected is not None,
        weeks.is_judged, _run(weeks, false_alarms), level, _trend(score[weeks.is_judged], false_alarms),
    )  # fmt: skip


def share_chart(
    kind: str,
    about: str,
    hits: Floats,
    n: Floats,
    weeks: Weeks,
    false_alarms: float,
    *,
    expected: Floats | None = None,
) -> Chart:
    """Return the chart of a share; the centre is that of the usual weeks where none is expected.

    Parameters
    ----------
    hits, n
        By week: tickets of which it is so, and all.
    false_alarms
        As of `counts_chart`.
    """
    weeks = weeks.only(n > 0)
    own = float(hits[weeks.is_base].sum() / max(float(n[weeks.is_base].sum()), 1.0))
    centre = np.full(len(n), own) if expected is None else expected

    def angle(share: Floats) -> Floats:
        turned: Floats = np.arcsin(np.sqrt((share * n + _SHIFT) / (n + 2.0 * _SHIFT)))
        return turned

    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, hits / n, np.nan)
        width = _width(2.0 * np.sqrt(n + 0.5) * (angle(share) - angle(centre)), weeks, false_alarms)
        low, high = _share_limits(centre, n, width)
    level = _level(hits - centre * n, centre * (1.0 - centre) * n, width, weeks.is_judged)
    trend = _trend((share - centre)[weeks.is_judged], false_alarms)
    return Chart(
        kind, about, "share", share, centre, low, high, expected is not None,
        weeks.is_judged, _run(weeks, false_alarms), level, trend,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Width:
    """How wide limits are."""

    factor: float
    """Variance of the weeks over that of chance."""
    tail: float
    """Chance of a normal value beyond each limit."""
    level_reach: float
    """Standard deviations that all weeks together may be off."""


def _count_limits(centre: Floats, factor: Floats, tail: float) -> tuple[Floats, Floats]:
    """Return limits of counts: those of Poisson counts with the same ratio of mean and spread."""
    from scipy.special import pdtr, pdtrik

    mean = centre / factor
    low = np.where(pdtr(0.0, mean) < tail, pdtrik(tail, mean), 0.0) * factor
    high = (pdtrik(1.0 - tail, mean) + 1.0) * factor
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def _share_limits(centre: Floats, n: Floats, width: _Width) -> tuple[Floats, Floats]:
    """Return limits of shares: those of binomial ones of fewer tickets, where weeks differ by more."""
    from scipy.special import bdtrik

    worth = n / width.factor
    is_zero = (1.0 - centre) ** worth >= width.tail
    is_all = centre**worth >= width.tail
    low = np.where(is_zero, 0.0, bdtrik(width.tail, worth, centre) / worth)
    # From the other side: as many of the others as are at least expected.
    high = np.where(is_all, 1.0, 1.0 - bdtrik(width.tail, worth, 1.0 - centre) / worth)
    return np.asarray(low, np.float64), np.asarray(high, np.float64)


def _width(score: Floats, weeks: Weeks, false_alarms: float) -> _Width:
    """Return how wide limits are, half of the false alarms being for single weeks.

    Parameters
    ----------
    score
        Distance of each week from the centre, of spread 1 if chance alone is at work (on the scales of
        Anscombe, 1948: the square root, the arc sine).
    """
    from scipy.special import chdtrc, ndtr, ndtri, stdtrit

    of_level = false_alarms / 12.0
    by_chance = float(-ndtri(of_level))
    tail = false_alarms / 4.0 / max(int(weeks.is_judged.sum()), 1)
    usual = score[weeks.is_base & ~np.isnan(score)]
    if len(usual) < FEWEST_WEEKS:
        return _Width(1.0, tail, by_chance)
    spread = float(np.abs(np.diff(usual)).mean()) / _RANGE_OF_TWO
    freedom = _WORTH_OF_RANGES * (len(usual) - 1)
    if chdtrc(freedom, freedom * spread**2) > _EVIDENT:
        return _Width(1.0, tail, by_chance)
    together = freedom + _WEEKS_OF_CHANCE
    factor = (freedom * spread**2 + _WEEKS_OF_CHANCE) / together
    return _Width(factor, float(ndtr(stdtrit(together, tail))), float(-stdtrit(together, of_level)))


def _level(off: Floats, variance: Floats, width: _Width, is_judged: Flags) -> int:
    """Return 1 where the weeks together are above what is expected more than by chance, -1 below, else 0."""
    total, spread = float(off[is_judged].sum()), float(variance[is_judged].sum()) * width.factor
    return int(np.sign(total)) if abs(total) > width.level_reach * np.sqrt(spread) else 0


def _run(weeks: Weeks, false_alarms: float) -> int:
    """Return the weeks on one side that chance makes as seldom as a sixth of the false alarms."""
    n = int(weeks.is_judged.sum())
    run = SHORTEST_RUN
    while (n - run + 2) * 0.5**run > false_alarms / 6.0:
        run += 1
    return run


def _trend(value: Floats, false_alarms: float) -> int:
    """Return 1 where later weeks are higher more often than by chance, -1 where lower, else 0."""
    from scipy.special import ndtri

    known = value[~np.isnan(value)]
    n = len(known)
    if n < _FEWEST_FOR_TREND:
        return 0
    sign = float(np.sign(known[None, :] - known[:, None])[np.triu_indices(n, 1)].sum())
    spread = np.sqrt(n * (n - 1) * (2 * n + 5) / 18.0)
    if abs(sign) - 1.0 < -ndtri(false_alarms / 12.0) * spread:
        return 0
    return int(np.sign(sign))


def _lengths(side: Floats) -> NDArray[np.int64]:
    """Return how many weeks up to each lie on its side without interruption."""
    length, last = np.zeros(len(side), np.int64), 0.0
    for week, each in enumerate(side.tolist()):
        if each == each and each != 0.0:
            length[week] = (length[week - 1] if week and each == last else 0) + 1
        last = each
    return length
