from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simlab.experiments.controls import controls_of, with_controls
from simlab.experiments.runner import run
from simlab.model.load import LoadedScenario

WithPeople = Callable[[int], LoadedScenario]


def test_controls_have_a_mean_of_zero(desk: LoadedScenario) -> None:
    busy = desk.patch({"demand.mail.arrivals.day_cv": 0.3})
    controls = controls_of(busy.model, 1, range(400))
    error = controls.std(axis=0, ddof=1) / np.sqrt(400)
    assert np.all(np.abs(controls.mean(axis=0)) < 4.0 * error)
    assert np.all(error > 0.0)


def test_arrivals_are_counted_against_the_rate(desk: LoadedScenario) -> None:
    found = run(desk, replications=3, jobs=1)
    created = found.values("created_per_week") * 3.0 / 7.0
    controls = controls_of(desk.model, 1, range(3))
    assert controls[:, 0] == pytest.approx(created - 3.0 * 60.0)


def test_controls_depend_neither_on_people_nor_on_what_else_is_asked_for(with_people: WithPeople) -> None:
    few, many = (controls_of(with_people(n).model, 7, range(4)) for n in (1, 5))
    np.testing.assert_array_equal(few, many)
    np.testing.assert_array_equal(controls_of(with_people(1).model, 7, [2]), few[2:3])


def test_demand_that_is_not_random_has_no_surplus(desk: LoadedScenario) -> None:
    timetable = desk.patch({"demand.mail.arrivals": {"rate": None, "every": "20 min"}})
    assert not np.any(controls_of(timetable.model, 1, range(3))[:, 0])


def test_controls_narrow_the_interval_of_what_depends_on_the_load(desk: LoadedScenario) -> None:
    plain = run(desk, replications=20, jobs=1)
    told = with_controls(plain).estimates(names=["utilisation", "resolution_p90"])
    assert told["utilisation"].variance_reduction > 3.0
    assert told["utilisation"].half_width < plain.estimates(names=["utilisation"])["utilisation"].half_width
    # Quantiles of all tickets together are estimated as ever.
    assert told["resolution_p90"] == plain.estimates(names=["resolution_p90"])["resolution_p90"]


def test_run_takes_controls_as_an_option(desk: LoadedScenario) -> None:
    asked = run(desk, replications=12, jobs=1, controls=True)
    assert asked.controls is not None
    np.testing.assert_array_equal(asked.controls, controls_of(desk.model, 1, range(12)))
