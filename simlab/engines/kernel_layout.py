"""The tables of the compiled engine: which records and columns there are, and of what types.

Plain NumPy: `simlab.engines.kernel_memory` makes them readable for compiled code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, get_args, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.engines.logs import ActionLog, StateLog, TicketLog, VisitLog, WorkLog
from simlab.model.codes import Field
from simlab.model.control_table import ControlTable
from simlab.model.distributions import DistributionTable
from simlab.model.improvement_tables import ScoreWeights
from simlab.model.tables import ForkTable, GatherTable, HandoffTable, RuleTable, SpawnTable, TimerTable

REAL = np.dtype(np.float64)
CODE = np.dtype(np.int64)
SMALL = np.dtype(np.int32)
FLAG = np.dtype(np.bool_)


ATTRIBUTES: Final = (Field.KIND, Field.CLASS, Field.PRIORITY, Field.CHANNEL, Field.DIFFICULTY)
"""Facts of a ticket that make up what it is from the start."""


N_RUNS: Final = 4
"""Runs of visits that wait in one line."""
MOST_EARLY: Final = 4
"""Steps for which a ticket may draw at arrival where it goes next from there."""


class Stop(IntEnum):
    """Why the kernel returns."""

    END = 0
    """The time is over."""
    DRAINED = 1
    """All tickets are closed."""
    EVENTS = 2
    """More events than the guard allows."""
    IN_SYSTEM = 3
    """More tickets in the system than the guard allows."""
    LOOP = 4
    """A ticket goes round without time passing."""
    NO_ROOM = 5
    """A table is full: it is made larger and the kernel goes on."""
    DRAWN = 6
    """Values were drawn, nothing else."""
    SHORT = 8
    """There was too little room for what one event brings about: the run begins anew with more."""
    OTHER_BUILD = 7
    """The memory was laid out for another build of the kernel."""


def _record(**kinds: Any) -> np.dtype[Any]:  # noqa: ANN401
    """Record type of named fields, each at an address that suits it."""
    named = [(name, *kind) if isinstance(kind, tuple) else (name, kind) for name, kind in kinds.items()]
    return np.dtype(named, align=True)


def records(kind: np.dtype[Any], /, **columns: ArrayLike) -> NDArray[Any]:
    """Records of columns, of which the first has the length; fields without a column are 0."""
    n = np.size(next(iter(columns.values())))
    table = np.zeros(n, kind)
    for name, column in columns.items():
        table[name] = column
    return table


RUN = _record(
    # The scenario and the guards.
    sources=CODE, key_0=CODE, key_1=CODE, end=REAL, drains=FLAG, target_rules=CODE,
    n_steps=CODE, n_teams=CODE, n_priorities=CODE, n_people=CODE, n_groups=CODE, n_members=CODE,
    n_backlog=CODE, n_lines=CODE, n_arrivals=CODE, counts_per_ticket=CODE, has_limits=FLAG,
    has_preemption=FLAG, has_handoffs=FLAG, has_recorded=FLAG, has_skills=FLAG, has_chats=FLAG,
    has_swarms=FLAG, has_faults=FLAG, has_feedback=FLAG, has_levers=FLAG, has_extras=FLAG,
    has_milestones=FLAG, n_milestones=CODE,
    length=REAL, warm_up=REAL,
    join_step=CODE, always=CODE, max_events=CODE, max_in_system=CODE, max_steps_at_once=CODE,
    # The clock, the event list, and the arrival of the list that comes next.
    has_begun=FLAG, in_event=FLAG, now=REAL, sequence=CODE, n_events=CODE, n_processed=CODE, n_tasks=CODE,
    is_first_void=FLAG, next_arrival=CODE, arrival_key=CODE, n_pending=CODE,
    # Tickets and visits: counts, and the first free place of each (-1 none).
    n_joined=CODE, n_opened=CODE, n_created=CODE, n_closed=CODE, n_admitted=CODE, n_forks=CODE,
    in_system=CODE, area=REAL, area_until=REAL,
    free_ticket=CODE, free_visit=CODE, n_free_visits=CODE,
    free_countdown=CODE, n_free_countdowns=CODE, free_birth=CODE, n_free_births=CODE,
    # Rows of the logs so far, and the room that the tables have.
    n_ticket_rows=CODE, n_visits=CODE, n_spells=CODE, is_in_parts=FLAG,
    room_events=CODE, room_tasks=CODE, room_forks=CODE,
    room_ticket_rows=CODE, room_visits=CODE, room_spells=CODE,
    # Rows and places that one task may take: two and the timers of a step for each of the most visits that
    # begin or end at once, and what a visit may start beside itself.
    at_once=CODE, n_timers=CODE, beside=CODE, needed=CODE,
    # Events for which there is room for sure: so long nobody looks.
    n_sure=CODE,
    # What control rules do: rows of their log, calls, loans in force, and the room of the tables they scan.
    n_controls=CODE, n_actions=CODE, room_actions=CODE, n_on_call=CODE, n_calls=CODE, room_calls=CODE,
    n_loans=CODE, n_lending=CODE, n_pools=CODE, room_tickets=CODE, room_open_visits=CODE,
    # What a stop is about: the step of a loop (-1 none).
    looped_at=CODE,
    # Whether columns of the ticket log are written; see `simlab.engines.kernel_ticket_rows`.
    says_whence=FLAG, says_what=FLAG, says_why=FLAG, says_moves=FLAG, says_delays=FLAG, says_due=FLAG,
    # Swarms: those that wait, scans of them, what is still to be done about them, and the room for it.
    first_waiting=CODE, last_waiting=CODE, n_scans=CODE, n_kept=CODE, n_found=CODE, n_crew=CODE,
    n_former=CODE, n_errands=CODE, n_listed=CODE, room_errands=CODE, room_listed=CODE,
    rows_of_errand=CODE, is_short=FLAG,
    # Whether the lean build was asked for what it has left out.
    is_amiss=FLAG,
    # What is learnt: rows of the log of states and their room, and places for incidents that count.
    n_states=CODE, room_states=CODE, free_incident=CODE, n_free_incidents=CODE,
    n_faults=CODE, n_fault_groups=CODE, prevented=CODE, low_scores=CODE, n_raised=CODE,
    n_levers=CODE, n_flags=CODE, first_flag=CODE,
    # The arrival of which the draws are at hand: number of its ticket (-1 none) and row of the page; and how
    # many draws tickets keep for later, see `simlab.engines.kernel_pages`.
    fresh=CODE, fresh_row=CODE, n_early=CODE,
    # Numbers to draw into `values` for `subjects`, instead of a run: uniforms, or (where a distribution is
    # given, else -1) sums of its values.
    n_values=CODE, space=CODE, place=CODE, visit=CODE, purpose=CODE, distribution=CODE, sum_from=REAL,
)  # fmt: skip

EVENT = _record(at=REAL, key=CODE, action=CODE, subject=CODE)
"""``key``: order class in the high bits, sequence of scheduling below."""

STEP = _record(
    kind=CODE, team=CODE, timing=CODE, timing_rules=CODE, extra=CODE, fall_back_extra=CODE,
    difficulty_power=REAL, delay_cause=CODE, calendar=CODE, until_open=CODE,
    since=CODE, milestone=CODE,
    pauses_respond=FLAG, pauses_resolve=FLAG, next_rules=CODE, outcome=CODE, cause=CODE, shown_as=CODE,
    is_passage=FLAG, is_checked=FLAG, ends_check=FLAG, responds=FLAG, flaw=CODE, section=CODE, address=CODE,
    only_target=CODE, draws_route=FLAG, early=CODE, gather=CODE, skill=CODE, skill_rules=CODE,
)  # fmt: skip
"""A row of `StepTable`; ``only_target``: the next step where no rule has to be asked, else -1;
``draws_route``: whether a rule draws where visits go next; ``early``: which of the draws at arrival is that
of the first visit, -1 for none; ``gather``: row of the place where tickets
gather, else -1; ``skill`` and ``skill_rules`` as in `SkillTable`."""

TEAM = _record(
    discipline=CODE, at_shift_end=CODE, handover=CODE, handover_place=CODE, has_preemption=FLAG,
)  # fmt: skip

LINE = _record(
    team=CODE, first_serving=CODE, end_serving=CODE, first_in_line=CODE,
    first_of_run=(CODE, (N_RUNS,)), last_of_run=(CODE, (N_RUNS,)), heap=CODE, asked_in=CODE,
)  # fmt: skip
"""What waits for a team, with a skill that its people need or without; see `simlab.model.lines`.

