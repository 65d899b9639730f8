"""Arrivals of one replication: recorded traces, batches, limits, identities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simlab.model.arrivals import Arrivals, draw_arrivals
from simlab.model.compile import compile_model
from simlab.model.streams import replication_key
from simlab.model.tables import Model
from tests.desks import model_of, one_step, scenario_of

CLASSES = {
    "easy": {"share": "100 %", "kind": "request", "priority": "P2", "difficulty": 1},
    "hard": {"share": "0 %", "kind": "incident", "priority": "P1", "difficulty": 3},
}


def traced(columns: Mapping[str, Sequence[str]], **trace: str) -> tuple[Model, Arrivals]:
    """Arrivals from a recorded file with these columns."""
    arrivals = {"trace": {"file": "log.csv", **trace}}
    scenario = scenario_of(one_step(arrivals, "1 min", {"people": 1}, "1 week", stream={"classes": CLASSES}))
    model = compile_model(scenario, read_column=lambda path, file, column: columns[column])
    return model, draw_arrivals(model, replication_key(1, 0))


def simple(arrivals: dict[str, Any], replication: int = 0) -> Arrivals:
    model = model_of(one_step(arrivals, "1 min", {"people": 1}, "1 week"))
    return draw_arrivals(model, replication_key(1, replication))


class TestTraces:
    def test_rows_come_in_order_of_time_within_the_run(self) -> None:
        _, found = traced(
            {"created": ["2026-01-06 10:00", "2026-01-05T09:30", "600", "2026-02-01", "2026-01-01"]}
        )
        assert found.at.tolist() == [570.0, 600.0, 2040.0]

    def test_what_is_not_recorded_follows_from_the_recorded_class(self) -> None:
        model, found = traced({"created": ["1", "2", "3"], "c": ["hard", "easy", "hard"]}, **{"class": "c"})
        names, drawn = model.names, found.attributes
        assert [names.classes[c] for c in drawn.ticket_class] == ["hard", "easy", "hard"]
        assert [names.kinds[c] for c in drawn.kind] == ["incident", "request", "incident"]
        assert [names.priorities[c] for c in drawn.priority] == ["P1", "P2", "P1"]
        assert drawn.difficulty.tolist() == [3.0, 1.0, 3.0]

    def test_recorded_priority_and_difficulty_stand(self) -> None:
        columns = {"created": ["2", "1"], "p": ["P1", "P2"], "d": ["2.5", "0.5"]}
        model, found = traced(columns, priority="p", difficulty="d")
        assert [model.names.priorities[c] for c in found.attributes.priority] == ["P2", "P1"]
        assert found.attributes.difficulty.tolist() == [0.5, 2.5]

    def test_every_replication_has_the_recorded_arrivals(self) -> None:
        model, found = traced({"created": ["1", "2", "3"]})
        assert np.array_equal(found.at, draw_arrivals(model, replication_key(1, 5)).at)


class TestCounts:
    def test_batch_sizes_are_rounded_and_at_least_one(self) -> None:
        sizes = {"empirical": {"values": [0.2, 2.4, 2.6]}}
        found = simple({"every": "1 h", "batch": sizes})
        assert set(np.unique(found.at, return_counts=True)[1].tolist()) == {1, 2, 3}

    def test_identities_are_distinct(self) -> None:
        for arrivals in (
            {"rate": "40/hour"},
            {"gaps": {"exponential": "2 min"}},
            {"every": "1 h", "batch": 3},
        ):
            found = simple(arrivals)
            assert len(np.unique(found.subject)) == len(found.at)

    def test_arrivals_are_in_order_and_within_the_run(self) -> None:
        found = simple({"rate": "40/hour", "day_cv": 0.3})
        assert np.all(np.diff(found.at) >= 0.0)
        assert 0.0 <= found.at[0] < found.at[-1] < 7 * 1440.0

    def test_a_limit_keeps_the_first(self) -> None:
        assert np.array_equal(
            simple({"rate": "40/hour", "limit": 100}).at, simple({"rate": "40/hour"}).at[:100]
        )

    def test_gaps_start_at_their_date(self) -> None:
        found = simple({"gaps": "3 h", "from": "2026-01-06", "until": "2026-01-06 10:00"})
        assert found.at.tolist() == [1440.0 + 180.0, 1440.0 + 360.0, 1440.0 + 540.0]

    def test_replications_differ(self) -> None:
        assert not np.array_equal(simple({"rate": "40/hour"}).at[:50], simple({"rate": "40/hour"}, 1).at[:50])
