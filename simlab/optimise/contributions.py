"""What each change of the recommended configuration adds to its effect, each change given its fair share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from simlab.errors import SimlabError
from simlab.execution.interface import Interrupted
from simlab.experiments.decomposition import (
    Changes,
    Decomposition,
    decomposition_of,
    share_out,
)
from simlab.experiments.workbench import Case, Workbench
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Compile, Evaluator
from simlab.optimise.space import Configuration

MOST_EXACT: Final = 3
"""Changes up to which every combination of them is simulated; of more, orders are sampled."""
FEWEST: Final = 3
"""Replications without which nothing is told."""


def contributions(
    plan: Optimisation,
    evaluator: Evaluator,
    compile: Compile,
    today: Configuration,
    chosen: Configuration,
    replications: range,
) -> tuple[Decomposition | None, str]:
    """Return the effect of the recommended changes in parts, or a note on why there are none.

    Parameters
    ----------
    compile
        Makes models of configurations, of overloaded ones too: half of the changes may not be workable.
    today, chosen
        Today is one of the configurations that may be tried.
    replications
        On which both have run. At most as many are simulated as the search took for an eighth of its trials.
    """
    paths = [each.path for each in plan.space.parameters if today.get(each.path) != chosen[each.path]]
    k = len(paths)
    if k < 2 or not today:
        return None, ""
    is_sampled = k > MOST_EXACT
    each = 2 * (k - 1) if is_sampled else 2**k - 2
    affordable = max(plan.search_replications // 8 // each, FEWEST)
    numbers = replications[: min(len(replications), affordable)]
    if len(numbers) < FEWEST:
        return None, "what each change adds is not told: it needs 3 final replications at least"

    def case_of(group: Changes) -> Case:
        configuration = {**today, **{paths[place]: chosen[paths[place]] for place in group}}
        digest = plan.space.digest(configuration)
        return Case(digest, f"{len(group)} of {k} changes", lambda: compile(configuration))

    bench = Workbench(plan.seed, evaluator.executor, evaluator.ledger, evaluator.progress, None)
    try:
        effects = share_out(k, case_of, bench, numbers, _responses(plan), "shapley", is_sampled=is_sampled)
    except Interrupted:
        raise
    except SimlabError as error:
        return None, f"what each change adds could not be told: {error}"
    evaluator.n_simulated += bench.n_simulated
    named = decomposition_of("recommended", "Recommended", paths, effects, "shapley", 0.95)
    return named, ""


def _responses(plan: Optimisation) -> Sequence[str]:
    return plan.aims.responses
