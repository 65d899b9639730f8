"""What queueing formulas say of configurations, without simulating.

The flow of the process (`simlab.model.flow`) is found for a configuration and for some that differ from it in
one value; in between it is taken to be linear. Each team is then a queue of its own: waits are those of
M/M/c, scaled by how variable work is (Allen and Cunneen). That is exact for textbook networks, and rough
where people come and go or where priorities matter: formulas propose, simulations judge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import SimlabError
from simlab.experiments.parameters import Choice, Number, Value
from simlab.model.flow import Flow, flow_of, ways_of
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.optimise.objectives import Aims
from simlab.optimise.space import Configuration, Space
from simlab.units import MINUTES_PER_WEEK

Floats = NDArray[np.float64]

SAMPLE: Final = 2000
"""Tickets that walk through the process where its flow cannot be told exactly."""
STEP: Final = 0.1
"""Share of a range by which a number is moved to see what it changes."""
FULL: Final = 0.98
"""Load per person from which on a queue is taken to grow for the whole run."""
BROKEN: Final = 100.0
"""Times the goal's size by which a configuration is worse that breaks a constraint by all of its bound."""
_PEOPLE: Final = re.compile(r"staffing\.[^.]+\.(?:shifts\.[^.]+\.)?people")

Predicted = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Formula:
    """The flow near a configuration, linear in its values, and what follows from it."""

    space: Space
    teams: tuple[str, ...]
    length: float
    """Minutes of a run: queues that cannot be kept up with grow for so long."""
    origin: Floats
    """(k,) coordinates of the configuration."""
    flow: Floats
    """(m,) its flow, in one row."""
    slopes: Floats
    """(k, m) change of the flow with each coordinate."""

    @classmethod
    def around(cls, space: Space, scenario: LoadedScenario, configuration: Configuration) -> Formula | None:
        """Return the formula near a configuration; None where it is no valid scenario."""

        def model_of(values: Configuration) -> Model | None:
            try:
                return scenario.changed(space.applied(scenario.node, values)).model
            except SimlabError:
                return None

        model = model_of(configuration)
        if model is None:
            return None
        ways = ways_of(model, SAMPLE)
        base, origin = flow_of(model, ways).flat(), _coordinates(space, [configuration])[0]
        apart, changes = [], []
        for values, is_staffing in _altered(space, configuration):
            other = model_of(values)
            if other is None:
                continue
            flow = flow_of(other, ways if is_staffing else ways_of(other, SAMPLE)).flat()
            if len(flow) != len(base):
                continue
            apart.append(_coordinates(space, [values])[0] - origin)
            changes.append(flow - base)
        slopes = np.zeros((len(origin), len(base)))
        if apart:
            slopes = np.linalg.lstsq(np.array(apart), np.array(changes), rcond=1e-8)[0]
        return cls(space, model.names.teams, model.length, origin, base, slopes)

    def predicted(self, configurations: Sequence[Configuration]) -> Predicted:
        """Return the responses that formulas give, by name, one value for each configuration."""
        moved = _coordinates(self.space, configurations) - self.origin
        rows = self.flow + moved @ self.slopes
        return _responses(_Columns(rows, len(self.teams)), self.teams, self.length)

    def goals(self, aims: Aims, configurations: Sequence[Configuration]) -> Floats | None:
        """Return the one goal of configurations, to make small; None where formulas do not give it."""
        return _goals(aims, self.predicted(configurations))

    def heights(self, aims: Aims, configurations: Sequence[Configuration]) -> Floats | None:
        """Return the goal of configurations, far higher where a constraint is broken.

        None where formulas do not give all that is asked for.
        """
        found = self.predicted(configurations)
        total = _goals(aims, found)
        for limit in aims.limits:
            if total is None or limit.share is not None or limit.response not in found:
                return None
            value, bound = found[limit.response], limit.bound
            above = np.maximum(value - bound if limit.is_upper else bound - value, 0.0)
            total = total + BROKEN * above / max(abs(bound), 1e-12) * (1.0 + np.abs(total))
        return total


def _goals(aims: Aims, found: Predicted) -> Floats | None:
    if len(aims.goals) > 1 or not all(name in found for name, _ in aims.goals[0].weights):
        return None
    total: Floats = np.sum([weight * found[name] for name, weight in aims.goals[0].weights], axis=0)
    return total


class _Columns:
    """Flows of several configurations, an array for each field."""

    def __init__(self, rows: Floats, n_teams: int) -> None:
        self._parts: dict[str, Floats] = {}
        at = 0
        by_team = ("visits", "load", "squared_work", "present")
        for name in (each.name for each in fields(Flow)):
            width = n_teams if name in by_team else 1
            part = np.maximum(rows[:, at : at + width], 0.0)
            self._parts[name] = part if name in by_team else part[:, 0]
            at += width

    def __getitem__(self, name: str) -> Floats:
        return self._parts[name]


