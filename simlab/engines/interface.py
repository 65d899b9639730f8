"""The one protocol of all engines: a compiled model and a seed in, the logs of one replication out."""

from __future__ import annotations

from typing import Protocol

from simlab.engines.guards import Guards
from simlab.engines.logs import RunLogs
from simlab.errors import InvalidInput, Problem
from simlab.model.graph import circle_through, successors
from simlab.model.tables import Model


def timeless_loop(model: Model, guards: Guards, step: int) -> InvalidInput:
    """Refusal of a process in which a ticket goes round through a step without any time passing."""
    circle = " -> ".join(model.names.steps[each] for each in circle_through(successors(model), step))
    return InvalidInput(
        Problem(
            f"a ticket passed {guards.max_steps_at_once} steps without any time passing",
            "routing.steps",
            found=f"a loop such as {circle}",
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
