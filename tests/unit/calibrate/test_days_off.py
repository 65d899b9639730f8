"""Days off: recognised by what did not happen, and named by the mapping of a log."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.days_off import DaysOff, arrival_share, public_days, quiet_days
from simlab.calibrate.reading.mapping import read_mapping
from simlab.errors import InvalidInput

MONDAY = (date(2024, 1, 1) - date(1970, 1, 1)).days
"""New Year's Day 2024 was a Monday."""


def working_days(
    n_weeks: int, a_day: int, left_out: tuple[int, ...] = ()
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    days = [7 * week + day for week in range(n_weeks) for day in range(5)]
    return np.repeat([MONDAY + day for day in days if day not in left_out], a_day)


def test_a_working_day_without_work_is_a_day_off() -> None:
    assert quiet_days(working_days(10, 40, left_out=(7 * 5 + 2,))) == (date(2024, 2, 7),)


def test_the_first_days_of_a_log_are_no_days_off() -> None:
    assert quiet_days(np.concatenate([[MONDAY], working_days(10, 40, left_out=(0,))])) == ()


def test_days_on_which_work_is_rare_anyway_are_no_days_off() -> None:
    assert quiet_days(working_days(10, 5, left_out=(7 * 5 + 2,))) == ()


def test_weekends_are_no_days_off() -> None:
    assert quiet_days(working_days(10, 40)) == ()


def test_a_log_without_work_has_no_days_off() -> None:
    assert quiet_days(np.zeros(0, np.int64)) == ()


def test_public_holidays_are_not_written_twice() -> None:
    off = DaysOff((), "DE-BY").and_dates([date(2024, 12, 25), date(2024, 12, 27)])
    assert off.written() == {"holidays": "DE-BY", "closed": ["2024-12-27"]}


def test_the_part_of_arrivals_that_is_left_on_holidays_is_measured() -> None:
    days = np.concatenate([working_days(20, 40, left_out=(0,)), np.full(10, MONDAY)])
    # in these weeks New Year, Good Friday and Easter Monday, Labour Day and Ascension lie on weekdays
    off = [date(2024, 3, 29), date(2024, 4, 1), date(2024, 5, 1), date(2024, 5, 9)]
    quiet = np.isin(days, [(day - date(1970, 1, 1)).days for day in off])
    assert arrival_share(days[~quiet], public_days("DE", days)) == pytest.approx(10.0 / 200.0)


def test_a_mapping_names_days_off(tmp_path: Path) -> None:
    file = tmp_path / "log.mapping.yaml"
    text = (
        "log: events\nholidays: DE-BY\nclosed: [2026-12-24]\ncolumns: {case: id, activity: what, end: at}\n"
    )
    file.write_text(text)
    mapping = read_mapping(file)
    assert (mapping.holidays, mapping.closed) == ("DE-BY", (date(2026, 12, 24),))
    file.write_text(text.replace("DE-BY", "DE-XX"))
    with pytest.raises(InvalidInput, match="DE-XX"):
        read_mapping(file)
