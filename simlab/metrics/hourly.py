"""Queue, work in progress, people on duty and waiting by hour of the week: the shape of a usual week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.groups import Grouping, counts, everything, sums
from simlab.metrics.spans import minutes_per_cell, queue_spans
from simlab.metrics.window import observation_window
from simlab.model.tables import Model
from simlab.model.wall_clock import HOURS_PER_WEEK

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HourlyFlow:
    """Sums over the window by local hour of week (0 is Monday 00:00 to 01:00), of which means are made."""

    minutes: Floats
    """(168,) minutes of the window; 0 where it does not reach that hour."""
    wip: Floats
    """(168,) minutes that tickets spent in the system."""
    queue: Floats
    """(n_teams, 168) minutes that tickets waited for the team."""
    on_duty: Floats
    """(n_teams, 168) minutes of people on duty, overtime left out."""
    n_waits: Floats
    """(n_teams, 168) visits whose work began in the window, by the hour in which they came to the team."""
    waited: Floats
    """(n_teams, 168) minutes from their coming to the start of work."""


def flow_by_hour_of_week(model: Model, logs: RunLogs) -> HourlyFlow:
    """Return what happened in each hour of the week."""
    window, n_teams = observation_window(model, logs.totals), len(model.names.teams)
    edges, hours = np.array([window.start]), np.empty(0, np.int64)
    if window.minutes > 0.0:
        edges, hours = model.clock.edges_hour_of_week(window.start, window.end)

    def by_hour(started: Floats, ended: Floats, grouping: Grouping) -> Floats:
        minutes = np.zeros((HOURS_PER_WEEK, grouping.n))
        np.add.at(minutes, hours, minutes_per_cell(started, ended, grouping, edges).T)
        return minutes.T

    visits, waits = logs.visits, queue_spans(logs)
    begun = np.flatnonzero((visits.team >= 0) & window.holds(visits.started))
    cell = visits.team[begun] * HOURS_PER_WEEK + model.clock.hour_of_week(visits.arrived[begun])
    waited = visits.started[begun] - visits.arrived[begun]
    cells = Grouping(cell, n_teams * HOURS_PER_WEEK)
    return HourlyFlow(
        minutes=sums(np.diff(edges), Grouping(hours, HOURS_PER_WEEK)),
        wip=by_hour(
            logs.tickets.created,
            np.fmin(logs.tickets.closed, logs.totals.end),
            everything(len(logs.tickets)),
        )[0],
        queue=by_hour(waits.started, waits.ended, Grouping(visits.team[waits.row], n_teams)),
        on_duty=by_hour(
            logs.duty.started, logs.duty.ended, Grouping(model.people.team[logs.duty.person], n_teams)
        ),
        n_waits=counts(cells).reshape(n_teams, -1),
        waited=sums(waited, cells).reshape(n_teams, -1),
    )
