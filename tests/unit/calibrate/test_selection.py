"""Mechanisms are chosen by what they foretold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simlab.calibrate.distances import Distances
from simlab.calibrate.mechanisms import CANDIDATES, SIMPLEST, Correction, Mechanisms, Memory, Waits
from simlab.calibrate.selection import Trial, are_as_seen, best_of, go_as_seen, hours_loss, remembered, select
from tests.unit.calibrate.paths_for_tests import paths_from

NOTHING = Distances(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def trial(number: int, loss: float, memory: Memory = Memory.ALIKE) -> Trial:
    return Trial(replace(CANDIDATES[number], memory=memory), NOTHING, loss)


def test_the_least_loss_wins() -> None:
    assert best_of([trial(0, 1.0), trial(1, 1.2)]).mechanisms == CANDIDATES[0]


def test_of_losses_that_hardly_differ_the_simplest_waits_win() -> None:
    assert best_of([trial(1, 1.005), trial(3, 1.0)]).mechanisms == CANDIDATES[1]


def test_elapsed_times_are_corrected_unless_queues_alone_are_clearly_better() -> None:
    assert best_of([trial(0, 0.96), trial(1, 1.0)]).mechanisms == CANDIDATES[1]
    assert best_of([trial(0, 0.94), trial(1, 1.0)]).mechanisms == CANDIDATES[0]


def test_hours_of_the_day_count_by_how_far_they_are_beyond_chance() -> None:
    floor = replace(NOTHING, circadian_events=0.5)
    assert hours_loss(replace(NOTHING, circadian_events=0.4), floor) == 0.0
    assert hours_loss(replace(NOTHING, circadian_events=0.7), floor) == pytest.approx(0.04)
    assert hours_loss(replace(NOTHING, circadian_events=9.0), floor) == pytest.approx(0.05)


def test_branches_wait_on_their_own_only_where_their_orders_are_those_of_all_cases() -> None:
    usual = replace(trial(0, 1.0), ways_from_all=0.02)
    assert go_as_seen(replace(usual, ways_from_all=0.0215), usual)
    assert not go_as_seen(replace(usual, ways_from_all=0.0225), usual)


def test_a_trend_is_used_where_it_foretells_better() -> None:
    trend, usual = trial(0, 0.98, Memory.TREND), trial(0, 1.0)
    assert remembered(usual, [trend], 400) == trend
    assert remembered(usual, [replace(trend, loss=0.995)], 400) == usual


def test_half_of_the_cases_are_left_out_only_where_that_is_clearly_better() -> None:
    recent, usual = trial(0, 0.79, Memory.RECENT), trial(0, 1.0)
    assert remembered(usual, [recent], 400) == recent
    assert remembered(usual, [replace(recent, loss=0.81)], 400) == usual
    assert remembered(usual, [replace(recent, loss=0.81)], 4_000).mechanisms.memory is Memory.RECENT


def test_no_cases_are_left_out_where_all_together_foretell_without_fault() -> None:
    assert remembered(trial(0, 0.7), [trial(0, 0.3, Memory.RECENT)], 400) == trial(0, 0.7)


@pytest.mark.parametrize(
    ("from_all", "n_gram", "loss", "used"),
    [
        (10.0, 0.2, 1.0, True),
        (10.9, 0.215, 1.09, True),
        (12.0, 0.2, 1.0, False),
        (5.0, 0.3, 1.0, False),
        (5.0, 0.2, 1.3, False),
    ],
)
def test_shifts_that_are_seen_are_used_unless_cases_clearly_speak_against_them(
    from_all: float, n_gram: float, loss: float, used: bool
) -> None:
    together = replace(trial(0, 1.0), distances=replace(NOTHING, n_gram=0.2), from_all=10.0)
    in_shifts = replace(trial(0, loss), distances=replace(NOTHING, n_gram=n_gram), from_all=from_all)
    assert are_as_seen(in_shifts, together, replace(NOTHING, cycle_time=4.0)) is used


def test_shifts_by_which_cycle_times_differ_by_half_a_noise_floor_are_used() -> None:
    together, in_shifts = (replace(trial(0, 1.0), from_all=hours) for hours in (1.0, 1.9))
    assert are_as_seen(in_shifts, together, replace(NOTHING, cycle_time=4.0))


def test_a_short_log_is_not_tried_on() -> None:
    selection = select(paths_from([[("a", 10.0 * n, 10.0 * n)] for n in range(100)]))
    assert selection.chosen == SIMPLEST
    assert selection.trials == ()


def test_mechanisms_say_what_they_do() -> None:
    said = str(Mechanisms(Waits.PACES, Correction.TIMES))
    assert said == "waits at the pace of work, corrected by elapsed times"
    assert str(Mechanisms(memory=Memory.RECENT)).endswith("by queues, of the recent half")
    assert str(Mechanisms(memory=Memory.TREND)).endswith("by queues, with the trend of waits")


def test_cases_count_that_are_over_when_the_log_is_taken() -> None:
    paths = paths_from([[("a", 0.0, 0.0), ("b", 50.0, 50.0)], [("a", 10.0, 10.0), ("b", 200.0, 200.0)]])
    assert paths.over_within(np.array([60.0, 100.0])).created.tolist() == [0.0]
    assert len(paths.over_within(np.array([np.nan, np.nan]))) == 2
