"""Figures of control rules: how often and for how long they act, and what coming costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.asked import Scoreboard
from simlab.metrics.groups import Grouping, Scores, counts, sums
from simlab.metrics.window import Window
from simlab.model.tables import Model

Floats = NDArray[np.float64]


def control_scores(model: Model, logs: RunLogs, window: Window) -> Scoreboard:
    """Return how often each rule began to act in the window, and the share of it in which it acted."""
    actions = logs.actions
    rules = Grouping(actions.control, len(model.names.controls))
    began = window.holds(actions.started)
    # What has not begun when the run ends has no minutes.
    acting = np.nan_to_num(window.overlap(actions.started, actions.ended))
    return {
        ("control_activations", "control"): Scores.of(counts(rules.of(began))),
        ("control_active_share", "control"): Scores.ratio(sums(acting, rules), window.minutes),
    }


def call_outs(model: Model, logs: RunLogs, window: Window) -> Floats:
    """Return what people on call were paid for coming in the window, by team."""
    control, people = model.control, model.people
    came = counts(
        Grouping(logs.actions.control[window.holds(logs.actions.started)], len(model.names.controls))
    )
    amounts = np.zeros(len(model.names.teams))
    for rule, shift, cost in zip(control.call_rule, control.call_shift, control.call_cost, strict=True):
        team = people.team[people.shift == shift]
        amounts[team[:1]] += came[rule] * cost * len(team)
    return amounts


def is_on_call(model: Model) -> NDArray[np.bool_]:
    """Return which people are on duty, and paid, only when a rule calls them in."""
    return np.isin(model.people.shift, model.control.call_shift)
