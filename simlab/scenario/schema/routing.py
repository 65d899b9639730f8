"""Routing: the steps of the process and the rules by which tickets go from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, model_validator

from simlab.scenario.quantities import (
    Name,
    NonNegativeNumber,
    PositiveDuration,
    PositiveInt,
    PositiveNumber,
    Share,
)
from simlab.scenario.schema.base import Alternatives, Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.teamwork import Swarm
from simlab.scenario.schema.values import NumberTest, by_shape

if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    NameOrNames: TypeAlias = Name | tuple[Name, ...]
else:
    NameOrNames = by_shape(text=Name, list=Annotated[tuple[Name, ...], Field(min_length=1)])


CREATED: Final = "created"
"""Name of the creation of a ticket, from which waits may be counted."""

KnownFault: TypeAlias = Literal["none", "unknown", "workaround", "fixed"]
if TYPE_CHECKING:
    KnownFaults: TypeAlias = KnownFault | tuple[KnownFault, ...]
else:
    KnownFaults = by_shape(text=KnownFault, list=Annotated[tuple[KnownFault, ...], Field(min_length=1)])


class Queue(Block):
    """A test on the length of a team's queue at this moment."""

    team: Name
    """The team."""
    length: NumberTest
    """Number of tickets that wait, such as ``">= 10"``."""


class Condition(Block):
    """A condition on a ticket: everything that is written must hold."""

    stream: NameOrNames | None = None
    """Demand stream, or one of several."""
    kind: NameOrNames | None = None
    """Kind, or one of several."""
    class_: NameOrNames | None = Field(default=None, alias="class")
    """Class, or one of several."""
    priority: NameOrNames | None = None
    """Priority, or one of several."""
    channel: NameOrNames | None = None
    """Channel, or one of several."""
    difficulty: NumberTest | None = None
    """Difficulty, such as ``">= 1.5"``."""
    hops: NumberTest | None = None
    """Changes of team so far, such as ``0``, ``">= 2"`` or ``"1..3"``."""
    reopens: NumberTest | None = None
    """Times reopened so far."""
    visits: NumberTest | None = None
    """Visits to this step so far, the present one included."""
    came_from: NameOrNames | None = None
    """Step before this one, or one of several."""
    team: NameOrNames | None = None
    """Team that worked on the ticket last, or one of several."""
    open: Name | None = None
    """Calendar that is open now."""
    closed: Name | None = None
    """Calendar that is closed now."""
    queue: Queue | None = None
    """Length of a team's queue now."""
    control: Name | None = None
    """Control rule that acts now."""
    fault: KnownFaults | None = None
    """What is known now of the fault behind the ticket: ``unknown``, ``workaround`` or ``fixed``, or one of
    several; ``none`` where there is no fault."""
    score: NumberTest | None = None
    """How satisfied the customer is, from 1 to 5; under ``feedback`` only."""

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("a condition says at least one thing -> write one such as {class: network}")
        return self


class VaryingShare(Block):
    """A share that depends on the history or the difficulty of the ticket."""

    by_hops: tuple[Share, ...]
    """Share after 0, 1, 2, ... changes of team; the last one holds from there on."""


if TYPE_CHECKING:
    SomeShare: TypeAlias = Share | VaryingShare
else:
    SomeShare = by_shape(text=Share, map=VaryingShare)


class Rule(Block):
    """A rule: of the tickets for which ``when`` holds and ``unless`` does not, a share goes ``to`` a step."""

    to: Name
    """Step that comes next."""
    when: Condition | None = None
    """Tickets that the rule is for; all where not given."""
    unless: Condition | None = None
    """Tickets that the rule is not for."""
    share: SomeShare | None = None
    """Share of the tickets that reach the step; all that are left where not given."""
    harder: PositiveNumber = 1.0
    """Factor on the odds of the share for each unit of difficulty above 1."""


if TYPE_CHECKING:
    Next: TypeAlias = Name | dict[Name, Share] | tuple[Rule, ...]
else:
    Next = by_shape(text=Name, map=dict[Name, Share], list=tuple[Rule, ...])
"""The next step; or steps with shares that add up to 100 %; or rules in order."""


class TimingRule(Block):
    """A time for some of the tickets."""

    time: TimeDistribution
    """The time."""
    when: Condition | None = None
    """Tickets that it is for; all where not given."""
    unless: Condition | None = None
    """Tickets that it is not for."""


