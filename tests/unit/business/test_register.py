"""The improvement register: rows of cases, reading them again, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from simlab.business.case import BusinessCase
from simlab.business.register import (
    RegisterRow,
    check,
    read_register,
    register_row,
    with_row,
    write_register,
)
from simlab.calibrate.event_log import CaseTable, EventLog, Labels, LogKind
from simlab.errors import InvalidInput, UsageError

WorkedOut = Callable[..., BusinessCase]
ROW = RegisterRow(
    id="bot",
    change="=A bot",
    measure="resolution",
    unit="min",
    baseline=100.0,
    target=60.0,
    benefit=-40.0,
    benefit_low=-50.0,
    benefit_high=-30.0,
    cost_at_start=10_000.0,
    cost_a_year=1200.0,
    value=5000.0,
    value_low=-100.0,
    value_high=9000.0,
    currency="EUR",
    confidence=0.9,
    owner="Desk lead",
    accepted="2026-01-01",
    review="2026-06-01",
)


def log_with(minutes: list[float]) -> EventLog:
    """Two tickets in each week from 2026-01-05, resolved after so many minutes by week."""
    first = (date(2026, 1, 5) - date(1970, 1, 1)).days * 1440.0
    created = np.array(
        [first + 10_080.0 * week + shift for week in range(len(minutes)) for shift in (0.0, 5000.0)]
    )
    taken = np.repeat(minutes, 2)
    nothing, codes = Labels.none(len(created)), np.full(len(created), -1, np.int32)
    cases = CaseTable(
        tuple(map(str, range(len(created)))),
        created,
        created,
        created + taken,
        created + taken,
        nothing,
        nothing,
        nothing,
        nothing,
        codes,
        codes,
    )
    empty = np.empty(0)
    return EventLog.sorted_from(
        LogKind.TICKETS, "UTC", cases, np.empty(0, np.int32), Labels.none(0), empty, empty
    )


def test_row_of_a_case_has_its_figures(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": "8000 EUR/year"})
    row = register_row(case, "bot", owner="Lead", accepted=date(2026, 1, 1), review=date(2026, 6, 1))
    means = [float(run.values("resolution_mean").mean()) for run in (case.base, case.proposal)]
    assert (row.baseline, row.target) == pytest.approx(means)
    assert row.benefit == pytest.approx(means[1] - means[0])
    assert row.benefit_low <= row.benefit <= row.benefit_high
    # 10000 EUR once; 100 EUR a month for the bot.
    assert (row.cost_at_start, row.cost_a_year) == pytest.approx((10_000.0, 1200.0))
    assert (row.value_low, row.value, row.value_high) == (
        case.figures["npv"].joint.low,
        case.figures["npv"].joint.median,
        case.figures["npv"].joint.high,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"measure": "mood"}, "a measure is"),
        ({"measure": "attainment"}, "the scenario has no resolve_attainment"),
        ({"review": date(2025, 1, 1)}, "a review comes after"),
    ],
)
def test_rows_that_could_not_be_checked_are_refused(
    worked_out: WorkedOut, changes: dict[str, object], message: str
) -> None:
    asked = {"owner": "Lead", "accepted": date(2026, 1, 1), "review": date(2026, 6, 1), **changes}
    with pytest.raises(UsageError, match=message):
        register_row(worked_out(), "bot", **asked)  # type: ignore[arg-type]


def test_register_reads_as_it_was_written_and_holds_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    write_register([ROW], path)
    assert read_register(path) == (ROW,)
    assert "\r\nbot,'=A bot," in path.read_bytes().decode()
    # A negative number stays a number.
    assert ",-40.0," in path.read_text()


def test_a_row_replaces_that_of_the_same_id() -> None:
    newer = replace(ROW, target=50.0)
    assert with_row([ROW, replace(ROW, id="other")], newer) == (newer, replace(ROW, id="other"))


def test_a_missing_register_is_empty_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    assert read_register(path) == ()
    path.write_text("id,change\nx,y\n")
    with pytest.raises(InvalidInput, match="begins with the columns"):
        read_register(path)
    write_register([ROW], path)
    path.write_text(path.read_text().replace("100.0", "many"))
    with pytest.raises(InvalidInput, match=r"register\.csv:2:1.*cannot be read"):
        read_register(path)


@pytest.mark.parametrize(
    ("minutes", "outcome"),
    [
        ([60.0, 61.0, 59.0, 60.0, 60.0], "reached"),
        ([80.0, 81.0, 79.0, 80.0, 80.0], "in part"),
        ([100.0, 101.0, 103.0, 102.0, 104.0], "not reached"),
        ([20.0, 160.0, 30.0, 170.0, 90.0], "not shown"),
    ],
)
def test_outcome_follows_from_the_interval_of_the_weeks(
    worked_out: WorkedOut, minutes: list[float], outcome: str
) -> None:
    loaded = worked_out().plan.base
    found = check(ROW, loaded, log_with(minutes))
    assert found.outcome == outcome
    assert found.weeks == len(minutes) - 1


def test_weeks_before_the_acceptance_do_not_count(worked_out: WorkedOut) -> None:
    loaded = worked_out().plan.base
    late = replace(ROW, accepted="2026-01-20")
    found = check(late, loaded, log_with([500.0, 500.0, 60.0, 60.0, 60.0, 60.0]))
    assert found.actual.value == pytest.approx(60.0)
    with pytest.raises(UsageError, match="no two whole weeks after"):
        check(replace(ROW, accepted="2026-03-01"), loaded, log_with([60.0] * 6))


def test_a_change_accepted_on_a_monday_counts_from_its_local_midnight(worked_out: WorkedOut) -> None:
    log = log_with([60.0] * 5)
    # In Berlin the week of the 12th begins an hour before it does in UTC.
    cases = replace(log.cases, created=log.cases.created - 60.0, resolved=log.cases.resolved - 60.0)
    berlin = replace(log, zone="Europe/Berlin", cases=cases)
    found = check(replace(ROW, accepted="2026-01-12"), worked_out().plan.base, berlin)
    assert found.weeks == check(replace(ROW, accepted="2026-01-11"), worked_out().plan.base, berlin).weeks
