"""The process graph while it is put together: named steps, and the pieces of which they are made."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal

import numpy as np

from simlab.model.codes import DelayCause, Outcome, StepKind, VisitCause
from simlab.model.compiling.choices import Choice, Option
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.rules import Row, RuleBuilder, rows_of, share_of, tests_of
from simlab.model.streams import addresses
from simlab.model.tables import StepTable
from simlab.scenario.schema.routing import CREATED, NeededSkill, Next, Rule, Step, Timing
from simlab.scenario.schema.scenario import Scenario

JOIN = "join"
"""Name by which rules end a parallel branch."""
ENDS: dict[Literal["resolved", "cancelled", "abandoned"], Outcome] = {
    "resolved": Outcome.RESOLVED,
    "cancelled": Outcome.CANCELLED,
    "abandoned": Outcome.ABANDONED,
}


def has_branches(scenario: Scenario) -> bool:
    """Whether the process has parallel branches."""
    return any(step.parallel is not None for step in scenario.routing.steps.values())


@dataclass(slots=True)
class Draft:
    """A step of the compiled graph while it is put together: the row of a :class:`StepTable`."""

    kind: StepKind
    shown_as: int
    team: int = -1
    timing: int = -1
    timing_rules: int = -1
    extra: int = -1
    fall_back_extra: int = -1
    difficulty_power: float = 0.0
    skill: int = -1
    skill_rules: int = -1
    delay_cause: int = DelayCause.WAIT
    calendar: int = -1
    until_open: int = -1
    since: int = -1
    milestone: int = -1
    pauses_respond: bool = False
    pauses_resolve: bool = False
    next_rules: int = -1
    outcome: int = Outcome.OPEN
    cause: int = VisitCause.REGULAR
    automation: int = -1
    section: int = -1
    flaw: int = -1
    is_passage: bool = False
    is_checked: bool = False
    ends_check: bool = False
    responds: bool = False


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a resolved ticket comes back: a defect or an error that nobody noticed."""

    name: str
    after: Timing
    path: Path
    """Where ``after`` is written."""
    to: int
    """Step at which it comes back."""


@dataclass
class Graph:
    """Steps by code, growing; rules may lead to the entry of any step of the scenario."""

    context: Context
    scenario: Scenario
    rules: RuleBuilder
    used_later: frozenset[str] = frozenset()
    """Automations that a roadmap uses at another time: they stand in the graph also where they are idle."""
    choices: list[Choice] = field(default_factory=list)
    """All rules with shares as they were written, to be checked."""
    names: list[str] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)
    """By step of the scenario: where its tickets enter."""
    flaws: list[Flaw] = field(default_factory=list)
    milestones: dict[str, int] = field(default_factory=lambda: {CREATED: 0})
    """By step from whose end waits are counted, the number of the milestone; 0 is the creation."""
    exit: int = -1

    def flaw(self, flaw: Flaw) -> int:
        """Add a flaw; its number, from 1."""
        self.flaws.append(flaw)
        return len(self.flaws)

    def code(self, name: str) -> int:
        """Code of a step by its name."""
        return self.names.index(name)

    def draft(self, name: str) -> Draft:
        """Row of a step by its name."""
        return self.drafts[self.code(name)]

    def like(self, name: str, added: str, **changes: object) -> int:
        """Add a step that is like one of the scenario but for some changes."""
        return self.add(added, replace(self.draft(name), **changes))  # type: ignore[arg-type]

    def written_steps(self) -> dict[str, Step]:
        """Return the scenario's steps, and the ends that exist without being written."""
        written = self.scenario.routing.steps
        ends: dict[str, Step] = {name: Step(end=name) for name in ENDS if name not in written}
        return {**written, **ends}

    def add(self, name: str, draft: Draft) -> int:
        """Add a step; its code."""
        self.names.append(name)
        self.drafts.append(draft)
        return len(self.names) - 1

    def goal(self, name: str, path: Path) -> int:
        """Entry of the step of this name."""
        return self.entries[name] if self.context.code("step", name, path) >= 0 else self.exit

    def freeze(self) -> StepTable:
        """Return the steps as arrays."""
        columns = {
            column.name: np.array([getattr(draft, column.name) for draft in self.drafts])
            for column in fields(Draft)
        }
        places = addresses(f"step:{name}" for name in self.names)
        columns["address"] = np.array([places[f"step:{name}"] for name in self.names], np.int64)
        return StepTable(**{name: columns[name] for name in StepTable._fields})

    def calendar(self, name: str | None, path: Path) -> int:
        """Code of a calendar that may be named; -1 for none."""
        return -1 if name is None else self.context.code("calendar", name, path)

    def since(self, name: str | None, path: Path) -> int:
        """Milestone from which a wait is counted; -1 for its own start."""
        if name is None:
            return -1
        if name == CREATED and CREATED in self.scenario.routing.steps:
            told = f"{CREATED!r} is a step here, and the creation of the ticket"
            self.context.problem(path, told, remedy="rename the step")
        elif name != CREATED:
            self.context.code("step", name, path, (CREATED,))
        return self.milestones.setdefault(name, len(self.milestones))

    def time(self, draft: Draft, written: Timing | None, path: Path) -> None:
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

    def need(self, draft: Draft, written: NeededSkill | None, path: Path) -> None:
        """Give a draft the skill that its people need, or the rules that choose one."""
        if not isinstance(written, tuple):
            draft.skill = -1 if written is None else self.context.code("skill", written, path)
            return
        rows: list[Row] = []
        for i, rule in enumerate(written):
            where = (*path, i)
            code = self.context.code("skill", rule.skill, (*where, "skill"))
            row = Row(code, tests_of(self.context, rule.when, (*where, "when")))
            rows += rows_of(row, tests_of(self.context, rule.unless, (*where, "unless")))
        draft.skill_rules = self.rules.block(rows)

    def next_block(self, written: Next | None, path: Path) -> int:
        """Rule block of what was written as next step."""
        if isinstance(written, str):
            return self.rules.block([Row(self.goal(written, path))])
        if isinstance(written, dict):
            options = [self._part(name, share, (*path, name)) for name, share in written.items()]
        else:
            options = [self.option(rule, (*path, i)) for i, rule in enumerate(written or ())]
        block = self.rules.block([row for option in options for row in option.rows])
        self.choices.append(Choice(tuple(options), path, block))
        return block

    def _part(self, goal: str, share: float, path: Path) -> Option:
        return Option(goal, (Row(self.goal(goal, path), share=share),), share, path)

    def option(self, rule: Rule, path: Path) -> Option:
        """Rows of a rule as written."""
        row = Row(
            self.goal(rule.to, (*path, "to")),
            tests_of(self.context, rule.when, (*path, "when")),
            harder=rule.harder,
        )
        rows = rows_of(share_of(row, rule.share), tests_of(self.context, rule.unless, (*path, "unless")))
        return Option(rule.to, rows, rule.share if isinstance(rule.share, float) else None, path)
