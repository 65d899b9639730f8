"""The effect of several changes, shared out among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput, Problem
from simlab.experiments.compare import Comparison
from simlab.experiments.definition import CompareExperiment, Experiment
from simlab.experiments.estimates import of_replications
from simlab.experiments.study import StudyOptions
from simlab.experiments.workbench import Case, Workbench, open_workbench
from simlab.model.load import LoadedScenario
from simlab.results.sealed import digest_of
from simlab.scenario.nodes import place_of
from simlab.statistics.intervals import Estimate, mean_interval
from simlab.statistics.sensitivity import shapley_values

Floats = NDArray[np.float64]
Sharing = Literal["shapley", "sequential"]
Changes = frozenset[int]
"""Positions of changes in their written order."""

MOST_EXACT: Final = 5
"""Changes up to which every subset is simulated."""
MOST_CHANGES: Final = 10


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one change adds to a response."""

    change: str
    """Name under ``what_if``, or key path under ``set``."""
    effect: Estimate
    """In the unit of the response; the effects of all changes add up to the total."""


@dataclass(frozen=True, slots=True)
class DecomposedResponse:
    """The effect on one response, in parts."""

    response: str
    total: Estimate
    """All changes together, against the base."""
    contributions: tuple[Contribution, ...]
    """In the order written."""


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The effect of one alternative, in parts."""

    alternative: str
    label: str
    sharing: Sharing
    is_sampled: bool
    """Whether orders of the changes were sampled, two for each replication, rather than all taken."""
    rows: tuple[DecomposedResponse, ...]
    confidence: float
    """Of each interval by itself."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Changes that can be made in any combination."""

    name: str
    label: str
    changes: tuple[str, ...]
    load: Callable[[Collection[str]], LoadedScenario]
    """Loads the scenario with some of the changes, and no others."""


def decompose(
    experiment: Experiment[CompareExperiment],
    comparison: Comparison,
    responses: Sequence[str],
    **options: Unpack[StudyOptions],
) -> tuple[Decomposition, ...]:
    """Share out the effect of each alternative that has several changes among them.

    Parameters
    ----------
    experiment
        Says how, under ``decompose``.
    comparison
        Of the same experiment; its replications are not run again.
    responses
        Names of those to share out.
    options
        Where to run and what to keep; ``what_if``, ``assignments`` and ``root`` are those with which the
        comparison's scenarios were loaded.

    Raises
    ------
    InvalidInput
        When no alternative has several changes, or a combination of changes is no valid scenario.
    """
    what_if, assignments = options.get("what_if", ()), options.get("assignments", ())
    root, sharing = options.get("root"), experiment.file.decompose
    bundles = [] if sharing is None else _bundles(experiment, what_if, assignments, root)
    if sharing is None or not bundles:
        return ()
    base = experiment.scenario(what_if, assignments, root)
    name = f"{experiment.path.stem}-shares"
    with open_workbench(name, base, responses, comparison.base.seed, options) as bench:
        return tuple(_shared_out(bundle, base, comparison, sharing, responses, bench) for bundle in bundles)


def _bundles(
    experiment: Experiment[CompareExperiment],
    what_if: Sequence[str],
    assignments: Sequence[str],
    root: Path | None,
) -> list[Bundle]:
    bundles, problems = [], []
    for name, alternative in experiment.file.alternatives.items():
        changes = alternative.changes
        if len(changes) > MOST_CHANGES:
            path = f"alternatives.{name}"
            message = f"at most {MOST_CHANGES} changes are shared out; found {len(changes)}"
            problems.append(Problem(message, path, place_of(experiment.node, path)))
        # What another scenario file changes is not a list of changes.
        if len(changes) > 1 and alternative.scenario is None:

            def load(chosen: Collection[str], name: str = name) -> LoadedScenario:
                return experiment.alternative(name, chosen, what_if, assignments, root)

            bundles.append(Bundle(name, alternative.label or name, changes, load))
    if not bundles:
        place = place_of(experiment.node, "decompose")
        message = "no alternative has several changes to share its effect out among"
        problems.append(Problem(message, "decompose", place, remedy="leave decompose out"))
    if problems:
        raise InvalidInput(problems)
    return bundles


def _shared_out(
    bundle: Bundle,
    base: LoadedScenario,
    comparison: Comparison,
    sharing: Sharing,
    responses: Sequence[str],
    bench: Workbench,
) -> Decomposition:
    k = len(bundle.changes)
    cases = _Cases(bundle, base)
    bench.adopt(cases.of(frozenset()), comparison.base.summaries)
    bench.adopt(cases.of(frozenset(range(k))), comparison.alternatives[bundle.name].summaries)
    effects = share_out(
        k,
        cases.of,
        bench,
        range(comparison.base.n),
        responses,
        sharing,
        is_sampled=sharing == "shapley" and k > MOST_EXACT,
    )
    return decomposition_of(
        bundle.name, bundle.label, bundle.changes, effects, sharing, comparison.confidence
    )


