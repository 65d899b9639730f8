"""Capacity: the least people who keep stated targets with stated confidence, as demand grows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal, Unpack

from pydantic import Field

from simlab.experiments.definition import read_experiment
from simlab.experiments.demand_growth import Growth, at_growth, grown, read_demand
from simlab.experiments.estimates import estimate
from simlab.experiments.first_guess import PEOPLE, Crew, Wish, crews_of, guess
from simlab.experiments.limits import OutputLimit, read_output_limit
from simlab.experiments.parameters import Number
from simlab.experiments.staffing_search import Judgement, Looks, StaffingSearch, TargetStanding, judged
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
from simlab.experiments.variation import Variation, read_parameters
from simlab.experiments.workbench import Case, Workbench, case_of, open_workbench
from simlab.metrics.responses import parse_response
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import place_of, to_plain
from simlab.scenario.quantities import PositiveInt, Share
from simlab.statistics.intervals import Estimate

HALF_WAIT: Final = Wish(0.5, 0.0)
"""What a first guess seeks where no target speaks of response times: half of the visits begin at once."""
MOST_CONFIRMATIONS: Final = 8
"""Staffings of one demand that are tried on new random numbers, at most."""


class CapacityExperiment(StudyFile):
    """Seeks the least people who keep targets, for demand as it is and as it may grow."""

    experiment: Literal["capacity"]
    """``capacity``."""
    replications: PositiveInt = 10
    """Independent runs with which a staffing is judged first; all meet the same tickets."""
    most_replications: PositiveInt = 40
    """Runs at which a staffing that is still undecided counts as not enough."""
    confidence: Share = 0.95
    """Confidence with which all targets are kept, at all demands together."""
    vary: dict[str, Variation] = Field(min_length=1)
    """Numbers of people, such as ``staffing.desk.people: {from: 2, to: 12}`` or
    ``staffing.desk.shifts.early.people``."""
    constraints: tuple[str, ...] = Field(min_length=1)
    """Targets: ``respond_attainment >= 80 %``, ``occupancy[team=desk] <= 85 %``, ``wait_p90 <= 30 min``."""
    growth: tuple[Growth, ...] = Field(default=(0.0,), min_length=1)
    """Demand to plan for, against that of the scenario: ``[0 %, 10 %, 20 %]``."""
    demand: tuple[str, ...] = ()
    """Key paths of the rates that grow; all arrival rates where not given."""


@dataclass(frozen=True, slots=True)
class CrewSize:
    """People of one team and shift."""

    path: str
    people: int
    first_guess: int
    """By the square-root rule and Erlang's formulas for every hour of the week."""
    paid_hours_per_week: float
    """Of all of them, breaks and absence included."""


