"""Where each number of a fitted scenario comes from: measured, or assumed."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

from simlab.calibrate.disciplines import CLEAR, FEWEST, QueueOrder
from simlab.calibrate.fit import Fitted
from simlab.calibrate.names import Names
from simlab.calibrate.paths import EPOCH, Paths
from simlab.model.wall_clock import WallClock
from simlab.units import format_share

Plain = dict[str, Any]


def evidence_of(fitted: Fitted, names: Names, source: str) -> Plain:
    """Return the evidence section: where each number comes from."""
    paths = fitted.cases
    span = f"{day_of(paths, 0)} to {day_of(paths, -1)}"
    measured = {"kind": "measured", "source": f"{source}, {len(paths)} cases created {span}"}
    anchor = fitted.anchor
    given = "given" if anchor.is_given else "the default"
    basis = f"utilisation of {100 * anchor.utilisation:.3g} %, {given}"
    if anchor.is_measured and not anchor.is_given:
        basis = "as many as were seen on an average day, 8 hours each"
    if anchor.by_touch_time:
        basis = f"hands-on time of {anchor.touch_per_ticket:.3g} min a ticket, given"
    assumed = {"kind": "assumption", "source": f"{basis}: a log tells neither hands-on time nor staffing"}
    evidence: Plain = {
        "demand": measured,
        "calendars": {
            **measured,
            "source": f"{measured['source']}: hours of {100 * 0.92:.0f} % of the activity",
        },
        "routing": {**measured, "source": f"{measured['source']}: fitted, see the report"},
    }
    for number, deadline in fitted.deadlines.items():
        seen = f"{measured['source']}: {deadline.n:,} waits end {math.exp(deadline.gain):.3g}"
        found = {**measured, "source": f"{seen} times closer together since then than since the last event"}
        evidence[f"routing.steps.{names.transitions[number]}.since"] = found
    for number, team in enumerate(names.teams):
        evidence[f"staffing.{team}.queue"] = _order_evidence(fitted.orders[number], measured)
        if fitted.pattern.others_of(number):
            evidence[f"staffing.{team}.also_serves"] = measured
        facts = fitted.teams[number]
        in_shifts = len(facts.shifts) > 1 if fitted.has_shifts else facts.standby is not None
        people = "shifts" if in_shifts else "people"
        evidence[f"staffing.{team}.{people}"] = measured if fitted.has_shifts else assumed
        if not anchor.is_measured:
            evidence[f"routing.steps.{names.at_team[number]}.work"] = assumed
    return evidence


def _order_evidence(order: QueueOrder, measured: Plain) -> Plain:
    if order.is_found:
        starts = f"{format_share(order.share)} of {order.n_starts:,} starts with a choice are by it"
        return {**measured, "source": f"{measured['source']}: {starts}"}
    if order.n_starts < FEWEST:
        return {"kind": "assumption", "source": "the log does not tell who waited when work began"}
    source = f"no order explains {format_share(CLEAR)} of the {order.n_starts:,} starts with a choice"
    return {"kind": "assumption", "source": source}


def day_of(paths: Paths, case: int) -> date:
    """Return the day on which a case was created."""
    return WallClock(paths.zone, EPOCH).to_local(float(paths.created[case])).date()