def _responses(flow: _Columns, teams: tuple[str, ...], length: float) -> Predicted:
    waiting = waiting_tickets(flow["visits"], flow["load"], flow["squared_work"], flow["present"], length)
    tickets = np.maximum(flow["tickets"], 1e-12)
    inside = waiting.sum(axis=1) + flow["on_the_way"]
    users = flow["waiting_price"] * inside * MINUTES_PER_WEEK
    cost = flow["staff"] + flow["automation"] + flow["levers"] + flow["fixed"] + users
    found = {
        "wip_mean": inside,
        "sojourn_mean": inside / tickets,
        "resolution_mean": inside / tickets,
        "wait_mean": waiting.sum(axis=1) / np.maximum(flow["visits"].sum(axis=1), 1e-12),
        "occupancy": flow["load"].sum(axis=1) / np.maximum(flow["present"].sum(axis=1), 1e-12),
        "cost_per_week": cost,
        "cost_per_ticket": cost / tickets / MINUTES_PER_WEEK,
        "cost_staff_per_week": flow["staff"],
        "cost_automation_per_week": flow["automation"],
        "cost_levers_per_week": flow["levers"],
        "cost_fixed_per_week": flow["fixed"],
        "cost_waiting_users_per_week": users,
        "cost_one_off": flow["one_off"],
    }
    for place, team in enumerate(teams):
        found[f"queue_mean[team={team}]"] = waiting[:, place]
        found[f"wait_mean[team={team}]"] = waiting[:, place] / np.maximum(flow["visits"][:, place], 1e-12)
    return found


def waiting_tickets(
    visits: Floats, load: Floats, squared_work: Floats, present: Floats, length: float
) -> Floats:
    """Return the mean number of tickets that wait for each team, arrays alike in shape.

    Where people are no whole number it is in between; where work is more than they can do, what is left over
    grows for the whole run.

    References
    ----------
    Allen, *Probability, Statistics, and Queueing Theory*, 2nd ed., chapter 5.
    """
    people = np.maximum(present, 1e-9)
    kept_up = np.minimum(load, FULL * people)
    low = np.maximum(np.floor(people + 1e-9), 1.0)
    part = np.clip(people - low, 0.0, 1.0)
    few, many = _erlang_queue(np.minimum(kept_up, FULL * low), low), _erlang_queue(kept_up, low + 1.0)
    queue = np.exp((1.0 - part) * np.log(np.maximum(few, 1e-30)) + part * np.log(np.maximum(many, 1e-30)))
    variability = np.where(load > 0.0, squared_work * visits / np.maximum(load, 1e-12) ** 2, 2.0) / 2.0
    left_over = np.maximum(load - kept_up, 0.0) * visits / np.maximum(load, 1e-12) * length / 2.0
    total: Floats = np.where(load > 0.0, queue * variability + left_over, 0.0)
    return total


def _erlang_queue(load: Floats, people: Floats) -> Floats:
    """Return the mean number waiting of M/M/c for whole numbers of people, load below them."""
    blocked = np.ones_like(load)
    for n in range(1, int(people.max(initial=1.0)) + 1):
        blocked = np.where(people >= n, load * blocked / (n + load * blocked), blocked)
    busy = load / people
    waits = blocked / (1.0 - busy * (1.0 - blocked))
    queue: Floats = waits * busy / (1.0 - busy)
    return queue


def _coordinates(space: Space, configurations: Sequence[Configuration]) -> Floats:
    """Return numbers in shares of their range, and choices, ordered ones too, by an indicator each."""
    columns: list[Floats] = []
    for each in space.parameters:
        values = [configuration[each.path] for configuration in configurations]
        if isinstance(each, Choice):
            columns += [np.array([float(value == option) for value in values]) for option in each.values()]
        else:
            columns.append((np.array(values, dtype=np.float64) - each.low) / (each.high - each.low))
    return np.column_stack(columns)


def _altered(space: Space, configuration: Configuration) -> list[tuple[dict[str, Value], bool]]:
    """Return configurations that differ in one value, sums kept, and whether only people differ."""
    found: list[tuple[dict[str, Value], bool]] = []
    for each in space.parameters:
        here = configuration[each.path]
        moved: list[Value]
        if isinstance(each, Number):
            width = max(STEP * (each.high - each.low), each.step or 0.0)
            moved = [each.snapped(float(here) + (width if float(here) + width <= each.high else -width))]
        else:
            moved = [value for value in each.values() if value != here]
        for value in moved:
            is_staffing = bool(_PEOPLE.fullmatch(each.path))
            found.append((space.repaired({**configuration, each.path: value}), is_staffing))
    return found
