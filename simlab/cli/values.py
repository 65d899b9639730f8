"""Responses as commands tell them: what they are called, and their numbers with units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from simlab.cli.terminal import Table

if TYPE_CHECKING:
    from simlab.experiments.runs import ScenarioRun
    from simlab.metrics.catalogue import Metric
    from simlab.statistics.intervals import Estimate

NOTHING: Final = "–"

OVERALL: Final = (
    "deflected_share",
    "created_per_week",
    "resolved_per_week",
    "satisfaction_mean",
    "satisfied_share",
    "survey_mean",
    "survey_satisfied_share",
    "survey_response_share",
    "repeat_share",
    "prevented_per_week",
    "faults_active",
    "resolution_mean",
    "resolution_median",
    "resolution_p90",
    "response_mean",
    "respond_attainment",
    "resolve_attainment",
    "first_contact_share",
    "first_level_share",
    "reopen_share",
    "abandoned_share",
    "hops_mean",
    "touch_mean",
    "wip_mean",
    "backlog_end",
    "utilisation",
)
BY_PRIORITY: Final = (
    "created_per_week",
    "resolution_mean",
    "resolution_p90",
    "respond_attainment",
    "resolve_attainment",
)
BY_TEAM: Final = (
    "utilisation",
    "occupancy",
    "slot_occupancy",
    "wait_mean",
    "wait_p90",
    "queue_mean",
    "overtime_hours_per_week",
)
BY_CONTROL: Final = ("control_activations", "control_active_share")
BY_LEVER: Final = ("lever_level",)
TOTAL_COST: Final = ("cost_per_week", "cost_per_ticket")
SPLIT: Final = (("priority", "resolution_mean"), ("priority", "resolve_attainment"), ("team", "utilisation"))
"""Dimensions and metrics that a comparison shows besides the overall figures."""


def cost_names() -> tuple[str, ...]:
    """Return the responses that a table of cost shows."""
    from simlab.metrics.catalogue import COST_PARTS

    return ("cost_per_week", *COST_PARTS, "cost_per_ticket", "cost_one_off")


def said(metric: Metric, estimate: Estimate, currency: str) -> str:
    """Return an estimate with its unit and the radius of its interval: ``7.2 h ± 0.3``."""
    return number_said(metric, estimate.value, estimate.half_width, currency)


def number_said(
    metric: Metric, value: float, half_width: float, currency: str, *, is_change: bool = False
) -> str:
    """Return a number with its unit and, where there is one, the radius of its interval."""
    from simlab.reports.wording import money_unit

    if math.isnan(value):
        return NOTHING
    return _with_unit(money_unit(metric.unit, currency), value, half_width, is_change=is_change)


def _with_unit(unit: str, value: float, half_width: float, *, is_change: bool) -> str:
    from simlab.reports.wording import scale_of

    scale = scale_of(unit, (value,), half_width)
    radius = f" ± {scale.number(half_width)}" if math.isfinite(half_width) and half_width > 0.0 else ""
    if is_change and unit == "share":
        return f"{scale.number(value, signed=True)}{radius} points"
    return f"{scale.said(value, is_change)}{radius}"


def estimate_said(estimate: Estimate) -> str:
    """Return an estimate without a unit."""
    return (
        f"{estimate.value:.4g} ± {estimate.half_width:.2g}"
        if estimate.has_interval
        else f"{estimate.value:.4g}"
    )


def goal_said(goal: str, estimate: Estimate, currency: str, *, is_change: bool = False) -> str:
    """Return the estimate of a goal, or a change of it, with its unit; a weighted sum has none."""
    from simlab.reports.tables.optimisation import goal_unit

    unit = goal_unit(goal, currency)
    if not unit or math.isnan(estimate.value):
        return estimate_said(estimate)
    return _with_unit(unit, estimate.value, estimate.half_width, is_change=is_change)


def by_response(run: ScenarioRun, title: str, names: Sequence[str], confidence: float) -> Table:
    """Return a table with a row for each response that the run has and that is not nothing throughout."""
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of

    estimates = run.estimates(confidence, [name for name in names if name in run.responses])
    rows = [
        (title_of(name), said(parse_response(name).metric, estimate, run.model.money.currency))
        for name, estimate in estimates.items()
        if not _is_nothing(estimate)
    ]
    return Table(title, ("", "estimate"), rows)


def by_label(run: ScenarioRun, dimension: str, names: Sequence[str], confidence: float) -> Table:
    """Return a table with a row for each label of a dimension and a column for each metric."""
    from simlab.metrics.catalogue import METRIC_BY_NAME
    from simlab.metrics.responses import labels
    from simlab.reports.titles import title_of

    known = labels(run.model, dimension)
    table: dict[str, list[str]] = {label: [] for label in known}
    header = [dimension]
    for name in names:
        wanted = [f"{name}[{dimension}={label}]" for label in known]
        if any(response not in run.responses for response in wanted):
            continue
        estimates = run.estimates(confidence, wanted)
        if all(map(_is_nothing, estimates.values())):
            continue
        header.append(title_of(wanted[0]).removesuffix(f": {known[0]}"))
        for label, estimate in zip(known, estimates.values(), strict=True):
            table[label].append(said(METRIC_BY_NAME[name], estimate, run.model.money.currency))
    return Table(f"By {dimension}", tuple(header), [(label, *cells) for label, cells in table.items()])


def plain(estimate: Estimate, unit: str) -> dict[str, Any]:
    """Return an estimate as plain values."""
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        **({"variance_reduction": v} if (v := estimate.variance_reduction) != 1.0 else {}),
        "half_width": estimate.half_width,
        "unit": unit,
        "n": estimate.n,
        "method": estimate.method,
    }


def _is_nothing(estimate: Estimate) -> bool:
    return math.isnan(estimate.value) or estimate.value == 0.0
