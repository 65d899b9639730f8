"""The catalogue of metrics: unit, meaning, what counts as better, and by what each is split.

Which records count in the observation window stands in :mod:`simlab.metrics.window`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Better(StrEnum):
    """Which direction of a metric is an improvement."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


class Estimator(StrEnum):
    """How a metric is made of its records, which decides how replications are put together."""

    MEAN = "mean"
    """Average over records or over time."""
    QUANTILE = "quantile"
    RATIO = "ratio"
    """Numerator over denominator, both random."""
    TOTAL = "total"
    """Count or sum of the window, or that per week."""


class Needs(StrEnum):
    """What a scenario must state for a metric to exist."""

    NOTHING = ""
    MONEY = "costs"
    TARGETS = "targets"
    CHATS = "people with several tickets at once"
    INTERRUPTION = "priorities that interrupt work"
    FAULTS = "faults"
    FEEDBACK = "feedback"
    IMPROVEMENT = "levers that improvement moves"


OVERALL: Final = ""
"""The dimension of figures that are not split."""
TICKET_DIMENSIONS: Final = ("priority", "class", "kind", "stream", "channel")
DIMENSIONS: Final = (*TICKET_DIMENSIONS, "team", "step", "automation", "control", "lever")

_BY_TICKET: Final = (OVERALL, *TICKET_DIMENSIONS)
_BY_TEAM: Final = (OVERALL, "team")
_BY_QUEUE: Final = (OVERALL, "team", "step")
_ALONE: Final = (OVERALL,)


@dataclass(frozen=True, slots=True)
class Metric:
    """A kind of figure of a replication."""

    name: str
    unit: str
    """min, share, count, count/week, tickets, tickets/week, hours/week, money, money/week or money/ticket."""
    better: Better
    estimator: Estimator
    meaning: str
    """One sentence for the people who read the figure."""
    dimensions: tuple[str, ...] = _ALONE
    """Dimensions by which it is split; "" where the undivided figure exists."""
    needs: Needs = Needs.NOTHING
    level: float | None = None
    """Probability of a quantile."""


TIME_QUANTILES: Final = (("median", 0.5), ("p90", 0.9), ("p95", 0.95))
_WORDS: Final = {
    "mean": "Mean time",
    "median": "Time that half of the tickets do not exceed, counted",
    "p90": "Time that 90 % of the tickets do not exceed, counted",
    "p95": "Time that 95 % of the tickets do not exceed, counted",
}


def _times(stem: str, subject: str) -> Iterator[Metric]:
    for infix, hours in (("", "elapsed time"), ("business_", "business hours")):
        meaning = f"{_WORDS['mean']} {subject}, in {hours}."
        yield _mean(f"{stem}_{infix}mean", "min", meaning, _BY_TICKET)
        for statistic, level in TIME_QUANTILES:
            meaning = f"{_WORDS[statistic]} {subject}, in {hours}."
            yield _quantile(f"{stem}_{infix}{statistic}", level, meaning, _BY_TICKET)


def _mean(name: str, unit: str, meaning: str, dimensions: tuple[str, ...] = _ALONE) -> Metric:
    return Metric(name, unit, Better.LOWER, Estimator.MEAN, meaning, dimensions)


def _quantile(name: str, level: float, meaning: str, dimensions: tuple[str, ...] = _ALONE) -> Metric:
    return Metric(name, "min", Better.LOWER, Estimator.QUANTILE, meaning, dimensions, level=level)


def _share(name: str, better: Better, meaning: str, dimensions: tuple[str, ...] = _BY_TICKET) -> Metric:
    return Metric(name, "share", better, Estimator.RATIO, meaning, dimensions)


def _attainment(name: str, meaning: str) -> Metric:
    return replace(_share(name, Better.HIGHER, meaning), needs=Needs.TARGETS)


def _total(
    name: str, unit: str, better: Better, meaning: str, dimensions: tuple[str, ...] = _BY_TICKET
) -> Metric:
    return Metric(name, unit, better, Estimator.TOTAL, meaning, dimensions)


