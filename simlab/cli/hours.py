"""A day or a week hour by hour, as commands tell it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simlab.cli.terminal import Table
from simlab.errors import UsageError

if TYPE_CHECKING:
    from simlab.experiments.by_hour import HourRow, Period


def period_of(written: str | None, csv: Path | None) -> Period | None:
    """Return the period written at ``--by-hour``; None where none was."""
    from simlab.experiments.by_hour import PERIODS

    if written is None:
        if csv is not None:
            raise UsageError(
                "--csv writes the table of --by-hour\n    -> add --by-hour week, or leave it out"
            )
        return None
    for period in PERIODS:
        if written == period:
            return period
    raise UsageError(f"--by-hour is one of {', '.join(PERIODS)}; found '{written}'")


def hours_table(rows: Sequence[HourRow]) -> Table:
    """Return the table of all teams together; files have the single teams too."""
    from simlab.cli.values import NOTHING, number_said
    from simlab.metrics.catalogue import METRIC_BY_NAME
    from simlab.reports.wording import Scale

    count, wait = Scale(1.0, "", 2), METRIC_BY_NAME["wait_mean"]

    def counted(row: HourRow, figure: str) -> str:
        estimate = getattr(row, figure)
        if estimate is None:
            return NOTHING
        radius = f" ± {count.number(estimate.half_width)}" if estimate.half_width > 0.0 else ""
        return count.number(estimate.value) + radius

    return Table(
        "By hour, all teams together",
        ("", "in the system", "waiting", "on duty", "mean wait of those who come"),
        [
            (
                row.label,
                *(counted(row, figure) for figure in ("wip", "queue", "on_duty")),
                number_said(wait, row.wait.value, row.wait.half_width, ""),
            )
            for row in rows
            if not row.team
        ],
    )


def plain_hours(rows: Sequence[HourRow]) -> list[dict[str, Any]]:
    """Return rows as plain values."""
    from simlab.cli.values import plain
    from simlab.experiments.by_hour import FIGURES

    units = {"wip": "tickets", "queue": "tickets", "on_duty": "count", "wait": "min"}
    return [
        {
            "hour": row.hour,
            "label": row.label,
            "team": row.team or None,
            **{
                figure: plain(estimate, units[figure])
                for figure in FIGURES
                if (estimate := getattr(row, figure)) is not None
            },
        }
        for row in rows
    ]
