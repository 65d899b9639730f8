"""Cases that are not over when a log is taken: which they are, and for how many others a long wait stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simlab.calibrate.censoring import MOST_OPEN, MOST_WEIGHT, likely_to_go_on, n_judged, open_cases, weights
from simlab.calibrate.event_log import EventLog, Labels, LogKind
from simlab.calibrate.paths import paths_of
from tests.unit.calibrate.paths_for_tests import log_from

DAY = 1440.0


def test_silence_shorter_than_all_waits_is_likely_to_end() -> None:
    gap = np.array([100.0] * 99 + [50.0])
    chance = likely_to_go_on(gap, np.array([True] * 99 + [False]))
    assert chance[:99].tolist() == [0.0] * 99
    assert chance[99] > 0.5


def test_silence_longer_than_all_waits_is_the_end() -> None:
    gap = np.array([100.0] * 80 + [5000.0] * 40)
    chance = likely_to_go_on(gap, np.array([True] * 80 + [False] * 40))
    assert chance[80:] == pytest.approx(0.0)


def test_too_few_waits_tell_nothing_about_silence() -> None:
    chance = likely_to_go_on(np.array([1.0] * 10 + [0.5]), np.array([True] * 10 + [False]))
    assert chance.tolist() == [0.0] * 11


def test_a_wait_stands_for_those_that_the_end_of_the_log_cut_off() -> None:
    end = np.arange(10.0) * DAY  # of ten events every day one, the log was taken on day ten
    gap = np.full(10, 5.0 * DAY)  # only those of days 0 to 5 could be seen to last five days
    assert weights(gap, end, 10.0 * DAY) == pytest.approx(np.full(10, 10.0 / 6.0))


def test_no_wait_stands_for_more_than_a_few_others() -> None:
    assert weights(np.array([10.0]), np.array([5.0]), 10.0).tolist() == [MOST_WEIGHT]


def test_cases_after_the_last_part_with_few_open_ones_are_not_judged() -> None:
    is_open = np.zeros(1000, bool)
    is_open[920:] = True
    assert n_judged(is_open) == 920
    assert n_judged(np.zeros(7, bool)) == 7
    assert is_open[880:920].mean() <= MOST_OPEN


def test_a_resolved_case_that_others_show_to_be_closed_later_is_open_until_then() -> None:
    def case(begins: float) -> list[tuple[str, float, float]]:
        at = [begins, begins + 10.0, begins + 10.0 + 5.0 * DAY]
        return [(name, t, t) for name, t in zip(("new", "resolved", "closed"), at, strict=True)]

    log = log_from([*(case(DAY * number) for number in range(100)), case(104.0 * DAY)[:2]])
    assert np.flatnonzero(open_cases(log)).tolist() == [100]


def test_a_ticket_that_is_resolved_but_not_yet_closed_as_others_are_is_open() -> None:
    days = np.arange(300, dtype=np.float64) * DAY / 5.0
    resolved = days + 60.0
    until = float(resolved[-1])
    closed = np.where(resolved + 5.0 * DAY <= until, resolved + 5.0 * DAY, np.nan)
    log = log_from([[("opened", created, created)] for created in days])
    cases = replace(log.cases, resolved=resolved, closed=closed)
    none, unknown = np.empty(0, np.int32), np.empty(0)
    tickets = EventLog.sorted_from(LogKind.TICKETS, "UTC", cases, none, Labels.none(0), unknown, unknown)
    paths = paths_of(tickets)
    assert paths.is_open.tolist() == np.isnan(closed).tolist()
