"""What ``simlab sweep``, ``sensitivity`` and ``capacity`` print."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from simlab.cli.terminal import Table, terminal

if TYPE_CHECKING:
    from simlab.experiments.capacity import Capacity, CapacityPoint
    from simlab.experiments.sensitivity import ResponseSensitivity, Sensitivity
    from simlab.experiments.sweep import Sweep
    from simlab.reports.tables.table import Table as NumberTable

METHODS: Final = {
    "tornado": "Differences to the scenario as it is, one input changed; ± is the radius of each interval.",
    "morris": "mu*: mean absolute effect of the whole range of an input; sigma: how much that depends on the"
    " others.",
    "sobol": "Shares of the variance: of the input by itself, and with its interactions.",
    "uncertainty": "Quantiles of a single run; the share of its variance that uncertain inputs account for.",
}


def print_sweep(sweep: Sweep) -> None:
    """Print a sweep, a row a point."""
    from simlab.cli.values import said
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of
    from simlab.reports.wording import rounded_apart

    short = {path: rounded_apart(point.settings[path] for point in sweep.points) for path in sweep.paths}
    header = ("", *sweep.paths, *map(title_of, sweep.responses))
    rows = [
        (
            str(number),
            *(short[path][point.settings[path]] for path in sweep.paths),
            *(
                said(parse_response(name).metric, each, sweep.currency)
                for name, each in point.estimates.items()
            ),
        )
        for number, point in enumerate(sweep.points)
    ]
    terminal.out(
        f"{sweep.name}: {len(sweep.points)} points, {sweep.replications} replications of each, seed"
        f" {sweep.seed}, the same random numbers at all points"
    )
    terminal.table(Table(sweep.scenario_name, header, rows))


def print_capacity(study: Capacity) -> None:
    """Print the staffing curve and the figures that go with it."""
    from simlab.cli.values import said
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of
    from simlab.units import format_share

    terminal.out(
        f"{study.name}: least people that keep {' and '.join(study.constraints)},"
        f" each with {format_share(study.confidence)} confidence"
    )
    header = ("", *(_growth_said(point) for point in study.points))
    rows: list[tuple[str, ...]] = []
    for place, crew in enumerate(study.points[0].crews):
        cells = (f"{p.crews[place].people} (guess {p.crews[place].first_guess})" for p in study.points)
        rows.append((crew.path, *cells))
    rows.append(("paid hours a week", *(f"{point.paid_hours_per_week:.4g}" for point in study.points)))
    rows.append(("targets", *("kept" if point.is_kept else "not kept" for point in study.points)))
    for place, text in enumerate(study.constraints):
        rows.append((text, *(_target_said(point, place, study.currency) for point in study.points)))
    for name in study.responses:
        metric = parse_response(name).metric
        figures = [point.estimates.get(name) for point in study.points]
        if any(e is not None and isfinite(e.value) for e in figures):
            cells = ("" if e is None else said(metric, e, study.currency) for e in figures)
            rows.append((title_of(name), *cells))
    terminal.table(Table(study.scenario_name, header, rows))


def _growth_said(point: CapacityPoint) -> str:
    return "demand as it is" if point.growth == 0.0 else f"demand {100.0 * point.growth:+.3g} %"


def _target_said(point: CapacityPoint, place: int, currency: str) -> str:
    from simlab.cli.values import said
    from simlab.metrics.responses import parse_response

    if not point.targets:
        return ""
    target = point.targets[place]
    return said(parse_response(target.response).metric, target.estimate, currency)


def sensitivity_table(study: Sensitivity, found: ResponseSensitivity) -> Table:
    """Return what was found about one response, as a table."""
    from simlab.cli.values import estimate_said, number_said, said
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of
    from simlab.reports.wording import rounded

    metric, currency = parse_response(found.response).metric, study.currency
    title = title_of(found.response)
    if found.today is not None:
        today = said(metric, found.today, currency)
        rows: list[tuple[str, ...]] = [
            (
                bar.path,
                rounded(str(bar.setting)),
                number_said(
                    metric,
                    bar.paired.difference.value,
                    bar.paired.difference.half_width,
                    currency,
                    is_change=True,
                ),
                "shown" if bar.paired.significant else "not shown",
            )
            for bar in found.bars
        ]
        return Table(f"{title}: {today} as it is", ("input", "value", "difference", ""), rows)
    if found.effects:
        rows = [
            (
                each.path,
                number_said(metric, each.effects.mu_star.value, each.effects.mu_star.half_width, currency),
                number_said(metric, each.effects.sigma, float("nan"), currency),
            )
            for each in found.effects
        ]
        return Table(title, ("input", "mu*", "sigma"), rows)
    if found.indices:
        rows = [
            (each.path, estimate_said(each.indices.first), estimate_said(each.indices.total))
            for each in found.indices
        ]
        return Table(title, ("input", "first order", "total"), rows)
    assert found.outlook is not None
    outlook = found.outlook
    share = outlook.split.input_share
    rows = [
        ("mean", said(metric, outlook.split.mean, currency)),
        *(
            (f"{level} of runs lie below", number_said(metric, value, float("nan"), currency))
            for level, value in (("5 %", outlook.low), ("50 %", outlook.median), ("95 %", outlook.high))
        ),
        ("variance from inputs", f"{share.value:.0%} ({share.low:.0%} to {share.high:.0%})"),
    ]
    return Table(title, ("", ""), rows)


def plain_sweep(sweep: Sweep) -> dict[str, Any]:
    """Return a sweep as plain values."""
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    return {
        **_plain_head(sweep),
        "design": sweep.design,
        "replications": sweep.replications,
        "points": [
            {
                "settings": dict(point.settings),
                "steady": not point.unstable,
                "responses": {
                    name: plain(each, parse_response(name).metric.unit)
                    for name, each in point.estimates.items()
                },
            }
            for point in sweep.points
        ],
    }


def plain_sensitivity(study: Sensitivity) -> dict[str, Any]:
    """Return a sensitivity study as plain values: its measures, one a row."""
    from simlab.reports.tables.studies import sensitivities

    return {
        **_plain_head(study),
        "method": study.method,
        "replications": study.replications,
        "points": study.n_points,
        "measures": _plain_rows(sensitivities(study)),
    }


def plain_capacity(study: Capacity) -> dict[str, Any]:
    """Return a capacity study as plain values."""
    from simlab.cli.values import plain
    from simlab.metrics.responses import parse_response

    def unit(response: str) -> str:
        return parse_response(response).metric.unit

    return {
        **_plain_head(study),
        "constraints": list(study.constraints),
        "points": [
            {
                "growth": point.growth,
                "kept": point.is_kept,
                "reason": point.reason,
                "replications": point.replications,
                "paid_hours_per_week": point.paid_hours_per_week,
                "crews": [
                    {
                        "path": crew.path,
                        "people": crew.people,
                        "first_guess": crew.first_guess,
                        "paid_hours_per_week": crew.paid_hours_per_week,
                    }
                    for crew in point.crews
                ],
                "targets": [
                    {
                        "text": target.text,
                        "standing": target.standing,
                        **plain(target.estimate, unit(target.response)),
                    }
                    for target in point.targets
                ],
                "responses": {name: plain(each, unit(name)) for name, each in point.estimates.items()},
            }
            for point in study.points
        ],
    }


def _plain_head(study: Sweep | Sensitivity | Capacity) -> dict[str, Any]:
    return {
        "name": study.name,
        "scenario": study.scenario_name,
        "seed": study.seed,
        "confidence": study.confidence,
        "currency": study.currency or None,
        "folder": None if study.folder is None else str(study.folder),
    }


def _plain_rows(table: NumberTable) -> list[dict[str, Any]]:
    names = [column.name for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]
