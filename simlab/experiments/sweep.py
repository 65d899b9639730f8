"""Sweeps: a scenario at many points of what may vary, all under the same random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal, Unpack

from pydantic import Field

from simlab.experiments.definition import Experiment, read_experiment
from simlab.experiments.estimates import estimate
from simlab.experiments.parameters import Choice, Parameter, Value, label_of
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
from simlab.experiments.variation import Variation, check_in, read_parameters
from simlab.experiments.workbench import Case, case_of, open_workbench
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import ListNode, MapNode, Node, get_path, key_place_of
from simlab.scenario.quantities import PositiveInt
from simlab.statistics.designs import FloatArray, latin_hypercube, sobol_points
from simlab.statistics.intervals import Estimate
from simlab.units import format_count

Design = Literal["grid", "list", "latin", "sobol"]
MOST_POINTS: Final = 10_000


class SweepExperiment(StudyFile):
    """Simulates a scenario at many points."""

    experiment: Literal["sweep"]
    """``sweep``."""
    replications: PositiveInt = 10
    """Independent runs of each point; all points meet the same tickets."""
    vary: dict[str, Variation] = Field(default={})
    """Key path in the scenario to its values: a range, or a list. Not for ``design: list``."""
    design: Design = "grid"
    """``grid``: every combination; ``latin``: a Latin hypercube; ``sobol``: points of a Sobol sequence;
    ``list``: the points under ``list``."""
    points: PositiveInt = 32
    """Number of points of a Latin hypercube or of a Sobol sequence, which is best at a power of two."""
    list: tuple[dict[str, Any], ...] = ()
    """Points one by one, each a map of key paths to values."""


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """What one point gave."""

    settings: Mapping[str, str]
    """Value by key path, as a scenario file says it."""
    estimates: Mapping[str, Estimate]
    """By response."""
    unstable: tuple[str, ...]
    """Why its figures depend on the length of the run; empty where they do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(StudyResult):
    """A scenario at many points."""

    design: Design
    paths: tuple[str, ...]
    """What varies."""
    responses: tuple[str, ...]
    points: tuple[SweepPoint, ...]
    replications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepPlan(StudyPlan[SweepExperiment]):
    """A sweep that holds no mistakes."""

    parameters: tuple[Parameter, ...]
    points: tuple[tuple[Value, ...], ...]
    """A value for each parameter."""

    def texts(self, point: Sequence[Value]) -> dict[str, str]:
        """Return the settings of a point as a scenario file says them."""
        return {each.path: each.text(value) for each, value in zip(self.parameters, point, strict=True)}

    def case(self, point: Sequence[Value]) -> Case:
        """Return what is simulated at a point."""
        settings = {each.path: each.node(value) for each, value in zip(self.parameters, point, strict=True)}
        return case_of(self.scenario, settings, self.texts(point))


def sweep(path: Path | str, **options: Unpack[StudyOptions]) -> Sweep:
    """Simulate a scenario at the points of an experiment file.

    Parameters
    ----------
    path
        The experiment file (``experiment: sweep``).
    options
        As in `simlab.experiments.study.StudyOptions`.

    Raises
    ------
    InvalidInput
        With all mistakes in the experiment and the scenario.
    """
    plan = read_sweep(path, **options)
    cases = [plan.case(point) for point in plan.points]
    replications = range(plan.replications)
    file = plan.experiment.file
    with open_workbench(
        plan.experiment.path.stem, plan.scenario, plan.responses, plan.seed, options
    ) as bench:
        bench.simulate((case, replications) for case in cases)
        points = []
        for point, case in zip(plan.points, cases, strict=True):
            summaries = bench.summaries(case, replications)
            figures = {name: estimate(summaries, name, file.confidence) for name in plan.responses}
            points.append(SweepPoint(plan.texts(point), figures, truncations(summaries)))
        found = Sweep(
            name=plan.experiment.name,
            scenario_name=plan.scenario.label,
            design=file.design,
            paths=tuple(each.path for each in plan.parameters),
            responses=plan.responses,
            points=tuple(points),
            replications=plan.replications,
            seed=plan.seed,
            confidence=file.confidence,
            currency=plan.scenario.model.money.currency,
            folder=bench.folder,
            n_simulated=bench.n_simulated,
            n_damaged=bench.n_damaged,
            evidence=plan.scenario.evidence,
        )
        return bench.kept("sweep", found)


