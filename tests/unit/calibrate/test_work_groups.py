"""Who works where: groups of people by what they do, people who help, people with classes of their own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simlab.calibrate.event_log import Integers
from simlab.calibrate.paths import Paths
from simlab.calibrate.work_groups import with_groups, work_pattern
from tests.unit.calibrate.paths_for_tests import MONDAY, paths_from

N_CASES = 300


def test_people_who_do_the_same_are_a_team_where_the_log_names_none() -> None:
    paths = _log()
    found = with_groups(paths, np.ones(paths.n_events, bool))
    assert len(found.teams) == 2
    assert set(found.teams) == {"people of answer", "people of repair"}
    # Persons 0 to 2 answer, 3 and 4 repair.
    of_repair = found.team == found.teams.index("people of repair")
    assert (of_repair == (paths.person >= 3)).all()


def test_people_who_all_do_everything_are_no_teams() -> None:
    paths = _log()
    rng = np.random.default_rng(4)
    paths = replace(paths, person=rng.integers(0, 5, paths.n_events).astype(np.int32))
    assert with_groups(paths, np.ones(paths.n_events, bool)) is paths


def test_teams_of_the_log_stay() -> None:
    paths = _log()
    paths = replace(paths, team=np.zeros(paths.n_events, np.int32), teams=("desk",))
    assert with_groups(paths, np.ones(paths.n_events, bool)) is paths


def test_people_who_work_for_another_team_are_told() -> None:
    # Person 0 repairs every second time, the others only answer: a sixth of the work of the desk's people.
    paths = _log()
    team = np.where(paths.person >= 3, 1, 0).astype(np.int64)
    helps = np.flatnonzero(paths.person == 0)[::2]
    team[helps] = 1
    (found,) = work_pattern(paths, team, np.ones(paths.n_events, bool), 2).helping
    assert (found.team, found.other) == (0, 1)
    assert found.share == pytest.approx(len(helps) / (paths.person < 3).sum())


def test_people_with_classes_of_their_own_are_told() -> None:
    paths = _log()
    answers = np.flatnonzero(paths.person < 3)
    by_person = np.zeros(len(paths), np.int32)
    by_person[paths.case[answers]] = paths.person[answers]
    own = replace(paths, case_class=by_person, classes=("a", "b", "c"))
    ((team, share),) = work_pattern(own, _teams(paths), np.ones(paths.n_events, bool), 2).specialised
    assert team == 0
    # Each of three people has a class of 100 cases: two thirds of the team's are others, less what a share
    # of a third, of 100 cases, is off by chance: its mean absolute deviation for each class, halved.
    by_chance = 3.0 / 2.0 * math.sqrt(2.0 / math.pi * (1.0 / 3.0) * (2.0 / 3.0) / 100.0)
    assert share == pytest.approx(2.0 / 3.0 - by_chance)
    mixed = replace(own, case_class=np.random.default_rng(2).permutation(by_person))
    assert work_pattern(mixed, _teams(paths), np.ones(paths.n_events, bool), 2).specialised == ()


def _teams(paths: Paths) -> Integers:
    return np.where(paths.person >= 3, 1, 0).astype(np.int64)


def _log() -> Paths:
    """Cases of an answer, by one of three people in turn, and a repair, by one of two."""
    cases = []
    for number in range(N_CASES):
        at = MONDAY + 60.0 * number
        cases.append([("answer", at, at + 5.0), ("repair", at + 10.0, at + 30.0)])
    paths = paths_from(cases)
    case = paths.case.astype(np.int64)
    person = np.where(paths.is_first, case % 3, 3 + (case // 3) % 2).astype(np.int32)
    return replace(paths, person=person)