Most visits come in the order in which they are served: they are runs, by priority one for each of the most
urgent, linked from ``first_of_run`` to ``last_of_run``; those that are ahead of the last one of their run
when they come are in a heap. ``first_in_line``: the first of all; -1 where there is none. ``asked_in``: event
in which it was last asked whether somebody may interrupt others."""

DECISION = _record(first_outcome=CODE, first_key=CODE, end_key=CODE)
"""A block of rules: where what is known of it begins (-1: nothing is remembered), and what it is known by."""
ALIKE = _record(field=CODE, least=CODE, most=CODE, stride=CODE)
"""A fact by which tickets are alike or not: its values that make a difference, and how far what is known for
one value is from what is known for the next one."""

SECTION = _record(discipline=CODE, step=CODE, n_free=CODE, first_in_line=CODE)
"""A section of limited work in progress: its free permits, and the heap of visits that wait for one."""

SERVING = _record(pool=CODE, rank=CODE)
SERVED = _record(line=CODE, level=CODE)
POOL = _record(dispatch=CODE, first_served=CODE, end_served=CODE, first_idle=CODE, n_idle=CODE,
               n_members=CODE, home=CODE)  # fmt: skip
"""The idle people of a pool are the heap ``idle[first_idle : first_idle + n_idle]``; all of its people stand
in ``pool_members`` from ``first_idle`` on."""

PERSON = _record(
    pool=CODE, policy=CODE, duty=CODE, shift=CODE, speed=REAL, cost=REAL,
    off_at=REAL, visit=CODE, place_among_idle=CODE, idle_held=CODE, idle_key=REAL, idle_since=REAL,
    spell_started=REAL, spell_end=REAL, spell_key=CODE, spell_speed=REAL, spell_work=REAL, work_left=REAL,
    overtime=REAL, busy=REAL,
    call=CODE, room=CODE, first_chat=CODE, first_pace=CODE, n_held=CODE, first_held=CODE, last_held=CODE,
    kept_for=CODE, next_in_crew=CODE,
)  # fmt: skip
"""``spell_key``: key of the event that ends the spell; an event with another key is void.

