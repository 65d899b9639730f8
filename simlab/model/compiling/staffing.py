"""Compiling staffing: calendars, teams, pools of like people, and their rosters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendar_rules import (
    CalendarRule,
    Hours,
    open_intervals,
    parse_days,
    parse_hours,
    parse_weekly,
    public_holidays,
)
from simlab.model.calendars import ALWAYS, IntervalArray, calendar_of, normalised, subtract
from simlab.model.codes import Discipline, Dispatch, ShiftEnd
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.control import on_call_shift
from simlab.model.compiling.distributions import distribution_id
from simlab.model.streams import addresses
from simlab.model.tables import PersonTable, PoolTable, Roster, TeamTable
from simlab.model.wall_clock import MINUTES_PER_DAY
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.staffing import Break, Person, Shift, Team
from simlab.scenario.schema.teamwork import Beside
from simlab.scenario.schema.time import Calendar as WrittenCalendar
from simlab.scenario.schema.time import WeeklyHours
from simlab.units import format_count

T = TypeVar("T")

ROUND_THE_CLOCK = {"daily": "00:00-24:00"}
MOST_PEOPLE = 10_000
"""People of one shift."""
MOST_AT_ONCE = 10_000
"""Tickets that one person holds at a time."""
ONLY_SHIFT = "all"
"""Name of the shift of a team without shifts."""
SkillSpeeds = tuple[tuple[int, float], ...]
"""Skills in order of preference, with the speed at work that needs them."""


class PoolKey(NamedTuple):
    """What people of a pool have in common."""

    home: int
    by_rank: bool
    queues: tuple[int, ...]
    skills: SkillSpeeds
    skills_lead: bool


def calendar_rule(context: Context, calendar: WrittenCalendar, path: Path) -> CalendarRule | None:
    """Rule of a calendar that was written; None where a problem was noted."""
    n_problems = len(context.problems)
    special: dict[date, Hours] = {}
    make_up: dict[date, int] = {}
    for days, hours in calendar.hours.items():
        with context.noting((*path, "hours", days)):
            parse_weekly({days: hours})
    for day, hours in calendar.special.items():
        with context.noting((*path, "special", str(day))):
            special[day] = () if hours.strip().lower() == "closed" else parse_hours(hours)
    for day, name in calendar.make_up.items():
        with context.noting((*path, "make_up", str(day))):
            make_up[day] = _weekday(name)
    if calendar.holidays is not None:
        with context.noting((*path, "holidays")):
            public_holidays(calendar.holidays, 2026, 2026)  # as the rule itself checks it
    if len(context.problems) > n_problems:
        return None
    with context.noting(path):
        return CalendarRule(
            zone=calendar.zone or context.clock.zone,
            weekly=parse_weekly(calendar.hours),
            holidays=() if calendar.holidays is None else (calendar.holidays,),
            closed=frozenset(calendar.closed),
            make_up=make_up,
            special=special,
        )
    return None


def _weekday(name: str) -> int:
    days = parse_days(name)
    if len(days) != 1:
        raise ValueError("a make-up day is worked like one weekday -> write it like mon")
    return next(iter(days))


@dataclass(slots=True)
class _Group:
    """People of one shift before they are numbered."""

    team: str
    name: str
    shift: Shift
    path: Path
    calendar: WrittenCalendar | None
    """Hours; None for round the clock."""
    is_on_call: bool = False
    """Whether its people are on duty only when a control rule calls them in."""


@dataclass
class StaffingCompiler:
    """Turns the staffing of a scenario into teams, pools, people and rosters."""

    context: Context
    scenario: Scenario
    shift_names: list[str] = field(default_factory=list)
    people_names: list[str] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    pools: dict[PoolKey, int] = field(default_factory=dict)
    paces: dict[tuple[float, ...], int] = field(default_factory=dict)
    """Speeds by number of tickets at a time, for people who hold several."""
    pace_of_person: list[int] = field(default_factory=list)
    _roster_ids: dict[object, int] = field(default_factory=dict)
    _rows: list[tuple[float, ...]] = field(default_factory=list)

    def compile(self) -> tuple[TeamTable, PoolTable, PersonTable]:
        """Compile all teams; afterwards the lists of names and rosters are filled."""
        groups = list(self._groups())
        spaces = addresses(f"shift:{group.team}.{group.name}" for group in groups)
        for group in groups:
            self._add_people(group, spaces[f"shift:{group.team}.{group.name}"])
        columns = [np.array(column) for column in zip(*self._rows, strict=True)] or [np.array([])] * 10
        numbers = {"absence", "speed", "cost_per_hour", "overtime_factor"}
        named: dict[str, Any] = dict(zip(PersonTable._fields, columns, strict=True))
        people = PersonTable(
            **{
                name: column.astype(np.float64 if name in numbers else np.int64)
                for name, column in named.items()
            }
        )
        return self._teams(), self._pool_table(), people

    # -- people

    def _groups(self) -> Iterator[_Group]:
        for name, team in self.scenario.staffing.items():
            path: Path = ("staffing", name)
            if team.people is not None:
                only = Shift(people=0).model_copy(
                    update={"people": team.people, "hours": team.hours, "calendar": team.calendar}
                )
                yield _Group(name, ONLY_SHIFT, only, path, self._hours(only, team, path))
            for key, shift in team.shifts.items():
                where = (*path, "shifts", key)
                yield _Group(name, key, shift, where, self._hours(shift, team, where))
            yield from self._on_call(name)

    def _on_call(self, team: str) -> Iterator[_Group]:
        for name, rule in self.scenario.control.items():
            call = rule.call_in
            if call is not None and call.team == team:
                terms = {"cost": call.cost, "absence": 0.0, "breaks": (), "also_serves": ()}
                shift = Shift(people=call.people).model_copy(update=terms)
                path: Path = ("control", name, "call_in")
                yield _Group(team, on_call_shift(name), shift, path, None, is_on_call=True)

    def _hours(self, shift: Shift, team: Team, path: Path) -> WrittenCalendar | None:
        if shift.calendar is not None:
            self.context.code("calendar", shift.calendar, (*path, "calendar"))
            return self.scenario.calendars.get(shift.calendar)
        holidays = shift.holidays or team.holidays
        hours: WeeklyHours | None = shift.hours
        if hours is None and holidays is None:
            return None
        return WrittenCalendar(hours=hours or ROUND_THE_CLOCK, holidays=holidays)

    def _add_people(self, group: _Group, space: int) -> None:
        team = self.scenario.staffing[group.team]
        code = self.context.codes["team"][group.team]
        shift_code = len(self.shift_names)
        self.shift_names.append(f"{group.team}.{group.name}")
        written = group.shift.people
        if isinstance(written, int) and written > MOST_PEOPLE:
            message = f"at most {format_count(MOST_PEOPLE)} people work the same shift"
            self.context.problem((*group.path, "people"), message, written, "write fewer")
            written = 0
        people = written if isinstance(written, dict) else {str(i + 1): Person() for i in range(written)}
        breaks = _first(group.shift.breaks, team.breaks) or ()
        absence = _first(group.shift.absence, team.absence) or 0.0
        pace = self._pace(group, team) if people else -1
        for number, (name, person) in enumerate(people.items()):
            own_absence = absence if person.absence is None else person.absence
            cost = _first(person.cost, group.shift.cost, team.cost)
            offsets = tuple((b, b.spread * number / len(people)) for b in breaks)
            self.people_names.append(f"{group.team}.{group.name}.{name}")
            self.pace_of_person.append(pace)
            self._rows.append(
                (
                    self._pool(group, team, code, person),
                    code,
                    shift_code,
                    self._roster(group, offsets, own_absence > 0.0),
                    number,
                    space,
                    own_absence,
                    person.speed,
                    0.0 if cost is None else cost.amount,
                    _first(group.shift.overtime, team.overtime) or 1.0,
                )
            )

    def _pool(self, group: _Group, team: Team, code: int, person: Person) -> int:
        helped = _first(group.shift.also_serves, team.also_serves) or ()
        where = (*group.path, "also_serves")
        queues = (code, *(self.context.code("team", name, where) for name in helped if name != group.team))
        skills = _first(person.skills, group.shift.skills, team.skills) or ()
        speeds = skills if isinstance(skills, dict) else dict.fromkeys(skills, 1.0)
        known = self.context.codes["skill"]
        key = PoolKey(
            code,
            team.serves_first == "best_rank",
            queues,
            tuple((known[name], speed) for name, speed in speeds.items()),
            team.serves_first == "preferred_skill",
        )
        return self.pools.setdefault(key, len(self.pools))

    def _pace(self, group: _Group, team: Team) -> int:
        """Row of the speeds at several tickets at a time; -1 for people who hold one."""
        written = (team.at_once if group.shift.at_once is None else group.shift.at_once) or 1
        beside = written if isinstance(written, Beside) else Beside(tickets=written)
        tickets, speed = beside.tickets, beside.speed
        if tickets > MOST_AT_ONCE:
            message = f"one person holds at most {format_count(MOST_AT_ONCE)} tickets at a time"
            self.context.problem((*group.path, "at_once"), message, tickets, "write fewer")
            return -1
        if tickets == 1:
            return -1
        if isinstance(speed, str):  # shared
            row = tuple(1.0 / n for n in range(1, tickets + 1))
        else:
            by_number = {1: 1.0, **{int(number): share for number, share in speed.items()}}
            row = tuple(by_number[max(m for m in by_number if m <= n)] for n in range(1, tickets + 1))
        return self.paces.setdefault(row, len(self.paces))

    # -- rosters

    def _roster(self, group: _Group, breaks: tuple[tuple[Break, float], ...], by_day: bool) -> int:
        """Roster of people with these hours and breaks; shared by those who are alike."""
        if group.is_on_call:
            never = calendar_of(np.empty((0, 2)), *self.context.span)
            return self._register("never", Roster(never, never, np.empty((0, 2)), np.empty(0, np.int64)))
        if group.calendar is None and not breaks and not by_day:
            return self._register("always", Roster(ALWAYS, ALWAYS, np.empty((0, 2)), np.empty(0, np.int64)))
        calendar = group.calendar or WrittenCalendar(hours=ROUND_THE_CLOCK)
        key = (repr(calendar), tuple((b.at, b.length, offset) for b, offset in breaks))
        if key in self._roster_ids:
            return self._roster_ids[key]
        named = group.shift.calendar
        path = group.path if named is None else ("calendars", named)
        rule = calendar_rule(self.context, calendar, path)
        if rule is None:
            return self._register(key, Roster(ALWAYS, ALWAYS, np.empty((0, 2)), np.empty(0, np.int64)))
        start, end = self.context.span
        occurrences = open_intervals(rule, self.context.clock, start, end)
        occurrences = occurrences[occurrences[:, 0] < occurrences[:, 1]]
        occurrences = occurrences[np.argsort(occurrences[:, 0], kind="stable")]
        shift = normalised(occurrences)
        duty = shift
        for pause, offset in breaks:
            duty = subtract(duty, self._break_intervals(pause, offset, rule.zone))
        clock = self.context.clock.in_zone(rule.zone)
        days = np.array([clock.to_local(t).toordinal() for t in occurrences[:, 0]], np.int64)
        return self._register(
            key, Roster(calendar_of(duty, start, end), calendar_of(shift, start, end), occurrences, days)
        )

    def _register(self, key: object, roster: Roster) -> int:
        if key not in self._roster_ids:
            self._roster_ids[key] = len(self.rosters)
            self.rosters.append(roster)
        return self._roster_ids[key]

    def _break_intervals(self, pause: Break, offset: float, zone: str) -> IntervalArray:
        """Intervals of a daily break, in every day of the span."""
        clock = self.context.clock.in_zone(zone)
        start, end = self.context.span
        first, last = (clock.to_local(t).toordinal() for t in (start, end))
        epoch = 719_163  # ordinal of 1970-01-01, from which walls are counted
        days = (np.arange(first - 1, last + 1) - epoch) * MINUTES_PER_DAY
        begins = clock.minutes_of_wall(days + pause.at + offset)
        return normalised(np.column_stack([begins, begins + pause.length]))

    # -- tables

    def _teams(self) -> TeamTable:
        serving: list[list[tuple[int, int]]] = [[] for _ in self.scenario.staffing]
        for key, pool in self.pools.items():
            for rank, queue in enumerate(key.queues):
                if queue >= 0:
                    serving[queue].append((rank, pool))
        for pools in serving:
            pools.sort()
        teams = self.scenario.staffing
        handovers = [
            distribution_id(self.context, team.hand_over, ("staffing", name, "hand_over"))
            for name, team in teams.items()
        ]
        return TeamTable(
            discipline=np.array([Discipline[team.queue.upper()] for team in teams.values()], np.int64),
            dispatch=np.array([Dispatch[team.who.upper()] for team in teams.values()], np.int64),
            at_shift_end=np.array([ShiftEnd[team.at_shift_end.upper()] for team in teams.values()], np.int64),
            handover=np.array(handovers, np.int64),
            first_pool=np.array([0, *accumulate(len(pools) for pools in serving)], np.int64),
            pool=np.array([pool for pools in serving for _, pool in pools], np.int64),
            pool_rank=np.array([rank for pools in serving for rank, _ in pools], np.int64),
            preempts=self._preempts(),
        )

    def _preempts(self) -> NDArray[np.bool_]:
        priorities = self.context.codes["priority"]
        preempts = np.zeros((len(self.scenario.staffing), len(priorities)), np.bool_)
        for row, (name, team) in enumerate(self.scenario.staffing.items()):
            for priority in team.preempted_by:
                code = self.context.code("priority", priority, ("staffing", name, "preempted_by"))
                if code >= 0:
                    preempts[row, code] = True
        return preempts

    def _pool_table(self) -> PoolTable:
        return pool_table(list(self.pools))


def pool_table(pools: Sequence[PoolKey]) -> PoolTable:
    """Return pools as a table; their skills have one of their own."""
    return PoolTable(
        home=np.array([key.home for key in pools], np.int64),
        by_rank=np.array([key.by_rank for key in pools], np.bool_),
        first_queue=np.array([0, *accumulate(len(key.queues) for key in pools)], np.int64),
        queue=np.array([queue for key in pools for queue in key.queues], np.int64),
    )


def _first(*values: T | None) -> T | None:
    """First value that was given."""
    return next((value for value in values if value is not None), None)
