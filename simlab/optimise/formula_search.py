"""The best configuration as queueing formulas see it: where a search begins."""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.experiments.parameters import Value
from simlab.model.load import LoadedScenario
from simlab.optimise.formula import Formula
from simlab.optimise.objectives import Aims
from simlab.optimise.space import LEVELS, Configuration, Space

ROUNDS: Final = 3
"""Times that the flow is found anew where the last best one was."""
WIDTHS: Final = tuple(0.2 * 0.85**turn for turn in range(45))
"""Standard deviations of the moves of real numbers, in shares of their range."""
DRAWN: Final = 60
"""Configurations drawn with each of them."""
MOST_STEPS: Final = 200


def best_by_formula(
    space: Space, scenario: LoadedScenario, aims: Aims, start: Configuration
) -> tuple[dict[str, Value], Formula] | None:
    """Return the best configuration as formulas see it, and the formula near it; None where they do not say.

    Steps lead downhill from the start: moves of one value and of two, and of real numbers random moves that
    become smaller. The flow is linear near a configuration only, so it is found anew where they end.
    """
    here = dict(start)
    formula = Formula.around(space, scenario, here)
    for turn in range(ROUNDS):
        if formula is None or formula.heights(aims, [here]) is None:
            return None
        there = _downhill(formula, aims, here, np.random.default_rng([turn, 11]))
        nearer = Formula.around(space, scenario, there)
        if nearer is None:
            return here, formula
        if there == here:
            return there, nearer
        here, formula = there, nearer
    assert formula is not None
    return here, formula


def _downhill(
    formula: Formula, aims: Aims, start: Configuration, draws: np.random.Generator
) -> dict[str, Value]:
    space = formula.space
    here = dict(start)
    is_real = space.is_continuous
    for turn in range(MOST_STEPS):
        width = WIDTHS[min(turn, len(WIDTHS) - 1)]
        candidates = [here]
        if is_real:
            candidates += space.perturbed(here, draws, DRAWN, (width,))
        if not is_real or turn % 5 == 0:
            candidates += [each for level in range(LEVELS) for each in space.neighbours(here, level)]
        candidates = [here, *(each for each in candidates[1:] if not space.broken_limits(each))]
        heights = formula.heights(aims, candidates)
        if heights is None:
            return here
        lowest = int(np.argmin(heights))
        is_still = not heights[lowest] < heights[0] - 1e-12 * abs(heights[0])
        if is_still and (not is_real or turn >= len(WIDTHS)):
            return here
        if not is_still:
            here = candidates[lowest]
    return here
