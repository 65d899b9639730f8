"""What is learnt in a run of the compiled engine: faults, feedback, levers, as the event loop sees them."""

from __future__ import annotations

from simlab.engines.kernel_actions import (
    ANSWER,
    INCIDENT_CAME,
    LEVER_MOVES,
    NEW_FAULT,
    RAISE_IMPROVEMENTS,
    REVIEW_OF_FAULTS,
    REVIEW_OF_SCORES,
)
from simlab.engines.kernel_faults import incident_came, renew_fault, review_faults, schedule_review_of_faults
from simlab.engines.kernel_feedback import (
    answer,
    raise_improvements,
    review_scores,
    schedule_review_of_scores,
)
from simlab.engines.kernel_levers import lever_falls, lever_moves
from simlab.engines.kernel_memory import Desk, aside, compiled


@compiled
def begin_reviews(desk: Desk) -> None:
    """Schedule the first reviews."""
    run = desk.run[0]
    if run.has_feedback:
        schedule_review_of_scores(desk, desk.feedback[0].review)
    for group in range(run.n_fault_groups):
        schedule_review_of_faults(desk, group, desk.fault_groups[group].review)


@aside
def learn(desk: Desk, action: int, subject: int, serial: int, now: float) -> None:
    """Let an event or task take place; of a task, ``serial`` says more, of an event it is 0."""
    if action == INCIDENT_CAME:
        incident_came(desk, subject, serial, now)
    elif action == REVIEW_OF_FAULTS:
        review_faults(desk, subject, serial, now)
    elif action == NEW_FAULT:
        renew_fault(desk, subject, now)
    elif action == REVIEW_OF_SCORES:
        review_scores(desk, now)
    elif action == RAISE_IMPROVEMENTS:
        raise_improvements(desk, serial, now)
    elif action == ANSWER:
        answer(desk, subject, now)
    elif action == LEVER_MOVES:
        lever_moves(desk, subject, now)
    else:
        lever_falls(desk, subject, now)
