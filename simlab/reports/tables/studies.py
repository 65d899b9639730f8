"""Tables of sweeps, sensitivity and capacity studies, and of effects in parts: every number, a row each."""

from __future__ import annotations

from collections.abc import Iterator

from simlab.experiments.capacity import Capacity
from simlab.experiments.decomposition import Decomposition
from simlab.experiments.sensitivity import ResponseSensitivity, Sensitivity
from simlab.experiments.sweep import Sweep
from simlab.reports.language.catalogue import say
from simlab.reports.tables.responses import unit_of
from simlab.reports.tables.table import Cell, Table, table
from simlab.statistics.intervals import Estimate

INTERVAL = ("value", "low", "high")


def sweep_points(sweep: Sweep) -> Table:
    """Return each response at each point, with its interval."""
    return table(
        "sweep",
        "Responses at every point",
        ("point", *sweep.paths, "response", "unit", *INTERVAL, "replications", "steady"),
        (
            (
                number,
                *(point.settings[path] for path in sweep.paths),
                name,
                unit_of(name, sweep.currency),
                *_interval(each),
                each.n,
                "no" if point.unstable else "yes",
            )
            for number, point in enumerate(sweep.points)
            for name, each in point.estimates.items()
        ),
    )


def sensitivities(study: Sensitivity) -> Table:
    """Return what was found about each response, one measure of one input a row."""
    return table(
        "sensitivity",
        "Measures of the sensitivity",
        ("response", "input", "setting", "measure", "unit", *INTERVAL),
        (row for each in study.responses for row in _measures(each, unit_of(each.response, study.currency))),
    )


def capacity_crews(study: Capacity) -> Table:
    """Return the people of each team and shift for each demand: the staffing curve."""
    return table(
        "staffing",
        "The least people for each demand",
        (("growth", "share"), "crew", "people", "first guess", ("paid hours", "hours/week"), "targets kept"),
        (
            (
                point.growth,
                crew.path,
                crew.people,
                crew.first_guess,
                crew.paid_hours_per_week,
                "yes" if point.is_kept else "no",
            )
            for point in study.points
            for crew in point.crews
        ),
    )


def capacity_figures(study: Capacity) -> Table:
    """Return the targets and the other figures for each demand: the cost curve among them."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for point in study.points:
            for target in point.targets:
                unit = unit_of(target.response, study.currency)
                yield point.growth, target.text, unit, *_interval(target.estimate), target.standing
            for name, each in point.estimates.items():
                yield point.growth, name, unit_of(name, study.currency), *_interval(each), ""

    header = (("growth", "share"), "figure", "unit", *INTERVAL, "target")
    return table("capacity_figures", "Figures with the least people for each demand", header, rows())


def contributions(parts: Decomposition, currency: str) -> Table:
    """Return what each change adds to each response."""
    return table(
        "contributions",
        say("{label}: the effect of each change ({sharing})", label=parts.label, sharing=say(parts.sharing)),
        ("response", "change", "unit", *INTERVAL),
        (
            (row.response, name, unit_of(row.response, currency), *_interval(each))
            for row in parts.rows
            for name, each in [
                *((part.change, part.effect) for part in row.contributions),
                ("all together", row.total),
            ]
        ),
    )


def _measures(found: ResponseSensitivity, unit: str) -> Iterator[tuple[Cell, ...]]:
    for bar in found.bars:
        yield found.response, bar.path, bar.setting, "difference", unit, *_interval(bar.paired.difference)
    for factor in found.effects:
        for measure, each in (("mu*", factor.effects.mu_star), ("mu", factor.effects.mu)):
            yield found.response, factor.path, "", measure, unit, *_interval(each)
        nothing = float("nan")
        yield found.response, factor.path, "", "sigma", unit, factor.effects.sigma, nothing, nothing
    for part in found.indices:
        for measure, each in (("first order", part.indices.first), ("total", part.indices.total)):
            yield found.response, part.path, "", measure, "share", *_interval(each)
    if found.outlook is not None:
        outlook, split = found.outlook, found.outlook.split
        nothing = float("nan")
        yield found.response, "", "", "mean", unit, *_interval(split.mean)
        for measure, value in (("5 %", outlook.low), ("50 %", outlook.median), ("95 %", outlook.high)):
            yield found.response, "", "", f"{measure} quantile", unit, value, nothing, nothing
        yield found.response, "", "", "variance from inputs", "share", *_interval(split.input_share)


def _interval(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
