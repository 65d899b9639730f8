"""Which mechanisms are at work: each is fitted to the first part of a log, and foretells its last part.

A log does not tell at sight whether waits run in working hours or at the pace of work, or whether its times
leave room for queueing. What foretells best tells. The cases to be foretold here are the last ones of those
that are fitted; none enters that a validation foretells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

import numpy as np

from simlab.calibrate.branching import branched
from simlab.calibrate.censoring import n_judged
from simlab.calibrate.deadlines import deadlines_of
from simlab.calibrate.distances import (
    Distances,
    cycle_time_distance,
    distances,
    n_gram_distance,
    noise_floor,
)
from simlab.calibrate.fit import Fitted, telling_attribute, tells_shifts
from simlab.calibrate.foretelling import Foretold, foretell
from simlab.calibrate.mechanisms import CANDIDATES, Correction, Due, Duty, Mechanisms, Memory, Sees, Ways, Who
from simlab.calibrate.paths import Paths, one_after_another
from simlab.calibrate.trends import trend_factors
from simlab.calibrate.verdicts import LEAST_FLOOR

FIRST_PART: Final = 0.8
REPLICATIONS: Final = 3
FLOORS: Final = 50
FEWEST: Final = 500
"""Cases below which nothing is tried: the simplest mechanisms are used."""
MOST: Final = 15_000
"""Cases that are tried on, the last ones."""
JUDGED: Final = ("n_gram", "cycle_time")
"""Distances by which a fit is judged."""
WEIGHT_OF_HOURS: Final = 0.1
"""What the distance of the hours of the day counts, as far as it is above its noise floor, in floors."""
MOST_OF_HOURS: Final = 0.5
"""Floors above that from which on more counts no more: hours decide where ways and cycle times hardly do."""
LEAST_HOURS: Final = 0.5
"""Where chance makes hardly any difference in the hours of the day, it is counted in these."""
SAME: Final = 0.01
"""Losses that differ by less say nothing: then the simplest is taken."""
MORE_THAN_QUEUES: Final = 0.05
"""By so much less loss times corrected by queues alone must foretell: elapsed times are right in the mean."""
LEAST_TREND: Final = 0.03
"""A trend that changes waits by less is none."""
SEEN: Final = 0.1
"""By so much farther cycle times may be, by so much more 3-grams differ and the loss be greater, where people
work in shifts of their own: names and starts of work show these. So may the loss with deadlines, of which
the likelihood is clear."""
LEAST_BY_TREND: Final = 0.01
"""By so much less loss the trend of waits must foretell: it is there only where waits show it clearly."""
LEAST_RECENT: Final = 0.1
"""The same of the recent half: to leave out half of the cases costs precision for sure."""
CHANCE: Final = 2.0
"""And so much more, over the root of the cases that are foretold, chance makes of it."""


FAULTLESS: Final = 0.71
"""Loss of a fit without fault: logs of as many cases are nearer than halves of one, by the root of two."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How well one choice of mechanisms foretold the last part of what is fitted."""

    mechanisms: Mechanisms
    distances: Distances
    """Mean of those of single simulated logs."""
    loss: float
    """Mean of the judged distances, each over its noise floor, and a little for hours of the day that do not
    fit."""
    from_all: float = float("nan")
    """Hours by which cycle times differ from those of all cases that it was tried on; of those fitted to, and
    simulated with the same arrivals, where waits are of what queues leave."""
    ways_from_all: float = float("nan")
    """Share of the 3-grams by which ways differ from those of all these cases."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which mechanisms foretold best."""

    chosen: Mechanisms
    trials: tuple[Trial, ...]
    """Empty where the log is too short to try."""
    n_foretold: int


_Tried = tuple[Trial, Fitted]


