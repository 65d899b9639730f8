"""Room in the tables of the compiled engine: for a start, and more whenever one is full."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import LAYOUT
from simlab.engines.kernel_memory import Memory
from simlab.engines.log_slabs import columns_in_one_slab, first_lines
from simlab.engines.parts import PART_ROWS

_FIRST_PLACES = 256
"""Tickets in the system for which there is room at the start."""
PLACES = {
    "tickets": "free_ticket",
    "visits": "free_visit",
    "countdowns": "free_countdown",
    "births": "free_birth",
    "incidents": "free_incident",
}
"""Tables whose places are used again, and the first free place of each."""
_SCANNED = {"tickets": "room_tickets", "visits": "room_open_visits"}
GROWING = (*PLACES, "counts", "milestones", "events", "tasks", "open_forks", "calls")
LOG_COLUMNS = {
    log: tuple(name for name in LAYOUT if name.startswith(f"{log}."))
    for log in ("ticket_log", "visit_log", "work_log", "state_log", "action_log")
}
_FIRST_LINE = first_lines({log: len(columns) for log, columns in LOG_COLUMNS.items()})


def make_room(memory: Memory) -> None:
    """Make every table that is full, or nearly so, at least twice as large."""
    run = memory["run"][0]
    needed, beside = int(run["needed"]), int(run["beside"])
    if run["free_ticket"] < 0:
        _add_places(memory, "tickets", 1)
        n_before = len(memory["counts"])
        memory["counts"] = _longer(memory["counts"], int(run["counts_per_ticket"]) * len(memory["tickets"]))
        memory["counts"][n_before:] = 0
        n_instants = int(run["n_milestones"]) * len(memory["tickets"])
        memory["milestones"] = _longer(memory["milestones"], n_instants)
    for table, n_free, least in (
        ("visits", "n_free_visits", needed),
        ("countdowns", "n_free_countdowns", needed),
        ("births", "n_free_births", beside),
        ("incidents", "n_free_incidents", 1),
    ):
        if run[n_free] < least:
            run[n_free] += _add_places(memory, table, least)
    people = int(run["n_people"])
    for table, n, room, least in (
        ("events", "n_events", "room_events", people + needed),
        ("tasks", "n_tasks", "room_tasks", needed),
        ("open_forks", "n_forks", "room_forks", 1),
        ("calls", "n_calls", "room_calls", int(run["n_on_call"])),
    ):
        if run[n] + least > run[room]:
            run[room] = _twice(run[room], run[n] + least)
            memory[table] = _longer(memory[table], int(run[room]))
    rows = PART_ROWS if run["is_in_parts"] else int(run["n_arrivals"])
    for log, n, room, least, at_first in (
        ("ticket_log", "n_ticket_rows", "room_ticket_rows", needed, rows + needed),
        ("visit_log", "n_visits", "room_visits", needed, 2 * rows),
        ("work_log", "n_spells", "room_spells", needed, 2 * rows),
        ("state_log", "n_states", "room_states", beside, 0),
        ("action_log", "n_actions", "room_actions", 1, 0),
    ):
        if run[n] + least > run[room]:
            run[room] = max(at_first, _twice(run[room], run[n] + least))
            _make_log_longer(memory, log, int(run[n]), int(run[room]))
    if run["is_in_parts"]:
        memory["ticket_numbers"] = _longer(memory["ticket_numbers"], int(run["room_ticket_rows"]))


def is_part_full(memory: Memory) -> bool:
    """Whether the rows of a part are to be handed over, to make room for the next ones."""
    run = memory["run"][0]
    return any(
        run[n] > 0 and run[n] + run["needed"] > run[room]
        for n, room in (
            ("n_ticket_rows", "room_ticket_rows"),
            ("n_visits", "room_visits"),
            ("n_spells", "room_spells"),
        )
    )


def _make_log_longer(memory: Memory, log: str, n: int, room: int) -> None:
    """Move the rows that were written to columns of more room."""
    kinds = {name: LAYOUT[name] for name in LOG_COLUMNS[log]}
    for name, column in columns_in_one_slab(kinds, room, _FIRST_LINE[log]).items():
        column[:n] = memory[name][:n]
        memory[name] = column


def _twice(room: int, least: int) -> int:
    """Size of a table that is made larger."""
    return int(max(_FIRST_PLACES, 2 * room, 2 * least))


def _add_places(memory: Memory, table: str, least: int) -> int:
    """Double the places of a table and chain the new ones to the free ones; return how many are new."""
    n, first_free = len(memory[table]), int(memory["run"][PLACES[table]][0])
    size = _twice(n, n + least)
    places = _longer(memory[table], size)
    places["next_free"][n:] = np.append(np.arange(n + 1, size), first_free)
    if table == "tickets":
        places["number"][n:] = -1
    elif table == "visits":
        places["serial"][n:] = places["event_key"][n:] = -1
    memory[table] = places
    if table in _SCANNED:
        memory["run"][_SCANNED[table]] = size
    memory["run"][PLACES[table]] = n
    return size - n


def _longer(table: NDArray[Any], size: int) -> NDArray[Any]:
    """Copy of a table with room for more rows, which are not set."""
    longer = np.empty(size, table.dtype)
    longer[: len(table)] = table
    return longer
