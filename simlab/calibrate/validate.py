"""Validation: fit to the first part of a log, foretell the rest, and see how far off that is.

Two references stand beside every distance. The *noise floor* is the distance between random halves of the
part that was to be foretold: what chance alone does. *Replay* takes the last cases before that part, as
many as it has, shifted by whole weeks: a forecast that needs no model, which a model must beat to be
worth its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.censoring import n_judged
from simlab.calibrate.distances import Distances, distances, noise_floor
from simlab.calibrate.event_log import Codes
from simlab.calibrate.fit import Fitted
from simlab.calibrate.foretelling import foretell
from simlab.calibrate.paths import Paths, one_after_another
from simlab.calibrate.selection import FIRST_PART, JUDGED, Selection, select
from simlab.calibrate.simulation import MINUTES_PER_WEEK
from simlab.calibrate.verdicts import Verdict
from simlab.errors import InvalidInput, Problem

REPLICATIONS: Final = 19
"""Simulated logs; a replay that is nearer or farther than all of them is so by chance one time in twenty."""
FLOORS: Final = 200
FLOORS_OF_GROUP: Final = 10
FEWEST_OF_GROUP: Final = 100
"""Cases to be foretold of a class or priority, below which it is not looked at by itself."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Distances of the cases to be foretold, all or a group of them."""

    group: str
    """Empty for all, else such as ``priority P1``."""
    n_cases: int
    logs: tuple[Distances, ...]
    """Of each simulated log."""
    together: Distances
    """Of all simulated logs together."""
    replay: Distances
    floor: Distances

    @property
    def one_log(self) -> Distances:
        """Mean of the distances of single simulated logs."""
        return Distances(*np.mean([log.values() for log in self.logs], axis=0).tolist())

    def verdict(self, distance: str) -> Verdict:
        """Return the judgement by one distance."""
        return Verdict(
            distance,
            tuple(getattr(log, distance) for log in self.logs),
            getattr(self.replay, distance),
            getattr(self.floor, distance),
        )


@dataclass(frozen=True, slots=True)
class Validation:
    """How well a fit to the first part of a log foretells the rest."""

    fitted: Fitted
    selection: Selection
    real: Paths
    """The cases that were to be foretold."""
    simulated: Paths
    """All simulated logs, one after another."""
    n_logs: int
    replay: Paths
    groups: tuple[Compared, ...]
    """All cases first, then priorities and classes."""
    utilisation: float
    """Of the people of the scenario, as simulated."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Judgement by the distances by which a fit is judged."""
        return tuple(self.groups[0].verdict(name) for name in JUDGED)


def validate(
    paths: Paths,
    *,
    utilisation: float | None = None,
    touch_time: float | None = None,
    first_part: float = FIRST_PART,
    replications: int = REPLICATIONS,
    selection: Selection | None = None,
    advanced: Callable[[], None] = lambda: None,
) -> Validation:
    """Fit to the first part of a log, by time, and compare what it foretells with the rest.

    Parameters
    ----------
    paths
        Cases, in order of creation. Those still open, and those created when many still are, are not
        foretold.
    first_part
        Share of the cases to fit to.
    replications
        Simulated logs, of as many cases as the rest has.
    selection
        Mechanisms to use; tried on the first part unless given.
    advanced
        Called after each simulated log.

    Raises
    ------
    InvalidInput
        If there are too few cases.
    """
    n_cases = n_judged(paths.is_open)
    n_train = int(first_part * n_cases)
    whole = paths.take(np.arange(n_train, n_cases))
    real = whole.complete()
    if len(real) < 20:
        raise InvalidInput(
            Problem(
                "too few cases would be left to foretell",
                "log",
                found=str(len(real)),
                remedy="use a longer log, or no validation",
            )
        )
    train = paths.take(np.arange(n_train))
    if selection is None:
        selection = select(train, utilisation=utilisation, touch_time=touch_time)
    found = foretell(
        train,
        whole,
        mechanisms=selection.chosen,
        utilisation=utilisation,
        touch_time=touch_time,
        replications=replications,
        advanced=advanced,
    )
    replay = replayed(train.complete(), whole).over_within(whole.until - whole.created)
    simulated = [log.paths for log in found.logs]
    return Validation(
        fitted=found.fitted,
        selection=selection,
        real=real,
        simulated=one_after_another(simulated),
        n_logs=replications,
        replay=replay,
        groups=tuple(_groups(real, simulated, replay, found.fitted)),
        utilisation=float(np.mean([log.utilisation for log in found.logs])),
    )


def replayed(train: Paths, real: Paths) -> Paths:
    """Return the last cases before ``real``, as many as it has (at most all), shifted by whole weeks."""
    last = train.take(np.arange(max(len(train) - len(real), 0), len(train)))
    weeks = max(round((float(real.created[0]) - float(last.created[0])) / MINUTES_PER_WEEK), 0)
    return last.shifted(weeks * MINUTES_PER_WEEK)


def _groups(real: Paths, simulated: Sequence[Paths], replay: Paths, fitted: Fitted) -> Iterator[Compared]:
    yield _compared("", real, simulated, replay)
    for what, column, names in (
        ("priority", "priority", real.priorities),
        ("class", "case_class", real.classes),
    ):
        codes: Codes = getattr(real, column)
        known = set(fitted.classes) if what == "class" else set(range(len(names)))
        counts = np.bincount(codes[codes >= 0], minlength=len(names))
        for code in np.argsort(-counts, kind="stable").tolist():
            if counts[code] < FEWEST_OF_GROUP or code not in known or counts[code] == len(real):
                continue
            parts = [_of(log, column, code) for log in (real, replay, *simulated)]
            if min(len(part) for part in parts) >= FEWEST_OF_GROUP // 4:
                yield _compared(f"{what} {names[code]}", parts[0], parts[2:], parts[1])


def _of(paths: Paths, column: str, code: int) -> Paths:
    return paths.take(np.flatnonzero(getattr(paths, column) == code))


def _compared(group: str, real: Paths, simulated: Sequence[Paths], replay: Paths) -> Compared:
    def compared(log: Paths, n_logs: float) -> Distances:
        """Of a group, cases are compared and not how many there are."""
        return distances(real, log, n_logs=len(log) / len(real) if group else n_logs)

    return Compared(
        group,
        len(real),
        tuple(compared(log, 1.0) for log in simulated),
        compared(one_after_another(simulated), float(len(simulated))),
        compared(replay, 1.0),
        noise_floor(real, repeats=FLOORS if not group else FLOORS_OF_GROUP),
    )
