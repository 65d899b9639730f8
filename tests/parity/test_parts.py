"""Figures of runs whose logs are handed over in parts are those that the whole logs give."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.models import desk, queue
from simlab.engines import kernel_room
from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.parts import Reader, RunPart
from simlab.metrics.parts import Tally, needs_whole_logs
from simlab.metrics.responses import responses
from simlab.metrics.summary import ReplicationSummary, summarise
from simlab.model.tables import Model
from tests.desks import model_of
from tests.learning import learning
from tests.mechanisms import mechanisms
from tests.strategies import scenarios


def figures_by_parts(model: Model, names: list[str], seed: int, rows: int) -> tuple[ReplicationSummary, int]:
    """Figures of a run in parts of about so many rows, and how many parts there were."""
    tally, n_parts = Tally(model, names), 1

    def begin() -> Reader:
        nonlocal tally, n_parts
        tally, n_parts = Tally(model, names), 1
        return read

    def read(part: RunPart) -> None:
        nonlocal n_parts
        n_parts += 1
        tally.read(part)

    with patch.object(kernel_room, "PART_ROWS", rows), patch.object(kernel_room, "_FIRST_PLACES", 1):
        last = CompiledEngine().run_in_parts(model, seed, 0, Guards(), begin)
    summary, invariants = tally.finish(last)
    assert [each for each in invariants if not each.holds] == []
    return summary, n_parts


def asked_by_parts(model: Model) -> list[str]:
    """Names of all responses that need no whole logs."""
    return [each.name for each in responses(model) if not needs_whole_logs(model, [each.name])]


def assert_same_figures(model: Model, seed: int, rows: int = 40, names: list[str] | None = None) -> int:
    """What responses that need no whole logs are by parts, they are of the whole logs; number of parts."""
    names = asked_by_parts(model) if names is None else names
    whole = summarise(model, CompiledEngine().run(model, seed, 0), names)
    by_parts, n_parts = figures_by_parts(model, names, seed, rows)
    assert by_parts.names == whole.names
    assert by_parts.window == whole.window
    for column in ("value", "numerator", "denominator"):
        np.testing.assert_array_equal(getattr(by_parts, column), getattr(whole, column), err_msg=column)
    return n_parts


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario=scenarios(), seed=st.integers(0, 2**32))
def test_parts_give_the_figures_of_whole_logs_on_generated_scenarios(
    scenario: dict[str, Any], seed: int
) -> None:
    assert_same_figures(model_of(scenario), seed)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario=learning(mechanisms()), seed=st.integers(0, 2**32))
def test_parts_give_the_figures_of_whole_logs_with_every_mechanism(
    scenario: dict[str, Any], seed: int
) -> None:
    model = model_of(scenario)
    assert_same_figures(model, seed)
    names = asked_by_parts(model)
    some = np.random.default_rng(seed).choice(names, max(len(names) // 8, 1), replace=False)
    assert_same_figures(model, seed, names=some.tolist())


def with_money() -> dict[str, Any]:
    """A desk where waiting users, missed targets and people cost money, and tickets are reopened later."""
    scenario = desk(2000, office_hours=True)
    scenario["costs"] = {"user_waiting": {"P0": "90 EUR/hour", "P2": "3 EUR/hour"}}
    scenario["targets"] = {"P0": {"resolve": "4 h", "respond": "1 h", "penalty": "20 EUR"}}
    scenario["routing"]["steps"]["resolved"]["reopen"]["after"] = {"exponential": "1 day"}
    scenario["staffing"]["L1"] |= {"cost": "30 EUR/hour", "at_shift_end": "finish"}
    scenario["time"]["warm_up"] = "2 weeks"
    return scenario


@pytest.mark.parametrize("scenario", [queue(3000), desk(2000), with_money()], ids=["m1", "m2", "money"])
def test_parts_of_a_long_run_give_the_figures_of_whole_logs(scenario: dict[str, Any]) -> None:
    assert assert_same_figures(model_of(scenario), 1, 200) > 5


def test_each_response_by_itself_is_what_the_whole_logs_give() -> None:
    model = model_of(with_money())
    for name in asked_by_parts(model):
        assert_same_figures(model, 1, 2000, [name])
