"""Tables of resolution times: their distribution, and their quantiles with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.estimates import pooled_quantile
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.summary import TimeDistribution
from simlab.reports.subjects import Subject
from simlab.reports.tables.table import Table, table
from simlab.statistics.intervals import sectioned_quantile_interval

Floats = NDArray[np.float64]

RISK_BAND: Final = ("lower", "lower low", "lower high", "upper", "upper low", "upper high")
"""Columns of a band in which single tickets or runs lie: its ends, each with an interval."""
RISK_LEVELS: Final = (0.05, 0.95)
POINTS: Final = 160
"""Points of a distribution curve."""
STATISTICS: Final = {
    "resolution_mean": "mean",
    "resolution_median": "half of the tickets within",
    "resolution_p90": "90 % within",
    "resolution_p95": "95 % within",
}


def resolution_distribution(subjects: Sequence[Subject]) -> Table:
    """Return the share of tickets resolved within a time, on one logarithmic grid for all scenarios."""
    kept = {subject.label: _overall(subject) for subject in subjects}
    grid = _grid([distribution for each in kept.values() for distribution in each])
    return table(
        "resolution_distribution",
        "Share of resolved tickets by time from creation to resolution, all replications together",
        ("scenario", ("within", "min"), ("tickets", "share")),
        (
            (label, minutes, share)
            for label, distributions in kept.items()
            for minutes, share in zip(grid, pooled_share(distributions, grid), strict=True)
        ),
    )


BINS_MIN: Final = (
    0.0, 5.0, 15.0, 60.0, 240.0, 480.0, 1440.0, 2880.0, 5 * 1440.0, 10 * 1440.0, 20 * 1440.0, 40 * 1440.0
)  # fmt: skip
"""Times at which people think: the bins of a histogram end there, the last one is open."""


def resolution_histogram(subjects: Sequence[Subject]) -> Table:
    """Return the share of tickets resolved within each of some spans of time, up to the longest time."""
    kept = {subject.label: _overall(subject) for subject in subjects}
    longest = max(
        (float(each.points[-1]) for parts in kept.values() for each in parts if each.n), default=0.0
    )
    n_bins = next((n for n, end in enumerate(BINS_MIN[1:], start=1) if end >= longest), len(BINS_MIN))
    ends = np.array([*BINS_MIN[1:], np.inf])[:n_bins]
    return table(
        "resolution_histogram",
        "Share of resolved tickets by span of time from creation to resolution, all replications together",
        ("scenario", ("from", "min"), ("to", "min"), ("tickets", "share")),
        (
            (label, start, end, share)
            for label, parts in kept.items()
            for start, end, share in zip(
                BINS_MIN, ends, np.diff(pooled_share(parts, ends), prepend=0.0), strict=False
            )
            if np.isfinite(share)
        ),
    )


def pooled_share(distributions: Sequence[TimeDistribution], minutes: Floats) -> Floats:
    """Return the share of all tickets resolved within so many minutes; every ticket weighs the same."""
    filled = [each for each in distributions if each.n]
    if not filled:
        return np.full(np.shape(minutes), np.nan)
    shares: Floats = np.average(
        [each.share_within(minutes) for each in filled], axis=0, weights=[each.n for each in filled]
    )
    return shares


def resolution_statistics(subjects: Sequence[Subject]) -> Table:
    """Return mean and quantiles of resolution time with their intervals."""
    return table(
        "resolution_times",
        "Time from creation to resolution",
        ("scenario", "statistic", ("time", "min"), ("low", "min"), ("high", "min")),
        (
            (subject.label, words, estimate.value, estimate.low, estimate.high)
            for subject in subjects
            for name, words in STATISTICS.items()
            if (estimate := subject.estimates.get(name)) is not None
        ),
    )


def resolution_risk(subjects: Sequence[Subject]) -> Table:
    """Return the mean resolution time, and between which times nine in ten tickets lie, with intervals."""
    rows: list[tuple[str | float, ...]] = []
    for subject in subjects:
        kept = _overall(subject)
        mean = subject.estimates["resolution_mean"]
        if not any(each.n for each in kept):
            continue
        ends = []
        for level in RISK_LEVELS:
            own = [pooled_quantile([each], level) for each in kept]
            end = sectioned_quantile_interval(own, pooled_quantile(kept, level), mean.confidence)
            ends += [end.value, max(end.low, 0.0), end.high]
        rows.append((subject.label, mean.value, mean.low, mean.high, *ends))
    columns = ("mean", "mean low", "mean high", *RISK_BAND)
    title = "Mean resolution time, and the times below which 5 % and 95 % of the tickets lie"
    return table("resolution_risk", title, ("scenario", *((name, "min") for name in columns)), rows)


def attainment(subjects: Sequence[Subject]) -> Table:
    """Return the share of tickets that met their target, by priority and clock; NaN rows left out."""
    clocks = {"respond_attainment": "response", "resolve_attainment": "resolution"}
    rows = (
        (subject.label, clock, priority, subject.estimates.get(f"{metric}[priority={priority}]"))
        for metric, clock in clocks.items()
        for subject in subjects
        for priority in subject.model.names.priorities
    )
    return table(
        "target_attainment",
        "Share of tickets within their target",
        ("scenario", "target", "priority", ("met", "share"), ("low", "share"), ("high", "share")),
        (
            (label, clock, priority, estimate.value, estimate.low, estimate.high)
            for label, clock, priority, estimate in rows
            if estimate is not None and not np.isnan(estimate.value)
        ),
    )


def _overall(subject: Subject) -> list[TimeDistribution]:
    return [
        distribution
        for summary in subject.run.summaries
        for distribution in summary.resolution
        if distribution.dimension == OVERALL
    ]


def _grid(distributions: Sequence[TimeDistribution]) -> Floats:
    """Return times that are evenly spaced on a logarithmic axis, from the 0.5 % quantile to the longest."""
    filled = [each.points for each in distributions if each.n]
    if not filled:
        return np.empty(0)
    longest = max(float(points[-1]) for points in filled)
    shortest = min(float(np.quantile(points, 0.005)) for points in filled)
    if longest <= 0.0:
        return np.array([1.0])
    return np.geomspace(min(max(shortest, longest * 1e-5, 0.1), longest), longest, POINTS)