``call``: row of `CALL` of who was called in and has not left, else -1.

Who has ``room`` for several tickets holds ``n_held`` of them as a list of chats, and has no ``visit``; their
speed is that of ``paces`` from ``first_pace`` on. ``idle_held``: tickets held when last among the idle.
"""

CONTROL = _record(current=CODE, number=CODE)
"""A control rule: row of the action log of what it decided and has not ended (-1 none); its next review."""
LOAN = _record(rule=CODE, giver=CODE, taker=CODE, most=CODE)
ON_CALL = _record(rule=CODE, person=CODE)
CALL = _record(person=CODE, came=REAL, left=REAL)
"""A time that a person was called in; ``left`` is NaN as long as they are there."""

CHAT = _record(
    person=CODE, visit=CODE, previous_held=CODE, next_held=CODE, key=CODE,
    started=REAL, since=REAL, end=REAL, speed=REAL, work=REAL, left=REAL, overtime=REAL,
    past_work=REAL, past_overtime=REAL,
)  # fmt: skip
"""A place of somebody who holds several tickets at a time, and what the spell in it is: see
`simlab.engines.simpy_people.SharedSpell`."""

SWARM = _record(first_role=CODE, n_roles=CODE, n_optional=CODE, holds=FLAG, faster=REAL)
"""Whom the swarm of a step needs: the teams of its roles stand in ``role_teams``, the optional ones last."""

PREFERENCE = _record(rank=CODE, held=CODE, key=REAL, since=REAL, number=CODE)
"""What puts a person in order among those who are free for a line, or whose work may be interrupted."""

ERRAND = _record(action=CODE, subject=CODE, at=CODE, first=CODE, n=CODE, i=CODE, n_again=CODE, phase=CODE,
                 is_wanted=FLAG)  # fmt: skip
"""What is still to be done about swarms and those whom they free; see `simlab.engines.kernel_errands`."""

MATCHING: Final = ("first", "middle", "end", "who", "roles", "takers", "seen", "path", "rows")
"""Scratch of `simlab.model.matching.fill_roles`."""

GROUP = _record(duty=CODE, first_member=CODE, end_member=CODE, interval=CODE)
"""People with one calendar; ``interval``: the one that opens next."""

STREAM = _record(
    space=CODE, entry=CODE, first_step=CODE, population=CODE, limit=CODE, away=CODE, start=REAL, end=REAL,
    first_member=CODE,
    first_away=FLAG, first_class=CODE, end_class=CODE, draws_priority=FLAG,
)  # fmt: skip
"""``first_step``: the step that tickets come to first, but for those that only lead on; ``draws_priority``:
whether a class of the stream has several."""

CLASS = _record(
    kind=CODE, ticket_class=CODE, share=REAL, first_priority=CODE, first_channel=CODE, difficulty=CODE,
)  # fmt: skip
"""A class of a stream; ``share`` and those of its choices are cumulative."""
CHOICE = _record(code=CODE, share=REAL)

BACKLOG = _record(
    stream=CODE, subject=CODE, kind=CODE, ticket_class=CODE, priority=CODE, channel=CODE, difficulty=REAL,
    created=REAL, step=CODE, responded=REAL, paused=REAL, spent=REAL, hops=CODE, reopens=CODE, team=CODE,
)  # fmt: skip
"""A ticket that is open when the run begins; see `simlab.model.backlog.BacklogTable`."""

MEMBER = _record(stream=CODE, subject=CODE)
"""``subject``: the member's next ticket."""

