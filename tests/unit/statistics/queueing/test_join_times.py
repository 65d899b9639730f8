from __future__ import annotations

from itertools import combinations

import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import mean_join_time


def test_any_of_unequal_tasks_is_done_at_the_total_rate() -> None:
    assert mean_join_time([1.0, 2.0, 4.0], 1) == pytest.approx(1.0 / (1.0 + 0.5 + 0.25))


def test_all_of_unequal_tasks_follow_inclusion_and_exclusion() -> None:
    means = [1.0, 2.0, 3.0, 7.0]
    expected = sum(
        (-1.0) ** (size + 1) * sum(1.0 / sum(1.0 / m for m in chosen) for chosen in combinations(means, size))
        for size in range(1, 5)
    )
    assert mean_join_time(means) == pytest.approx(expected, rel=1e-12)


def test_second_of_three_unequal_tasks_is_median_by_hand() -> None:
    # E[second of 3] = sum of pairwise minima - 2 x overall minimum.
    pairs = sum(1.0 / (1.0 / a + 1.0 / b) for a, b in combinations([1.0, 2.0, 4.0], 2))
    assert mean_join_time([1.0, 2.0, 4.0], 2) == pytest.approx(
        pairs - 2.0 * mean_join_time([1.0, 2.0, 4.0], 1)
    )


@pytest.mark.parametrize(
    ("needed", "expected"), [(1, 6.0 / 3), (2, 6.0 / 3 + 6.0 / 2), (3, 6.0 / 3 + 6.0 / 2 + 6.0)]
)
def test_equal_tasks_follow_renyi(needed: int, expected: float) -> None:
    assert mean_join_time([6.0, 6.0, 6.0], needed) == pytest.approx(expected)


def test_nearly_equal_tasks_agree_with_equal_ones() -> None:
    assert mean_join_time([5.0] * 7 + [5.0 + 1e-9]) == pytest.approx(mean_join_time([5.0] * 8), rel=1e-8)


def test_hundred_equal_tasks_are_allowed_but_not_so_many_unequal_ones() -> None:
    assert mean_join_time([1.0] * 100) == pytest.approx(sum(1.0 / k for k in range(1, 101)))
    with pytest.raises(UsageError, match="at most 16 tasks of unequal means"):
        mean_join_time([1.0] * 16 + [2.0])


@pytest.mark.parametrize("needed", [0, 3])
def test_waiting_for_more_tasks_than_there_are_is_refused(needed: int) -> None:
    with pytest.raises(UsageError, match=f"between 1 and 2 of 2 tasks can be waited for; found {needed}"):
        mean_join_time([1.0, 1.0], needed)
