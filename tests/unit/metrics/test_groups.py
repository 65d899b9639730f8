from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simlab.metrics.groups import Grouping, Scores, counts, everything, means, quantiles, quotient, sums

GROUPS = Grouping(np.array([1, 0, 1, -1, 1], np.int32), 3)
VALUES = np.array([1.0, 10.0, 2.0, 100.0, 6.0])


def test_counts_sums_and_means_leave_out_records_without_group() -> None:
    np.testing.assert_array_equal(counts(GROUPS), [1, 3, 0])
    np.testing.assert_array_equal(sums(VALUES, GROUPS), [10, 9, 0])
    np.testing.assert_array_equal(means(VALUES, GROUPS), [10, 3, np.nan])


def test_statistics_of_no_records_are_floats_of_every_group() -> None:
    nobody = Grouping(np.empty(0, np.int32), 2)
    assert sums(np.empty(0), nobody).dtype == np.float64
    np.testing.assert_array_equal(means(np.empty(0), nobody), [np.nan, np.nan])
    np.testing.assert_array_equal(quantiles(np.empty(0), [nobody], (0.5,))[0], [[np.nan, np.nan]])


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(-1, 3)), min_size=1, max_size=60),
    st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4),
)
def test_quantiles_of_groups_are_those_of_their_values_alone(
    records: list[tuple[float, int]], levels: list[float]
) -> None:
    values = np.array([value for value, _ in records])
    grouping = Grouping(np.array([code for _, code in records]), 4)
    found, overall = quantiles(values, [grouping, everything(len(values))], levels)
    np.testing.assert_allclose(overall[:, 0], np.quantile(values, levels), rtol=1e-12, atol=1e-9)
    for code in range(4):
        mine = values[grouping.code == code]
        expected = np.quantile(mine, levels) if len(mine) else np.full(len(levels), np.nan)
        np.testing.assert_allclose(found[:, code], expected, rtol=1e-12, atol=1e-9)


def test_quantiles_keep_groups_apart_beyond_16_bits() -> None:
    n = 40_000
    values = np.arange(float(n))[::-1].copy()
    found = quantiles(values, [Grouping(np.arange(n), n)], (0.5,))[0][0]
    np.testing.assert_array_equal(found, values)


def test_quotient_is_nan_over_zero_and_scores_of_a_ratio_keep_both_parts() -> None:
    np.testing.assert_array_equal(quotient([1.0, 0.0], [0.0, 2.0]), [np.nan, 0.0])
    scores = Scores.ratio([3.0, 1.0], [4.0, 0.0])
    np.testing.assert_array_equal(scores.value, [0.75, np.nan])
    np.testing.assert_array_equal(scores.numerator, [3.0, 1.0])
    np.testing.assert_array_equal(scores.denominator, [4.0, 0.0])
    assert np.isnan(Scores.of([1.0, 2.0]).numerator).all()
