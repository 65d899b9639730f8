"""The memory of a replication: what is made once for its model, and what is its own."""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.engines.guards import COMPILED_LOOK_EVENTS, Guards
from simlab.engines.kernel_builds import Build, build_for
from simlab.engines.kernel_layout import BACKLOG, CODE, GROUP, LAYOUT, RECORDED_COLUMNS, records
from simlab.engines.kernel_learning_tables import learning_tables
from simlab.engines.kernel_memory import Memory
from simlab.engines.kernel_room import make_room
from simlab.engines.kernel_tables import Tables, tables_of
from simlab.engines.kernel_teamwork import rows_beside, rows_of_errand, swarm_tables
from simlab.model.arrivals import Arrivals, Instants, draw_backlog
from simlab.model.calendars import ALWAYS, Calendar
from simlab.model.rosters import PersonalCalendars
from simlab.model.tables import ListedArrivals, Model

Key = tuple[int, int]

READ_ONLY: Final = frozenset({
    "steps", "targets", "teams", "serving", "served", "line_speeds", "line_levels", "pool_members",
    "preempts", "paces", "swarms", "role_teams", "streams", "classes", "choices", "pool_skills",
    "on_call", "fault_groups", "fault_classes", "fault_shares", "fault_work", "weights", "feedback",
    "responses", "repeats", "decisions", "decision_keys", "first_move", "moves", "rung_levels", "rung_flags",
})  # fmt: skip
"""Tables that the kernel only reads, so that all replications of a model may share them."""
_READ_SECTIONS: Final = (
    "rules", "distributions", "timers", "forks", "gathers", "handoffs", "spawns", "control",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What is the same for all replications of a model."""

    build: Build
    memory: Memory
    """As it is before a run, but for what is drawn; nobody runs in it."""
    written: tuple[str, ...]
    """Tables of which each replication needs a copy."""

    @classmethod
    def of(cls, model: Model) -> _Pattern:
        tables: Tables = {
            **{name: np.zeros(0, kind) for name, kind in LAYOUT.items()},
            **tables_of(model),
            **learning_tables(model, (0, 0)),
            **swarm_tables(model, rows_of_errand(model), 1),
        }
        for name in tables:
            if name in READ_ONLY or name.partition(".")[0] in _READ_SECTIONS:
                tables[name] = tables[name].view()
                tables[name].flags.writeable = False
        written = tuple(name for name, table in tables.items() if table.flags.writeable and len(table) > 0)
        return cls(build_for(model, tables["run"][0]), Memory(tables), written)


_patterns: dict[int, _Pattern] = {}
"""By identity of the model, as long as that lives."""


def _pattern_of(model: Model) -> _Pattern:
    pattern = _patterns.get(id(model))
    if pattern is None:
        pattern = _patterns[id(model)] = _Pattern.of(model)
        weakref.finalize(model, _patterns.pop, id(model), None).atexit = False
    return pattern


def is_known(model: Model) -> bool:
    """Whether a run of the model was prepared before."""
    return id(model) in _patterns


def build_of(model: Model) -> Build:
    """Build of the kernel that runs a model."""
    return _pattern_of(model).build


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
    pattern = _pattern_of(model)
    memory = pattern.memory.shared()
    for name in pattern.written:
        memory[name] = pattern.memory[name].copy()
    if model.faults is not None:
        memory.update(learning_tables(model, key))
    if margin > 1:
        memory.update(swarm_tables(model, rows_of_errand(model), margin))
    memory.update(_arrivals(model, coming))
    memory["backlog"] = _backlog(model, key)
    _give_calendars(memory, model, _Groups.of(people))
    _begin(memory, model, key, coming.until, guards, margin)
    memory["run"]["is_in_parts"] = in_parts
    memory["run"]["has_extras"] = pattern.build is Build.WHOLE
    make_room(memory)
    return memory


def _begin(memory: Memory, model: Model, key: Key, until: float, guards: Guards, margin: int) -> None:
    """Let the record of the run say what is not the same for all replications."""
    run = memory["run"]
    run["key_0"], run["key_1"] = key
    run["end"] = np.minimum(run["end"], until)
    run["drains"] = model.drains and until == math.inf
    run["max_events"] = min(guards.max_events, COMPILED_LOOK_EVENTS)
    run["max_in_system"] = guards.max_in_system
    run["max_steps_at_once"] = guards.max_steps_at_once
    run["has_recorded"] = len(memory["recorded.kind"]) > 0
    run["n_groups"] = len(memory["groups"])
    run["n_backlog"] = len(memory["backlog"])
    run["n_members"] = len(memory["population"])
    run["n_arrivals"] = run["n_pending"] = len(memory["arrivals.at"])
    # Whoever comes on duty may interrupt somebody.
    run["beside"] += 2 * run["n_people"] * run["has_preemption"]
    run["beside"] += rows_beside(model, margin)
    run["room_errands"] = run["room_listed"] = len(memory["errands"])
    run["needed"] = (2 + run["n_timers"]) * run["at_once"] + run["beside"]


def _backlog(model: Model, key: Key) -> NDArray[Any]:
    """Tickets that are open at the start, with their attributes, of which the file left some to be drawn."""
    drawn = draw_backlog(model, key)
    attributes = {name: getattr(drawn, name) for name in RECORDED_COLUMNS}
    return records(BACKLOG, **(model.backlog._asdict() | attributes))


def _give_calendars(memory: Memory, model: Model, groups: _Groups) -> None:
    """Give people their calendars, which stand behind those that rules name, and ALWAYS."""
    first, people = len(model.calendars) + 1, memory["people"]
    people["duty"] = first + 2 * groups.of_person
    people["shift"] = people["duty"] + 1
    groups.records["duty"] = first + 2 * np.arange(len(groups.records))
    memory["groups"], memory["members"] = groups.records, groups.members
    memory.update(_calendars([*model.calendars, ALWAYS, *groups.calendars]))


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
        groups = np.zeros(len(known), GROUP)
        first = np.cumsum(size) - size
        groups["first_member"], groups["end_member"] = first, first + size
        return cls(calendars, groups, np.argsort(of_person, kind="stable"), of_person)


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


def _arrivals(model: Model, coming: Instants | Arrivals) -> Tables:
    """The list of arrivals."""
    listed = {"arrivals.at": coming.at, "arrivals.stream": coming.stream, "arrivals.subject": coming.subject}
    return {**listed, **_recorded(model, coming)}


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
