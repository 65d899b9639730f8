"""Figures of visits: waits by team and step, interruptions, how often automations finish what they begin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs, VisitLog
from simlab.metrics.asked import Asked, Figures, Groupings, Scoreboard
from simlab.metrics.attempts import finished_by_self_service
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.groups import Grouping, Scores, counts, everything, quantiles, sums
from simlab.metrics.responses import queued_steps
from simlab.metrics.spans import interruptions
from simlab.metrics.window import Window
from simlab.model.tables import Model

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

OF_WAITS: Final = ("wait_mean", "wait_p90")
OF_INTERRUPTIONS: Final = ("interruptions_per_week", "interruption_wait_mean", "interrupted_share")


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits until work began in the window, one for each visit."""

    minutes: Floats
    team: Codes
    step: Codes
    """As in the log."""


NO_WAITS: Final = Waits(np.empty(0), np.empty(0, np.int32), np.empty(0, np.int32))


def waits_in(visits: VisitLog, window: Window) -> Waits:
    """Return the waits of the visits whose work began in the window."""
    rows = np.flatnonzero((visits.team >= 0) & window.holds(visits.started))
    return Waits(visits.started[rows] - visits.arrived[rows], visits.team[rows], visits.step[rows])


def wait_scores(model: Model, waits: Waits, asked: Asked) -> Scoreboard:
    """Return means and quantiles of waits by team and step."""
    of = Figures(asked, _groupings(model, waits.team, waits.step))
    scores = of.means("wait_mean", lambda: waits.minutes)
    splits = asked.splits("wait_p90", of.groupings)
    high = quantiles(waits.minutes, [of.by(each) for each in splits], (0.9,)) if splits else []
    return scores | {("wait_p90", by): Scores.of(row[0]) for by, row in zip(splits, high, strict=True)}


def interruption_scores(model: Model, logs: RunLogs, window: Window, asked: Asked) -> Scoreboard:
    """Return how often work was interrupted, and how long it then waited."""
    if not asked.any_of(OF_INTERRUPTIONS):
        return {}
    visits = logs.visits
    everybody = _groupings(model, visits.team, visits.step)
    found = interruptions(logs)
    inside = window.holds(found.at)
    again = inside & ~np.isnan(found.resumed)
    done = np.flatnonzero((visits.team >= 0) & window.holds(visits.ended) & ~np.isnan(visits.started))
    was_interrupted = np.isin(done, found.visit)
    return {
        **Figures(asked, everybody, found.visit[inside]).rates("interruptions_per_week", window),
        **Figures(asked, everybody, found.visit[again]).means(
            "interruption_wait_mean", lambda: found.resumed[again] - found.at[again]
        ),
        **Figures(asked, everybody, done).shares("interrupted_share", lambda: was_interrupted),
    }


def _groupings(model: Model, team: Codes, step: Codes) -> Groupings:
    queued = queued_steps(model)
    shown = np.full(len(model.names.steps), -1, np.int32)
    shown[queued] = np.arange(len(queued))
    return {
        OVERALL: everything(len(team)),
        "team": Grouping(team, len(model.names.teams)),
        "step": Grouping(shown[model.steps.shown_as[step]], len(queued)),
    }


def automation_runs(model: Model, visits: VisitLog, window: Window) -> Floats:
    """Return runs of each automation that began in the window and ended: successes, and all; (2, n).

    A run that succeeded went on to a decision that counts as a response.
    """
    ran = np.flatnonzero(
        (model.steps.automation[visits.step] >= 0) & window.holds(visits.started) & (visits.went_to >= 0)
    )
    runs = Grouping(model.steps.automation[visits.step[ran]], len(model.names.automations))
    return np.array([sums(model.steps.responds[visits.went_to[ran]], runs), counts(runs)])


def automation_scores(model: Model, logs: RunLogs, window: Window, runs: Floats) -> Scoreboard:
    """Return the share of runs, attempts of self-service among them, that needed nobody afterwards."""
    succeeded, ended = runs + finished_by_self_service(model, logs, window)
    return {("automation_share", "automation"): Scores.ratio(succeeded, ended)}
