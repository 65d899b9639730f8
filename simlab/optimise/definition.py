"""The experiment file of an optimisation: what may vary, what is sought, how much may be simulated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import Field

from simlab.engines.guards import DEFAULTS, Guards
from simlab.errors import Place, Problem
from simlab.experiments.definition import Experiment, ExperimentFile, read_experiment
from simlab.experiments.study import Mistakes
from simlab.experiments.variation import Variation, read_parameters
from simlab.model.load import LoadedScenario
from simlab.optimise.goals import read_goals
from simlab.optimise.objectives import Aims
from simlab.optimise.parameters import read_input_limit, read_sum
from simlab.optimise.present_value import PresentValue
from simlab.optimise.requirements import Requirement, read_requirement
from simlab.optimise.space import Configuration, FixedSum, InputLimit, Space
from simlab.scenario.nodes import key_place_of, place_of
from simlab.scenario.quantities import PositiveDuration, PositiveInt, PositiveNumber, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import by_shape
from simlab.statistics.selection import fewest_to_show, share_at_least

Sampler = Literal["tpe", "gp", "cmaes", "nsga2", "nsga3", "random"]

SINGLE_GOAL_SAMPLERS: Final = ("cmaes",)
USUAL_TRIALS: Final = 60
CHOICE_SHARE: Final = 0.25
"""Share of a budget of replications, but for those told, that chooses among the finalists."""


if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    Sought: TypeAlias = str | tuple[str, ...] | dict[str, float]
else:
    Sought = by_shape(text=str, list=tuple[str, ...], map=dict[str, PositiveNumber])


class SumOf(Block):
    """Parameters whose sum stays the same."""

    of: tuple[str, ...] = Field(min_length=2)
    """Key paths of parameters under ``vary``, all in one unit."""
    total: int | float | str
    """Their sum, in that unit."""


class Budget(Block):
    """How much may be simulated."""

    trials: PositiveInt | None = None
    """Configurations to try; 60 where neither these nor replications are limited."""
    replications: PositiveInt | None = None
    """Independent runs in all: of search, choice and the figures told."""
    final_replications: PositiveInt = 20
    """Independent runs, on random numbers that the search never saw, of each configuration that is told."""
    wall: PositiveDuration | None = None
    """Time after which no new trial begins; no limit where not given."""
    local_search: Share = 0.8
    """Share of the search that improves good configurations step by step."""
    random_search: Share = 0.2
    """How much a search at random, told beside the answer, may simulate, as a share of the search's runs."""


class OptimizeExperiment(ExperimentFile):
    """Searches for the best configuration of a scenario."""

    experiment: Literal["optimize"]
    """``optimize``."""
    replications: PositiveInt = 5
    """Independent runs of each trial, fewer where it is clearly worse; all trials meet the same tickets."""
    vary: dict[str, Variation] = Field(min_length=1)
    """Key path in the scenario to the values to try: a range, or a list of choices."""
    sum: tuple[SumOf, ...] = ()
    """Sums of parameters that stay the same."""
    minimise: Sought = ()
    """Response, or responses, to make small. As a map, their weighted sum is one goal."""
    maximise: Sought = ()
    """Response, or responses, to make large. As a map, they enter the weighted sum."""
    npv: PresentValue | None = None
    """What ``maximise: npv`` counts: the net present value of a configuration against today's."""
    constraints: tuple[str, ...] = ()
    """What must hold: of responses (``resolve_attainment[priority=P1] >= 95 %``), of most runs
    (``P(resolve_attainment >= 95 %) >= 90 %``), or of sums of parameters
    (``staffing.a.people + staffing.b.people <= 12``)."""
    indifference: Share = 0.005
    """Differences that do not matter, as a share of the goal's value."""
    confidence: Share = 0.95
    """Probability that the best of the finalists is chosen, or one that differs too little to matter."""
    budget: Budget = Budget()
    """How much may be simulated."""
    sampler: Sampler = "tpe"
    """Who proposes configurations in the first part of the search."""


@dataclass(frozen=True, slots=True)
class Optimisation:
    """An optimisation that holds no mistakes."""

    name: str
    path: Path
    scenario_path: Path
    scenario: LoadedScenario
    """Today: the scenario with the changes that hold throughout."""
    space: Space
    aims: Aims
    budget: Budget
    replications: int
    sampler: Sampler
    seed: int
    indifference: float = 0.005
    """Share of the goal's value by which configurations may differ without mattering."""
    confidence: float = 0.95
    """Probability of a correct selection."""
    root: Path | None = None
    """Folder that all files of the scenario must lie in; None for its own."""
    guards: Guards = DEFAULTS
    """Limits of each replication."""
    warnings: tuple[Problem, ...] = ()
    """What is probably not meant."""

    @property
    def present(self) -> Configuration:
        """Today as a configuration of the space; the empty one where it lies outside."""
        now = self.space.present(self.scenario.node)
        return now if self.space.holds(now) else {}

    @property
    def most_trials(self) -> int | None:
        """Configurations to try; None where replications alone are limited."""
        if self.budget.trials is None and self.budget.replications is None:
            return USUAL_TRIALS
        return self.budget.trials

    @property
    def search_replications(self) -> int:
        """Replications that the search may use."""
        by_trials = None if self.most_trials is None else self.most_trials * self.replications
        if self.budget.replications is None:
            assert by_trials is not None
            return by_trials
        left = self.budget.replications - self.told_replications
        for_search = left - round(CHOICE_SHARE * left)
        return for_search if by_trials is None else min(by_trials, for_search)

    @property
    def told_replications(self) -> int:
        """Replications of the recommended configuration and of today that are told."""
        return 2 * self.budget.final_replications


