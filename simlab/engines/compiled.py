"""The compiled engine: the model's tables in memory that numba reads, and logs equal to the reference's.

What it needs of numba is imported with the first run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simlab.engines.guards import COMPILED_LOOK_EVENTS, Guards, Watch, rounds
from simlab.engines.interface import timeless_loop
from simlab.engines.kernel_layout import Stop
from simlab.engines.kernel_support import unsupported
from simlab.engines.logs import RunLogs, RunTotals, TicketLog
from simlab.engines.parts import Reader, RunPart
from simlab.engines.simpy_records import attempt_log, duty_log
from simlab.errors import UsageError
from simlab.model.arrivals import Arrivals, draw_arrivals, draw_instants
from simlab.model.rosters import PersonalCalendars, draw_calendars
from simlab.model.self_service import Attempts, no_attempts
from simlab.model.streams import replication_key
from simlab.model.tables import Model
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.engines.kernel_memory import Memory


class CompiledEngine:
    """Runs replications of a model in compiled code, outside Python's lock."""

    name = "compiled"

    def supports(self, model: Model) -> str | None:
        """Return None if the engine runs the model, else in one line what it does not know."""
        return unsupported(model)

    def prepare(self, model: Model) -> Callable[[int], int]:
        """Return the kernel, compiled unless an earlier run or process did so.

        Raises
        ------
        UsageError
            If the engine does not run the model.
        """
        from simlab.engines.kernel_entry import kernel
        from simlab.engines.kernel_pattern import build_of, is_known

        reason = None if is_known(model) else unsupported(model)
        if reason is not None:
            raise UsageError(f"the compiled engine does not run '{model.name}': {reason}")
        return kernel(build_of(model))

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Run one replication; see :class:`simlab.engines.interface.Engine`."""
        from simlab.engines.kernel_records import ticket_log

        ended = self._ended(model, seed, replication, guards, None)
        return _logs(ended, ticket_log(ended.memory))

    def run_in_parts(
        self, model: Model, seed: int, replication: int, guards: Guards, begin: Callable[[], Reader]
    ) -> RunPart:
        """Run one replication; see :class:`simlab.engines.parts.EngineInParts`."""
        from simlab.engines.kernel_records import tickets_of_part

        ended = self._ended(model, seed, replication, guards, begin)
        number, tickets = tickets_of_part(ended.memory, is_last=True)
        return RunPart(number, _logs(ended, tickets))

    def _ended(
        self, model: Model, seed: int, replication: int, guards: Guards, begin: Callable[[], Reader] | None
    ) -> _Ended:
        """Run one replication to its end, from the beginning again where there was too little room."""
        from simlab.engines.compiled_draws import drawing_by
        from simlab.engines.kernel_pattern import memory_of

        process_events = self.prepare(model)
        key = replication_key(seed, replication)
        people = draw_calendars(model, key)
        watch = Watch(guards)
        has_self_service = any(stream.self_service for stream in model.streams)
        draw = draw_arrivals if has_self_service else draw_instants
        for most in rounds(guards):
            coming = draw(model, key, drawing_by(process_events), most)
            stop, margin = Stop.SHORT, 1
            while stop == Stop.SHORT:
                memory = memory_of(model, key, coming, people, guards, margin, begin is not None)
                hand_over = None if begin is None else _handing_over(model, memory, people, begin())
                stop, cut_short = _to_end(process_events, memory, watch, hand_over)
                margin *= 4
            run = memory["run"][0]
            if stop != Stop.END or run["end"] < coming.until or coming.until == math.inf:
                break
            cut_short = f"stopped after {format_count(len(coming.at))} tickets"
        if run["is_amiss"]:
            raise AssertionError(f"the lean build of the kernel does not run '{model.name}'")
        if stop == Stop.LOOP:
            raise timeless_loop(model, guards, int(run["looped_at"]))
        attempts = coming.attempts if isinstance(coming, Arrivals) else no_attempts()
        return _Ended(replication, memory, people, _totals(model, run, stop, cut_short), attempts)


class _Ended(NamedTuple):
    """A run that has ended."""

    replication: int
    memory: Memory
    people: tuple[PersonalCalendars, ...]
    totals: RunTotals
    attempts: Attempts


def _logs(ended: _Ended, tickets: TicketLog) -> RunLogs:
    """Logs of a run that has ended; those of tickets, visits and work from the last part on."""
    from simlab.engines.kernel_control_tables import action_log, called_in
    from simlab.engines.kernel_records import state_log, visit_log, work_log

    memory, end = ended.memory, ended.totals.end
    return RunLogs(
        replication=ended.replication,
        tickets=tickets,
        visits=visit_log(memory),
        work=work_log(memory),
        duty=duty_log(ended.people, end, called_in(memory, end)),
        totals=ended.totals,
        attempts=attempt_log(ended.attempts, end),
        actions=action_log(memory),
        states=state_log(memory),
    )


def _handing_over(
    model: Model, memory: Memory, people: tuple[PersonalCalendars, ...], read: Reader
) -> Callable[[], None]:
    """Return what hands a part over and makes room for the next one."""
    from simlab.engines.kernel_records import tickets_of_part, visits_so_far, work_so_far

    duty = duty_log(people, model.latest_end if model.drains else model.length)

    def hand_over() -> None:
        number, tickets = tickets_of_part(memory, is_last=False)
        so_far = RunTotals(created=0, closed=0, in_system=0, wip_area_min=0.0, end=math.inf, events=0)
        read(RunPart(number, RunLogs(0, tickets, visits_so_far(memory), work_so_far(memory), duty, so_far)))
        for rows in ("n_ticket_rows", "n_visits", "n_spells"):
            memory["run"][rows] = 0

    return hand_over


def _to_end(
    process_events: Callable[[int], int], memory: Memory, watch: Watch, hand_over: Callable[[], None] | None
) -> tuple[Stop, str]:
    """Run to the end, unless the clock or the memory say no: (stop, why it came early)."""
    from simlab.engines.kernel_room import is_part_full, make_room

    run = memory["run"]
    while True:
        stop = Stop(process_events(memory.address))
        if stop == Stop.OTHER_BUILD:
            raise AssertionError("the kernel and its memory are of different builds")
        n_events, in_system = int(run["n_processed"][0]), int(run["in_system"][0])
        if stop == Stop.NO_ROOM:
            if hand_over is not None and is_part_full(memory):
                hand_over()
            make_room(memory)
            if watch.of_machine():  # with the end of the event that is under way
                run["max_events"] = n_events + 1
        elif stop not in (Stop.EVENTS, Stop.IN_SYSTEM):
            return stop, ""
        elif reason := watch.reason(n_events, in_system):
            return stop, reason
        else:
            run["max_events"] = min(n_events + COMPILED_LOOK_EVENTS, watch.guards.max_events)


def _totals(model: Model, run: np.void, stop: Stop, truncated: str) -> RunTotals:
    """What the kernel counted; the area is counted up to the end."""
    now, events, in_system = float(run["now"]), int(run["n_processed"]), int(run["in_system"])
    end = now
    if stop == Stop.END:
        end = float(run["end"])
    elif stop == Stop.DRAINED:
        end = max(now, model.length)
    area = float(run["area"])
    if end > run["area_until"]:
        area += in_system * (end - float(run["area_until"]))
    return RunTotals(
        created=int(run["n_created"]),
        closed=int(run["n_closed"]),
        in_system=in_system,
        wip_area_min=area,
        end=end,
        events=events,
        truncated=truncated,
        prevented=int(run["prevented"]),
    )