TARGET = _record(respond=REAL, resolve=REAL, calendar=CODE)

TICKET = _record(
    # What most visits look at stands together: a processor fetches eight numbers at a time.
    number=CODE, subject=CODE, space=CODE, stream=CODE, touch=REAL, queued=REAL, responded=REAL,
    last_team=CODE, work_visits=CODE, steps_at_once=CODE, first_visit=CODE, last_visit=CODE, n_open=CODE,
    n_held=CODE, closed=REAL, spent=REAL,
    facts=(REAL, (len(Field),)),
    early=(REAL, (MOST_EARLY,)), has_early=FLAG,
    created=REAL, resolved=REAL, outcome=CODE, target=CODE, first_team=CODE, fault=CODE,
    ping_pongs=CODE, handovers=CODE, section=CODE, respond_due=REAL, resolve_due=REAL,
    respond_left=REAL, resolve_left=REAL, respond_pauses=CODE, resolve_pauses=CODE,
    delayed=REAL, automated=REAL, dormant=REAL,
    origin=CODE, parent=CODE, answered=REAL, awaited_by=CODE, awaited_serial=CODE,
    next_free=CODE,
)  # fmt: skip
"""A ticket in the system; its place is used again once it is closed and nothing refers to it: no visit (a
list from ``first_visit`` on, by their opening), and no batch or task (``n_held``).

``early``: draws for steps where shares decide, made at arrival; see `simlab.engines.kernel_pages`."""

VISIT = _record(
    rank=REAL, rank_sequence=CODE, left_child=CODE, sibling=CODE, previous=CODE, is_queued=FLAG, run=CODE,
    serial=CODE, sequence=CODE, ticket=CODE, step=CODE, number=CODE, team=CODE, line=CODE, person=CODE,
    handovers=CODE, fork=CODE, event_key=CODE, pauses=FLAG, awaited=CODE, bound_for=CODE,
    is_done=FLAG, batch=CODE, next_in_batch=CODE, next_listed=CODE, next_free=CODE,
    next_open=CODE, previous_open=CODE,
    arrived=REAL, started=REAL, left=REAL, touch=REAL, route=REAL,
)  # fmt: skip
"""A visit under way, or a batch on which one person works for all of its visits.

``route`` is the uniform of the decision where the ticket goes next, drawn with the work of the visit.

``left_child``, ``sibling`` and ``previous`` are its links in the heap of a queue, or (the last two) in its
run or the list of those that gather. ``serial`` is never used again, so that what outlives a visit knows
that it is gone; ``event_key`` is the key of the event that ends its delay. ``batch``: the batch as one of
which a visit is worked on; of a batch itself, the first of its visits, which are linked by
``next_in_batch``. ``is_done``: whether its work is done, as one of a batch whose tickets go on one after
the other.
"""

