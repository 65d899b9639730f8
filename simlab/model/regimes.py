"""One model of several: the regimes of a roadmap, each compiled by itself, become one set of tables.

An engine knows nothing of regimes. What differs between them becomes rules with one more test, whether the
calendar of the regime is open now; rosters that are put together from those of the regimes; and rates that
change at the instants. What cannot change in this way is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.calendars import Calendar, calendar_of, normalised
from simlab.model.codes import Field
from simlab.model.compile import BEFORE_MIN, BEYOND_MIN
from simlab.model.compiling.rules import Row, RuleBuilder, Test
from simlab.model.distributions import Distribution, DistributionTable
from simlab.model.improvement_tables import FaultTable
from simlab.model.joint_rosters import Staffing, joint_staffing
from simlab.model.self_service_table import SelfService
from simlab.model.tables import (
    Model,
    PoissonArrivals,
    PopulationArrivals,
    PricePeriod,
    RenewalArrivals,
    RuleTable,
    StepTable,
    Stream,
    TargetTable,
)

T = TypeVar("T")
NONE = np.empty(0, np.int64)
Services = list[tuple[SelfService, tuple[Row, ...]]]
"""Self-service of a stream, each with its rows of rules."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A model and the instant from which it is in force; the first is from the start."""

    start: float
    model: Model


def joined(regimes: Sequence[Regime], place: Place | None) -> Model:
    """Return the model in which each regime is in force from its instant on.

    Raises
    ------
    InvalidInput
        At the place of the roadmap, with everything in which the regimes must not differ but do.
    """
    first = regimes[0].model
    if len(regimes) == 1:
        return first
    join = Join(regimes)
    join.same("the steps of the process", [regime.model.names.steps for regime in regimes])
    if not join.differences:
        model = join.model()
    if join.differences:
        raise InvalidInput(
            Problem(
                f"a roadmap cannot change {what}",
                "roadmap",
                place,
                remedy="leave it the same at all times, or compare two scenarios",
            )
            for what in dict.fromkeys(join.differences)
        )
    return model


