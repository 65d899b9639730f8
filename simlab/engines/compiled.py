"""The compiled engine: the model's tables in memory that numba reads, and logs equal to the reference's.

What it needs of numba is imported with the first run.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simlab.engines.interface import Guards, timeless_loop
from simlab.engines.kernel_layout import Stop
from simlab.engines.kernel_support import unsupported
from simlab.engines.logs import RunLogs, RunTotals
from simlab.engines.simpy_records import attempt_log, duty_log
from simlab.errors import UsageError
from simlab.model.arrivals import Arrivals, draw_arrivals, draw_instants
from simlab.model.rosters import draw_calendars
from simlab.model.self_service import no_attempts
from simlab.model.streams import replication_key
from simlab.model.tables import Model


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
        reason = unsupported(model)
        if reason is not None:
            raise UsageError(f"the compiled engine does not run '{model.name}': {reason}")
        from simlab.engines.kernel_entry import kernel
        from simlab.engines.kernel_tables import build_of

        return kernel(build_of(model))

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Run one replication; see :class:`simlab.engines.interface.Engine`."""
        from simlab.engines.compiled_draws import drawing_by
        from simlab.engines.kernel_control_tables import action_log, called_in
        from simlab.engines.kernel_records import state_log, ticket_log, visit_log, work_log
        from simlab.engines.kernel_room import make_room
        from simlab.engines.kernel_tables import memory_of

        process_events = self.prepare(model)
        key = replication_key(seed, replication)
        people = draw_calendars(model, key)
        has_self_service = any(stream.self_service for stream in model.streams)
        draw = draw_arrivals if has_self_service else draw_instants
        coming = draw(model, key, drawing_by(process_events))
        memory = memory_of(model, key, coming, people, guards)
        while (stop := Stop(process_events(memory.address))) == Stop.NO_ROOM:
            make_room(memory)
        run = memory["run"][0]
        if stop == Stop.OTHER_BUILD:
            raise AssertionError("the kernel and its memory are of different builds")
        if run["is_amiss"]:
            raise AssertionError(f"the lean build of the kernel does not run '{model.name}'")
        if stop == Stop.LOOP:
            raise timeless_loop(model, guards, int(run["looped_at"]))
        totals = _totals(model, run, stop)
        attempts = coming.attempts if isinstance(coming, Arrivals) else no_attempts()
        return RunLogs(
            replication=replication,
            tickets=ticket_log(memory),
            visits=visit_log(memory),
            work=work_log(memory),
            duty=duty_log(people, totals.end, called_in(memory, totals.end)),
            totals=totals,
            attempts=attempt_log(attempts, totals.end),
            actions=action_log(memory),
            states=state_log(memory),
        )


def _totals(model: Model, run: np.void, stop: Stop) -> RunTotals:
    """What the kernel counted; the area is counted up to the end."""
    now, events, in_system = float(run["now"]), int(run["n_processed"]), int(run["in_system"])
    end = now
    truncated = ""
    if stop == Stop.END:
        end = float(run["end"])
    elif stop == Stop.DRAINED:
        end = max(now, model.length)
    elif stop == Stop.EVENTS:
        truncated = f"stopped after {events:,} events"
    else:
        truncated = f"stopped with {in_system:,} tickets in the system"
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
