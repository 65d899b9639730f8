"""Sensitivity: which inputs move the responses, and how far what is not known makes the answer uncertain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, Unpack

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simlab.experiments.definition import read_experiment
from simlab.experiments.estimates import of_replications
from simlab.experiments.parameters import Choice, Number, Value
from simlab.experiments.runs import truncations
from simlab.experiments.study import (
    Mistakes,
    StudyFile,
    StudyOptions,
    StudyPlan,
    StudyResult,
    checked_confidence,
    read_responses,
    scenario_of,
    seed_of,
)
from simlab.experiments.uncertain import Uncertain, UncertainFields, read_uncertain
from simlab.experiments.variation import Variation, read_parameters
from simlab.experiments.workbench import Case, case_of, open_workbench
from simlab.metrics.summary import ReplicationSummary
from simlab.scenario.nodes import Node
from simlab.scenario.quantities import PositiveInt
from simlab.statistics.comparison import PairedDifference, paired_difference
from simlab.statistics.designs import latin_hypercube, morris_trajectories, saltelli_design
from simlab.statistics.intervals import Estimate, mean_interval
from simlab.statistics.sensitivity import (
    ElementaryEffects,
    SobolIndices,
    VarianceSplit,
    elementary_effects,
    sobol_indices,
    variance_split,
)

Floats = NDArray[np.float64]
Method = Literal["tornado", "morris", "sobol", "uncertainty"]

FEWEST_REPLICATIONS = 2


class SensitivityExperiment(StudyFile, UncertainFields):
    """Asks which inputs move the responses of a scenario."""

    experiment: Literal["sensitivity"]
    """``sensitivity``."""
    method: Method = "tornado"
    """``tornado``: one input at a time, low and high; ``morris``: elementary effects, to screen many inputs;
    ``sobol``: shares of the variance, with interactions; ``uncertainty``: how far all uncertain inputs
    together spread the responses, beside the randomness of the simulation."""
    replications: PositiveInt = 10
    """Independent runs of each point."""
    vary: dict[str, Variation] = Field(default={})
    """Key path in the scenario to its values: a range or a list, all equally likely."""
    trajectories: PositiveInt = 10
    """Random walks of ``morris``; each takes a point more than there are inputs."""
    points: PositiveInt = 64
    """Base sample of ``sobol``, a power of two, which takes this many times the inputs and two more;
    or draws of ``uncertainty``."""


class Factor(Protocol):
    """An input that varies: a range, a list of choices, or a distribution."""

    @property
    def path(self) -> str:
        """Its key path."""

    def at(self, share: float) -> Value:
        """Return the value with this share of all values below it."""

    def text(self, value: Value) -> str:
        """Return a value as a scenario file says it."""

    def node(self, value: Value) -> Node:
        """Return a value as a node of the scenario."""


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """One input at one of its ends, everything else as it is."""

    path: str
    setting: str
    """The value, as a scenario file says it."""
    paired: PairedDifference
    """Against the scenario as it is."""


@dataclass(frozen=True, slots=True)
class FactorEffects:
    """Morris' measures of one input."""

    path: str
    effects: ElementaryEffects


@dataclass(frozen=True, slots=True)
class FactorIndices:
    """Sobol indices of one input."""

    path: str
    indices: SobolIndices


@dataclass(frozen=True, slots=True)
class Outlook:
    """A response when inputs are uncertain."""

    split: VarianceSplit
    low: float
    """5 % quantile of a single run, over assumptions and randomness."""
    median: float
    high: float
    """95 % quantile."""


@dataclass(frozen=True, slots=True)
class ResponseSensitivity:
    """What was found about one response; the part of the method that was used is filled."""

    response: str
    today: Estimate | None = None
    """The response of the scenario as it is; of a tornado."""
    bars: tuple[TornadoBar, ...] = ()
    """The widest input first, an input's bars side by side."""
    effects: tuple[FactorEffects, ...] = ()
    """The greatest mu* first."""
    indices: tuple[FactorIndices, ...] = ()
    """The greatest total index first."""
    outlook: Outlook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity(StudyResult):
    """Which inputs move the responses of a scenario."""

    method: Method
    paths: tuple[str, ...]
    """The inputs."""
    responses: tuple[ResponseSensitivity, ...]
    n_points: int
    replications: int
    """Of each point."""
    unstable: tuple[str, ...] = ()
    """How many replications were ended early, and why the first was; nothing where none was."""


