"""Work that is done in one go, beside work in spells: the log of work has all of it, in order of ending."""

from __future__ import annotations

import numpy as np
import pytest

from tests.desks import Run, one_step, ran_well
from tests.unit.engines.week import at, timetable

OFFICE = {"mon-fri": "08:00-16:00"}
NEVER = "-"

SPELLS = {
    "hand_over": (
        (0, "mon 08:00", "mon 10:00", 0.0),
        (1, "mon 15:00", "mon 16:00", 0.0),
        (1, "tue 08:00", "tue 09:00", 0.0),
        (2, "tue 09:00", "tue 11:00", 0.0),
        (3, "tue 11:00", NEVER, 0.0),
    ),
    "finish": (
        (0, "mon 08:00", "mon 10:00", 0.0),
        (1, "mon 15:00", "mon 17:00", 60.0),
        (2, "tue 08:00", "tue 10:00", 0.0),
        (3, "tue 10:00", NEVER, 0.0),
    ),
    "pause": (
        (0, "mon 08:00", "mon 10:00", 0.0),
        (1, "mon 15:00", "tue 09:00", 0.0),
        (2, "tue 09:00", "tue 11:00", 0.0),
        (3, "tue 11:00", NEVER, 0.0),
    ),
}
"""Ticket, when it was taken up and let go, and overtime."""


def ran(at_shift_end: str) -> Run:
    """Two hours of work on each ticket: within a day, over its end, after it, and not to the end."""
    arrivals = timetable(("mon 08:00", "mon 15:00", "mon 15:10", "mon 15:20"))
    team = {"people": 1, "hours": OFFICE, "at_shift_end": at_shift_end}
    time = {"start": "2026-01-05", "zone": "UTC"}
    return ran_well(one_step(arrivals, "2 h", team, "36 h", time=time))


@pytest.mark.parametrize("at_shift_end", SPELLS)
def test_spells_and_whole_work_stand_in_the_order_in_which_people_let_go(at_shift_end: str) -> None:
    work, expected = ran(at_shift_end).logs.work, SPELLS[at_shift_end]
    assert work.ticket.tolist() == [ticket for ticket, *_ in expected]
    assert work.started.tolist() == [at(started) for _, started, _, _ in expected]
    ends = [np.nan if ended == NEVER else at(ended) for _, _, ended, _ in expected]
    np.testing.assert_array_equal(work.ended, ends)
    assert work.overtime_min.tolist() == [overtime for *_, overtime in expected]


@pytest.mark.parametrize("at_shift_end", SPELLS)
def test_work_that_has_not_ended_is_not_counted_yet(at_shift_end: str) -> None:
    logs = ran(at_shift_end).logs
    assert logs.tickets.touch_min.tolist() == [120.0, 120.0, 120.0, 0.0]
    assert logs.visits.touch_min.tolist() == [120.0, 120.0, 120.0, 0.0]
    assert logs.visits.person.tolist() == [0, 0, 0, 0]
