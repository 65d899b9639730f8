"""What replications of a scenario leave: summaries, the place of their logs, and what to know about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.errors import GateFailed, StorageError
from simlab.experiments.estimates import estimates, of_replications
from simlab.metrics.summary import ReplicationSummary
from simlab.model.tables import Model
from simlab.model.traffic import TeamTraffic, estimate_traffic, traffic_warnings
from simlab.statistics.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Replicated:
    """What the work of one replication gives."""

    summary: ReplicationSummary
    logs: RunLogs | None
    """None where they are not kept."""


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """Replications of one scenario."""

    name: str
    label: str
    """What reports call it: the labels of the patches in it, else the name."""
    model: Model
    resolved: Mapping[str, Any]
    """The scenario after ``extends`` and patches, as plain values."""
    scenario_hash: str
    """SHA-256 of the resolved scenario and of the data that it reads."""
    seed: int
    engine: str
    summaries: tuple[ReplicationSummary, ...]
    """In order of their replication numbers."""
    warnings: tuple[str, ...] = ()
    """What the planner should know, one sentence each."""
    unstable: tuple[str, ...] = ()
    """Why the run does not describe a steady state: overloaded teams, replications that a guard ended."""
    folder: Path | None = None
    """Result folder; None where nothing was stored."""
    n_reused: int = 0
    """Replications that were read from the folder instead of being run."""
    kept: Mapping[int, RunLogs] = field(default_factory=dict, repr=False)
    """Logs by replication, of runs that are not stored."""
    controls: NDArray[np.float64] | None = field(default=None, repr=False)
    """Control variates of each replication, shape (n, k); None where figures are estimated without."""

    @property
    def n(self) -> int:
        """Number of replications."""
        return len(self.summaries)

    @property
    def is_steady(self) -> bool:
        """Whether nothing speaks against a steady state."""
        return not self.unstable

    @property
    def is_terminating(self) -> bool:
        """Whether the run is about a stretch of time from its start on, and not about a steady state.

        That is so where nothing warms up, or where the last ticket is waited for.
        """
        return self.model.warm_up == 0.0 or self.model.drains

    @property
    def responses(self) -> tuple[str, ...]:
        """Names of all responses, in the order of the catalogue."""
        return self.summaries[0].names if self.summaries else ()

    def values(self, response: str) -> NDArray[np.float64]:
        """Return a response of each replication, shape (n,); KeyError when there is no such response."""
        return of_replications(self.summaries, response)

    def estimates(self, confidence: float = 0.95, names: Sequence[str] | None = None) -> dict[str, Estimate]:
        """Return the estimate of every response, or of those named; see `simlab.experiments.estimates`."""
        return estimates(self.summaries, confidence, names, self.controls)

    def logs(self, replication: int = 0) -> RunLogs:
        """Return the logs of a replication whose logs were kept.

        Raises
        ------
        StorageError
            When they were not kept, or are damaged.
        """
        if replication in self.kept:
            return self.kept[replication]
        if self.folder is None:
            raise StorageError(
                f"the logs of replication {replication} of '{self.name}' were not kept\n"
                "    -> keep them: logs='all'"
            )
        from simlab.results.store import ResultStore

        return ResultStore.open(self.folder).read_logs(replication)


def require_whole(runs: Sequence[ScenarioRun], what_for: str) -> None:
    """Refuse, by GateFailed, runs that a guard ended early, for what needs the whole time of all of them."""
    for run in runs:
        for reason in truncations(run.summaries):
            raise GateFailed(f"{run.label}: {what_for} needs runs as a whole, but {reason}")


def judged_traffic(model: Model) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return warnings of teams that can hardly keep up, and of those that cannot."""
    traffic = estimate_traffic(model)

    def told(teams: Iterable[TeamTraffic]) -> tuple[str, ...]:
        return tuple(map(str, traffic_warnings(model, replace(traffic, teams=tuple(teams)))))

    return (
        told(team for team in traffic.teams if team.pooled_rho < 1.0),
        told(team for team in traffic.teams if team.pooled_rho >= 1.0),
    )


def truncations(summaries: Sequence[ReplicationSummary]) -> tuple[str, ...]:
    """Say how many replications a guard ended before their time; nothing where there are none."""
    ended = [summary for summary in summaries if summary.truncated]
    if not ended:
        return ()
    return (
        f"{len(ended)} of {len(summaries)} replications ended early: {ended[0].truncated}\n"
        "    -> figures are of the time until then; shorten the run, or allow more with --limit",
    )
