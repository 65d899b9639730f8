"""What ends a run early, and tables that have to grow: equal on both engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput, UsageError
from simlab.model.codes import StepKind
from simlab.model.tables import Model
from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines, assert_equal

ENGINES = (SimpyEngine(), CompiledEngine())


def overloaded(length: str = "10 days") -> Model:
    """Two people meet five times the work that they can do."""
    return model_of(one_step({"rate": "60/hour"}, {"exponential": "10 min"}, {"people": 2}, length))


@pytest.mark.parametrize(
    "guards",
    [Guards(max_events=1), Guards(max_events=1000), Guards(max_in_system=50), Guards(max_in_system=0)],
    ids=str,
)
def test_guard_ends_both_engines_at_the_same_event(guards: Guards) -> None:
    assert BothEngines().run(overloaded(), 1, 0, guards).totals.truncated != ""


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize("step", [{"work": "0"}, {"wait": "0", "team": None}], ids=["work", "wait"])
def test_loop_without_time_is_refused(engine: Engine, step: dict[str, Any]) -> None:
    written = one_step({"every": "1 h"}, "0", {"people": 1}, "1 day")
    loop = {key: value for key, value in {"team": "desk", **step}.items() if value is not None}
    written["routing"]["steps"]["work"] = loop | {
        "next": [{"when": {"hops": ">= 1"}, "to": "resolved"}, {"to": "work"}]
    }
    with pytest.raises(InvalidInput, match="1000 steps without any time passing"):
        engine.run(model_of(written), 1, 0)


def test_long_queue_outgrows_every_table() -> None:
    logs = BothEngines().run(overloaded("20 days"), 3, 1)
    assert logs.totals.in_system > 10_000


def test_population_whose_tickets_outnumber_those_described_at_first() -> None:
    population = {"population": {"size": 3, "away": {"exponential": "5 min"}}}
    written = one_step(population, {"exponential": "2 min"}, {"people": 2}, "20 days")
    written["demand"]["tickets"]["priority"] = {"P1": "30 %", "P2": "70 %"}
    written["demand"]["more"] = written["demand"]["tickets"] | {"arrivals": {"rate": "1/hour"}}
    assert len(BothEngines().run(model_of(written), 1, 0).tickets) > 4096


def test_column_in_which_tickets_differ_only_late_is_written_from_the_first_on() -> None:
    written = one_step({"rate": "6/hour"}, {"exponential": "2 min"}, {"people": 2}, "4 days")
    written["time"]["start"] = "2026-01-05"
    written["demand"]["more"] = written["demand"]["tickets"] | {
        "arrivals": {"rate": "6/hour", "from": "2026-01-08"},
        "priority": "P9",
    }
    streams = BothEngines().run(model_of(written), 1, 0).tickets.stream
    assert set(streams[:200]) == {0}
    assert set(streams) == {0, 1}


def test_column_that_says_the_same_of_all_tickets_takes_no_memory() -> None:
    written = one_step({"rate": "6/hour"}, {"exponential": "2 min"}, {"people": 2}, "1 day")
    tickets = CompiledEngine().run(model_of(written), 1, 0).tickets
    assert tickets.respond_due.strides == tickets.score.strides == tickets.delay_min.strides == (0,)
    assert len(tickets.score) == len(tickets)


def test_compiled_engine_repeats_itself_bit_for_bit() -> None:
    model, engine = overloaded(), CompiledEngine()
    assert_equal(engine.run(model, 5, 2), engine.run(model, 5, 2))


def test_compiled_engine_refuses_a_model_with_an_unknown_code() -> None:
    model = overloaded("1 day")
    unknown = np.full_like(model.steps.kind, max(StepKind) + 1)
    strange = replace(model, steps=model.steps._replace(kind=unknown))
    assert CompiledEngine().supports(strange) == "it does not know every 'kind' of steps"
    with pytest.raises(UsageError, match="does not run 'one step': it does not know every 'kind' of steps"):
        CompiledEngine().run(strange, 1, 0)