def select(
    paths: Paths,
    *,
    utilisation: float | None = None,
    touch_time: float | None = None,
    candidates: Sequence[Mechanisms] = CANDIDATES,
) -> Selection:
    """Try mechanisms on a log: fit each to the first part, foretell the rest.

    Parameters
    ----------
    paths
        Cases, in order of creation.
    candidates
        What is tried, the simplest first.
    """
    n = n_judged(paths.is_open)
    if n < FEWEST or len(candidates) == 1:
        return Selection(candidates[0], (), 0)
    judged = paths.take(np.arange(max(n - MOST, 0), n))
    n_before = int(FIRST_PART * len(judged))
    before = judged.take(np.arange(n_before))
    coming = judged.take(np.arange(n_before, len(judged)))
    real = coming.complete()
    floor, everything = noise_floor(real, FLOORS), judged.complete()

    def tried(mechanisms: Mechanisms) -> _Tried:
        found = foretell(
            before,
            coming,
            mechanisms=mechanisms,
            utilisation=utilisation,
            touch_time=touch_time,
            replications=REPLICATIONS,
            knows_arrivals=True,
        )
        return _trial(found, real, floor, everything), found.fitted

    return Selection(*_best(tried, candidates, floor, before, len(real)), len(real))


def _best(
    tried: Callable[[Mechanisms], _Tried],
    candidates: Sequence[Mechanisms],
    floor: Distances,
    before: Paths,
    n_foretold: int,
) -> tuple[Mechanisms, tuple[Trial, ...]]:
    """Return the mechanisms that foretell best, and all trials: one kind of mechanism after the other."""

    def unless_worse(alike: _Tried, mechanisms: Mechanisms, most: float = 1.0) -> _Tried:
        other = tried(mechanisms)
        trials.append(other)
        return other if other[0].loss <= most * alike[0].loss else alike

    trials = [tried(mechanisms) for mechanisms in candidates]
    usual = best_of([trial for trial, _ in trials])
    alike = next(each for each in trials if each[0] is usual)
    if deadlines_of(alike[1].chain):
        alike = unless_worse(alike, replace(usual.mechanisms, due=Due.EARLIER), 1.0 + SEEN)
    has_branches = bool(branched(before))
    if has_branches:
        alike = unless_worse(alike, replace(alike[0].mechanisms, ways=Ways.BRANCHES))
    if branched(before, races=True).has_races:
        races = unless_worse(alike, replace(alike[0].mechanisms, ways=Ways.RACES))
        alike = races if go_as_seen(races[0], alike[0]) else alike
    if tells_shifts(alike[1].anchor, alike[1].teams):
        together = alike[0].mechanisms
        by_load = replace(together, duty=Duty.SHIFTS, correction=Correction.LOAD)
        shifts = [by_load, replace(together, duty=Duty.SHIFTS)]
        if has_branches and together.ways is Ways.SEQUENCE:
            shifts.insert(1, replace(by_load, ways=Ways.BRANCHES))
        in_shifts = [tried(mechanisms) for mechanisms in shifts]
        trials += in_shifts
        seen = [each for each in in_shifts if are_as_seen(each[0], alike[0], floor)]
        alike = min(seen, key=lambda each: each[0].loss, default=alike)
    best, others = _beside(tried, *alike, n_foretold)
    return best.mechanisms, (*(trial for trial, _ in trials), *others)


def _beside(
    tried: Callable[[Mechanisms], _Tried], alike: Trial, fitted: Fitted, n_foretold: int
) -> tuple[Trial, list[Trial]]:
    """Return the best of other memories, crews and attributes beside what was found, and all trials."""
    has_trend = bool(
        (np.abs(trend_factors(fitted.chain, fitted.clocks.minutes) - 1.0) > LEAST_TREND).any()
        and alike.mechanisms.correction is not Correction.LOAD  # queues make the trend
    )
    memories = (Memory.TREND, Memory.RECENT) if has_trend else (Memory.RECENT,)
    others = [tried(replace(alike.mechanisms, memory=memory))[0] for memory in memories]
    best = remembered(alike, others, n_foretold)
    if fitted.pattern.crews and fitted.anchor.is_measured:
        by_crews = tried(replace(best.mechanisms, who=Who.CREWS))[0]
        others.append(by_crews)
        best = by_crews if by_crews.loss <= best.loss else best
    if telling_attribute(fitted.chain) is not None:
        by_attribute = tried(replace(best.mechanisms, sees=Sees.ATTRIBUTE))[0]
        others.append(by_attribute)
        clearly = 1.0 - SAME - CHANCE / sqrt(n_foretold)
        best = by_attribute if by_attribute.loss < clearly * best.loss else best
    return best, others


