"""The compiled model: frozen tables of names, codes and numbers that engines read.

Nothing here knows YAML. Codes are positions in the tuples of :class:`Names`. Ragged lists are kept as
``first`` offsets into flat arrays: the entries of row ``i`` are ``first[i]`` up to ``first[i + 1]``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.model.backlog import NO_BACKLOG, BacklogTable
from simlab.model.calendar_rules import WallClock
from simlab.model.calendars import Calendar
from simlab.model.control_table import NO_CONTROL, ControlTable
from simlab.model.distributions import Distribution, DistributionTable
from simlab.model.hooks import Hooks
from simlab.model.improvement_tables import FaultTable, FeedbackTable, ImprovementTable
from simlab.model.section_table import SectionTable
from simlab.model.self_service_table import SelfService
from simlab.model.teamwork import PaceTable, SkillTable, SwarmTable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Names:
    """Names behind the codes, in order of their codes."""

    streams: tuple[str, ...]
    kinds: tuple[str, ...]
    classes: tuple[str, ...]
    priorities: tuple[str, ...]
    """Most urgent first."""
    channels: tuple[str, ...]
    teams: tuple[str, ...]
    shifts: tuple[str, ...]
    """As ``team.shift``."""
    people: tuple[str, ...]
    """As ``team.shift.number`` or ``team.shift.name``."""
    steps: tuple[str, ...]
    """Steps that the scenario names, then those that compiling added (with a ``~`` in their name)."""
    calendars: tuple[str, ...]
    automations: tuple[str, ...]
    states: tuple[str, ...] = ()
    """What may change in a run, as in the log of states: faults, levers, ..."""
    controls: tuple[str, ...] = ()
    """Control rules."""


class RuleTable(NamedTuple):
    """Ordered rules in blocks: the first row whose tests hold, with shares by one uniform.

    A block is the rows ``first_row[b]`` to ``first_row[b + 1]``. Each row has tests (all must hold), a
    share (1 takes whatever is left) that may depend on the number of hops, and a target.
    """

    first_row: Codes
    """(n_blocks + 1,)"""
    needs_draw: Flags
    """(n_blocks,) whether a uniform decides in this block."""
    target: Codes
    """(n_rows,) step for routing blocks, distribution for timing blocks, -1 none."""
    share: Floats
    """(n_rows,) share of all tickets that reach the block with the row's tests true; 1 = the rest."""
    first_hazard: Codes
    """(n_rows + 1,) shares by number of hops; where there are some they replace ``share``."""
    hazard: Floats
    odds_by_difficulty: Floats
    """(n_rows,) factor on the odds of the share for each unit of difficulty above 1; 1 = none."""
    first_test: Codes
    """(n_rows + 1,)"""
    test_field: Codes
    """(n_tests,) :class:`Field`."""
    test_low: Floats
    """(n_tests,) the fact must be at least this ..."""
    test_high: Floats
    """... and at most this."""
    test_argument: Codes
    """(n_tests,) calendar of a CALENDAR test, team of a QUEUE test, first member of a set test, else -1."""
    test_size: Codes
    """(n_tests,) members of a set test (the fact must be one of them); 0 where there is no set."""
    test_negated: Flags
    set_member: Floats


