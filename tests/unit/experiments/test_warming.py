from __future__ import annotations

import numpy as np
import pytest

import simlab as sl
from simlab.errors import UsageError
from simlab.experiments.runs import ScenarioRun
from simlab.experiments.warming import warm_up_study

FILLING = {
    "name": "Filling",
    "time": {"warm_up": "1 hour", "length": "20 days"},
    "demand": {"calls": {"arrivals": {"rate": "60/hour"}}},
    "staffing": {"nobody": {"people": 1}},
    "routing": {"start": "rest", "steps": {"rest": {"wait": "1 day", "next": "resolved"}}},
}


def run_of(replications: int = 3, **time: str) -> ScenarioRun:
    scenario = sl.from_values({**FILLING, "time": {**FILLING["time"], **time}})  # type: ignore[dict-item]
    return sl.run(scenario, replications=replications, logs="all", jobs=1)


def test_desk_that_fills_for_a_day_warms_up_for_about_a_day() -> None:
    # Every call stays a day: 60 an hour come, none leaves before the first day is over.
    study = warm_up_study(run_of())
    assert 20 * 60.0 <= study.recommended <= 2 * 1440.0
    assert study.wip[24:].mean() == pytest.approx(1440.0, rel=0.02)
    assert study.step_min == 60.0
    assert len(study.wip) == 480
    assert "the scenario warms up for 1 h, shorter than" in study.warnings[0]


def test_warm_up_that_is_long_enough_needs_no_warning() -> None:
    assert warm_up_study(run_of(warm_up="3 days")).warnings == ()


def test_weekly_pattern_is_taken_out_where_weeks_can_be_compared() -> None:
    weekly = {
        **FILLING,
        "time": {"warm_up": "1 week", "length": "8 weeks"},
        "demand": {"calls": {"arrivals": {"rate": "2000/week", "by_hour": {"mon-fri": {"08:00-17:00": 1}}}}},
        "routing": {"start": "rest", "steps": {"rest": {"wait": "4 h", "next": "resolved"}}},
    }
    study = warm_up_study(sl.run(sl.from_values(weekly), replications=3, logs="all", jobs=1))
    assert study.is_weekly
    assert np.std(study.level) < 0.3 * np.std(study.wip)
    assert study.recommended <= 7 * 1440.0


def test_terminating_study_is_told_and_not_warned_of() -> None:
    study = warm_up_study(run_of(warm_up="0 min"))
    assert study.is_terminating
    assert study.warnings == ()
    assert warm_up_study(run_of(then="drain")).is_terminating


def test_level_that_never_settles_is_warned_of() -> None:
    growing = {
        **FILLING,
        "routing": {"start": "rest", "steps": {"rest": {"wait": "40 days", "next": "resolved"}}},
    }
    study = warm_up_study(sl.run(sl.from_values(growing), replications=2, logs="all", jobs=1))
    assert any("still changes" in warning for warning in study.warnings)


def test_one_replication_is_refused() -> None:
    with pytest.raises(UsageError, match="at least 2 are needed"):
        warm_up_study(run_of(replications=1))
