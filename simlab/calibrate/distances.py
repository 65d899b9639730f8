"""Distances between two event logs, as published for the evaluation of process simulation models.

Definitions: D. Chapela-Campa, I. Benchekroun, O. Baron, M. Dumas, D. Krass, A. Senderovich, "Can I Trust My
Simulation Model? Measuring the Quality of Business Process Simulation Models", BPM 2023; extended as "A
framework for measuring the quality of business process simulation models", Information Systems 127 (2025).
They agree with the package ``log-distance-measures``, which a test holds where it is installed.

All are functions of plain arrays. Smaller is more alike; 0 is the same. Distances of times are earth mover's
distances in one dimension (first Wasserstein distances), in hours: how far the average event, or case,
has to be moved.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from simlab.calibrate.event_log import Codes, Floats, Integers
from simlab.calibrate.paths import Paths, text_codes

HOUR_MIN: Final = 60.0
FARTHEST_HOUR: Final = 23.0
"""What a weekday costs on which one log has events and the other none."""


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances between two logs."""

    n_gram: float
    """Share of 3-grams of activities that one log has and the other has not, 0 to 1."""
    absolute_events: float
    """Hours by which events lie at other times of the calendar."""
    relative_events: float
    """Hours by which events lie at other times since the start of their case."""
    circadian_events: float
    """Hours by which events lie at other times of the day, the mean over weekdays."""
    cycle_time: float
    """Hours by which cases take longer or shorter."""
    case_arrival: float
    """Hours by which cases arrive earlier or later."""

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the distances."""
        return tuple(each.name for each in fields(cls))

    def values(self) -> tuple[float, ...]:
        """Values in the order of `names`."""
        return tuple(getattr(self, name) for name in self.names())


def distances(real: Paths, other: Paths, n: int = 3, *, n_logs: float = 1.0) -> Distances:
    """Return all distances between two logs; activities are compared by name.

    Parameters
    ----------
    real, other
        Logs, each with at least one case, of a desk in one zone.
    n
        Length of the n-grams.
    n_logs
        Logs that ``other`` holds, one after the other, or so many times as many cases: its counts are divided
        by so many. Together logs show what a model foretells without the chance in a single simulated log.
    """
    code_of = text_codes(other.activities, real.activities)
    strangers = np.flatnonzero(code_of < 0)
    code_of[strangers] = len(real.activities) + np.arange(len(strangers))
    activity = code_of[other.activity]
    n_activities = len(real.activities) + len(strangers)
    both = _instants(real), _instants(other)
    return Distances(
        n_gram=n_gram_distance(real.case, real.activity, other.case, activity, n_activities, n, n_logs),
        absolute_events=absolute_distance(*both),
        relative_events=relative_distance(
            real.case, real.start, real.end, other.case, other.start, other.end
        ),
        circadian_events=circadian_distance(real.hour_of_week(both[0]), other.hour_of_week(both[1])),
        cycle_time=cycle_time_distance(real.cycle_min(), other.cycle_min()),
        case_arrival=absolute_distance(_arrivals(real), _arrivals(other)),
    )


def noise_floor(real: Paths, repeats: int = 30, seed: int = 0) -> Distances:
    """Return the mean distances between random halves of a log."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(repeats):
        shuffled, half = rng.permutation(len(real)), len(real) // 2
        one, other = (real.take(np.sort(part)) for part in (shuffled[:half], shuffled[half : 2 * half]))
        rows.append(distances(one, other).values())
    return Distances(*np.mean(rows, axis=0).tolist())


def earth_movers_distance(one: ArrayLike, other: ArrayLike) -> float:
    """Return the exact earth mover's distance of two samples on a line, in their unit.

    The integral of the absolute difference of the empirical distribution functions. NaN where a sample is
    empty.
    """
    a, b = np.sort(np.asarray(one, np.float64)), np.sort(np.asarray(other, np.float64))
    if not a.size or not b.size:
        return float("nan")
    places = np.sort(np.concatenate([a, b]))
    below_a = np.searchsorted(a, places[:-1], side="right") / a.size
    below_b = np.searchsorted(b, places[:-1], side="right") / b.size
    return float(np.sum(np.abs(below_a - below_b) * np.diff(places)))


