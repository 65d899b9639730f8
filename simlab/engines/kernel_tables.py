"""From a model to the memory of the compiled engine, before a run and whenever a table is full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simlab.engines.interface import Guards
from simlab.engines.kernel_entry import build
from simlab.engines.kernel_layout import (
    ARRIVAL_COLUMNS,
    CODE,
    GROUP,
    LAYOUT,
    MEMBER,
    PERSON,
    POOL,
    RUN,
    SERVING,
    STEP,
    STREAM,
    TARGET,
    TEAM,
)
from simlab.engines.kernel_memory import Memory
from simlab.model.arrivals import Arrivals, Attributes, Floats, Values, draw_attributes
from simlab.model.calendars import ALWAYS, Calendar
from simlab.model.distributions import DistributionTable
from simlab.model.rosters import PersonalCalendars
from simlab.model.streams import address
from simlab.model.tables import Model, PopulationArrivals

Tables = dict[str, NDArray[Any]]
Key = tuple[int, int]

_FIRST_PLACES = 256
"""Tickets in the system for which there is room at the start."""
_LOG_COLUMNS = {
    log: tuple(name for name in LAYOUT if name.startswith(f"{log}."))
    for log in ("ticket_log", "visit_log", "work_log")
}


def memory_of(
    model: Model, key: Key, arrivals: Arrivals, people: Sequence[PersonalCalendars], guards: Guards
) -> Memory:
    """Memory of one replication that is about to begin."""
    groups = _Groups.of(people)
    n_arrivals, n_people = len(arrivals.at), len(people)
    tables: Tables = {
        "run": np.zeros(1, RUN),
        "steps": _steps(model),
        "teams": _teams(model),
        "queue_lengths": np.zeros(len(model.names.teams), np.int64),
        "serving": _records(SERVING, pool=model.teams.pool, rank=model.teams.pool_rank),
        "pools": _pools(model),
        "pool_queues": model.pools.queue.astype(CODE),
        "idle": np.zeros(n_people, CODE),
        "people": _people(model, groups),
        "groups": _groups(model, groups),
        "members": groups.members,
        "streams": _streams(model),
        "population": _population(model),
        "targets": _records(
            TARGET,
            respond=model.targets.respond,
            resolve=model.targets.resolve,
            calendar=model.targets.calendar,
        ),
        **_calendars([*model.calendars, ALWAYS, *groups.calendars]),
        **_arrivals(arrivals),
        "uniforms": np.zeros(0),
        "values": np.zeros(0),
        **_copies("rules", model.rules),
        **_copies("distributions", model.distributions),
    }
    for name in ("events", "tickets", "visits", "counts", "ticket_source"):
        tables[name] = np.zeros(0, LAYOUT[name])
    for columns in _LOG_COLUMNS.values():
        tables.update((name, np.empty(0, LAYOUT[name])) for name in columns)
    memory = Memory(tables)
    run = memory["run"]
    for name, value in {
        "build": build(),
        "key_0": key[0],
        "key_1": key[1],
        "end": model.latest_end if model.drains else model.length,
        "drains": model.drains,
        "target_rules": model.targets.rules,
        "n_steps": len(model.steps.kind),
        "n_people": n_people,
        "n_groups": len(groups.records),
        "n_members": len(tables["population"]),
        "n_arrivals": n_arrivals,
        "counts_per_ticket": 2 * len(model.steps.kind) + len(model.names.teams),
        "max_events": guards.max_events,
        "max_in_system": guards.max_in_system,
        "max_steps_at_once": guards.max_steps_at_once,
        "n_pending": n_arrivals,
        "area_until": model.warm_up,
        "free_ticket": -1,
        "free_visit": -1,
        "looped_at": -1,
        "lacking_stream": -1,
    }.items():
        run[name] = value
    make_room(memory)
    return memory


def values_drawn(process_events: Callable[[int], int]) -> Values:
    """Make the function by which arrivals draw values: compiled, and equal to the reference's."""

    def values(table: DistributionTable, index: int, uniforms: Floats) -> Floats:
        tables = {name: np.zeros(0, kind) for name, kind in LAYOUT.items()}
        tables |= _copies("distributions", table)
        run = tables["run"] = np.zeros(1, RUN)
        run["build"], run["n_values"], run["distribution"] = build(), len(uniforms), index
        tables["uniforms"], tables["values"] = np.ascontiguousarray(uniforms), np.empty(len(uniforms))
        if len(uniforms):
            process_events(Memory(tables).address)
        return tables["values"]

    return values


