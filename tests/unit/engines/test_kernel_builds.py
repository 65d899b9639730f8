"""Which build of the kernel runs a model, and what the lean one leaves out."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from simlab.engines.kernel_builds import ABSENT_FLAGS, LEFT_OUT, Build
from simlab.engines.kernel_pattern import build_of
from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines


def plain() -> dict[str, Any]:
    return one_step({"rate": "6/hour"}, {"exponential": "10 min"}, {"people": 2}, "1 day")


def test_plain_model_runs_on_the_lean_build() -> None:
    assert build_of(model_of(plain())) is Build.LEAN


def test_model_with_chats_runs_on_the_whole_build() -> None:
    scenario = plain()
    scenario["staffing"]["desk"]["at_once"] = {"tickets": 2, "speed": {2: "80 %"}}
    assert build_of(model_of(scenario)) is Build.WHOLE


def test_model_with_a_limit_runs_on_the_whole_build() -> None:
    scenario = plain()
    scenario["routing"]["limits"] = {"few": {"at_most": 5, "steps": ["work"]}}
    assert build_of(model_of(scenario)) is Build.WHOLE


def test_what_self_service_leaves_is_as_hard_as_it_says_on_the_engine_that_runs_it() -> None:
    scenario = plain()
    run = {"coverage": "90 %", "success": "20 %", "run_time": "5 min"}
    scenario["automation"] = {
        "portal": {"before": "tickets", "level": "on", "levels": {"on": run}, "failed": {"harder": 1.5}}
    }
    model = model_of(scenario)
    assert build_of(model) is Build.WHOLE
    assert set(BothEngines().run(model, 1, 0).tickets.difficulty.tolist()) == {1.0, 1.5}


@pytest.mark.parametrize("module", LEFT_OUT)
def test_every_function_that_is_left_out_exists(module: str) -> None:
    functions = vars(import_module(f"simlab.engines.{module}"))
    assert [name for name in LEFT_OUT[module].split() if name not in functions] == []


def test_flags_of_every_mechanism_beyond_the_basics_are_known_to_be_false() -> None:
    assert {"has_limits", "has_preemption", "has_chats", "has_skills", "has_faults"} <= ABSENT_FLAGS
    assert "has_begun" not in ABSENT_FLAGS
