"""Hours that decide whether a ticket goes on soon."""

from __future__ import annotations

import numpy as np

from simlab.calibrate.next_hours import next_hours
from simlab.calibrate.transitions import Chain, chain_of
from simlab.calibrate.work_hours import WorkHours
from tests.unit.calibrate.paths_for_tests import HOUR, MONDAY, paths_from

OFFICE = WorkHours(((8, 18),) * 7)
MORNING = WorkHours(((8, 10),) * 7)


def test_an_activity_has_the_hours_in_which_what_follows_is_done() -> None:
    assert next_hours(_round_the_clock(), MORNING) == {0: OFFICE}


def test_an_activity_has_the_usual_hours_where_these_tell_as_much() -> None:
    assert next_hours(_round_the_clock(), OFFICE) == {}


def _round_the_clock() -> Chain:
    """Cases come at all hours; what follows is done half an hour later from 8 to 18, else at 8 o'clock."""
    rng = np.random.default_rng(6)
    cases = []
    for number in range(1_200):
        at = MONDAY + 10.0 * HOUR * number / 7.0 + float(rng.uniform(0.0, 5.0))
        hour = at / HOUR % 24.0
        opening = (at // 1440.0 + float(hour >= 17.5)) * 1440.0 + 8.0 * HOUR
        done = at + 30.0 if 8.0 <= hour < 17.5 else opening + float(rng.uniform(0.0, 30.0))
        cases.append([("seen", at, at), ("done", done, done)])
    return chain_of(paths_from(cases))