def _feedback() -> Iterator[Metric]:
    mean = replace(_mean("", "points", "", _BY_TICKET), better=Better.HIGHER, needs=Needs.FEEDBACK)
    share = replace(_share("", Better.HIGHER, ""), needs=Needs.FEEDBACK)
    yield replace(mean, name="satisfaction_mean", meaning="Mean score of closed tickets, from 1 to 5.")
    yield replace(share, name="satisfied_share", meaning="Share of scored tickets with a satisfied customer.")
    yield replace(mean, name="survey_mean", meaning="Mean score of the customers who answered the survey.")
    yield replace(share, name="survey_satisfied_share", meaning="Share of the answers that say satisfied.")
    meaning = "Answers to the survey per scored ticket that was closed."
    yield replace(share, name="survey_response_share", better=Better.NEITHER, meaning=meaning)
    meaning = "Share of the tickets created that are repeat contacts."
    yield replace(share, name="repeat_share", better=Better.LOWER, meaning=meaning)


def _cost(
    name: str, meaning: str, unit: str = "money/week", estimator: Estimator = Estimator.TOTAL
) -> Metric:
    return Metric(name, unit, Better.LOWER, estimator, meaning, needs=Needs.MONEY)


METRICS: Final[tuple[Metric, ...]] = (
    *_times("resolution", "from creation to resolution"),
    *_times("response", "from creation to first response"),
    _mean("touch_mean", "min", "Mean hands-on time of people per resolved ticket.", _BY_TICKET),
    _mean("sojourn_mean", "min", "Mean time from creation to final exit.", _BY_TICKET),
    _mean("wait_mean", "min", "Mean wait of a visit from arrival until work starts.", _BY_QUEUE),
    _quantile("wait_p90", 0.9, "Wait until work starts that 90 % of visits do not exceed.", _BY_QUEUE),
    _attainment("resolve_attainment", "Share of tickets resolved within their target."),
    _attainment("respond_attainment", "Share of tickets responded to within their target."),
    _share(
        "first_contact_share",
        Better.HIGHER,
        "Share of resolved tickets that one team resolved without waiting for anybody after the first "
        "response, and that did not come back.",
    ),
    _share("first_level_share", Better.HIGHER, "Share of resolved tickets that never changed team."),
    _mean("hops_mean", "count", "Mean changes of team per resolved ticket.", _BY_TICKET),
    _share(
        "ping_pong_share",
        Better.LOWER,
        "Share of resolved tickets that went back to a team that had them before.",
    ),
    _share("reopen_share", Better.LOWER, "Share of resolved tickets that had been reopened."),
    _share(
        "abandoned_share", Better.LOWER, "Share of tickets that left the system because their sender gave up."
    ),
    _total("created_per_week", "tickets/week", Better.NEITHER, "Tickets created per week.", _BY_TICKET),
    _total(
        "contacts_per_week",
        "contacts/week",
        Better.NEITHER,
        "Contacts per week: tickets of customers, and what self-service contained.",
        _BY_TICKET,
    ),
    _share(
        "deflected_share",
        Better.HIGHER,
        "Share of contacts that self-service contained, so that they became no ticket.",
    ),
    _total("resolved_per_week", "tickets/week", Better.HIGHER, "Tickets resolved per week.", _BY_TICKET),
    _mean(
        "wip_mean",
        "tickets",
        "Mean number of tickets in the system, resolved ones that will be reopened included.",
    ),
    _total("backlog_end", "tickets", Better.LOWER, "Tickets still open when the run ends.", _BY_TICKET),
    _total(
        "queue_growth_per_week",
        "tickets/week",
        Better.LOWER,
        "By how much the number of tickets that wait for work to begin grows per week.",
        _ALONE,
    ),
    _mean("backlog_age_mean", "min", "Mean age of the tickets still open when the run ends."),
    _quantile("backlog_age_p90", 0.9, "Age that 90 % of the tickets still open at the end do not exceed."),
    *_feedback(),
    replace(
        _total(
            "prevented_per_week",
            "tickets/week",
            Better.HIGHER,
            "Incidents that did not arrive because their fault had been fixed, per week.",
            _ALONE,
        ),
        needs=Needs.FAULTS,
    ),
    replace(
        _mean("faults_active", "count", "Mean number of faults that are not fixed, by time."),
        needs=Needs.FAULTS,
    ),
    Metric(
        "lever_level",
        "share",
        Better.NEITHER,
        Estimator.MEAN,
        "Mean level of a lever that improvement moves, by time; 100 % is level 1.",
        ("lever",),
        Needs.IMPROVEMENT,
    ),
    _mean("queue_mean", "tickets", "Mean number of tickets waiting for the team, by time.", ("team",)),
    _mean("queue_max", "tickets", "Most tickets that waited for the team at once.", ("team",)),
    _share(
        "utilisation",
        Better.NEITHER,
        "Share of paid time, absence and breaks included, spent on tickets.",
        _BY_TEAM,
    ),
    _share("occupancy", Better.NEITHER, "Share of time on duty spent on tickets.", _BY_TEAM),
    replace(
        _share(
            "slot_occupancy",
            Better.NEITHER,
            "Share of the places for tickets that are taken, of people on duty who may hold several at once.",
            ("team",),
        ),
        needs=Needs.CHATS,
    ),
    replace(
        _total(
            "interruptions_per_week",
            "count/week",
            Better.LOWER,
            "Times that work was put down for a more urgent ticket, per week.",
            _BY_QUEUE,
        ),
        needs=Needs.INTERRUPTION,
    ),
    replace(
        _mean(
            "interruption_wait_mean",
            "min",
            "Mean wait of interrupted work until somebody goes on with it.",
            _BY_QUEUE,
        ),
        needs=Needs.INTERRUPTION,
    ),
    replace(
        _share(
            "interrupted_share",
            Better.LOWER,
            "Share of the visits whose work ended that had been interrupted.",
            _BY_QUEUE,
        ),
        needs=Needs.INTERRUPTION,
    ),
    _total(
        "overtime_hours_per_week",
        "hours/week",
        Better.LOWER,
        "Hours worked after the end of shifts, per week.",
        _BY_TEAM,
    ),
    _share(
        "automation_share",
        Better.HIGHER,
        "Share of the automation's runs after which nobody had to take over.",
        ("automation",),
    ),
    _total(
        "control_activations",
        "count",
        Better.NEITHER,
        "Times that the control rule began to act in the window.",
        ("control",),
    ),
    _share(
        "control_active_share",
        Better.NEITHER,
        "Share of the time in which the control rule acted.",
        ("control",),
    ),
    _cost("cost_per_week", "Running cost per week: the sum of the parts below, one-off cost left out."),
    _cost("cost_per_ticket", "Running cost per resolved ticket.", "money/ticket", Estimator.RATIO),
    _cost("cost_staff_per_week", "Scheduled hours at the rates of the people, absence and breaks paid."),
    _cost("cost_overtime_per_week", "Overtime hours at the rates of the people times the overtime factor."),
    _cost("cost_call_outs_per_week", "What people on call are paid for coming; their hours count as staff."),
    _cost(
        "cost_automation_per_week",
        "Monthly cost of automations in proportion to time, and cost of their runs.",
    ),
    _cost("cost_levers_per_week", "Monthly cost of levers, in proportion to their levels and to time."),
    _cost("cost_penalties_per_week", "Penalties for missed resolution targets."),
    _cost("cost_waiting_users_per_week", "Cost of users who wait while their tickets are open."),
    _cost("cost_fixed_per_week", "Fixed monthly cost in proportion to time."),
    _cost("cost_one_off", "One-off cost, not part of the running cost.", "money"),
)
METRIC_BY_NAME: Final = {metric.name: metric for metric in METRICS}
COST_PARTS: Final = tuple(name for name in METRIC_BY_NAME if re.fullmatch(r"cost_\w+_per_week", name))
"""They add up to ``cost_per_week``."""
