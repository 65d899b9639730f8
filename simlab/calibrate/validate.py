"""Validation: fit to the first part of a log, foretell the rest, and see how far off that is.

Two references stand beside every distance. The *noise floor* is the distance between random halves of the
part that was to be foretold: what chance alone does. *Replay* takes the last cases before that part, as
many as it has, shifted by whole weeks: a forecast that needs no model, which a model must beat to be
worth its name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simlab.calibrate.censoring import n_judged
from simlab.calibrate.distances import Distances, cycle_time_distance, distances
from simlab.calibrate.event_log import Codes, Floats
from simlab.calibrate.fit import Fitted, fit, with_queueing
from simlab.calibrate.paths import Paths, one_after_another
from simlab.calibrate.simulation import MINUTES_PER_WEEK, SimulatedLog, loaded_for, mean_times, simulate, write_files
from simlab.calibrate.written_scenario import WrittenScenario, write_scenario
from simlab.errors import InvalidInput, Problem

FIRST_PART: Final = 0.8
REPLICATIONS: Final = 10
ROUNDS: Final = 2
"""Times that the fitted times are corrected for the queueing that the simulation shows."""
MOST_QUEUEING: Final = 0.5
"""Part of a time that queueing may be, where people and hands-on times are assumed."""
MANY: Final = 10_000
"""Cases that are simulated to see how long things take, where the log has as many."""
ONLY_SHORTER = False
KEEP = True
CHANCE: Final = 1.0
"""Times that differ by their standard error are corrected by half of that, those that differ by more by more."""
MOST_ADDED: Final = 0.5
"""Part of a time that may be added where the simulation is too quick."""
FLOORS: Final = 30
FEWEST_OF_GROUP: Final = 100
"""Cases to be foretold of a class or priority, below which it is not looked at by itself."""
FLOOR_FACTOR: Final = 1.5
JUDGED: Final = ("n_gram", "cycle_time")
"""Distances by which a fit is judged."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Distances of the cases to be foretold, all or a group of them."""

    group: str
    """Empty for all, else such as ``priority P1``."""
    n_cases: int
    one_log: Distances
    """Mean of the distances of single simulated logs."""
    low: Distances
    high: Distances
    together: Distances
    """Of all simulated logs together."""
    replay: Distances
    floor: Distances


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a distance is as small as it should be."""

    distance: str
    model: float
    replay: float
    floor: float

    @property
    def beats_replay(self) -> bool:
        """Whether the model is nearer than replay."""
        return self.model < self.replay

    @property
    def is_chance(self) -> bool:
        """Whether the model is as near as chance lets it be."""
        return self.model <= self.floor

    @property
    def is_near_floor(self) -> bool:
        """Whether the model is within `FLOOR_FACTOR` of the noise floor, where replay is above the floor."""
        return self.replay <= self.floor or self.model <= FLOOR_FACTOR * self.floor


@dataclass(frozen=True, slots=True)
class Validation:
    """How well a fit to the first part of a log foretells the rest."""

    fitted: Fitted
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
        """Judgement by single simulated logs."""
        whole = self.groups[0]
        return tuple(
            Verdict(
                name, getattr(whole.one_log, name), getattr(whole.replay, name), getattr(whole.floor, name)
            )
            for name in JUDGED
        )

    @property
    def verdicts_together(self) -> tuple[Verdict, ...]:
        """Judgement by all simulated logs together."""
        whole = self.groups[0]
        return tuple(
            Verdict(
                name, getattr(whole.together, name), getattr(whole.replay, name), getattr(whole.floor, name)
            )
            for name in JUDGED
        )


def settled(
    fitted: Fitted,
    like_next: int,
    start: float,
    write: Callable[[Fitted], WrittenScenario],
    folder: Path,
    rounds: int = ROUNDS,
) -> Fitted:
    """Return a fit whose times leave room for the queueing that its simulation shows.

    Round by round, transitions that take longer in the simulation than in the log are shortened, and the
    other way round; of all rounds, the one whose cycle times are nearest to those that it was fitted to stays.

    Parameters
    ----------
    like_next, start
        Cases to simulate, and from which instant on.
    """
    chain = fitted.chain
    elapsed, spread = mean_times(chain.paths, chain.transition, chain.n_transitions)
    on_clock = _mean_times(fitted, fitted.clocks.minutes)
    speed = on_clock / np.maximum(np.nan_to_num(elapsed), 1e-9)
    by_people = [False, *(not fitted.roles.is_automatic[each.target] for each in chain.transitions)]
    most = (1.0 if fitted.anchor.is_measured else MOST_QUEUEING) * on_clock
    cycles = chain.paths.complete().cycle_min()
    n_cases = min(max(like_next, MANY), len(chain.paths))
    best, nearest = fitted, np.inf
    for number in range(rounds + 1):
        written = write(fitted)
        path = write_files(written, folder)
        loaded = loaded_for(path, chain.paths, n_cases, start, fitted.arrivals.per_week)
        seen = simulate(loaded, written, chain.paths, 0)
        distance = cycle_time_distance(cycles, seen.paths.cycle_min())
        if distance < nearest or not KEEP:
            best, nearest = fitted, distance
        longer = np.nan_to_num(seen.lasted - elapsed)
        chance = np.nan_to_num(spread + seen.variance, nan=np.inf)
        sure = longer**2 / (longer**2 + CHANCE * chance + 1e-9)
        change = np.where(by_people, longer * sure, 0.0) * speed
        if ONLY_SHORTER:
            change = np.maximum(change, 0.0)
        if number < rounds:
            fitted = with_queueing(fitted, np.clip(fitted.queue_min + change, -MOST_ADDED * on_clock, most))
    return best


def validate(
    paths: Paths,
    *,
    utilisation: float | None = None,
    touch_time: float | None = None,
    first_part: float = FIRST_PART,
    replications: int = REPLICATIONS,
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
    advanced
        Called after each simulated log.

    Raises
    ------
    InvalidInput
        If there are too few cases.
    """
    n_cases = n_judged(paths.is_open)
    n_train = int(first_part * n_cases)
    real = paths.take(np.arange(n_train, n_cases)).complete()
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
    fitted = fit(train, utilisation=utilisation, touch_time=touch_time)

    def write(fit_to_write: Fitted) -> WrittenScenario:
        return write_scenario(fit_to_write, "validation")

    n, start = len(real), float(real.created[0])
    with _folder() as folder:
        fitted = settled(fitted, n, start, write, folder)
        written = write(fitted)
        loaded = loaded_for(write_files(written, folder), train, n, start, fitted.arrivals.per_week)
        logs: list[SimulatedLog] = []
        for replication in range(replications):
            logs.append(simulate(loaded, written, fitted.chain.paths, replication))
            advanced()
    replay = replayed(train.complete(), real)
    simulated = [log.paths for log in logs]
    return Validation(
        fitted=fitted,
        real=real,
        simulated=one_after_another(simulated),
        n_logs=replications,
        replay=replay,
        groups=tuple(_groups(real, simulated, replay, fitted)),
        utilisation=float(np.mean([log.utilisation for log in logs])),
    )


