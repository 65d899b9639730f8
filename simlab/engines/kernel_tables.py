"""From a model to the memory of the compiled engine, before a run and whenever a table is full."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.engines.compiled_draws import copies
from simlab.engines.guards import COMPILED_LOOK_EVENTS, Guards
from simlab.engines.kernel_builds import Build, build_for
from simlab.engines.kernel_control_tables import control_state, control_tables
from simlab.engines.kernel_entry import sources
from simlab.engines.kernel_layout import (
    BACKLOG,
    CHOICE,
    CLASS,
    CODE,
    DECIDED,
    GATHERING,
    GROUP,
    LAYOUT,
    MEMBER,
    PERSON,
    POOL,
    RECORDED_COLUMNS,
    RUN,
    SECTION,
    STEP,
    STREAM,
    TARGET,
    TEAM,
)
from simlab.engines.kernel_layout import records as _records
from simlab.engines.kernel_learning_tables import EVENTS_BESIDE, learning_state, learning_tables, most_moves
from simlab.engines.kernel_memory import Memory
from simlab.engines.kernel_room import GROWING, LOG_COLUMNS, PLACES, make_room
from simlab.engines.kernel_teamwork import (
    chat_tables,
    line_tables,
    rooms,
    rows_beside,
    rows_of_errand,
    swarm_tables,
)
from simlab.model.arrivals import Arrivals, Instants, draw_backlog
from simlab.model.calendars import ALWAYS, Calendar
from simlab.model.codes import StepKind
from simlab.model.lines import LineTable, line_table
from simlab.model.rosters import PersonalCalendars
from simlab.model.streams import address
from simlab.model.tables import ListedArrivals, Model, PopulationArrivals
from simlab.model.ticket_rules import quiet_desk

Tables = dict[str, NDArray[Any]]
Key = tuple[int, int]

_MADE_LATER = ("subjects", "uniforms", "values", "ticket_numbers")
"""Tables that are empty until they are needed."""


def memory_of(
    model: Model,
    key: Key,
    coming: Instants | Arrivals,
    people: Sequence[PersonalCalendars],
    guards: Guards,
    margin: int = 1,
    in_parts: bool = False,
) -> Memory:
    """Memory of one replication that is about to begin.

    ``margin``: how many times the usual room it has; ``in_parts``: whether its logs are handed over in parts.
    """
    groups = _Groups.of(people)
    tables: Tables = {
        "run": _run(model, key, guards, coming.until),
        **_process(model),
        **_staff(model, groups, margin),
        **_demand(model, key, coming),
        **learning_tables(model, key),
        **control_tables(model),
        **_calendars([*model.calendars, ALWAYS, *groups.calendars]),
        **{name: np.zeros(0, LAYOUT[name]) for name in (*_MADE_LATER, *GROWING)},
        **{name: np.empty(0, LAYOUT[name]) for columns in LOG_COLUMNS.values() for name in columns},
    }
    memory = Memory(tables)
    run = memory["run"]
    run["has_recorded"] = len(tables["recorded.kind"]) > 0
    run["n_groups"] = len(groups.records)
    run["n_people"] = len(people)
    run["n_backlog"] = len(tables["backlog"])
    run["is_in_parts"] = in_parts
    run["n_members"] = len(tables["population"])
    run["n_arrivals"] = run["n_pending"] = len(coming.at)
    # Whoever comes on duty may interrupt somebody.
    run["beside"] += 2 * run["n_people"] * run["has_preemption"]
    run["beside"] += rows_beside(model, margin)
    run["room_errands"] = run["room_listed"] = len(tables["errands"])
    run["needed"] = (2 + run["n_timers"]) * run["at_once"] + run["beside"]
    make_room(memory)
    return memory


def build_of(model: Model) -> Build:
    """Build of the kernel that runs a model."""
    return build_for(model, _run(model, (0, 0), Guards(), math.inf)[0])


def _run(model: Model, key: Key, guards: Guards, until: float) -> NDArray[Any]:
    """State of a run that is about to begin, and ends where the arrivals do."""
    n_steps, n_teams = len(model.steps.kind), len(model.names.teams)
    return _records(
        RUN,
        sources=[sources()],
        key_0=key[0],
        key_1=key[1],
        end=min(model.latest_end if model.drains else model.length, until),
        drains=model.drains and until == math.inf,
        target_rules=model.targets.rules,
        n_steps=n_steps,
        n_teams=n_teams,
        n_lines=n_teams * (1 + (0 if model.skills is None else len(model.skills.names))),
        n_priorities=len(model.names.priorities),
        counts_per_ticket=2 * n_steps + n_teams,
        has_swarms=model.swarms is not None,
        rows_of_errand=rows_of_errand(model),
        first_waiting=-1,
        last_waiting=-1,
        has_chats=model.paces is not None,
        has_skills=model.skills is not None,
        has_limits=len(model.sections.permits) > 0,
        has_preemption=bool(model.teams.preempts.any()),
        has_handoffs=len(model.handoffs.reread) > 0,
        join_step=np.argmax(model.steps.kind == StepKind.JOIN),
        always=len(model.calendars),
        max_events=min(guards.max_events, COMPILED_LOOK_EVENTS),
        max_in_system=guards.max_in_system,
        max_steps_at_once=guards.max_steps_at_once,
        area_until=model.warm_up,
        at_once=1,
        n_timers=_most(model.timers.first),
        beside=_most(model.timers.first) + _most(model.spawns.first) + most_moves(model) + EVENTS_BESIDE + 4,
        looped_at=-1,
        **dict.fromkeys(PLACES.values(), -1),
        n_pools=len(model.pools.home),
        **learning_state(model),
        **control_state(model),
    )


# -- tables of the model


def _process(model: Model) -> Tables:
    """Steps and what stands around them, rules and targets."""
    always, n_gathers = len(model.calendars), len(model.gathers.step)
    timers = model.timers
    return {
        "steps": _steps(model),
        "targets": _records(
            TARGET,
            respond=model.targets.respond,
            resolve=model.targets.resolve,
            calendar=model.targets.calendar,
        ),
        "sections": _records(
            SECTION,
            discipline=model.sections.discipline,
            step=model.sections.step,
            n_free=model.sections.permits,
            first_in_line=-1,
        ),
        "gatherings": _records(GATHERING, first=np.full(n_gathers, -1), last=-1, event_key=-1),
        "decided": np.zeros(_most(model.spawns.first), DECIDED),
        **copies("rules", model.rules),
        **copies("distributions", model.distributions),
        **copies("timers", timers._replace(calendar=np.where(timers.calendar < 0, always, timers.calendar))),
        **copies("forks", model.forks),
        **copies("gathers", model.gathers),
        **copies("handoffs", model.handoffs),
        **copies("spawns", model.spawns),
    }


def _steps(model: Model) -> NDArray[Any]:
    steps, rules = model.steps, model.rules
    always = len(model.calendars)
    records = np.zeros(len(steps.kind), STEP)
    for name in set(STEP.names or ()) & set(steps._fields):
        records[name] = getattr(steps, name)
    for name in ("calendar", "until_open"):
        records[name][records[name] < 0] = always
    records["skill"] = records["skill_rules"] = -1
    if model.skills is not None:
        records["skill"], records["skill_rules"] = model.skills.step, model.skills.step_rules
    records["gather"] = -1
    records["gather"][model.gathers.step] = np.arange(len(model.gathers.step))
    # A block of one rule without conditions and shares needs no choosing.
    for record, block in zip(records, steps.next_rules.tolist(), strict=True):
        row = rules.first_row[block]
        is_plain = (
            block >= 0
            and rules.first_row[block + 1] == row + 1
            and rules.first_test[row] == rules.first_test[row + 1]
        )
        record["only_target"] = rules.target[row] if is_plain else -1
        record["draws_route"] = not is_plain and block >= 0 and rules.needs_draw[block]
    return records


def _staff(model: Model, groups: _Groups, margin: int) -> Tables:
    """Teams with their lines, and people."""
    lines = line_table(model)
    return {
        "teams": _teams(model),
        **line_tables(lines),
        **chat_tables(model),
        **swarm_tables(model, rows_of_errand(model), margin),
        "queue_lengths": np.array(quiet_desk(model), CODE),
        "preempts": model.teams.preempts.ravel(),
        "pools": _pools(model, lines),
        "pool_members": np.argsort(model.people.pool, kind="stable"),
        "idle": np.zeros(len(model.people.pool), CODE),
        "people": _people(model, groups),
        "groups": _groups(model, groups),
        "members": groups.members,
    }


def _teams(model: Model) -> NDArray[Any]:
    teams = model.teams
    return _records(
        TEAM,
        discipline=teams.discipline,
        at_shift_end=teams.at_shift_end,
        handover=teams.handover,
        handover_place=[address(f"handover:{name}") for name in model.names.teams],
        has_preemption=teams.preempts.any(axis=1),
    )


def _pools(model: Model, lines: LineTable) -> NDArray[Any]:
    pools = model.pools
    size = np.bincount(model.people.pool, minlength=len(pools.home))
    return _records(
        POOL,
        dispatch=model.teams.dispatch[pools.home],
        first_served=lines.first_line[:-1],
        end_served=lines.first_line[1:],
        first_idle=np.cumsum(size) - size,
        n_members=size,
        home=pools.home,
    )


def _people(model: Model, groups: _Groups) -> NDArray[Any]:
    people = model.people
    first = _first_of_people(model)
    room, first_pace = rooms(model)
    return _records(
        PERSON,
        room=room,
        first_pace=first_pace,
        first_chat=np.cumsum(np.where(room > 1, room, 0)) - np.where(room > 1, room, 0),
        first_held=-1,
        last_held=-1,
        kept_for=-1,
        next_in_crew=-1,
        pool=people.pool,
        policy=model.teams.at_shift_end[people.team],
        duty=first + 2 * groups.of_person,
        shift=first + 2 * groups.of_person + 1,
        speed=people.speed,
        cost=people.cost_per_hour,
        off_at=-np.inf,
        visit=-1,
        spell_key=-1,
        call=-1,
        place_among_idle=-1,
    )


def _demand(model: Model, key: Key, coming: Instants | Arrivals) -> Tables:
    """Streams, what their tickets are, and those of the list of arrivals."""
    return {
        "streams": _streams(model),
        "population": _population(model),
        "backlog": _backlog(model, key),
        "classes": _classes(model),
        "choices": _choices(model),
        "arrivals.at": coming.at,
        "arrivals.stream": coming.stream,
        "arrivals.subject": coming.subject,
        **_recorded(model, coming),
    }


def _streams(model: Model) -> NDArray[Any]:
    records = np.zeros(len(model.streams), STREAM)
    first_member = first_class = 0
    for record, stream in zip(records, model.streams, strict=True):
        record["space"], record["entry"], record["limit"] = stream.space, stream.entry, stream.limit
        record["first_class"] = first_class
        first_class += len(stream.attributes.classes)
        record["end_class"] = first_class
        record["draws_priority"] = any(len(each) > 1 for each in stream.attributes.priorities)
        process = stream.arrivals
        if isinstance(process, PopulationArrivals):
            record["population"], record["away"] = process.size, process.away
            record["start"], record["end"] = process.start, process.end
            record["first_away"], record["first_member"] = process.first_away, first_member
            first_member += process.size
    return records


def _classes(model: Model) -> NDArray[Any]:
    """Classes of all streams; a last record ends the choices of the one before."""
    rows: list[tuple[float, ...]] = []
    choices = 0
    for stream in model.streams:
        table = stream.attributes
        for i, (priorities, channels) in enumerate(zip(table.priorities, table.channels, strict=True)):
            own = (table.kind[i], table.classes[i], table.class_share[i])
            rows.append((*own, choices, choices + len(priorities), table.difficulty[i]))
            choices += len(priorities) + len(channels)
    return np.array([*rows, (-1, -1, 1.0, choices, choices, -1)], CLASS)


def _choices(model: Model) -> NDArray[Any]:
    """Priorities, then channels, of each class."""
    codes, shares = [], []
    for stream in model.streams:
        table = stream.attributes
        for i in range(len(table.classes)):
            codes += [table.priorities[i], table.channels[i]]
            shares += [table.priority_share[i], table.channel_share[i]]
    return _records(CHOICE, code=np.concatenate(codes), share=np.concatenate(shares))


def _most(first: NDArray[np.int64]) -> int:
    """Most rows of one step in a ragged table."""
    return int(np.diff(first).max(initial=0))


def _population(model: Model) -> NDArray[Any]:
    sizes = [
        stream.arrivals.size if isinstance(stream.arrivals, PopulationArrivals) else 0
        for stream in model.streams
    ]
    members = np.zeros(sum(sizes), MEMBER)
    members["stream"] = np.repeat(np.arange(len(sizes)), sizes)
    members["subject"] = np.concatenate([np.arange(size) for size in [0, *sizes]])
    return members


def _backlog(model: Model, key: Key) -> NDArray[Any]:
    """Tickets that are open at the start, with their attributes, of which the file left some to be drawn."""
    drawn = draw_backlog(model, key)
    attributes = {name: getattr(drawn, name) for name in RECORDED_COLUMNS}
    return _records(BACKLOG, **(model.backlog._asdict() | attributes))


def _groups(model: Model, groups: _Groups) -> NDArray[Any]:
    records = groups.records
    records["duty"] = _first_of_people(model) + 2 * np.arange(len(records))
    return records


def _first_of_people(model: Model) -> int:
    """Row of the first calendar of people: after those that rules name, and ALWAYS."""
    return len(model.calendars) + 1


class _Groups(NamedTuple):
    """People by their calendars, in order of the first of each group."""

    calendars: list[Calendar]
    """Duty and shift of each group in turn."""
    records: NDArray[Any]
    members: NDArray[np.int64]
    of_person: NDArray[np.int64]

    @classmethod
    def of(cls, people: Sequence[PersonalCalendars]) -> _Groups:
        known: dict[int, int] = {}
        calendars: list[Calendar] = []
        of_person = np.zeros(len(people), np.int64)
        for number, own in enumerate(people):
            if id(own) not in known:
                known[id(own)] = len(known)
                calendars += [own.duty, own.shift]
            of_person[number] = known[id(own)]
        size = np.bincount(of_person, minlength=len(known))
        records = np.zeros(len(known), GROUP)
        first = np.cumsum(size) - size
        records["first_member"], records["end_member"] = first, first + size
        return cls(calendars, records, np.argsort(of_person, kind="stable"), of_person)


def _calendars(calendars: Sequence[Calendar]) -> Tables:
    sizes = [len(calendar.opens) for calendar in calendars]
    columns = {
        "first": np.cumsum([0, *sizes]),
        "opens": np.concatenate([calendar.opens for calendar in calendars]),
        "closes": np.concatenate([calendar.closes for calendar in calendars]),
        "worked_before": np.concatenate([calendar.worked_before for calendar in calendars]),
    }
    return {f"calendars.{name}": column for name, column in columns.items()}


# -- arrivals


def _recorded(model: Model, coming: Instants | Arrivals) -> Tables:
    """Attributes of arrivals that are known before the run; empty where no stream has any."""
    if isinstance(coming, Arrivals):
        known = {name: getattr(coming.attributes, name) for name in RECORDED_COLUMNS}
        return {f"recorded.{name}": np.ascontiguousarray(column) for name, column in known.items()}
    listed = {
        code: stream.arrivals
        for code, stream in enumerate(model.streams)
        if isinstance(stream.arrivals, ListedArrivals)
    }
    n = len(coming.at) if listed else 0
    columns = {
        name: np.full(n, -1 if kind == CODE else np.nan, kind) for name, kind in RECORDED_COLUMNS.items()
    }
    for code, arrivals in listed.items():
        here = np.flatnonzero(coming.stream == code)
        for name in columns.keys() - {"kind"}:
            columns[name][here] = getattr(arrivals, name)[coming.source[here]]
    return {f"recorded.{name}": column for name, column in columns.items()}