def n_gram_distance(
    case_a: Codes,
    activity_a: Codes,
    case_b: Codes,
    activity_b: Codes,
    n_activities: int,
    n: int = 3,
    n_logs_b: float = 1.0,
) -> float:
    """Return the sum of absolute differences of the counts of n-grams, over the sum of all counts.

    Each trace is padded with n - 1 blanks at either end. Rows are sorted by case, then in order of
    events; counts of the second log are divided by ``n_logs_b``.
    """
    grams_a, counts_a = np.unique(_n_grams(case_a, activity_a, n_activities, n), return_counts=True)
    grams_b, counts_b = np.unique(_n_grams(case_b, activity_b, n_activities, n), return_counts=True)
    grams = np.union1d(grams_a, grams_b)
    difference = np.zeros(len(grams))
    difference[np.searchsorted(grams, grams_a)] += counts_a
    difference[np.searchsorted(grams, grams_b)] -= counts_b / n_logs_b
    return float(np.abs(difference).sum() / (counts_a.sum() + counts_b.sum() / n_logs_b))


def absolute_distance(instants_a: Floats, instants_b: Floats) -> float:
    """Return the distance of two sets of instants (minutes), each counted in its hour of the calendar.

    Of all starts and ends: the absolute event distribution; of the first start of each case: case arrival.
    """
    since = np.floor(min(instants_a.min(), instants_b.min()) / HOUR_MIN) * HOUR_MIN
    return earth_movers_distance(_hours(instants_a - since), _hours(instants_b - since))


def relative_distance(
    case_a: Codes, start_a: Floats, end_a: Floats, case_b: Codes, start_b: Floats, end_b: Floats
) -> float:
    """Return the distance of starts and ends as full hours since the first start of their case."""
    return earth_movers_distance(
        _hours(_since_start(case_a, start_a, end_a)), _hours(_since_start(case_b, start_b, end_b))
    )


def circadian_distance(hour_of_week_a: Integers, hour_of_week_b: Integers) -> float:
    """Return the mean over the weekdays of the distance of hours of the day (0 to 23).

    A weekday that only one of them has counts `FARTHEST_HOUR`, one that neither has 0.
    """
    by_day = []
    for day in range(7):
        a, b = (hours[hours // 24 == day] % 24 for hours in (hour_of_week_a, hour_of_week_b))
        by_day.append(
            earth_movers_distance(a, b) if a.size and b.size else FARTHEST_HOUR * (a.size != b.size)
        )
    return float(np.mean(by_day))


def cycle_time_distance(cycle_min_a: Floats, cycle_min_b: Floats) -> float:
    """Return the distance of cycle times (minutes), in bins of an hour counted from the least of both."""
    least = min(cycle_min_a.min(), cycle_min_b.min())
    return earth_movers_distance(_hours(cycle_min_a - least), _hours(cycle_min_b - least))


def _hours(minutes: Floats) -> Floats:
    hours: Floats = np.floor(minutes / HOUR_MIN)
    return hours


def _instants(paths: Paths) -> Floats:
    return np.concatenate([paths.start, paths.end])


def _arrivals(paths: Paths) -> Floats:
    return paths.start[paths.first[:-1]]


def _since_start(case: Codes, start: Floats, end: Floats) -> Floats:
    first = np.full(int(case.max()) + 1, np.inf)
    np.minimum.at(first, case, start)
    return np.concatenate([start - first[case], end - first[case]])


def _n_grams(case: Codes, activity: Codes, n_activities: int, n: int) -> Integers:
    """Return the code of every n-gram: its activities as digits, 0 for a blank."""
    blanks = n - 1
    starts = np.flatnonzero(np.diff(case, prepend=-1) != 0)
    n_cases, lengths = len(starts), np.diff(np.append(starts, len(case)))
    padded = np.zeros(len(case) + 2 * blanks * n_cases, np.int64)
    number = np.repeat(np.arange(n_cases), lengths)
    padded[np.arange(len(case)) + (2 * number + 1) * blanks] = activity.astype(np.int64) + 1
    owner = np.repeat(np.arange(n_cases), lengths + 2 * blanks)
    n_windows = len(padded) - blanks
    codes = np.zeros(n_windows, np.int64)
    for offset in range(n):
        codes = codes * (n_activities + 1) + padded[offset : offset + n_windows]
    grams: Integers = codes[owner[:n_windows] == owner[blanks:]]
    return grams
