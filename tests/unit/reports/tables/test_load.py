from __future__ import annotations

import numpy as np
import pytest

from simlab.experiments.runs import ScenarioRun
from simlab.reports.subjects import Subject, subject_of
from simlab.reports.tables import load
from simlab.reports.tables.table import table

WEEKS = 3.0
"""Three replications of a week each, after the warm-up."""


@pytest.fixture(scope="module")
def subject(base: ScenarioRun) -> Subject:
    return subject_of(base, "today")


def test_work_in_progress_adds_up_to_the_time_in_system_of_all_tickets(subject: Subject) -> None:
    progress = load.work_in_progress([subject])
    run = subject.run
    areas = [
        np.sum(np.fmin(logs.tickets.closed, logs.totals.end) - logs.tickets.created)
        for logs in run.kept.values()
    ]
    hours = progress.numbers("tickets").sum()
    assert hours * 60.0 == pytest.approx(np.mean(areas))
    assert (progress.numbers("least") <= progress.numbers("tickets")).all()
    assert (progress.numbers("tickets") <= progress.numbers("most")).all()


def test_control_limits_are_three_standard_deviations_of_the_cells_after_the_warm_up(
    subject: Subject,
) -> None:
    seen = subject.observation
    assert seen is not None
    # Cells of an hour; the first day warms up.
    cells = [value for run in seen.wip.tolist() for value in run[24:]]
    mean = sum(cells) / len(cells)
    deviation = (sum((cell - mean) ** 2 for cell in cells) / (len(cells) - 1)) ** 0.5
    ((label, found, lower, upper),) = load.control_limits([subject]).rows
    assert label == "today"
    assert (found, upper) == pytest.approx((mean, mean + 3.0 * deviation))
    assert lower == pytest.approx(max(mean - 3.0 * deviation, 0.0))


def test_times_are_told_as_local_dates(subject: Subject) -> None:
    assert load.work_in_progress([subject]).texts("from")[:2] == ["2026-01-05 00:00", "2026-01-05 01:00"]


def test_an_average_week_shows_the_people_on_duty_hour_by_hour(subject: Subject) -> None:
    week = load.average_week([subject]).where(team="desk")
    on_duty = dict(zip(week.texts("from"), week.numbers("on duty"), strict=True))
    assert on_duty["Tue 07:00"] == 0.0
    assert on_duty["Tue 08:00"] == 2.0
    assert on_duty["Tue 17:00"] == 0.0
    assert on_duty["Sat 12:00"] == 0.0


def test_the_mean_queue_of_the_average_week_is_that_of_the_run(subject: Subject) -> None:
    week = load.average_week([subject]).where(team="desk")
    # The window is one whole week, so that all hours of week weigh the same.
    assert week.numbers("waiting").mean() == pytest.approx(subject.run.values("queue_mean[team=desk]").mean())


def test_utilisation_is_hands_on_time_over_paid_time_and_missing_where_nobody_is_paid(
    subject: Subject,
) -> None:
    use = load.utilisation([subject]).where(team="experts")
    shares = dict(zip(use.texts("from"), use.numbers("utilisation"), strict=True))
    assert np.isnan(shares["Sun 12:00"])
    paid = [share for share in shares.values() if not np.isnan(share)]
    assert len(paid) == 5 * 8
    # Every hour is paid alike, so the mean of the hours is the utilisation of the whole.
    assert np.mean(paid) == pytest.approx(subject.run.estimates()["utilisation[team=experts]"].value)


def test_waiting_is_told_in_hours_a_week_and_in_shares(subject: Subject) -> None:
    waits = load.waiting([subject])
    seen = subject.observation
    assert seen is not None
    assert seen.weeks == WEEKS
    np.testing.assert_allclose(waits.numbers("waiting") * 60.0 * WEEKS, seen.waiting.minutes)
    assert waits.numbers("of all waiting").sum() == pytest.approx(1.0)
    assert list(waits.numbers("waiting")) == sorted(waits.numbers("waiting"), reverse=True)
    asked = waits.where(cause="delay").rows
    assert [row[2:4] for row in asked] == [("", "ask")]


def test_bottlenecks_join_the_steps_of_a_team_and_rank_places_by_their_total() -> None:
    waits = table(
        "waits",
        "",
        ("scenario", "cause", "team", "step", "waiting"),
        [
            ("s", "all busy", "desk", "triage", 3.0),
            ("s", "all busy", "desk", "fix", 2.0),
            ("s", "nobody on duty", "desk", "fix", 1.0),
            ("s", "delay", "", "ask", 5.5),
            ("s", "automation", "", "fix", 0.0),
        ],
    )
    # 120 tickets a week: an hour of waiting a week is half a minute a ticket.
    assert load.bottlenecks(waits, {"s": 120.0}).rows == (
        ("s", "desk", "nobody on duty", 1.0, 0.5),
        ("s", "desk", "all busy", 5.0, 2.5),
        ("s", "ask", "delay", 5.5, 2.75),
    )


def test_limits_of_a_queue_are_three_deviations_around_its_mean(subject: Subject) -> None:
    seen = subject.observation
    assert seen is not None
    cells = seen.queue[0, seen.edges[:-1] >= subject.model.warm_up]
    (_, team, mean, lower, upper), *_ = load.queue_limits(subject).rows
    assert team == "desk"
    assert mean == pytest.approx(cells.mean())
    assert upper == pytest.approx(cells.mean() + 3.0 * cells.std(ddof=1))
    assert lower == max(2.0 * float(mean) - float(upper), 0.0)


def test_hand_offs_are_counted_a_week(subject: Subject) -> None:
    moves = load.handoff_matrix(subject)
    assert [row[:2] for row in moves.rows] == [
        ("desk", "desk"), ("desk", "experts"), ("experts", "desk"), ("experts", "experts"),
    ]  # fmt: skip
    seen = subject.observation
    assert seen is not None
    np.testing.assert_allclose(moves.numbers("moves") * WEEKS, seen.handoffs.ravel())
    assert moves.numbers("moves")[1] > 0.0


def test_hours_on_duty_are_those_of_the_rota_in_each_whole_week(subject: Subject) -> None:
    # Two people for 9 hours on five days, one for 8; the run ends a day after its first week.
    staff = load.staff(subject)
    assert [row[:4] for row in staff.rows] == [
        ("today", "desk", 0.0, "2026-01-05 00:00"),
        ("today", "experts", 0.0, "2026-01-05 00:00"),
    ]
    assert staff.numbers("on duty").tolist() == pytest.approx([90.0, 40.0])
