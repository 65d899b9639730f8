"""The optimiser on problems of known optimum, in a reduced form of `benchmarks/optimisation.py`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest


@pytest.fixture
def problems(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    return importlib.import_module("benchmarks.optimisation_problems")


@pytest.fixture
def staffing_problems(problems: Any) -> Any:  # noqa: ANN401
    return importlib.import_module("benchmarks.staffing_problems")


def test_speed_of_a_server_comes_within_half_a_percent_in_300_replications(problems: Any) -> None:  # noqa: ANN401
    problem = problems.mm1()

    for seed in (1, 2, 3):
        result, value = problem.solved(seed)

        assert value <= 1.005 * problem.optimum
        assert result.used <= 300


@pytest.mark.slow
def test_staffing_of_many_teams_comes_within_a_percent_of_the_best_of_816_million(
    problems: Any,  # noqa: ANN401
) -> None:
    problem = problems.teams()
    values, told = [], []
    for seed in (1, 2, 3, 4):
        result, value = problem.solved(seed)
        (goal,) = result.recommended.goals.values()
        values.append(value)
        told.append((goal.value - value) / goal.half_width)
        assert result.used <= 3000

    assert float(np.median(values)) <= 1.003 * problem.optimum
    assert max(values) <= 1.01 * problem.optimum
    # Told figures scatter around the true ones: their mean of four lies within 4 standard errors, in
    # half-widths of about two standard errors each.
    assert abs(float(np.mean(told))) <= 4.0 / 2.0 / 2.0


@pytest.mark.slow
def test_routing_over_ten_servers_comes_near_the_known_optimum(problems: Any) -> None:  # noqa: ANN401
    problem = problems.network()

    result, value = problem.solved(1)

    assert value <= 1.02 * problem.optimum
    assert result.used <= 1000
    shares = [float(text.partition(" ")[0]) for text in result.recommended.settings.values()]
    assert sum(shares) == pytest.approx(100.0)


@pytest.mark.slow
def test_people_are_those_of_erlang_c(problems: Any) -> None:  # noqa: ANN401
    for case in problems.ERLANG:
        assert case.found(1) == case.people, case.name


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rework", "desks", "chats"])
def test_staffing_of_several_teams_is_that_of_their_formulas(
    staffing_problems: Any,  # noqa: ANN401
    name: str,
) -> None:
    problem = getattr(staffing_problems, name)()

    result, value = problem.solved(1)

    assert value == pytest.approx(problem.optimum)
    assert result.used <= 1000
