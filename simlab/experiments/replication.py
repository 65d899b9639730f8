"""The work of one replication: run it, check it, put it in numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Literal

from simlab.engines.auto import ENGINES, engine_named
from simlab.engines.guards import DEFAULTS, Guards
from simlab.engines.parts import EngineInParts, Reader
from simlab.errors import SimlabError, UsageError
from simlab.experiments.runs import Replicated
from simlab.metrics.invariants import InvariantResult, check
from simlab.metrics.parts import Tally, needs_whole_logs
from simlab.metrics.summary import ReplicationSummary, summarise
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
    responses: tuple[str, ...] | None = None,
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
    responses
        Those to compute; all of the catalogue where not given. Where no logs are kept, and these responses
        need no whole ones, the compiled engine makes none: see `simlab.metrics.parts`.

    Raises
    ------
    InvariantBroken
        When the logs contradict each other; the message names the invariant.
    """
    runner = engine_named(engine)
    if (
        responses is not None
        and not keeps(replication, logs)
        and isinstance(runner, EngineInParts)
        and not needs_whole_logs(model, responses)
    ):
        return Replicated(_summary_by_parts(runner, model, seed, replication, guards, responses), None)
    records = runner.run(model, seed, replication, guards)
    _raise_broken(check(model, records))
    return Replicated(summarise(model, records, responses), records if keeps(replication, logs) else None)


def _summary_by_parts(
    engine: EngineInParts,
    model: Model,
    seed: int,
    replication: int,
    guards: Guards,
    responses: tuple[str, ...],
) -> ReplicationSummary:
    """Run one replication without keeping its logs."""
    tally = Tally(model, responses)

    def begin() -> Reader:
        nonlocal tally
        tally = Tally(model, responses)
        return tally.read

    last = engine.run_in_parts(model, seed, replication, guards, begin)
    if last.is_whole:
        _raise_broken(check(model, last.logs))
        return summarise(model, last.logs, responses)
    summary, invariants = tally.finish(last)
    _raise_broken(invariants)
    return summary


def _raise_broken(results: Iterable[InvariantResult]) -> None:
    """Raise InvariantBroken where an invariant does not hold."""
    broken = [result for result in results if not result.holds]
    if broken:
        worst = broken[0]
        raise InvariantBroken(
            f"the run contradicts itself: '{worst.name}' does not hold: {worst.left!r} against"
            f" {worst.right!r} ({worst.message});"
            " this is a defect of simlab, please report it with the scenario and the seed"
        )


def work_of(
    engine: str = "auto",
    logs: KeepLogs = "none",
    guards: Guards = DEFAULTS,
    responses: Sequence[str] | None = None,
) -> Callable[[Model, int, int], Replicated]:
    """Return the work function for an executor that is to be shared by several calls of `run`.

    ``logs`` and ``guards`` must be those of these calls; ``responses`` are those that are wanted of each
    replication, all where not given.
    """
    if engine not in ENGINES:
        raise UsageError(f"the engine is one of {', '.join(ENGINES)}; found '{engine}'")
    wanted = None if responses is None else tuple(responses)
    return partial(replicate, engine=engine, logs=logs, guards=guards, responses=wanted)


def keeps(replication: int, logs: KeepLogs) -> bool:
    """Whether the logs of a replication are kept."""
    return logs == "all" or (logs == "first" and replication == 0)
