"""Random scenarios of the whole language leave the same logs on both engines."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.engines.compiled import CompiledEngine
from tests.desks import model_of
from tests.parity.comparison import BothEngines
from tests.strategies import scenarios


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(scenario=scenarios(), seed=st.integers(0, 2**32), replication=st.integers(0, 3))
def test_engines_leave_equal_logs_on_generated_scenarios(
    scenario: dict[str, Any], seed: int, replication: int
) -> None:
    model = model_of(scenario)
    assert CompiledEngine().supports(model) is None
    BothEngines().run(model, seed, replication)
