"""Figures of the satisfaction of customers: of all, of those who were heard, and of those who come again."""

from __future__ import annotations

import numpy as np

from simlab.engines.logs import RunLogs
from simlab.metrics.groups import Scores, counts
from simlab.metrics.tickets import Scoreboard, mean_scores, share_scores, ticket_groupings
from simlab.metrics.window import Window
from simlab.model.codes import Origin
from simlab.model.tables import Model


def feedback_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return the scores of tickets closed in the window, and of answers in it; nothing without feedback."""
    if model.feedback is None:
        return {}
    tickets, groupings = logs.tickets, ticket_groupings(model, logs.tickets)
    low, high = model.feedback.satisfied
    is_satisfied = (tickets.score >= low) & (tickets.score <= high)
    scored = np.flatnonzero(window.holds(tickets.closed) & ~np.isnan(tickets.score))
    heard = np.flatnonzero(window.holds(tickets.answered))
    created = np.flatnonzero(window.holds(tickets.created))
    of_scored = {by: grouping.of(scored) for by, grouping in groupings.items()}
    of_heard = {by: grouping.of(heard) for by, grouping in groupings.items()}
    of_created = {by: grouping.of(created) for by, grouping in groupings.items()}
    return {
        **mean_scores("satisfaction_mean", tickets.score[scored], of_scored),
        **share_scores("satisfied_share", is_satisfied[scored], of_scored),
        **mean_scores("survey_mean", tickets.score[heard], of_heard),
        **share_scores("survey_satisfied_share", is_satisfied[heard], of_heard),
        **{
            ("survey_response_share", by): Scores.ratio(counts(of_heard[by]), counts(of_scored[by]))
            for by in groupings
        },
        **share_scores("repeat_share", tickets.origin[created] == Origin.REPEAT, of_created),
    }
