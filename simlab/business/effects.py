"""What a proposal changes in a week, replication by replication, and how sure its mean is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.runs import ScenarioRun
from simlab.metrics.catalogue import COST_PARTS
from simlab.metrics.summary import ReplicationSummary
from simlab.units import MINUTES_PER_HOUR

Floats = NDArray[np.float64]

USERS: Final = "waiting_users"
"""The part of the running cost that users bear."""
RELEASED: Final = "released hours"
ONE_OFF: Final = "one-off cost"


@dataclass(frozen=True, slots=True)
class WeeklyEffects:
    """Figures a week: what each replication of the proposal has less than that of the base."""

    names: tuple[str, ...]
    saved: Floats
    """(n_replications, n_levels, n) base minus proposal, by level of the demand; more is better."""

    @property
    def n(self) -> int:
        """Replications."""
        return len(self.saved)

    @property
    def mean(self) -> Floats:
        """(n_levels, n) mean saving."""
        average: Floats = np.mean(self.saved, axis=0)
        return average

    def draws(self, n: int, seed: int) -> Floats:
        """Return draws of the mean saving as far as the replications tell it, shape (n, n_levels, n_figures).

        Jointly t-distributed about the mean with the covariance of the mean, so that the quantiles of each
        figure are those of Student's interval. The mean itself where there is one replication.
        """
        if self.n < 2:
            return np.repeat(self.mean[np.newaxis], n, axis=0)
        random = np.random.default_rng(seed)
        flat = (self.saved - self.mean).reshape(self.n, -1)
        apart = flat / np.sqrt(self.n * (self.n - 1))
        freedom = self.n - 1
        spread = np.sqrt(freedom / random.chisquare(freedom, n))[:, np.newaxis]
        drawn = spread * (random.standard_normal((n, self.n)) @ apart)
        levels: Floats = self.mean + drawn.reshape(n, *self.mean.shape)
        return levels


def weekly_effects(
    runs: Sequence[tuple[ScenarioRun, ScenarioRun]], waiting: Sequence[str], downtime: Sequence[str]
) -> WeeklyEffects:
    """Return what a proposal saves a week.

    Parameters
    ----------
    runs
        Without and with the proposal, by level of the demand; replication i of all met the same customers.
    waiting, downtime
        Priorities whose hours are valued.
    """
    parts = cost_parts(*(run for pair in runs for run in pair))
    figures: dict[str, Callable[[ReplicationSummary], float]] = {
        part: _response(f"cost_{part}_per_week") for part in parts
    }
    for priority in waiting:
        figures[f"waiting_user.{priority}"] = _hours("resolution_business_mean", priority)
    for priority in downtime:
        figures[f"downtime.{priority}"] = _hours("resolution_mean", priority)
    # Hours without work that are paid: what the proposal has more of them is released.
    figures[RELEASED] = lambda summary: -_idle(summary)

    def values(run: ScenarioRun) -> Floats:
        return np.array([[of(each) for of in figures.values()] for each in run.summaries])

    saved = np.stack([values(base) - values(proposal) for base, proposal in runs], axis=1)
    return WeeklyEffects(tuple(figures), saved)


def cost_parts(*runs: ScenarioRun) -> tuple[str, ...]:
    """Return the parts of the running cost that some of the runs have, in the order of the catalogue."""
    known = {name for run in runs for name in run.responses}
    return tuple(name.removeprefix("cost_").removesuffix("_per_week") for name in COST_PARTS if name in known)


def one_off_cost(run: ScenarioRun) -> float:
    """Return the one-off cost that a scenario states; 0 without prices."""
    return float(np.mean([_response("cost_one_off")(summary) for summary in run.summaries]))


def _response(name: str) -> Callable[[ReplicationSummary], float]:
    """Return a response, 0 where the scenario does not have it."""
    return lambda summary: summary.of(name) if name in summary.names else 0.0


def _hours(metric: str, priority: str) -> Callable[[ReplicationSummary], float]:
    """Hours a week in which tickets of a priority were open, of those resolved in the window."""

    def hours(summary: ReplicationSummary) -> float:
        number = summary.of(f"resolved_per_week[priority={priority}]")
        return number * summary.of(f"{metric}[priority={priority}]") / MINUTES_PER_HOUR if number else 0.0

    return hours


def _idle(summary: ReplicationSummary) -> float:
    """Hours a week that are paid and not spent on tickets."""
    place = summary.names.index("utilisation")
    idle = summary.denominator[place] - summary.numerator[place]
    return float(idle) / MINUTES_PER_HOUR / summary.window.weeks