FORK = _record(
    ticket=CODE, step=CODE, number=CODE, needed=CODE, joined=CODE, came_from=REAL, parent=CODE,
    is_over=FLAG, is_stopped=FLAG,
)  # fmt: skip
"""The parallel branches of a ticket; see `simlab.engines.simpy_tickets.Fork`. Places are not used again."""

GATHERING = _record(first=CODE, last=CODE, n=CODE, event_key=CODE)
"""Visits that gather at a place, and the key of the event that lets them go on; an earlier one is void."""

COUNTDOWN = _record(visit=CODE, serial=CODE, timer=CODE, next_free=CODE)
"""A timer that runs for a visit."""

BIRTH = _record(
    stream=CODE, subject=CODE, origin=CODE, parent=CODE, fault=CODE, awaited_by=CODE, awaited_serial=CODE,
    is_alike=FLAG, attributes=(REAL, (len(ATTRIBUTES),)), next_free=CODE,
)  # fmt: skip
"""A ticket that is to come because of others; where ``is_alike``, with these attributes."""

DECIDED = _record(at=REAL, row=CODE, subject=CODE)
"""Tickets to which a visit that ends gives rise: scratch."""

TASK = _record(action=CODE, subject=CODE, serial=CODE, step=CODE, fork=CODE)
"""What is still to be done in the present event, the last first; the reference calls itself instead."""

FAULT_GROUP = _record(
    first=CODE, end=CODE, space=CODE, stream=CODE, first_class=CODE, end_class=CODE, share=REAL,
    problem_stream=CODE, after=CODE, within=REAL, review=REAL, worst=CODE, at_least=CODE, new_after=CODE,
)  # fmt: skip
"""A row of the groups of `FaultTable`."""

FAULT = _record(
    group=CODE, state=CODE, renewals=CODE, problems=CODE, has_problem=FLAG,
    n_incidents=CODE, first_incident=CODE, last_incident=CODE,
)  # fmt: skip
"""What is known of a fault. The incidents that count for the next problem ticket are a list from
``first_incident`` on, which is only kept where they count for a while."""

FAULT_WORK = _record(workaround=REAL, fixed=REAL)
INCIDENT = _record(at=REAL, following=CODE, next_free=CODE)

SCORE_WEIGHTS = _record(**dict.fromkeys(ScoreWeights._fields, REAL))
FEEDBACK = _record(
    scored=CODE, survey=CODE, answer_delay=CODE, repeat=CODE, improvement_stream=CODE,
    least_low=REAL, greatest_low=REAL, after=CODE, review=REAL, at_least=CODE, each=FLAG,
)  # fmt: skip
REPEAT = _record(share=REAL, delay=CODE, stream=CODE)

MOVE = _record(lever=CODE, share=REAL, address=CODE)
LEVER = _record(rungs=CODE, delay=CODE, decay=REAL, state=CODE, rung=CODE, changes=CODE)
"""A lever that is moved in the run: on which rung it is, and how often it was moved."""

ARRIVAL_COLUMNS: Final = {"at": REAL, "stream": CODE, "subject": CODE}
"""Tickets to come, in order of arrival."""
RECORDED_COLUMNS: Final = {
    "kind": CODE,
    "ticket_class": CODE,
    "priority": CODE,
    "channel": CODE,
    "difficulty": REAL,
}
"""Attributes of tickets of the list that were recorded (-1 and NaN: not), where some were."""

SECTIONS: Final = (
    "arrivals", "recorded", "calendars", "rules", "distributions", "timers", "forks", "gathers", "handoffs",
    "spawns", "matching", "control", "action_log", "ticket_log", "visit_log", "work_log", "state_log",
)  # fmt: skip
"""Sets of columns that are handed on together."""


def section(name: str, columns: Mapping[str, np.dtype[Any]]) -> dict[str, np.dtype[Any]]:
    """Names of the arrays of a set of columns."""
    return {f"{name}.{column}": kind for column, kind in columns.items()}


def columns_of(table: type) -> dict[str, np.dtype[Any]]:
    """Columns of a named tuple of arrays."""
    return {name: np.dtype(_scalar_of(hint)) for name, hint in get_type_hints(table).items()}


