"""What is asked of a replication: metrics and dimensions. Of the rest, no figure is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.metrics.catalogue import TIME_QUANTILES
from simlab.metrics.groups import Grouping, Scores, counts, means, quantiles, sums
from simlab.metrics.responses import Response
from simlab.metrics.window import Window

Floats = NDArray[np.float64]
Values = NDArray[np.float64] | NDArray[np.integer]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Groupings: TypeAlias = Mapping[str, Grouping]
Scoreboard: TypeAlias = dict[tuple[str, str], Scores]
"""Scores by metric and dimension, in order of the labels of the dimension."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Metrics with the dimensions by which they are asked for."""

    keys: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, responses: Iterable[Response]) -> Asked:
        """Return what the responses are made of."""
        return cls(frozenset((response.metric.name, response.dimension) for response in responses))

    @property
    def metrics(self) -> frozenset[str]:
        """Names of the metrics."""
        return frozenset(metric for metric, _ in self.keys)

    def any_of(self, metrics: Iterable[str]) -> bool:
        """Whether one of the metrics is asked for."""
        return not self.metrics.isdisjoint(metrics)

    def splits(self, metric: str, groupings: Groupings) -> list[str]:
        """Return the dimensions of groupings by which a metric is asked for."""
        return [dimension for dimension in groupings if (metric, dimension) in self.keys]


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of some records by each dimension; values are only made where a figure of them is asked for."""

    asked: Asked
    groupings: Groupings
    """Of all records."""
    rows: Rows | Flags | None = None
    """Those that the figures are about; all where not given."""
    _split: dict[str, Grouping] = field(default_factory=dict)

    def by(self, dimension: str) -> Grouping:
        """Return how the records are grouped by a dimension."""
        if dimension not in self._split:
            grouping = self.groupings[dimension]
            self._split[dimension] = grouping if self.rows is None else grouping.of(self.rows)
        return self._split[dimension]

    def means(self, metric: str, values: Callable[[], Values]) -> Scoreboard:
        """Return the mean of values of the records."""
        splits = self.asked.splits(metric, self.groupings)
        if not splits:
            return {}
        found = values()
        return {(metric, each): Scores.of(means(found, self.by(each))) for each in splits}

    def shares(self, metric: str, counted: Callable[[], Flags]) -> Scoreboard:
        """Return the share of the records that count."""
        splits = self.asked.splits(metric, self.groupings)
        if not splits:
            return {}
        found = counted()
        return {
            (metric, each): Scores.ratio(sums(found, self.by(each)), counts(self.by(each))) for each in splits
        }

    def numbers(self, metric: str, per: float = 1.0) -> Scoreboard:
        """Return the number of records, in proportion to a size such as the weeks of the window."""
        splits = self.asked.splits(metric, self.groupings)
        return {(metric, each): Scores.of(counts(self.by(each)) / per) for each in splits}

    def rates(self, metric: str, window: Window) -> Scoreboard:
        """Return the number of records per week."""
        return self.numbers(metric, window.weeks or np.nan)

    def times(self, stem: str, minutes: Callable[[], Floats]) -> Scoreboard:
        """Return the mean of times, and their quantiles, which sort them."""
        names = {statistic: f"{stem}_{statistic}" for statistic, _ in TIME_QUANTILES}
        sorted_by = [
            each
            for each in self.groupings
            if any((metric, each) in self.asked.keys for metric in names.values())
        ]
        if not sorted_by and not self.asked.splits(f"{stem}_mean", self.groupings):
            return {}
        found = minutes()
        scores = self.means(f"{stem}_mean", lambda: found)
        levels = [level for _, level in TIME_QUANTILES]
        grid = quantiles(found, [self.by(each) for each in sorted_by], levels) if sorted_by else []
        for dimension, rows in zip(sorted_by, grid, strict=True):
            for metric, row in zip(names.values(), rows, strict=True):
                scores[metric, dimension] = Scores.of(row)
        return scores
