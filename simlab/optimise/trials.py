"""Trials: what was tried, in which order, and how it stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simlab.optimise.objectives import Verdict
from simlab.optimise.space import Configuration


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration, judged by the same replications as all others."""

    number: int
    configuration: Configuration
    verdict: Verdict
    proposer: str
    """Who proposed it: ``today``, ``formula``, the sampler, or ``local search``."""


def by_merit(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials that have a value, best first: feasible ones by value, others by how far they miss.

    Of several goals the sum decides, which only orders the list.
    """
    judged = [trial for trial in trials if trial.verdict.values]
    return sorted(
        judged,
        key=lambda trial: (
            not trial.verdict.is_feasible,
            0.0 if trial.verdict.is_feasible else sum(max(each, 0.0) for each in trial.verdict.violations),
            sum(trial.verdict.values),
            trial.number,
        ),
    )


def undominated(values: Sequence[tuple[float, ...]]) -> list[int]:
    """Return the positions of points to which no other is at least as good everywhere and better once."""
    return [
        i
        for i, one in enumerate(values)
        if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in values)
        and one not in values[:i]
    ]
