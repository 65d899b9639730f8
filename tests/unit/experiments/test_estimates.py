from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from simlab.experiments.estimates import estimate, estimates, pooled_quantile
from simlab.metrics.summary import ReplicationSummary, TimeDistribution
from simlab.metrics.window import Window

NAN = float("nan")


def summary_of(
    number: int, figures: Mapping[str, tuple[float, float, float]], times: Sequence[float] = ()
) -> ReplicationSummary:
    value, above, below = np.array(list(figures.values())).T
    points = np.sort(np.array(times, dtype=np.float64))
    return ReplicationSummary(
        replication=number,
        names=tuple(figures),
        value=value,
        numerator=above,
        denominator=below,
        resolution=(TimeDistribution("", "", len(points), points),),
        window=Window(0.0, 1.0),
        truncated="",
    )


def test_mean_is_averaged_over_replications() -> None:
    summaries = [summary_of(i, {"resolution_mean": (v, NAN, NAN)}) for i, v in enumerate((10.0, 14.0))]
    found = estimate(summaries, "resolution_mean")
    assert found.value == 12.0
    # t(1 degree of freedom, 97.5 %) = 12.7062; standard error 2.
    assert found.half_width == pytest.approx(2 * 12.7062, rel=1e-5)


@pytest.mark.parametrize(
    ("name", "values", "low", "high"),
    [
        # The radius is 12.7062 times half the difference: 12.7 for these.
        ("wait_mean", (1.0, 3.0), 0.0, 2.0 + 12.7062),
        ("cost_per_week", (1.0, 3.0), 0.0, 2.0 + 12.7062),
        ("queue_growth_per_week", (1.0, 3.0), 2.0 - 12.7062, 2.0 + 12.7062),
        ("satisfaction_mean", (3.0, 5.0), 1.0, 5.0),
        ("lever_level[lever=kb]", (0.25, 0.75), 0.0, 1.0),
    ],
)
def test_interval_ends_where_the_figure_cannot_be(
    name: str, values: tuple[float, float], low: float, high: float
) -> None:
    summaries = [summary_of(i, {name: (v, NAN, NAN)}) for i, v in enumerate(values)]
    found = estimate(summaries, name)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-5)
    assert found.half_width == pytest.approx(12.7062 * (values[1] - values[0]) / 2.0, rel=1e-5)


def test_share_is_pooled_over_tickets() -> None:
    summaries = [
        summary_of(0, {"resolve_attainment": (0.5, 1.0, 2.0)}),
        summary_of(1, {"resolve_attainment": (0.75, 6.0, 8.0)}),
    ]
    assert estimate(summaries, "resolve_attainment").value == 0.7


def test_share_without_any_ticket_has_no_value() -> None:
    summaries = [summary_of(i, {"resolve_attainment": (NAN, 0.0, 0.0)}) for i in range(3)]
    found = estimate(summaries, "resolve_attainment")
    assert np.isnan(found.value)
    assert not found.has_interval


def test_share_of_time_may_exceed_one_through_overtime() -> None:
    summaries = [summary_of(i, {"utilisation": (1.2, v, 10.0)}) for i, v in enumerate((11.0, 13.0))]
    assert estimate(summaries, "utilisation").value == pytest.approx(1.2)


def test_quantile_of_resolution_is_that_of_all_tickets_together() -> None:
    times = ([1.0, 2.0, 3.0], [4.0, 5.0])
    summaries = [
        summary_of(i, {"resolution_median": (float(np.median(each)), NAN, NAN)}, each)
        for i, each in enumerate(times)
    ]
    found = estimate(summaries, "resolution_median")
    assert found.value == 3.0
    assert "sectioning" in found.method


def test_quantile_without_a_kept_distribution_is_averaged() -> None:
    summaries = [summary_of(i, {"wait_p90": (v, NAN, NAN)}) for i, v in enumerate((10.0, 20.0))]
    assert estimate(summaries, "wait_p90").value == 15.0


def test_pooled_quantile_weighs_distributions_by_their_tickets() -> None:
    # 3,000 tickets that took 0 and 1,000 that took 1, each kept as few points.
    many = TimeDistribution("", "", 3000, np.zeros(1001))
    few = TimeDistribution("", "", 1000, np.ones(1001))
    assert pooled_quantile([many, few], 0.74) == 0.0
    assert pooled_quantile([many, few], 0.76) == 1.0


def test_pooled_quantile_of_nothing_is_nan() -> None:
    assert np.isnan(pooled_quantile([TimeDistribution("", "", 0, np.empty(0))], 0.5))


def test_estimates_come_in_the_order_of_the_catalogue_or_as_asked() -> None:
    figures = {"resolution_mean": (1.0, NAN, NAN), "wait_mean": (2.0, NAN, NAN)}
    summaries = [summary_of(i, figures) for i in range(2)]
    assert list(estimates(summaries)) == ["resolution_mean", "wait_mean"]
    assert list(estimates(summaries, names=["wait_mean"])) == ["wait_mean"]
    assert estimates([]) == {}


def test_response_that_a_replication_does_not_have_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="wait_mean"):
        estimate([summary_of(0, {"resolution_mean": (1.0, NAN, NAN)})], "wait_mean")


# Tickets of one run wait behind each other: however many there are, they are no basis for an interval.


def with_tickets(repeated: int, replications: int) -> list[ReplicationSummary]:
    """Replications, each of whose tickets is there several times."""
    generator = np.random.default_rng(1)
    summaries = []
    for number in range(replications):
        times = np.repeat(generator.exponential(size=200), repeated)
        within = np.count_nonzero(times <= 1.0)
        figures = {
            "resolution_mean": (float(times.mean()), float(times.sum()), float(times.size)),
            "resolve_attainment": (within / times.size, float(within), float(times.size)),
            "resolution_p90": (float(np.quantile(times, 0.9)), NAN, NAN),
        }
        summaries.append(summary_of(number, figures, times.tolist()))
    return summaries


def test_tickets_of_one_replication_however_many_give_no_interval() -> None:
    found = estimates(with_tickets(50, replications=1))
    assert len(found) == 3
    for each in found.values():
        assert np.isfinite(each.value)
        assert not each.has_interval
        assert np.isnan([each.low, each.high]).all()


def test_more_tickets_in_each_replication_that_tell_nothing_new_narrow_no_interval() -> None:
    once, often = (estimates(with_tickets(repeated, replications=10)) for repeated in (1, 50))
    for name in ("resolution_mean", "resolve_attainment"):
        assert often[name].half_width == pytest.approx(once[name].half_width)
    # The quantile falls between other tickets where each is there more often.
    assert often["resolution_p90"].half_width == pytest.approx(once["resolution_p90"].half_width, rel=0.2)
