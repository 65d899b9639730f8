"""The one protocol of all engines: a compiled model and a seed in, the logs of one replication out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from simlab.engines.logs import RunLogs
from simlab.errors import InvalidInput, Problem
from simlab.model.tables import Model


@dataclass(frozen=True, slots=True)
class Guards:
    """Limits that end a run which would not end by itself; the logs so far are kept and marked."""

    max_events: int = 50_000_000
    max_in_system: int = 1_000_000
    max_steps_at_once: int = 1_000
    """Steps that one ticket may pass at one instant; more is a loop without time, which is refused."""


def timeless_loop(model: Model, guards: Guards, step: int) -> InvalidInput:
    """Refusal of a process in which a ticket goes round without any time passing."""
    return InvalidInput(
        Problem(
            f"a ticket passed {guards.max_steps_at_once} steps without any time passing",
            "routing.steps",
            found=f"a loop through {model.names.steps[step]!r}",
            remedy="give a step of the loop some work or waiting time, or a way out",
        )
    )


class Engine(Protocol):
    """Runs replications of compiled models."""

    def run(self, model: Model, seed: int, replication: int, guards: Guards = ...) -> RunLogs:
        """Run one replication from start to end.

        The result is a function of the arguments alone: neither the clock nor the order of calls matters.
        """
        ...