def _scalar_of(array: object) -> type[np.generic]:
    """Type of the numbers of an ``NDArray[...]``, which is an alias of its own from NumPy 2.5 on."""
    arguments = get_args(array)
    scalar: type[np.generic] = arguments[0] if len(arguments) == 1 else get_args(arguments[1])[0]
    return scalar


LAYOUT: Final[dict[str, np.dtype[Any]]] = {
    "run": RUN,
    "events": EVENT,
    "steps": STEP,
    "teams": TEAM,
    "lines": LINE,
    "line_speeds": REAL,
    "queue_lengths": CODE,
    "serving": SERVING,
    "pools": POOL,
    "served": SERVED,
    "idle": CODE,
    "controls": CONTROL,
    "loans": LOAN,
    "lending": CODE,
    "on_call": ON_CALL,
    "calls": CALL,
    "pool_skills": FLAG,
    "people": PERSON,
    "chats": CHAT,
    "paces": REAL,
    "swarms": SWARM,
    "role_teams": CODE,
    "line_levels": CODE,
    "hopeless": CODE,
    "kept": CODE,
    "crew": CODE,
    "former": CODE,
    "preferences": PREFERENCE,
    "found": CODE,
    "errands": ERRAND,
    "listed": CODE,
    **section("matching", dict.fromkeys(MATCHING, CODE)),
    "groups": GROUP,
    "members": CODE,
    "streams": STREAM,
    "backlog": BACKLOG,
    "population": MEMBER,
    "targets": TARGET,
    "classes": CLASS,
    "choices": CHOICE,
    "tickets": TICKET,
    "counts": SMALL,
    # By ticket, when it reached the milestones from which waits are counted; NaN: not yet.
    "milestones": REAL,
    "visits": VISIT,
    "open_forks": FORK,
    "gatherings": GATHERING,
    "sections": SECTION,
    "countdowns": COUNTDOWN,
    "births": BIRTH,
    "decided": DECIDED,
    "tasks": TASK,
    "pool_members": CODE,
    "preempts": FLAG,
    "fault_groups": FAULT_GROUP,
    "fault_classes": CODE,
    "fault_shares": REAL,
    "fault_work": FAULT_WORK,
    "faults": FAULT,
    "incidents": INCIDENT,
    "weights": SCORE_WEIGHTS,
    "feedback": FEEDBACK,
    "responses": REAL,
    "repeats": REPEAT,
    "levers": LEVER,
    "first_move": CODE,
    "moves": MOVE,
    # By combination of rungs.
    "rung_levels": REAL,
    "rung_flags": CODE,
    # Calendars: those that rules name, ALWAYS, then those of people. The intervals of calendar c stand from
    # ``first[c]`` to ``first[c + 1]``; ``worked_before`` has one entry more per calendar.
    **section("calendars", {"first": CODE, "opens": REAL, "closes": REAL, "worked_before": REAL}),
    **section("arrivals", ARRIVAL_COLUMNS),
    **section("recorded", RECORDED_COLUMNS),
    "page": REAL,
    "page_purposes": CODE,
    "page_spaces": CODE,
    "page_places": CODE,
    "subjects": CODE,
    "values": REAL,
    **section("rules", columns_of(RuleTable)),
    "decisions": DECISION,
    "decision_keys": ALIKE,
    "outcome_sums": REAL,
    "outcome_targets": CODE,
    **section("timers", columns_of(TimerTable)),
    **section("forks", columns_of(ForkTable)),
    **section("gathers", columns_of(GatherTable)),
    **section("handoffs", columns_of(HandoffTable)),
    **section("spawns", columns_of(SpawnTable)),
    **section("distributions", columns_of(DistributionTable) | {"is_plain": FLAG}),
    **section("control", columns_of(ControlTable)),
    **section("action_log", {column.name: np.dtype(column.dtype) for column in ActionLog.columns()}),
    "ticket_numbers": CODE,
    **section("ticket_log", {column.name: np.dtype(column.dtype) for column in TicketLog.columns()}),
    **section("visit_log", {column.name: np.dtype(column.dtype) for column in VisitLog.columns()}),
    **section("work_log", {column.name: np.dtype(column.dtype) for column in WorkLog.columns()}),
    **section("state_log", {column.name: np.dtype(column.dtype) for column in StateLog.columns()}),
}
