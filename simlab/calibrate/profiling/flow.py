"""How cases move in a log: times to the resolution, hops, returns to an earlier team, reopening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import EventLog, Floats, Integers, Labels

QUANTILES: Final = (0.25, 0.5, 0.75, 0.9, 0.95)
_MOST_HOPS: Final = 8
_FEWEST: Final = 20
"""Cases that a share by number of hops needs."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Times:
    """Times of one group of cases."""

    label: str
    n_cases: int
    share: float
    """Of all cases."""
    n_open: int
    quantiles: tuple[float, ...]
    """At :data:`QUANTILES`, in minutes, of the resolved ones; NaN without them."""
    median_with_open: float
    """Median that counts open cases as longer than they have been open (Kaplan and Meier); inf: beyond."""


@dataclass(frozen=True, slots=True)
class HopRow:
    """Cases by number of hops (changes of team)."""

    hops: int
    n_cases: int
    share: float
    another: float
    """Chance of another hop after so many; NaN of few cases."""
    median: float
    """Minutes to the resolution."""
    reopened: float


@dataclass(frozen=True, slots=True)
class FlowProfile:
    """How cases move."""

    times: Times
    to_first_resolution: Times | None
    """Of logs of changes: to the first status that counts as resolved."""
    by_priority: tuple[Times, ...]
    by_class: tuple[Times, ...]
    to_closing: float
    """Median minutes from resolution to closing; NaN where not told."""
    hops_are_told: bool
    """Whether the source counts hops itself; else they are counted from the teams of the events."""
    hops: tuple[HopRow, ...]
    mean_hops: float
    ping_pong: float
    """Share of cases that return to a team that had them before; NaN without teams of events."""
    median_ping_pong: float
    median_others: float
    reopened: float
    """Share of cases that come back after a resolution; NaN where it cannot be seen."""
    reopened_after_few: float
    """... of those with three hops or fewer."""
    reopened_after_many: float
    """... with four and more."""
    endings: tuple[Times, ...]
    """Of logs of changes: cases by the status in which they first were resolved."""


def flow_profile(log: EventLog, most_groups: int = 12) -> FlowProfile:
    """Return how the cases of a log move; of classes and the like the most frequent ones."""
    cases = log.cases
    spent = cases.resolved - cases.created
    age = np.maximum(log.observed()[1] - cases.created, 0.0)
    first, ending = _first_resolution(log)
    told = cases.reassignments >= 0
    hops = np.where(told, cases.reassignments, -1) if told.any() else _counted_hops(log)
    reopens = _reopens(log)
    returned = _returns(log)
    few = reopens[(hops <= 3) & (hops >= 0)]
    many = reopens[hops >= 4]
    return FlowProfile(
        times=_times("all", spent, age, np.ones(len(cases), bool)),
        to_first_resolution=None if first is None else _times("all", first, age, np.ones(len(cases), bool)),
        by_priority=_by(cases.priority, spent, age, most_groups),
        by_class=_by(cases.case_class, spent, age, most_groups),
        to_closing=_median(cases.closed - cases.resolved),
        hops_are_told=bool(told.any()),
        hops=_hop_rows(hops, spent, reopens),
        mean_hops=float(hops[hops >= 0].mean()) if (hops >= 0).any() else np.nan,
        ping_pong=_mean(returned),
        median_ping_pong=_median(spent[returned == 1]),
        median_others=_median(spent[returned == 0]),
        reopened=_mean(reopens),
        reopened_after_few=_mean(few),
        reopened_after_many=_mean(many),
        endings=() if first is None else _by(ending, first, age, most_groups),
    )


def team_paths(log: EventLog) -> tuple[Integers, Integers]:
    """Return the teams of each case one after the other, without repeats: their cases and codes."""
    rows = np.flatnonzero(log.team.codes >= 0)
    case, team = log.case[rows].astype(np.int64), log.team.codes[rows].astype(np.int64)
    is_new = np.ones(len(rows), bool)
    is_new[1:] = (case[1:] != case[:-1]) | (team[1:] != team[:-1])
    return case[is_new], team[is_new]


def _counted_hops(log: EventLog) -> Integers:
    case, _ = team_paths(log)
    visited = np.bincount(case, minlength=len(log.cases))
    return np.where(visited > 0, visited - 1, -1)