def read_sweep(path: Path | str, **options: Unpack[StudyOptions]) -> SweepPlan:
    """Read a sweep and the scenario that it names; InvalidInput tells all mistakes."""
    experiment = read_experiment(path, SweepExperiment)
    file = experiment.file
    scenario = scenario_of(experiment, options)
    mistakes = Mistakes(experiment)
    checked_confidence(mistakes, file.confidence)
    seed = seed_of(file, options)
    if file.design == "list":
        parameters, points = _listed(mistakes, experiment, scenario)
    else:
        parameters = _varied(mistakes, experiment, scenario)
        points = _designed(mistakes, file, parameters, seed) if parameters else ()
    names = read_responses(mistakes, experiment, file.responses, scenario.model)
    mistakes.tell()
    return SweepPlan(
        experiment=experiment,
        scenario=scenario,
        responses=names,
        seed=seed,
        replications=options.get("replications") or file.replications,
        parameters=parameters,
        points=points,
    )


def _varied(
    mistakes: Mistakes, experiment: Experiment[SweepExperiment], scenario: LoadedScenario
) -> tuple[Parameter, ...]:
    file = experiment.file
    if file.list:
        mistakes.note("list", f"design: {file.design} takes its points from vary", "write design: list")
    if not file.vary:
        mistakes.note("vary", "it must be said what varies", "add vary: {staffing.desk.people: [2, 3, 4]}")
        return ()
    return mistakes.attempt(lambda: read_parameters(experiment.node, scenario), ())


def _designed(
    mistakes: Mistakes, file: SweepExperiment, parameters: Sequence[Parameter], seed: int
) -> tuple[tuple[Value, ...], ...]:
    if file.design == "grid":
        levels = [each.values() for each in parameters]
        for each, values in zip(parameters, levels, strict=True):
            if not values:
                mistakes.note(f"vary.{each.path}", "a grid needs the distance of values", "add steps: 4")
        n = 1
        for values in levels:
            n *= len(values)
        if n > MOST_POINTS:
            message = f"the grid has {format_count(n)} points, more than {format_count(MOST_POINTS)}"
            mistakes.note("vary", message, "take fewer values, or design: sobol")
            return ()
        return tuple(product(*levels))
    if file.points > MOST_POINTS:
        mistakes.note(
            "points", f"at most {format_count(MOST_POINTS)} points are simulated", found=str(file.points)
        )
        return ()
    draw = latin_hypercube if file.design == "latin" else sobol_points
    return at_shares(parameters, draw(file.points, len(parameters), seed))


def at_shares(parameters: Sequence[Parameter], shares: FloatArray) -> tuple[tuple[Value, ...], ...]:
    """Return the points at places of the unit cube, shape (n, k)."""
    return tuple(
        tuple(each.at(share) for each, share in zip(parameters, row, strict=True)) for row in shares.tolist()
    )


def _listed(
    mistakes: Mistakes, experiment: Experiment[SweepExperiment], scenario: LoadedScenario
) -> tuple[tuple[Parameter, ...], tuple[tuple[Value, ...], ...]]:
    file = experiment.file
    if file.vary:
        mistakes.note("vary", "design: list takes its points from list", "leave vary or design: list out")
    if not file.list:
        mistakes.note("list", "the points must be listed", "add list: [{staffing.desk.people: 2}]")
        return (), ()
    paths = tuple(file.list[0])
    for number, point in enumerate(file.list):
        if set(point) != set(paths):
            mistakes.note(f"list.{number}", f"every point sets the same paths: {', '.join(paths)}")
            return (), ()
    rows = _nodes_of(experiment.node, paths)
    parameters = []
    for column, path in enumerate(paths):
        options = {label_of(row[column]): row[column] for row in rows}
        parameter = Choice(path, tuple(options.values()), tuple(options))
        place = key_place_of(experiment.node, "list")
        assert place is not None
        mistakes.attempt(partial(check_in, scenario, parameter, place, "list"), None)
        parameters.append(parameter)
    return tuple(parameters), tuple(tuple(label_of(node) for node in row) for row in rows)


def _nodes_of(node: MapNode, paths: Sequence[str]) -> list[tuple[Node, ...]]:
    points = get_path(node, "list")
    assert isinstance(points, ListNode)
    rows = []
    for point in points.items:
        assert isinstance(point, MapNode)
        rows.append(tuple(point.entries[path].node for path in paths))
    return rows
