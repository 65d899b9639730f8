"""Figures of self-service: contacts, and how many of them it contains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import AttemptLog, RunLogs
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.groups import Grouping, Scores, counts, everything
from simlab.metrics.tickets import Scoreboard, ticket_groupings
from simlab.metrics.window import Window
from simlab.model.codes import AttemptOutcome, Origin
from simlab.model.tables import Model

FROM_CUSTOMERS = (Origin.DEMAND, Origin.REPEAT)


def contact_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return contacts per week and the share of them that self-service contained.

    A contact counts when it begins: with an attempt, or as a ticket.
    """
    tickets, attempts = logs.tickets, logs.attempts
    direct = np.isin(tickets.origin, FROM_CUSTOMERS) & window.holds(tickets.created)
    direct &= ~np.isin(
        _identity(tickets.stream, tickets.subject), _identity(attempts.stream, attempts.subject)
    )
    tried = window.holds(attempts.started)
    contained = tried & (attempts.result == AttemptOutcome.CONTAINED)
    by_ticket, by_attempt = ticket_groupings(model, tickets), _groupings(model, attempts)
    scores: Scoreboard = {}
    for dimension, grouping in by_ticket.items():
        attempted = by_attempt[dimension]
        contacts = counts(grouping.of(direct)) + counts(attempted.of(tried))
        scores["contacts_per_week", dimension] = Scores.of(contacts / (window.weeks or np.nan))
        scores["deflected_share", dimension] = Scores.ratio(counts(attempted.of(contained)), contacts)
    return scores


def _identity(stream: NDArray[np.int32], subject: NDArray[np.int64]) -> NDArray[np.int64]:
    identity: NDArray[np.int64] = stream.astype(np.int64) << 32 | subject
    return identity


def _groupings(model: Model, attempts: AttemptLog) -> dict[str, Grouping]:
    names = model.names
    codes = {
        "priority": (attempts.priority, names.priorities),
        "class": (attempts.ticket_class, names.classes),
        "kind": (attempts.kind, names.kinds),
        "stream": (attempts.stream, names.streams),
        "channel": (attempts.channel, names.channels),
    }
    split = {dimension: Grouping(code, len(labels)) for dimension, (code, labels) in codes.items()}
    return {OVERALL: everything(len(attempts)), **split}
