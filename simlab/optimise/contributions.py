"""What each change of the recommended configuration adds to its effect, each change given its fair share."""

from __future__ import annotations

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
USUAL: Final = 5
"""Replications that are simulated however short the search was, where so many are told."""
SHARE: Final = 0.25
"""Of the search's replications, what may be simulated where that is more."""


def most_simulated(plan: Optimisation) -> int:
    """Return how many replications tell at most what each change adds."""
    each = _runs_by_replication(len(plan.space.parameters))
    return each * _affordable(plan, each)


def _affordable(plan: Optimisation, each: int) -> int:
    by_search = int(SHARE * plan.search_replications) // max(each, 1)
    return min(plan.budget.final_replications, max(by_search, USUAL))


def _runs_by_replication(n_changes: int) -> int:
    """Return how many configurations between today and the recommended one are simulated."""
    return 2 * (n_changes - 1) if n_changes > MOST_EXACT else 2**n_changes - 2


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
        On which both have run; the first of them are simulated.
    """
    paths = [each.path for each in plan.space.parameters if today.get(each.path) != chosen[each.path]]
    k = len(paths)
    if k < 2 or not today:
        return None, ""
    numbers = replications[: _affordable(plan, _runs_by_replication(k))]
    if len(numbers) < FEWEST:
        return None, "what each change adds is not told: it needs 3 final replications at least"

    def case_of(group: Changes) -> Case:
        configuration = {**today, **{paths[place]: chosen[paths[place]] for place in group}}
        digest = plan.space.digest(configuration)
        return Case(digest, f"{len(group)} of {k} changes", lambda: compile(configuration))

    bench = Workbench(plan.seed, evaluator.executor, evaluator.ledger, evaluator.progress, None)
    try:
        effects = share_out(
            k, case_of, bench, numbers, plan.aims.responses, "shapley", is_sampled=k > MOST_EXACT
        )
    except Interrupted:
        raise
    except SimlabError as error:
        return None, f"what each change adds could not be told: {error}"
    evaluator.n_simulated += bench.n_simulated
    named = decomposition_of("recommended", "Recommended", paths, effects, "shapley", 0.95)
    return named, ""
