"""The work of one replication: run it, check it, put it in numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from simlab.engines.auto import ENGINES, engine_named
from simlab.engines.guards import DEFAULTS, Guards
from simlab.errors import SimlabError, UsageError
from simlab.experiments.runs import Replicated
from simlab.metrics.invariants import check
from simlab.metrics.summary import summarise
from simlab.model.tables import Model

KeepLogs = Literal["first", "all", "none"]
"""Whose logs are kept: those of replication 0, of all, of none."""


class InvariantBroken(SimlabError):
    """A run contradicts itself: a defect of simlab."""


def replicate(
    model: Model,
    seed: int,
    replication: int,
    *,
    engine: str = "auto",
    logs: KeepLogs = "none",
    guards: Guards = DEFAULTS,
) -> Replicated:
    """Run one replication and check it: the pure work that executors distribute.

    Parameters
    ----------
    model, seed, replication
        What runs; the result is a function of these alone.
    engine
        One of `ENGINES`.
    logs
        Whether the logs come with the summary.
    guards
        Limits that end it; what there is then is marked as cut short.

    Raises
    ------
    InvariantBroken
        When the logs contradict each other; the message names the invariant.
    """
    records = engine_named(engine).run(model, seed, replication, guards)
    broken = [result for result in check(model, records) if not result.holds]
    if broken:
        worst = broken[0]
        raise InvariantBroken(
            f"the run contradicts itself: '{worst.name}' does not hold: {worst.left!r} against"
            f" {worst.right!r} ({worst.message});"
            " this is a defect of simlab, please report it with the scenario and the seed"
        )
    return Replicated(summarise(model, records), records if keeps(replication, logs) else None)


def work_of(
    engine: str = "auto", logs: KeepLogs = "none", guards: Guards = DEFAULTS
) -> Callable[[Model, int, int], Replicated]:
    """Return the work function for an executor that is to be shared by several calls of `run`.

    ``logs`` and ``guards`` must be those of these calls.
    """
    if engine not in ENGINES:
        raise UsageError(f"the engine is one of {', '.join(ENGINES)}; found '{engine}'")
    return partial(replicate, engine=engine, logs=logs, guards=guards)


def keeps(replication: int, logs: KeepLogs) -> bool:
    """Whether the logs of a replication are kept."""
    return logs == "all" or (logs == "first" and replication == 0)
