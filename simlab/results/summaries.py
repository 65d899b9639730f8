"""Summaries of replications as named arrays, for the store, and back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from simlab.metrics.summary import ReplicationSummary, TimeDistribution
from simlab.metrics.window import Window
from simlab.results.parquet import Arrays


def summary_arrays(summary: ReplicationSummary) -> Arrays:
    """Named arrays that say the same as a summary; the points of its distributions one after the other."""
    distributions = summary.resolution
    return {
        "replication": np.array([summary.replication]),
        "name": summary.names,
        "value": summary.value,
        "numerator": summary.numerator,
        "denominator": summary.denominator,
        "resolution_dimension": [distribution.dimension for distribution in distributions],
        "resolution_label": [distribution.label for distribution in distributions],
        "resolution_n": np.array([distribution.n for distribution in distributions], np.int64),
        "resolution_first": np.cumsum([0, *(len(distribution.points) for distribution in distributions)]),
        "resolution_points": np.concatenate([np.empty(0), *(d.points for d in distributions)]),
        "window": np.array([summary.window.start, summary.window.end]),
        "truncated": [summary.truncated],
    }


def summary_of(arrays: Mapping[str, Any]) -> ReplicationSummary:
    """Summary from arrays made by :func:`summary_arrays`, bit for bit."""
    points = arrays["resolution_points"]
    distributions = zip(
        arrays["resolution_dimension"],
        arrays["resolution_label"],
        arrays["resolution_n"].tolist(),
        [points[first:end] for first, end in pairwise(arrays["resolution_first"])],
        strict=True,
    )
    start, end = arrays["window"].tolist()
    return ReplicationSummary(
        replication=int(arrays["replication"][0]),
        names=tuple(arrays["name"]),
        value=arrays["value"],
        numerator=arrays["numerator"],
        denominator=arrays["denominator"],
        resolution=tuple(TimeDistribution(*distribution) for distribution in distributions),
        window=Window(start, end),
        truncated=arrays["truncated"][0],
    )
