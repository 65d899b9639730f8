"""Deadlines: waits that end some time after an earlier event, whatever was done since then.

What ends a wait may be fixed before it begins: an application is cancelled 30 days after it was made, not
some time after the last call. Then the time since the earlier event is much alike in all cases, the time
since the last one is what was left of it: the less, the later that was.

Both times have a density of the same instant in the same unit, so that the likelihoods of the two accounts
compare as they are. Each is estimated by the gaps between neighbours in order (Vasicek 1976, "A test for
normality based on sample entropy"). Instants of their own may be alike by chance, where both events happen
at the same hour; so the account must also explain how the wait goes with what had passed before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.transitions import LATE_MIN, Chain

CREATION: Final = -1
"""Stands for the creation of a case, where else an activity does."""
FEWEST: Final = 30
"""Waits below which a transition has no deadline."""
KNOWN: Final = 0.95
"""Share of the cases in which the earlier event has happened."""
LEAST_GAIN: Final = 0.2
"""Gain of the mean log-likelihood that a deadline must bring, beside three of its standard errors: times
since the earlier event lie so much closer together."""
STANDARD_ERRORS: Final = 3.0
LEAST_RANK: Final = 0.3
"""How clearly waits must be shorter the more had passed: rank correlation below minus this. The time since
the earlier event must go with what had passed less than they do."""
ALIKE: Final = 0.05
"""Earlier events whose gains differ by less are about as good."""
SURELY: Final = 0.05
"""Part of the deadlines that may be sooner than what is past already."""
MOSTLY: Final = 0.5
"""Part of the cases that go on soon for which a deadline must have been past, so that it is the reason."""
RESOLUTION: Final = 0.002
"""Part of a time below which differences say nothing, ..."""
LEAST_MIN: Final = 1.0
"""... and minutes, whatever the time."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A transition that is timed since an earlier event."""

    since: int
    """Activity, the last one of the case, or `CREATION`."""
    gain: float
    """Mean log-likelihood gained: by its exponential the times lie closer together."""
    n: int
    """Waits that told it."""


Deadlines = Mapping[int, Deadline]
"""Deadlines by the number of their transition."""
NO_DEADLINES: Final[Deadlines] = MappingProxyType({})


def deadlines_of(chain: Chain) -> Deadlines:
    """Return the transitions that are timed since an earlier event."""
    found: dict[int, list[tuple[float, Deadline]]] = {}
    rows_of = _rows_by_transition(chain)
    for since, counted in _earlier_events(chain, list(rows_of)):
        for number, rows in rows_of.items():
            known = rows[~np.isnan(counted[rows])]
            is_rare = len(known) < max(FEWEST, KNOWN * len(rows))
            if is_rare or chain.transitions[number - 1].source == since:
                continue
            gap, passed = chain.gap_min[known], chain.paths.start[known] - counted[known]
            gain = gain_of(gap, passed)
            if gain > 0.0:
                before = 0.0 if since == CREATION else float(np.median(passed - gap))
                found.setdefault(number, []).append((before, Deadline(since, gain, len(known))))
    return {number: _plainest(each) for number, each in sorted(found.items())}


def _plainest(found: list[tuple[float, Deadline]]) -> Deadline:
    """Return a deadline about as good as the best: since the creation, else since the latest event."""
    best = max(deadline.gain for _, deadline in found)
    about = [each for each in found if each[1].gain >= best - ALIKE]
    return min(about, key=lambda each: each[0])[1]


def gain_of(gap: Floats, since: Floats) -> float:
    """Return the mean log-likelihood gained by timing waits since an earlier event; 0 where it is not clear.

    Parameters
    ----------
    gap, since
        Minutes of each wait since the last event, and since the earlier one.
    """
    passed = _ranks(since - gap)
    if np.ptp(passed) == 0.0 or np.ptp(gap) == 0.0:
        return 0.0
    shorter = float(np.corrcoef(_ranks(gap), passed)[0, 1])
    if shorter > -LEAST_RANK:
        return 0.0
    left = float(np.corrcoef(_ranks(since), passed)[0, 1]) if np.ptp(since) > 0.0 else 0.0
    if abs(left) > -shorter:
        return 0.0
    resolution = max(LEAST_MIN, RESOLUTION * float(np.median(since)))
    each = _log_density(since, resolution) - _log_density(gap, resolution)
    gain, error = float(each.mean()), float(each.std() / np.sqrt(len(each)))
    return gain if gain > max(LEAST_GAIN, STANDARD_ERRORS * error) else 0.0


def counted_from(chain: Chain, deadlines: Deadlines) -> Floats:
    """Return, by event, the instant from which the wait before it is counted.

    It is the end of the event before, or of the earlier one of a deadline, where that has happened.
    """
    before: Floats = chain.paths.start - chain.gap_min
    for since, counted in _earlier_events(chain, list(deadlines)):
        numbers = [number for number, each in deadlines.items() if each.since == since]
        rows = np.isin(chain.transition, numbers) & ~np.isnan(counted)
        before[rows] = np.minimum(counted[rows], before[rows])
    return before


