"""Trials: what was tried, in which order, and how it stood."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from simlab.optimise.objectives import Observed, Verdict
from simlab.optimise.space import Configuration

TODAY: Final = "today"
"""Who proposes the scenario as it is, or the nearest to it that may be tried."""
FORMULA: Final = "formula"
"""Who proposes what queueing formulas say."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One configuration, judged by the first replications of the search, fewer where it was clearly worse."""

    number: int
    configuration: Configuration
    verdict: Verdict
    proposer: str
    """Who proposed it: ``today``, ``formula``, the sampler, ``local search``, or ``again`` where a trial is
    repeated with more replications."""
    replications: int = 0
    """Replications that the verdict rests on; 0 where none was needed."""
    left_early: str = ""
    """Why it was given fewer replications than others; empty where it was not."""
    observed: Observed | None = field(default=None, compare=False, repr=False)
    """What they gave; None where there are no figures."""


def latest(trials: Iterable[Trial]) -> list[Trial]:
    """Return the last trial of each configuration, in the order in which they were first tried."""
    unique: dict[tuple[tuple[str, object], ...], Trial] = {}
    for trial in trials:
        unique[tuple(sorted(trial.configuration.items()))] = trial
    return list(unique.values())


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


def levelled(trials: Iterable[Trial]) -> list[Trial]:
    """Return the last trial of each configuration as if all had the replications of the one that has most.

    Common random numbers make differences sharper than values: the value of a trial with fewer replications
    is that of the reference, plus their mean difference over the replications that both have. Whether a trial
    is feasible stays as it was judged.
    """
    return Levelling().of(trials)


class Levelling:
    """Levels trials again and again, as more come; those that stand as before are not looked at anew."""

    def __init__(self) -> None:
        self._reference: Trial | None = None
        self._moved: dict[int, tuple[Trial, Trial]] = {}

    def of(self, trials: Iterable[Trial]) -> list[Trial]:
        """Return trials as `levelled` does."""
        unique = latest(trials)
        seen = [trial for trial in unique if trial.verdict.values and trial.observed is not None]
        if not seen:
            return unique
        most = max(trial.replications for trial in seen)
        reference = by_merit([trial for trial in seen if trial.replications == most])[0]
        if reference is not self._reference:
            self._reference = reference
            self._moved.clear()
        return [self._of_one(trial, reference) for trial in unique]

    def _of_one(self, trial: Trial, reference: Trial) -> Trial:
        known = self._moved.get(trial.number)
        if known is None or known[0] is not trial:
            known = self._moved[trial.number] = trial, _moved(trial, reference)
        return known[1]


def _moved(trial: Trial, reference: Trial) -> Trial:
    mine, base = trial.observed, reference.observed
    if mine is None or base is None or mine.n >= base.n or not trial.verdict.values:
        return trial
    goals = np.array(reference.verdict.values) + (mine.goals - base.goals[:, : mine.n]).mean(axis=1)
    changes = (mine.violations - base.violations[:, : mine.n]).mean(axis=1)
    violations = np.array(reference.verdict.violations) + changes
    if not (np.isfinite(goals).all() and np.isfinite(violations).all()):
        return trial
    verdict = replace(trial.verdict, values=tuple(goals.tolist()), violations=tuple(violations.tolist()))
    return replace(trial, verdict=verdict)


def undominated(values: Sequence[tuple[float, ...]]) -> list[int]:
    """Return the positions of points to which no other is at least as good everywhere and better once."""
    if values and len(values[0]) == 1:
        return [values.index(min(values))]
    return [
        i
        for i, one in enumerate(values)
        if not any(other != one and all(a <= b for a, b in zip(other, one, strict=True)) for other in values)
        and one not in values[:i]
    ]
