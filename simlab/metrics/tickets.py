"""Figures of tickets and of their visits: times, shares, counts, backlog, targets, automations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, TicketLog, VisitLog
from simlab.metrics.attempts import finished_by_self_service
from simlab.metrics.catalogue import OVERALL, TIME_QUANTILES
from simlab.metrics.groups import Grouping, Scores, counts, everything, means, quantiles, sums
from simlab.metrics.responses import labels, queued_steps
from simlab.metrics.spans import interruptions
from simlab.metrics.targets import Judgement, judge_resolution, judge_response
from simlab.metrics.window import Window
from simlab.model.calendars import worked_many
from simlab.model.codes import Outcome
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Groupings: TypeAlias = Mapping[str, Grouping]
Scoreboard: TypeAlias = dict[tuple[str, str], Scores]
"""Scores by metric and dimension, in order of the labels of the dimension."""


def ticket_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return the figures that the ticket log gives, the engine's mean WIP among them."""
    groupings = ticket_groupings(model, logs.tickets)
    return {
        **_resolution_scores(model, logs.tickets, groupings, window),
        **_response_scores(model, logs.tickets, groupings, window),
        **_exit_scores(logs.tickets, groupings, window),
        **_volume_scores(logs, groupings, window),
        **_backlog_scores(logs, groupings),
        **_attainment_scores("resolve_attainment", judge_resolution(logs, window), groupings),
        **_attainment_scores("respond_attainment", judge_response(logs, window), groupings),
    }


