"""The tables of the compiled engine: which records and columns there are, and of what types.

Plain NumPy: `simlab.engines.kernel_memory` makes them readable for compiled code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, get_args, get_type_hints

import numpy as np

from simlab.engines.logs import TicketLog, VisitLog, WorkLog
from simlab.model.codes import Field
from simlab.model.distributions import DistributionTable
from simlab.model.tables import RuleTable

REAL = np.dtype(np.float64)
CODE = np.dtype(np.int64)
SMALL = np.dtype(np.int32)
FLAG = np.dtype(np.bool_)


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
    NO_ATTRIBUTES = 6
    """The next ticket of a population needs attributes that were not drawn yet."""
    DRAWN = 8
    """Values were drawn, nothing else."""
    OTHER_BUILD = 7
    """The memory was laid out for another build of the kernel."""


def _record(**kinds: Any) -> np.dtype[Any]:  # noqa: ANN401
    """Record type of named fields, each at an address that suits it."""
    named = [(name, *kind) if isinstance(kind, tuple) else (name, kind) for name, kind in kinds.items()]
    return np.dtype(named, align=True)


RUN = _record(
    # The scenario and the guards.
    build=CODE, key_0=CODE, key_1=CODE, end=REAL, drains=FLAG, target_rules=CODE,
    n_steps=CODE, n_people=CODE, n_groups=CODE, n_members=CODE, n_arrivals=CODE, counts_per_ticket=CODE,
    max_events=CODE, max_in_system=CODE, max_steps_at_once=CODE,
    # The clock, the event list, and the arrival of the list that comes next.
    has_begun=FLAG, now=REAL, sequence=CODE, n_events=CODE, n_processed=CODE,
    next_arrival=CODE, arrival_key=CODE, n_pending=CODE,
    # Tickets and visits: counts, and the first free place of each (-1 none).
    n_joined=CODE, n_created=CODE, n_closed=CODE, in_system=CODE, area=REAL, area_until=REAL,
    free_ticket=CODE, free_visit=CODE,
    # Rows of the logs so far, and the room that the tables have.
    n_visits=CODE, n_spells=CODE,
    room_events=CODE, room_created=CODE, room_visits=CODE, room_spells=CODE,
    # What a stop is about: the step of a loop (-1 none), the stream whose tickets are not described yet.
    looped_at=CODE, lacking_stream=CODE,
    # Values of a distribution to draw from `uniforms` into `values`, instead of a run.
    n_values=CODE, distribution=CODE,
)  # fmt: skip

EVENT = _record(at=REAL, key=CODE, action=CODE, subject=CODE)
"""``key``: order class in the high bits, sequence of scheduling below."""

STEP = _record(
    kind=CODE, team=CODE, timing=CODE, timing_rules=CODE, extra=CODE, fall_back_extra=CODE,
    difficulty_power=REAL, delay_cause=CODE, calendar=CODE, until_open=CODE,
    pauses_respond=FLAG, pauses_resolve=FLAG, next_rules=CODE, outcome=CODE, cause=CODE, shown_as=CODE,
    is_passage=FLAG, responds=FLAG, address=CODE,
    only_target=CODE,
)  # fmt: skip
"""A row of `StepTable`; ``only_target``: the next step where no rule has to be asked, else -1."""

TEAM = _record(
    discipline=CODE, at_shift_end=CODE, handover=CODE, handover_place=CODE,
    first_serving=CODE, end_serving=CODE,
    first_in_queue=CODE,
)  # fmt: skip
"""``first_in_queue``: root of the heap of waiting visits, -1 for none."""

SERVING = _record(pool=CODE, rank=CODE)
POOL = _record(by_rank=FLAG, dispatch=CODE, first_queue=CODE, end_queue=CODE, first_idle=CODE, n_idle=CODE)
"""The idle people of a pool are the heap ``idle[first_idle : first_idle + n_idle]``."""

PERSON = _record(
    pool=CODE, policy=CODE, duty=CODE, shift=CODE, speed=REAL, cost=REAL,
    off_at=REAL, visit=CODE, place_among_idle=CODE, idle_key=REAL, idle_since=REAL,
    spell_started=REAL, spell_work=REAL, work_left=REAL, overtime=REAL, busy=REAL,
)  # fmt: skip

GROUP = _record(duty=CODE, first_member=CODE, end_member=CODE, interval=CODE)
"""People with one calendar; ``interval``: the one that opens next."""

STREAM = _record(
    space=CODE, entry=CODE, population=CODE, limit=CODE, away=CODE, start=REAL, end=REAL, first_member=CODE,
    first_away=FLAG, described_from=CODE, n_described=CODE,
)  # fmt: skip
"""``n_described`` tickets of a population are described in the arrivals, from row ``described_from`` on."""

MEMBER = _record(stream=CODE, subject=CODE)
"""``subject``: the member's next ticket."""

