"""Draw the gallery of the README: ``make gallery`` writes pictures and their numbers to ``reports/samples``.

The numbers stand in ``numbers.csv``; a test of the docs works them out again, so that pictures and code do
not drift apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import simlab as sl
from simlab.business.case import BusinessCase, business_case
from simlab.reports.figures.canvas import svg_of
from simlab.reports.figures.cash_flow import draw_cash_flow
from simlab.reports.figures.fonts import fonts_for
from simlab.reports.figures.process_map import draw_process_map
from simlab.reports.figures.resolution import draw_resolution_distribution
from simlab.reports.figures.risk import draw_risk
from simlab.reports.figures.tornado import draw_tornado
from simlab.reports.subjects import Subject, subject_of
from simlab.reports.tables import business, process, times
from simlab.reports.tables.table import Table, table
from simlab.results.export import write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "reports" / "samples"
NUMBERS = SAMPLES / "numbers.csv"
REPLICATIONS = 20
SHOWN = ("resolution_mean", "resolution_p90", "resolve_attainment", "cost_per_week")


@dataclass(frozen=True)
class Gallery:
    """What the pictures are drawn from."""

    subjects: list[Subject]
    """The first scenario as it is, and with each of its changes."""
    case: BusinessCase


def gallery() -> Gallery:
    """Simulate what the gallery shows."""
    path = ROOT / "scenarios" / "first.yaml"
    base = sl.load(path)
    scenarios = {"Today": base} | {
        label: sl.load(path, what_if=[name]) for name, label in base.patches.items()
    }
    subjects = [
        subject_of(sl.run(scenario, replications=REPLICATIONS), label)
        for label, scenario in scenarios.items()
    ]
    return Gallery(subjects, business_case(ROOT / "experiments" / "first_case.yaml"))


def numbers(shown: Gallery) -> Table:
    """Return the numbers behind the pictures: some responses of each scenario, the figures of the case."""
    rows = [
        (
            subject.label,
            name,
            subject.estimates[name].value,
            subject.estimates[name].low,
            subject.estimates[name].high,
        )
        for subject in shown.subjects
        for name in SHOWN
    ]
    rows += [
        ("business case", name, figure.joint.median, figure.joint.low, figure.joint.high)
        for name, figure in shown.case.figures.items()
    ]
    return table("numbers", "Numbers of the gallery", ("of", "figure", "value", "low", "high"), rows)


def pictures(shown: Gallery) -> dict[str, Callable[[], Figure]]:
    """Return what draws each picture, by the name of its file."""
    today, case = shown.subjects[0], shown.case
    currency = case.plan.currency
    flows, value = business.cash_flows(case), business.value_over_time(case)
    return {
        "resolution": partial(draw_resolution_distribution, times.resolution_distribution(shown.subjects)),
        "risk": partial(
            draw_risk,
            times.resolution_risk(shown.subjects),
            "time to resolution",
            "min",
            "5 % to 95 % of tickets",
        ),
        "process_map": partial(draw_process_map, process.steps(today), process.moves(today)),
        "cash_flow": partial(draw_cash_flow, flows, value, currency),
        "tornado": partial(draw_tornado, business.case_tornado(case), "Net present value", currency),
    }


def main() -> None:
    """Write the pictures and their numbers."""
    shown = gallery()
    SAMPLES.mkdir(parents=True, exist_ok=True)
    for name, draw in pictures(shown).items():
        picture = svg_of(draw, fonts_for([]), name)
        (SAMPLES / f"{name}.svg").write_text(f"{picture}\n", encoding="utf-8")
    write_csv(numbers(shown).by_column(), NUMBERS)


if __name__ == "__main__":
    main()
