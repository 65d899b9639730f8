"""Warm starts: today, and as many people as the square-root rule asks for, at each level of automation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from simlab.errors import InvalidInput
from simlab.experiments.overload import hopeless_team
from simlab.experiments.parameters import Choice, Number, Value
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.model.traffic import TeamTraffic, estimate_traffic
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Unworkable
from simlab.optimise.space import Configuration, Space

BETAS: Final = (0.5, 1.5)
"""People beyond the load, in square roots of the load: busy, and comfortable."""
MOST_SHARE: Final = 0.25
"""Share of the trials that warm starts may take."""
_PEOPLE: Final = re.compile(r"staffing\.([^.]+)\.(?:shifts\.[^.]+\.)?people")
_LEVEL: Final = re.compile(r"automation\.[^.]+\.level")
_SAMPLE: Final = 1000


def first_configurations(optimisation: Optimisation) -> tuple[tuple[str, Configuration], ...]:
    """Return who proposes which configurations first, today's or the nearest to it before all.

    References
    ----------
    Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers, *Oper. Res.* 29:
    load + beta * sqrt(load) people.
    """
    space, scenario = optimisation.space, optimisation.scenario
    today = space.nearest(space.present(scenario.node))
    starts: dict[str, tuple[str, Configuration]] = {space.digest(today): ("today", today)}
    for configuration in _staffed(space, scenario, today):
        if not space.broken_limits(configuration):
            starts.setdefault(space.digest(configuration), ("formula", configuration))
    affordable = optimisation.search_replications // optimisation.replications
    most = max(1, round(MOST_SHARE * min(affordable, optimisation.most_trials or affordable)))
    return tuple(starts.values())[:most]


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
