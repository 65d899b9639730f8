"""Concurrent events as branches of cases."""

from __future__ import annotations

import numpy as np

from simlab.calibrate.branching import FEWEST, branched, unbranched
from tests.unit.calibrate.paths_for_tests import paths_from, random_paths

MANY = 30
Case = list[tuple[str, float, float]]
CHAIN: Case = [
    ("ask", 0, 5),
    ("check", 10, 40),
    ("weigh", 20, 30),
    ("rate", 32, 50),
    ("answer", 60, 70),
]


def shown(case: Case) -> list[list[tuple[str, float, float]]]:
    """What becomes of a case that is there many times: the case itself, and its branches."""
    found = branched(paths_from([case] * MANY))
    paths = found.paths
    cases = [0, *np.flatnonzero((found.parent == 0) & (np.arange(len(found.parent)) >= MANY)).tolist()]
    return [
        [
            (paths.activities[paths.activity[row]], float(paths.start[row]), float(paths.end[row]))
            for row in range(paths.first[each], paths.first[each + 1])
        ]
        for each in cases
    ]


def test_concurrent_events_become_one_and_a_branch_each_goes_on_with_what_it_does_not_overlap() -> None:
    whole, one, other = shown(CHAIN)
    assert [(start, end) for _, start, end in whole] == [(0, 5), (10, 50), (60, 70)]
    assert [name for name, _, _ in whole][::2] == ["ask", "answer"]
    assert one[0][1:] == other[0][1:] == (10, 10)
    assert one[1:] == [("check, in parallel", 10, 40)]
    assert other[1:] == [("weigh, in parallel", 20, 30), ("rate, in parallel", 32, 50)]


def test_several_at_once_of_the_same_are_branches_each() -> None:
    items: Case = [("order", 0, 5), *[("pick", 10.0 + each, 30.0) for each in range(3)], ("pack", 50, 60)]
    found = branched(paths_from([items] * MANY))
    (variant,) = found.variants
    assert len(variant.members) == 3
    assert set(variant.members) == set(np.flatnonzero(found.is_inside).tolist())
    assert len(found.parent) == MANY * 4


def test_branches_know_the_activities_of_the_log() -> None:
    found = branched(paths_from([CHAIN] * MANY))
    inside = np.flatnonzero(found.is_inside)
    assert [found.paths.activities[found.original[each]] for each in inside] == ["check", "weigh", "rate"]
    assert (found.original[found.is_whole | found.is_fork] == -1).all()


def test_no_event_is_lost_and_none_is_there_twice() -> None:
    paths = random_paths(400, 3)
    found = branched(paths_from([CHAIN] * MANY))
    told = found.original[found.paths.activity] >= 0
    assert int(told.sum()) == len(CHAIN) * MANY
    assert branched(paths).paths is paths
    assert not unbranched(paths)


def test_the_first_event_of_a_case_is_in_no_branch() -> None:
    case: Case = [("check", 0, 40), ("weigh", 10, 30), ("answer", 50, 60)]
    assert not branched(paths_from([case] * MANY))


def test_rare_blocks_stay_one_after_another() -> None:
    rare: Case = [("ask", 0, 5), ("check", 10, 40), ("weigh", 20, 45), ("check", 46, 90), ("weigh", 50, 60)]
    found = branched(paths_from([CHAIN] * MANY + [rare] * (FEWEST - 4)))
    last = found.paths.first[MANY : MANY + 2]
    assert last[1] - last[0] >= len(rare) - 2
    assert len(found.variants) == 1


def test_cases_from_one_on_keep_their_branches() -> None:
    found = branched(paths_from([CHAIN] * MANY)).since(MANY - 2)
    assert found.n_cases == 2
    assert found.parent.tolist() == [0, 1, 0, 0, 1, 1]
    assert len(found.variant) == len(found.block) == found.paths.n_events