class StepTable(NamedTuple):
    """What happens at each step; arrays of length n_steps."""

    kind: Codes
    team: Codes
    """Team of a work step, else -1."""
    timing: Codes
    """Distribution of the service time or delay; -1 where ``timing_rules`` decides or none is needed."""
    timing_rules: Codes
    """Rule block that names the distribution; -1 where ``timing`` does."""
    extra: Codes
    """Distribution of time added to the service time; -1 none."""
    fall_back_extra: Codes
    """Distribution of time added after a failed automation; -1 none."""
    difficulty_power: Floats
    """The service time is multiplied with difficulty to this power."""
    delay_cause: Codes
    calendar: Codes
    """Calendar on which a delay runs; -1 elapsed time."""
    until_open: Codes
    """Calendar that must be open for the delay to end; -1 none."""
    since: Codes
    """Milestone of the ticket from which a delay is counted, 0 its creation; -1 the start of the delay."""
    milestone: Codes
    """Milestone that a ticket reaches when it finishes the step; -1 none."""
    pauses_respond: Flags
    pauses_resolve: Flags
    next_rules: Codes
    """Rule block that names the next step; -1 for EXIT."""
    outcome: Codes
    """Outcome code of a RESOLVE step, else 0."""
    cause: Codes
    """:class:`VisitCause` of its visits."""
    shown_as: Codes
    """Step of the scenario to which a step added by compiling belongs; itself otherwise."""
    automation: Codes
    """Automation that runs here, else -1."""
    is_passage: Flags
    """Whether coming here counts as a visit to the step that it is shown as: for rules that ask for visits
    and for the step before. Decisions in front of a step, runs of automations and misroutes do not."""
    is_checked: Flags
    """Whether its work is checked before the rules of the step are asked, in a decision that ends the check;
    until then the step before remains the step before."""
    ends_check: Flags
    responds: Flags
    """Whether leaving the step counts as the first response (a successful automation)."""
    flaw: Codes
    """Flaw that a ticket has from here on; -1 where nothing changes."""
    section: Codes
    """Section of limited work in progress to which the step belongs; -1 none."""
    address: Codes
    """Place word of the step's draws."""


class ForkTable(NamedTuple):
    """Parallel branches of FORK steps."""

    first: Codes
    """(n_steps + 1,) branches of step ``s`` are rows ``first[s]`` to ``first[s + 1]``."""
    branch: Codes
    """Step at which each branch begins."""
    needed: Codes
    """(n_steps,) branches that must join before the ticket goes on."""
    stops_others: Flags
    """(n_steps,) whether the other branches are stopped then; else they go on and end unheeded."""


class GatherTable(NamedTuple):
    """Places where tickets gather, a row each."""

    step: Codes
    """The GATHER step."""
    target: Codes
    """Step to which they go on."""
    size: Codes
    """As many tickets go on at once as soon as they are there."""
    most: Codes
    """Most tickets that go on as one batch."""
    longest_wait: Floats
    """Minutes after which the first ticket takes those along that are there; inf none."""
    calendar: Codes
    """Calendar at whose opening all go on that are there; -1 none."""
    together: Flags
    """Whether one person works once for the whole batch."""


class HandoffTable(NamedTuple):
    """What a hand-off between teams adds to the work of the team that takes the ticket."""

    row: Codes
    """(n_teams, n_teams) by giving and taking team: row of the columns below; -1 none."""
    reread: Codes
    """Distribution of the time to read in; -1 none."""
    loss: Floats
    """Share of hand-offs in which information is lost ..."""
    redo: Codes
    """... and the distribution of the time to find it out again; -1 none."""
    behind_transfer: Codes
    """(n_steps,) where tickets come behind the decision about their transfer; -1 for other steps. Parallel
    branches hand nothing on, and go there at once."""


class SpawnTable(NamedTuple):
    """Tickets to which the end of a visit gives rise; those of step ``s`` are rows ``first[s]`` on."""

    first: Codes
    """(n_steps + 1,)"""
    rules: Codes
    """Block that takes the tickets of which the conditions hold."""
    share: Floats
    stream: Codes
    """Stream of the spawned ticket."""
    delay: Codes
    """Distribution of the time until it comes."""
    waits: Flags
    """Whether the ticket waits until the spawned one is closed."""
    address: Codes
    """Place word of the draws."""
    waiting_step: Codes
    """(n_steps,) step of the visits in which tickets wait for spawned ones; -1 none."""
    same_fault: Flags
    """Whether the spawned ticket is about the same fault."""