@dataclass
class Join:
    """Puts the tables of regimes together, and notes where they must not differ but do."""

    regimes: Sequence[Regime]
    differences: list[str] = field(default_factory=list)
    rules: RuleBuilder = field(default_factory=RuleBuilder)
    distributions: dict[Distribution, int] = field(default_factory=dict)
    ids: list[list[int]] = field(default_factory=list)
    """By regime, the joint id of each of its distributions; -1 behind the last, for none."""
    _calendars: dict[tuple[int, ...], int] = field(default_factory=dict)
    """By set of regimes, the calendar that is open while one of them is in force."""

    def __post_init__(self) -> None:
        for regime in self.regimes:
            known = [
                self.distributions.setdefault(each, len(self.distributions))
                for each in regime.model.distribution_list
            ]
            self.ids.append([*known, -1])
        rules = self.first.rules
        timing_blocks = set(self.first.steps.timing_rules.tolist())
        for block in range(len(rules.first_row) - 1):
            self.rules.blocks.append(_rows(rules, block, self.ids[0] if block in timing_blocks else None))

    @property
    def first(self) -> Model:
        """The model of the first regime."""
        return self.regimes[0].model

    def same(self, what: str, values: Sequence[T]) -> T:
        """Return the first value, and note a difference where another one is not equal to it."""
        if any(not _equal(value, values[0]) for value in values[1:]):
            self.differences.append(what)
        return values[0]

    def each(self, read: Callable[[Model], T]) -> list[T]:
        """Read something of all regimes."""
        return [read(regime.model) for regime in self.regimes]

    def model(self) -> Model:
        """Return the joint model; only of use where no difference was noted."""
        first = self.first
        for name in ("streams", "kinds", "classes", "priorities", "channels", "teams", "shifts"):
            self.same(f"the names of {name}", self.each(attrgetter(f"names.{name}")))
        self.same("calendars", self.each(lambda model: (model.names.calendars, model.calendars)))
        for name in ("forks", "gathers", "sections", "swarms"):
            self.same(f"the {name} of the process", self.each(attrgetter(name)))
        self.same("control rules", self.each(lambda model: (model.names.controls, model.control)))
        self.same("the open backlog", self.each(lambda model: model.backlog))
        if self.differences:
            return first
        self._check_times()
        steps, targets = self._steps(), self._targets()
        streams = tuple(self._stream(code) for code in range(len(first.streams)))
        staff = self._staffing()
        names = replace(first.names, people=staff.names, calendars=self._calendar_names())
        return replace(
            first,
            names=names,
            distributions=DistributionTable.build(list(self.distributions)),
            distribution_list=tuple(self.distributions),
            calendars=self._joint_calendars(),
            streams=streams,
            faults=self._faults(0),
            steps=steps,
            rules=self.rules.freeze(),
            teams=staff.teams,
            pools=staff.pools,
            people=staff.people,
            rosters=staff.rosters,
            targets=targets,
            later_prices=self._later_prices(),
            skills=staff.skills,
            paces=staff.paces,
        )

    def _staffing(self) -> Staffing:
        """Return people, their names, rosters, teams and pools."""
        return joint_staffing(self.each(lambda model: model), self._spans(), self.same, self.ids)

    # -- calendars of regimes

    def _spans(self) -> list[tuple[float, float]]:
        """When each regime is in force, within the span of calendars."""
        starts = [regime.start for regime in self.regimes[1:]]
        first = -BEFORE_MIN + self.first.backlog.created.min(initial=0.0)
        last = self.first.latest_end + BEYOND_MIN
        return list(zip([first, *starts], [*starts, last], strict=True))

    def _while(self, regimes: tuple[int, ...]) -> Test:
        """Test whether one of some regimes is in force now."""
        code = self._calendars.setdefault(regimes, len(self.first.calendars) + len(self._calendars))
        return Test(Field.CALENDAR, 1.0, 1.0, argument=code)

    def _joint_calendars(self) -> tuple[Calendar, ...]:
        return (*self.first.calendars, *(self._calendar(regimes) for regimes in self._calendars))

    def _calendar(self, regimes: tuple[int, ...]) -> Calendar:
        spans = self._spans()
        intervals = normalised(np.array([spans[i] for i in regimes]))
        return calendar_of(intervals, spans[0][0], spans[-1][1])

    def _calendar_names(self) -> tuple[str, ...]:
        added = (f"~regimes {', '.join(map(str, regimes))}" for regimes in self._calendars)
        return (*self.first.names.calendars, *added)

    def _distinct(self, contents: Sequence[T]) -> list[tuple[T, tuple[int, ...]]]:
        """Return what the regimes have, each content once, with the regimes that have it."""
        found: list[tuple[T, list[int]]] = []
        for i, content in enumerate(contents):
            for known, regimes in found:
                if known == content:
                    regimes.append(i)
                    break
            else:
                found.append((content, [i]))
        return [(content, tuple(regimes)) for content, regimes in found]

    def _block(self, contents: Sequence[tuple[Row, ...]]) -> int:
        """Add a block of rules that are those of each regime while it is in force."""
        rows = [
            replace(row, tests=(self._while(regimes), *row.tests))
            for content, regimes in self._distinct(contents)
            for row in content
        ]
        return self.rules.block(rows)

    # -- the process

    def _check_times(self) -> None:
        """Hold that regimes agree in the times that no rule decides."""
        for what, read in (
            ("patience and escalation", lambda model: (model.timers, "timing")),
            ("what a hand-off adds to the work", lambda model: (model.handoffs, "reread", "redo")),
        ):
            tables = []
            for ids, regime in zip(self.ids, self.regimes, strict=True):
                table, *columns = read(regime.model)
                tables.append(
                    table._replace(**{name: np.array(ids)[getattr(table, name)] for name in columns})
                )
            self.same(what, tables)
        spawns = []
        for ids, model in zip(self.ids, self.each(lambda model: model), strict=True):
            conditions = tuple(_rows(model.rules, block, None) for block in model.spawns.rules.tolist())
            table = model.spawns._replace(delay=np.array(ids)[model.spawns.delay], rules=NONE)
            spawns.append((table, conditions))
        self.same("which tickets are spawned", spawns)
        self.same("the skills that steps need", self.each(_needed_skills))
        self.same(
            "how many tickets people hold at a time",
            self.each(lambda model: None if model.paces is None else (model.paces.first, model.paces.speed)),
        )
        self.same("faults", [self._faults(i) for i in range(len(self.regimes))])
        self.same("feedback", [self._feedback(i) for i in range(len(self.regimes))])
        self.same("what moves levers", [self._improvements(i) for i in range(len(self.regimes))])

    def _improvements(self, regime: int) -> object:
        """Return which levers are moved in a regime, with the joint ids of their distributions."""
        table, ids = self.regimes[regime].model.improvements, np.array(self.ids[regime])
        return table and table._replace(delay=ids[table.delay])

    def _feedback(self, regime: int) -> object:
        """Return the feedback of a regime with what its rules say, and the joint ids of its distributions."""
        model, ids = self.regimes[regime].model, np.array(self.ids[regime])
        table = model.feedback
        if table is None:
            return None
        blocks = (table.scored, table.survey, table.repeat)
        rules = tuple(_rows(model.rules, block, None) if block >= 0 else () for block in blocks)
        times = int(ids[table.answer_delay]), ids[table.repeat_delay]
        return rules, times, table._replace(scored=0, survey=0, answer_delay=0, repeat=0, repeat_delay=NONE)

    def _faults(self, regime: int) -> FaultTable | None:
        """Return the faults of a regime with the joint ids of their distributions."""
        table, ids = self.regimes[regime].model.faults, np.array(self.ids[regime])
        return table and table._replace(drawn=ids[table.drawn], new_after=ids[table.new_after])

    def _steps(self) -> StepTable:
        ids = [np.array(known) for known in self.ids]
        tables = self.each(lambda model: model.steps)
        apart = ("next_rules", "timing", "timing_rules")
        for name in StepTable._fields:
            columns = [getattr(table, name) for table in tables]
            if name in ("extra", "fall_back_extra"):
                columns = [known[column] for known, column in zip(ids, columns, strict=True)]
            if name not in apart:
                words = {
                    "extra": "time added to the work",
                    "fall_back_extra": "time added after failures",
                    "since": "the instants from which waits are counted",
                    "milestone": "the instants from which waits are counted",
                }
                self.same(words.get(name, f"the {name.replace('_', ' ')} of steps"), columns)
        following, timing, timing_rules = (getattr(tables[0], name).copy() for name in apart)
        for step in range(len(tables[0].kind)):
            contents = [self._next(i, step) for i in range(len(tables))]
            if any(content != contents[0] for content in contents):
                following[step] = self._block(contents)
            times = [self._times(i, step) for i in range(len(tables))]
            if any(content != times[0] for content in times):
                timing[step], timing_rules[step] = -1, self._block(times)
        return tables[0]._replace(next_rules=following, timing=timing, timing_rules=timing_rules)

    def _next(self, regime: int, step: int) -> tuple[Row, ...]:
        model = self.regimes[regime].model
        block = int(model.steps.next_rules[step])
        return _rows(model.rules, block, None) if block >= 0 else ()

    def _times(self, regime: int, step: int) -> tuple[Row, ...]:
        """Rules that name the distribution of a step's time."""
        model, ids = self.regimes[regime].model, self.ids[regime]
        timing, block = int(model.steps.timing[step]), int(model.steps.timing_rules[step])
        if timing >= 0:
            return (Row(ids[timing]),)
        return _rows(model.rules, block, ids) if block >= 0 else ()

    # -- targets, demand, money

    def _targets(self) -> TargetTable:
        columns = ("respond", "resolve", "calendar", "penalty")
        contents = []
        for regime in self.regimes:
            targets, rules = regime.model.targets, regime.model.rules
            own = _rows(rules, targets.rules, None) if targets.rules >= 0 else ()
            contents.append((own, tuple(tuple(getattr(targets, name).tolist()) for name in columns)))
        distinct = self._distinct(contents)
        if len(distinct) == 1:
            return self.first.targets
        rows: list[Row] = []
        offset = 0
        for (own, table), regimes in distinct:
            test = self._while(regimes)
            rows += [replace(row, target=row.target + offset, tests=(test, *row.tests)) for row in own]
            offset += len(table[0])
        joint = [
            np.concatenate([np.array(table[i]) for (_, table), _ in distinct]) for i in range(len(columns))
        ]
        respond, resolve, calendar, penalty = joint
        return TargetTable(self.rules.block(rows), respond, resolve, calendar.astype(np.int64), penalty)

    def _stream(self, code: int) -> Stream:
        streams = self.each(lambda model: model.streams[code])
        first = streams[0]
        what = f"classes, priorities, channels and batches of stream '{first.name}'"
        self.same(what, [self._attributes(i, stream) for i, stream in enumerate(streams)])
        first = replace(first, self_service=self._self_service(streams))
        arrivals = [self._arrivals(i, stream) for i, stream in enumerate(streams)]
        if all(_equal(each, arrivals[0]) for each in arrivals):
            return first
        if not all(isinstance(each, PoissonArrivals) for each in arrivals):
            self.differences.append(f"arrivals of stream '{first.name}' other than its rates")
            return first
        return replace(first, arrivals=self._rates(first.name, arrivals))  # type: ignore[arg-type]

    def _self_service(self, streams: Sequence[Stream]) -> tuple[SelfService, ...]:
        """Return the self-service of each regime while it is in force."""
        contents: list[Services] = []
        for ids, regime, stream in zip(self.ids, self.regimes, streams, strict=True):
            contents.append([])
            for service in stream.self_service:
                run_time, comes_back = ids[service.run_time], ids[service.comes_back]
                joint = replace(service, rules=-1, run_time=run_time, comes_back=comes_back)
                contents[-1].append((joint, _rows(regime.model.rules, service.rules, None)))
        if all(content == contents[0] for content in contents):
            return streams[0].self_service
        return self._services_in_turn(streams[0], contents)

    def _services_in_turn(self, stream: Stream, contents: Sequence[Services]) -> tuple[SelfService, ...]:
        return tuple(
            replace(service, start=start, end=end, rules=self.rules.block(rows))
            for content, (start, end) in zip(contents, self._spans(), strict=True)
            for service, rows in content
        )

    def _arrivals(self, regime: int, stream: Stream) -> object:
        """Return the arrivals of a stream with the joint ids of their distributions."""
        ids, process = self.ids[regime], stream.arrivals
        if isinstance(process, RenewalArrivals):
            return replace(process, gap=int(ids[process.gap]))
        if isinstance(process, PopulationArrivals):
            return replace(process, away=int(ids[process.away]))
        return process

    def _attributes(self, regime: int, stream: Stream) -> tuple[object, ...]:
        table, ids = stream.attributes, np.array(self.ids[regime])
        others = tuple(getattr(table, each.name) for each in fields(table) if each.name != "difficulty")
        return (*others, ids[table.difficulty], ids[stream.batch], stream.limit, stream.entry)

    def _rates(self, name: str, processes: Sequence[PoissonArrivals]) -> PoissonArrivals:
        """Rates of each regime while it is in force; days and their factors are those of the first."""
        self.same(f"the day factor of stream '{name}'", [(p.day_cv, p.day_correlation) for p in processes])
        end = processes[0].edges[-1]
        starts = [regime.start for regime in self.regimes[1:] if regime.start < end]
        edges = np.unique(np.concatenate([*(process.edges for process in processes), starts]))
        at = edges[:-1]

        def piece(process: PoissonArrivals) -> np.ndarray[Any, np.dtype[np.int64]]:
            return np.searchsorted(process.edges, at, side="right") - 1

        rate = processes[0].rate[piece(processes[0])]
        for regime, process in zip(self.regimes[1:], processes[1:], strict=True):
            rate = np.where(at >= regime.start, process.rate[piece(process)], rate)
        own = piece(processes[0])
        day, period = processes[0].day[own], processes[0].period[own]
        self.same(f"the numbering of the arrivals of '{name}'", [p.period[piece(p)] for p in processes])
        return replace(processes[0], edges=edges, rate=rate, day=day, period=period)

    def _later_prices(self) -> tuple[PricePeriod, ...]:
        money = self.each(lambda model: model.money)
        self.same("what a waiting user costs", [each.user_waiting_per_hour for each in money])
        self.same("the currency", [each.currency for each in money])
        found = []
        for i, regime in enumerate(self.regimes[1:], start=1):
            if not _equal(money[i], money[i - 1]):
                found.append(PricePeriod(regime.start, money[i]))
        return tuple(found)