def visit_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return waits by team and step, and how often automations finish what they begin."""
    visits = logs.visits
    shown = np.full(len(model.names.steps), -1, np.int64)
    shown[queued_steps(model)] = np.arange(len(queued_steps(model)))
    rows = np.flatnonzero((visits.team >= 0) & window.holds(visits.started))
    groupings = {
        OVERALL: everything(len(rows)),
        "team": Grouping(visits.team[rows], len(model.names.teams)),
        "step": Grouping(shown[model.steps.shown_as[visits.step[rows]]], len(queued_steps(model))),
    }
    waits = visits.started[rows] - visits.arrived[rows]
    high = quantiles(waits, list(groupings.values()), (0.9,))
    return {
        **_interruption_scores(model, logs, shown, window),
        **mean_scores("wait_mean", waits, groupings),
        **{("wait_p90", by): Scores.of(row[0]) for by, row in zip(groupings, high, strict=True)},
        ("automation_share", "automation"): _automation_scores(model, logs, window),
    }


def _interruption_scores(model: Model, logs: RunLogs, shown: Rows, window: Window) -> Scoreboard:
    """Return how often work was interrupted, and how long it then waited; nothing where it never can be."""
    if not model.teams.preempts.any():
        return {}
    visits = logs.visits
    everybody = {
        OVERALL: everything(len(visits)),
        "team": Grouping(visits.team, len(model.names.teams)),
        "step": Grouping(shown[model.steps.shown_as[visits.step]], len(queued_steps(model))),
    }
    found = interruptions(logs)
    inside = window.holds(found.at)
    again = inside & ~np.isnan(found.resumed)
    done = np.flatnonzero((visits.team >= 0) & window.holds(visits.ended) & ~np.isnan(visits.started))
    was_interrupted = np.isin(done, found.visit)
    return {
        **_rate_scores("interruptions_per_week", _of(everybody, found.visit[inside]), window),
        **mean_scores(
            "interruption_wait_mean",
            found.resumed[again] - found.at[again],
            _of(everybody, found.visit[again]),
        ),
        **share_scores("interrupted_share", was_interrupted, _of(everybody, done)),
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
    return {OVERALL: everything(len(tickets)), **split}


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


def _of(groupings: Groupings, rows: Rows) -> Groupings:
    return {dimension: grouping.of(rows) for dimension, grouping in groupings.items()}


def mean_scores(name: str, values: Floats | NDArray[np.integer], groupings: Groupings) -> Scoreboard:
    """Return the mean of values by each dimension."""
    return {(name, by): Scores.of(means(values, grouping)) for by, grouping in groupings.items()}


def share_scores(name: str, counted: Flags, groupings: Groupings) -> Scoreboard:
    """Return the share of records that count by each dimension."""
    return {
        (name, by): Scores.ratio(sums(counted, grouping), counts(grouping))
        for by, grouping in groupings.items()
    }


def _rate_scores(name: str, groupings: Groupings, window: Window) -> Scoreboard:
    weeks = window.weeks or np.nan
    return {(name, by): Scores.of(counts(grouping) / weeks) for by, grouping in groupings.items()}


def _time_scores(stem: str, minutes: Floats, groupings: Groupings) -> Scoreboard:
    scores = mean_scores(f"{stem}_mean", minutes, groupings)
    grid = quantiles(minutes, list(groupings.values()), [level for _, level in TIME_QUANTILES])
    for dimension, rows in zip(groupings, grid, strict=True):
        for (statistic, _), row in zip(TIME_QUANTILES, rows, strict=True):
            scores[f"{stem}_{statistic}", dimension] = Scores.of(row)
    return scores


def _resolution_scores(model: Model, tickets: TicketLog, groupings: Groupings, window: Window) -> Scoreboard:
    rows = resolved_within(tickets, window)
    split = _of(groupings, rows)
    created, resolved = tickets.created[rows], tickets.resolved[rows]
    in_business = worked_many(model.calendars[model.business_calendar], created, resolved)
    stayed = tickets.reopens[rows] == 0
    return {
        **_time_scores("resolution", resolved - created, split),
        **_time_scores("resolution_business", in_business, split),
        **mean_scores("touch_mean", tickets.touch_min[rows], split),
        **mean_scores("hops_mean", tickets.hops[rows], split),
        **share_scores("first_contact_share", (tickets.work_visits[rows] <= 1) & stayed, split),
        **share_scores("first_level_share", tickets.hops[rows] == 0, split),
        **share_scores("ping_pong_share", tickets.ping_pongs[rows] > 0, split),
        **share_scores("reopen_share", ~stayed, split),
        **_rate_scores("resolved_per_week", split, window),
    }


def _response_scores(model: Model, tickets: TicketLog, groupings: Groupings, window: Window) -> Scoreboard:
    rows = np.flatnonzero(window.holds(tickets.responded))
    split = _of(groupings, rows)
    created, responded = tickets.created[rows], tickets.responded[rows]
    in_business = worked_many(model.calendars[model.business_calendar], created, responded)
    return {
        **_time_scores("response", responded - created, split),
        **_time_scores("response_business", in_business, split),
    }


def _exit_scores(tickets: TicketLog, groupings: Groupings, window: Window) -> Scoreboard:
    rows = np.flatnonzero(window.holds(tickets.closed))
    split = _of(groupings, rows)
    return {
        **mean_scores("sojourn_mean", tickets.closed[rows] - tickets.created[rows], split),
        **share_scores("abandoned_share", tickets.outcome[rows] == Outcome.ABANDONED, split),
    }


def _volume_scores(logs: RunLogs, groupings: Groupings, window: Window) -> Scoreboard:
    split = _of(groupings, np.flatnonzero(window.holds(logs.tickets.created)))
    minutes = window.minutes or np.nan
    return {
        **_rate_scores("created_per_week", split, window),
        ("prevented_per_week", OVERALL): Scores.of(logs.totals.prevented / (window.weeks or np.nan)),
        ("wip_mean", OVERALL): Scores.of(logs.totals.wip_area_min / minutes),
    }


def _backlog_scores(logs: RunLogs, groupings: Groupings) -> Scoreboard:
    rows = np.flatnonzero(logs.tickets.outcome == Outcome.OPEN)
    ages = logs.totals.end - logs.tickets.created[rows]
    split = _of(groupings, rows)
    scores: Scoreboard = {("backlog_end", by): Scores.of(counts(grouping)) for by, grouping in split.items()}
    scores["backlog_age_mean", OVERALL] = Scores.of(means(ages, split[OVERALL]))
    scores["backlog_age_p90", OVERALL] = Scores.of(quantiles(ages, [split[OVERALL]], (0.9,))[0][0])
    return scores


def _attainment_scores(name: str, judgement: Judgement, groupings: Groupings) -> Scoreboard:
    rows = np.flatnonzero(judgement.judged)
    return share_scores(name, judgement.met[rows], _of(groupings, rows))


def _automation_scores(model: Model, logs: RunLogs, window: Window) -> Scores:
    """Score runs that ended; one that succeeded went on to a decision that counts as a response."""
    visits = logs.visits
    contained, attempts = finished_by_self_service(model, logs, window)
    ran = np.flatnonzero(
        (model.steps.automation[visits.step] >= 0) & window.holds(visits.started) & (visits.went_to >= 0)
    )
    runs = Grouping(model.steps.automation[visits.step[ran]], len(model.names.automations))
    succeeded = sums(model.steps.responds[visits.went_to[ran]], runs)
    return Scores.ratio(succeeded + contained, counts(runs) + attempts)
