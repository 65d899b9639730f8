"""Experiment files: what is to be done with which scenario, in YAML, checked like a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import Field

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.sequential import MOST_REPLICATIONS, goal_of
from simlab.model.load import LoadedScenario, load
from simlab.scenario.document import read_document
from simlab.scenario.nodes import ListNode, MapNode, Node, ScalarNode, get_path, place_of, set_path
from simlab.scenario.overrides import apply_patch, parse_assignment
from simlab.scenario.quantities import Name, NonNegativeInt, PositiveInt
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import FilePath, by_shape
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.scenario.validation import validate
from simlab.statistics.stopping import SAFE_MINIMUM, StoppingRule

COMMANDS: Final = {
    "run": "run",
    "compare": "compare",
    "sweep": "sweep",
    "sensitivity": "sensitivity",
    "capacity": "capacity",
    "optimize": "optimize",
    "business_case": "case",
}
"""The command that carries out each kind of experiment."""
KINDS: Final = tuple(COMMANDS)


class ExperimentFile(Block):
    """What all experiments say first: the scenario, changes to it, and how often it is run."""

    experiment: str
    """What is done: ``run``, ``compare``, ``sweep``, ``sensitivity``, ``capacity``, ``optimize`` or
    ``business_case``."""
    name: str | None = Field(default=None, max_length=200)
    """Name, shown on reports; the file's name where not given."""
    description: str | None = None
    """The question that the experiment answers."""
    scenario: FilePath
    """The scenario file, relative to this file."""
    what_if: tuple[Name, ...] = ()
    """Changes under ``what_if`` of the scenario that hold throughout, applied in this order."""
    set: dict[str, Any] = Field(default={})
    """Further changes, as in ``what_if``: maps, or key paths such as ``staffing.desk.people: 9``."""
    replications: PositiveInt = 20
    """Independent runs of each configuration."""
    seed: NonNegativeInt = 1
    """Seed of all randomness; the same seed gives the same result."""

    @property
    def first_replications(self) -> int:
        """Replications that run in any case."""
        return self.replications


class ReplicationRange(Block):
    """How often a scenario is run until it is precise enough."""

    at_least: PositiveInt = SAFE_MINIMUM
    """Replications before the first look, 10 or more."""
    at_most: PositiveInt = MOST_REPLICATIONS
    """Replications at which it ends in any case."""


if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    NumberOrRange: TypeAlias = PositiveInt | ReplicationRange
    PrecisionText: TypeAlias = str | float
else:
    NumberOrRange = by_shape(text=PositiveInt, map=ReplicationRange)
    PrecisionText = Any


class RunExperiment(ExperimentFile):
    """Runs one scenario."""

    experiment: Literal["run"]
    """``run``."""
    replications: NumberOrRange = 20  # type: ignore[assignment]
    """Independent runs; with ``precision`` also ``{at_least: 10, at_most: 200}``."""
    precision: dict[str, PrecisionText] = Field(default={})
    """Responses and the radius wanted of their intervals: ``resolution_mean: 5 %``, ``wait_mean: 2 min``,
    ``resolve_attainment[priority=P1]: 1 point``. The scenario is run until all are that precise."""
    controls: bool = False
    """Estimate with control variates: the tickets that came, and their work, against what was expected."""
    by_hour: Literal["day", "week"] | None = None
    """Show queue, work in progress, people on duty and waiting by hour of the ``day`` or ``week``."""

    @property
    def first_replications(self) -> int:
        """Replications that run in any case."""
        return self.replications if isinstance(self.replications, int) else self.replications.at_least


class Alternative(Block):
    """What an alternative has other than the base."""

    label: str | None = None
    """The alternative in words; its name where not given."""
    scenario: FilePath | None = None
    """Another scenario file, relative to this file. It gets the ``set`` that holds throughout, but not the
    ``what_if``, which are those of the base's file."""
    what_if: tuple[Name, ...] = ()
    """Changes under ``what_if`` of the scenario, after those of the base."""
    set: dict[str, Any] = Field(default={})
    """Further changes, as in ``what_if``."""

    @property
    def changes(self) -> tuple[str, ...]:
        """Names of its single changes, in the order in which they are applied."""
        return (*self.what_if, *self.set)


