from __future__ import annotations

import numpy as np
import pytest

from simlab.experiments.runs import ScenarioRun
from simlab.metrics.summary import TimeDistribution
from simlab.reports.subjects import subject_of
from simlab.reports.tables.times import (
    Floats,
    attainment,
    pooled_share,
    resolution_distribution,
    resolution_histogram,
    resolution_statistics,
)


def test_shares_of_replications_are_pooled_by_their_tickets() -> None:
    few = TimeDistribution("", "", 1, np.array([10.0]))
    many = TimeDistribution("", "", 3, np.array([10.0, 20.0, 30.0]))
    none = TimeDistribution("", "", 0, np.empty(0))
    # Of the four tickets two took 10 min, then one each 20 and 30 min.
    np.testing.assert_allclose(
        pooled_share([few, many, none], np.array([5.0, 10.0, 20.0, 30.0])), [0, 0.5, 0.75, 1]
    )


def test_the_share_without_any_ticket_is_not_a_number() -> None:
    assert np.isnan(pooled_share([], np.array([1.0]))).all()


def _resolution_times(run: ScenarioRun) -> Floats:
    """Minutes of all tickets that are resolved in the windows of the replications."""
    return np.concatenate(
        [
            (tickets.resolved - tickets.created)[
                (tickets.outcome == 1)
                & (tickets.resolved >= run.model.warm_up)
                & (tickets.resolved <= run.model.length)
            ]
            for tickets in (logs.tickets for logs in run.kept.values())
        ]
    )


def test_the_distribution_is_that_of_all_tickets_resolved_in_the_windows(base: ScenarioRun) -> None:
    curve, times = resolution_distribution([subject_of(base)]), _resolution_times(base)
    within = curve.numbers("within")
    expected = [(times <= minutes).mean() for minutes in within]
    np.testing.assert_allclose(curve.numbers("tickets"), expected, atol=1e-12)
    assert curve.numbers("tickets")[-1] == 1.0


def test_a_histogram_counts_the_tickets_of_each_span(base: ScenarioRun) -> None:
    bins = resolution_histogram([subject_of(base)])
    curve = resolution_distribution([subject_of(base)])
    starts, ends, shares = (bins.numbers(name) for name in ("from", "to", "tickets"))
    np.testing.assert_array_equal(starts[1:], ends[:-1])
    assert shares.sum() == pytest.approx(1.0)
    times = _resolution_times(base)
    expected = [((times > start) & (times <= end)).mean() for start, end in zip(starts, ends, strict=True)]
    np.testing.assert_allclose(shares, expected, atol=1e-12)
    assert ends[-2] < curve.numbers("within")[-1] <= ends[-1]


def test_statistics_are_the_estimates_of_the_run(base: ScenarioRun) -> None:
    rows = resolution_statistics([subject_of(base, "today")]).where(statistic="mean").rows
    estimate = base.estimates()["resolution_mean"]
    assert rows == (("today", "mean", estimate.value, estimate.low, estimate.high),)


def test_priorities_without_a_target_are_left_out_of_attainment(base: ScenarioRun) -> None:
    met = attainment([subject_of(base)])
    assert [row[1:3] for row in met.rows] == [("response", "P1"), ("resolution", "P1"), ("resolution", "P2")]
    assert met.numbers("met")[0] == pytest.approx(base.estimates()["respond_attainment[priority=P1]"].value)
