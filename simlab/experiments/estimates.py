"""Responses over replications: each by the method that suits how it is made of its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.catalogue import Estimator, Metric
from simlab.metrics.responses import Response, parse_response
from simlab.metrics.summary import ReplicationSummary, TimeDistribution
from simlab.model.satisfaction import HIGHEST, LOWEST
from simlab.statistics.control_variates import controlled
from simlab.statistics.intervals import (
    Estimate,
    clipped,
    mean_interval,
    pseudo_values,
    ratio_interval,
    sectioned_quantile_interval,
    share_interval,
)

Floats = NDArray[np.float64]

_SHARES_OF_TIME: Final = frozenset({"utilisation", "occupancy"})
"""Shares that are not counts of tickets: overtime may take them beyond 1."""
_OF_EITHER_SIGN: Final = frozenset({"queue_growth_per_week"})
_KEPT_DISTRIBUTIONS: Final = frozenset({"resolution_median", "resolution_p90", "resolution_p95"})
"""Quantiles of which summaries keep the distribution."""


def estimates(
    summaries: Sequence[ReplicationSummary],
    confidence: float = 0.95,
    names: Sequence[str] | None = None,
    controls: Floats | None = None,
) -> dict[str, Estimate]:
    """Return the estimate of every response, or of those named, by name in the order of the catalogue.

    Parameters
    ----------
    summaries
        Replications of one scenario.
    confidence
        Nominal coverage of each interval, between 0 and 1.
    names
        Responses wanted; all where not given. KeyError when a replication does not have one.
    controls
        Control variates of each replication, shape (n, k), with a mean of 0; see
        `simlab.statistics.control_variates`.
    """
    wanted = (summaries[0].names if summaries else ()) if names is None else names
    return {name: estimate(summaries, name, confidence, controls) for name in wanted}


def estimate(
    summaries: Sequence[ReplicationSummary],
    name: str,
    confidence: float = 0.95,
    controls: Floats | None = None,
) -> Estimate:
    """Return the estimate of one response; KeyError when a replication does not have it.

    Means and totals: Student's t over replications. Ratios: pooled, with a jackknife interval. Quantiles
    of the resolution time: pooled over all tickets, by sectioning; others: Student's t over the
    replications' own quantiles, which needs enough tickets in each. Control variates serve all but the pooled
    quantiles. Intervals end where the figure cannot be: times, counts and cost at 0, scores at 1 and 5.
    """
    response = parse_response(name)
    values = of_replications(summaries, name)
    match response.metric.estimator:
        case Estimator.RATIO:
            told = _ratio(summaries, name, response.metric, confidence, controls)
        case Estimator.QUANTILE if (pooled := _pooled(summaries, response)) is not None:
            told = sectioned_quantile_interval(values, pooled, confidence)
        case _:
            told = mean_interval(values, confidence)
            told = told if controls is None else controlled(told, values, controls)
    return clipped(told, *_range_of(response.metric))


def _range_of(metric: Metric) -> tuple[float, float]:
    """Least and greatest value that a figure can have."""
    if metric.name in _OF_EITHER_SIGN:
        return -np.inf, np.inf
    if metric.unit == "points":
        return LOWEST, HIGHEST
    return 0.0, 1.0 if metric.unit == "share" and metric.name not in _SHARES_OF_TIME else np.inf


def of_replications(summaries: Sequence[ReplicationSummary], name: str) -> Floats:
    """Return the response of each replication, shape (n,); NaN where there was nothing to go by."""
    return np.array([summary.of(name) for summary in summaries])


def pooled_quantile(distributions: Sequence[TimeDistribution], level: float) -> float:
    """Return the quantile of all tickets behind some distributions; NaN where there are none."""
    filled = [each for each in distributions if each.n]
    if not filled:
        return np.nan
    points = np.concatenate([each.points for each in filled])
    weights = np.repeat([each.n / len(each.points) for each in filled], [len(each.points) for each in filled])
    if np.all(weights == 1.0):
        return float(np.quantile(points, level))
    return float(np.quantile(points, level, weights=weights, method="inverted_cdf"))


def _ratio(
    summaries: Sequence[ReplicationSummary],
    name: str,
    metric: Metric,
    confidence: float,
    controls: Floats | None,
) -> Estimate:
    places = [summary.names.index(name) for summary in summaries]
    above = [summary.numerator[place] for summary, place in zip(summaries, places, strict=True)]
    below = [summary.denominator[place] for summary, place in zip(summaries, places, strict=True)]
    counts_tickets = metric.unit == "share" and metric.name not in _SHARES_OF_TIME
    plain = (share_interval if counts_tickets else ratio_interval)(above, below, confidence)
    if controls is None or not plain.has_interval:
        return plain
    return controlled(plain, pseudo_values(above, below), controls)


def _pooled(summaries: Sequence[ReplicationSummary], response: Response) -> float | None:
    """Return the quantile of all tickets together, where the summaries know their distribution."""
    metric = response.metric
    if metric.name not in _KEPT_DISTRIBUTIONS or metric.level is None:
        return None
    kept = [
        distribution
        for summary in summaries
        for distribution in summary.resolution
        if (distribution.dimension, distribution.label) == (response.dimension, response.label)
    ]
    return pooled_quantile(kept, metric.level) if kept else None
