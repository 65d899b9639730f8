from __future__ import annotations

import numpy as np
import pytest

import simlab as sl
from simlab.errors import StorageError, UsageError
from simlab.experiments.by_hour import by_hour, columns
from simlab.experiments.runs import ScenarioRun

SHIFT = {
    "name": "Shift",
    "time": {"start": "2026-01-05", "length": "2 weeks"},
    "calendars": {"early": {"hours": {"mon-fri": "08:00-12:00"}}},
    "demand": {"calls": {"arrivals": {"timetable": ["2026-01-05 07:30", "2026-01-06 09:00"]}}},
    "staffing": {"desk": {"people": 2, "calendar": "early"}, "night": {"people": 1}},
    "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "30 min", "next": "resolved"}}},
}


@pytest.fixture
def run() -> ScenarioRun:
    return sl.run(sl.from_values(SHIFT), replications=2, logs="all", jobs=1)


def test_week_has_the_mean_of_each_hour_over_its_two_weeks(run: ScenarioRun) -> None:
    rows = {row.label: row for row in by_hour(run, "week") if not row.team}
    assert len(rows) == 168
    # One call waits from 7:30 to 8:00 on one of two Mondays, and is worked at until 8:30.
    assert rows["Mon 07:00"].queue.value == pytest.approx(0.25)
    assert rows["Mon 07:00"].wip is not None
    assert rows["Mon 07:00"].wip.value == pytest.approx(0.25)
    assert rows["Mon 08:00"].queue.value == 0.0
    assert rows["Mon 07:00"].wait.value == pytest.approx(30.0)
    assert rows["Tue 09:00"].wait.value == 0.0
    assert np.isnan(rows["Tue 10:00"].wait.value)
    assert rows["Mon 08:00"].on_duty.value == pytest.approx(3.0)
    assert rows["Sun 08:00"].on_duty.value == pytest.approx(1.0)


def test_day_folds_the_week(run: ScenarioRun) -> None:
    rows = {(row.team, row.label): row for row in by_hour(run, "day")}
    assert len(rows) == 3 * 24
    assert rows["", "07:00"].queue.value == pytest.approx(0.5 / 14)
    assert rows["desk", "09:00"].on_duty.value == pytest.approx(2 * 10 / 14)
    assert rows["night", "09:00"].on_duty.value == 1.0
    assert rows["night", "07:00"].queue.value == 0.0
    assert rows["desk", "07:00"].wip is None


def test_replications_that_are_the_same_leave_no_doubt(run: ScenarioRun) -> None:
    row = by_hour(run, "day")[7]
    assert row.queue.n == 2
    assert row.queue.half_width == pytest.approx(0.0, abs=1e-12)


def test_hours_that_the_run_does_not_reach_are_left_out() -> None:
    short = sl.from_values({**SHIFT, "time": {"start": "2026-01-05", "length": "10 hours"}})
    rows = by_hour(sl.run(short, replications=2, logs="all", jobs=1), "week")
    assert [row.hour for row in rows if not row.team] == list(range(10))


def test_columns_have_each_figure_with_its_interval(run: ScenarioRun) -> None:
    table = columns(by_hour(run, "day"))
    assert list(table)[:6] == ["hour", "label", "team", "wip", "wip_low", "wip_high"]
    assert {len(column) for column in table.values()} == {72}
    assert table["wip"][30] is None


def test_one_replication_and_missing_logs_are_refused() -> None:
    scenario = sl.from_values(SHIFT)
    with pytest.raises(UsageError, match="at least 2 are needed; found 1"):
        by_hour(sl.run(scenario, replications=1, logs="all", jobs=1))
    with pytest.raises(StorageError, match="were not kept"):
        by_hour(sl.run(scenario, replications=2, logs="first", jobs=1))
