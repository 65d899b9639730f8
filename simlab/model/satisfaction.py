"""How satisfied a customer is: the score of a ticket, written once for every engine."""

from __future__ import annotations

from simlab.model.codes import Outcome
from simlab.model.improvement_tables import ScoreWeights
from simlab.model.quantiles import ndtri
from simlab.model.streams import address

LOWEST, HIGHEST = 1.0, 5.0
"""The scale of scores."""
PLACE = address("feedback")
"""Place of the draws of what customers say and do."""


def score_of_ticket(
    weights: ScoreWeights,
    outcome: int,
    created: float,
    responded: float,
    resolved: float,
    respond_due: float,
    resolve_due: float,
    hops: float,
    reopens: float,
    u: float,
) -> float:
    """Score of a ticket that was closed, by what its customer experienced; NaN where it has none.

    Parameters
    ----------
    created, responded, resolved
        Instants in minutes; NaN for none.
    respond_due, resolve_due
        Instants at which the targets were missed; inf for no target.
    u
        Uniform of the customer.
    """
    if outcome == Outcome.ABANDONED:
        return weights.abandoned
    if responded != responded:  # resolved without a response, such as by a rule
        responded = resolved
    return score_of(
        weights,
        (resolved - created) / 60.0,
        (responded - created) / 60.0,
        hops,
        reopens,
        responded > respond_due,
        resolved > resolve_due,
        u,
    )


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
