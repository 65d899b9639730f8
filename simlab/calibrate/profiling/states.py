"""Where the time before the resolution goes, and who the teams are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simlab.calibrate.event_log import Codes, EventLog, Floats, Labels, LogKind

WORKED = "an activity is going on"
QUEUED = "queued for an activity"
IDLE = "nothing is going on"
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class StateRow:
    """A status, and the time that cases are in it before they are resolved."""

    state: str
    share_of_time: float
    share_of_cases: float
    """Cases that are ever in it before their resolution."""
    median: float
    """Minutes of a case that is in it."""
    waits_for: str
    """Who is waited for; empty where it is no waiting state."""


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team."""

    team: str
    share_first: float
    """Cases whose first team it is; NaN where that is not told."""
    share_last: float
    n_people: int
    """People seen in it; 0 where none are told."""


@dataclass(frozen=True, slots=True)
class TeamProfile:
    """Teams and people."""

    n_teams: int
    n_people: int
    teams: tuple[TeamRow, ...]
    """The largest ones first."""


def state_profile(log: EventLog, most: int = 20) -> tuple[StateRow, ...]:
    """Return where the time before the resolution goes, of resolved cases; empty for tables of tickets.

    Of logs of changes the time is that between two changes, given to the status that the first of them made
    (the time before the first change to its own). Of logs of activities it is the time in which an activity
    is going on, a waiting one is, the case is queued, or nothing of these.
    """
    if log.kind is LogKind.TICKETS or not len(log):
        return ()
    minutes, labels = _of_changes(log) if log.kind is LogKind.CHANGES else _of_activities(log)
    total = minutes.sum()
    n_cases = int((~log.cases.is_open).sum())
    if not total > 0.0 or not n_cases:
        return ()
    rows = []
    for code in np.argsort(-minutes.sum(axis=0), kind="stable")[:most].tolist():
        of_case = minutes[:, code]
        inside = of_case[of_case > _SMALL]
        if len(inside):
            name = labels[code]
            share, median = float(inside.sum() / total), float(np.median(inside))
            rows.append(StateRow(name, share, len(inside) / n_cases, median, log.waiting.get(name, "")))
    return tuple(rows)


def _of_changes(log: EventLog) -> tuple[Floats, tuple[str, ...]]:
    """Return (cases, states) minutes before the resolution."""
    offsets, at = log.offsets(), log.at
    until = np.append(at[1:], np.nan)
    last = offsets[1:][np.diff(offsets) > 0] - 1
    until[last] = np.inf
    since = at.copy()
    first = offsets[:-1][np.diff(offsets) > 0]
    since[first] = np.minimum(log.cases.created[log.case[first]], at[first])
    resolved = log.cases.resolved[log.case]
    spent = np.clip(np.minimum(until, resolved) - since, 0.0, None)
    rows = ~np.isnan(spent) & (log.state.codes >= 0)
    minutes = np.zeros((len(log.cases), len(log.state.names)))
    np.add.at(minutes, (log.case[rows], log.state.codes[rows]), spent[rows])
    return minutes, log.state.names


def _of_activities(log: EventLog) -> tuple[Floats, tuple[str, ...]]:
    waits = [name for name in log.activity.names if name in log.waiting]
    labels = (WORKED, QUEUED, IDLE, *waits)
    minutes = np.zeros((len(log.cases), len(labels)))
    spent = np.nan_to_num(log.end - log.start)
    column = np.array([3 + waits.index(n) if n in log.waiting else 0 for n in log.activity.names] or [0])
    known = log.activity.codes >= 0
    np.add.at(minutes, (log.case[known], column[log.activity.codes[known]]), spent[known])
    np.add.at(minutes, (log.case, np.ones(len(log), np.int64)), np.nan_to_num(log.start - log.enabled))
    whole = log.cases.resolved - log.cases.created
    minutes[:, 2] = np.clip(np.nan_to_num(whole) - minutes.sum(axis=1), 0.0, None)
    minutes[np.isnan(whole)] = 0.0
    return minutes, labels


def team_profile(log: EventLog, most: int = 15) -> TeamProfile:
    """Return the teams of a log, and who is seen in them."""
    if not log.team.is_known:
        return _of_tickets(log, most)
    rows = np.flatnonzero(log.team.codes >= 0)
    first = np.full(len(log.cases), -1, np.int32)
    last = first.copy()
    last[log.case[rows]] = log.team.codes[rows]
    first[log.case[rows[::-1]]] = log.team.codes[rows[::-1]]
    return _profile(log.team, first, last, log.person, most)


def _of_tickets(log: EventLog, most: int) -> TeamProfile:
    team = log.cases.team
    unknown = np.full(len(team), -1, np.int32)
    person = log.cases.attributes.get(log.cases.person, Labels.none(len(team)))
    return _profile(team, unknown, team.codes, person, most)


def _profile(team: Labels, first: Codes, last: Codes, person: Labels, most: int) -> TeamProfile:
    """Return the teams, with the people that rows name together with them."""
    names = team.names
    both = np.stack([team.codes, person.codes])
    pairs = np.unique(both[:, (both >= 0).all(axis=0)], axis=1)
    people = np.bincount(pairs[0], minlength=len(names))
    begun = np.bincount(first[first >= 0], minlength=len(names))
    ended = np.bincount(last[last >= 0], minlength=len(names))
    order = np.argsort(-(begun + ended), kind="stable")
    rows = tuple(
        TeamRow(
            names[code],
            float(begun[code] / begun.sum()) if begun.any() else float("nan"),
            float(ended[code] / max(ended.sum(), 1)),
            int(people[code]),
        )
        for code in order[:most].tolist()
    )
    return TeamProfile(int(((begun + ended) > 0).sum()), int((person.counts() > 0).sum()), rows)
