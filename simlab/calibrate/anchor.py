"""The anchor: hands-on time and staffing, of which a log tells only their product with utilisation.

Twice the hands-on time with twice the people leaves the same log. So one of them must be given: the
utilisation of the people, or the hands-on time of a ticket. `surface` shows how little the log itself
prefers one value to another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit_teams import SHIFT_HOURS, Roles, TeamFacts, sitting_min
from simlab.calibrate.transitions import LATE_MIN, Chain

DEFAULT_UTILISATION: Final = 0.6
BUSIEST: Final = 0.85
"""Utilisation that no team of the scenario is planned above."""
USUAL: Final = 0.95
NAMED: Final = 0.9
"""Share of the work of people with names, from which on they tell whether they do one thing at a time."""
AT_ONCE: Final = 0.02
"""Share of the work that may be at the same time as other work of the same person."""
UTILISATIONS: Final = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_TOUCH_CV: Final = 1.0
_DELAYS: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
_AT_ONCE: Final = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What was assumed about hands-on time, and what follows from it."""

    utilisation: float
    touch_min: Floats
    """Mean hands-on minutes of one visit, by activity."""
    touch_per_ticket: float
    part_of_sitting: float
    """Hands-on time over the time that a sitting leaves room for. With utilisation as the anchor it is at
    most that: people are no busier with a ticket at hand than all day."""
    is_given: bool
    """Whether somebody gave it, rather than the default."""
    by_touch_time: bool
    is_measured: bool
    """Whether the log has starts and ends that can be the hands-on times themselves."""
    people: tuple[int, ...]
    """People on duty in the working hours of each team, for these tickets alone."""


@dataclass(frozen=True, slots=True)
class SurfaceRow:
    """The likelihood of one value of the anchor."""

    utilisation: float
    touch_per_ticket: float
    part_of_sitting: float
    log_likelihood: float
    """Per event within a sitting; only differences mean something."""


def set_anchor(
    chain: Chain,
    roles: Roles,
    teams: tuple[TeamFacts, ...],
    weeks: float,
    utilisation: float | None = None,
    touch_time: float | None = None,
) -> Anchor:
    """Return hands-on times and people that agree with the anchor.

    Where the log has starts and ends, and the people seen have time enough for all that lies between
    them, or do one thing after another, these are the hands-on times, and only a given utilisation is used.

    Parameters
    ----------
    utilisation
        Share of the time on duty that people spend on these tickets, above 0 and below 1.
    touch_time
        Hands-on minutes of a ticket in all.
    """
    lasting = sitting_min(chain, roles, math.inf)
    busy = _work_per_week(chain, roles, lasting, weeks) / np.array(
        [max(60.0 * SHIFT_HOURS * team.people_a_day * _work_days(team), 1e-9) for team in teams]
    )
    is_serial = chain.paths.has_durations and works_one_by_one(chain, roles)
    has_time = is_serial or not (busy > BUSIEST).any()
    is_measured = chain.paths.has_durations and touch_time is None and has_time
    sitting = lasting if is_measured else sitting_min(chain, roles)
    per_week = _work_per_week(chain, roles, sitting, weeks)
    total, n_tickets = float(per_week.sum()), chain.n_cases / weeks
    share = DEFAULT_UTILISATION if utilisation is None else utilisation
    if is_measured:
        part = 1.0
    elif touch_time is not None:
        part = touch_time * n_tickets / max(total, 1e-9)
    else:
        part = share * _paid_per_week(teams) / max(total, 1e-9)
        part = share if math.isnan(part) else min(part, share)
    people = []
    for team, work in zip(teams, part * per_week, strict=True):
        needed = work / (60.0 * team.hours.hours_per_week)
        wanted = needed / share
        if (
            (is_measured or touch_time is not None)
            and utilisation is None
            and not math.isnan(team.people_a_day)
        ):
            wanted = team.people_a_day * SHIFT_HOURS * _work_days(team) / team.hours.hours_per_week
        people.append(max(1, round(wanted), math.ceil(needed / BUSIEST)))
    at_once = busy_together(chain, roles) if is_serial else _at_once(chain, roles, part * sitting)
    people = [max(each, most) for each, most in zip(people, at_once, strict=True)]
    return Anchor(
        share,
        part * sitting,
        part * total / n_tickets,
        part,
        utilisation is not None or touch_time is not None,
        touch_time is not None,
        is_measured,
        tuple(people),
    )


def works_one_by_one(chain: Chain, roles: Roles) -> bool:
    """Whether people, all of them named, hardly ever work on two tickets at a time."""
    paths = chain.paths
    named = roles.is_worked & (paths.person >= 0)
    if not named.any() or named.sum() < NAMED * roles.is_worked.sum():
        return False
    rows = np.flatnonzero(named)
    rows = rows[np.lexsort((paths.start[rows], paths.person[rows]))]
    person, start, end = paths.person[rows], paths.start[rows], paths.end[rows]
    apart = person * (2.0 * float(end.max()))
    until = np.maximum.accumulate(end + apart) - apart
    at_once = np.minimum(until[:-1], end[1:]) - start[1:]
    at_once = np.where(person[1:] == person[:-1], np.maximum(at_once, 0.0), 0.0)
    return float(at_once.sum()) <= AT_ONCE * float((end - start).sum())


