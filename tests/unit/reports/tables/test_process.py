from __future__ import annotations

import numpy as np
import pytest

from simlab.experiments.runs import ScenarioRun
from simlab.reports.subjects import Subject, subject_of
from simlab.reports.tables import process
from simlab.reports.tables.process import MOST_MOVES, main_moves
from simlab.reports.tables.table import table

WEEKS = 3.0


@pytest.fixture(scope="module")
def subject(base: ScenarioRun) -> Subject:
    return subject_of(base, "today")


def visits_in_windows(subject: Subject, step: str) -> int:
    code = subject.model.names.steps.index(step)
    started = [logs.visits.started[logs.visits.step == code] for logs in subject.run.kept.values()]
    return int(sum((times >= subject.model.warm_up).sum() for times in started))


def test_every_node_has_its_kind_and_team(subject: Subject) -> None:
    assert [row[:3] for row in process.steps(subject).rows] == [
        ("start", "start", ""),
        ("triage", "work", "desk"),
        ("ask", "wait", ""),
        ("repair", "work", "experts"),
        ("resolved", "end", ""),
    ]


@pytest.mark.parametrize("step", ["triage", "ask", "repair"])
def test_visits_are_those_begun_in_the_window_a_week(subject: Subject, step: str) -> None:
    (row,) = process.steps(subject).where(step=step).rows
    assert row[3] == pytest.approx(visits_in_windows(subject, step) / WEEKS)


def test_times_at_steps_of_fixed_length_are_those_lengths(subject: Subject) -> None:
    steps = process.steps(subject)
    triage, ask = steps.where(step="triage"), steps.where(step="ask")
    assert triage.numbers("hands-on time")[0] == pytest.approx(10.0)
    assert ask.numbers("duration")[0] == pytest.approx(240.0)
    assert ask.numbers("wait")[0] == pytest.approx(0.0)


def test_moves_go_only_where_the_routing_allows(subject: Subject) -> None:
    moves = process.moves(subject)
    assert {row[:2] for row in moves.rows} == {
        ("start", "triage"),
        ("triage", "resolved"),
        ("triage", "ask"),
        ("triage", "repair"),
        ("ask", "triage"),
        ("repair", "resolved"),
        ("repair", "triage"),
    }
    assert np.all(moves.numbers("by mistake") == 0.0)


def test_the_delay_before_a_resolution_is_nothing(subject: Subject) -> None:
    moves = process.moves(subject).where(to="resolved")
    np.testing.assert_allclose(moves.numbers("delay"), 0.0, atol=1e-9)


def test_what_goes_into_the_way_out_is_what_it_counts(subject: Subject) -> None:
    out = process.steps(subject).where(step="resolved").numbers("visits")[0]
    assert out == pytest.approx(process.moves(subject).where(to="resolved").numbers("moves").sum())


def test_cost_of_a_step_is_its_hands_on_time_at_the_rate_of_its_team(subject: Subject) -> None:
    steps = process.steps(subject)
    for step, rate in (("triage", 30.0), ("repair", 60.0)):
        (row,) = steps.where(step=step).rows
        hours = float(row[3]) * float(row[6]) / 60.0
        assert row[8] == pytest.approx(hours * rate, rel=0.02)  # visits that never ended have no time
    assert np.isnan(steps.where(step="ask").numbers("cost")[0])
    assert steps.columns[-1].heading == "cost [EUR/week]"


def test_what_moves_to_a_step_bring_adds_up_to_what_the_step_costs(subject: Subject) -> None:
    steps, moves = process.steps(subject), process.moves(subject)
    # Visits at the edges of the window, which arrived before it or end after it, are in one sum only.
    for step in ("triage", "repair"):
        (cost,) = steps.where(step=step).numbers("cost")
        assert moves.where(to=step).numbers("cost").sum() == pytest.approx(cost, rel=0.05)
    # Ten minutes of the desk at 30 EUR an hour are 5 EUR; tickets that still wait have had none.
    flow = moves.where(to="triage")
    assert np.all(flow.numbers("cost") <= flow.numbers("moves") * 5.0 + 1e-9)
    assert not moves.where(to="resolved").numbers("cost").any()
    assert not moves.where(to="ask").numbers("cost").any()


def test_a_map_of_many_moves_leaves_out_thin_ones_but_no_step_its_strongest() -> None:
    strong = [(f"s{n}", f"s{n + 1}", 100.0) for n in range(MOST_MOVES)]
    thin = [
        ("s0", "s5", 1.9),
        ("s0", "s7", 2.0),
        ("s0", "aside", 0.5),
        ("aside", "s3", 0.5),
        ("s1", "s1", 0.1),
    ]
    moves = table("moves", "", ("from", "to", "moves"), [*strong, *thin])
    assert [row for row in main_moves(moves).rows if float(row[2]) < 100.0] == thin[1:]
    few = moves.chosen(moves.rows[2:])
    assert main_moves(few.chosen(few.rows[4:])).rows == few.rows[4:]
