"""Times become shorter by what is taken out of them."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.shortening import by_factor, cut_off, thinned

TIMES = np.random.default_rng(3).exponential(40.0, 1_000)


@pytest.mark.parametrize("shorten", [by_factor, cut_off, thinned])
@pytest.mark.parametrize("by", [4.0, 8.0, 16.0])
def test_the_mean_is_less_by_what_is_taken_out(shorten: object, by: float) -> None:
    assert callable(shorten)
    short = shorten(TIMES, by)
    # A thinned sample is within one of its times of the mean.
    assert short.mean() == pytest.approx(TIMES.mean() - by, abs=TIMES.max() / len(TIMES))
    assert short.min() >= 0.0


@pytest.mark.parametrize("shorten", [by_factor, cut_off, thinned])
def test_no_time_is_left_where_more_is_taken_out_than_there_is(shorten: object) -> None:
    assert callable(shorten)
    assert not shorten(TIMES, 1e6).any()
    assert not shorten(np.zeros(3), 5.0).any()


def test_thinned_times_are_as_they_were_or_none() -> None:
    short = thinned(TIMES, 0.5 * TIMES.mean())
    assert np.isin(short[short > 0.0], TIMES).all()
    assert np.median(short[short > 0.0]) == pytest.approx(np.median(TIMES), rel=0.02)


def test_times_of_which_hardly_anything_is_taken_stay_as_they_are() -> None:
    assert (thinned(TIMES, 0.04 * TIMES.mean()) == TIMES).all()
