from __future__ import annotations

import math

import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import (
    agents_needed,
    delay_probability_at_safety,
    erlang_c,
    mmc_wait_exceeds,
    square_root_staffing,
)


def test_agents_agree_with_the_published_example() -> None:
    # 100 calls in 30 minutes of 3 minutes each, 80 % within 20 s, occupancy at most 85 %, shrinkage 30 %.
    team = agents_needed(
        100.0 / 30.0, 3.0, target_share=0.8, within=20.0 / 60.0, max_occupancy=0.85, shrinkage=0.3
    )
    assert (team.on_duty, team.on_roster) == (14, 20)
    assert team.service_level == pytest.approx(0.888350, abs=5e-7)
    assert team.occupancy == pytest.approx(10.0 / 14.0)
    assert team.wait_probability == pytest.approx(0.174132, abs=5e-7)


@pytest.mark.parametrize("load", [0.0, 0.3, 1.0, 9.999, 10.0, 250.0])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
def test_agents_are_the_fewest_that_keep_the_service_level(load: float, share: float) -> None:
    team = agents_needed(load / 4.0, 4.0, target_share=share, within=0.5)
    assert team.service_level >= share
    assert team.on_duty > load
    fewer = team.on_duty - 1
    assert fewer <= load or 1.0 - mmc_wait_exceeds(0.5, load / 4.0, 4.0, fewer) < share


def test_occupancy_limit_binds_where_the_service_level_is_easy() -> None:
    team = agents_needed(20.0, 1.0, target_share=0.01, within=100.0, max_occupancy=0.8)
    assert (team.on_duty, team.occupancy) == (25, 0.8)


def test_delay_probability_falls_from_one_as_the_safety_grows() -> None:
    assert delay_probability_at_safety(0.0) == 1.0
    # Halfin and Whitt's function at 1: 1 / (1 + Phi(1) / phi(1)) with printed normal tables.
    assert delay_probability_at_safety(1.0) == pytest.approx(1.0 / (1.0 + 0.84134 / 0.24197), abs=1e-5)
    assert delay_probability_at_safety(60.0) == 0.0


def test_delay_probability_is_the_limit_of_erlang_c() -> None:
    load = 1e6
    assert erlang_c(load, round(load + math.sqrt(load))) == pytest.approx(
        delay_probability_at_safety(1.0), rel=1e-3
    )


@pytest.mark.parametrize("load", [1.0, 10.0, 100.0, 2000.0])
@pytest.mark.parametrize("target", [0.05, 0.2, 0.5])
def test_square_root_staffing_is_within_one_of_erlang_c(load: float, target: float) -> None:
    exact = next(c for c in range(int(load) + 1, 10_000) if erlang_c(load, c) <= target)
    assert abs(square_root_staffing(load, target) - exact) <= 1


def test_square_root_staffing_always_exceeds_the_load() -> None:
    assert square_root_staffing(10.0, 0.999999) == 11
    assert square_root_staffing(0.0, 0.5) == 1


def test_targets_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="target share must lie between 0 and 1; found 80"):
        agents_needed(1.0, 1.0, target_share=80, within=1.0)
    with pytest.raises(UsageError, match=r"occupancy must lie in \(0, 1\] and the shrinkage in \[0, 1\)"):
        agents_needed(1.0, 1.0, target_share=0.8, within=1.0, shrinkage=1.0)