def past_ways(chain: Chain) -> list[tuple[int, int]]:
    """Return from what to what cases go on soon for the reason that a deadline was past already."""
    found = []
    for number, deadline in deadlines_of(chain).items():
        late = chain.transitions[number - 1]
        for other, soon in enumerate(chain.transitions, start=1):
            if (soon.source, soon.target, soon.is_late) == (late.source, late.target, False):
                passed = chain.paths.start - counted_from(chain, {number: deadline, other: deadline})
                least = np.quantile(passed[chain.transition == number], SURELY)
                if np.mean(passed[chain.transition == other] >= least) >= MOSTLY:
                    found.append((late.source, late.target))
    return found


def due_before(chain: Chain, deadlines: Deadlines, minutes: Floats) -> Floats:
    """Return the times of transitions, where deadlines that were past already have been due before.

    When, the others tell: one of their times that are not longer, all of them in turn.

    Parameters
    ----------
    minutes
        By event: time of the transition that led to it, on its clock.
    """
    minutes = minutes.copy()
    for number in deadlines:
        rows = np.flatnonzero(chain.transition == number)
        is_soon = chain.gap_min[rows] <= LATE_MIN
        times = np.sort(minutes[rows[~is_soon]])
        past = rows[is_soon & (minutes[rows] >= np.quantile(times, SURELY))]
        n_shorter = np.searchsorted(times, minutes[past], side="right")
        place = (np.arange(len(past)) + 0.5) / max(len(past), 1)
        minutes[past] = times[np.maximum((place * n_shorter).astype(np.int64), 0)]
    return minutes


def _rows_by_transition(chain: Chain) -> dict[int, Integers]:
    """Return the late events of each transition that may have a deadline: what is past already tells none."""
    is_late = chain.gap_min > LATE_MIN
    branching = chain.branching
    is_plain = (branching.original >= 0) & ~branching.is_inside
    order = np.argsort(chain.transition, kind="stable")
    bounds = np.searchsorted(chain.transition[order], np.arange(chain.n_transitions + 1))
    rows_of = {
        number: np.sort(order[bounds[number] : bounds[number + 1]])
        for number, each in enumerate(chain.transitions, start=1)
        if each.is_late and is_plain[each.target]
    }
    late = {number: rows[is_late[rows]] for number, rows in rows_of.items()}
    return {number: rows for number, rows in late.items() if len(rows) >= FEWEST}


def _earlier_events(chain: Chain, transitions: list[int]) -> Iterator[tuple[int, Floats]]:
    """Yield earlier events, each with its last instant by event, NaN for none: creation, then latest first.

    Parameters
    ----------
    transitions
        Only events are of interest to which these lead.
    """
    paths, branching = chain.paths, chain.branching
    wanted = np.flatnonzero(np.isin(chain.transition, transitions) & ~chain.is_in_branch)
    first, before = paths.first[paths.case[wanted]], wanted - 2
    counted = np.full(paths.n_events, np.nan)
    counted[wanted] = np.where(before >= first - 1, paths.created[paths.case[wanted]], np.nan)
    yield CREATION, counted
    place_in_case = np.arange(paths.n_events) - paths.first[paths.case]
    usual = np.bincount(paths.activity, place_in_case) / np.maximum(np.bincount(paths.activity), 1)
    latest_first = np.argsort(-usual, kind="stable")
    is_plain = (branching.original >= 0) & ~branching.is_inside
    for activity in latest_first[is_plain[latest_first]].tolist():
        rows = np.flatnonzero(paths.activity == activity)
        place = np.searchsorted(rows, before, side="right") - 1
        last = rows[np.maximum(place, 0)] if len(rows) else np.full(len(wanted), -1)
        is_known = (place >= 0) & (last >= first)
        counted = np.full(paths.n_events, np.nan)
        counted[wanted] = np.where(is_known, paths.end[np.maximum(last, 0)], np.nan)
        yield activity, counted


def _ranks(values: Floats) -> Floats:
    """Return ranks, the mean of them for equal values."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - 0.5 * (counts + 1))[place]
    return ranks


def _log_density(values: Floats, resolution: float) -> Floats:
    """Return the logarithm of the density at each value, by the gap between neighbours on both sides.

    Where they are nearer than the resolution, it is that of all values within it.
    """
    n = len(values)
    order = np.argsort(values, kind="stable")
    sorted_values = values[order]
    width = max(int(np.sqrt(n) / 2.0), 1)
    low, high = np.maximum(np.arange(n) - width, 0), np.minimum(np.arange(n) + width, n - 1)
    gap, inside = sorted_values[high] - sorted_values[low], high - low
    first = np.searchsorted(sorted_values, sorted_values - 0.5 * resolution, side="left")
    last = np.searchsorted(sorted_values, sorted_values + 0.5 * resolution, side="right")
    is_near = gap < resolution
    density = np.empty(n)
    density[order] = np.log(np.where(is_near, last - first, inside) / n / np.where(is_near, resolution, gap))
    return density
