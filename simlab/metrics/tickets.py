"""Figures of tickets: times, shares, counts, backlog, targets."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, TicketLog, VisitLog
from simlab.metrics.asked import Asked, Figures, Groupings, Scoreboard
from simlab.metrics.catalogue import OVERALL, TIME_QUANTILES
from simlab.metrics.groups import Grouping, Scores, everything, means, quantiles
from simlab.metrics.responses import labels
from simlab.metrics.targets import judge_resolution, judge_response
from simlab.metrics.window import Window
from simlab.model.calendars import worked_many
from simlab.model.codes import Outcome
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]


def _times(stem: str) -> tuple[str, ...]:
    return tuple(f"{stem}_{statistic}" for statistic in ("mean", *(name for name, _ in TIME_QUANTILES)))


_ROUNDING_MIN: Final = 1e-6
"""Differences of sums of times that are rounding, in minutes."""

OF_RESOLVED: Final = (
    *_times("resolution"), *_times("resolution_business"), "touch_mean", "hops_mean", "first_contact_share",
    "first_level_share", "ping_pong_share", "reopen_share", "resolved_per_week",
)  # fmt: skip
OF_ANSWERED: Final = (*_times("response"), *_times("response_business"))
OF_CLOSED: Final = ("sojourn_mean", "abandoned_share")
OF_OPEN: Final = ("backlog_end", "backlog_age_mean", "backlog_age_p90")
"""Metrics by the tickets that they are about."""


def ticket_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return the figures that the ticket log gives, the engine's mean WIP among them."""
    groupings = ticket_groupings(model, logs.tickets)
    return {
        **_resolution_scores(model, logs.tickets, groupings, window, asked),
        **_response_scores(model, logs.tickets, groupings, window, asked),
        **_exit_scores(logs.tickets, groupings, window, asked),
        **_volume_scores(logs, groupings, window, asked),
        **_backlog_scores(logs, groupings, asked),
        **_attainment_scores(logs, groupings, window, asked),
    }


def ticket_groupings(model: Model, tickets: TicketLog) -> Groupings:
    """Return how tickets are split by each of their dimensions."""
    codes = {
        "priority": tickets.priority,
        "class": tickets.ticket_class,
        "kind": tickets.kind,
        "stream": tickets.stream,
        "channel": tickets.channel,
    }
    split = {dimension: Grouping(code, len(labels(model, dimension))) for dimension, code in codes.items()}
    return {OVERALL: everything(len(tickets.created)), **split}


def resolved_within(tickets: TicketLog, window: Window) -> Rows:
    """Return the tickets whose last resolution lies in the window."""
    return np.flatnonzero((tickets.outcome == Outcome.RESOLVED) & window.holds(tickets.resolved))


def open_until(logs: RunLogs) -> Floats:
    """Return until when each ticket was open: its resolution, other exit, or the end of the run."""
    tickets = logs.tickets
    left = np.where(tickets.outcome == Outcome.RESOLVED, tickets.resolved, tickets.closed)
    return np.fmin(left, logs.totals.end)


def time_order(visits: VisitLog) -> Rows:
    """Return the visits ticket by ticket, each ticket's in order of time.

    The log is in order of ending and a ticket is at one step at a time, so a stable sort by ticket is enough.
    """
    return np.argsort(visits.ticket, kind="stable")


def _resolution_scores(
    model: Model, tickets: TicketLog, groupings: Groupings, window: Window, asked: Asked
) -> Scoreboard:
    if not asked.any_of(OF_RESOLVED):
        return {}
    rows = resolved_within(tickets, window)
    of = Figures(asked, groupings, rows)
    created, resolved = tickets.created[rows], tickets.resolved[rows]
    calendar = model.calendars[model.business_calendar]
    return {
        **of.times("resolution", lambda: resolved - created),
        **of.times("resolution_business", lambda: worked_many(calendar, created, resolved)),
        **of.means("touch_mean", lambda: tickets.touch_min[rows]),
        **of.means("hops_mean", lambda: tickets.hops[rows]),
        **of.shares("first_contact_share", lambda: _is_first_contact(tickets, rows)),
        **of.shares("first_level_share", lambda: tickets.hops[rows] == 0),
        **of.shares("ping_pong_share", lambda: tickets.ping_pongs[rows] > 0),
        **of.shares("reopen_share", lambda: tickets.reopens[rows] != 0),
        **of.rates("resolved_per_week", window),
    }