TARGET = _record(respond=REAL, resolve=REAL, calendar=CODE)

TICKET = _record(
    number=CODE, stream=CODE, subject=CODE, source=CODE, space=CODE,
    facts=(REAL, (len(Field),)),
    created=REAL, responded=REAL, resolved=REAL, respond_due=REAL, resolve_due=REAL,
    respond_left=REAL, resolve_left=REAL,
    touch=REAL, queued=REAL, delayed=REAL, automated=REAL, dormant=REAL,
    target=CODE, outcome=CODE, first_team=CODE, last_team=CODE, work_visits=CODE, ping_pongs=CODE,
    handovers=CODE, steps_at_once=CODE, visit=CODE, next_free=CODE,
)  # fmt: skip
"""A ticket in the system; its place is used again once it is closed. ``source``: its row of the arrivals."""

VISIT = _record(
    rank=REAL, rank_sequence=CODE, left_child=CODE, sibling=CODE,
    ticket=CODE, step=CODE, number=CODE, team=CODE, person=CODE, handovers=CODE,
    next_free=CODE,
    arrived=REAL, started=REAL, left=REAL, touch=REAL,
)  # fmt: skip
"""A visit under way; ``left_child`` and ``sibling`` are its links in the heap of its team's queue."""

ARRIVAL_COLUMNS: Final = {
    "at": REAL,
    "stream": CODE,
    "subject": CODE,
    "kind": CODE,
    "ticket_class": CODE,
    "priority": CODE,
    "channel": CODE,
    "difficulty": REAL,
}
"""Tickets to come, in order of arrival, then attributes of the tickets of populations."""

TICKET_COLUMNS: Final = {column.name: np.dtype(column.dtype) for column in TicketLog.columns()}
SOURCE_COLUMNS: Final = ("stream", "subject", "kind", "ticket_class", "priority", "channel", "difficulty")
"""Columns of the ticket log that are known on arrival ..."""
EMPTY_COLUMNS: Final = {"origin": 0, "parent": -1, "fault": -1, "score": math.nan, "answered": math.nan}
"""... those of mechanisms that the kernel does not know, with what says nothing ..."""
WRITTEN_COLUMNS: Final = {
    name: kind for name, kind in TICKET_COLUMNS.items() if name not in (*SOURCE_COLUMNS, *EMPTY_COLUMNS)
}
"""... and those that the kernel writes."""

SECTIONS: Final = ("arrivals", "calendars", "rules", "distributions", "ticket_log", "visit_log", "work_log")
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
    "queue_lengths": CODE,
    "serving": SERVING,
    "pools": POOL,
    "pool_queues": CODE,
    "idle": CODE,
    "people": PERSON,
    "groups": GROUP,
    "members": CODE,
    "streams": STREAM,
    "population": MEMBER,
    "targets": TARGET,
    "tickets": TICKET,
    "counts": SMALL,
    "visits": VISIT,
    # Calendars: those that rules name, ALWAYS, then those of people. The intervals of calendar c stand from
    # ``first[c]`` to ``first[c + 1]``; ``worked_before`` has one entry more per calendar.
    **section("calendars", {"first": CODE, "opens": REAL, "closes": REAL, "worked_before": REAL}),
    **section("arrivals", ARRIVAL_COLUMNS),
    "uniforms": REAL,
    "values": REAL,
    **section("rules", columns_of(RuleTable)),
    **section("distributions", columns_of(DistributionTable)),
    "ticket_source": CODE,
    **section("ticket_log", WRITTEN_COLUMNS),
    **section("visit_log", {column.name: np.dtype(column.dtype) for column in VisitLog.columns()}),
    **section("work_log", {column.name: np.dtype(column.dtype) for column in WorkLog.columns()}),
}