if TYPE_CHECKING:
    Timing: TypeAlias = TimeDistribution | tuple[TimingRule, ...]
else:
    Timing = by_shape(text=TimeDistribution, map=TimeDistribution, list=tuple[TimingRule, ...])
"""A distribution of times, or several by conditions: the first that holds."""


class SkillRule(Block):
    """A skill that some of the tickets need."""

    skill: Name
    """The skill."""
    when: Condition | None = None
    """Tickets that need it; all where not given."""
    unless: Condition | None = None
    """Tickets that do not."""


if TYPE_CHECKING:
    NeededSkill: TypeAlias = Name | tuple[SkillRule, ...]
else:
    NeededSkill = by_shape(text=Name, list=tuple[SkillRule, ...])
"""A skill, or several by conditions: the first that holds; none where none does."""


class Patience(Block):
    """How long a ticket waits for its work to begin before it leaves."""

    time: TimeDistribution
    """Longest wait, such as the patience of a caller."""
    to: Name = "abandoned"
    """Where it goes then."""


class Escalation(Block):
    """What happens when work has not begun in time: the ticket goes elsewhere, or becomes more urgent."""

    after: PositiveDuration
    """Time from joining the queue."""
    calendar: Name | None = None
    """Calendar on which the time runs; elapsed time where not given."""
    to: Name | None = None
    """Functional escalation: the ticket leaves the queue for this step."""
    raise_to: Name | None = None
    """Hierarchical escalation: the ticket goes on waiting with this priority, where it is more urgent."""

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        if (self.to is None) == (self.raise_to is None):
            raise ValueError("an escalation has either to or raise_to")
        return self


class Misroute(Block):
    """Tickets that go to a wrong team first, which looks at them and passes them on."""

    share: SomeShare
    """Share of the tickets for this step that go wrong."""
    to: NameOrNames
    """Step, or steps with equal chances, whose team gets them by mistake."""
    look: TimeDistribution
    """Hands-on time that the wrong team needs to see that it is wrong."""


class Audit(Block):
    """A sampled check of finished work."""

    share: Share
    """Share of the finished work that is looked at."""
    team: Name
    """Team that looks at it."""
    work: TimeDistribution
    """Hands-on time of one audit."""
    detects: Share = 1.0
    """Share of the defects it looks at that it finds."""


class ComesBack(Block):
    """What becomes of a defect that escapes: the ticket comes back after its resolution."""

    after: TimeDistribution
    """Time from the resolution to the return."""
    to: Name | None = None
    """Step at which it comes back; the step that made the defect where not given."""


class Quality(Block):
    """Defects in the work of a step: an audit finds some, the others come back as reopened tickets."""

    defects: SomeShare
    """Share of the finished work that is wrong."""
    audit: Audit | None = None
    """Sampled check; without one every defect escapes."""
    redo: Name | None = None
    """Step for work that an audit found wrong; the step itself where not given."""
    comes_back: ComesBack
    """What becomes of the defects that nobody finds."""


class Loss(Block):
    """Information that a hand-off loses."""

    share: Share
    """Share of the hand-offs that lose some."""
    redo: TimeDistribution
    """Hands-on time to find it out again."""


class Handoff(Block):
    """What it costs to pass a ticket from one team to another; the first that fits applies."""

    from_: NameOrNames | None = Field(default=None, alias="from")
    """Team that gives, or one of several; any where not given."""
    to: NameOrNames | None = None
    """Team that takes, or one of several; any where not given."""
    delay: Timing | None = None
    """Time for which the ticket is on its way."""
    reread: TimeDistribution | None = None
    """Hands-on time that the taking team needs to read in."""
    loss: Loss | None = None
    """Information that gets lost."""


class Triage(Block):
    """Automatic triage: who gets a ticket, by a confusion matrix. No person is needed."""

    time: TimeDistribution = Field(default="0", validate_default=True)
    """Time that the decision takes."""
    matrix: dict[Name, dict[Name, Share]]
    """By true class, the steps with the shares of tickets that are sent there; each row adds up to 100 %."""
    otherwise: Name | None = None
    """Step for classes that the matrix does not name."""


