"""Tickets of a recorded trace leave the same logs on both engines, whatever of them was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.engines.compiled import CompiledEngine
from simlab.model.compile import compile_model
from simlab.model.tables import Model
from tests.desks import scenario_of
from tests.learning import have_faults
from tests.parity.comparison import BothEngines
from tests.strategies import CLASSES, Draw, Scenario, scenarios

VALUES: Mapping[str, st.SearchStrategy[str]] = {
    "class": st.sampled_from(CLASSES),
    "priority": st.sampled_from(("P1", "P2")),
    "channel": st.sampled_from(("phone", "web")),
    "difficulty": st.sampled_from(("0", "0.5", "1", "2.25")),
}
MINUTES = st.integers(0, 4 * 1440)


@st.composite
def traces(draw: Draw) -> tuple[Scenario, dict[str, list[str]]]:
    """A scenario whose first stream is a file, and the columns of it."""
    scenario = draw(scenarios())
    recorded = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    minutes = draw(st.lists(MINUTES, min_size=1, max_size=60))
    columns = {"created": [str(minute) for minute in minutes]}
    for name in recorded:
        columns[name] = draw(st.lists(VALUES[name], min_size=len(minutes), max_size=len(minutes)))
    arrivals: dict[str, Any] = {"trace": {"file": "log.csv", **{name: name for name in recorded}}}
    if draw(st.booleans()):
        arrivals["batch"] = draw(st.integers(1, 3))
    scenario["demand"]["one"]["arrivals"] = arrivals
    if draw(st.booleans()):
        have_faults(draw, scenario)
    return scenario, columns


def model_with(written: Scenario, columns: Mapping[str, Sequence[str]]) -> Model:
    return compile_model(scenario_of(written), read_column=lambda path, file, column: columns[column])


@settings(max_examples=25)
@given(traced=traces(), seed=st.integers(0, 2**32))
def test_engines_leave_equal_logs_on_recorded_arrivals(
    traced: tuple[Scenario, dict[str, list[str]]], seed: int
) -> None:
    model = model_with(*traced)
    assert CompiledEngine().supports(model) is None
    BothEngines().run(model, seed, 0)
