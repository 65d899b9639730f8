"""Ways of a log that a scenario does not know, and activities that are no step of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.auditing.allowed_ways import END, START, allowed_pairs
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.names import distinct
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulated import shown_step
from simlab.model.load import LoadedScenario

EXAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A way between two activities that the scenario does not know."""

    before: str
    after: str
    times: int
    examples: tuple[str, ...]
    """Cases that went it."""


@dataclass(frozen=True, slots=True)
class WaysAstray:
    """What of the ways of a log a scenario does not know."""

    unknown: tuple[tuple[str, int], ...]
    """Activities that are no step, with their events; the most frequent first."""
    n_events: int
    ways: tuple[Way, ...]
    """The most frequent first."""
    n_ways: int
    """All transitions, those from the start and to the end included."""

    @property
    def n_unknown(self) -> int:
        """Events whose activity is no step."""
        return sum(n for _, n in self.unknown)

    @property
    def n_astray(self) -> int:
        """Transitions that the scenario does not know."""
        return sum(way.times for way in self.ways)


def steps_of(loaded: LoadedScenario, paths: Paths) -> tuple[dict[int, int], tuple[tuple[str, int], ...]]:
    """Return the step that each activity stands for, and the activities that are no step.

    A step is meant by its name, by what its ``about`` says, or as runs of the scenario call it.
    """
    code_of = {shown_step(name): code for code, name in enumerate(loaded.model.names.steps)}
    code_of |= {name: code for code, name in enumerate(loaded.model.names.steps)}
    by_about = {
        step.about: code_of[name] for name, step in loaded.scenario.routing.steps.items() if step.about
    }
    counts = np.bincount(paths.activity, minlength=len(paths.activities))
    short = distinct(paths.activities, set())
    found: dict[int, int] = {}
    unknown: list[tuple[str, int]] = []
    for activity in np.flatnonzero(counts).tolist():
        label = paths.activities[activity]
        code = code_of.get(label, by_about.get(label, code_of.get(short[activity], -1)))
        if code >= 0:
            found[activity] = code
        else:
            unknown.append((label, int(counts[activity])))
    return found, tuple(sorted(unknown, key=lambda each: -each[1]))


def ways_astray(loaded: LoadedScenario, log: EventLog, paths: Paths) -> WaysAstray:
    """Compare what follows what in a log with what may follow what in a scenario.

    A case that is still open has no way to the end yet.
    """
    step_of, unknown = steps_of(loaded, paths)
    allowed = allowed_pairs(loaded.model, {step: activity for activity, step in step_of.items()})
    known = np.isin(paths.activity, list(step_of))
    activity, case = paths.activity[known].astype(np.int64), paths.case[known]
    is_first = np.diff(case, prepend=-1) != 0
    is_last = np.append(is_first[1:], True)[: len(case)] & ~paths.is_open[case]
    before = np.concatenate(
        [np.where(is_first, START, np.concatenate([[START], activity])[: len(case)]), activity[is_last]]
    )
    after = np.concatenate([activity, np.full(int(is_last.sum()), END)])
    owner = np.concatenate([case, case[is_last]])
    pairs, which, times = np.unique(
        np.column_stack([before, after]), axis=0, return_inverse=True, return_counts=True
    )
    names = {START: "start", END: "end"} | dict(enumerate(paths.activities))
    ids = _ids(log)
    ways = []
    for row, pair in enumerate(pairs.tolist()):
        if (pair[0], pair[1]) not in allowed:
            cases = np.unique(owner[which.ravel() == row])[:EXAMPLES]
            examples = tuple(ids[int(number)] for number in cases)
            ways.append(Way(names[pair[0]], names[pair[1]], int(times[row]), examples))
    in_order = tuple(sorted(ways, key=lambda way: -way.times))
    return WaysAstray(unknown, paths.n_events, in_order, int(times.sum()))


def _ids(log: EventLog) -> list[str]:
    """Names of the cases in the order of their paths."""
    if not len(log):
        return list(log.cases.ids)
    first = np.full(len(log.cases), np.inf)
    np.fmin.at(first, log.case, log.at)
    order = np.argsort(first, kind="stable")
    return [log.cases.ids[row] for row in order if np.isfinite(first[row])]
