"""Checks of a whole scenario: what each value alone does not show."""

from __future__ import annotations

from collections.abc import Callable

from simlab.errors import Place, Problem
from simlab.model.compiling.context import Path
from simlab.model.tables import Model
from simlab.scenario.schema.scenario import Scenario


def warnings_about(
    scenario: Scenario, model: Model, locate: Callable[[Path], Place | None]
) -> tuple[Problem, ...]:
    """Return what is probably not meant, though it can run."""
    return ()
