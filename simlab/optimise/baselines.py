"""Simpler ways to an answer, told beside it: staffing by a formula, and a search at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Evaluator
from simlab.optimise.racing import Race
from simlab.optimise.space import Configuration, Key
from simlab.optimise.trials import FORMULA, Trial, by_merit, levelled

RANDOM: Final = "random search"
BATCH: Final = 4
_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True)
class FoundBaseline:
    """What a simpler way came to."""

    name: str
    trial: Trial | None
    """Its best feasible trial."""
    replications: int
    about: str


def by_formula(trials: Sequence[Trial]) -> FoundBaseline | None:
    """Return the best of the warm starts that formulas made; None where there was none."""
    mine = [trial for trial in trials if trial.proposer == FORMULA]
    if not mine:
        return None
    own = [trial.configuration for trial in mine]
    best = _best([trial for trial in levelled(trials) if trial.configuration in own])
    about = f"what queueing formulas propose: the best of {len(mine)} configurations"
    return FoundBaseline(FORMULA, best, sum(trial.replications for trial in mine), about)


def by_chance(plan: Optimisation, evaluator: Evaluator, used: int) -> FoundBaseline | None:
    """Search at random, with the same tests, by a share of the replications that the search has used."""
    budget = round(plan.budget.random_search * used)
    if budget < plan.replications:
        return None
    draws = np.random.default_rng([plan.seed, 13])
    trials: list[Trial] = []
    spent, taken = 0, set[Key]()
    while (size := min(BATCH, (budget - spent) // plan.replications)) > 0:
        batch = _draw(plan, draws, taken, size)
        if not batch:
            break
        raced = Race.against(evaluator, levelled(trials), plan.replications).run(batch)
        for configuration, one in zip(batch, raced, strict=True):
            spent += max(one.replications, 1)  # what needs no simulation counts too, so that it ends
            number = len(trials)
            trials.append(
                Trial(
                    number, configuration, one.verdict, RANDOM, one.replications, one.left_early, one.observed
                )
            )
    n = sum(trial.replications for trial in trials)
    about = (
        f"the best of {len(trials)} configurations drawn at random, with {n} replications"
        f" ({100 * plan.budget.random_search:g} % of what the search used)"
    )
    return FoundBaseline(RANDOM, _best(levelled(trials)), n, about)


def _draw(plan: Optimisation, draws: np.random.Generator, taken: set[Key], size: int) -> list[Configuration]:
    batch: list[Configuration] = []
    for _ in range(_ATTEMPTS):
        configuration = plan.space.random(draws)
        key = plan.space.key(configuration)
        if key not in taken and not plan.space.broken_limits(configuration):
            taken.add(key)
            batch.append(configuration)
        if len(batch) == size:
            break
    return batch


def _best(trials: Sequence[Trial]) -> Trial | None:
    return next((trial for trial in by_merit(trials) if trial.verdict.is_feasible), None)
