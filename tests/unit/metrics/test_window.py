from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.window import Window, observation_window
from simlab.model.tables import Model

NAN = float("nan")


def test_window_runs_from_warm_up_to_the_end_of_the_run(
    model: Model, logs_of: Callable[..., RunLogs]
) -> None:
    window = observation_window(replace(model, warm_up=1440.0), logs_of(end=11520.0).totals)
    assert window == Window(1440.0, 11520.0)
    assert window.weeks == 1.0
    assert window.months == pytest.approx(7 / (365.25 / 12), rel=1e-12)


def test_window_of_a_run_that_ended_in_its_warm_up_is_empty(
    model: Model, logs_of: Callable[..., RunLogs]
) -> None:
    assert observation_window(replace(model, warm_up=1440.0), logs_of(end=100.0).totals).minutes == 0.0


def test_window_holds_both_its_ends_and_no_time_that_never_came() -> None:
    held = Window(10.0, 20.0).holds(np.array([9.9, 10.0, 15.0, 20.0, 20.1, NAN]))
    assert held.tolist() == [False, True, True, True, False, False]


def test_overlap_is_the_part_inside_and_what_goes_on_ends_with_the_run() -> None:
    started = np.array([0.0, 12.0, 15.0, 0.0, 30.0])
    ended = np.array([12.0, 14.0, NAN, 99.0, 40.0])
    assert Window(10.0, 20.0).overlap(started, ended).tolist() == [2.0, 2.0, 5.0, 10.0, 0.0]