def _trial(found: Foretold, real: Paths, floor: Distances, everything: Paths) -> Trial:
    """Return how well cases were foretold; ``everything``: all cases that it was tried on."""
    each = np.array([distances(real, log.paths).values() for log in found.logs])
    mean = Distances(*each.mean(0).tolist())
    over_floor = [getattr(mean, name) / max(getattr(floor, name), LEAST_FLOOR) for name in JUDGED]
    loss = float(np.mean(over_floor)) + hours_loss(mean, floor)
    together = one_after_another([log.paths for log in found.logs])
    ways = n_gram_distance(
        everything.case,
        everything.activity,
        together.case,
        together.activity,
        len(everything.activities),
        n_logs_b=len(together) / len(everything),
    )
    cycles = cycle_time_distance(everything.cycle_min(), together.cycle_min())
    from_all = found.off_h if found.off_h >= 0.0 else cycles
    return Trial(found.fitted.mechanisms, mean, loss, from_all, ways)


def go_as_seen(races: Trial, alike: Trial) -> bool:
    """Whether branches that wait on their own begin in the orders of all cases: nothing else sees to it.

    The few cases that are foretold tell that less well.
    """
    return races.ways_from_all <= (1.0 + SEEN) * alike.ways_from_all


def are_as_seen(in_shifts: Trial, together: Trial, floor: Distances) -> bool:
    """Whether shifts, which a log shows, go with what it shows besides.

    They do not fit to chance as other mechanisms may: what they make of all cases tells more than the few
    that are foretold, and half a noise floor is chance. But where they foretell clearly worse, the people of
    the past are not those of the coming time; where they foretell clearly better, it was another time.
    """
    most = 1.0 + SEEN
    has_ways = in_shifts.distances.n_gram <= max(most * together.distances.n_gram, floor.n_gram)
    foretells = in_shifts.loss <= most * together.loss
    is_near = in_shifts.from_all <= max(most * together.from_all, 0.5 * floor.cycle_time)
    return has_ways and foretells and (is_near or most * in_shifts.loss <= together.loss)


def remembered(alike: Trial, others: Sequence[Trial], n_foretold: int) -> Trial:
    """Return the best trial of another memory that is clearly better, else the usual one.

    Where that is without fault, all of the cases are alike, and what is nearer still is so by chance.
    """
    if alike.loss <= FAULTLESS:
        return alike
    recent = LEAST_RECENT + CHANCE / sqrt(n_foretold)
    least = {Memory.TREND: LEAST_BY_TREND, Memory.RECENT: recent}
    better = [other for other in others if other.loss < (1.0 - least[other.mechanisms.memory]) * alike.loss]
    return min(better, key=lambda trial: trial.loss, default=alike)


def hours_loss(found: Distances, floor: Distances) -> float:
    """Return what is counted for hours of the day that are farther off than chance makes them."""
    off = found.circadian_events / max(floor.circadian_events, LEAST_HOURS)
    return WEIGHT_OF_HOURS * min(max(off - 1.0, 0.0), MOST_OF_HOURS)


def best_of(trials: Sequence[Trial]) -> Trial:
    """Return the trial of least loss, with the simplest waits of those that hardly differ.

    Parameters
    ----------
    trials
        The simplest first.
    """

    def handicapped(trial: Trial) -> float:
        by_queues = trial.mechanisms.correction is Correction.QUEUES
        return trial.loss / (1.0 - MORE_THAN_QUEUES) if by_queues else trial.loss

    each = [handicapped(trial) for trial in trials]
    return next(trial for trial, loss in zip(trials, each, strict=True) if loss <= (1.0 + SAME) * min(each))
