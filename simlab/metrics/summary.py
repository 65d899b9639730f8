"""One replication in numbers: a value for every response, and the distribution of resolution times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.contacts import contact_scores
from simlab.metrics.control import control_scores
from simlab.metrics.feedback import feedback_scores
from simlab.metrics.money import costs, money_scores
from simlab.metrics.responses import labels, responses
from simlab.metrics.states import state_scores
from simlab.metrics.teams import person_time, team_scores
from simlab.metrics.tickets import resolved_within, ticket_groupings, ticket_scores, visit_scores
from simlab.metrics.window import Window, observation_window
from simlab.model.tables import Model

Floats = NDArray[np.float64]

GRID_POINTS: Final = 1001
"""Most points that are kept of a distribution."""
DISTRIBUTION_DIMENSIONS: Final = (OVERALL, "priority", "class")


@dataclass(frozen=True, slots=True)
class TimeDistribution:
    """How resolution times of some tickets were distributed, in elapsed minutes.

    ``points[k]`` is the quantile at level ``k / (len(points) - 1)``: the sorted times themselves when there
    are at most `GRID_POINTS`, else that many quantiles.
    """

    dimension: str
    label: str
    n: int
    """Tickets behind it."""
    points: Floats

    def share_within(self, minutes: Floats) -> Floats:
        """Return the share of tickets resolved within so many minutes; NaN when there was none."""
        if self.n == 0:
            return np.full(np.shape(minutes), np.nan)
        shares: Floats = np.searchsorted(self.points, minutes, side="right") / len(self.points)
        return shares


@dataclass(frozen=True, slots=True)
class ReplicationSummary:
    """Every response of one replication, in the order of the catalogue."""

    replication: int
    names: tuple[str, ...]
    value: Floats
    """NaN where there was nothing to go by, such as the mean of no tickets."""
    numerator: Floats
    """Of ratios, else NaN."""
    denominator: Floats
    resolution: tuple[TimeDistribution, ...]
    """Of all tickets, then by priority, then by class."""
    window: Window
    truncated: str
    """Empty, or why the run ended before its time."""

    def of(self, name: str) -> float:
        """Return the value of a response; KeyError when the replication does not have it."""
        try:
            return float(self.value[self.names.index(name)])
        except ValueError:
            raise KeyError(name) from None


def summarise(model: Model, logs: RunLogs) -> ReplicationSummary:
    """Return every response of a replication, over its observation window."""
    window = observation_window(model, logs.totals)
    time = person_time(model, logs, window)
    scores = {
        **ticket_scores(model, logs, window),
        **visit_scores(model, logs, window),
        **feedback_scores(model, logs, window),
        **state_scores(model, logs, window),
        **team_scores(model, logs, window, time),
        **control_scores(model, logs, window),
        **contact_scores(model, logs, window),
        **money_scores(model, logs, window, costs(model, logs, window, time)),
    }
    catalogue = responses(model)
    asked = dict.fromkeys((response.metric.name, response.dimension) for response in catalogue)
    chosen = [scores[key] for key in asked]
    return ReplicationSummary(
        replication=logs.replication,
        names=tuple(response.name for response in catalogue),
        value=np.concatenate([score.value for score in chosen]),
        numerator=np.concatenate([score.numerator for score in chosen]),
        denominator=np.concatenate([score.denominator for score in chosen]),
        resolution=resolution_distributions(model, logs, window),
        window=window,
        truncated=logs.totals.truncated,
    )


def resolution_distributions(model: Model, logs: RunLogs, window: Window) -> tuple[TimeDistribution, ...]:
    """Return the distribution of resolution times, of all tickets and by priority and class."""
    rows = resolved_within(logs.tickets, window)
    minutes = logs.tickets.resolved[rows] - logs.tickets.created[rows]
    order = np.argsort(minutes)
    ascending, rows = minutes[order], rows[order]
    groupings = ticket_groupings(model, logs.tickets)
    return tuple(
        _distribution(dimension, label, ascending[groupings[dimension].code[rows] == code])
        for dimension in DISTRIBUTION_DIMENSIONS
        for code, label in enumerate(labels(model, dimension))
    )


def _distribution(dimension: str, label: str, ascending: Floats) -> TimeDistribution:
    n = len(ascending)
    if n <= GRID_POINTS:
        return TimeDistribution(dimension, label, n, ascending)
    position = np.linspace(0.0, n - 1, GRID_POINTS)
    return TimeDistribution(dimension, label, n, np.interp(position, np.arange(n), ascending))
