"""Compiling automations: attempts in front of a step, their failures and errors, and automatic triage."""

from __future__ import annotations

from dataclasses import dataclass, field

from simlab.model.codes import DelayCause, Field, StepKind, VisitCause
from simlab.model.compiling.choices import Choice, Option
from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.graph import Draft, Flaw, Graph
from simlab.model.compiling.rules import Row, Test, tests_of
from simlab.scenario.schema.automation import Automation
from simlab.scenario.schema.routing import Triage


@dataclass
class AutomationCompiler:
    """Puts automations in front of the steps whose tickets they attempt."""

    graph: Graph
    _attempts: dict[str, int] = field(default_factory=dict)
    """By automation: the decision whether it attempts a ticket ..."""
    _not_attempted: dict[str, int] = field(default_factory=dict)
    """... and where the tickets go that it does not attempt."""

    def in_front_of(self, name: str, entry: int) -> int:
        """Add the decisions of the automations at a step, unfilled; return where its tickets enter."""
        graph = self.graph
        automations = graph.scenario.automation
        for bot in reversed([key for key, automation in automations.items() if automation.at == name]):
            if bot in graph.used_later or not is_idle(automations[bot]):
                self._not_attempted[bot] = entry
                entry = graph.add(f"{name}~{bot}", Draft(StepKind.ROUTE, graph.code(name)))
                self._attempts[bot] = entry
        return entry

    def fill(self) -> None:
        """Compile all automations."""
        for name, automation in self.graph.scenario.automation.items():
            if automation.at is not None:
                self._fill(name, automation, automation.at, ("automation", name))

    def _fill(self, name: str, automation: Automation, at: str, path: Path) -> None:
        context = self.graph.context
        context.code("step", at, (*path, "at"))
        step = self.graph.scenario.routing.steps.get(at)
        if step is not None and step.work is None:
            found = "an automation stands in front of a step with work"
            context.problem((*path, "at"), found, at)
        known = {level: i for i, level in enumerate(automation.levels)}
        if automation.level not in known:
            context.codes = {**context.codes, "level": known}
            context.code("level", automation.level, (*path, "level"))
        if name in self._attempts and step is not None and step.work is not None:
            self._fill_attempt(name, automation, at, path)

    def _fill_attempt(self, name: str, automation: Automation, at: str, path: Path) -> None:
        graph, level = self.graph, automation.levels[automation.level]
        code = graph.code(at)
        onward = graph.draft(at).next_rules
        if automation.then is not None:
            onward = graph.rules.block([Row(graph.goal(automation.then, (*path, "then")))])
        done = Draft(StepKind.ROUTE, code, is_passage=True, responds=True, next_rules=onward)
        rows = [Row(graph.add(f"{at}~{name} done", done), share=level.success * (1.0 - level.errors))]
        where = (*path, "levels", automation.level)
        if level.errors > 0.0 or (name in graph.used_later and _errs(automation)):
            back = self._not_attempted[name]
            flaw = graph.flaw(Flaw(f"error of {name}", level.comes_back, (*where, "comes_back"), back))
            wrong = Draft(StepKind.ROUTE, code, is_passage=True, responds=True, next_rules=onward, flaw=flaw)
            rows.append(Row(graph.add(f"{at}~{name} wrong", wrong), share=level.success * level.errors))
        run = Draft(StepKind.DELAY, code, delay_cause=DelayCause.AUTOMATION)
        run.automation = graph.context.codes["automation"][name]
        run.timing = distribution_id(graph.context, level.run_time, (*where, "run_time"))
        run.next_rules = graph.rules.block([*rows, Row(self._fall_back(name, automation, at, path))])
        run_code = graph.add(f"{at}~{name} run", run)
        tests = tests_of(graph.context, automation.for_, (*path, "for"))
        attempt = Row(run_code, tests, share=level.coverage)
        decision = graph.drafts[self._attempts[name]]
        decision.next_rules = graph.rules.block([attempt, Row(self._not_attempted[name])])

    def _fall_back(self, name: str, automation: Automation, at: str, path: Path) -> int:
        """Step of the people's work after a failed attempt."""
        graph = self.graph
        if automation.fall_back is None:
            return self._not_attempted[name]
        where = (*path, "fall_back")
        added = graph.like(at, f"{at}~after {name}", cause=VisitCause.AFTER_AUTOMATION)
        visit = graph.drafts[added]
        if automation.fall_back.work is not None:
            visit.timing_rules = -1
            visit.timing = distribution_id(graph.context, automation.fall_back.work, (*where, "work"))
        visit.fall_back_extra = distribution_id(graph.context, automation.fall_back.extra, (*where, "extra"))
        return added

    def fill_triage(self, name: str, triage: Triage, path: Path) -> None:
        """Compile an automatic triage: by the ticket's true class, where which share of them is sent."""
        graph = self.graph
        draft = graph.draft(name)
        draft.delay_cause = DelayCause.AUTOMATION
        draft.timing = distribution_id(graph.context, triage.time, (*path, "time"))
        options = []
        for true_class, shares in triage.matrix.items():
            where = (*path, "matrix", true_class)
            code = graph.context.code("class", true_class, where)
            test = Test(Field.CLASS, members=(code,))
            for goal, share in shares.items():
                row = Row(graph.goal(goal, (*where, goal)), (test,), share=share)
                options.append(Option(goal, (row,), share, (*where, goal)))
        if triage.otherwise is not None:
            row = Row(graph.goal(triage.otherwise, (*path, "otherwise")))
            options.append(Option(triage.otherwise, (row,), None, (*path, "otherwise")))
        draft.next_rules = graph.rules.block([row for option in options for row in option.rows])
        graph.choices.append(Choice(tuple(options), (*path, "matrix"), draft.next_rules))


def _errs(automation: Automation) -> bool:
    """Whether an automation makes errors at some level: a roadmap may change to it."""
    return any(level.errors > 0.0 for level in automation.levels.values())


def is_idle(automation: Automation) -> bool:
    """Whether an automation attempts nothing at its level."""
    level = automation.levels.get(automation.level)
    return level is None or level.coverage == 0.0
