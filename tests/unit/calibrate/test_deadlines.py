"""Waits that end some time after an earlier event are told from those that begin with the last one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.calibrate.deadlines import (
    CREATION,
    Deadline,
    counted_from,
    deadlines_of,
    due_before,
    gain_of,
    past_ways,
)
from simlab.calibrate.event_log import Floats
from simlab.calibrate.transitions import Chain, chain_of
from tests.unit.calibrate.paths_for_tests import HOUR, MONDAY, paths_from

DAY = 24 * HOUR
MONTH = 30 * DAY


def events(*moments: tuple[str, float]) -> list[tuple[str, float, float]]:
    return [(activity, MONDAY + at, MONDAY + at) for activity, at in moments]


def days_before(n: int, seed: int = 0) -> Floats:
    """Minutes that had passed when waits began: 1 to 25 days."""
    return np.random.default_rng(seed).uniform(1.0, 25.0, n) * DAY


def cancelled_in_time(n: int = 60) -> Chain:
    """Offers that are cancelled 30 days after they were sent, twice, after a call in between."""
    first = np.arange(n) * 7 * HOUR
    cases = [
        events(("send", at), ("send", again), ("call", again + passed), ("cancel", again + MONTH))
        for at, again, passed in zip(first, first + days_before(n, seed=9), days_before(n), strict=True)
    ]
    return chain_of(paths_from(cases))


class TestGain:
    def test_a_fixed_time_since_the_earlier_event_gains_much(self) -> None:
        passed = days_before(500)
        # Times within 0.2 % of 30 days are one, waits are spread over 24 days.
        expected = math.log(24.0 * DAY / (0.002 * MONTH))
        assert gain_of(MONTH - passed, np.full(500, MONTH)) == pytest.approx(expected, abs=0.2)

    def test_waits_of_their_own_gain_nothing(self) -> None:
        rng, passed = np.random.default_rng(1), days_before(500)
        gap = rng.exponential(3.0 * DAY, 500)
        assert gain_of(gap, gap + passed) == 0.0

    def test_fixed_waits_since_the_last_event_gain_nothing(self) -> None:
        passed = days_before(500)
        assert gain_of(np.full(500, 3.0 * DAY), passed + 3.0 * DAY) == 0.0

    def test_events_at_the_same_hour_of_the_day_are_no_deadline(self) -> None:
        # The first and the last event happen at noon, what is between them at any time: whole days lie
        # between, closer together than the waits, but these do not go with what had passed.
        rng = np.random.default_rng(2)
        passed = rng.uniform(0.0, 20.0 * DAY, 2_000)
        since: Floats = DAY * (np.ceil(passed / DAY) + rng.integers(1, 4, 2_000)).astype(np.float64)
        assert gain_of(since - passed, since) == 0.0

    @pytest.mark.parametrize(("share", "is_told"), [(0.8, True), (0.5, True), (0.0, False)])
    def test_some_cases_may_go_on_sooner(self, share: float, is_told: bool) -> None:
        rng, passed = np.random.default_rng(3), days_before(1_000)
        sooner = (MONTH - passed) * rng.uniform(size=1_000)
        gap = np.where(rng.uniform(size=1_000) < share, MONTH - passed, sooner)
        assert (gain_of(gap, gap + passed) > 0.0) is is_told


class TestFinding:
    def test_the_earlier_event_is_found(self) -> None:
        chain = cancelled_in_time()
        (number,) = (
            n
            for n, each in enumerate(chain.transitions, 1)
            if chain.paths.activities[each.target] == "cancel"
        )
        found = deadlines_of(chain)
        assert list(found) == [number]
        assert chain.paths.activities[found[number].since] == "send"
        assert found[number].n == 60

    def test_time_is_counted_from_its_last_passage(self) -> None:
        chain = cancelled_in_time()
        found = deadlines_of(chain)
        rows = np.flatnonzero(np.isin(chain.transition, list(found)))
        assert chain.paths.start[rows] - counted_from(chain, found)[rows] == pytest.approx(MONTH)

    def test_other_events_are_counted_from_the_one_before(self) -> None:
        chain = cancelled_in_time()
        others = ~np.isin(chain.transition, list(deadlines_of(chain)))
        before = (chain.paths.start - chain.gap_min)[others]
        assert counted_from(chain, deadlines_of(chain))[others].tolist() == before.tolist()

    def test_the_creation_is_told_before_an_activity_at_the_same_time(self) -> None:
        cases = [
            events(("apply", at), ("check", at + 5.0), ("call", at + passed), ("cancel", at + MONTH))
            for at, passed in zip(np.arange(60) * 7 * HOUR, days_before(60), strict=True)
        ]
        assert [each.since for each in deadlines_of(chain_of(paths_from(cases))).values()] == [CREATION]

    def test_few_waits_tell_none(self) -> None:
        assert deadlines_of(cancelled_in_time(20)) == {}

    def test_waits_without_the_earlier_event_are_counted_from_the_one_before(self) -> None:
        chain = cancelled_in_time()
        never = chain.paths.activities.index("cancel")
        number = next(iter(deadlines_of(chain)))
        rows = chain.transition == number
        found = {number: Deadline(never, 1.0, 60)}
        assert counted_from(chain, found)[rows].tolist() == (chain.paths.start - chain.gap_min)[rows].tolist()


def some_too_late(n: int = 60, n_late: int = 20, *, is_past: bool = True) -> Chain:
    """Calls after which offers are cancelled 30 days after they were sent, or at once: then it is later."""
    at_once = np.random.default_rng(4).uniform(*((31.0, 40.0) if is_past else (1.0, 20.0)), n_late) * DAY
    called = np.concatenate([days_before(n), at_once])
    over = np.concatenate([np.full(n, MONTH), at_once + 1.0])
    cases = [
        events(("send", at), ("call", at + call), ("cancel", at + end))
        for at, call, end in zip(np.arange(n + n_late) * 7 * HOUR, called, over, strict=True)
    ]
    return chain_of(paths_from(cases))


class TestPastDeadlines:
    def test_what_goes_on_at_once_when_it_is_past_is_of_the_same_kind(self) -> None:
        chain = some_too_late()
        names = chain.paths.activities
        assert past_ways(chain) == [(names.index("call"), names.index("cancel"))]

    def test_what_goes_on_at_once_before_it_is_of_another_kind(self) -> None:
        assert past_ways(some_too_late(is_past=False)) == []

    def test_together_they_are_one_transition_with_the_deadline(self) -> None:
        chain = some_too_late()
        together = chain_of(chain.paths, together=past_ways(chain))
        (found,) = deadlines_of(together).values()
        assert (found.since, found.n) == (CREATION, 60)
        assert len(together.transitions) == len(chain.transitions) - 1

    def test_a_past_deadline_was_due_when_others_are(self) -> None:
        chain = some_too_late()
        together = chain_of(chain.paths, together=past_ways(chain))
        found = deadlines_of(together)
        since = together.paths.start - counted_from(together, found)
        times = due_before(together, found, since)[together.transition == next(iter(found))]
        assert times.tolist() == pytest.approx([MONTH] * 80)