@dataclass(frozen=True, slots=True)
class SharedEffects:
    """Effects of changes in single replications, by response, shape (changes, replications) each."""

    of_response: Mapping[str, Floats]
    is_sampled: bool


def share_out(
    k: int,
    case_of: Callable[[Changes], Case],
    bench: Workbench,
    replications: range,
    responses: Sequence[str],
    sharing: Sharing,
    *,
    is_sampled: bool,
) -> SharedEffects:
    """Share out the effect of ``k`` changes among them, from what is simulated on a workbench.

    Parameters
    ----------
    case_of
        Gives the case of each combination of changes.
    is_sampled
        Whether orders of the changes are sampled, two for each replication, rather than all taken.
    """
    if is_sampled:
        return SharedEffects(_by_sampled_orders(k, case_of, bench, replications, responses), True)
    return SharedEffects(_by_subsets(k, case_of, bench, replications, responses, sharing), False)


def decomposition_of(
    name: str,
    label: str,
    changes: Sequence[str],
    effects: SharedEffects,
    sharing: Sharing,
    confidence: float,
) -> Decomposition:
    """Return effects with intervals."""
    rows = tuple(
        DecomposedResponse(
            response=response,
            total=mean_interval(parts.sum(axis=0), confidence),
            contributions=tuple(
                Contribution(change, mean_interval(part, confidence))
                for change, part in zip(changes, parts, strict=True)
            ),
        )
        for response, parts in effects.of_response.items()
    )
    return Decomposition(name, label, sharing, effects.is_sampled, rows, confidence)


class _Cases:
    """The scenario with each combination of changes, loaded once."""

    def __init__(self, bundle: Bundle, base: LoadedScenario) -> None:
        self._bundle = bundle
        self._known = {frozenset[int](): _case(base, "the base")}

    def of(self, group: Changes) -> Case:
        if group not in self._known:
            chosen = [self._bundle.changes[place] for place in sorted(group)]
            self._known[group] = _case(self._bundle.load(chosen), " + ".join(chosen))
        return self._known[group]


def _case(loaded: LoadedScenario, label: str) -> Case:
    key = digest_of({"scenario": loaded.resolved, "data": dict(loaded.data_files)})
    return Case(key, f"'{label}'", lambda: loaded.model)


def _by_subsets(
    k: int,
    case_of: Callable[[Changes], Case],
    bench: Workbench,
    replications: range,
    responses: Sequence[str],
    sharing: Sharing,
) -> Mapping[str, Floats]:
    """Effects by response, shape (k, r), from subsets of changes that meet all replications."""
    if sharing == "shapley":
        groups = [frozenset(place for place in range(k) if bits >> place & 1) for bits in range(2**k)]
    else:
        groups = [frozenset(range(n)) for n in range(k + 1)]
    bench.simulate([(case_of(group), replications) for group in groups])
    effects = {}
    for name in responses:
        worth = {
            group: of_replications(bench.summaries(case_of(group), replications), name) for group in groups
        }
        if sharing == "shapley":
            effects[name] = shapley_values(k, worth.__getitem__)
        else:
            effects[name] = np.diff([worth[group] for group in groups], axis=0)
    return effects


def _by_sampled_orders(
    k: int,
    case_of: Callable[[Changes], Case],
    bench: Workbench,
    replications: range,
    responses: Sequence[str],
) -> Mapping[str, Floats]:
    """Effects by response, shape (k, r): each replication has an order of its own, and its reverse.

    Replications then differ by their randomness and by their orders, so the interval over them holds both.
    """
    orders = {i: np.random.default_rng([bench.seed, i]).permutation(k).tolist() for i in replications}
    walks = {
        i: [[frozenset(order[:n]) for n in range(k + 1)] for order in (forth, forth[::-1])]
        for i, forth in orders.items()
    }
    bench.simulate(
        [(case_of(group), range(i, i + 1)) for i, both in walks.items() for walk in both for group in walk]
    )
    effects = {name: np.zeros((k, len(replications))) for name in responses}
    for column, (i, both) in enumerate(walks.items()):
        for walk in both:
            summaries = [bench.summaries(case_of(group), (i,))[0] for group in walk]
            players = [next(iter(after - before)) for before, after in pairwise(walk)]
            for name in responses:
                effects[name][players, column] += np.diff(of_replications(summaries, name)) / 2.0
    return effects
