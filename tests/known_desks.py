"""Logs of desks that are known, for a fit to find again what they are."""

from __future__ import annotations

from pathlib import Path

from simlab.calibrate.paths import Paths, paths_of
from simlab.calibrate.simulated import simulated_log
from simlab.engines.auto import engine_named
from simlab.model.load import load


def paths_of_desk(written: str, folder: Path) -> Paths:
    """Return the cases of a simulated log of a scenario, which is written into a folder."""
    file = folder / "desk.yaml"
    file.write_text(written, encoding="utf-8")
    model = load(file).model
    return paths_of(simulated_log(engine_named("auto").run(model, 1, 0), model))