def _is_first_contact(tickets: TicketLog, rows: Rows) -> Flags:
    """Whether tickets were resolved in the contact in which they were answered.

    One team did, whether in one step or in several, nobody was waited for after the first response, and the
    ticket did not come back. Nights and interruptions within a visit count as no wait, nor does the time from
    the resolution until it was closed.
    """
    stayed = (tickets.hops[rows] == 0) & (tickets.reopens[rows] == 0)
    until_closed = np.nan_to_num(tickets.closed[rows] - tickets.resolved[rows])
    waited = tickets.queue_min[rows] + tickets.delay_min[rows] - until_closed
    until_answer = tickets.responded[rows] - tickets.created[rows]
    flags: Flags = stayed & ((tickets.work_visits[rows] == 0) | (waited <= until_answer + _ROUNDING_MIN))
    return flags


def _response_scores(
    model: Model, tickets: TicketLog, groupings: Groupings, window: Window, asked: Asked
) -> Scoreboard:
    if not asked.any_of(OF_ANSWERED):
        return {}
    rows = np.flatnonzero(window.holds(tickets.responded))
    of = Figures(asked, groupings, rows)
    created, responded = tickets.created[rows], tickets.responded[rows]
    calendar = model.calendars[model.business_calendar]
    return {
        **of.times("response", lambda: responded - created),
        **of.times("response_business", lambda: worked_many(calendar, created, responded)),
    }


def _exit_scores(tickets: TicketLog, groupings: Groupings, window: Window, asked: Asked) -> Scoreboard:
    if not asked.any_of(OF_CLOSED):
        return {}
    rows = np.flatnonzero(window.holds(tickets.closed))
    of = Figures(asked, groupings, rows)
    return {
        **of.means("sojourn_mean", lambda: tickets.closed[rows] - tickets.created[rows]),
        **of.shares("abandoned_share", lambda: tickets.outcome[rows] == Outcome.ABANDONED),
    }


def _volume_scores(logs: RunLogs, groupings: Groupings, window: Window, asked: Asked) -> Scoreboard:
    totals = logs.totals
    scores: Scoreboard = {
        ("prevented_per_week", OVERALL): Scores.of(totals.prevented / (window.weeks or np.nan)),
        ("wip_mean", OVERALL): Scores.of(totals.wip_area_min / (window.minutes or np.nan)),
    }
    if asked.any_of(["created_per_week"]):
        of = Figures(asked, groupings, np.flatnonzero(window.holds(logs.tickets.created)))
        scores |= of.rates("created_per_week", window)
    return scores


def _backlog_scores(logs: RunLogs, groupings: Groupings, asked: Asked) -> Scoreboard:
    if not asked.any_of(OF_OPEN):
        return {}
    rows = np.flatnonzero(logs.tickets.outcome == Outcome.OPEN)
    ages = logs.totals.end - logs.tickets.created[rows]
    of = Figures(asked, groupings, rows)
    return {
        **of.numbers("backlog_end"),
        ("backlog_age_mean", OVERALL): Scores.of(means(ages, of.by(OVERALL))),
        ("backlog_age_p90", OVERALL): Scores.of(quantiles(ages, [of.by(OVERALL)], (0.9,))[0][0]),
    }


def _attainment_scores(logs: RunLogs, groupings: Groupings, window: Window, asked: Asked) -> Scoreboard:
    scores: Scoreboard = {}
    for metric, judge in (("resolve_attainment", judge_resolution), ("respond_attainment", judge_response)):
        if asked.any_of([metric]):
            judgement = judge(logs, window)
            rows = np.flatnonzero(judgement.judged)
            scores |= Figures(asked, groupings, rows).shares(metric, partial(_rows_of, judgement.met, rows))
    return scores


def _rows_of(flags: Flags, rows: Rows) -> Flags:
    return flags[rows]
