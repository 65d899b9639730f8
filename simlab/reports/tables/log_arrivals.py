"""Tables of a log's arrivals: week by week, and by hour of week."""

from __future__ import annotations

from simlab.calibrate.profiling.arrivals import ArrivalProfile
from simlab.model.wall_clock import WEEKDAYS
from simlab.reports.tables.table import Table, table


def weekly_arrivals(arrivals: ArrivalProfile) -> Table:
    """Return the arrivals of each week, and whether it can be used."""
    usable = range(arrivals.first_usable, arrivals.first_usable + arrivals.n_usable)
    return table(
        "weekly_arrivals",
        "Arrivals of each week of the log",
        ("monday", ("arrivals", "tickets"), "usable"),
        (
            (monday.isoformat(), number, "yes" if week in usable else "no")
            for week, (monday, number) in enumerate(arrivals.weeks)
        ),
    )


def hourly_arrivals(arrivals: ArrivalProfile) -> Table:
    """Return the mean arrivals in each hour of the week, in the usable weeks."""
    return table(
        "arrivals_by_hour",
        "Mean arrivals in each hour of the week, in the weeks that can be used",
        ("day", ("hour", "h"), ("arrivals", "tickets/hour")),
        (
            (WEEKDAYS[hour // 24], hour % 24, float(arrivals.by_hour[hour]))
            for hour in range(24 * 7 if arrivals.n_usable else 0)
        ),
    )
