"""Figures of the satisfaction of customers: of all, of those who were heard, and of those who come again."""

from __future__ import annotations

from typing import Final

import numpy as np

from simlab.engines.logs import RunLogs
from simlab.metrics.asked import Asked, Figures, Scoreboard
from simlab.metrics.groups import Scores, counts
from simlab.metrics.tickets import ticket_groupings
from simlab.metrics.window import Window
from simlab.model.codes import Origin
from simlab.model.tables import Model

OF_FEEDBACK: Final = (
    "satisfaction_mean", "satisfied_share", "survey_mean", "survey_satisfied_share", "survey_response_share",
    "repeat_share",
)  # fmt: skip


def feedback_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return the scores of tickets closed in the window, and of answers in it; nothing without feedback."""
    if model.feedback is None or not asked.any_of(OF_FEEDBACK):
        return {}
    tickets, groupings = logs.tickets, ticket_groupings(model, logs.tickets)
    low, high = model.feedback.satisfied
    is_satisfied = (tickets.score >= low) & (tickets.score <= high)
    scored = np.flatnonzero(window.holds(tickets.closed) & ~np.isnan(tickets.score))
    heard = np.flatnonzero(window.holds(tickets.answered))
    created = np.flatnonzero(window.holds(tickets.created))
    of_scored, of_heard = Figures(asked, groupings, scored), Figures(asked, groupings, heard)
    return {
        **of_scored.means("satisfaction_mean", lambda: tickets.score[scored]),
        **of_scored.shares("satisfied_share", lambda: is_satisfied[scored]),
        **of_heard.means("survey_mean", lambda: tickets.score[heard]),
        **of_heard.shares("survey_satisfied_share", lambda: is_satisfied[heard]),
        **{
            ("survey_response_share", by): Scores.ratio(counts(of_heard.by(by)), counts(of_scored.by(by)))
            for by in asked.splits("survey_response_share", groupings)
        },
        **Figures(asked, groupings, created).shares(
            "repeat_share", lambda: tickets.origin[created] == Origin.REPEAT
        ),
    }
