"""Tables of monitoring: actual figures on their band, signals, the forecast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from simlab.business.monitoring import Band, Forecast, Monitoring
from simlab.business.period_figures import FIGURES
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Cell, Table, table

TITLES: Final = {
    "created": "Tickets created",
    "resolved": "Tickets resolved",
    "open": "Open tickets at the end",
    "queue": "Tickets waiting for people, mean",
    "resolution": "Mean resolution time",
    "attainment": "Resolved within target",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BAND: Final = ("predicted", "low", "high", "lower limit", "upper limit")


def control_chart(found: Monitoring) -> Table:
    """Return every figure of every period: what happened, what was predicted, and whether it is a signal."""
    signals = {(each.figure, each.period): each.rule for each in found.signals}

    def rows() -> list[tuple[Cell, ...]]:
        return [
            (
                name,
                moment(found, float(found.edges[place])),
                FIGURES[name],
                float(found.actual[name][place]),
                *_band_at(found.bands[name], place),
                signals.get((name, place), ""),
            )
            for name in found.figures
            for place in range(len(found.edges) - 1)
        ]

    header = ("figure", "from", "unit", "actual", *_BAND, "signal")
    title = (
        say("Figures by day, on what the scenario predicts")
        if found.period == "day"
        else say("Figures by week, on what the scenario predicts")
    )
    return table("control_chart", title, header, rows())


def forecast_table(found: Monitoring, ahead: Forecast) -> Table:
    """Return what is to be expected in each week after the log."""
    return table(
        "forecast",
        "Expected in the weeks after the log, from the tickets that are open at its end",
        ("figure", "from", "unit", *_BAND[:3]),
        (
            (name, moment(found, float(ahead.edges[place])), FIGURES[name], *_band_at(band, place)[:3])
            for name, band in ahead.bands.items()
            for place in range(len(ahead.edges) - 1)
        ),
    )


def open_tickets(found: Monitoring, ahead: Forecast) -> Table:
    """Return how many tickets are open at the end of the log, from which the forecast begins."""
    return table(
        "open_tickets",
        "Tickets that are open at the end of the log",
        ("at", ("open", "tickets")),
        [(moment(found, float(ahead.edges[0])), ahead.n_open)],
    )


def moment(found: Monitoring, minutes: float) -> str:
    """Return an instant as local date, with the time where it is no midnight."""
    local = (_EPOCH + timedelta(minutes=minutes)).astimezone(ZoneInfo(found.zone))
    return f"{local:%Y-%m-%d}" if (local.hour, local.minute) == (0, 0) else f"{local:%Y-%m-%d %H:%M}"


def _band_at(band: Band, place: int) -> tuple[float, float, float, float, float]:
    return (
        float(band.centre[place]),
        float(band.low[place]),
        float(band.high[place]),
        float(band.lower_limit[place]),
        float(band.upper_limit[place]),
    )