@dataclass(frozen=True, slots=True)
class CapacityPoint:
    """The least people for one demand."""

    growth: float
    """Share of demand beyond that of the scenario."""
    crews: tuple[CrewSize, ...]
    """In the order of the file; the most that may be, where these do not keep the targets."""
    is_kept: bool
    """Whether these people keep all targets with the stated confidence."""
    targets: tuple[TargetStanding, ...]
    """How each target stands; empty where nothing had to be simulated to see that people are too few."""
    estimates: Mapping[str, Estimate]
    """Other figures, by response."""
    reason: str
    """Why the targets are not kept; empty where they are."""
    replications: int
    """With which it was judged."""

    @property
    def n_people(self) -> int:
        """People of all crews."""
        return sum(crew.people for crew in self.crews)

    @property
    def paid_hours_per_week(self) -> float:
        """Of all crews."""
        return math.fsum(crew.paid_hours_per_week for crew in self.crews)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity(StudyResult):
    """The staffing curve and the cost curve of a scenario."""

    constraints: tuple[str, ...]
    responses: tuple[str, ...]
    points: tuple[CapacityPoint, ...]
    """In the order of the file."""

    @property
    def is_kept(self) -> bool:
        """Whether there are enough people for every demand."""
        return all(point.is_kept for point in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPlan(StudyPlan[CapacityExperiment]):
    """A capacity study that holds no mistakes."""

    numbers: tuple[Number, ...]
    limits: tuple[OutputLimit, ...]
    demand: tuple[str, ...]

    @property
    def most_replications(self) -> int:
        """Replications at which a staffing is judged in any case."""
        return max(self.experiment.file.most_replications, self.replications)

    def case(self, growth: float, people: Mapping[str, int]) -> Case:
        """Return what is simulated for a demand and a staffing."""
        demand = grown(self.scenario.node, self.demand, growth)
        staff = {each.path: each.node(people[each.path]) for each in self.numbers}
        texts = {path: str(to_plain(node)) for path, node in demand.items()}
        return case_of(
            self.scenario, {**demand, **staff}, {**texts, **{path: str(n) for path, n in people.items()}}
        )

    def at_growth(self, growth: float) -> LoadedScenario:
        """Return the scenario with more demand."""
        return at_growth(self.scenario, self.demand, growth)


def capacity(path: Path | str, **options: Unpack[StudyOptions]) -> Capacity:
    """Seek the least people who keep the targets of an experiment file, for each demand in it.

    Parameters
    ----------
    path
        The experiment file (``experiment: capacity``).
    options
        As in `simlab.experiments.study.StudyOptions`.

    Raises
    ------
    InvalidInput
        With all mistakes in the experiment and the scenario.
    """
    plan = read_capacity(path, **options)
    crews = crews_of(plan.scenario, plan.numbers)
    kept = dict.fromkeys([*(limit.response for limit in plan.limits), *plan.responses])
    with open_workbench(plan.experiment.path.stem, plan.scenario, tuple(kept), plan.seed, options) as bench:
        found = Capacity(
            name=plan.experiment.name,
            scenario_name=plan.scenario.label,
            constraints=tuple(limit.text for limit in plan.limits),
            responses=plan.responses,
            points=tuple(_point(plan, crews, bench, growth) for growth in plan.experiment.file.growth),
            seed=plan.seed,
            confidence=plan.experiment.file.confidence,
            currency=plan.scenario.model.money.currency,
            folder=bench.folder,
            n_simulated=bench.n_simulated,
            n_damaged=bench.n_damaged,
            evidence=plan.scenario.evidence,
        )
        return bench.kept("capacity", found)


def read_capacity(path: Path | str, **options: Unpack[StudyOptions]) -> CapacityPlan:
    """Read a capacity study and the scenario that it names; InvalidInput tells all mistakes."""
    experiment = read_experiment(path, CapacityExperiment)
    file = experiment.file
    scenario = scenario_of(experiment, options)
    mistakes = Mistakes(experiment)
    checked_confidence(mistakes, file.confidence)
    numbers = []
    for each in mistakes.attempt(lambda: read_parameters(experiment.node, scenario), ()):
        if isinstance(each, Number) and each.is_whole and each.step == 1 and PEOPLE.fullmatch(each.path):
            numbers.append(each)
        else:
            message = "capacity varies numbers of people, one by one"
            remedy = "write staffing.TEAM.people or staffing.TEAM.shifts.SHIFT.people: {from: 1, to: 9}"
            mistakes.note(f"vary.{each.path}", message, remedy)
    limits = []
    for number, text in enumerate(file.constraints):
        where = f"constraints.{number}"
        place = place_of(experiment.node, where)
        limit = mistakes.attempt(partial(read_output_limit, text, scenario.model, where, place), None)
        limits += [] if limit is None else [limit]
    demand = read_demand(mistakes, experiment.node, scenario, experiment.file.demand, experiment.file.growth)
    names = read_responses(mistakes, experiment, file.responses, scenario.model)
    mistakes.tell()
    return CapacityPlan(
        experiment=experiment,
        scenario=scenario,
        responses=names,
        seed=seed_of(file, options),
        replications=options.get("replications") or file.replications,
        numbers=tuple(numbers),
        limits=tuple(limits),
        demand=demand,
    )


def wish_of(scenario: LoadedScenario, limits: tuple[OutputLimit, ...]) -> Wish:
    """Return what a first guess seeks: the strictest target on response times, and bounds of occupancy."""
    targets: Any = scenario.scenario.targets
    spans = list(targets.values()) if isinstance(targets, dict) else list(targets or ())
    minutes = [each.respond.minutes for each in spans if each.respond and each.respond.minutes]
    shares = [
        limit.bound
        for limit in limits
        if limit.response.partition("[")[0] == "respond_attainment" and not limit.is_upper
    ]
    busy: dict[str, float] = {}
    for limit in limits:
        response = parse_response(limit.response)
        if response.metric.name == "occupancy" and limit.is_upper and limit.bound > 0.0:
            for team in [response.label] if response.dimension == "team" else scenario.model.names.teams:
                busy[team] = min(limit.bound, busy.get(team, 1.0))
    if not (shares and minutes):
        return replace(HALF_WAIT, most_occupancy=busy)
    return Wish(min(max(shares), 0.999), min(minutes), busy)


def _point(plan: CapacityPlan, crews: tuple[Crew, ...], bench: Workbench, growth: float) -> CapacityPoint:
    first = guess(plan.at_growth(growth).model, crews, wish_of(plan.scenario, plan.limits))
    found, judgement = _Planner(plan, crews, bench, growth).least(first)
    summaries = bench.summaries(plan.case(growth, found), judgement.seen)
    confidence = plan.experiment.file.confidence
    return CapacityPoint(
        growth=growth,
        crews=tuple(
            CrewSize(
                path=crew.number.path,
                people=found[crew.number.path],
                first_guess=first[crew.number.path],
                paid_hours_per_week=found[crew.number.path] * crew.paid_hours,
            )
            for crew in crews
        ),
        is_kept=judgement.is_kept,
        targets=judgement.targets,
        estimates={name: estimate(summaries, name, confidence) for name in plan.responses}
        if summaries
        else {},
        reason=judgement.reason,
        replications=judgement.replications,
    )


class _Planner:
    """Seeks the least people for one demand, and confirms them.

    The search tries many staffings on the same replications, so the one that it ends at may owe that to
    chance. It is therefore judged again on replications that the search has never seen. One that fails there
    is struck out, and the search goes on. The error that is allowed is shared out among the demands, the
    confirmations (a half for the first, a quarter for the second, ...) and their looks, so that all staffings
    that are told keep all targets with the stated confidence, together.
    """

    def __init__(self, plan: CapacityPlan, crews: tuple[Crew, ...], bench: Workbench, growth: float) -> None:
        self._plan, self._crews, self._bench, self._growth = plan, crews, bench, growth
        self._known: dict[str, Judgement] = {}

    def least(self, start: Mapping[str, int]) -> tuple[dict[str, int], Judgement]:
        """Return the least people and how they stand; the most allowed where these are not enough."""
        search = StaffingSearch(self._crews, self._judge)
        people = search.least(start)
        for attempt in range(MOST_CONFIRMATIONS):
            if not self._judge(people).is_kept:
                break
            confirmed = self._confirmed(people, attempt)
            if confirmed.is_kept:
                return people, confirmed
            self._known[self._plan.case(self._growth, people).key] = confirmed
            people = search.least(people)
        return people, self._judge(people)

    def _judge(self, people: Mapping[str, int]) -> Judgement:
        plan, case = self._plan, self._plan.case(self._growth, people)
        if case.key not in self._known:
            looks = Looks(plan.replications, plan.most_replications)
            confidence = plan.experiment.file.confidence
            self._known[case.key] = judged(case, plan.limits, self._bench, looks, confidence)
        return self._known[case.key]

    def _confirmed(self, people: Mapping[str, int], attempt: int) -> Judgement:
        plan, file, most = self._plan, self._plan.experiment.file, self._plan.most_replications
        searched = self._judge(people).replications
        looks = Looks(searched, max(most, searched), begin=(attempt + 1) * most)
        n_parts = len(file.growth) * 2 ** (attempt + 1) * len(looks.sizes())
        error = (1.0 - file.confidence) / n_parts
        return judged(plan.case(self._growth, people), plan.limits, self._bench, looks, 1.0 - error)