class CompareExperiment(ExperimentFile):
    """Compares alternatives with a base, replication by replication."""

    experiment: Literal["compare"]
    """``compare``."""
    alternatives: dict[Name, Alternative] = Field(min_length=1)
    """Alternatives by name."""
    controls: bool = False
    """Estimate with control variates: the tickets that came, and their work, against what was expected. Not
    together with ``decompose``."""
    decompose: Literal["shapley", "sequential"] | None = None
    """How the effect of an alternative with several changes is shared out among them: ``shapley``, the mean
    over all orders in which they could be made, or ``sequential``, in the order written: ``what_if``, then
    the keys of ``set``."""


ExperimentT = TypeVar("ExperimentT", bound=ExperimentFile)


@dataclass(frozen=True, slots=True)
class Experiment(Generic[ExperimentT]):
    """An experiment file that holds no mistakes of its own."""

    path: Path
    file: ExperimentT
    node: MapNode
    """Its values with their places."""

    @property
    def name(self) -> str:
        """Its name, or that of the file."""
        return self.file.name or self.path.stem

    @property
    def scenario_path(self) -> Path:
        """The scenario file."""
        return self.path.parent / self.file.scenario

    def scenario(
        self, what_if: Sequence[str] = (), assignments: Sequence[str] = (), root: Path | None = None
    ) -> LoadedScenario:
        """Load the scenario with the changes that hold throughout.

        Parameters
        ----------
        what_if
            More changes under ``what_if``, after those of the file.
        assignments
            Values to set at last, as ``staffing.desk.people=9``.
        root
            Folder that all files of the scenario must lie in; its own folder where not given.

        Raises
        ------
        InvalidInput
            With the mistakes in it, or in the changes.
        """
        return self._loaded((*self.file.what_if, *what_if), [self._changes("set")], assignments, root)

    def alternatives(
        self: Experiment[CompareExperiment],
        what_if: Sequence[str] = (),
        assignments: Sequence[str] = (),
        root: Path | None = None,
    ) -> dict[str, LoadedScenario]:
        """Load the alternatives of a comparison by name; parameters and errors as of `scenario`."""
        loaded: dict[str, LoadedScenario] = {}
        problems: list[Problem] = []
        for name, alternative in self.file.alternatives.items():
            try:
                loaded[name] = replace(
                    self.alternative(name, alternative.changes, what_if, assignments, root),
                    label=alternative.label or name,
                )
            except InvalidInput as refusal:
                problems += refusal.problems
        if problems:
            raise InvalidInput(dict.fromkeys(problems))
        return loaded

    def alternative(
        self: Experiment[CompareExperiment],
        name: str,
        changes: Collection[str],
        what_if: Sequence[str] = (),
        assignments: Sequence[str] = (),
        root: Path | None = None,
    ) -> LoadedScenario:
        """Load an alternative with some of its changes; other parameters and errors as of `scenario`."""
        alternative = self.file.alternatives[name]
        own = self._changes("alternatives", name, "set")
        chosen = MapNode({key: entry for key, entry in own.entries.items() if key in changes}, own.place)
        named = [each for each in alternative.what_if if each in changes]
        return self._varied(alternative, named, chosen, what_if, assignments, root)

    def with_change(self, alternative: Alternative, key: str) -> LoadedScenario:
        """Load the scenario with a change that stands at a key of the file; errors as of `scenario`."""
        return self._varied(alternative, alternative.what_if, self._changes(key, "set"), (), (), None)

    def _varied(
        self,
        alternative: Alternative,
        named: Sequence[str],
        own: MapNode,
        what_if: Sequence[str],
        assignments: Sequence[str],
        root: Path | None,
    ) -> LoadedScenario:
        """Load the scenario of an alternative with its changes, named and its own, after those of all."""
        other = None if alternative.scenario is None else self.path.parent / alternative.scenario
        shared = (*self.file.what_if, *what_if) if other is None else ()
        return self._loaded((*shared, *named), [self._changes("set"), own], assignments, root, other)

    def stopping_rule(self: Experiment[RunExperiment]) -> StoppingRule | None:
        """Return when the run is precise enough; None where no precision is wanted.

        Raises
        ------
        InvalidInput
            With the mistakes in it.
        """
        wanted, replications = self.file.precision, self.file.replications
        goals = tuple(
            goal_of(name, size, f"precision.{name}", place_of(self.node, ("precision", name)))
            for name, size in wanted.items()
        )
        place = place_of(self.node, "replications") if "replications" in self.node.entries else None
        if isinstance(replications, int):
            if not goals:
                return None
            at_least = replications if place else SAFE_MINIMUM
            replications = ReplicationRange(at_least=at_least, at_most=max(at_least, MOST_REPLICATIONS))
        if not goals:
            message, remedy = (
                "a range of replications needs a 'precision'",
                "write a number, or say a precision",
            )
            raise InvalidInput(Problem(message, "replications", place, remedy=remedy))
        if not SAFE_MINIMUM <= replications.at_least <= replications.at_most:
            message = f"with a precision, {SAFE_MINIMUM} <= at_least <= at_most must hold"
            raise InvalidInput(Problem(message, "replications", place))
        return StoppingRule(goals, replications.at_least, replications.at_most)

    def _loaded(
        self,
        what_if: Sequence[str],
        changes: Sequence[MapNode],
        assignments: Sequence[str],
        root: Path | None,
        scenario_path: Path | None = None,
    ) -> LoadedScenario:
        try:
            loaded = load(scenario_path or self.scenario_path, what_if=what_if, root=root)
        except InvalidInput as refusal:
            raise InvalidInput([self._placed(problem) for problem in refusal.problems]) from None
        node: Node = loaded.node
        for change in changes:
            node = apply_patch(_as_map(node), change)
        for assignment in assignments:
            node = set_path(node, *parse_assignment(assignment))
        return loaded if node == loaded.node else loaded.changed(_as_map(node))

    def _placed(self, problem: Problem) -> Problem:
        """Tell a scenario that is not there, and a patch that it lacks, where this file names them."""
        if problem.path.startswith("what_if."):
            for name in _named("what_if", self.node):
                if problem.path == f"what_if.{name.value}":
                    return replace(problem, place=name.place)
        elif problem.place is not None and problem.place.line is None:
            for name in _named("scenario", self.node):
                if problem.place.source == str(self.path.parent / str(name.value)):
                    return replace(problem, path="scenario", place=name.place, found=str(name.value))
        return problem

    def _changes(self, *path: str) -> MapNode:
        try:
            node = get_path(self.node, path)
        except InvalidInput:
            return MapNode({}, self.node.place)
        return _as_map(node)


