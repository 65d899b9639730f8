from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.series import over_time, use_by_hour_of_week
from simlab.metrics.teams import person_time
from simlab.metrics.window import observation_window
from simlab.model.tables import Model
from simlab.model.wall_clock import WallClock

LogsOf = Callable[..., RunLogs]
DAY = 1440.0


@pytest.fixture
def logs(logs_of: LogsOf) -> RunLogs:
    return logs_of(
        tickets=[{"created": 470.0, "closed": 530.0}, {"created": 500.0}],
        visits=[
            {"ticket": 0, "team": 0, "arrived": 470.0, "started": 490.0, "ended": 530.0},
            {"ticket": 1, "team": 1, "arrived": 500.0},
        ],
        work=[
            {"ticket": 0, "person": 0, "started": 490.0, "ended": 530.0},
            {"ticket": 1, "person": 1, "started": 930.0, "ended": 990.0, "overtime_min": 30.0},
        ],
        duty=[
            {"person": 0, "started": 480.0, "ended": 720.0},
            {"person": 1, "started": 750.0, "ended": 960.0},
        ],
        end=1000.0,
    )


def test_series_are_time_averages_over_cells_of_the_grid(model: Model, logs: RunLogs) -> None:
    series = over_time(model, logs, 60.0)
    assert (series.edges[0], series.edges[-1], len(series.edges)) == (0.0, 1000.0, 18)
    eight = 8  # the cell from 480 to 540
    assert series.queue[:, eight - 1].tolist() == pytest.approx([10 / 60, 0.0])
    assert series.queue[:, eight].tolist() == pytest.approx([10 / 60, 40 / 60])
    assert series.queue[:, -1].tolist() == [0.0, 1.0]
    assert series.wip[eight] == pytest.approx((50 + 40) / 60)
    assert series.on_duty[0, 8:13].tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.5])
    assert series.on_duty[1].sum() == 0.0


def test_series_keep_the_integral_whatever_the_grid(model: Model, logs: RunLogs) -> None:
    for step_min in (7.0, 60.0, 5000.0):
        series = over_time(model, logs, step_min)
        width = np.diff(series.edges)
        assert (series.wip * width).sum() == pytest.approx(60 + 500)
        assert (series.queue * width).sum(axis=1).tolist() == pytest.approx([20.0, 500.0])


def test_use_by_hour_of_week_places_each_minute_in_its_local_hour(model: Model, logs: RunLogs) -> None:
    use = use_by_hour_of_week(model, logs)
    assert use.busy[0, 8] == 40.0
    assert use.busy[0, 15] == 30.0
    assert use.overtime[0, 16] == 30.0
    assert use.on_duty[0, [7, 8, 11, 12, 13, 15, 16]].tolist() == [0, 60, 60, 30, 60, 60, 0]
    # Two people at the desk, shift 08 to 16, lunch paid.
    assert use.scheduled[0, [7, 8, 12, 15, 16]].tolist() == [0, 120, 120, 120, 0]
    assert use.utilisation[0, 8] == pytest.approx(40 / 120)
    assert use.occupancy[0, 16] == 1.0
    assert np.isnan(use.utilisation[0, 3])


def test_use_by_hour_of_week_follows_the_zone_of_the_clock(model: Model, logs: RunLogs) -> None:
    east = replace(model, clock=WallClock("Asia/Kolkata", datetime(2026, 1, 5)))
    use = use_by_hour_of_week(replace(east, clock=east.clock.in_zone("UTC")), logs)
    # Minute 0 is Monday 00:00 in India, Sunday 18:30 in UTC: hour 162 and a half.
    assert use.busy[0].nonzero()[0].tolist() == [2, 3, 10]
    assert use.busy[0, [2, 3, 10]].tolist() == [20.0, 20.0, 30.0]


def test_use_by_hour_of_week_adds_up_to_the_time_of_people(model: Model, logs: RunLogs) -> None:
    use = use_by_hour_of_week(model, logs)
    time = person_time(model, logs, observation_window(model, logs.totals))
    for by_hour, by_person in (
        (use.scheduled, time.scheduled),
        (use.on_duty, time.on_duty),
        (use.busy, time.busy),
        (use.overtime, time.overtime),
    ):
        assert by_hour.sum() == pytest.approx(by_person.sum(), rel=1e-12)


def test_use_of_an_empty_window_is_nothing(model: Model, logs: RunLogs) -> None:
    use = use_by_hour_of_week(replace(model, warm_up=2 * DAY), logs)
    assert use.busy.shape == (2, 168)
    assert use.scheduled.sum() == use.on_duty.sum() == use.busy.sum() == 0.0
