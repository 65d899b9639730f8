"""Fork and join: when the first, the n-th or the last of parallel exponential tasks is done."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from simlab.errors import UsageError
from simlab.statistics.queueing.checks import require_positive

MAX_UNEQUAL = 16
"""Unequal branches that are solved: the work doubles with each."""


def mean_join_time(means: Sequence[float], needed: int | None = None) -> float:
    """Mean time until ``needed`` of parallel, independent exponential tasks are done, all started together.

    By the memoryless property: the next completion among the set that still runs comes after 1 / (its total
    rate) and is task i with probability in proportion to its rate. m tasks of equal mean s give s (1/m +
    ... + 1/(m - n + 1)).

    Parameters
    ----------
    means
        Mean of each task; at most 16 if they are not all equal.
    needed
        How many must be done: 1 is "any"; None (the default) is "all".

    References
    ----------
    David and Nagaraja, *Order Statistics*, 3rd ed., section 2.5 (Renyi's representation).
    """
    count = len(means)
    goal = count if needed is None else needed
    if not 1 <= goal <= count:
        raise UsageError(f"between 1 and {count} of {count} tasks can be waited for; found {goal}")
    for mean in means:
        require_positive("the mean of a task", mean)
    if all(mean == means[0] for mean in means):
        return float(means[0]) * sum(1.0 / k for k in range(count, count - goal, -1))
    if count > MAX_UNEQUAL:
        raise UsageError(f"at most {MAX_UNEQUAL} tasks of unequal means are supported; found {count}")

    @cache
    def remaining(running: int) -> float:
        """Mean time to go while the tasks of this bit set still run."""
        if count - running.bit_count() >= goal:
            return 0.0
        rates = {i: 1.0 / means[i] for i in range(count) if running >> i & 1}
        after = sum(rate * remaining(running & ~(1 << i)) for i, rate in rates.items())
        return (1.0 + after) / sum(rates.values())

    return remaining((1 << count) - 1)
