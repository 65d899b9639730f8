"""Sums of the shares of rules for many kinds of tickets at once.

What the rules of a calibrated scenario ask for comes to thousands of kinds of tickets, with dozens of rules
for each step. All kinds are looked at together; those for which something is wrong are left to be told one
by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Picks = NDArray[np.int64]
"""(n_combinations, n_groups) outcome of each group."""
_AT_ONCE: Final = 4_000
"""Combinations that are looked at together, so that their tests fit into a processor's memory."""


@dataclass(frozen=True, slots=True)
class AskedRule:
    """A rule as written: the rows that it has become, of which the first that holds counts."""

    rows: tuple[tuple[int, int], ...]
    """Bits of the tests that a row asks for, and those among them that must hold."""
    shares: tuple[tuple[float, ...], ...]
    """Shares of each row by hops, the last one for all further ones; empty where it takes the rest."""
    takes_rest: bool


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the tests of one group of facts can come to; each test is of one group."""

    bits: tuple[int, ...]
    """Bits of the tests that hold."""
    hops: tuple[int, ...]


def settled(
    rules: Sequence[AskedRule], groups: Sequence[Outcomes], picks: Picks, n_tests: int, tolerance: float
) -> tuple[Flags, Flags]:
    """Return for which combinations the shares add up, and which rules any combination reaches.

    Parameters
    ----------
    rules
        In order.
    groups
        A combination takes one outcome of each.
    picks
        The combinations.
    n_tests
        Bits that outcomes and rules have.
    tolerance
        By so much sums may differ from 1.
    """
    rows = [row for rule in rules for row in rule.rows]
    negated = _matrix([asked & ~wanted for asked, wanted in rows], n_tests)
    needed = _matrix([asked & wanted for asked, wanted in rows], n_tests)
    always_off = needed.sum(axis=1) + np.array([bool(wanted & ~asked) for asked, wanted in rows], np.float32)
    # A row is off by the tests that hold and must not, and by those that must and do not.
    off_by = [_matrix(group.bits, n_tests) @ (negated - needed).T for group in groups]
    hops_of = [np.array(group.hops, np.int64) for group in groups]
    ends = np.cumsum([len(rule.rows) for rule in rules]).tolist()
    is_settled, is_reached = np.zeros(len(picks), bool), np.zeros(len(rules), bool)
    for first in range(0, len(picks), _AT_ONCE):
        part = picks[first : first + _AT_ONCE]
        off, hops = np.tile(always_off, (len(part), 1)), np.zeros(len(part), np.int64)
        for group, (of_off, of_hops) in enumerate(zip(off_by, hops_of, strict=True)):
            off += of_off[part[:, group]]
            hops = np.maximum(hops, of_hops[part[:, group]])
        matches = off == 0.0
        sums = _Sums.of(len(part), tolerance)
        for number, (rule, end) in enumerate(zip(rules, ends, strict=True)):
            of_rule = matches[:, end - len(rule.rows) : end]
            is_reached[number] |= sums.take(rule, of_rule, hops)
        is_settled[first : first + len(part)] = sums.settled()
    return is_settled, is_reached


@dataclass(slots=True)
class _Sums:
    """The shares that combinations have given away so far."""

    total: NDArray[np.float64]
    is_open: Flags
    """Whether nothing has taken the rest yet."""
    is_over: Flags
    """Whether there was too much when something took the rest."""
    is_taken: Flags
    tolerance: float

    @classmethod
    def of(cls, n: int, tolerance: float) -> _Sums:
        """Return the sums of combinations that no rule has seen."""
        return cls(np.zeros(n), np.ones(n, bool), np.zeros(n, bool), np.zeros(n, bool), tolerance)

    def take(self, rule: AskedRule, matches: Flags, hops: NDArray[np.int64]) -> bool:
        """Give combinations their shares of a rule; return whether it is reached.

        Parameters
        ----------
        matches
            (n_combinations, n_rows) whether a row holds.
        """
        applies = self.is_open & (matches[:, 0] if matches.shape[1] == 1 else matches.any(axis=1))
        if not applies.any():
            return False
        is_reached = bool((applies & (self.total < 1.0 - self.tolerance)).any())
        if rule.takes_rest:
            self.is_over |= applies & (self.total > 1.0 + self.tolerance)
            self.is_open &= ~applies
            return is_reached
        place = matches.argmax(axis=1)
        for row, by_hops in enumerate(rule.shares):
            rows = np.flatnonzero(applies & (place == row))
            self.total[rows] += np.array(by_hops)[np.minimum(hops[rows], len(by_hops) - 1)]
        self.is_taken |= applies
        return is_reached

    def settled(self) -> Flags:
        """Return which combinations give all and no more."""
        is_whole = self.is_taken & (np.abs(self.total - 1.0) <= self.tolerance)
        return np.where(self.is_open, is_whole, ~self.is_over)


def _matrix(bits: Sequence[int], n_tests: int) -> NDArray[np.float32]:
    """Return (n, n_tests) 1 where a bit is set."""
    width = (n_tests + 7) // 8
    if not width:
        return np.zeros((len(bits), 0), np.float32)
    packed = b"".join((each & ((1 << n_tests) - 1)).to_bytes(width, "little") for each in bits)
    rows = np.frombuffer(packed, np.uint8).reshape(len(bits), width)
    return np.unpackbits(rows, axis=1, bitorder="little")[:, :n_tests].astype(np.float32)
