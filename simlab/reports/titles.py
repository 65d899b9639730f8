"""What reports call the responses of a model."""

from __future__ import annotations

import re
from typing import Final

from simlab.metrics.catalogue import METRIC_BY_NAME
from simlab.metrics.responses import parse_response
from simlab.reports.language.catalogue import ENGLISH, say, spoken
from simlab.reports.wording import SPACE

_TIMES: Final = {
    "mean": "mean",
    "median": "median",
    "p90": "90 % within",
    "p95": "95 % within",
}
_TITLES: Final = {
    "resolution_mean": "Mean resolution time",
    "resolution_median": "Median resolution time",
    "resolution_p90": "90 % resolved within",
    "resolution_p95": "95 % resolved within",
    "response_mean": "Mean response time",
    "response_median": "Median response time",
    "response_p90": "90 % responded to within",
    "response_p95": "95 % responded to within",
    **{f"resolution_business_{key}": f"Resolution in business hours, {word}" for key, word in _TIMES.items()},
    **{f"response_business_{key}": f"Response in business hours, {word}" for key, word in _TIMES.items()},
    "touch_mean": "Hands-on time per ticket",
    "sojourn_mean": "Time in the system, mean",
    "wait_mean": "Wait in queue, mean",
    "wait_p90": "Wait in queue, 90 % within",
    "resolve_attainment": "Resolved within target",
    "respond_attainment": "Responded within target",
    "first_contact_share": "Resolved at first contact",
    "first_level_share": "Resolved at first level",
    "hops_mean": "Changes of team per ticket",
    "ping_pong_share": "Sent back to an earlier team",
    "reopen_share": "Reopened",
    "abandoned_share": "Abandoned",
    "created_per_week": "Tickets created",
    "resolved_per_week": "Tickets resolved",
    "contacts_per_week": "Contacts",
    "deflected_share": "Contained by self-service",
    "satisfaction_mean": "Satisfaction, mean (1 to 5)",
    "satisfied_share": "Satisfied customers",
    "survey_mean": "Satisfaction in the survey, mean (1 to 5)",
    "survey_satisfied_share": "Satisfied in the survey",
    "survey_response_share": "Answers to the survey",
    "repeat_share": "Repeat contacts",
    "faults_active": "Faults that are not fixed, mean",
    "lever_level": "Level of the lever, mean",
    "prevented_per_week": "Incidents prevented by fixes",
    "wip_mean": "Tickets in the system, mean",
    "backlog_end": "Open tickets at the end",
    "queue_growth_per_week": "Growth of the queues per week",
    "backlog_age_mean": "Age of open tickets, mean",
    "backlog_age_p90": "Age of open tickets, 90 % within",
    "queue_mean": "Queue, mean",
    "queue_max": "Queue, longest",
    "utilisation": "Utilisation of paid time",
    "occupancy": "Occupancy of time on duty",
    "slot_occupancy": "Places for tickets taken",
    "interruptions_per_week": "Interruptions of work",
    "interruption_wait_mean": "Wait of interrupted work, mean",
    "interrupted_share": "Interrupted visits",
    "overtime_hours_per_week": "Overtime",
    "automation_share": "Finished by automation",
    "control_activations": "Times that control acted",
    "control_active_share": "Time in which control acted",
    "cost_per_week": "Running cost",
    "cost_per_ticket": "Running cost per ticket",
    "cost_staff_per_week": "Staff",
    "cost_overtime_per_week": "Overtime",
    "cost_call_outs_per_week": "Call-outs",
    "cost_automation_per_week": "Automation",
    "cost_levers_per_week": "Levers",
    "cost_penalties_per_week": "Penalties for missed targets",
    "cost_waiting_users_per_week": "Waiting users",
    "cost_fixed_per_week": "Fixed cost",
    "cost_one_off": "One-off cost",
}

HEADLINES: Final = (
    "resolution_mean",
    "resolution_median",
    "resolution_p90",
    "response_mean",
    "resolve_attainment",
    "respond_attainment",
    "first_contact_share",
    "hops_mean",
    "reopen_share",
    "abandoned_share",
    "satisfied_share",
    "survey_satisfied_share",
    "repeat_share",
    "prevented_per_week",
    "faults_active",
    "wip_mean",
    "backlog_end",
    "utilisation",
    "overtime_hours_per_week",
    "cost_per_week",
    "cost_per_ticket",
)
"""Responses that a page shows first, as far as the scenario has them."""


def phrase_of(response: str) -> str:
    """Return how a sentence calls a response: ``the mean resolution time``."""
    metric, title = parse_response(response).metric, title_of(response)
    if spoken() is not ENGLISH:
        return f"“{title}”"
    if (
        metric.level is not None
        and metric.level > 0.5
        and metric.name.startswith(("resolution_p", "response_p"))
    ):
        share, done = f"{100 * metric.level:.0f} %", metric.name.partition("_")[0]
        words = f"the {done} time that {share} of the tickets do not exceed"
        return words + title.partition(":")[1] + title.partition(":")[2]
    return f"the {title[:1].lower()}{title[1:]}" if title.startswith(("Mean", "Median", "Running")) else title


def bare_title(metric: str) -> str:
    """Return the title of a metric in English; its name where it has none."""
    return _TITLES.get(metric, metric)


def title_of(response: str) -> str:
    """Return the title of a response such as ``resolve_attainment[priority=P1]``."""
    parsed = parse_response(response)
    title = say(bare_title(parsed.metric.name))
    return say("{title}: {label}", title=title, label=parsed.label) if parsed.dimension else title


_CONSTRAINT: Final = re.compile(
    r"(?P<name>[a-z_0-9]+(?:\[[^\]]*\])?)\s*(?P<sign><=|>=|<|>)\s*(?P<bound>[^()]+)"
)
_CHANCE: Final = re.compile(r"P\((?P<inner>.*)\)\s*>=\s*(?P<share>[^()]+)")
_SIGNS: Final = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}


def constraint_said(written: str) -> str:
    """Return a constraint as people read it: ``respond_attainment >= 80 %`` by the title of its response.

    What is no constraint on a response stays as it is written.
    """
    text = written.strip()
    if (chance := _CHANCE.fullmatch(text)) is not None:
        share = chance["share"].strip().replace(" ", SPACE)
        inner = constraint_said(chance["inner"])
        return say("{constraint} in {share} of the runs", constraint=inner, share=share)
    found = _CONSTRAINT.fullmatch(text)
    if found is None or found["name"].partition("[")[0] not in METRIC_BY_NAME:
        return written
    bound = found["bound"].strip().replace(" ", SPACE)
    return f"“{title_of(found['name'])}” {_SIGNS[found['sign']]}{SPACE}{bound}"
