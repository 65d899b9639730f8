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


def test_a_case_may_begin_with_branches() -> None:
    whole, one, other = shown([("check", 0, 40), ("weigh", 10, 30), ("answer", 50, 60)])
    assert [(start, end) for _, start, end in whole] == [(0, 40), (50, 60)]
    assert [event[1:] for event in one] == [(0, 0), (0, 40)]
    assert [event[1:] for event in other] == [(0, 0), (10, 30)]


def test_branches_on_their_own_begin_when_what_was_before_is_over() -> None:
    found = branched(paths_from([CHAIN] * MANY), races=True)
    paths = found.paths
    assert {float(each) for each in paths.start[found.is_fork[paths.activity]]} == {5.0}
    assert {float(each) for each in paths.start[found.variant >= 0]} == {5.0}
    assert not found.is_timed_from_first.any()
    (variant,) = found.variants
    assert sorted(variant.members) == list(variant.members)


def test_branches_that_mostly_begin_at_once_are_timed_from_the_first() -> None:
    at_once: Case = [("ask", 0, 5), ("check", 10, 40), ("weigh", 10, 30), ("answer", 50, 60)]
    apart: Case = [("ask", 0, 5), ("check", 10, 40), ("weigh", 12, 30), ("answer", 50, 60)]
    assert branched(paths_from([at_once] * MANY + [apart] * 2 * MANY), races=True).has_races
    found = branched(paths_from([at_once] * MANY + [apart] * (MANY // 2)), races=True)
    assert found
    assert not found.has_races


def test_branches_with_which_a_case_begins_are_timed_from_the_first() -> None:
    case: Case = [("check", 0, 40), ("weigh", 10, 30), ("answer", 50, 60)]
    found = branched(paths_from([case] * MANY), races=True)
    assert found
    assert found.is_timed_from_first.sum() == 2


def instants(*events: tuple[str, float]) -> Case:
    return [(name, at, at) for name, at in events]


def branches_of(cases: list[Case]) -> set[tuple[str, ...]]:
    """Activities of the branches of all cases."""
    found = branched(paths_from(cases))
    names = found.paths.activities
    return {
        tuple(names[found.original[each]] for each in found.paths.activity[first + 1 : end])
        for first, end in zip(
            found.paths.first[found.n_cases :], found.paths.first[found.n_cases + 1 :], strict=False
        )
    }


def test_what_comes_again_within_a_branch_stays_in_it() -> None:
    one = instants(("order", 0), ("goods", 300), ("bill", 600), ("goods", 900), ("pay", 2_000))
    other = instants(("order", 0), ("bill", 300), ("goods", 600), ("goods", 900), ("pay", 2_000))
    last = instants(("order", 0), ("goods", 300), ("goods", 600), ("bill", 900), ("pay", 2_000))
    plain = instants(("order", 0), ("goods", 300), ("bill", 600), ("pay", 2_000))
    turned = instants(("order", 0), ("bill", 300), ("goods", 600), ("pay", 2_000))
    cases = [one, other, last, *[plain, turned] * 4] * MANY
    assert branches_of(cases) == {("goods", "goods"), ("goods",), ("bill",)}


def test_whole_blocks_that_come_again_are_blocks_each() -> None:
    one = instants(
        ("order", 0), ("goods", 300), ("bill", 600), ("bill", 900), ("goods", 1_200), ("pay", 2_000)
    )
    other = instants(
        ("order", 0), ("bill", 300), ("goods", 600), ("goods", 900), ("bill", 1_200), ("pay", 2_000)
    )
    plain = instants(("order", 0), ("goods", 300), ("bill", 600), ("pay", 2_000))
    assert branches_of([one, other, plain] * MANY) == {("goods",), ("bill",)}


def test_what_mostly_follows_within_a_sitting_is_a_block_of_that_sitting() -> None:
    case = [("ask", 0.0)]
    for day in range(1, 4):
        pair = ("blood", "sugar") if day % 2 else ("sugar", "blood")
        case += [(name, 1440.0 * day + 10.0 * place) for place, name in enumerate(pair)]
    found = branched(paths_from([instants(*case, ("leave", 9_000.0))] * MANY))
    assert int((found.variant >= 0).sum()) == 3 * MANY


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
