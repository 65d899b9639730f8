"""Compiling the process: steps, misrouting, automations and reopening become a graph of primitives.

A step of the scenario may become several: the decision in front of it (automations in the order of the
file, then misrouting), the look of a wrong team, the run of an automation, the work after its failure,
the time until a reopening. Added steps have a ``~`` in their names, and ``shown_as`` names the scenario's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from simlab.model.compiling.choices import Choice, Option
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.rules import Row, RuleBuilder, Test, rows_of, share_of, tests_of
from simlab.model.parametrisations import fixed
from simlab.model.streams import addresses
from simlab.model.tables import (
    DelayCause,
    Discipline,
    Field,
    ForkTable,
    GatherTable,
    Outcome,
    SectionTable,
    SpawnTable,
    StepKind,
    StepTable,
    TimerTable,
    VisitCause,
)
from simlab.scenario.schema.automation import Automation, Level
from simlab.scenario.schema.routing import Next, Reopen, Rule, Step, Timing
from simlab.scenario.schema.scenario import Scenario

EXIT = "~exit"
JOIN = "join"
"""Name by which rules end a parallel branch."""
ENDS: dict[Literal["resolved", "cancelled", "abandoned"], Outcome] = {
    "resolved": Outcome.RESOLVED,
    "cancelled": Outcome.CANCELLED,
    "abandoned": Outcome.ABANDONED,
}


@dataclass(slots=True)
class _Draft:
    """A step of the compiled graph while it is put together: the row of a :class:`StepTable`."""

    kind: StepKind
    shown_as: int
    team: int = -1
    timing: int = -1
    timing_rules: int = -1
    extra: int = -1
    fall_back_extra: int = -1
    difficulty_power: float = 0.0
    delay_cause: int = DelayCause.WAIT
    calendar: int = -1
    until_open: int = -1
    pauses_respond: bool = False
    pauses_resolve: bool = False
    next_rules: int = -1
    outcome: int = Outcome.OPEN
    cause: int = VisitCause.REGULAR
    automation: int = -1
    section: int = -1
    is_passage: bool = False
    responds: bool = False


_UNLIMITED = 2**31


class _Timer(NamedTuple):
    """One row of a :class:`~simlab.model.tables.TimerTable`."""

    timing: int
    calendar: int
    target: int
    priority: int


@dataclass
class ProcessCompiler:
    """Turns routing and automation of a scenario into steps and rules."""

    context: Context
    scenario: Scenario
    rules: RuleBuilder
    choices: list[Choice] = field(default_factory=list)
    """All rules with shares as they were written, to be checked."""
    _names: list[str] = field(default_factory=list)
    _drafts: list[_Draft] = field(default_factory=list)
    _entries: dict[str, int] = field(default_factory=dict)
    _doors: dict[str, int] = field(default_factory=dict)
    """By step: where tickets come that are on their way to its team."""
    _inner_doors: dict[str, int] = field(default_factory=dict)
    """By step: where tickets come that are not diverted."""
    _gathers: dict[str, int] = field(default_factory=dict)
    """By step: where its tickets gather."""
    _sections: list[tuple[int, int, int]] = field(default_factory=list)
    _waits_for: dict[str, int] = field(default_factory=dict)
    """By step: where its tickets wait for those that they gave rise to."""
    _timers: dict[str, list[_Timer]] = field(default_factory=dict)
    """By step: what happens to tickets that wait too long."""
    _attempts: dict[str, int] = field(default_factory=dict)
    """By automation: the decision whether it attempts a ticket ..."""
    _not_attempted: dict[str, int] = field(default_factory=dict)
    """... and where the tickets go that it does not attempt."""
    _exit: int = -1

    def compile(self) -> None:
        """Compile all steps; afterwards `entry`, `freeze` and `names` answer."""
        steps = self._steps()
        for name, step in steps.items():
            self._add(name, _Draft(_kind_of(step), shown_as=len(self._names), is_passage=True))
        if JOIN in self.scenario.routing.steps:
            self.context.problem(
                ("routing", "steps", JOIN), f"{JOIN!r} ends parallel branches", remedy="rename it"
            )
        self._entries[JOIN] = self._add(JOIN, _Draft(StepKind.JOIN, shown_as=len(self._names)))
        self._exit = self._add(EXIT, _Draft(StepKind.EXIT, shown_as=len(self._names)))
        for name, step in steps.items():
            self._entries[name] = self._entry_of(name, step)
        for name, step in steps.items():
            self._fill(name, step)
        for name, step in steps.items():
            self._fill_spawns(name, step)
        for name, automation in self.scenario.automation.items():
            self._fill_automation(name, automation)
        self._fill_limits()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all steps by code."""
        return tuple(self._names)

    def entry(self, written: Next, path: Path, name: str) -> int:
        """Step where tickets enter; a decision ``name`` is added where ``written`` leaves a choice."""
        if isinstance(written, str):
            return self._goal(written, path)
        decision = self._add(name, _Draft(StepKind.ROUTE, shown_as=len(self._names)))
        self._drafts[decision].next_rules = self._next(written, path)
        return decision

    def freeze(self) -> StepTable:
        """Return the steps as arrays."""
        columns = {
            column.name: np.array([getattr(draft, column.name) for draft in self._drafts])
            for column in fields(_Draft)
        }
        places = addresses(f"step:{name}" for name in self._names)
        columns["address"] = np.array([places[f"step:{name}"] for name in self._names], np.int64)
        return StepTable(**{name: columns[name] for name in StepTable._fields})

    def _steps(self) -> dict[str, Step]:
        """Return the scenario's steps, and the ends that exist without being written."""
        written = self.scenario.routing.steps
        ends: dict[str, Step] = {name: Step(end=name) for name in ENDS if name not in written}
        return {**written, **ends}

    def _add(self, name: str, draft: _Draft) -> int:
        self._names.append(name)
        self._drafts.append(draft)
        return len(self._names) - 1

    def _goal(self, name: str, path: Path) -> int:
        """Entry of the step of this name."""
        return self._entries[name] if self.context.code("step", name, path) >= 0 else self._exit

    # -- what stands in front of a step

    def _entry_of(self, name: str, step: Step) -> int:
        """Add the decisions in front of a step, unfilled; return where its tickets enter."""
        code = entry = self._names.index(name)
        if step.batch is not None:
            entry = self._add(f"{name}~gather", _Draft(StepKind.GATHER, shown_as=code))
            self._gathers[name] = entry
        self._inner_doors[name] = entry
        if step.divert:
            entry = self._add(f"{name}~divert", _Draft(StepKind.ROUTE, shown_as=code))
        self._doors[name] = entry
        if step.misroute is not None:
            entry = self._add(f"{name}~misroute", _Draft(StepKind.ROUTE, shown_as=code))
        at_step = [key for key, bot in self.scenario.automation.items() if bot.at == name]
        for bot in reversed(at_step):
            if _is_idle(self.scenario.automation[bot]):
                continue
            self._not_attempted[bot] = entry
            entry = self._add(f"{name}~{bot}", _Draft(StepKind.ROUTE, shown_as=code))
            self._attempts[bot] = entry
        return entry

    # -- filling in

    def _fill(self, name: str, step: Step) -> None:
        path: Path = ("routing", "steps", name)
        draft = self._drafts[self._names.index(name)]
        if step.work is not None:
            self._fill_work(name, step, path)
        elif step.wait is not None:
            self._time(draft, step.wait, (*path, "wait"))
            draft.calendar = self._calendar(step.calendar, (*path, "calendar"))
            draft.until_open = self._calendar(step.until, (*path, "until"))
            draft.pauses_respond = "respond" in step.pauses
            draft.pauses_resolve = "resolve" in step.pauses
            draft.next_rules = self._next(step.next, (*path, "next"))
        elif step.parallel is not None:
            draft.next_rules = self._next(step.next, (*path, "next"))
        elif step.decide is not None:
            draft.next_rules = self._next(step.decide, (*path, "decide"))
        else:
            assert step.end is not None
            draft.outcome = ENDS[step.end]
            rows = [Row(self._exit)]
            if step.reopen is not None:
                rows.insert(0, self._reopen(name, step.reopen, (*path, "reopen")))
            draft.next_rules = self.rules.block(rows)

    def _fill_work(self, name: str, step: Step, path: Path) -> None:
        code = self._names.index(name)
        draft = self._drafts[code]
        draft.team = self.context.code("team", str(step.team), (*path, "team"))
        self._time(draft, step.work, (*path, "work"))
        draft.extra = distribution_id(self.context, step.extra, (*path, "extra"))
        draft.difficulty_power = step.difficulty_power
        draft.next_rules = self._next(step.next, (*path, "next"))
        self._fill_waiting(name, step, path)
        if step.misroute is None:
            return
        wrong = (step.misroute.to,) if isinstance(step.misroute.to, str) else step.misroute.to
        look = distribution_id(self.context, step.misroute.look, (*path, "misroute", "look"))
        looks = []
        for other in wrong:
            found = self.context.code("step", other, (*path, "misroute", "to"))
            looked_at = self.scenario.routing.steps.get(other)
            if found < 0:
                continue
            if looked_at is None or looked_at.work is None:
                self.context.problem(
                    (*path, "misroute", "to"), "tickets go astray only to steps with work", other
                )
                continue
            visit = _Draft(StepKind.WORK, shown_as=code, timing=look, cause=VisitCause.MISROUTED)
            visit.team = self.context.code("team", str(looked_at.team), ("routing", "steps", other, "team"))
            visit.next_rules = self.rules.block([Row(self._doors[name])])
            looks.append(self._add(f"{name}~astray at {other}", visit))
        decision = self._drafts[self._names.index(f"{name}~misroute")]
        rows = [share_of(Row(look_at), step.misroute.share) for look_at in looks]
        rows = [_divided(row, len(rows)) for row in rows]
        decision.next_rules = self.rules.block([*rows, Row(self._doors[name])])

    def _fill_waiting(self, name: str, step: Step, path: Path) -> None:
        """Compile what happens to tickets before their work begins: diversion, patience, escalation."""
        if step.divert:
            rows = [
                row for i, rule in enumerate(step.divert) for row in self._rule(rule, (*path, "divert", i))
            ]
            door = self._drafts[self._doors[name]]
            door.next_rules = self.rules.block([*rows, Row(self._inner_doors[name])])
        timers = self._timers.setdefault(name, [])
        if step.patience is not None:
            where = (*path, "patience")
            timing = distribution_id(self.context, step.patience.time, (*where, "time"))
            timers.append(_Timer(timing, -1, self._goal(step.patience.to, (*where, "to")), -1))
        for i, rule in enumerate(step.escalate):
            where = (*path, "escalate", i)
            timing = self.context.distribution_id(fixed(rule.after))
            calendar = self._calendar(rule.calendar, (*where, "calendar"))
            if rule.to is not None:
                timers.append(_Timer(timing, calendar, self._goal(rule.to, (*where, "to")), -1))
            else:
                code = self.context.code("priority", str(rule.raise_to), (*where, "raise_to"))
                timers.append(_Timer(timing, calendar, -1, code))

    def _fill_limits(self) -> None:
        """Compile the sections of limited work in progress; a step belongs to one of them at most."""
        owner: dict[int, str] = {}
        for row, (name, limit) in enumerate(self.scenario.routing.limits.items()):
            path: Path = ("routing", "limits", name)
            for i, member in enumerate(limit.steps):
                code = self.context.code("step", member, (*path, "steps", i))
                other = owner.setdefault(code, name)
                if code >= 0 and other != name:
                    self.context.problem(
                        (*path, "steps", i), f"the step is in the limit {other!r} already", member
                    )
                for draft in self._drafts:
                    if draft.shown_as == code:
                        draft.section = row
            waiting = _Draft(StepKind.DELAY, shown_as=len(self._names))
            queue = Discipline.PRIORITY if limit.queue == "priority" else Discipline.FIFO
            self._sections.append((limit.at_most, queue, self._add(f"~limit {name}", waiting)))

    def freeze_sections(self) -> SectionTable:
        """Return the sections of limited work in progress."""
        rows = np.array(self._sections, np.int64).reshape(-1, 3)
        return SectionTable(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy())

    def freeze_forks(self) -> ForkTable:
        """Return the parallel branches of all steps."""
        steps = self._steps()
        branches: list[list[int]] = [[] for _ in self._drafts]
        needed = np.zeros(len(self._drafts), np.int64)
        stops = np.zeros(len(self._drafts), np.bool_)
        for name, step in steps.items():
            if step.parallel is None:
                continue
            code, path = self._names.index(name), ("routing", "steps", name, "parallel")
            branches[code] = [
                self._goal(branch, (*path, "branches", i)) for i, branch in enumerate(step.parallel.branches)
            ]
            n_branches, join = len(branches[code]), step.parallel.join
            needed[code] = {"all": n_branches, "any": 1}.get(str(join), join)
            stops[code] = step.parallel.others == "stop"
            if needed[code] > n_branches:
                self.context.problem((*path, "join"), f"there are only {n_branches} branches to join", join)
        return ForkTable(
            first=np.array([0, *accumulate(map(len, branches))], np.int64),
            branch=np.array([branch for of_step in branches for branch in of_step], np.int64),
            needed=needed,
            stops_others=stops,
        )

    def freeze_gathers(self) -> GatherTable:
        """Return the places where tickets gather."""
        steps = self._steps()
        batches = {name: steps[name].batch for name in self._gathers}
        known = [(name, batch) for name, batch in batches.items() if batch is not None]
        calendars = [
            self._calendar(batch.at, ("routing", "steps", name, "batch", "at")) for name, batch in known
        ]
        return GatherTable(
            step=np.array([self._gathers[name] for name, _ in known], np.int64),
            target=np.array([self._names.index(name) for name, _ in known], np.int64),
            size=np.array([batch.size or _UNLIMITED for _, batch in known], np.int64),
            most=np.array([batch.at_most or _UNLIMITED for _, batch in known], np.int64),
            longest_wait=np.array([batch.longest_wait or np.inf for _, batch in known], np.float64),
            calendar=np.array(calendars, np.int64),
            together=np.array(
                [batch.together and steps[name].work is not None for name, batch in known], np.bool_
            ),
        )

    def _fill_spawns(self, name: str, step: Step) -> None:
        """Add the step in which tickets wait for those that they gave rise to."""
        if any(spawn.wait for spawn in step.spawns):
            code = self._names.index(name)
            waiting = _Draft(StepKind.DELAY, shown_as=code, is_passage=True)
            waiting.next_rules = self._drafts[code].next_rules
            self._waits_for[name] = self._add(f"{name}~awaits", waiting)

    def freeze_spawns(self) -> SpawnTable:
        """Return the tickets to which the steps give rise, after a failed automation too."""
        steps = self._steps()
        shown = [(draft, steps.get(self._names[draft.shown_as])) for draft in self._drafts]
        spawning = [
            step.spawns if step is not None and _can_spawn(draft, code) else ()
            for code, (draft, step) in enumerate(shown)
        ]
        rows, places = [], []
        for code, of_step in enumerate(spawning):
            name = self._names[self._drafts[code].shown_as]
            for i, spawn in enumerate(of_step):
                path = ("routing", "steps", name, "spawns", i)
                tests = tests_of(self.context, spawn.when, (*path, "when"))
                delay = distribution_id(self.context, spawn.after, (*path, "after"))
                stream = self.context.code("stream", spawn.stream, (*path, "stream"))
                rows.append((self.rules.block([Row(1, tests)]), spawn.share, stream, delay, spawn.wait))
                places.append(f"spawn:{self._names[code]}.{i}")
        columns = list(zip(*rows, strict=True)) or [()] * 5
        waiting = [self._waits_for.get(self._names[draft.shown_as], -1) for draft in self._drafts]
        return SpawnTable(
            first=np.array([0, *accumulate(map(len, spawning))], np.int64),
            rules=np.array(columns[0], np.int64),
            share=np.array(columns[1], np.float64),
            stream=np.array(columns[2], np.int64),
            delay=np.array(columns[3], np.int64),
            waits=np.array(columns[4], np.bool_),
            address=np.array(list(addresses(places).values()), np.int64),
            waiting_step=np.array(waiting, np.int64),
        )

    def freeze_timers(self) -> TimerTable:
        """Return the timers of all steps as arrays; work after a failed automation has those of its step."""
        timers = [
            self._timers.get(self._names[draft.shown_as], []) if _can_wait(draft) else []
            for draft in self._drafts
        ]
        flat = [timer for of_step in timers for timer in of_step]
        places = addresses(
            f"timer:{name}.{i}"
            for name, of_step in zip(self._names, timers, strict=True)
            for i in range(len(of_step))
        )
        return TimerTable(
            first=np.array([0, *accumulate(map(len, timers))], np.int64),
            timing=np.array([timer.timing for timer in flat], np.int64),
            calendar=np.array([timer.calendar for timer in flat], np.int64),
            target=np.array([timer.target for timer in flat], np.int64),
            priority=np.array([timer.priority for timer in flat], np.int64),
            address=np.array(list(places.values()), np.int64),
        )

    def _reopen(self, name: str, reopen: Reopen, path: Path) -> Row:
        """Add the time until a reopening and the return; return the rule that leads there."""
        end = self._names.index(name)
        dormant = _Draft(StepKind.DELAY, shown_as=end, delay_cause=DelayCause.DORMANT)
        self._time(dormant, reopen.after, (*path, "after"))
        comeback = _Draft(StepKind.REOPEN, shown_as=end)
        comeback.next_rules = self.rules.block([Row(self._goal(reopen.to, (*path, "to")))])
        back = self._add(f"{name}~reopened", comeback)
        dormant.next_rules = self.rules.block([Row(back)])
        asleep = self._add(f"{name}~until reopened", dormant)
        limit = () if reopen.at_most is None else (Test(Field.REOPENS, high=reopen.at_most - 1),)
        return share_of(Row(asleep, limit), reopen.share)

    def _fill_automation(self, name: str, automation: Automation) -> None:
        path: Path = ("automation", name)
        self.context.code("step", automation.at, (*path, "at"))
        self.context.code("automation", name, path)
        step = self.scenario.routing.steps.get(automation.at)
        if step is not None and step.work is None:
            self.context.problem(
                (*path, "at"), "an automation stands in front of a step with work", automation.at
            )
        known = {level: i for i, level in enumerate(automation.levels)}
        if automation.level not in known:
            self.context.codes = {**self.context.codes, "level": known}
            self.context.code("level", automation.level, (*path, "level"))
        if name not in self._attempts or step is None or step.work is None:
            return
        self._fill_attempt(name, automation, automation.levels[automation.level], step, path)

    def _fill_attempt(self, name: str, automation: Automation, level: Level, step: Step, path: Path) -> None:
        code = self._names.index(automation.at)
        decision = self._drafts[self._attempts[name]]
        done = _Draft(StepKind.ROUTE, shown_as=code, is_passage=True, responds=True)
        done.next_rules = self._drafts[code].next_rules
        if automation.then is not None:
            done.next_rules = self.rules.block([Row(self._goal(automation.then, (*path, "then")))])
        done_code = self._add(f"{automation.at}~{name} done", done)
        run = _Draft(StepKind.DELAY, shown_as=code, delay_cause=DelayCause.AUTOMATION)
        run.automation = self.context.codes["automation"][name]
        where = (*path, "levels", automation.level)
        run.timing = distribution_id(self.context, level.run_time, (*where, "run_time"))
        failed = Row(self._fall_back(name, automation, path))
        run.next_rules = self.rules.block([Row(done_code, share=level.success), failed])
        run_code = self._add(f"{automation.at}~{name} run", run)
        tests = tests_of(self.context, automation.for_, (*path, "for"))
        attempt = Row(run_code, tests, share=level.coverage)
        decision.next_rules = self.rules.block([attempt, Row(self._not_attempted[name])])

    def _fall_back(self, name: str, automation: Automation, path: Path) -> int:
        """Step of the people's work after a failed attempt."""
        code = self._names.index(automation.at)
        if automation.fall_back is None:
            return self._not_attempted[name]
        where = (*path, "fall_back")
        visit = _Draft(**{f.name: getattr(self._drafts[code], f.name) for f in fields(_Draft)})
        visit.cause = VisitCause.AFTER_AUTOMATION
        if automation.fall_back.work is not None:
            visit.timing_rules = -1
            visit.timing = distribution_id(self.context, automation.fall_back.work, (*where, "work"))
        visit.fall_back_extra = distribution_id(self.context, automation.fall_back.extra, (*where, "extra"))
        return self._add(f"{automation.at}~after {name}", visit)

    # -- pieces

    def _calendar(self, name: str | None, path: Path) -> int:
        return -1 if name is None else self.context.code("calendar", name, path)

    def _time(self, draft: _Draft, written: Timing | None, path: Path) -> None:
        """Give a draft its distribution, or the rules that choose one."""
        if not isinstance(written, tuple):
            draft.timing = distribution_id(self.context, written, path)
            return
        rows: list[Row] = []
        for i, rule in enumerate(written):
            where = (*path, i)
            row = Row(
                distribution_id(self.context, rule.time, (*where, "time")),
                tests_of(self.context, rule.when, (*where, "when")),
            )
            rows += rows_of(row, tests_of(self.context, rule.unless, (*where, "unless")))
        if not rows or rows[-1].tests:
            self.context.problem(
                path, "some tickets have no time here", remedy="let the last entry be without when and unless"
            )
        draft.timing_rules = self.rules.block(rows)

    def _next(self, written: Next | None, path: Path) -> int:
        """Rule block of what was written as next step."""
        if isinstance(written, str):
            return self.rules.block([Row(self._goal(written, path))])
        if isinstance(written, dict):
            options = [self._part(name, share, (*path, name)) for name, share in written.items()]
        else:
            options = [self._option(rule, (*path, i)) for i, rule in enumerate(written or ())]
        block = self.rules.block([row for option in options for row in option.rows])
        self.choices.append(Choice(tuple(options), path, block))
        return block

    def _part(self, goal: str, share: float, path: Path) -> Option:
        return Option(goal, (Row(self._goal(goal, path), share=share),), share, path)

    def _option(self, rule: Rule, path: Path) -> Option:
        row = Row(
            self._goal(rule.to, (*path, "to")),
            tests_of(self.context, rule.when, (*path, "when")),
            harder=rule.harder,
        )
        rows = rows_of(share_of(row, rule.share), tests_of(self.context, rule.unless, (*path, "unless")))
        return Option(rule.to, rows, rule.share if isinstance(rule.share, float) else None, path)


def _can_wait(draft: _Draft) -> bool:
    """Whether a step of the graph has the timers of the step that it is shown as."""
    return draft.kind == StepKind.WORK and draft.cause != VisitCause.MISROUTED


def _can_spawn(draft: _Draft, code: int) -> bool:
    """Whether visits to a step of the graph give rise to the tickets of the step that it is shown as."""
    return code == draft.shown_as or (draft.kind == StepKind.WORK and draft.cause != VisitCause.MISROUTED)


def _kind_of(step: Step) -> StepKind:
    kinds = {
        "work": StepKind.WORK,
        "wait": StepKind.DELAY,
        "parallel": StepKind.FORK,
        "end": StepKind.RESOLVE,
        "decide": StepKind.ROUTE,
    }
    return kinds[step.chosen[0]]


def _is_idle(automation: Automation) -> bool:
    level = automation.levels.get(automation.level)
    return level is None or level.coverage == 0.0


def _divided(row: Row, among: int) -> Row:
    """Share a row's share equally among several."""
    return Row(
        row.target,
        row.tests,
        share=row.share / among,
        by_hops=tuple(share / among for share in row.by_hops),
        harder=row.harder,
    )
