"""Distributions of times: families are told apart, and what is written has the observed mean."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.fit_times import N_SLICES, fit_time, minutes_text
from simlab.units import parse_duration


def test_equal_times_are_a_constant() -> None:
    fitted = fit_time(np.full(50, 90.0), np.ones(50))
    assert (fitted.family, fitted.written, fitted.mean) == ("fixed", "90 min", 90.0)


@pytest.mark.parametrize("family", ["lognormal", "gamma", "exponential"])
def test_the_family_that_made_the_times_is_found(family: str) -> None:
    rng = np.random.default_rng(3)
    times = {
        "lognormal": rng.lognormal(3.0, 0.6, 20_000),
        "gamma": rng.gamma(4.0, 5.0, 20_000),
        "exponential": rng.exponential(30.0, 20_000),
    }[family]
    fitted = fit_time(times, np.ones(len(times)))
    # An exponential distribution is a gamma distribution of shape 1.
    assert fitted.family == family
    assert fitted.mean == pytest.approx(times.mean())


def test_two_lognormals_are_a_mixture_of_two() -> None:
    rng = np.random.default_rng(4)
    times = np.concatenate([rng.lognormal(1.0, 0.4, 6000), rng.lognormal(5.0, 0.5, 4000)])
    fitted = fit_time(times, np.ones(len(times)))
    assert fitted.family == "mixture"
    assert isinstance(fitted.written, dict)
    parts = fitted.written["mixture"]
    assert isinstance(parts, list)
    assert sum(float(part["share"].removesuffix(" %")) for part in parts) == pytest.approx(100.0)
    assert float(parts[0]["share"].removesuffix(" %")) == pytest.approx(60.0, abs=1.5)


@pytest.mark.parametrize("jitter", [0.0, 30.0])
def test_a_deadline_is_a_timer_beside_the_others(jitter: float) -> None:
    # Silence of 30 days ends 40 % of the waits; answers come before.
    rng = np.random.default_rng(5)
    answers = rng.lognormal(np.log(4000.0), 0.7, 6000)
    deadline = 43_200.0 + rng.uniform(0.0, jitter + 1e-9, 4000)
    fitted = fit_time(np.concatenate([answers, deadline]), np.ones(10_000))
    assert fitted.family == "timer"
    assert isinstance(fitted.written, dict)
    parts = fitted.written["mixture"]
    assert isinstance(parts, list)
    timer, others = parts
    assert float(timer["share"].removesuffix(" %")) == pytest.approx(40.0, abs=0.5)
    at = timer["fixed"] if jitter == 0.0 else timer["lognormal"]["median"]
    assert parse_duration(at) == pytest.approx(43_200.0 + jitter / 2.0, abs=2.0)
    assert parse_duration(others["lognormal"]["median"]) == pytest.approx(4000.0, rel=0.04)
    assert fitted.distance < 0.01


def test_smooth_times_have_no_timer() -> None:
    rng = np.random.default_rng(6)
    whole = np.ceil(rng.exponential(30.0, 5000))
    for times in (rng.lognormal(3.0, 0.6, 5000), rng.gamma(0.5, 90.0, 5000), whole):
        assert fit_time(times, np.ones(5000)).family != "timer"


def test_what_no_family_fits_is_kept_with_its_mean() -> None:
    times = np.concatenate([np.zeros(300), np.full(300, 1000.0), np.full(30, 50_000.0)])
    fitted = fit_time(times, np.ones(len(times)))
    assert (fitted.family, fitted.written) == ("observed", None)
    assert len(fitted.slices) == N_SLICES
    assert fitted.slices.mean() == pytest.approx(times.mean())


def test_weights_count() -> None:
    fitted = fit_time(np.array([10.0, 20.0]), np.array([3.0, 1.0]))
    assert fitted.mean == 12.5
    assert fitted.slices.mean() == pytest.approx(12.5)


@pytest.mark.parametrize("minutes", [0.25, 7.0, 179.0, 181.0, 5000.0, 123_456.0])
def test_durations_are_written_to_four_digits(minutes: float) -> None:
    assert parse_duration(minutes_text(minutes)) == pytest.approx(minutes, rel=5e-4)
