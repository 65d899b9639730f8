"""Tables that the figures of studies are drawn from: curves, tornado bars, measures of inputs."""

from __future__ import annotations

import math

from simlab.experiments.capacity import Capacity
from simlab.experiments.parameters import read_quantity
from simlab.experiments.sensitivity import ResponseSensitivity
from simlab.experiments.sweep import Sweep
from simlab.metrics.catalogue import Better
from simlab.metrics.responses import parse_response
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Cell, Table, table
from simlab.reports.tables.times import RISK_BAND
from simlab.reports.titles import title_of
from simlab.reports.wording import rounded_apart


def sweep_curves(sweep: Sweep, response: str) -> Table:
    """Return a response over the first setting, a curve for each combination of the others."""
    first, *others = sweep.paths
    settings = settings_of(sweep, first)
    said = {path: rounded_apart(point.settings[path] for point in sweep.points) for path in others}
    rows: list[tuple[Cell, ...]] = []
    for point, setting in zip(sweep.points, settings, strict=True):
        each = point.estimates[response]
        curve = ", ".join(f"{path} {said[path][point.settings[path]]}" for path in others)
        rows.append((setting, curve, each.value, each.low, each.high))
    if all(isinstance(setting, float) for setting in settings):
        rows.sort(key=lambda row: float(row[0]))
    header = ("setting", "curve", "value", "low", "high")
    title = say("{response} at every point", response=title_of(response))
    return table(f"curve_{response}", title, header, rows)


def sweep_lines(sweep: Sweep, response: str) -> Table:
    """Return the configurations of a sweep with one response; the best ones stand out."""
    values = [point.estimates[response].value for point in sweep.points]
    best = values[best_point(sweep, response)]
    columns = [settings_of(sweep, path) for path in sweep.paths]
    rows = zip(*columns, values, ("chosen" if value == best else "" for value in values), strict=True)
    title = say("Configurations, and their {response}", response=title_of(response))
    return table(f"configurations_{response}", title, (*sweep.paths, response, "role"), rows)


def best_point(sweep: Sweep, response: str) -> int:
    """Return the number of the point with the best estimate of a response; the first where none is known."""
    sign = -1.0 if parse_response(response).metric.better is Better.HIGHER else 1.0
    values = [sign * point.estimates[response].value for point in sweep.points]
    return min(range(len(values)), key=lambda place: (math.isnan(values[place]), values[place]))


def settings_of(sweep: Sweep, path: str) -> list[Cell]:
    """Return what each point has at a path: numbers where all are, in one unit."""
    texts = [point.settings[path] for point in sweep.points]
    quantities = [read_quantity(text) for text in texts]
    if any(each is None for each in quantities) or len({each[1] for each in quantities if each}) > 1:
        return list(texts)
    return [each[0] for each in quantities if each]


def unit_of_setting(sweep: Sweep, path: str) -> str:
    """Return the unit of the numbers at a path; empty where there is none."""
    quantity = read_quantity(sweep.points[0].settings[path])
    return quantity[1] if quantity else ""


def tornado(found: ResponseSensitivity) -> Table:
    """Return a tornado of a response: its value at the two ends of each input."""
    assert found.today is not None
    today = found.today.value
    rows: list[tuple[Cell, ...]] = []
    for path in dict.fromkeys(bar.path for bar in found.bars):
        bars = [bar for bar in found.bars if bar.path == path]
        ends = [(bar.setting, today + bar.paired.difference.value) for bar in bars]
        if len(ends) == 1:
            ends.append(("as it is", today))
        elif len(ends) > 2:  # of several choices, those at the ends of the bar
            ends = [min(ends, key=lambda end: end[1]), max(ends, key=lambda end: end[1])]
        (low_text, low), *_, (high_text, high) = ends
        rows.append((path, low_text, high_text, low, high, today))
    header = ("input", "low setting", "high setting", "at low", "at high", "today")
    title = say("{response} at the ends of each input", response=title_of(found.response))
    return table(f"tornado_{found.response}", title, header, rows)


def outlook(found: ResponseSensitivity) -> Table:
    """Return mean and quantiles of a response under uncertain inputs; the quantiles have no intervals."""
    assert found.outlook is not None
    nothing, each = float("nan"), found.outlook
    mean = each.split.mean
    header = ("scenario", "mean", "mean low", "mean high", *RISK_BAND)
    row = ("with uncertain inputs", mean.value, mean.low, mean.high, each.low, nothing, nothing, each.high)
    title = say("{response} of single runs with uncertain inputs", response=title_of(found.response))
    return table(f"outlook_{found.response}", title, header, [(*row, nothing, nothing)])


def measures(found: ResponseSensitivity) -> Table:
    """Return the measures of each input by Morris or Sobol."""
    nothing = float("nan")
    rows: list[tuple[Cell, ...]] = []
    for each in found.effects:
        star = each.effects.mu_star
        rows.append((each.path, "mean size of effects (mu*)", star.value, star.low, star.high))
        rows.append((each.path, "spread of effects (sigma)", each.effects.sigma, nothing, nothing))
    for part in found.indices:
        for word, index in (("by itself", part.indices.first), ("with interactions", part.indices.total)):
            rows.append((part.path, word, index.value, index.low, index.high))
    header = ("input", "measure", "value", "low", "high")
    title = say("Measures of each input on {response}", response=title_of(found.response))
    return table(f"measures_{found.response}", title, header, rows)


def staffing_curves(study: Capacity) -> Table:
    """Return people over demand, a curve a crew."""
    nothing = float("nan")
    return table(
        "staffing_curve",
        "People over demand in per cent of today’s",
        ("setting", "curve", "value", "low", "high"),
        (
            (100.0 * (1.0 + point.growth), crew.path, float(crew.people), nothing, nothing)
            for point in study.points
            for crew in point.crews
        ),
    )


def figure_curve(study: Capacity, response: str) -> Table:
    """Return a response over demand; what could not be simulated is left out."""
    return table(
        f"curve_{response}",
        say("{response} over demand in per cent of today’s", response=title_of(response)),
        ("setting", "curve", "value", "low", "high"),
        (
            (100.0 * (1.0 + point.growth), "", each.value, each.low, each.high)
            for point in study.points
            if (each := point.estimates.get(response)) is not None and math.isfinite(each.value)
        ),
    )
