"""Sums of shares of all kinds of tickets at once are those of each kind by itself."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest

from simlab.model.compiling.share_sums import AskedRule, Outcomes, settled

TOLERANCE = 1e-6


def one_by_one(rules: Sequence[AskedRule], holds: int, hops: int) -> tuple[bool, set[int]]:
    """Whether one ticket's shares add up, and the rules that it reaches, as the rules say it."""
    total, reached, is_taken = 0.0, set(), False
    for number, rule in enumerate(rules):
        place = next((n for n, (asked, wanted) in enumerate(rule.rows) if holds & asked == wanted), None)
        if place is None:
            continue
        if total < 1.0 - TOLERANCE:
            reached.add(number)
        if rule.takes_rest:
            return total <= 1.0 + TOLERANCE, reached
        of_row = rule.shares[place]
        total += of_row[min(hops, len(of_row) - 1)]
        is_taken = True
    return is_taken and abs(total - 1.0) <= TOLERANCE, reached


def some_rule(chance: random.Random, n_tests: int) -> AskedRule:
    rows, shares = [], []
    takes_rest = chance.random() < 0.3
    for _ in range(chance.randint(1, 2)):
        asked = sum(1 << bit for bit in range(n_tests) if chance.random() < 0.25)
        wanted = asked & sum(1 << bit for bit in range(n_tests) if chance.random() < 0.5)
        rows.append((asked, wanted) if chance.random() > 0.05 else (0, 1))  # a test and its opposite
        shares.append(tuple(chance.choice([0.0, 0.25, 0.5, 1.0]) for _ in range(chance.choice([1, 3]))))
    return AskedRule(tuple(rows), () if takes_rest else tuple(shares), takes_rest)


@pytest.mark.parametrize("seed", range(150))
def test_all_at_once_find_what_each_by_itself_finds(seed: int) -> None:
    chance = random.Random(seed)
    n_tests = chance.randint(0, 11)
    rules = [some_rule(chance, n_tests) for _ in range(chance.randint(1, 6))]
    groups = []
    n_groups = chance.randint(0, 3)
    for group in range(n_groups):
        n, own = chance.randint(1, 4), range(group, n_tests, n_groups)
        bits = tuple(sum(1 << b for b in own if chance.random() < 0.4) for _ in range(n))
        groups.append(Outcomes(bits, tuple(chance.randint(0, 3) for _ in range(n))))
    picks = list(product(*(range(len(group.bits)) for group in groups)))
    found, reached = settled(
        rules, groups, np.array(picks, np.int64).reshape(len(picks), -1), n_tests, TOLERANCE
    )
    expected = []
    all_reached: set[int] = set()
    for pick in picks:
        holds = hops = 0
        for outcomes, place in zip(groups, pick, strict=True):
            holds, hops = holds | outcomes.bits[place], max(hops, outcomes.hops[place])
        is_settled, by_this = one_by_one(rules, holds, hops)
        expected.append(is_settled)
        all_reached |= by_this
    assert found.tolist() == expected
    assert set(np.flatnonzero(reached).tolist()) == all_reached
