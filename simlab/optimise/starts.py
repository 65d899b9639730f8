"""Warm starts: today, the best by queueing formulas, and people by the square-root rule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput
from simlab.experiments.overload import hopeless_team
from simlab.experiments.parameters import Choice, Number, Value
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.model.traffic import TeamTraffic, estimate_traffic
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Unworkable
from simlab.optimise.formula import Formula
from simlab.optimise.formula_search import best_by_formula
from simlab.optimise.goal_model import Hint
from simlab.optimise.space import Configuration, Space
from simlab.optimise.trials import FORMULA, TODAY

BETAS: Final = (0.5, 1.5)
"""People beyond the load, in square roots of the load: busy, and comfortable."""
MOST_SHARE: Final = 0.25
"""Share of the trials that warm starts may take."""
_PEOPLE: Final = re.compile(r"staffing\.([^.]+)\.(?:shifts\.[^.]+\.)?people")
_LEVEL: Final = re.compile(r"automation\.[^.]+\.level")
_SAMPLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known before anything is simulated."""

    starts: tuple[tuple[str, Configuration], ...]
    """Who proposes which configurations first, today's or the nearest to it before all."""
    hint: Hint | None
    """What formulas say of the goal of any configuration; None where they do not know its responses."""


def beginning_of(optimisation: Optimisation) -> Beginning:
    """Return the warm starts: today, the best by formula, and people by the square-root rule.

    References
    ----------
    Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers, *Oper. Res.* 29:
    load + beta * sqrt(load) people.
    """
    space, scenario = optimisation.space, optimisation.scenario
    today = space.nearest(space.present(scenario.node))
    starts: dict[str, tuple[str, Configuration]] = {space.digest(today): (TODAY, today)}
    best, hint = _by_formula(optimisation, today)
    for configuration in [*best, *_staffed(space, scenario, today)]:
        if not space.broken_limits(configuration):
            starts.setdefault(space.digest(configuration), (FORMULA, configuration))
    affordable = optimisation.search_replications // optimisation.replications
    most = max(1, round(MOST_SHARE * min(affordable, optimisation.most_trials or affordable)))
    return Beginning(tuple(starts.values())[:most], hint)


def _by_formula(
    optimisation: Optimisation, today: Configuration
) -> tuple[list[dict[str, Value]], Hint | None]:
    """Return the best configurations by formula, and what formulas say near them."""
    space, aims = optimisation.space, optimisation.aims
    if len(aims.goals) > 1:
        return [], None
    found = best_by_formula(space, optimisation.scenario, aims, today)
    best, formula = (
        ([], Formula.around(space, optimisation.scenario, today))
        if found is None
        else (
            [found[0]],
            found[1],
        )
    )
    if formula is None or formula.goals(aims, [today]) is None:
        return best, None
    known = formula

    def hint(configurations: Sequence[Configuration]) -> NDArray[np.float64]:
        goals = known.goals(aims, configurations)
        assert goals is not None  # it is known of one, so of all
        return goals

    return best, hint


def refuse_overload(model: Model) -> None:
    """Raise Unworkable where a team's queue would grow without end."""
    worst = hopeless_team(model)
    if worst is not None:
        raise Unworkable(
            f"the queue of the team {worst.team} grows without end: it gets work for"
            f" {100.0 * worst.pooled_rho:.0f} % of the time of its people"
        )


@dataclass(frozen=True, slots=True)
class _Crew:
    """A team of which some people vary."""

    traffic: TeamTraffic
    parameters: tuple[Number, ...]

    def sized(self, beta: float, today: Configuration) -> dict[str, Value]:
        """Return people of each shift, in proportion to today's."""
        traffic = self.traffic
        presence = traffic.on_duty / traffic.people if traffic.people and traffic.on_duty > 0.0 else 1.0
        load = traffic.load / presence
        factor = (load + beta * math.sqrt(load)) / max(traffic.people, 1)
        return {
            each.path: each.snapped(math.ceil(factor * max(float(today[each.path]), 1.0)))
            for each in self.parameters
        }


def _staffed(space: Space, scenario: LoadedScenario, today: Configuration) -> Iterator[dict[str, Value]]:
    people = [each for each in space.parameters if isinstance(each, Number) and _PEOPLE.fullmatch(each.path)]
    if not people:
        return
    for levels in _levels(space, today):
        base = {**today, **levels}
        try:
            model = scenario.changed(space.applied(scenario.node, base)).model
        except InvalidInput:
            continue
        traffic = {team.team: team for team in estimate_traffic(model, _SAMPLE).teams}
        crews = [_Crew(traffic[team], tuple(members)) for team, members in _by_team(people).items()]
        for beta in BETAS:
            sized = dict(base)
            for crew in crews:
                sized.update(crew.sized(beta, today))
            yield space.repaired(sized)


def _levels(space: Space, today: Configuration) -> Iterator[dict[str, Value]]:
    """Today's levels of automation, then each other level alone."""
    yield {}
    for each in space.parameters:
        if isinstance(each, Choice) and _LEVEL.fullmatch(each.path):
            for value in each.values():
                if value != today[each.path]:
                    yield {each.path: value}


def _by_team(people: list[Number]) -> Mapping[str, list[Number]]:
    teams: dict[str, list[Number]] = {}
    for each in people:
        match = _PEOPLE.fullmatch(each.path)
        assert match is not None
        teams.setdefault(match[1], []).append(each)
    return teams
