"""The compiled process as a graph."""

from __future__ import annotations

import pytest

from simlab.model.graph import circle_through, cycle_within

#            0 -> 1 -> 2 -> 0, 1 -> 3 -> 4 -> 1, 4 -> 4, 5 alone
FOLLOWING = [(1,), (2, 3), (0,), (4,), (4, 1), ()]


@pytest.mark.parametrize(
    ("step", "circle"), [(0, [0, 1, 2, 0]), (3, [3, 4, 1, 3]), (4, [4, 4]), (5, [5])], ids=str
)
def test_shortest_circle_through_a_step_begins_and_ends_with_it(step: int, circle: list[int]) -> None:
    assert circle_through(FOLLOWING, step) == circle


def test_circle_within_a_set_leaves_it_nowhere() -> None:
    assert cycle_within(FOLLOWING, {0, 1, 2}) == [0, 1, 2, 0]
    assert cycle_within(FOLLOWING, {0, 1, 3}) == []
