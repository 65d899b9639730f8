from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.engines.logs import RunLogs
from simlab.metrics.groups import Grouping, everything
from simlab.metrics.spans import delay_spans, hands_on_spans, minutes_per_cell, most_at_once, queue_spans
from simlab.model.codes import DelayCause
from simlab.model.tables import Model

LogsOf = Callable[..., RunLogs]
Span = tuple[float, float]

spans_of = st.lists(
    st.tuples(st.integers(-5, 45), st.integers(0, 30)).map(lambda s: (float(s[0]), float(s[0] + s[1]))),
    max_size=12,
)


def test_minutes_per_cell_splits_spans_at_the_edges_and_keeps_groups_apart() -> None:
    edges = np.array([0.0, 10.0, 20.0, 40.0, 50.0])
    started, ended = np.array([5.0, 12.0, -3.0, 30.0]), np.array([45.0, 18.0, 10.0, 99.0])
    minutes = minutes_per_cell(started, ended, Grouping(np.array([0, 1, 1, -1]), 2), edges)
    np.testing.assert_array_equal(minutes, [[5.0, 10.0, 20.0, 5.0], [10.0, 6.0, 0.0, 0.0]])


@given(spans_of)
def test_minutes_per_cell_is_the_overlap_of_each_span_with_each_cell(spans: list[Span]) -> None:
    edges = np.array([0.0, 7.0, 8.0, 20.0, 33.0])
    started, ended = np.array(spans).reshape(-1, 2).T
    found = minutes_per_cell(started, ended, everything(len(spans)), edges)[0]
    expected = [sum(max(0.0, min(b, high) - max(a, low)) for a, b in spans) for low, high in pairwise(edges)]
    np.testing.assert_array_equal(found, expected)


def test_minutes_per_cell_without_cells_is_empty() -> None:
    assert minutes_per_cell([1.0], [2.0], everything(1), np.array([0.0])).shape == (1, 0)


@given(spans_of)
def test_most_at_once_is_the_largest_count_at_any_start(spans: list[Span]) -> None:
    proper = [(a, b) for a, b in spans if b > a]
    started, ended = np.array(proper).reshape(-1, 2).T
    counted = [sum(a <= t < b for a, b in proper) for t, _ in proper]
    assert most_at_once(started, ended) == max(counted, default=0)


def test_queue_spans_end_with_work_with_leaving_or_with_the_run(logs_of: LogsOf) -> None:
    logs = logs_of(
        tickets=[{"created": 0.0}] * 5,
        visits=[
            {"ticket": 0, "team": 0, "arrived": 10.0, "started": 25.0, "ended": 30.0},
            {"ticket": 1, "team": 0, "arrived": 12.0, "started": 12.0, "ended": 30.0},
            {"ticket": 2, "team": 1, "arrived": 20.0, "ended": 50.0},
            {"ticket": 3, "team": -1, "arrived": 20.0, "started": 20.0, "ended": 50.0},
            {"ticket": 4, "team": 1, "arrived": 80.0},
        ],
        end=100.0,
    )
    spans = queue_spans(logs)
    rows = sorted(zip(spans.row.tolist(), spans.started.tolist(), spans.ended.tolist(), strict=True))
    assert rows == [(0, 10.0, 25.0), (2, 20.0, 50.0), (4, 80.0, 100.0)]