def busy_together(chain: Chain, roles: Roles) -> list[int]:
    """Return, by team, how many of its people are busy at most of the instants at which work begins.

    Instants at which more are busy than at `USUAL` of them do not count.
    """
    paths = chain.paths
    found = []
    for team in range(len(roles.names)):
        rows = np.flatnonzero(roles.is_worked & (roles.team == team))
        start, end = np.sort(paths.start[rows]), np.sort(paths.end[rows])
        busy = np.searchsorted(start, start, side="right") - np.searchsorted(end, start, side="right")
        found.append(max(1, int(np.quantile(busy, USUAL))) if len(rows) else 1)
    return found


def _at_once(chain: Chain, roles: Roles, touch: Floats) -> list[int]:
    """Return, by team, how many people it takes to do what the log shows to be done within an hour.

    Hours that are busier than those in which `USUAL` of the events lie do not count.
    """
    paths = chain.paths
    hour = np.floor(paths.end / 60.0).astype(np.int64)
    hour -= hour.min(initial=0)
    found = []
    for team in range(len(roles.names)):
        mine = roles.is_worked & (roles.team == team)
        if not mine.any():
            found.append(1)
            continue
        minutes = np.bincount(hour[mine], touch[paths.activity[mine]])
        of_events = np.sort(minutes[hour[mine]])
        found.append(max(1, math.ceil(float(of_events[int(USUAL * (len(of_events) - 1))]) / 60.0)))
    return found


def surface(chain: Chain, roles: Roles, teams: tuple[TeamFacts, ...], weeks: float) -> list[SurfaceRow]:
    """Return the likelihood of the times within sittings for several utilisations.

    Such a time is hands-on time (log-normal, coefficient of variation 1) and some delay, none at all or
    exponential; the delay is chosen anew, the best there is, for every utilisation (a profile
    likelihood).
    """
    sitting = sitting_min(chain, roles)
    per_week = _work_per_week(chain, roles, sitting, weeks)
    total, n_tickets = float(per_week.sum()), chain.n_cases / weeks
    paid = _paid_per_week(teams)
    if math.isnan(paid):
        paid = total / DEFAULT_UTILISATION
    within = (chain.gap_min <= LATE_MIN) & ~chain.paths.is_first & roles.is_worked
    counts = np.bincount(np.floor(chain.gap_min[within]).astype(np.int64), minlength=int(LATE_MIN) + 1)
    seen = counts[: int(LATE_MIN) + 1].astype(np.float64)
    mean = float(sitting[chain.paths.activity[within]].mean()) if within.any() else 10.0
    rows = []
    for utilisation in UTILISATIONS:
        part = utilisation * paid / max(total, 1e-9)
        likelihood = _profile(seen, part * mean) if seen.sum() else 0.0
        rows.append(SurfaceRow(utilisation, part * total / n_tickets, part, likelihood))
    return rows


def _profile(counts: Floats, touch: float) -> float:
    """Best log-likelihood per event of times in whole minutes, over all delays."""
    minutes = np.arange(len(counts), dtype=np.float64)
    touched = _lognormal_mass(len(counts), touch)
    best = -math.inf
    for mean_delay in _DELAYS:
        delay = np.exp(-minutes / mean_delay) * -math.expm1(-1.0 / mean_delay)
        delayed = np.convolve(touched, delay)[: len(counts)]
        for at_once in _AT_ONCE:
            mass = at_once * touched + (1.0 - at_once) * delayed
            mass = mass / max(mass.sum(), 1e-300)
            best = max(best, float(counts @ np.log(np.maximum(mass, 1e-12)) / counts.sum()))
    return best


def _lognormal_mass(n: int, mean: float) -> Floats:
    """Probability of each whole minute."""
    from scipy.special import ndtr

    sigma = math.sqrt(math.log1p(_TOUCH_CV**2))
    centre = math.log(max(mean, 1e-6)) - sigma**2 / 2.0
    with np.errstate(divide="ignore"):
        below = ndtr((np.log(np.arange(n + 1, dtype=np.float64)) - centre) / sigma)
    mass: Floats = np.diff(below)
    return mass


def _work_per_week(chain: Chain, roles: Roles, sitting: Floats, weeks: float) -> Floats:
    """Minutes of sittings that each team has in a week."""
    minutes = np.where(roles.is_worked, sitting[chain.paths.activity], 0.0)
    return np.bincount(roles.team, minutes, len(roles.names)) / weeks


def _paid_per_week(teams: tuple[TeamFacts, ...]) -> float:
    """Minutes that the people seen on an average day are there in a week; NaN where nobody is named."""
    return sum(60.0 * SHIFT_HOURS * team.people_a_day * _work_days(team) for team in teams)


def _work_days(team: TeamFacts) -> int:
    return max(sum(1 for first, last in team.hours.by_day if last > first), 1)
