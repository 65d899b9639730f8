"""What must hold of responses: bounds of their means, and bounds that must hold in most runs.

``resolve_attainment >= 95 %`` speaks of the mean over runs; ``P(resolve_attainment >= 95 %) >= 90 %`` of how
many runs, each by itself, keep the bound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.estimates import estimate, of_replications
from simlab.experiments.limits import OutputLimit, read_output_limit
from simlab.metrics.catalogue import Estimator
from simlab.metrics.responses import parse_response
from simlab.metrics.summary import ReplicationSummary
from simlab.model.tables import Model
from simlab.statistics.intervals import Estimate
from simlab.statistics.selection import RepeatedLooks, Sign, share_at_least, share_at_most
from simlab.units import parse_share

Floats = NDArray[np.float64]

_CHANCE: Final = re.compile(r"\s*P\s*\((.+)\)\s*(>=|<=)\s*([^<>=]+?)\s*")


class Standing(StrEnum):
    """What replications show of a requirement."""

    KEPT = "kept"
    BROKEN = "broken"
    OPEN = "not sure"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A bound on a response, of its mean or of most runs."""

    limit: OutputLimit
    share: float | None = None
    """Share of the runs in which the bound must hold; None where it is about the mean."""
    text: str = ""
    """As it is told: the response by its full name."""
    written: str = ""
    """As written."""

    @property
    def response(self) -> str:
        """Name of the response."""
        return self.limit.response

    @property
    def is_upper(self) -> bool:
        """Whether the figure that `estimate` gives must not exceed `bound`."""
        return self.share is None and self.limit.is_upper

    @property
    def bound(self) -> float:
        """What that figure must keep."""
        return self.limit.bound if self.share is None else self.share

    def estimate(self, summaries: Sequence[ReplicationSummary], confidence: float = 0.95) -> Estimate:
        """Return the figure that must keep the bound: the response, or the share of runs that keep it.

        The share has Clopper and Pearson's bounds, each of which holds with that confidence: the lower one
        decides a chance constraint.
        """
        if self.share is None:
            return estimate(summaries, self.response, confidence)
        kept = self._kept(summaries)
        n = len(kept)
        value, n_kept = float(kept.mean()) if n else np.nan, int(kept.sum())
        low, high = share_at_least(n_kept, n, confidence), share_at_most(n_kept, n, confidence)
        method = "Clopper-Pearson over runs, each bound by itself"
        return Estimate(value, low, high, (high - low) / 2.0, n, confidence, method)

    def violation(self, summaries: Sequence[ReplicationSummary]) -> float:
        """Return by how much the estimate breaks the bound, 0 or less where it does not; NaN without one."""
        if self.share is None:
            return self.limit.violation(summaries)
        kept = self._kept(summaries)
        return self.share - float(kept.mean()) if len(kept) else float("nan")

    def violations(self, summaries: Sequence[ReplicationSummary]) -> Floats:
        """Return one number a replication, shape (n,), whose mean is `violation`."""
        if self.share is None:
            values = series(summaries, self.response)
            return values - self.limit.bound if self.limit.is_upper else self.limit.bound - values
        spread: Floats = self.share - self._kept(summaries)
        return spread

    def standing(self, violations: Floats, looks: RepeatedLooks) -> Standing:
        """Return what violations of runs show, at one of the looks that were fixed beforehand."""
        if self.share is None:
            found = looks.sign(violations)
            return {Sign.ABOVE: Standing.BROKEN, Sign.BELOW: Standing.KEPT}.get(found, Standing.OPEN)
        n = len(violations)
        if n not in looks.looks:
            return Standing.OPEN
        n_kept, sure = int(np.sum(violations < self.share)), 1.0 - looks.error / len(looks.looks)
        if share_at_least(n_kept, n, sure) >= self.share:
            return Standing.KEPT
        return Standing.BROKEN if share_at_most(n_kept, n, sure) < self.share else Standing.OPEN

    def _kept(self, summaries: Sequence[ReplicationSummary]) -> Floats:
        """Of each replication whether it keeps the bound; one without a figure does not."""
        values = of_replications(summaries, self.response)
        kept = values <= self.limit.bound if self.limit.is_upper else values >= self.limit.bound
        return kept.astype(np.float64)


@dataclass(frozen=True, slots=True)
class RequirementFigure:
    """How a configuration stands against a requirement."""

    text: str
    response: str
    estimate: Estimate
    bound: float
    is_share_of_runs: bool
    standing: Standing
    """Kept or broken where the interval says so."""


def figure_of(requirement: Requirement, summaries: Sequence[ReplicationSummary]) -> RequirementFigure:
    """Return how replications stand against a requirement, one look at 95 % confidence."""
    violations = requirement.violations(summaries)
    looks = RepeatedLooks((len(violations),))
    return RequirementFigure(
        requirement.text,
        requirement.response,
        requirement.estimate(summaries),
        requirement.bound,
        requirement.share is not None,
        requirement.standing(violations, looks),
    )


def read_requirement(text: str, model: Model, path: str, place: Place) -> Requirement:
    """Read ``resolve_attainment >= 95 %`` or ``P(resolve_attainment >= 95 %) >= 90 %``."""
    match = _CHANCE.fullmatch(text)
    if match is None:
        limit = read_output_limit(text, model, path, place)
        return Requirement(limit, None, limit.text, text)
    limit = read_output_limit(match[1], model, path, place)
    if match[2] == "<=":
        message = "a probability that must be small is written the other way round"
        remedy = "turn the bound inside the brackets round, and write P(...) >= ..."
        raise InvalidInput(Problem(message, path, place, text, remedy))
    try:
        share = parse_share(match[3])
    except ValueError as refusal:
        message, _, remedy = str(refusal).partition(" -> ")
        raise InvalidInput(Problem(message, path, place, match[3], remedy or None)) from None
    if not 0.0 < share < 1.0:
        message = "the probability lies above 0 % and below 100 %, which no number of runs could show"
        raise InvalidInput(Problem(message, path, place, match[3], "write 99 %, for example"))
    return Requirement(limit, share, f"P({limit.text}) >= {match[3]}", text)


def series(summaries: Sequence[ReplicationSummary], name: str) -> Floats:
    """Return one number a replication, shape (n,), whose mean is the estimate of a response.

    Of a ratio, whose estimate is total over total, these are its linear parts; a replication without a value
    takes the mean of the others.
    """
    if not _is_ratio(name):
        values = of_replications(summaries, name)
        absent = np.isnan(values)
        return np.where(absent, np.nanmean(values), values) if absent.any() and not absent.all() else values
    places = [summary.names.index(name) for summary in summaries]
    above = np.array([summary.numerator[place] for summary, place in zip(summaries, places, strict=True)])
    below = np.array([summary.denominator[place] for summary, place in zip(summaries, places, strict=True)])
    total = below.sum()
    if not total > 0.0:
        return np.full(len(above), np.nan)
    ratio = above.sum() / total
    parts: Floats = ratio + (above - ratio * below) * (len(below) / total)
    return parts


@lru_cache(maxsize=1024)
def _is_ratio(name: str) -> bool:
    return parse_response(name).metric.estimator is Estimator.RATIO
