"""How people are shared out to crews."""

from __future__ import annotations

import pytest

from simlab.calibrate.crews import shared_out


@pytest.mark.parametrize(
    ("people", "shares", "expected"),
    [(7, [0.6, 0.4], [4, 3]), (3, [0.9, 0.05, 0.05], [1, 1, 1]), (10, [0.97, 0.03], [9, 1])],
)
def test_people_are_shared_out_by_the_work_and_every_crew_has_somebody(
    people: int, shares: list[float], expected: list[int]
) -> None:
    assert shared_out(people, shares) == expected
