"""A day or a week hour by hour: what replications have in common at each hour, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from simlab.errors import UsageError
from simlab.experiments.runs import ScenarioRun
from simlab.metrics.hourly import HourlyFlow, flow_by_hour_of_week
from simlab.model.wall_clock import hour_name
from simlab.statistics.intervals import Estimate, ratio_interval

Floats = NDArray[np.float64]
Period = Literal["day", "week"]

PERIODS: Final[tuple[Period, ...]] = ("day", "week")
FIGURES: Final = ("wip", "queue", "on_duty", "wait")


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of all teams together, or of one."""

    hour: int
    """Hour of the day, or of the week (0 is Monday 00:00 to 01:00), in the scenario's zone."""
    label: str
    """Such as ``Mon 08:00``."""
    team: str
    """Empty for all together."""
    wip: Estimate | None
    """Mean number of tickets in the system; None for a single team."""
    queue: Estimate
    """Mean number of tickets that wait for people."""
    on_duty: Estimate
    """Mean number of people on duty."""
    wait: Estimate
    """Mean wait of the tickets that come in this hour, min."""


def by_hour(run: ScenarioRun, period: Period = "week", confidence: float = 0.95) -> tuple[HourRow, ...]:
    """Return a run hour by hour: first all teams together, then each team.

    Parameters
    ----------
    run
        Two or more replications whose logs were kept (``logs="all"``).
    period
        Fold the window into a ``week`` or a ``day``. Hours that the window does not reach are left out.
    confidence
        Nominal coverage of each interval; they are not joint over the hours.

    Raises
    ------
    UsageError
        When there are fewer than two replications: one run has no interval.
    StorageError
        When logs were not kept, or are damaged.
    """
    if run.n < 2:
        raise UsageError("hours are averaged over replications: at least 2 are needed; found 1")
    flows = [flow_by_hour_of_week(run.model, run.logs(summary.replication)) for summary in run.summaries]
    teams = run.model.names.teams
    rows = list(_rows(flows, period, "", range(len(teams)), confidence))
    for code, team in enumerate(teams):
        rows += _rows(flows, period, team, [code], confidence)
    return tuple(rows)


def _rows(
    flows: Sequence[HourlyFlow], period: Period, team: str, codes: Sequence[int], confidence: float
) -> Iterator[HourRow]:
    def folded(sums: Sequence[Floats]) -> Floats:
        """(replications, hours)."""
        table = np.stack(sums)
        return table.reshape(len(table), 7, 24).sum(axis=1) if period == "day" else table

    minutes = folded([flow.minutes for flow in flows])
    wip = folded([flow.wip for flow in flows])
    picked = list(codes)
    queue = folded([flow.queue[picked].sum(axis=0) for flow in flows])
    on_duty = folded([flow.on_duty[picked].sum(axis=0) for flow in flows])
    n_waits = folded([flow.n_waits[picked].sum(axis=0) for flow in flows])
    waited = folded([flow.waited[picked].sum(axis=0) for flow in flows])

    def ratio(above: Floats, below: Floats, hour: int) -> Estimate:
        return ratio_interval(above[:, hour], below[:, hour], confidence)

    for hour in np.flatnonzero(minutes.sum(axis=0)).tolist():
        yield HourRow(
            hour=hour,
            label=f"{hour:02d}:00" if period == "day" else hour_name(hour),
            team=team,
            wip=None if team else ratio(wip, minutes, hour),
            queue=ratio(queue, minutes, hour),
            on_duty=ratio(on_duty, minutes, hour),
            wait=ratio(waited, n_waits, hour),
        )


def columns(rows: Sequence[HourRow]) -> dict[str, list[object]]:
    """Return rows as columns for files: each figure with the ends of its interval."""
    table: dict[str, list[object]] = {
        "hour": [row.hour for row in rows],
        "label": [row.label for row in rows],
        "team": [row.team for row in rows],
    }
    for figure in FIGURES:
        found: list[Estimate | None] = [getattr(row, figure) for row in rows]
        table[figure] = [each and each.value for each in found]
        table[f"{figure}_low"] = [each and each.low for each in found]
        table[f"{figure}_high"] = [each and each.high for each in found]
    return table
