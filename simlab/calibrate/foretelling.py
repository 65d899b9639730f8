"""Foretelling cases: fit to those before, leave room for queueing, and simulate."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from simlab.calibrate.distances import cycle_time_distance
from simlab.calibrate.event_log import Floats
from simlab.calibrate.fit import Fitted, fit, with_queueing
from simlab.calibrate.mechanisms import Correction, Mechanisms, Memory
from simlab.calibrate.paths import Paths
from simlab.calibrate.simulation import (
    Queues,
    SimulatedLog,
    loaded_as_recorded,
    loaded_for,
    mean_of,
    mean_times,
    simulate,
    write_files,
)
from simlab.calibrate.written_scenario import WrittenScenario, write_scenario

ROUNDS: Final = 2
"""Times that the fitted times are corrected by what the simulation shows."""
MOST_QUEUEING: Final = 0.5
"""Part of a time that queueing may be, where people and hands-on times are assumed."""
MOST_ADDED: Final = 0.5
"""Part of a time that may be added where the simulation is too quick."""
MANY: Final = 10_000
"""Cases that are simulated to see how long things take, where the log has as many."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """A fit, and simulated logs of the cases that come after those that it was fitted to."""

    fitted: Fitted
    logs: tuple[SimulatedLog, ...]
    """As a log taken when the real one was shows them."""
    off_h: float
    """Hours by which cycle times differ from those fitted to, simulated with the same arrivals; NaN where
    these are not simulated."""


def foretell(
    before: Paths,
    coming: Paths,
    *,
    mechanisms: Mechanisms,
    utilisation: float | None = None,
    touch_time: float | None = None,
    replications: int,
    knows_arrivals: bool = False,
    advanced: Callable[[], None] = lambda: None,
) -> Foretold:
    """Fit to cases, and simulate those that came next.

    Parameters
    ----------
    before, coming
        Cases to fit to, and those to be foretold, of which only number, first creation and the time that was
        left until the log was taken are looked at.
    knows_arrivals
        Let the simulated cases come when those to be foretold did, so that only the rest is foretold.
    advanced
        Called after each simulated log.
    """
    fitted = fit(before, utilisation=utilisation, touch_time=touch_time, mechanisms=mechanisms)

    def write(fit_to_write: Fitted) -> WrittenScenario:
        return write_scenario(fit_to_write, "validation")

    n, start = len(coming), float(coming.created[0])
    room = coming.until - coming.created
    logs: list[SimulatedLog] = []
    with _folder() as folder:
        fitted, off_h = settled(fitted, n, start, write)
        written = write(fitted)
        path = write_files(written, folder)
        if knows_arrivals:
            loaded = loaded_as_recorded(path, coming)
        else:
            loaded = loaded_for(path, before, n, start, fitted.arrivals.per_week)
        for replication in range(replications):
            log = simulate(loaded, written, fitted.cases, replication)
            logs.append(replace(log, paths=log.paths.over_within(room)))
            advanced()
    return Foretold(fitted, tuple(logs), off_h)


def settled(
    fitted: Fitted,
    like_next: int,
    start: float,
    write: Callable[[Fitted], WrittenScenario],
    rounds: int = ROUNDS,
) -> tuple[Fitted, float]:
    """Return a fit whose times leave room for the queueing that its simulation shows.

    Where times are compared with those of the log, the cases that were fitted to are simulated with the
    arrivals that they had: queues depend on them.

    Parameters
    ----------
    like_next, start
        Cases to simulate, and from which instant on, where times are not compared.

    Returns
    -------
    Fitted, float
        The fit, and the hours by which its cycle times differ from those that were fitted to, simulated with
        the same arrivals; NaN where these are not simulated.
    """
    paths, correction = fitted.cases, fitted.mechanisms.correction
    lately = paths.take(np.arange(max(len(paths) - MANY, 0), len(paths)))
    with _folder() as folder:

        def simulated(fit_to_try: Fitted) -> SimulatedLog:
            written = write(fit_to_try)
            path = write_files(written, folder)
            if correction is Correction.QUEUES:
                loaded = loaded_for(path, paths, like_next, start, fit_to_try.arrivals.per_week)
            else:
                loaded = loaded_as_recorded(path, lately)
            return simulate(loaded, written, paths, replication=0)

        match correction:
            case Correction.QUEUES:
                for _ in range(rounds):
                    fitted = _less_queueing(fitted, simulated(fitted).queues)
                return fitted, float("nan")
            case Correction.TIMES:
                return _as_long_as_seen(fitted, simulated, rounds), float("nan")
            case Correction.LOAD:
                return _what_queues_leave(fitted, simulated, rounds)


def _less_queueing(fitted: Fitted, queues: Queues) -> Fitted:
    """Take queueing out of the times: the mean of what a simulation shows and of the round before."""
    seen = queues.mean_min(fitted.chain.n_transitions)
    queued = 0.5 * (fitted.queue_min + seen) if fitted.queue_min.any() else seen
    return with_queueing(fitted, np.minimum(queued, _longest_queueing(fitted)))


def _as_long_as_seen(fitted: Fitted, simulated: Callable[[Fitted], SimulatedLog], rounds: int) -> Fitted:
    """Return the fit of the round whose cycle times are nearest to those that it was fitted to.

    Round by round, transitions to what people do that take longer in the simulation than in the log are
    shortened, and the other way round; less so where chance alone may make the difference: one of its own
    standard error is halved.
    """
    chain = fitted.chain
    elapsed, spread = mean_times(chain.paths, chain.transition, chain.n_transitions, fitted.trend)
    on_clock, most = _mean_times(fitted), _longest_queueing(fitted)
    speed = on_clock / np.maximum(np.nan_to_num(elapsed), 1e-9)
    by_people = [False, *(not fitted.roles.is_automatic[each.target] for each in chain.transitions)]
    for number in fitted.deadlines:  # what was done before does not move them
        by_people[number] = False
    cycles = _latest(fitted.cases.complete(), fitted.mechanisms.memory).cycle_min()
    best, nearest = fitted, np.inf
    for number in range(rounds + 1):
        seen = simulated(fitted)
        distance = cycle_time_distance(cycles, seen.paths.cycle_min())
        if distance < nearest:
            best, nearest = fitted, distance
        if number < rounds:
            longer = np.nan_to_num(seen.lasted - elapsed)
            chance = np.nan_to_num(spread + seen.variance, nan=np.inf)
            change = np.where(by_people, longer**3 / (longer**2 + chance + 1e-9), 0.0) * speed
            fitted = with_queueing(fitted, np.clip(fitted.queue_min + change, -MOST_ADDED * on_clock, most))
    return best


def _what_queues_leave(
    fitted: Fitted, simulated: Callable[[Fitted], SimulatedLog], rounds: int
) -> tuple[Fitted, float]:
    """Return the fit of the round whose cycle times are nearest to those fitted to, and how far they are (h).

    Waits for people begin with no time at all, so that there is nothing but queues; what of the log's times
    these do not fill is left to the waits, less so where chance alone may make it.
    """
    chain = fitted.chain
    on_clock = _mean_times(fitted)
    _, spread = mean_of(chain.transition, fitted.clocks.minutes, chain.n_transitions, fewest=2)
    elapsed, _ = mean_times(chain.paths, chain.transition, chain.n_transitions, fitted.trend)
    speed = on_clock / np.maximum(np.nan_to_num(elapsed), 1e-9)
    is_block = np.array([False, *(chain.branching.is_whole[each.target] for each in chain.transitions)])
    automatic = fitted.roles.is_automatic
    waits_for = np.array([False, *(not automatic[each.target] for each in chain.transitions)]) | is_block
    waits_for[list(fitted.deadlines)] = False  # what was done before does not move them
    fitted = with_queueing(fitted, np.where(waits_for, on_clock, 0.0))
    best, nearest = fitted, np.inf
    for number in range(rounds + 1):
        seen = simulated(fitted)
        distance = cycle_time_distance(fitted.cases.complete().cycle_min(), seen.paths.cycle_min())
        if distance < nearest:
            best, nearest = fitted, distance
        if number < rounds:
            queued, chance = _queued_on_clock(fitted, seen.queues)
            queued = np.where(is_block, np.nan_to_num(seen.lasted) * speed, queued)
            left = np.maximum(on_clock - queued, 0.0)
            left = left**3 / (left**2 + np.nan_to_num(spread, nan=np.inf) + np.nan_to_num(chance) + 1e-9)
            queued = np.where(waits_for, on_clock - left, 0.0)
            fitted = with_queueing(fitted, 0.5 * (queued + fitted.queue_min) if number else queued)
    return best, nearest


def _queued_on_clock(fitted: Fitted, queues: Queues) -> tuple[Floats, Floats]:
    """By transition: mean minutes in queues, and the squared standard error of that.

    They are on the clock of the wait before, where that stands still outside of its hours.
    """
    clocks, which = fitted.clocks, queues.transition
    minutes = queues.began - queues.joined
    clock_runs = np.array([*(clock.mode.runs for clock in clocks.clocks), False])
    stands_still = clock_runs[clocks.of_transition[which]]
    minutes[stands_still] = clocks.between(
        which[stands_still], queues.joined[stands_still], queues.began[stands_still]
    )
    n = fitted.chain.n_transitions
    mean, spread = mean_of(which, minutes, n, fewest=1)
    return np.nan_to_num(mean), spread


def _latest(paths: Paths, memory: Memory) -> Paths:
    """Return the cases that tell how long cases take: where waits have a trend, the last quarter."""
    n = len(paths)
    return paths.take(np.arange(3 * n // 4, n)) if memory is Memory.TREND else paths


def _longest_queueing(fitted: Fitted) -> Floats:
    """By transition: queueing that may be taken out of its time."""
    return (1.0 if fitted.anchor.is_measured else MOST_QUEUEING) * _mean_times(fitted)


def _mean_times(fitted: Fitted) -> Floats:
    """By transition: mean time on its clock."""
    chain = fitted.chain
    counts = np.maximum(np.bincount(chain.transition, minlength=chain.n_transitions), 1)
    mean: Floats = np.bincount(chain.transition, fitted.clocks.minutes, chain.n_transitions) / counts
    return mean


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="simlab-calibrate-") as name:
        yield Path(name)
