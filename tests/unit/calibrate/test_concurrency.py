"""Which activities go on at the same time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simlab.calibrate.concurrency import FEWEST, blocks_of, concurrent
from tests.unit.calibrate.paths_for_tests import paths_from

MANY = 2 * FEWEST
Case = list[tuple[str, float, float]]


def pairs(cases: list[Case]) -> set[frozenset[str]]:
    paths = paths_from(cases)
    rows, columns = np.nonzero(concurrent(paths))
    return {
        frozenset((paths.activities[row], paths.activities[column]))
        for row, column in zip(rows, columns, strict=True)
    }


def instants(*names: str) -> Case:
    return [(name, 10.0 * place, 10.0 * place) for place, name in enumerate(names)]


def test_activities_that_overlap_are_concurrent_and_those_one_after_another_are_not() -> None:
    case: Case = [("ask", 0, 5), ("check", 10, 40), ("weigh", 20, 30), ("answer", 50, 60)]
    assert pairs([case] * MANY) == {frozenset({"check", "weigh"})}


def test_an_activity_that_overlaps_with_itself_is_concurrent_with_itself() -> None:
    case: Case = [("order", 0, 5), ("pick", 10, 40), ("pick", 10, 30), ("pack", 50, 60)]
    assert pairs([case] * MANY) == {frozenset({"pick"})}


def test_an_overlap_that_is_seldom_is_chance() -> None:
    apart: Case = [("ask", 0, 5), ("check", 10, 20), ("weigh", 20, 30)]
    overlapping: Case = [("ask", 0, 5), ("check", 10, 25), ("weigh", 20, 30)]
    assert pairs([apart] * 20 * MANY + [overlapping] * FEWEST) == set()


def test_instants_in_both_orders_are_concurrent() -> None:
    one, other = instants("ask", "check", "weigh", "answer"), instants("ask", "weigh", "check", "answer")
    assert pairs([one] * MANY + [other] * MANY) == {frozenset({"check", "weigh"})}


def test_instants_in_one_order_mostly_are_not_concurrent() -> None:
    one, other = instants("ask", "check", "weigh", "answer"), instants("ask", "weigh", "check", "answer")
    assert pairs([one] * 5 * MANY + [other] * MANY) == set()


def order_of(first_min: float, second_min: float) -> Case:
    """A case in which two activities come so long after the first event, in the order of these."""
    events = sorted([(first_min, "goods"), (second_min, "bill")])
    case = [("order", 0.0), *((name, at) for at, name in events), ("pay", 100_000.0)]
    return [(name, at, at) for name, at in case]


def test_the_rarer_order_is_enough_where_the_second_has_waited_since_before_the_first() -> None:
    rng = np.random.default_rng(8)
    goods, bill = rng.gamma(4.0, 1_000.0, 600), rng.gamma(4.0, 1_900.0, 600)
    cases = [order_of(*times) for times in zip(goods.tolist(), bill.tolist(), strict=True)]
    assert 0.5 < np.mean(goods < bill) - np.mean(bill < goods) < 0.8
    assert pairs(cases) == {frozenset({"goods", "bill"})}


def test_the_rarer_order_is_not_enough_where_the_second_waits_from_the_first_on() -> None:
    rng = np.random.default_rng(8)
    first, then = rng.gamma(4.0, 1_000.0, 600), rng.gamma(4.0, 1_000.0, 600)
    cases = [
        order_of(one, one + more) if number % 6 else order_of(one + more, one)
        for number, (one, more) in enumerate(zip(first.tolist(), then.tolist(), strict=True))
    ]
    assert pairs(cases) == set()


def test_instants_of_the_same_that_all_waited_since_before_the_first_are_several_at_once() -> None:
    rng = np.random.default_rng(8)
    at_once = np.sort(rng.gamma(4.0, 1_000.0, (600, 2)), axis=1)
    one_by_one = np.cumsum(rng.gamma(4.0, 1_000.0, (600, 2)), axis=1)
    found = [
        pairs(
            [[("order", 0, 0), ("pick", one, one), ("pick", other, other)] for one, other in times.tolist()]
        )
        for times in (at_once, one_by_one)
    ]
    assert found == [{frozenset({"pick"})}, set()]


def test_rounds_on_several_days_are_no_turns() -> None:
    case = [("ask", 0.0)]
    for day in range(1, 7):
        pair = ("blood", "sugar") if day % 2 else ("sugar", "blood")
        case += [(name, 1440.0 * day + 10.0 * place) for place, name in enumerate(pair)]
    rounds: Case = [(name, at, at) for name, at in case]
    assert pairs([rounds] * MANY) == {frozenset({"blood", "sugar"})}


def test_states_that_take_turns_are_not_concurrent() -> None:
    turns = instants("opened", "working", "waiting", "working", "waiting", "working", "closed")
    assert pairs([turns] * MANY) == set()


def test_states_are_never_concurrent() -> None:
    one, other = instants("ask", "check", "weigh", "answer"), instants("ask", "weigh", "check", "answer")
    assert not concurrent(replace(paths_from([one] * MANY + [other] * MANY), has_states=True)).any()


def test_blocks_are_what_is_concurrent_by_whatever_way() -> None:
    is_concurrent = np.zeros((5, 5), bool)
    for one, other in ((0, 1), (1, 2), (3, 3)):
        is_concurrent[one, other] = is_concurrent[other, one] = True
    assert blocks_of(is_concurrent).tolist() == [0, 0, 0, 1, -1]