class Reopen(Block):
    """Resolved tickets that come back."""

    share: SomeShare
    """Share of the tickets that come back."""
    after: Timing = Field(default="0", validate_default=True)
    """Time from the resolution to the return."""
    to: Name
    """Step at which they come back."""
    at_most: PositiveInt | None = None
    """Most times that one ticket is reopened; no limit where not given."""


class Parallel(Block):
    """Branches that a ticket goes down at once; each ends where its rules say ``join``."""

    branches: tuple[Name, ...] = Field(min_length=2)
    """Steps at which the branches begin."""
    join: Literal["all", "any"] | PositiveInt = "all"
    """Branches that must have joined before the ticket goes on: ``all``, ``any`` one, or a number of them."""
    others: Literal["stop", "finish"] = "stop"
    """What becomes of the other branches then: they ``stop`` at once, or ``finish`` unheeded."""


class Batch(Block):
    """Tickets that gather in front of a step and go on together."""

    size: PositiveInt | None = None
    """As soon as so many are there, they go on."""
    at_most: PositiveInt | None = None
    """Most tickets in one batch; no limit where not given."""
    longest_wait: PositiveDuration | None = None
    """When the first has waited for so long, those that are there go on."""
    at: Name | None = None
    """When this calendar opens, such as that of a weekly board, those that are there go on."""
    together: StrictBool = True
    """Whether one person works once for the whole batch (for the time of its first ticket), or on each."""

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if self.size is None and self.longest_wait is None and self.at is None:
            raise ValueError("a batch goes on by size, longest_wait or at: write at least one of them")
        if self.size is not None and self.at_most is not None and self.at_most < self.size:
            raise ValueError("at_most must not be less than size")
        return self


class Spawn(Block):
    """A ticket to which the end of a step gives rise: a failed change makes an incident."""

    stream: Name
    """Demand stream of the new ticket; it may have ``arrivals: {spawned: true}``."""
    share: Share = 1.0
    """Share of the tickets that give rise to one."""
    when: Condition | None = None
    """Tickets that may; all where not given."""
    after: TimeDistribution = Field(default="0", validate_default=True)
    """Time until the new ticket comes."""
    wait: StrictBool = False
    """Whether the ticket goes on only after the new one is closed."""
    same_fault: StrictBool = False
    """Whether the new ticket is about the same fault, such as the change that fixes it."""


