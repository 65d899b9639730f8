"""The rules about faults and low scores, at their edges."""

from __future__ import annotations

import math

import pytest

from simlab.model.codes import FaultState, Outcome
from simlab.model.improvement_rules import (
    NO_FAULT,
    fault_behind,
    improvements_due,
    low_scores_left,
    state_after_work,
)
from simlab.model.improvement_tables import ScoreWeights
from simlab.model.satisfaction import score_of_ticket

UNKNOWN, WORKAROUND, FIXED = FaultState.UNKNOWN, FaultState.WORKAROUND, FaultState.FIXED


@pytest.mark.parametrize(
    ("u", "fault"),
    [(0.0, 2), (0.24, 2), (0.25, 3), (0.39, 3), (0.4, 4), (0.499, 4), (0.5, NO_FAULT), (0.9, NO_FAULT)],
)
def test_a_share_of_tickets_has_a_fault_behind_them_by_their_cumulative_shares(u: float, fault: int) -> None:
    cumulative = [0.3, 1.0, 0.5, 0.8, 1.0]  # the first two are those of another group
    assert fault_behind(cumulative, 2, 5, 0.5, u) == fault


def test_what_rounding_leaves_is_the_last_fault() -> None:
    assert fault_behind([0.5, 1.0 - 1e-9], 0, 2, 1.0, 1.0 - 2.0**-53) == 1


@pytest.mark.parametrize(
    ("state", "decides_fix", "decides_workaround", "found"),
    [
        (UNKNOWN, 0.29, 0.9, FIXED),
        (UNKNOWN, 0.3, 0.59, WORKAROUND),
        (UNKNOWN, 0.3, 0.6, UNKNOWN),
        (WORKAROUND, 0.3, 0.59, WORKAROUND),
        (WORKAROUND, 0.29, 0.59, FIXED),
        (FIXED, 0.9, 0.0, FIXED),
    ],
)
def test_work_fixes_a_fault_or_else_finds_a_workaround(
    state: FaultState, decides_fix: float, decides_workaround: float, found: FaultState
) -> None:
    assert state_after_work(state, 0.3, 0.6, decides_fix, decides_workaround) == found


@pytest.mark.parametrize(
    ("low_scores", "each", "due", "left"),
    [(1, False, 0, 0), (7, False, 1, 0), (1, True, 0, 1), (7, True, 3, 1)],
)
def test_a_review_raises_one_ticket_or_one_for_every_so_many_scores(
    low_scores: int, each: bool, due: int, left: int
) -> None:
    assert improvements_due(low_scores, 2, each) == due
    assert low_scores_left(low_scores, 2, each) == left


WEIGHTS = ScoreWeights(
    at_best=4.5,
    per_hour=0.25,
    per_hour_to_response=0.5,
    per_hop=0.125,
    per_reopen=0.0625,
    late_response=1.0,
    late_resolution=0.5,
    spread=0.0,
    abandoned=2.0,
)


@pytest.mark.parametrize(
    ("outcome", "responded", "respond_due", "resolve_due", "score"),
    [
        (Outcome.RESOLVED, 60.0, 60.0, 120.0, 4.5 - 0.5 - 0.5 - 0.25 - 0.0625),
        (Outcome.RESOLVED, 60.0, 59.0, 119.0, 4.5 - 0.5 - 0.5 - 0.25 - 0.0625 - 1.5),
        (Outcome.RESOLVED, math.nan, 1000.0, 180.0, 4.5 - 0.5 - 1.0 - 0.25 - 0.0625),
        (Outcome.ABANDONED, math.nan, 60.0, 60.0, 2.0),
    ],
    ids=["in time", "late", "resolved without a response", "abandoned"],
)
def test_a_ticket_loses_points_for_what_its_customer_experienced(
    outcome: Outcome, responded: float, respond_due: float, resolve_due: float, score: float
) -> None:
    """Created at 0 min and resolved at 120 min, over two hops and one reopening."""
    found = score_of_ticket(WEIGHTS, outcome, 0.0, responded, 120.0, respond_due, resolve_due, 2.0, 1.0, 0.5)
    assert found == score
