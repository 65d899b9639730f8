"""One model of several: the levels of levers that improvement moves in the run become one set of tables.

The scenario is compiled once for each combination of rungs. What differs becomes rules with one more test, of
a flag that says whether the present combination is one for which the rule is; the engine sets the flags when
a lever moves. What cannot change in this way is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.calendars import Calendar
from simlab.model.codes import Field
from simlab.model.compiling.improvements import level_at
from simlab.model.compiling.rules import Test
from simlab.model.joint_rosters import Staffing, staffing_of
from simlab.model.regimes import Join, Regime, Services
from simlab.model.self_service_table import SelfService
from simlab.model.tables import Model, PoissonArrivals, PricePeriod, Stream
from simlab.scenario.levers import quantity_node
from simlab.scenario.nodes import MapNode, place_of, set_path
from simlab.scenario.schema.levers import Lever

Combination = Mapping[str, int]
"""Rung of each lever that is moved."""


def at_rungs(node: MapNode, levers: Mapping[str, Lever], rungs: Combination) -> MapNode:
    """Return the tree of a scenario with its levers on these rungs."""
    for name, rung in rungs.items():
        if rung:
            path = ("levers", name, "level")
            level = quantity_node(level_at(levers[name], rung), "", place_of(node, path))
            changed = set_path(node, path, level)
            assert isinstance(changed, MapNode)
            node = changed
    return node


def joined_rungs(
    models: Sequence[Model],
    levers: Mapping[str, Lever],
    combinations: Sequence[Combination],
    place: Place | None,
) -> Model:
    """Return the model in which levers move from rung to rung.

    Parameters
    ----------
    models
        Of the scenario on each combination of rungs, the lowest first, the last lever changing fastest.

    Raises
    ------
    InvalidInput
        At the place of the levers, with everything that they change and that cannot change in the run.
    """
    models = _with_same_calendars(models)
    join = _RungJoin([Regime(0.0, model) for model in models])
    join.same("the steps of the process", [model.names.steps for model in models])
    model = models[0] if join.differences else join.model()
    if join.differences:
        raise InvalidInput(
            Problem(
                f"a lever that improvement moves cannot change {what}",
                "levers",
                place,
                remedy="leave out this effect, leave out improve, or compare two scenarios",
            )
            for what in dict.fromkeys(join.differences)
        )
    table = model.improvements
    assert table is not None
    levels = [[level_at(levers[name], rung) for name, rung in each.items()] for each in combinations]
    flags = [[number in those for those in join.flags] for number in range(len(models))]
    return replace(
        model,
        improvements=table._replace(
            rungs=np.array(list(combinations[-1].values()), np.int64),
            level=np.array(levels, np.float64),
            flags=np.array(flags, np.bool_).reshape(len(models), len(join.flags)),
        ),
        prices_at_rungs=tuple((each.money, each.later_prices) for each in models),
    )


@dataclass
class _RungJoin(Join):
    """Puts the tables of combinations of rungs together."""

    flags: dict[tuple[int, ...], int] = field(default_factory=dict)
    """By set of combinations, the flag that says that one of them is in force."""

    def _while(self, regimes: tuple[int, ...]) -> Test:
        flag = self.flags.setdefault(regimes, len(self.flags))
        position = len(self.first.names.teams) + len(self.first.names.controls) + flag
        return Test(Field.RUNG, 1.0, 1.0, argument=position)

    def _joint_calendars(self) -> tuple[Calendar, ...]:
        return self.first.calendars

    def _calendar_names(self) -> tuple[str, ...]:
        return self.first.names.calendars

    def _staffing(self) -> Staffing:
        first = self.first
        people = self.each(lambda model: (model.people, model.names.people, model.rosters, model.pools))
        self.same("people, their hours and cost", people)
        if self.differences:
            return staffing_of(first)
        return super()._staffing()

    def _rates(self, name: str, processes: Sequence[PoissonArrivals]) -> PoissonArrivals:
        self.differences.append(f"arrivals of stream '{name}'")
        return processes[0]

    def _services_in_turn(self, stream: Stream, contents: Sequence[Services]) -> tuple[SelfService, ...]:
        self.differences.append(f"self-service before stream '{stream.name}'")
        return stream.self_service

    def _improvements(self, regime: int) -> object:
        table, ids = self.regimes[regime].model.improvements, np.array(self.ids[regime])
        lowest = self.first.improvements
        if table is None or lowest is None:
            return None
        return table._replace(delay=ids[table.delay], level=lowest.level)

    def _later_prices(self) -> tuple[PricePeriod, ...]:
        self.same("what a waiting user costs", self.each(lambda model: model.money.user_waiting_per_hour))
        self.same("when prices change", self.each(lambda model: [each.start for each in model.later_prices]))
        return self.first.later_prices


def _with_same_calendars(models: Sequence[Model]) -> list[Model]:
    """Give all models the calendars of all: those of a roadmap's regimes are named by the regimes."""
    known: dict[str, Calendar] = {}
    for model in models:
        for name, calendar in zip(model.names.calendars, model.calendars, strict=True):
            known.setdefault(name, calendar)
    codes = {name: code for code, name in enumerate(known)}
    found = []
    for model in models:
        moved = np.array([codes[name] for name in model.names.calendars], np.int64)
        rules = model.rules
        is_calendar = rules.test_field == Field.CALENDAR
        argument = rules.test_argument.copy()
        argument[is_calendar] = moved[argument[is_calendar]]
        found.append(
            replace(
                model,
                names=replace(model.names, calendars=tuple(known)),
                calendars=tuple(known.values()),
                rules=rules._replace(test_argument=argument),
            )
        )
    return found