class FaultWork(Block):
    """What the end of a step finds out about the fault behind the ticket, or does to it."""

    workaround: Share = 0.0
    """Chance that a workaround is known from then on."""
    fixed: Share = 0.0
    """Chance that the fault is fixed: it causes no incidents any more."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("write a share for workaround, fixed or both")
        return self


class Limit(Block):
    """A limit on work in progress: at most so many tickets are in these steps, others wait in front."""

    at_most: PositiveInt
    """Most tickets in these steps, waiting for people included."""
    steps: tuple[Name, ...] = Field(min_length=1)
    """The steps; a ticket that goes from one to another keeps its place."""
    queue: Literal["priority", "fifo"] = "priority"
    """Who is let in next."""


class Step(Alternatives):
    """A step: people ``work``, the ticket has to ``wait``, goes down ``parallel`` branches, or ends."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("work", "wait", "triage", "parallel", "end", "decide")

    about: str | None = None
    """What happens here, in a sentence for the people who work by it."""
    work: Timing | None = None
    """Hands-on time of one person of ``team``."""
    wait: Timing | None = None
    """Time for which the ticket waits and nobody is needed."""
    end: Literal["resolved", "cancelled", "abandoned"] | None = None
    """The ticket leaves, with this outcome. Steps ``resolved``, ``cancelled`` and ``abandoned`` exist
    without being written; write one to let tickets come back with ``reopen``."""
    triage: Triage | None = None
    """Automatic triage."""
    parallel: Parallel | None = None
    """Several branches at once."""
    decide: Next | None = None
    """Nothing happens here: the ticket goes on at once by these rules."""
    team: Name | None = None
    """Team whose people do the work."""
    skill: NeededSkill | None = None
    """Skill that the people need for it, of all tickets or by conditions."""
    swarm: Swarm | None = None
    """Several people work on it together."""
    next: Next | None = None
    """Where the ticket goes next."""
    extra: TimeDistribution | None = None
    """Hands-on time added to ``work``, such as documentation."""
    difficulty_power: NonNegativeNumber = 0.0
    """The work is multiplied with the ticket's difficulty to this power: 0 no effect, 1 proportional."""
    divert: tuple[Rule, ...] = ()
    """Tickets that go elsewhere instead of joining this step: balking, overflow. Rules as in ``next``;
    those of whom no rule takes join."""
    patience: Patience | None = None
    """Tickets that leave the queue when nobody has begun with them in time."""
    escalate: tuple[Escalation, ...] = ()
    """What happens to tickets that nobody has begun with in time."""
    misroute: Misroute | None = None
    """Tickets for this step that go to a wrong team first."""
    quality: Quality | None = None
    """Defects of the work, and their audit."""
    batch: Batch | None = None
    """Tickets gather in front of this step and go on together."""
    spawns: tuple[Spawn, ...] = ()
    """Tickets to which the end of this step gives rise."""
    fault: FaultWork | None = None
    """What the end of this step does to the fault behind the ticket: a workaround, a fix."""
    calendar: Name | None = None
    """Calendar on which a wait runs: ``4 h`` of office hours; elapsed time where not given."""
    until: Name | None = None
    """Calendar that must be open before the wait ends, such as that of a weekly board."""
    since: Name | None = None
    """Instant from which a wait is counted, for a deadline: ``created``, or a step: when the ticket last
    finished it. A wait that is over by then ends at once. It is counted from its own start where not given,
    and for tickets that have not finished that step."""
    pauses: tuple[Literal["respond", "resolve"], ...] = ()
    """Targets whose clocks stand still during a wait."""
    activity: str | None = Field(default=None, min_length=1)
    """Activity that is done by the end of this wait, the work right before it included, as event logs of runs
    name it. Where any step has one, event logs have activities in place of steps."""
    resolved: StrictBool = False
    """Whether a ticket counts as resolved from when it comes to this wait: it is resolved but not yet closed.
    It goes on with ``next`` all the same, and stays resolved until it ends or is ``reopened``."""
    reopened: StrictBool = False
    """Whether a ticket that counts as resolved is open again from the end of this wait."""
    reopen: Reopen | None = None
    """Share of the tickets that come back after this end."""
    transparent: StrictBool = False
    """Whether rules behind this step look through it: ``came_from`` stays the step before it, and ``visits``
    does not count it. For work that belongs to whatever the ticket came for."""

    @model_validator(mode="after")
    def _keys_of_its_kind(self) -> Self:
        kind, _ = self.chosen
        allowed = {
            "work": {
                "team",
                "skill",
                "swarm",
                "next",
                "extra",
                "difficulty_power",
                "misroute",
                "divert",
                "patience",
                "escalate",
                "batch",
                "spawns",
                "quality",
                "transparent",
                "fault",
            },
            "wait": {
                "next",
                "calendar",
                "until",
                "since",
                "pauses",
                "batch",
                "spawns",
                "transparent",
                "fault",
                "activity",
                "resolved",
                "reopened",
            },
            "parallel": {"next"},
            "triage": set(),
            "end": {"reopen"},
            "decide": set(),
        }[kind]
        needed = {"work": ("team", "next"), "wait": ("next",), "parallel": ("next",)}.get(kind, ())
        stray = [key for key in sorted(self.model_fields_set) if key not in allowed | {kind, "about"}]
        if stray:
            raise ValueError(f"a step with {kind} has no {', '.join(stray)}")
        missing = [key for key in needed if getattr(self, key) is None]
        if missing:
            raise ValueError(f"a step with {kind} needs {' and '.join(missing)}")
        if self.reopen is not None and self.end != "resolved":
            raise ValueError("only a step with end: resolved can reopen")
        if self.resolved and self.reopened:
            raise ValueError("a wait cannot be both resolved and reopened: write two waits")
        return self


class Routing(Block):
    """The process: where tickets enter, and its steps."""

    start: Next
    """Step at which tickets enter; shares or rules are allowed as in ``next``."""
    steps: dict[Name, Step]
    """The steps by name."""
    handoffs: tuple[Handoff, ...] = ()
    """What it costs to pass tickets between teams."""
    limits: dict[Name, Limit] = {}
    """Limits on work in progress by name."""
