"""Experiment files: what is to be done with which scenario, in YAML, checked like a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar

from pydantic import Field

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.load import LoadedScenario, load
from simlab.scenario.document import read_document
from simlab.scenario.nodes import MapNode, ScalarNode, get_path, place_of
from simlab.scenario.overrides import apply_patch
from simlab.scenario.quantities import Name, NonNegativeInt, PositiveInt
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import FilePath
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.scenario.validation import validate

KINDS: Final = ("run", "compare", "optimize")


class ExperimentFile(Block):
    """What all experiments say first: the scenario, changes to it, and how often it is run."""

    experiment: str
    """What is done: ``run``, ``compare`` or ``optimize``."""
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


class RunExperiment(ExperimentFile):
    """Runs one scenario."""

    experiment: Literal["run"]
    """``run``."""


class Alternative(Block):
    """What an alternative has other than the base."""

    label: str | None = None
    """The alternative in words; its name where not given."""
    what_if: tuple[Name, ...] = ()
    """Changes under ``what_if`` of the scenario, after those of the base."""
    set: dict[str, Any] = Field(default={})
    """Further changes, as in ``what_if``."""


class CompareExperiment(ExperimentFile):
    """Compares alternatives with a base, replication by replication."""

    experiment: Literal["compare"]
    """``compare``."""
    alternatives: dict[Name, Alternative] = Field(min_length=1)
    """Alternatives by name."""


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

    def scenario(self) -> LoadedScenario:
        """Load the scenario with the changes that hold throughout.

        Raises
        ------
        InvalidInput
            With all mistakes in it and in the changes.
        """
        return with_changes(load(self.scenario_path, what_if=self.file.what_if), self._changes("set"))

    def alternative(self, name: str, alternative: Alternative) -> LoadedScenario:
        """Load an alternative of a comparison."""
        what_if = (*self.file.what_if, *alternative.what_if)
        base = with_changes(load(self.scenario_path, what_if=what_if), self._changes("set"))
        return with_changes(base, self._changes("alternatives", name, "set"))

    def _changes(self, *path: str) -> MapNode:
        try:
            node = get_path(self.node, path)
        except InvalidInput:
            return MapNode({}, self.node.place)
        assert isinstance(node, MapNode)
        return node


def with_changes(loaded: LoadedScenario, changes: MapNode) -> LoadedScenario:
    """Return a scenario with a patch applied; the scenario itself where the patch is empty."""
    return loaded.changed(apply_patch(loaded.node, changes)) if changes.entries else loaded


def is_experiment(path: Path | str) -> bool:
    """Whether a YAML file is an experiment rather than a scenario.

    InvalidInput tells a file that cannot be read.
    """
    return "experiment" in read_document(path).entries


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
            remedy: str | None = f"run it with: simlab {found} {path}"
        else:
            remedy = remedy_for_unknown(str(found), KINDS) if found else f"write 'experiment: {expected[0]}'"
        place = place_of(node, "experiment") if entry else Place(str(path))
        raise InvalidInput(
            Problem(message, "experiment", place, None if found is None else str(found), remedy)
        )
    return Experiment(Path(path), validate(file_type, node), node)
