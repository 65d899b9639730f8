"""Compiling the process: the steps of a scenario become a graph of primitives.

A step of the scenario may become several. In front of its work stand, in this order, automations (as in the
file), misrouting, the transfer between teams, diversion, and gathering into batches; behind it the check of
its quality. Added steps have a ``~`` in their names, and ``shown_as`` names the scenario's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simlab.model.codes import DelayCause, Field, Outcome, StepKind, VisitCause
from simlab.model.compiling.automations import AutomationCompiler
from simlab.model.compiling.constructs import ConstructCompiler
from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.graph import ENDS, JOIN, Draft, Graph, has_branches
from simlab.model.compiling.quality import QualityCompiler
from simlab.model.compiling.rules import Row, Test, share_of
from simlab.scenario.schema.routing import Misroute, Next, Reopen, Step
from simlab.scenario.schema.values import names_in

EXIT = "~exit"


@dataclass
class ProcessCompiler:
    """Turns routing and automation of a scenario into steps and rules."""

    graph: Graph
    constructs: ConstructCompiler = field(init=False)
    _automations: AutomationCompiler = field(init=False)
    _quality: QualityCompiler = field(init=False)

    def __post_init__(self) -> None:
        self.constructs = ConstructCompiler(self.graph)
        self._automations = AutomationCompiler(self.graph)
        self._quality = QualityCompiler(self.graph)

    def compile(self) -> None:
        """Compile all steps; afterwards `entry` and the tables of `graph` and `constructs` are complete."""
        graph = self.graph
        steps = graph.written_steps()
        for name, step in steps.items():
            draft = Draft(_kind_of(step), shown_as=len(graph.names), is_passage=not step.transparent)
            graph.add(name, draft)
        if has_branches(graph.scenario):
            if JOIN in graph.scenario.routing.steps:
                path = ("routing", "steps", JOIN)
                graph.context.problem(path, f"{JOIN!r} ends parallel branches", remedy="rename it")
            graph.entries[JOIN] = graph.add(JOIN, Draft(StepKind.JOIN, shown_as=len(graph.names)))
        graph.exit = graph.add(EXIT, Draft(StepKind.EXIT, shown_as=len(graph.names)))
        for name, step in steps.items():
            graph.entries[name] = self._entry_of(name, step)
        for name, step in steps.items():
            self._fill(name, step, ("routing", "steps", name))
        self._automations.fill()
        for name, step in steps.items():  # now all flaws are known that let resolved tickets come back
            if step.end is not None:
                self._fill_end(name, step, ("routing", "steps", name))
        self.constructs.fill_limits()
        self.constructs.fill_milestones()

    def entry(self, written: Next, path: Path, name: str) -> int:
        """Step where tickets enter; a decision ``name`` is added where ``written`` leaves a choice."""
        if isinstance(written, str):
            return self.graph.goal(written, path)
        decision = Draft(StepKind.ROUTE, shown_as=len(self.graph.names))
        decision.next_rules = self.graph.next_block(written, path)
        return self.graph.add(name, decision)

    def _entry_of(self, name: str, step: Step) -> int:
        """Add the decisions in front of a step, unfilled; return where its tickets enter."""
        graph = self.graph
        code = graph.code(name)
        entry = self.constructs.door_of(name, step)
        if step.misroute is not None:
            entry = graph.add(f"{name}~misroute", Draft(StepKind.ROUTE, shown_as=code))
        if step.resolved:
            next_rules = graph.rules.block([Row(entry)])
            resolve = Draft(StepKind.RESOLVE, code, outcome=Outcome.RESOLVED, next_rules=next_rules)
            entry = graph.add(f"{name}~resolved", resolve)
        return self._automations.in_front_of(name, entry)

    # -- filling in

    def _fill(self, name: str, step: Step, path: Path) -> None:
        graph = self.graph
        draft = graph.draft(name)
        if step.work is not None:
            self._fill_work(name, step, path)
        elif step.wait is not None:
            graph.time(draft, step.wait, (*path, "wait"))
            draft.calendar = graph.calendar(step.calendar, (*path, "calendar"))
            draft.until_open = graph.calendar(step.until, (*path, "until"))
            draft.since = graph.since(step.since, (*path, "since"))
            draft.pauses_respond = "respond" in step.pauses
            draft.pauses_resolve = "resolve" in step.pauses
            draft.next_rules = graph.next_block(step.next, (*path, "next"))
            if step.reopened:
                draft.delay_cause = DelayCause.DORMANT
                comeback = Draft(StepKind.REOPEN, graph.code(name), next_rules=draft.next_rules)
                draft.next_rules = graph.rules.block([Row(graph.add(f"{name}~reopened", comeback))])
        elif step.triage is not None:
            self._automations.fill_triage(name, step.triage, (*path, "triage"))
        elif step.parallel is not None:
            draft.next_rules = graph.next_block(step.next, (*path, "next"))
        elif step.decide is not None:
            draft.next_rules = graph.next_block(step.decide, (*path, "decide"))
        self.constructs.fill(name, step, path)

    def _fill_work(self, name: str, step: Step, path: Path) -> None:
        graph = self.graph
        draft = graph.draft(name)
        draft.team = graph.context.code("team", str(step.team), (*path, "team"))
        graph.time(draft, step.work, (*path, "work"))
        graph.need(draft, step.skill, (*path, "skill"))
        draft.extra = distribution_id(graph.context, step.extra, (*path, "extra"))
        draft.difficulty_power = step.difficulty_power
        draft.next_rules = graph.next_block(step.next, (*path, "next"))
        if step.quality is not None:
            self._quality.fill(name, step.quality, (*path, "quality"))
        if step.misroute is not None:
            self._fill_misroute(name, step.misroute, (*path, "misroute"))

    def _fill_misroute(self, name: str, misroute: Misroute, path: Path) -> None:
        """Add the visits in which wrong teams look at tickets for a step."""
        graph = self.graph
        wrong = names_in(misroute.to)
        look = distribution_id(graph.context, misroute.look, (*path, "look"))
        door = self.constructs.doors[name]
        looks = []
        for other in wrong:
            found = graph.context.code("step", other, (*path, "to"))
            looked_at = graph.scenario.routing.steps.get(other)
            if found < 0:
                continue
            if looked_at is None or looked_at.work is None:
                graph.context.problem((*path, "to"), "tickets go astray only to steps with work", other)
                continue
            visit = Draft(StepKind.WORK, graph.code(name), timing=look, cause=VisitCause.MISROUTED)
            visit.team = graph.context.code("team", str(looked_at.team), ("routing", "steps", other, "team"))
            visit.next_rules = graph.rules.block([Row(door)])
            looks.append(graph.add(f"{name}~astray at {other}", visit))
        rows = [_divided(share_of(Row(look_at), misroute.share), len(looks)) for look_at in looks]
        graph.draft(f"{name}~misroute").next_rules = graph.rules.block([*rows, Row(door)])

    def _fill_end(self, name: str, step: Step, path: Path) -> None:
        """Compile an end: resolved tickets may come back for a flaw, or by the share that reopens."""
        graph = self.graph
        assert step.end is not None
        draft = graph.draft(name)
        draft.outcome = ENDS[step.end]
        rows = [Row(graph.exit)]
        if step.reopen is not None:
            rows.insert(0, self._reopen(name, step.reopen, (*path, "reopen")))
        if step.end == "resolved":
            flaws = [self._flawed(name, flaw) for flaw in range(1, len(graph.flaws) + 1)]
            rows = [*flaws, *rows]
        draft.next_rules = graph.rules.block(rows)

    def _reopen(self, name: str, reopen: Reopen, path: Path) -> Row:
        """Add the time until a reopening and the return; return the rule that leads there."""
        goal = self.graph.goal(reopen.to, (*path, "to"))
        dormant = Draft(StepKind.DELAY, self.graph.code(name), delay_cause=DelayCause.DORMANT)
        self.graph.time(dormant, reopen.after, (*path, "after"))
        asleep = self._comeback(name, "reopened", dormant, goal)
        limit = () if reopen.at_most is None else (Test(Field.REOPENS, high=reopen.at_most - 1),)
        return share_of(Row(asleep, limit), reopen.share)

    def _flawed(self, name: str, number: int) -> Row:
        """Return the rule by which tickets with a flaw come back after an end."""
        flaw = self.graph.flaws[number - 1]
        dormant = Draft(StepKind.DELAY, self.graph.code(name), delay_cause=DelayCause.DORMANT)
        self.graph.time(dormant, flaw.after, flaw.path)
        asleep = self._comeback(name, f"back for {flaw.name}", dormant, flaw.to)
        return Row(asleep, (Test(Field.FLAW, number, number),))

    def _comeback(self, name: str, how: str, dormant: Draft, goal: int) -> int:
        """Add the return after a dormant time; return the step that is dormant."""
        graph = self.graph
        comeback = Draft(StepKind.REOPEN, graph.code(name))
        comeback.next_rules = graph.rules.block([Row(goal)])
        dormant.next_rules = graph.rules.block([Row(graph.add(f"{name}~{how}", comeback))])
        return graph.add(f"{name}~until {how}", dormant)


def _kind_of(step: Step) -> StepKind:
    kinds = {
        "work": StepKind.WORK,
        "wait": StepKind.DELAY,
        "triage": StepKind.DELAY,
        "parallel": StepKind.FORK,
        "end": StepKind.RESOLVE,
        "decide": StepKind.ROUTE,
    }
    return kinds[step.chosen[0]]


def _divided(row: Row, among: int) -> Row:
    """Share a row's share equally among several."""
    return Row(
        row.target,
        row.tests,
        share=row.share / among,
        by_hops=tuple(share / among for share in row.by_hops),
        harder=row.harder,
    )
