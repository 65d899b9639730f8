"""Crews: people of a team who work on the same classes, where people have classes of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.paths import Paths
from simlab.calibrate.work_groups import Crew, alike

SERVES: Final = 0.05
"""Share of the work of a crew, or of that for a class, from which on the crew can do the class."""


def crews_of(
    paths: Paths,
    team: Integers,
    is_worked: NDArray[np.bool_],
    level: Integers,
    n_levels: int,
    teams: Sequence[int],
) -> tuple[Crew, ...]:
    """Return the crews of some teams; a team that is one crew has none.

    Parameters
    ----------
    team, is_worked
        By event, the team that has the case then, and whether people do it.
    level
        By case, its class.
    teams
        Teams whose people have classes of their own.
    """
    found: list[Crew] = []
    for number in teams:
        rows = np.flatnonzero(is_worked & (paths.person >= 0) & (team == number))
        people, person = np.unique(paths.person[rows], return_inverse=True)
        counts = np.bincount(person * n_levels + level[paths.case[rows]], minlength=len(people) * n_levels)
        work = counts.reshape(len(people), n_levels).astype(np.float64)
        crew_of, crews = alike(work)
        if len(crews) > 1:
            size = np.bincount(crew_of, work.sum(1), len(crews)).astype(np.float64)
            found += _crews(number, crews, size)
    return tuple(found)


def _crews(team: int, crews: Floats, size: Floats) -> Iterator[Crew]:
    """Yield the crews of a team, by their work (a row each, a column a class)."""
    of_crew = crews / np.maximum(crews.sum(1, keepdims=True), 1.0)
    of_class = crews / np.maximum(crews.sum(0), 1.0)
    serves = (of_crew >= SERVES) | (of_class >= SERVES)
    for row, own in enumerate(crews):
        most = [int(level) for level in np.argsort(-own, kind="stable") if serves[row, level]]
        yield Crew(team, tuple(most), float(size[row] / size.sum()))


def shared_out(people: int, shares: Sequence[float]) -> list[int]:
    """Return how many of some people each crew has: by its share, but one at least."""
    wanted = np.array(shares) * people
    counts = np.maximum(np.floor(wanted).astype(np.int64), 1)
    while counts.sum() < people:
        counts[int(np.argmax(wanted - counts))] += 1
    while counts.sum() > people:
        counts[int(np.argmax(np.where(counts > 1, counts - wanted, -np.inf)))] -= 1
    return [int(count) for count in counts]
