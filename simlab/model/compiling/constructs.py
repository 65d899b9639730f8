"""Compiling what stands around the steps.

Transfers between teams, diversion, waiting too long, batches, branches, limits on work in progress, and
tickets that give rise to others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from simlab.model.codes import Discipline, Field, StepKind, VisitCause
from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.graph import Draft, Graph
from simlab.model.compiling.rules import Row, Test, tests_of
from simlab.model.parametrisations import fixed
from simlab.model.section_table import SectionTable
from simlab.model.streams import addresses
from simlab.model.tables import ForkTable, GatherTable, HandoffTable, SpawnTable, TimerTable
from simlab.scenario.schema.routing import Handoff, Step
from simlab.scenario.schema.values import names_in

_UNLIMITED = 2**31


class _Timer(NamedTuple):
    """One row of a :class:`~simlab.model.tables.TimerTable`."""

    timing: int
    calendar: int
    target: int
    priority: int


@dataclass
class ConstructCompiler:
    """Turns the constructs around the steps of a scenario into steps and tables."""

    graph: Graph
    doors: dict[str, int] = field(default_factory=dict)
    """By step: where tickets come that are on their way to its team."""
    _behind_transfer: dict[str, int] = field(default_factory=dict)
    """By step: where tickets come that have been handed over."""
    _behind_divert: dict[str, int] = field(default_factory=dict)
    """By step: where tickets come that are not diverted."""
    _gathers: dict[str, int] = field(default_factory=dict)
    """By step: where its tickets gather."""
    _sections: list[tuple[int, int, int]] = field(default_factory=list)
    _waits_for: dict[str, int] = field(default_factory=dict)
    """By step: where its tickets wait for those that they gave rise to."""
    _timers: dict[str, list[_Timer]] = field(default_factory=dict)
    """By step: what happens to tickets that wait too long."""

    def door_of(self, name: str, step: Step) -> int:
        """Add the decisions between the way to a step's team and its work, unfilled; return the first."""
        graph = self.graph
        code = entry = graph.code(name)
        if step.batch is not None:
            entry = graph.add(f"{name}~gather", Draft(StepKind.GATHER, code))
            graph.drafts[entry].next_rules = graph.rules.block([Row(code)])
            self._gathers[name] = entry
        self._behind_divert[name] = entry
        if step.divert:
            entry = graph.add(f"{name}~divert", Draft(StepKind.ROUTE, code))
        self._behind_transfer[name] = entry
        if step.work is not None and any(handoff.delay for handoff in graph.scenario.routing.handoffs):
            entry = graph.add(f"{name}~transfer", Draft(StepKind.ROUTE, code))
        self.doors[name] = entry
        return entry

    def fill(self, name: str, step: Step, path: Path) -> None:
        """Compile the constructs around one step."""
        graph = self.graph
        if self.doors[name] != self._behind_transfer[name]:
            rows = self._transfers(name, graph.draft(name).team)
            graph.drafts[self.doors[name]].next_rules = graph.rules.block(rows)
        if step.divert:
            diverted = [
                row
                for i, rule in enumerate(step.divert)
                for row in graph.option(rule, (*path, "divert", i)).rows
            ]
            decision = graph.drafts[self._behind_transfer[name]]
            decision.next_rules = graph.rules.block([*diverted, Row(self._behind_divert[name])])
        self._fill_timers(name, step, path)
        if any(spawn.wait for spawn in step.spawns):
            waiting = Draft(StepKind.DELAY, graph.code(name), is_passage=True)
            waiting.next_rules = graph.draft(name).next_rules
            waiting.is_checked = graph.draft(name).is_checked
            self._waits_for[name] = graph.add(f"{name}~awaits", waiting)

    def fill_milestones(self) -> None:
        """Let tickets reach milestones where they finish the steps from whose end waits are counted."""
        graph = self.graph
        for code, draft in enumerate(graph.drafts):
            if is_end_of_step(draft, code) or draft.responds:
                draft.milestone = graph.milestones.get(graph.names[draft.shown_as], -1)

    # -- hand-offs between teams

    def _transfers(self, name: str, team: int) -> list[Row]:
        """Rules that take tickets from other teams through the time that their transfer takes."""
        graph = self.graph
        behind = Row(self._behind_transfer[name])
        rows = []
        for i, handoff in enumerate(graph.scenario.routing.handoffs):
            tests = self._handed(handoff, team, ("routing", "handoffs", i))
            if tests is None:
                continue
            transfer = behind.target
            if handoff.delay is not None:
                draft = Draft(StepKind.DELAY, graph.code(name), next_rules=graph.rules.block([behind]))
                graph.time(draft, handoff.delay, ("routing", "handoffs", i, "delay"))
                transfer = graph.add(f"{name}~transfer {i + 1}", draft)
            rows.append(Row(transfer, tests))
        return [*rows, behind]

    def _handed(self, handoff: Handoff, team: int, path: Path) -> tuple[Test, ...] | None:
        """Tests for tickets that a team gets by a hand-off; None where that is not for the team."""
        if handoff.to is not None and team not in self._teams(handoff.to, (*path, "to")):
            return None
        others = Test(Field.TEAM, members=(team,), is_negated=True)
        if handoff.from_ is None:
            return others, Test(Field.TEAM, low=0.0)
        return others, Test(Field.TEAM, members=self._teams(handoff.from_, (*path, "from")))

    def _teams(self, names: str | tuple[str, ...], path: Path) -> tuple[int, ...]:
        return tuple(sorted({self.graph.context.code("team", name, path) for name in names_in(names)}))

    def freeze_handoffs(self) -> HandoffTable:
        """Return what hand-offs add to the work, by the team that gives and the team that takes."""
        n_teams = len(self.graph.scenario.staffing)
        row = np.full((n_teams, n_teams), -1, np.int64)
        behind = np.full(len(self.graph.drafts), -1, np.int64)
        for name, door in self.doors.items():
            if door != self._behind_transfer[name]:
                behind[door] = self._behind_transfer[name]
        reread, loss, redo = [], [], []
        for i, handoff in enumerate(self.graph.scenario.routing.handoffs):
            path: Path = ("routing", "handoffs", i)
            everyone = tuple(range(n_teams))
            givers = everyone if handoff.from_ is None else self._teams(handoff.from_, (*path, "from"))
            takers = everyone if handoff.to is None else self._teams(handoff.to, (*path, "to"))
            reread.append(distribution_id(self.graph.context, handoff.reread, (*path, "reread")))
            loss.append(0.0 if handoff.loss is None else handoff.loss.share)
            lost = None if handoff.loss is None else handoff.loss.redo
            redo.append(distribution_id(self.graph.context, lost, (*path, "loss", "redo")))
            for giver in givers:
                for taker in takers:
                    if giver != taker and giver >= 0 and taker >= 0 and row[giver, taker] < 0:
                        row[giver, taker] = i
        return HandoffTable(
            row=row,
            reread=np.array(reread, np.int64),
            loss=np.array(loss, np.float64),
            redo=np.array(redo, np.int64),
            behind_transfer=behind,
        )

    # -- waiting too long

    def _fill_timers(self, name: str, step: Step, path: Path) -> None:
        graph = self.graph
        timers = self._timers.setdefault(name, [])
        if step.patience is not None:
            where = (*path, "patience")
            timing = distribution_id(graph.context, step.patience.time, (*where, "time"))
            timers.append(_Timer(timing, -1, graph.goal(step.patience.to, (*where, "to")), -1))
        for i, rule in enumerate(step.escalate):
            where = (*path, "escalate", i)
            timing = graph.context.distribution_id(fixed(rule.after))
            calendar = graph.calendar(rule.calendar, (*where, "calendar"))
            if rule.to is not None:
                timers.append(_Timer(timing, calendar, graph.goal(rule.to, (*where, "to")), -1))
            else:
                code = graph.context.code("priority", str(rule.raise_to), (*where, "raise_to"))
                timers.append(_Timer(timing, calendar, -1, code))

    def fill_limits(self) -> None:
        """Compile the sections of limited work in progress; a step belongs to one of them at most."""
        owner: dict[int, str] = {}
        for row, (name, limit) in enumerate(self.graph.scenario.routing.limits.items()):
            path: Path = ("routing", "limits", name)
            for i, member in enumerate(limit.steps):
                code = self.graph.context.code("step", member, (*path, "steps", i))
                other = owner.setdefault(code, name)
                if code >= 0 and other != name:
                    self.graph.context.problem(
                        (*path, "steps", i), f"the step is in the limit {other!r} already", member
                    )
                for draft in self.graph.drafts:
                    if draft.shown_as == code:
                        draft.section = row
            waiting = Draft(StepKind.DELAY, shown_as=len(self.graph.names))
            queue = Discipline.PRIORITY if limit.queue == "priority" else Discipline.FIFO
            self._sections.append((limit.at_most, queue, self.graph.add(f"~limit {name}", waiting)))

    def freeze_sections(self) -> SectionTable:
        """Return the sections of limited work in progress."""
        rows = np.array(self._sections, np.int64).reshape(-1, 3)
        return SectionTable(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy())

    def freeze_forks(self) -> ForkTable:
        """Return the parallel branches of all steps."""
        steps = self.graph.written_steps()
        branches: list[list[int]] = [[] for _ in self.graph.drafts]
        needed = np.zeros(len(self.graph.drafts), np.int64)
        stops = np.zeros(len(self.graph.drafts), np.bool_)
        for name, step in steps.items():
            if step.parallel is None:
                continue
            code, path = self.graph.code(name), ("routing", "steps", name, "parallel")
            branches[code] = [
                self.graph.goal(branch, (*path, "branches", i))
                for i, branch in enumerate(step.parallel.branches)
            ]
            n_branches, join = len(branches[code]), step.parallel.join
            needed[code] = {"all": n_branches, "any": 1}.get(str(join), join)
            stops[code] = step.parallel.others == "stop"
            if needed[code] > n_branches:
                self.graph.context.problem(
                    (*path, "join"), f"there are only {n_branches} branches to join", join
                )
        return ForkTable(
            first=np.array([0, *accumulate(map(len, branches))], np.int64),
            branch=np.array([branch for of_step in branches for branch in of_step], np.int64),
            needed=needed,
            stops_others=stops,
        )

    def freeze_gathers(self) -> GatherTable:
        """Return the places where tickets gather."""
        steps = self.graph.written_steps()
        batches = {name: steps[name].batch for name in self._gathers}
        known = [(name, batch) for name, batch in batches.items() if batch is not None]
        calendars = [
            self.graph.calendar(batch.at, ("routing", "steps", name, "batch", "at")) for name, batch in known
        ]
        return GatherTable(
            step=np.array([self._gathers[name] for name, _ in known], np.int64),
            target=np.array([self.graph.code(name) for name, _ in known], np.int64),
            size=np.array([batch.size or _UNLIMITED for _, batch in known], np.int64),
            most=np.array([batch.at_most or _UNLIMITED for _, batch in known], np.int64),
            longest_wait=np.array([batch.longest_wait or np.inf for _, batch in known], np.float64),
            calendar=np.array(calendars, np.int64),
            together=np.array(
                [batch.together and steps[name].work is not None for name, batch in known], np.bool_
            ),
        )

    def freeze_spawns(self) -> SpawnTable:
        """Return the tickets to which the steps give rise, after a failed automation too."""
        steps = self.graph.written_steps()
        shown = [(draft, steps.get(self.graph.names[draft.shown_as])) for draft in self.graph.drafts]
        spawning = [
            step.spawns if step is not None and is_end_of_step(draft, code) else ()
            for code, (draft, step) in enumerate(shown)
        ]
        rows, places = [], []
        for code, of_step in enumerate(spawning):
            name = self.graph.names[self.graph.drafts[code].shown_as]
            for i, spawn in enumerate(of_step):
                path = ("routing", "steps", name, "spawns", i)
                tests = tests_of(self.graph.context, spawn.when, (*path, "when"))
                delay = distribution_id(self.graph.context, spawn.after, (*path, "after"))
                stream = self.graph.context.code("stream", spawn.stream, (*path, "stream"))
                source = self.graph.scenario.demand.get(spawn.stream)
                if source is not None and source.arrivals.population is not None:
                    self.graph.context.problem(
                        (*path, "stream"), "members of a population come by themselves", spawn.stream
                    )
                if spawn.same_fault:
                    self.graph.context.needed("faults", (*path, "same_fault"))
                block = self.graph.rules.block([Row(1, tests)])
                rows.append((block, spawn.share, stream, delay, spawn.wait, spawn.same_fault))
                places.append(f"spawn:{self.graph.names[code]}.{i}")
        columns = list(zip(*rows, strict=True)) or [()] * 6
        waiting = [self._waits_for.get(self.graph.names[draft.shown_as], -1) for draft in self.graph.drafts]
        return SpawnTable(
            first=np.array([0, *accumulate(map(len, spawning))], np.int64),
            rules=np.array(columns[0], np.int64),
            share=np.array(columns[1], np.float64),
            stream=np.array(columns[2], np.int64),
            delay=np.array(columns[3], np.int64),
            waits=np.array(columns[4], np.bool_),
            address=np.array(list(addresses(places).values()), np.int64),
            waiting_step=np.array(waiting, np.int64),
            same_fault=np.array(columns[5], np.bool_),
        )

    def freeze_timers(self) -> TimerTable:
        """Return the timers of all steps as arrays; work after a failed automation has those of its step."""
        timers = [
            self._timers.get(self.graph.names[draft.shown_as], []) if _can_wait(draft) else []
            for draft in self.graph.drafts
        ]
        flat = [timer for of_step in timers for timer in of_step]
        places = addresses(
            f"timer:{name}.{i}"
            for name, of_step in zip(self.graph.names, timers, strict=True)
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


def _can_wait(draft: Draft) -> bool:
    """Whether a step of the graph has the timers of the step that it is shown as."""
    return draft.kind == StepKind.WORK and draft.cause not in (VisitCause.MISROUTED, VisitCause.AUDIT)


def is_end_of_step(draft: Draft, code: int) -> bool:
    """Whether the end of a visit to a step of the graph is the end of the step that it is shown as."""
    return code == draft.shown_as or _can_wait(draft)
