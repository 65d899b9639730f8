"""Runs until a precision is reached, as commands tell them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.experiments.runner import RunOptions
    from simlab.experiments.runs import ScenarioRun
    from simlab.experiments.sequential import GoalReached, PreciseRun
    from simlab.model.load import LoadedScenario
    from simlab.statistics.stopping import StoppingRule


def run_as_asked(
    loaded: LoadedScenario, rule: StoppingRule | None, confidence: float, options: RunOptions
) -> tuple[ScenarioRun, PreciseRun | None]:
    """Run a fixed number of replications, or until a rule ends it."""
    if rule is None:
        from simlab.experiments.runner import run

        return run(loaded, **options), None
    from simlab.experiments.sequential import run_until_precise

    precise = run_until_precise(loaded, rule, confidence, **options)
    return precise.run, precise


def print_precision(precise: PreciseRun) -> None:
    """Print how precise each response came out, and how many replications it needs."""
    from simlab.reports.titles import title_of

    rows = [
        (
            title_of(reached.response.name),
            *_radii(reached, precise.run.model.money.currency),
            format_count(reached.needed) if reached.needed is not None else "cannot be told",
            "reached" if reached.is_reached else "not reached",
        )
        for reached in precise.goals
    ]
    header = ("", "radius", "wanted", "replications needed", "")
    terminal.table(Table(f"Precision after {precise.run.n} replications", header, rows))


def _radii(reached: GoalReached, currency: str) -> tuple[str, str]:
    """Return the radius that was reached and the one that was wanted."""
    from simlab.reports.wording import money_unit, scale_of

    estimate, unit = reached.estimate, reached.response.metric.unit
    sizes = [size for size in (estimate.half_width, reached.wanted) if math.isfinite(size) and size > 0.0]
    if unit == "share":
        found, wanted = (f"{100.0 * size:.3g} points" for size in (estimate.half_width, reached.wanted))
        return found, wanted
    scale = scale_of(money_unit(unit, currency), sizes, min(sizes, default=math.nan) / 10.0)
    found, wanted = scale.said(estimate.half_width), scale.said(reached.wanted)
    if reached.goal.relative is None:
        return found, wanted
    return (
        f"{found} ({100.0 * estimate.relative_precision:.3g} %)",
        f"{wanted} ({100.0 * reached.goal.relative:.3g} %)",
    )


def plain_precision(precise: PreciseRun) -> dict[str, Any]:
    """Return the outcome as plain values."""
    return {
        "reached": precise.is_precise,
        "still_needed": precise.still_needed,
        "goals": {
            reached.response.name: {
                "half_width": reached.estimate.half_width,
                "wanted": reached.wanted,
                "unit": reached.response.metric.unit,
                "replications_needed": reached.needed,
                "reached": reached.is_reached,
            }
            for reached in precise.goals
        },
    }


def require_precise(precise: PreciseRun) -> None:
    """Refuse to end well when the precision was not reached."""
    if not precise.is_precise:
        raise GateFailed(not_precise(precise))


def not_precise(precise: PreciseRun) -> str:
    """Say what was not reached, and how many more replications it takes."""
    n, more = precise.run.n, precise.still_needed
    remedy = "accept a wider interval, or lengthen the run"
    if more is not None:
        remedy = (
            f"about {format_count(more)} more replications are needed: "
            f"--max-replications {n + more}, or {remedy}"
        )
    unmet = ", ".join(precise.decision.unmet)
    return f"the precision of {unmet} was not reached in {n} replications\n    -> {remedy}"