def read_optimisation(
    path: Path | str,
    seed: int | None = None,
    what_if: Sequence[str] = (),
    assignments: Sequence[str] = (),
    root: Path | None = None,
) -> Optimisation:
    """Read the experiment file of an optimisation and the scenario that it names.

    Parameters
    ----------
    path
        The experiment file.
    seed
        In place of the seed in the file.
    what_if, assignments, root
        More changes of the scenario, and where its files may lie; see
        `simlab.experiments.definition.Experiment.scenario`.

    Raises
    ------
    InvalidInput
        With all mistakes that can be told at once: paths that the scenario does not have, values that it
        does not accept, responses that it does not give, constraints that cannot be read.
    """
    experiment = read_experiment(path, OptimizeExperiment)
    return _Reader(experiment, experiment.scenario(what_if, assignments, root), root).optimisation(seed)


class _Reader:
    """Checks an experiment against its scenario, and gathers the mistakes."""

    def __init__(
        self, experiment: Experiment[OptimizeExperiment], scenario: LoadedScenario, root: Path | None
    ) -> None:
        self._experiment = experiment
        self._file = experiment.file
        self._scenario = scenario
        self._root = root
        self._mistakes = Mistakes(experiment)

    def optimisation(self, seed: int | None) -> Optimisation:
        file = self._file
        space = self._space()
        goals = self._mistakes.attempt(
            lambda: read_goals(file.minimise, file.maximise, self._scenario.model, self._place, file.npv), ()
        )
        limits = self._each(
            "constraints", [c for c in file.constraints if not _is_input(c)], self._output_limit
        )
        if len(goals) > 1 and file.sampler in SINGLE_GOAL_SAMPLERS:
            self._mistakes.note(
                "sampler", f"the sampler {file.sampler} seeks one goal", "use tpe or nsga2, or a weighted sum"
            )
        self._check_numbers()
        self._mistakes.tell()
        model = self._scenario.model
        return Optimisation(
            name=self._experiment.name,
            path=self._experiment.path,
            scenario_path=self._experiment.scenario_path,
            scenario=self._scenario,
            space=space,
            aims=Aims(goals, tuple(limits), is_steady=model.warm_up > 0.0 and not model.drains),
            budget=file.budget,
            replications=file.replications,
            sampler=file.sampler,
            seed=file.seed if seed is None else seed,
            indifference=file.indifference,
            confidence=file.confidence,
            root=self._root,
            warnings=tuple(self._undecidable(limits)),
        )

    def _undecidable(self, limits: Sequence[Requirement]) -> Iterator[Problem]:
        """Warn of chance constraints that the runs which are told can never show to be kept."""
        n = self._file.budget.final_replications
        for limit in limits:
            needed = 1 if limit.share is None else fewest_to_show(limit.share)
            if n < needed:
                path = f"constraints.{self._file.constraints.index(limit.written)}"
                yield Problem(
                    f"'{limit.text}' can never be shown to be kept: even if all {n} runs that are told keep "
                    f"it, that shows {100.0 * share_at_least(n, n):.0f} % at most",
                    path,
                    self._place(path),
                    remedy=f"set budget.final_replications to {needed} or more",
                )

    def _check_numbers(self) -> None:
        file, budget = self._file, self._file.budget
        if not 0.5 <= file.confidence < 1.0:
            self._mistakes.note("confidence", "the probability lies between 50 % and 100 %", "write 95 %")
        if file.indifference <= 0.0:
            self._mistakes.note("indifference", "some difference must be too small to matter", "write 0.5 %")
        least = 2 * budget.final_replications + 2 * file.replications
        if budget.replications is not None and budget.replications < least:
            self._mistakes.note(
                "budget.replications",
                f"{budget.replications} replications are too few: with {budget.final_replications} for each"
                f" of the two configurations told, {least} are the fewest",
                "allow more, or lower final_replications",
            )

    def _space(self) -> Space:
        parameters = self._mistakes.attempt(
            lambda: read_parameters(self._experiment.node, self._scenario), ()
        )
        if not parameters:
            return Space(())
        by_path = {each.path: each for each in parameters}
        sums: list[FixedSum] = self._each(
            "sum",
            self._file.sum,
            lambda each, path, place: read_sum(each.of, each.total, by_path, path, place),
        )
        members = [member.path for each in sums for member in each.members]
        if len(set(members)) < len(members):
            self._mistakes.note("sum", "a parameter is part of one sum at most", "leave it out of the others")
        limits: list[InputLimit] = self._each(
            "constraints",
            [each for each in self._file.constraints if _is_input(each)],
            lambda text, path, place: read_input_limit(text, by_path, path, place),
        )
        return Space(parameters, tuple(sums), tuple(limits))

    def _output_limit(self, text: str, path: str, place: Place) -> Requirement:
        return read_requirement(text, self._scenario.model, path, place)

    def _each(self, key: str, items: Iterable[Any], read: Callable[[Any, str, Place], Any]) -> list[Any]:
        written: tuple[Any, ...] = getattr(self._file, key)
        found = []
        for item in items:
            path = f"{key}.{written.index(item)}"
            one = self._mistakes.attempt(partial(read, item, path, self._place(path)), None)
            if one is not None:
                found.append(one)
        return found

    def _place(self, path: str) -> Place:
        node = self._experiment.node
        return key_place_of(node, path) or place_of(node, path)


def _is_input(constraint: str) -> bool:
    """Whether a constraint speaks of key paths, which have dots, rather than of a response."""
    return "." in constraint.partition("[")[0].partition("<")[0].partition(">")[0]