# -- tables of the model


def _records(kind: np.dtype[Any], **columns: ArrayLike) -> NDArray[Any]:
    """Records of columns; fields without a column are 0."""
    n = max(np.size(column) for column in columns.values())
    records = np.zeros(n, kind)
    for name, column in columns.items():
        records[name] = column
    return records


def _copies(name: str, table: NamedTuple) -> Tables:
    """Columns of a table, contiguous and of one type for all models."""
    return {
        f"{name}.{column}": np.ascontiguousarray(values, LAYOUT[f"{name}.{column}"])
        for column, values in zip(table._fields, table, strict=True)
    }


def _steps(model: Model) -> NDArray[Any]:
    steps, rules = model.steps, model.rules
    always = len(model.calendars)
    records = np.zeros(len(steps.kind), STEP)
    for name in set(STEP.names or ()) & set(steps._fields):
        records[name] = getattr(steps, name)
    for name in ("calendar", "until_open"):
        records[name][records[name] < 0] = always
    # A block of one rule without conditions and shares needs no choosing.
    for record, block in zip(records, steps.next_rules.tolist(), strict=True):
        row = rules.first_row[block]
        is_plain = (
            block >= 0
            and rules.first_row[block + 1] == row + 1
            and rules.first_test[row] == rules.first_test[row + 1]
        )
        record["only_target"] = rules.target[row] if is_plain else -1
    return records


def _teams(model: Model) -> NDArray[Any]:
    teams = model.teams
    return _records(
        TEAM,
        discipline=teams.discipline,
        at_shift_end=teams.at_shift_end,
        handover=teams.handover,
        handover_place=[address(f"handover:{name}") for name in model.names.teams],
        first_serving=teams.first_pool[:-1],
        end_serving=teams.first_pool[1:],
        first_in_queue=-1,
    )


def _pools(model: Model) -> NDArray[Any]:
    pools = model.pools
    size = np.bincount(model.people.pool, minlength=len(pools.home))
    return _records(
        POOL,
        by_rank=pools.by_rank,
        dispatch=model.teams.dispatch[pools.home],
        first_queue=pools.first_queue[:-1],
        end_queue=pools.first_queue[1:],
        first_idle=np.cumsum(size) - size,
    )


def _people(model: Model, groups: _Groups) -> NDArray[Any]:
    people = model.people
    first = _first_of_people(model)
    return _records(
        PERSON,
        pool=people.pool,
        policy=model.teams.at_shift_end[people.team],
        duty=first + 2 * groups.of_person,
        shift=first + 2 * groups.of_person + 1,
        speed=people.speed,
        cost=people.cost_per_hour,
        off_at=-np.inf,
        visit=-1,
        place_among_idle=-1,
    )


def _streams(model: Model) -> NDArray[Any]:
    records = np.zeros(len(model.streams), STREAM)
    first_member = 0
    for record, stream in zip(records, model.streams, strict=True):
        record["space"], record["entry"], record["limit"] = stream.space, stream.entry, stream.limit
        process = stream.arrivals
        if isinstance(process, PopulationArrivals):
            record["population"], record["away"] = process.size, process.away
            record["start"], record["end"] = process.start, process.end
            record["first_away"], record["first_member"] = process.first_away, first_member
            first_member += process.size
    return records