def _needed_skills(model: Model) -> object:
    """Return which skill each step needs, with the conditions."""
    if model.skills is None:
        return None
    blocks = model.skills.step_rules.tolist()
    return (
        model.skills.names,
        model.skills.step,
        tuple(_rows(model.rules, block, None) if block >= 0 else () for block in blocks),
    )


def _rows(rules: RuleTable, block: int, distributions: Sequence[int] | None) -> tuple[Row, ...]:
    """Read a block back as rows; targets that are distributions are given their joint ids."""
    return tuple(
        Row(
            target=int(rules.target[row]) if distributions is None else distributions[int(rules.target[row])],
            tests=tuple(
                _test(rules, test) for test in range(rules.first_test[row], rules.first_test[row + 1])
            ),
            share=float(rules.share[row]),
            by_hops=tuple(rules.hazard[rules.first_hazard[row] : rules.first_hazard[row + 1]].tolist()),
            harder=float(rules.odds_by_difficulty[row]),
        )
        for row in range(rules.first_row[block], rules.first_row[block + 1])
    )


def _test(rules: RuleTable, test: int) -> Test:
    first, size = int(rules.test_argument[test]), int(rules.test_size[test])
    return Test(
        Field(int(rules.test_field[test])),
        float(rules.test_low[test]),
        float(rules.test_high[test]),
        argument=-1 if size else first,
        members=tuple(int(member) for member in rules.set_member[first : first + size]) if size else (),
        is_negated=bool(rules.test_negated[test]),
    )


def _equal(a: object, b: object) -> bool:
    """Whether two tables are equal, element by element; NaN is equal to NaN."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        x, y = np.asarray(a), np.asarray(b)
        return x.shape == y.shape and bool(np.all((x == y) | ((x != x) & (y != y))))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_equal(x, y) for x, y in zip(a, b, strict=True))
    if hasattr(a, "__dataclass_fields__") and type(a) is type(b):
        return all(_equal(getattr(a, name), getattr(b, name)) for name in type(a).__dataclass_fields__)
    return a == b or (a != a and b != b)