def replayed(train: Paths, real: Paths) -> Paths:
    """Return the last cases before ``real``, as many as it has (at most all), shifted by whole weeks."""
    last = train.take(np.arange(max(len(train) - len(real), 0), len(train)))
    weeks = max(round((float(real.created[0]) - float(last.created[0])) / MINUTES_PER_WEEK), 0)
    return last.shifted(weeks * MINUTES_PER_WEEK)


def noise_floor(real: Paths, repeats: int = FLOORS, seed: int = 0) -> Distances:
    """Return the mean distances between random halves of a log."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(repeats):
        shuffled, half = rng.permutation(len(real)), len(real) // 2
        one, other = (real.take(np.sort(part)) for part in (shuffled[:half], shuffled[half : 2 * half]))
        rows.append(distances(one, other).values())
    return Distances(*np.mean(rows, axis=0).tolist())


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
    each = np.array([distances(real, log).values() for log in simulated])
    return Compared(
        group,
        len(real),
        Distances(*each.mean(0).tolist()),
        Distances(*each.min(0).tolist()),
        Distances(*each.max(0).tolist()),
        distances(real, one_after_another(simulated), n_logs=len(simulated)),
        distances(real, replay),
        noise_floor(real, repeats=FLOORS if not group else 3),
    )


def _mean_times(fitted: Fitted, minutes: Floats) -> Floats:
    """Mean of a time by transition."""
    chain = fitted.chain
    counts = np.maximum(np.bincount(chain.transition, minlength=chain.n_transitions), 1)
    mean: Floats = np.bincount(chain.transition, minutes, chain.n_transitions) / counts
    return mean


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="simlab-calibrate-") as name:
        yield Path(name)
