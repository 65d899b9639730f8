"""Tables of responses: estimates of each scenario, differences between scenarios, the parts of the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simlab.experiments.compare import Comparison
from simlab.metrics.catalogue import COST_PARTS
from simlab.metrics.responses import parse_response
from simlab.reports.language.catalogue import say
from simlab.reports.subjects import Subject
from simlab.reports.tables.table import Table, table
from simlab.reports.titles import title_of
from simlab.reports.wording import money_unit


def unit_of(response: str, currency: str) -> str:
    """Return the unit of a response, with the scenario's currency."""
    return money_unit(parse_response(response).metric.unit, currency)


def responses(subjects: Sequence[Subject]) -> Table:
    """Return every response of every scenario with its interval."""
    return table(
        "responses",
        "Every figure with its interval",
        ("scenario", "response", "meaning", "unit", "value", "low", "high", "replications"),
        (
            (
                subject.label,
                name,
                say(parse_response(name).metric.meaning),
                unit_of(name, subject.model.money.currency),
                estimate.value,
                estimate.low,
                estimate.high,
                estimate.n,
            )
            for subject in subjects
            for name, estimate in subject.estimates.items()
        ),
    )


def differences(comparison: Comparison, labels: Mapping[str, str]) -> Table:
    """Return every difference to the base.

    Parameters
    ----------
    comparison
        Its rows are taken as they stand.
    labels
        What the report calls each alternative.
    """
    currency = comparison.base.model.money.currency
    return table(
        "differences",
        "Differences to the base, paired by replication",
        (
            "scenario",
            "response",
            "name",
            "unit",
            "base",
            "alternative",
            "difference",
            "low",
            "high",
            ("relative", "share"),
            ("relative low", "share"),
            ("relative high", "share"),
            "adjusted p",
            "verdict",
        ),
        (
            (
                labels[change.alternative],
                title_of(row.name),
                row.name,
                unit_of(row.name, currency),
                row.base.value,
                change.estimate.value,
                change.paired.difference.value,
                change.paired.difference.low,
                change.paired.difference.high,
                change.paired.relative.value,
                change.paired.relative.low,
                change.paired.relative.high,
                change.adjusted_p,
                change.verdict,
            )
            for row in comparison.rows
            for change in row.changes
        ),
    )


def costs(subjects: Sequence[Subject]) -> Table:
    """Return the running cost a week by part; parts that are 0 in all scenarios are left out."""
    priced = [subject for subject in subjects if subject.model.money.currency]
    parts = [
        part
        for part in COST_PARTS
        if any(subject.estimates[part].value != 0.0 for subject in priced if part in subject.estimates)
    ]
    return table(
        "costs",
        "Running cost a week by part, and one-off cost",
        ("scenario", "part", "unit", "amount", "low", "high"),
        (
            (
                subject.label,
                title_of(name),
                unit_of(name, subject.model.money.currency),
                (estimate := subject.estimates[name]).value,
                estimate.low,
                estimate.high,
            )
            for name in (*parts, "cost_per_week", "cost_per_ticket", "cost_one_off")
            for subject in priced
            if name in subject.estimates
        ),
    )
