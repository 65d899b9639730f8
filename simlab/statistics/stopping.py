"""When enough replications have run: a sequential rule on the precision of chosen responses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from simlab.errors import UsageError
from simlab.statistics.intervals import Estimate, replications_for

SAFE_MINIMUM = 10
"""Fewest replications before a first look. With fewer, a run stops too often just when its spread happens
to look small, and its intervals cover less than they say (Law, 5th ed., section 9.4.1)."""


class Verdict(Enum):
    """What a look at the responses found."""

    PRECISE = "every response is precise enough"
    CONTINUE = "some response is not yet precise enough"
    EXHAUSTED = "the most replications allowed have run, and some response is not precise enough"


@dataclass(frozen=True, slots=True)
class PrecisionGoal:
    """The half-width wanted of one response: either a share of its value or in its own unit."""

    response: str
    relative: float | None = None
    absolute: float | None = None

    def __post_init__(self) -> None:
        if (self.relative is None) == (self.absolute is None):
            raise UsageError(f"the precision of {self.response!r} is either relative or absolute")
        if not (self.relative or self.absolute or 0.0) > 0.0:
            raise UsageError(f"the precision of {self.response!r} must be above 0")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do after a look."""

    verdict: Verdict
    run_next: int
    """Replications to run before the next look; 0 where the run stops."""
    still_needed: int | None
    """Forecast of the replications still needed for every goal; None where it cannot be told."""
    unmet: tuple[str, ...]
    """Responses that are not precise enough yet."""

    @property
    def stop(self) -> bool:
        """Whether no more replications should run."""
        return self.verdict is not Verdict.CONTINUE


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """Stop as soon as every goal is met at a look, between a minimum and a maximum of replications.

    Looks come at replication numbers that grow geometrically and do not depend on the outcome: few looks,
    each a batch that fills the cores, hardly any chance to stop on an accident. As the half-width wanted
    goes to zero the coverage goes to the nominal one (Chow and Robbins 1965, *Annals of Mathematical
    Statistics* 36); with the minimum of 10 it loses a few points in the worst case, which the tests
    measure.
    """

    goals: tuple[PrecisionGoal, ...]
    minimum: int = SAFE_MINIMUM
    maximum: int = 1000
    growth: float = 1.5
    """Each look comes after this many times the replications of the one before."""

    def __post_init__(self) -> None:
        if not self.goals:
            raise UsageError("a stopping rule needs at least one precision goal")
        if not SAFE_MINIMUM <= self.minimum <= self.maximum:
            raise UsageError(
                f"replications must satisfy {SAFE_MINIMUM} <= minimum <= maximum; "
                f"found minimum {self.minimum}, maximum {self.maximum}"
            )
        if not self.growth > 1.0:
            raise UsageError(f"the growth between looks must be above 1; found {self.growth}")

    def looks(self) -> Iterator[int]:
        """Replication numbers at which to look, from the minimum to the maximum."""
        n = self.minimum
        while n < self.maximum:
            yield n
            n = math.ceil(n * self.growth)
        yield self.maximum

    def decide(self, n: int, estimates: Mapping[str, Estimate]) -> Decision:
        """Judge the responses after ``n`` replications.

        Parameters
        ----------
        n
            Replications that have run.
        estimates
            The estimate of each response that has a goal, of any kind (mean, ratio, quantile).

        Raises
        ------
        UsageError
            Where a response with a goal has no estimate.
        """
        unmet: list[str] = []
        forecasts: list[int | None] = []
        for goal in self.goals:
            if goal.response not in estimates:
                raise UsageError(
                    f"no estimate of {goal.response!r}; there are: {', '.join(sorted(estimates))}"
                )
            estimate = estimates[goal.response]
            needed = replications_for(estimate, relative=goal.relative, absolute=goal.absolute)
            if needed is None or needed > estimate.n:
                unmet.append(goal.response)
                # A response that only some replications have needs proportionally more of them.
                forecasts.append(None if needed is None else math.ceil(n * needed / estimate.n))
        known = [each for each in forecasts if each is not None]
        still_needed = max(known, default=n) - n if len(known) == len(forecasts) else None
        if n >= self.minimum and not unmet:
            return Decision(Verdict.PRECISE, 0, 0, ())
        if n >= self.maximum:
            return Decision(Verdict.EXHAUSTED, 0, still_needed, tuple(unmet))
        run_next = next(look for look in self.looks() if look > n) - n
        return Decision(Verdict.CONTINUE, run_next, still_needed, tuple(unmet))
