"""Which engine runs a model: by name, or whichever is done first.

Both engines leave the same logs, so that the choice is one of time alone.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Literal

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.interface import Engine
from simlab.engines.kernel_builds import Build
from simlab.engines.logs import RunLogs
from simlab.engines.parts import Reader, RunPart
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import UsageError
from simlab.model.tables import Model
from simlab.model.traffic import expected_tickets

ENGINES: Final = ("auto", "simpy", "compiled")

SECONDS_PER_TICKET = 1e-4
"""What the SimPy engine takes for a ticket of a few visits: an order of magnitude."""
LOADING_SECONDS = 0.7
"""What it takes to import numba and to load compiled code that was kept."""
COMPILING_SECONDS: Final = {Build.LEAN: 5.0, Build.WHOLE: 12.0}
"""What it takes to compile the kernel."""

COMPILED_IS_QUICKER: Final = 15.0
"""Times that the compiled engine is quicker, figures made of the logs included: an order of magnitude."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a job would begin."""

    engine: Literal["simpy", "compiled"]
    compiling_seconds: float = 0.0
    """What it takes to compile the engine first; 0 where it is there."""


class AutoEngine:
    """Runs each model on the compiled engine as soon as that pays in this process, else on SimPy."""

    name = "auto"

    def __init__(self) -> None:
        self._simpy = SimpyEngine()
        self._compiled = CompiledEngine()
        self._spent = 0.0
        """Seconds spent in the SimPy engine so far."""
        self._said: set[str] = set()

    def run(self, model: Model, seed: int, replication: int, guards: Guards = Guards()) -> RunLogs:  # noqa: B008
        """Run one replication; see :class:`simlab.engines.interface.Engine`."""
        if self._is_compiled_faster(model, self._spent):
            return self._compiled.run(model, seed, replication, guards)
        started = perf_counter()
        logs = self._simpy.run(model, seed, replication, guards)
        self._spent += perf_counter() - started
        return logs

    def run_in_parts(
        self, model: Model, seed: int, replication: int, guards: Guards, begin: Callable[[], Reader]
    ) -> RunPart:
        """Run one replication; see :class:`simlab.engines.parts.EngineInParts`."""
        if self._is_compiled_faster(model, self._spent):
            return self._compiled.run_in_parts(model, seed, replication, guards, begin)
        return RunPart.whole(self.run(model, seed, replication, guards))

    def prepare(self, model: Model, n_replications: int) -> None:
        """Compile the kernel now if that pays for a job, before several processes do it at once."""
        if self._is_compiled_faster(model, self._spent, n_replications):
            self._compiled.prepare(model)

    def beginning(self, model: Model, n_replications: int) -> Beginning:
        """Return which engine runs so many replications, and whether it must be compiled."""
        if not self._is_compiled_faster(model, self._spent, n_replications):
            return Beginning("simpy")
        from simlab.engines.kernel_entry import is_kept

        build = _build_of(model)
        return Beginning("compiled", 0.0 if is_kept(build) else COMPILING_SECONDS[build])

    def _say_once(self, line: str, level: int = logging.WARNING) -> None:
        """Say why a model is left to SimPy, not at each of its replications."""
        if line not in self._said:
            self._said.add(line)
            _log.log(level, "%s", line)

    def _is_compiled_faster(self, model: Model, spent: float, n_replications: int = 1) -> bool:
        """Whether to start the compiled engine, once SimPy has taken about as long as starting it does."""
        entry = sys.modules.get("simlab.engines.kernel_entry")
        reason = self._compiled.supports(model)
        if reason is not None:
            self._say_once(
                f"the SimPy engine runs '{model.name}', more slowly: the compiled one cannot, {reason}"
            )
            return False
        if entry is not None and entry.is_loaded(_build_of(model)):
            return True
        seconds = spent + SECONDS_PER_TICKET * expected_tickets(model) * n_replications
        if seconds >= LOADING_SECONDS:
            from simlab.engines.kernel_entry import is_kept

            build = _build_of(model)
            if is_kept(build) or seconds > COMPILING_SECONDS[build]:
                return True
        self._say_once(
            f"the SimPy engine runs '{model.name}': it is done before the compiled one has started",
            logging.INFO,
        )
        return False


def _build_of(model: Model) -> Build:
    from simlab.engines.kernel_pattern import build_of

    return build_of(model)


_AUTO = AutoEngine()


def engine_named(name: str) -> Engine:
    """Return the engine of a name: ``auto``, ``simpy`` or ``compiled``.

    Raises
    ------
    UsageError
        If there is no such engine.
    """
    match name:
        case "auto":
            return _AUTO
        case "simpy":
            return SimpyEngine()
        case "compiled":
            return CompiledEngine()
    raise UsageError(f"the engine is one of {', '.join(ENGINES)}; found '{name}'")


def beginning_of_job(model: Model, n_replications: int) -> Beginning:
    """Return which engine ``auto`` chooses for so many replications, and whether it must be compiled."""
    return _AUTO.beginning(model, n_replications)


def prepare_engine(name: str, model: Model, n_replications: int) -> None:
    """Compile what the replications of a model will need, before several processes do it at once.

    Raises
    ------
    UsageError
        If the compiled engine was asked for and does not run the model.
    """
    if name == "auto":
        _AUTO.prepare(model, n_replications)
    elif name == "compiled":
        CompiledEngine().prepare(model)
