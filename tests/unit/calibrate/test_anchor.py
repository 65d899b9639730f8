"""Whether people do one thing at a time, and how many of them are busy together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simlab.calibrate.anchor import busy_together, works_one_by_one
from simlab.calibrate.fit_teams import Roles, automatic_activities, roles_of
from simlab.calibrate.transitions import Chain, chain_of
from tests.unit.calibrate.paths_for_tests import MONDAY, paths_from


def test_people_who_finish_before_they_begin_anew_work_one_by_one() -> None:
    assert works_one_by_one(*_desk(work_min=20.0))


def test_people_whose_tickets_overlap_do_not() -> None:
    # Each of two people begins every hour, and holds a ticket for 90 min: a third of it beside the next one.
    assert not works_one_by_one(*_desk(work_min=90.0))


def test_work_without_names_does_not_tell() -> None:
    chain, roles = _desk(work_min=20.0)
    unnamed = replace(chain.paths, person=np.full(chain.paths.n_events, -1, np.int32))
    assert not works_one_by_one(replace(chain, paths=unnamed), roles)


def test_people_who_are_busy_together_are_counted_when_work_begins() -> None:
    # A ticket comes every half an hour, and takes 20 min, or 50.
    assert busy_together(*_desk(work_min=20.0)) == [1]
    assert busy_together(*_desk(work_min=50.0)) == [2]


def _desk(work_min: float) -> tuple[Chain, Roles]:
    """Work that begins every half an hour, by two people in turn."""
    starts = [MONDAY + 30.0 * number for number in range(400)]
    paths = paths_from([[("work", start, start + work_min)] for start in starts])
    person = (np.arange(paths.n_events) % 2).astype(np.int32)
    chain = chain_of(replace(paths, person=person))
    return chain, roles_of(chain, automatic_activities(chain, chain.paths), True)
