"""Figures of self-service: contacts, and how many of them it contains."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import AttemptLog, RunLogs
from simlab.metrics.asked import Asked, Scoreboard
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.groups import Grouping, Scores, counts, everything
from simlab.metrics.tickets import ticket_groupings
from simlab.metrics.window import Window
from simlab.model.codes import AttemptOutcome, Origin
from simlab.model.tables import Model

OF_CONTACTS: Final = ("contacts_per_week", "deflected_share")
FROM_CUSTOMERS = (Origin.DEMAND, Origin.REPEAT)


def contact_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return contacts per week and the share of them that self-service contained.

    A contact counts when it begins: with an attempt, or as a ticket.
    """
    if not asked.any_of(OF_CONTACTS):
        return {}
    tickets, attempts = logs.tickets, logs.attempts
    direct = np.isin(tickets.origin, FROM_CUSTOMERS) & window.holds(tickets.created)
    if len(attempts):
        tried_before = _identity(attempts.stream, attempts.subject)
        direct &= ~np.isin(_identity(tickets.stream, tickets.subject), tried_before)
    tried = window.holds(attempts.started)
    contained = tried & (attempts.result == AttemptOutcome.CONTAINED)
    by_ticket, by_attempt = ticket_groupings(model, tickets), _groupings(model, attempts)
    asked_for = {*asked.splits("contacts_per_week", by_ticket), *asked.splits("deflected_share", by_ticket)}
    scores: Scoreboard = {}
    for dimension in asked_for:
        grouping = by_ticket[dimension]
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