class TimerTable(NamedTuple):
    """What happens to visits that wait too long for their work to begin.

    The timers of step ``s`` are the rows ``first[s]`` to ``first[s + 1]``; all run from the joining of the
    queue, and only until somebody first takes the visit up.
    """

    first: Codes
    """(n_steps + 1,)"""
    timing: Codes
    """Distribution of the time."""
    calendar: Codes
    """Calendar on which it runs; -1 elapsed time."""
    target: Codes
    """Step to which the ticket leaves; -1 where it stays."""
    priority: Codes
    """Priority to which the ticket is raised; -1 where it leaves."""
    address: Codes
    """Place word of its draws."""


class TeamTable(NamedTuple):
    """Queues and people; people are rows of :class:`PersonTable`, pools are sets of like people."""

    discipline: Codes
    dispatch: Codes
    at_shift_end: Codes
    """:class:`ShiftEnd` of the people of the team."""
    handover: Codes
    """Distribution of the extra time after a hand-over; -1 none."""
    first_pool: Codes
    """(n_teams + 1,) pools that serve the team's queue, in order of preference ..."""
    pool: Codes
    pool_rank: Codes
    """... with their rank: 0 own people, 1, 2, ... helpers."""
    preempts: Flags
    """(n_teams, n_priorities) priorities whose tickets interrupt work on less urgent ones."""


class PoolTable(NamedTuple):
    """People with the same home team and the same list of queues."""

    home: Codes
    by_rank: Flags
    """Take the best-ranked ticket over all queues served, instead of the first non-empty queue."""
    first_queue: Codes
    """(n_pools + 1,)"""
    queue: Codes
    """Teams whose queues are served, in order of preference (home first)."""


class PersonTable(NamedTuple):
    """One row per person; a person belongs to one pool and one roster."""

    pool: Codes
    team: Codes
    shift: Codes
    roster: Codes
    number: Codes
    """Number within the shift: the subject of the person's draws."""
    space: Codes
    """Subject space of the person's draws (address of the shift)."""
    absence: Floats
    speed: Floats
    cost_per_hour: Floats
    overtime_factor: Floats


@dataclass(frozen=True, slots=True)
class Roster:
    """When a person is scheduled: the shift with its breaks."""

    duty: Calendar
    """Shift minus breaks: when the person works."""
    shift: Calendar
    """Shift with its breaks: what is paid; where it closes, the shift ends."""
    occurrences: Floats
    """(n, 2) single shifts from start to end, for which absence is drawn; they may touch or overlap."""
    day: Codes
    """(n,) proleptic ordinal of the local day on which each begins: the place of its draws."""


class TargetTable(NamedTuple):
    """Service targets: rows in order; the first whose rule holds applies to a ticket."""

    rules: int
    """Rule block whose targets are row numbers here; -1 where there are no targets."""
    respond: Floats
    """(n_targets,) open minutes of the calendar; inf none."""
    resolve: Floats
    calendar: Codes
    penalty: Floats
    """Money for each missed resolution target."""


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """How tickets of one stream get their attributes: cumulative shares, for one uniform each."""

    kind: Codes
    """(n_classes_of_stream,) kind by class."""
    classes: Codes
    class_share: Floats
    """Cumulative, last is 1."""
    priorities: tuple[Codes, ...]
    """By class: priority codes ..."""
    priority_share: tuple[Floats, ...]
    """... with cumulative shares."""
    channels: tuple[Codes, ...]
    channel_share: tuple[Floats, ...]
    difficulty: Codes
    """By class: distribution of difficulty, -1 for 1."""


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """Non-homogeneous Poisson process: piecewise constant rate with a random factor per local day."""

    edges: Floats
    """(n + 1,) minutes at which the rate may change."""
    rate: Floats
    """(n,) arrivals per minute between them, growth and peaks included."""
    day: Codes
    """(n,) number of the local day of each piece: the subject of its factor."""
    period: Codes
    """(n,) period in which each piece lies; arrivals are numbered anew in each, so that more demand in
    one leaves the tickets of the others alone. Usually the day; one period where days have very many."""
    day_cv: float
    day_correlation: float
    """Lag-1 autocorrelation of the day factors."""


