"""An alternative that cannot be told from the fastest one, and costs less: named beside it in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simlab.experiments.compare import Comparison
from simlab.reports.language.catalogue import say
from simlab.reports.tables.responses import unit_of
from simlab.reports.tables.table import Table, table
from simlab.reports.titles import title_of
from simlab.reports.wording import scale_of
from simlab.statistics.comparison import PairedDifference, paired_difference

TIME: Final = "resolution_mean"
COST: Final = "cost_per_week"


@dataclass(frozen=True, slots=True)
class CheaperAsFast:
    """An alternative against the fastest one."""

    alternative: str
    fastest: str
    time: PairedDifference
    """Of the mean resolution time: not shown to be longer."""
    cost: PairedDifference
    """Of the running cost: shown to be less."""


def cheaper_as_fast(comparison: Comparison) -> CheaperAsFast | None:
    """Return the one that costs least of those that are better than the base, and not shown to be slower.

    None where the fastest one is no better than the base, or none of the others costs less.
    """
    shared = {row.name for row in comparison.rows}
    if not {TIME, COST} <= shared:
        return None
    better = [change for change in comparison.row(TIME).changes if change.verdict == "better"]
    if not better:
        return None
    fastest = min(better, key=lambda change: change.paired.difference.value).alternative
    found = [
        CheaperAsFast(
            change.alternative,
            fastest,
            _between(comparison, TIME, fastest, change.alternative),
            _between(comparison, COST, fastest, change.alternative),
        )
        for change in better
        if change.alternative != fastest
    ]
    as_fast = [each for each in found if not each.time.significant and each.cost.direction == "lower"]
    return min(as_fast, key=lambda each: each.cost.difference.value, default=None)


def sentence(comparison: Comparison, found: CheaperAsFast, labels: Mapping[str, str]) -> str:
    """Return the sentence that follows the one about the fastest alternative."""
    name = labels[found.alternative]
    slower, saved = found.time.difference, -found.cost.difference.value
    currency = comparison.base.model.money.currency
    amount = scale_of(currency, [saved], found.cost.difference.half_width).said(saved)
    if slower.half_width == 0.0:
        return say(" “{name}” is just as fast, for {amount} less a week.", name=name, amount=amount)
    scale = scale_of("min", [slower.value], slower.half_width)
    return say(
        " “{name}” is as fast as far as can be told ({value}, {confidence} % interval {low} to {high}), for "
        "{amount} less a week.",
        name=name,
        value=scale.said(slower.value, signed=True),
        confidence=f"{100 * comparison.confidence:.4g}",
        low=scale.number(slower.low, signed=True),
        high=scale.said(slower.high, signed=True),
        amount=amount,
    )


def against_the_fastest(comparison: Comparison, labels: Mapping[str, str]) -> tuple[Table, ...]:
    """Return the table of the numbers in the sentence; none where there is no such alternative."""
    found = cheaper_as_fast(comparison)
    if found is None:
        return ()
    rows = (
        (
            labels[found.alternative],
            labels[found.fastest],
            title_of(name),
            name,
            unit_of(name, comparison.base.model.money.currency),
            paired.difference.value,
            paired.difference.low,
            paired.difference.high,
        )
        for name, paired in ((TIME, found.time), (COST, found.cost))
    )
    columns = ("scenario", "against", "response", "name", "unit", "difference", "low", "high")
    return (table("against_the_fastest", "Differences to the fastest alternative", columns, rows),)


def _between(comparison: Comparison, response: str, one: str, other: str) -> PairedDifference:
    """Return what one alternative has more than another, replication by replication."""
    before, after = (comparison.alternatives[name].values(response) for name in (one, other))
    return paired_difference(before, after, comparison.confidence, comparison.base.controls)