def _named(key: str, node: Node) -> Iterator[ScalarNode]:
    """Values that stand under a key, alone or in a list, anywhere in a tree."""
    if isinstance(node, MapNode):
        for name, entry in node.entries.items():
            if name != key:
                yield from _named(key, entry.node)
            else:
                items = entry.node.items if isinstance(entry.node, ListNode) else (entry.node,)
                yield from (item for item in items if isinstance(item, ScalarNode))


def kind_of(path: Path | str) -> str:
    """Return what an experiment file begins with; empty for a scenario.

    InvalidInput tells a file that cannot be read.
    """
    entry = read_document(path).entries.get("experiment")
    return str(entry.node.value) if entry and isinstance(entry.node, ScalarNode) else ""


def read_experiment(path: Path | str, file_type: type[ExperimentT]) -> Experiment[ExperimentT]:
    """Read an experiment file of one kind.

    Parameters
    ----------
    path
        The file.
    file_type
        What it must hold, such as `CompareExperiment`.

    Raises
    ------
    InvalidInput
        With all mistakes in the file; those of the scenario are told when it is loaded.
    """
    node = read_document(path)
    entry = node.entries.get("experiment")
    wanted = file_type.model_fields["experiment"].annotation
    expected = getattr(wanted, "__args__", KINDS)
    found = entry.node.value if entry and isinstance(entry.node, ScalarNode) else None
    if found not in expected:
        message = f"an experiment to {expected[0]} begins with 'experiment: {expected[0]}'"
        if found in KINDS:
            remedy: str | None = f"run it with: simlab {COMMANDS[str(found)]} {path}"
        else:
            remedy = remedy_for_unknown(str(found), KINDS) if found else f"write 'experiment: {expected[0]}'"
        place = place_of(node, "experiment") if entry else Place(str(path))
        raise InvalidInput(
            Problem(message, "experiment", place, None if found is None else str(found), remedy)
        )
    return Experiment(Path(path), validate(file_type, node), node)


def _as_map(node: Node) -> MapNode:
    assert isinstance(node, MapNode)  # the schema has seen to it
    return node