@dataclass(frozen=True, slots=True)
class RenewalArrivals:
    """Independent gaps of one distribution, the first from ``start``."""

    gap: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ListedArrivals:
    """Arrivals at given instants (a timetable, a recorded trace), with the attributes that were recorded.

    An attribute that was not recorded (code -1, difficulty NaN) is drawn.
    """

    at: Floats
    ticket_class: Codes
    priority: Codes
    channel: Codes
    difficulty: Floats


@dataclass(frozen=True, slots=True)
class PopulationArrivals:
    """A finite population: each member makes a ticket after an away time, and again once it is closed."""

    start: float
    """The members begin at this instant ..."""
    end: float
    """... and make no tickets from this one on."""

    size: int
    away: int
    """Distribution of the time between a member's last exit and its next ticket."""
    first_away: bool
    """Whether the members begin with an away time (else all come at the start)."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One demand stream."""

    name: str
    space: int
    """Subject space of its tickets' draws."""
    arrivals: PoissonArrivals | RenewalArrivals | ListedArrivals | PopulationArrivals
    batch: int
    """Distribution of the number of tickets per arrival, rounded; -1 for one."""
    limit: int
    """Most tickets that the stream makes; -1 no limit."""
    attributes: AttributeTable
    entry: int
    """Step where its tickets enter."""
    self_service: tuple[SelfService, ...] = ()
    """What contacts try before they become tickets."""


@dataclass(frozen=True, slots=True)
class AutomationCost:
    """Money of one automation at its present level."""

    one_off: float
    per_month: float
    per_run: float


@dataclass(frozen=True, slots=True)
class LeverCost:
    """Money of one lever at its present level."""

    name: str
    one_off: float
    per_month: float


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """Prices; staff rates are with the people."""

    currency: str
    """Three letters, or empty where the scenario names no money."""
    automations: tuple[AutomationCost, ...]
    levers: tuple[LeverCost, ...]
    fixed_per_month: float
    one_off: float
    user_waiting_per_hour: Floats
    """By priority: cost of a user who waits, 0 where not given."""


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """Prices from an instant on."""

    start: float
    money: MoneyTable


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Model:
    """A scenario compiled to tables, ready for any engine and any replication."""

    name: str
    names: Names
    clock: WallClock
    length: float
    """Minutes in which tickets arrive."""
    warm_up: float
    drains: bool
    """Whether the run goes on after ``length`` until every ticket is closed."""
    latest_end: float
    """The run ends here at the latest; calendars are compiled up to here."""
    distributions: DistributionTable
    distribution_list: tuple[Distribution, ...]
    calendars: tuple[Calendar, ...]
    business_calendar: int
    """Calendar of business-hours figures."""
    streams: tuple[Stream, ...]
    steps: StepTable
    rules: RuleTable
    timers: TimerTable
    forks: ForkTable
    gathers: GatherTable
    handoffs: HandoffTable
    sections: SectionTable
    spawns: SpawnTable
    teams: TeamTable
    pools: PoolTable
    people: PersonTable
    rosters: tuple[Roster, ...]
    targets: TargetTable
    money: MoneyTable
    """Prices; at the start where they change."""
    later_prices: tuple[PricePeriod, ...] = ()
    """Changes of prices in the run, by time."""
    control: ControlTable = NO_CONTROL
    backlog: BacklogTable = NO_BACKLOG
    faults: FaultTable | None = None
    """Root causes of incidents; None where there are none."""
    feedback: FeedbackTable | None = None
    """Scores of customers, and what follows from them; None where nobody asks."""
    improvements: ImprovementTable | None = None
    """Levers that are moved in the run; None where there are none."""
    prices_at_rungs: tuple[tuple[MoneyTable, tuple[PricePeriod, ...]], ...] = ()
    """By combination of rungs: prices at the start, and their later changes."""
    skills: SkillTable | None = None
    swarms: SwarmTable | None = None
    paces: PaceTable | None = None
    hooks: Hooks | None = None
    """Python functions that decide in place of rules; None where there are none."""
