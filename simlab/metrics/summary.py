"""One replication in numbers: a value for every response, and the distribution of resolution times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.asked import Asked, Scoreboard
from simlab.metrics.catalogue import METRICS, OVERALL, Needs
from simlab.metrics.contacts import contact_scores
from simlab.metrics.control import control_scores
from simlab.metrics.feedback import feedback_scores
from simlab.metrics.money import costs, money_scores, run_counts
from simlab.metrics.responses import Response, labels, resolve_response, responses
from simlab.metrics.states import state_scores
from simlab.metrics.teams import (
    OF_USE,
    growth_of_queues,
    growth_score,
    person_time,
    queue_scores,
    slot_scores,
    use_scores,
    work_minutes,
)
from simlab.metrics.tickets import resolved_within, ticket_groupings, ticket_scores
from simlab.metrics.visits import (
    NO_WAITS,
    OF_WAITS,
    Waits,
    automation_runs,
    automation_scores,
    interruption_scores,
    wait_scores,
    waits_in,
)
from simlab.metrics.window import Window, observation_window
from simlab.model.tables import Model

Floats = NDArray[np.float64]

GRID_POINTS: Final = 1001
"""Most points that are kept of a distribution."""
OF_MONEY: Final = tuple(metric.name for metric in METRICS if metric.needs is Needs.MONEY)
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


def summarise(model: Model, logs: RunLogs, names: Sequence[str] | None = None) -> ReplicationSummary:
    """Return figures of a replication, over its observation window.

    Parameters
    ----------
    model, logs
        What ran, and what it left.
    names
        The responses to compute, without distributions; every response of the catalogue where not given.
    """
    window = observation_window(model, logs.totals)
    catalogue = responses(model) if names is None else chosen_responses(model, names)
    asked = Asked.of(catalogue)
    waits = waits_in(logs.visits, window) if asked.any_of(OF_WAITS) else NO_WAITS
    summary = summary_of(model, logs, catalogue, waits, Sums.of(model, logs, window, asked))
    if names is not None:
        return summary
    return replace(summary, resolution=resolution_distributions(model, logs, window))


def chosen_responses(model: Model, names: Sequence[str]) -> tuple[Response, ...]:
    """Return the responses of these names; InvalidInput where the model does not have one of them."""
    return tuple(resolve_response(name, model) for name in names)


@dataclass(frozen=True, slots=True)
class Sums:
    """What figures need of the visits and of the work of people, added up row by row.

    So it can be made of one part of the logs after the other, see `simlab.metrics.parts`. What no figure that
    is asked for needs is zero.
    """

    runs: Floats
    """As `automation_runs`."""
    priced_runs: Floats
    """As `run_counts`."""
    growth: int
    """As `growth_of_queues`."""
    work: Floats
    """As `work_minutes`."""

    @classmethod
    def of(
        cls, model: Model, logs: RunLogs, window: Window, asked: Asked, before: Sums | None = None
    ) -> Sums:
        """Return them of some rows, added to those of the rows before; the window may have no end yet."""
        visits, has_money = logs.visits, asked.any_of(OF_MONEY)
        so_far = before or cls.nothing(model)
        runs, priced, growth, work = so_far.runs, so_far.priced_runs, so_far.growth, so_far.work
        if asked.any_of(["automation_share"]):
            runs = runs + automation_runs(model, visits, window)
        if has_money:
            priced = priced + run_counts(model, logs, window)
        if asked.any_of(["queue_growth_per_week"]):
            growth = growth + growth_of_queues(visits, window)
        if has_money or asked.any_of(OF_USE):
            work = work_minutes(model, logs, window, work)
        return cls(runs, priced, growth, work)

    @classmethod
    def nothing(cls, model: Model) -> Sums:
        """Return the sums of no rows."""
        n = len(model.names.automations)
        return cls(np.zeros((2, n)), np.zeros((1, n)), 0, np.zeros((2, len(model.names.people))))


def summary_of(
    model: Model, logs: RunLogs, catalogue: Sequence[Response], waits: Waits, sums: Sums
) -> ReplicationSummary:
    """Return the responses of a replication, of which visits and work may have been put in sums before."""
    window, asked = observation_window(model, logs.totals), Asked.of(catalogue)
    scores = {
        **ticket_scores(model, logs, window, asked),
        **wait_scores(model, waits, asked),
        **interruption_scores(model, logs, window, asked),
        **automation_scores(model, logs, window, sums.runs),
        **feedback_scores(model, logs, window, asked),
        **state_scores(model, logs, window),
        **slot_scores(model, logs, window, asked),
        **queue_scores(model, logs, window, asked),
        **growth_score(window, sums.growth),
        **control_scores(model, logs, window),
        **contact_scores(model, logs, window, asked),
        **_scores_of_people(model, logs, window, asked, sums),
    }
    value, numerator, denominator = _figures(scores, model, catalogue)
    return ReplicationSummary(
        replication=logs.replication,
        names=tuple(response.name for response in catalogue),
        value=value,
        numerator=numerator,
        denominator=denominator,
        resolution=(),
        window=window,
        truncated=logs.totals.truncated,
    )


def _scores_of_people(model: Model, logs: RunLogs, window: Window, asked: Asked, sums: Sums) -> Scoreboard:
    """Return how people are used, and what they and everything else cost."""
    has_money = asked.any_of(OF_MONEY)
    if not has_money and not asked.any_of(OF_USE):
        return {}
    time = person_time(model, logs, window, sums.work)
    scores = use_scores(model, window, time)
    if has_money:
        scores |= money_scores(logs, window, costs(model, logs, window, time, sums.priced_runs), asked)
    return scores


def _figures(scores: Scoreboard, model: Model, catalogue: Sequence[Response]) -> Floats:
    """Value, numerator and denominator of each response, (3, n)."""
    dimensions = {response.dimension for response in catalogue}
    places = {each: {label: i for i, label in enumerate(labels(model, each))} for each in dimensions}
    figures = np.empty((3, len(catalogue)))
    for column, response in zip(figures.T, catalogue, strict=True):
        score, place = (
            scores[response.metric.name, response.dimension],
            places[response.dimension][response.label],
        )
        column[:] = score.value[place], score.numerator[place], score.denominator[place]
    return figures


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
