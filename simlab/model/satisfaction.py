"""How satisfied a customer is: the score of a ticket, written once for every engine."""

from __future__ import annotations

from simlab.model.improvement_tables import ScoreWeights
from simlab.model.quantiles import ndtri

LOWEST, HIGHEST = 1.0, 5.0
"""The scale of scores."""


def score_of(
    weights: ScoreWeights,
    hours: float,
    hours_to_response: float,
    hops: float,
    reopens: float,
    is_late_response: bool,
    is_late_resolution: bool,
    u: float,
) -> float:
    """Score of a resolved ticket, within the scale.

    Parameters
    ----------
    hours, hours_to_response
        From creation to the resolution and to the first response.
    u
        Uniform of the customer: how much this one is pleased beyond what was experienced.
    """
    off = weights.per_hour * hours + weights.per_hour_to_response * hours_to_response
    off += weights.per_hop * hops + weights.per_reopen * reopens
    if is_late_response:
        off += weights.late_response
    if is_late_resolution:
        off += weights.late_resolution
    score = weights.at_best - off
    if weights.spread > 0.0:
        score += weights.spread * ndtri(u)
    return min(max(score, LOWEST), HIGHEST)