def _returns(log: EventLog) -> Floats:
    """Return 1 for cases that come back to an earlier team, 0 for others, NaN for those without teams."""
    case, team = team_paths(log)
    visited = np.bincount(case, minlength=len(log.cases))
    distinct = np.unique(case * (len(log.team.names) + 1) + team)
    n_teams = np.bincount(distinct // (len(log.team.names) + 1), minlength=len(log.cases))
    return np.where(visited > 0, (visited > n_teams).astype(np.float64), np.nan)


def _finished(log: EventLog) -> Flags:
    """Whether the case is resolved from an event on."""
    is_finished = np.array([*(name in log.finished for name in log.activity.names), False])
    return is_finished[log.activity.codes]


def _first_resolution(log: EventLog) -> tuple[Floats | None, Labels]:
    """Return minutes from creation to the first finished status, and which that was."""
    if not log.finished or not len(log):
        return None, Labels.none(len(log.cases))
    rows = np.flatnonzero(_finished(log))[::-1]
    first = np.full(len(log.cases), np.nan)
    codes = np.full(len(log.cases), -1, np.int32)
    first[log.case[rows]] = log.at[rows]  # of repeated places the last one stays: the earliest
    codes[log.case[rows]] = log.activity.codes[rows]
    return first - log.cases.created, Labels(codes, log.activity.names).used()


def _reopens(log: EventLog) -> Floats:
    """Return 1 for cases that came back after a resolution, 0 for others, NaN where it cannot be seen."""
    told = log.cases.reopens >= 0
    if told.any():
        return np.where(told, (log.cases.reopens > 0).astype(np.float64), np.nan)
    if not log.finished or not len(log):
        return np.full(len(log.cases), np.nan)
    is_finished = _finished(log)
    comes_back = np.zeros(len(log), bool)
    same_case = log.case[1:] == log.case[:-1]
    comes_back[1:] = same_case & is_finished[:-1] & ~is_finished[1:]
    returned = np.zeros(len(log.cases))
    returned[log.case[comes_back]] = 1.0
    return returned


def _hop_rows(hops: Integers, spent: Floats, reopens: Floats) -> tuple[HopRow, ...]:
    known = hops[hops >= 0]
    if not len(known):
        return ()
    rows = []
    for number in range(min(int(known.max()), _MOST_HOPS) + 1):
        is_last = number == _MOST_HOPS
        chosen = (hops >= number) if is_last else (hops == number)
        n_reached, n_further = int((hops >= number).sum()), int((hops > number).sum())
        another = n_further / n_reached if n_reached >= _FEWEST and not is_last else np.nan
        n_cases = int(chosen.sum())
        share = n_cases / len(known)
        rows.append(HopRow(number, n_cases, share, another, _median(spent[chosen]), _mean(reopens[chosen])))
    return tuple(rows)


def _by(labels: Labels, spent: Floats, age: Floats, most: int) -> tuple[Times, ...]:
    counts = labels.counts()
    order = np.argsort(-counts, kind="stable")[:most]
    return tuple(_times(labels.names[code], spent, age, labels.codes == code) for code in order.tolist())


def _times(label: str, spent: Floats, age: Floats, chosen: Flags) -> Times:
    resolved = spent[chosen & ~np.isnan(spent)]
    n_cases = int(chosen.sum())
    quantiles = np.quantile(resolved, QUANTILES).tolist() if len(resolved) else [np.nan] * len(QUANTILES)
    return Times(
        label,
        n_cases,
        n_cases / len(spent) if len(spent) else np.nan,
        n_cases - len(resolved),
        tuple(quantiles),
        _median_with_open(spent[chosen], age[chosen]),
    )


def _median_with_open(spent: Floats, age: Floats) -> float:
    """Return the median by the product-limit estimate (Kaplan and Meier, 1958); inf: not reached."""
    is_open = np.isnan(spent)
    lasted = np.where(is_open, age, spent)
    if not len(lasted):
        return np.nan
    order = np.lexsort((is_open, lasted))  # of equal times, ends before censorings
    at_risk = np.arange(len(lasted), 0, -1)
    surviving = np.cumprod(1.0 - ~is_open[order] / at_risk)
    below = np.flatnonzero(surviving <= 0.5 + 1e-12)
    return float(lasted[order][below[0]]) if len(below) else np.inf


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else np.nan


def _mean(values: Floats | Sequence[float]) -> float:
    array = np.asarray(values, np.float64)
    known = array[~np.isnan(array)]
    return float(known.mean()) if len(known) else np.nan