def _population(model: Model) -> NDArray[Any]:
    sizes = [
        stream.arrivals.size if isinstance(stream.arrivals, PopulationArrivals) else 0
        for stream in model.streams
    ]
    members = np.zeros(sum(sizes), MEMBER)
    members["stream"] = np.repeat(np.arange(len(sizes)), sizes)
    members["subject"] = np.concatenate([np.arange(size) for size in [0, *sizes]])
    return members


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


# -- arrivals and the attributes of populations


def _columns(
    at: NDArray[np.float64], stream: ArrayLike, subject: ArrayLike, attributes: Attributes
) -> Tables:
    values = (at, stream, subject, *attributes.columns())
    return {
        name: np.ascontiguousarray(np.broadcast_to(column, at.shape), kind)
        for (name, kind), column in zip(ARRIVAL_COLUMNS.items(), values, strict=True)
    }


def _arrivals(arrivals: Arrivals) -> Tables:
    columns = _columns(arrivals.at, arrivals.stream, arrivals.subject, arrivals.attributes)
    return {f"arrivals.{name}": column for name, column in columns.items()}


def describe_more(memory: Memory, model: Model, key: Key) -> None:
    """Draw the attributes of twice as many tickets of the population that lacks them."""
    code = int(memory["run"]["lacking_stream"][0])
    record = memory["streams"][code : code + 1]
    n = max(1024, 2 * int(record["population"][0]), 2 * int(record["n_described"][0]))
    subjects = np.arange(n)
    attributes = draw_attributes(model, model.streams[code], key, subjects)
    record["described_from"] = len(memory["arrivals.at"])
    record["n_described"] = n
    for name, column in _columns(np.full(n, np.nan), code, subjects, attributes).items():
        memory[f"arrivals.{name}"] = np.concatenate([memory[f"arrivals.{name}"], column])


# -- room


def make_room(memory: Memory) -> None:
    """Make every table that is full, or nearly so, twice as large."""
    run = memory["run"][0]
    if run["free_ticket"] < 0:
        _add_places(memory, "tickets", "free_ticket")
        counts = int(run["counts_per_ticket"]) * len(memory["tickets"])
        memory["counts"] = _longer(memory["counts"], counts)
    if run["free_visit"] < 0:
        _add_places(memory, "visits", "free_visit")
    # Each event belongs to a person, a group, a member of a population or a visit.
    n_events = len(memory["visits"]) + 2 * int(run["n_people"]) + int(run["n_groups"] + run["n_members"]) + 8
    if n_events > run["room_events"]:
        memory["events"] = _longer(memory["events"], n_events)
        run["room_events"] = n_events
    first = int(run["n_arrivals"])
    for log, n, room, least in (
        ("ticket_log", "n_created", "room_created", first + 1),
        ("visit_log", "n_visits", "room_visits", 2 * first),
        ("work_log", "n_spells", "room_spells", 2 * first),
    ):
        if run[n] >= run[room]:
            size = max(1024, least, 2 * int(run[room]))
            for name in _LOG_COLUMNS[log]:
                memory[name] = _longer(memory[name], size)
            run[room] = size
            if log == "ticket_log":
                memory["ticket_source"] = _longer(memory["ticket_source"], size)


def _add_places(memory: Memory, table: str, free: str) -> None:
    """Double the places of a table, none of which is free, and chain the new ones."""
    n = len(memory[table])
    size = max(_FIRST_PLACES, 2 * n)
    places = _longer(memory[table], size)
    places["next_free"][n:] = np.append(np.arange(n + 1, size), -1)
    if table == "tickets":
        places["number"][n:] = -1
    memory[table] = places
    memory["run"][free] = n


def _longer(table: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy of a table with room for more rows, which are not set."""
    longer = np.empty(size, table.dtype)
    longer[: len(table)] = table
    return longer