def test_queue_spans_after_a_hand_over_last_until_the_next_person_takes_it(logs_of: LogsOf) -> None:
    logs = logs_of(
        tickets=[{"created": 0.0}] * 3,
        visits=[
            {"ticket": 0, "team": 0, "arrived": 5.0, "started": 5.0, "ended": 90.0, "handovers": 2},
            {"ticket": 0, "team": 1, "arrived": 90.0, "started": 95.0, "ended": 99.0},
            {"ticket": 1, "team": 0, "arrived": 8.0, "started": 8.0, "handovers": 1},
            {"ticket": 2, "team": 0, "arrived": 9.0, "started": 9.0},
        ],
        work=[
            {"ticket": 0, "person": 0, "started": 5.0, "ended": 10.0},
            {"ticket": 1, "person": 1, "started": 8.0, "ended": 10.0},
            {"ticket": 0, "person": 1, "started": 40.0, "ended": 50.0},
            {"ticket": 0, "person": 1, "started": 70.0, "ended": 90.0},
            {"ticket": 0, "person": 2, "started": 95.0, "ended": 99.0},
            {"ticket": 2, "person": 2, "started": 9.0},
        ],
        end=100.0,
    )
    spans = queue_spans(logs)
    rows = sorted(zip(spans.row.tolist(), spans.started.tolist(), spans.ended.tolist(), strict=True))
    assert rows == [(0, 10.0, 40.0), (0, 50.0, 70.0), (1, 90.0, 95.0), (2, 10.0, 100.0)]


def test_hands_on_spans_are_the_duty_time_of_spells_then_overtime(logs_of: LogsOf) -> None:
    logs = logs_of(
        work=[
            {"person": 1, "ticket": 0, "started": 450.0, "ended": 470.0},
            {"person": 0, "ticket": 1, "started": 100.0, "ended": 530.0, "overtime_min": 30.0},
            {"person": 1, "ticket": 2, "started": 590.0},
        ],
        duty=[
            {"person": 1, "started": 400.0, "ended": 600.0},
            {"person": 0, "started": 300.0, "ended": 500.0},
            {"person": 0, "started": 50.0, "ended": 240.0},
        ],
        end=595.0,
    )
    on_duty, overtime = hands_on_spans(logs)
    rows = sorted(zip(on_duty.row.tolist(), on_duty.started.tolist(), on_duty.ended.tolist(), strict=True))
    assert rows == [(0, 450.0, 470.0), (1, 100.0, 240.0), (1, 300.0, 500.0), (2, 590.0, 595.0)]
    assert overtime.row.tolist() == [1]
    assert (overtime.started[0], overtime.ended[0]) == (500.0, 530.0)


def test_overtime_that_reaches_into_the_next_shift_is_not_counted_twice(logs_of: LogsOf) -> None:
    logs = logs_of(
        work=[{"person": 0, "ticket": 0, "started": 90.0, "ended": 150.0, "overtime_min": 50.0}],
        duty=[{"person": 0, "started": a, "ended": a + 20.0} for a in (80.0, 120.0)],
        end=200.0,
    )
    on_duty, overtime = hands_on_spans(logs)
    assert (on_duty.started.tolist(), on_duty.ended.tolist()) == ([90.0], [100.0])
    assert (overtime.started.tolist(), overtime.ended.tolist()) == ([100.0], [150.0])


def test_hands_on_spans_without_duty_or_work_are_empty(logs_of: LogsOf) -> None:
    off_duty, _ = hands_on_spans(logs_of(work=[{"person": 0, "ticket": 0, "started": 1.0, "ended": 2.0}]))
    nothing, overtime = hands_on_spans(logs_of())
    assert len(off_duty.row) == len(nothing.row) == len(overtime.row) == 0


@pytest.mark.parametrize(
    ("cause", "expected"),
    [(DelayCause.WAIT, [(0, 5.0, 9.0)]), (DelayCause.AUTOMATION, [(1, 9.0, 60.0)]), (DelayCause.DORMANT, [])],
)
def test_delay_spans_are_those_of_steps_of_the_cause(
    model: Model, logs_of: LogsOf, cause: DelayCause, expected: list[tuple[int, float, float]]
) -> None:
    logs = logs_of(
        tickets=[{"created": 0.0}],
        visits=[
            {"ticket": 0, "step": 2, "arrived": 5.0, "started": 5.0, "ended": 9.0},
            {"ticket": 0, "step": 5, "arrived": 9.0, "started": 9.0},
        ],
        end=60.0,
    )
    spans = delay_spans(model, logs, cause)
    assert (
        list(zip(spans.row.tolist(), spans.started.tolist(), spans.ended.tolist(), strict=True)) == expected
    )