Evaluate = Callable[[Floats, bool], Mapping[str, Floats]]
"""Takes points of the unit cube, shape (n, k), and whether points have replications of their own, rather
than common random numbers; gives each response, shape (n, r)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityPlan(StudyPlan[SensitivityExperiment]):
    """A sensitivity study that holds no mistakes."""

    factors: tuple[Number | Choice | Uncertain, ...]

    @property
    def n_points(self) -> int:
        """Points that are simulated; equal ones are counted once each."""
        file, k = self.experiment.file, len(self.factors)
        match file.method:
            case "tornado":
                return 1 + sum(len(_ends(each)) for each in self.factors)
            case "morris":
                return file.trajectories * (k + 1)
            case "sobol":
                return file.points * (k + 2)
            case _:
                return file.points

    def case(self, values: Mapping[str, Value]) -> Case:
        """Return what is simulated with values at some of the factors."""
        chosen = {each.path: (each, values[each.path]) for each in self.factors if each.path in values}
        return case_of(
            self.scenario,
            {path: each.node(value) for path, (each, value) in chosen.items()},
            {path: each.text(value) for path, (each, value) in chosen.items()},
        )


def sensitivity(path: Path | str, **options: Unpack[StudyOptions]) -> Sensitivity:
    """Ask which inputs move the responses of a scenario, by the method of an experiment file.

    Parameters
    ----------
    path
        The experiment file (``experiment: sensitivity``).
    options
        As in `simlab.experiments.study.StudyOptions`.

    Raises
    ------
    InvalidInput
        With all mistakes in the experiment and the scenario.
    """
    plan = read_sensitivity(path, **options)
    file = plan.experiment.file
    with open_workbench(
        plan.experiment.path.stem, plan.scenario, plan.responses, plan.seed, options
    ) as bench:
        replicated: list[ReplicationSummary] = []

        def values_of(wanted: Sequence[tuple[Case, range]]) -> Mapping[str, Floats]:
            bench.simulate(wanted)
            found = [bench.summaries(case, replications) for case, replications in wanted]
            replicated.extend(summary for summaries in found for summary in summaries)
            return {
                name: np.array([of_replications(summaries, name) for summaries in found])
                for name in plan.responses
            }

        if file.method == "tornado":
            told = _tornado(plan, values_of)
        else:
            told = by_design(plan.experiment.file, plan.factors, plan.seed, _evaluator(plan, values_of))
        found = Sensitivity(
            name=plan.experiment.name,
            scenario_name=plan.scenario.label,
            method=file.method,
            paths=tuple(each.path for each in plan.factors),
            responses=told,
            n_points=plan.n_points,
            replications=plan.replications,
            seed=plan.seed,
            confidence=file.confidence,
            currency=plan.scenario.model.money.currency,
            folder=bench.folder,
            n_simulated=bench.n_simulated,
            n_damaged=bench.n_damaged,
            evidence=plan.scenario.evidence,
            unstable=truncations(replicated),
        )
        return bench.kept("sensitivity", found)


def read_sensitivity(path: Path | str, **options: Unpack[StudyOptions]) -> SensitivityPlan:
    """Read a sensitivity study and the scenario that it names; InvalidInput tells all mistakes."""
    experiment = read_experiment(path, SensitivityExperiment)
    file = experiment.file
    scenario = scenario_of(experiment, options)
    mistakes = Mistakes(experiment)
    checked_confidence(mistakes, file.confidence)
    factors: tuple[Number | Choice | Uncertain, ...] = ()
    if file.vary:
        factors += mistakes.attempt(lambda: read_parameters(experiment.node, scenario), ())
    factors += read_uncertain(mistakes, experiment, scenario)
    if not (file.vary or file.uncertain):
        mistakes.note("", "it must be said what varies", "add vary or uncertain with key paths")
    if file.method == "sobol" and file.points & (file.points - 1):
        mistakes.note("points", "the base sample must be a power of two", "write 64", str(file.points))
    n_replications = options.get("replications") or file.replications
    if file.method == "uncertainty" and min(n_replications, file.points) < FEWEST_REPLICATIONS:
        mistakes.note("replications", "the split of the variance needs at least 2 runs of 2 draws")
    names = read_responses(mistakes, experiment, file.responses, scenario.model)
    mistakes.tell()
    return SensitivityPlan(
        experiment=experiment,
        scenario=scenario,
        responses=names,
        seed=seed_of(file, options),
        replications=n_replications,
        factors=factors,
    )


def by_design(
    file: SensitivityExperiment, factors: Sequence[Factor], seed: int, evaluate: Evaluate
) -> tuple[ResponseSensitivity, ...]:
    """Return what a method that draws points of the unit cube finds about each response."""
    k = len(factors)
    paths = [each.path for each in factors]
    match file.method:
        case "morris":
            walks = morris_trajectories(file.trajectories, k, seed)
            values = evaluate(walks.reshape(-1, k), False)
            return tuple(
                ResponseSensitivity(
                    name,
                    effects=_by_morris(
                        paths, walks, each.mean(axis=1).reshape(walks.shape[:2]), file.confidence
                    ),
                )
                for name, each in values.items()
            )
        case "sobol":
            design = saltelli_design(file.points, k, seed)
            values = evaluate(design.points, False)
            return tuple(
                ResponseSensitivity(
                    name,
                    indices=_ranked(paths, sobol_indices(design, each, seed, file.confidence)),
                )
                for name, each in values.items()
            )
        case _:
            values = evaluate(latin_hypercube(file.points, k, seed), True)
            return tuple(
                ResponseSensitivity(name, outlook=_outlook(each, file.confidence))
                for name, each in values.items()
            )


def _by_morris(
    paths: Sequence[str], walks: Floats, values: Floats, confidence: float
) -> tuple[FactorEffects, ...]:
    effects = elementary_effects(walks, values, confidence)
    found = [FactorEffects(path, each) for path, each in zip(paths, effects, strict=True)]
    return tuple(sorted(found, key=lambda each: -_finite(each.effects.mu_star.value)))


def _ranked(paths: Sequence[str], indices: Sequence[SobolIndices]) -> tuple[FactorIndices, ...]:
    found = [FactorIndices(path, each) for path, each in zip(paths, indices, strict=True)]
    return tuple(sorted(found, key=lambda each: -_finite(each.indices.total.value)))


def _outlook(values: Floats, confidence: float) -> Outlook:
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95]).tolist()
    return Outlook(variance_split(values, confidence), low, median, high)


def _evaluator(
    plan: SensitivityPlan, values_of: Callable[[Sequence[tuple[Case, range]]], Mapping[str, Floats]]
) -> Evaluate:
    r = plan.replications

    def evaluate(points: Floats, has_own: bool) -> Mapping[str, Floats]:
        wanted = []
        for number, row in enumerate(points.tolist()):
            values = {each.path: each.at(share) for each, share in zip(plan.factors, row, strict=True)}
            first = number * r if has_own else 0
            wanted.append((plan.case(values), range(first, first + r)))
        return values_of(wanted)

    return evaluate


def _tornado(
    plan: SensitivityPlan, values_of: Callable[[Sequence[tuple[Case, range]]], Mapping[str, Floats]]
) -> tuple[ResponseSensitivity, ...]:
    replications = range(plan.replications)
    settings = [(each, value) for each in plan.factors for value in _ends(each)]
    cases = [plan.case({}), *(plan.case({each.path: value}) for each, value in settings)]
    values = values_of([(case, replications) for case in cases])
    confidence = plan.experiment.file.confidence
    told = []
    for name in plan.responses:
        today, *others = values[name]
        bars = [
            TornadoBar(each.path, each.text(value), paired_difference(today, changed, confidence))
            for (each, value), changed in zip(settings, others, strict=True)
        ]
        widths = {each.path: width_of(each.path, bars) for each in plan.factors}
        bars.sort(key=lambda bar: -widths[bar.path])
        told.append(ResponseSensitivity(name, today=mean_interval(today, confidence), bars=tuple(bars)))
    return tuple(told)


def width_of(path: str, bars: Sequence[TornadoBar]) -> float:
    """How far an input moves the response: from the lowest to the highest value, that of today among them."""
    moved = [_finite(bar.paired.difference.value) for bar in bars if bar.path == path]
    return max(0.0, *moved) - min(0.0, *moved)


def _ends(factor: Number | Choice | Uncertain) -> tuple[Value, ...]:
    """Return the values of a tornado: both ends, all choices, the 10 % and 90 % quantiles."""
    match factor:
        case Number():
            return factor.snapped(factor.low), factor.snapped(factor.high)
        case Choice():
            return factor.values()
        case Uncertain():
            return factor.extremes()


def _finite(value: float) -> float:
    return value if np.isfinite(value) else 0.0
