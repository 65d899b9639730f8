"""Draw the picture of the README: ``python docs/draw_samples.py`` writes it to ``reports/samples``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import simlab as sl
from simlab.reports.figures.canvas import svg_of
from simlab.reports.figures.fonts import fonts_for
from simlab.reports.figures.resolution import draw_resolution_distribution
from simlab.reports.subjects import subject_of
from simlab.reports.tables.times import resolution_distribution

ROOT = Path(__file__).parents[1]
REPLICATIONS = 20


def main() -> None:
    """Draw how long tickets of the first scenario take, today and after each of its changes."""
    path = ROOT / "scenarios" / "first.yaml"
    base = sl.load(path)
    scenarios = {"Today": base} | {
        label: sl.load(path, what_if=[name]) for name, label in base.patches.items()
    }
    subjects = [
        subject_of(sl.run(scenario, replications=REPLICATIONS), label)
        for label, scenario in scenarios.items()
    ]
    draw = partial(draw_resolution_distribution, resolution_distribution(subjects))
    samples = ROOT / "reports" / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    picture = svg_of(draw, fonts_for(scenarios), "sample")
    (samples / "resolution.svg").write_text(f"{picture}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
