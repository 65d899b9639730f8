"""What sweeps, sensitivity and capacity studies share: responses, confidence, how they are carried out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Generic, TypedDict, TypeVar

from simlab.engines.guards import Guards
from simlab.errors import InvalidInput, Problem
from simlab.execution.progress import Progress
from simlab.experiments.definition import Experiment, ExperimentFile
from simlab.experiments.runner import ReplicationExecutor
from simlab.metrics.responses import resolve_response, responses
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.scenario.nodes import key_place_of, place_of
from simlab.scenario.quantities import Share

HEADLINES: Final = (
    "resolution_mean",
    "resolution_p90",
    "response_mean",
    "resolve_attainment",
    "cost_per_week",
    "utilisation",
)
"""Responses that are told where a file names none; those that the scenario has."""


class StudyFile(ExperimentFile):
    """What studies of many configurations say besides."""

    responses: tuple[str, ...] = ()
    """Responses to tell; the main ones where not given."""
    confidence: Share = 0.95
    """Confidence of each interval."""


class SimulationOptions(TypedDict, total=False):
    """How often scenarios are simulated, where, and what is kept."""

    replications: int | None
    """In place of those in the file."""
    seed: int | None
    """In place of that in the file."""
    jobs: int | None
    """Replications at the same time on this machine; None for one on each core."""
    cluster: str | None
    """A cluster to run on instead, see `simlab.execution.cluster.executor_at`."""
    executor: ReplicationExecutor | None
    """Where to run, made with `simlab.experiments.replication.work_of`; this machine where not given."""
    force: bool
    """Whether more tickets may come than anybody can have meant."""
    guards: Guards
    """Limits of each replication, as of `simlab.experiments.runner.run_all`."""
    store: Path | str | None
    """Folder that keeps what was simulated; None to keep nothing."""
    progress: Progress | None


class StudyOptions(SimulationOptions, total=False):
    """How a study is carried out, with which changes to its scenario."""

    what_if: Sequence[str]
    """More changes under ``what_if`` of the scenario, after those of the file."""
    assignments: Sequence[str]
    """Values to set at last, as ``staffing.desk.people=9``."""
    root: Path | None
    """Folder that all files of the scenario must lie in; its own folder where not given."""


Read = TypeVar("Read")
Otherwise = TypeVar("Otherwise")
FileT = TypeVar("FileT", bound=ExperimentFile)
StudyFileT = TypeVar("StudyFileT", bound=StudyFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan(Generic[StudyFileT]):
    """A study that holds no mistakes."""

    experiment: Experiment[StudyFileT]
    scenario: LoadedScenario
    responses: tuple[str, ...]
    seed: int
    replications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResult:
    """What every study tells beside what it found."""

    name: str
    scenario_name: str
    seed: int
    confidence: float
    """Of each interval by itself; of a capacity study that all targets are kept at all demands, together."""
    currency: str
    folder: Path | None
    """Where the simulations are kept; None where they are not."""
    n_simulated: int
    """Replications that were run now; the others were kept from before."""
    n_damaged: int = 0
    """Replications kept from before that were damaged and were run anew."""
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Where the scenario's numbers come from, as far as it says so: ``kind`` and ``source`` by key path."""


class Mistakes:
    """Gathers the mistakes of an experiment file, to tell all of them at once."""

    def __init__(self, experiment: Experiment[FileT]) -> None:
        self._node = experiment.node
        self._problems: list[Problem] = []

    def attempt(self, read: Callable[[], Read], otherwise: Otherwise) -> Read | Otherwise:
        """Return what is read, or the substitute where it holds mistakes."""
        try:
            return read()
        except InvalidInput as refusal:
            self._problems += refusal.problems
            return otherwise

    def note(self, path: str, message: str, remedy: str | None = None, found: str | None = None) -> None:
        """Add a mistake at a key of the file."""
        place = key_place_of(self._node, path) or place_of(self._node, path)
        self._problems.append(Problem(message, path, place, found, remedy))

    def tell(self) -> None:
        """Raise InvalidInput if there are any."""
        if self._problems:
            raise InvalidInput(dict.fromkeys(self._problems))


def scenario_of(experiment: Experiment[FileT], options: StudyOptions) -> LoadedScenario:
    """Load the scenario of a study, with the changes of the file and of the options."""
    return experiment.scenario(
        options.get("what_if", ()), options.get("assignments", ()), options.get("root")
    )


def seed_of(file: StudyFile, options: StudyOptions) -> int:
    """Return the seed of the options, else that of the file."""
    seed = options.get("seed")
    return file.seed if seed is None else seed


def read_responses(
    mistakes: Mistakes, experiment: Experiment[FileT], names: Sequence[str], model: Model
) -> tuple[str, ...]:
    """Return the names of the responses asked for, or of the headlines that the scenario has."""
    if not names:
        known = {response.name for response in responses(model)}
        return tuple(name for name in HEADLINES if name in known)
    found: list[str] = []
    for number, name in enumerate(names):
        path = f"responses.{number}"
        resolve = partial(resolve_response, name, model, path, place_of(experiment.node, path))
        response = mistakes.attempt(resolve, None)
        found += [] if response is None else [response.name]
    return tuple(dict.fromkeys(found))


def checked_confidence(mistakes: Mistakes, confidence: float) -> None:
    """Refuse a confidence with which no interval can be made."""
    if not 0.5 <= confidence < 1.0:
        mistakes.note("confidence", "it must be at least 50 % and below 100 %", "write 95 %")
