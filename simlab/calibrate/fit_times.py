"""Distributions of times: the family by likelihood, checked by distance, or the times themselves.

A family stands in a scenario where one can read it and change it. It is taken only where it is close to
what was seen; else the times are written to a data file, as means of equally many observed ones: that
keeps the mean exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.distances import earth_movers_distance
from simlab.calibrate.event_log import Floats

N_SLICES: Final = 200
"""Values that stand for the observed times in a data file."""
SHORTEST_MIN: Final = 1e-4
"""The least time above 0 that is written."""
CLOSE: Final = 0.04
"""A family is taken whose distance from the observed times is at most this part of their mean."""
FEWEST_FOR_MIXTURE: Final = 40
FEWEST_AT_SPIKE: Final = 15
"""Times that a timer explains at the least."""
SPIKE_WIDTH: Final = 0.02
"""Times that differ by no more than this part may be a spike."""
LEAST_AT_SPIKE: Final = 0.05
"""Share of the times that a spike has at the least."""
ALONE: Final = 0.75
"""Part of the times within three widths that lie in the spike itself."""
STEPS: Final = 60.0
"""A spike is at so many steps of the clock of the log at the least: times in whole minutes are all spikes."""
LEAST_JITTER: Final = 1e-4
"""A timer whose times vary less than by this part is fixed."""
FINE: Final = 10
"""Values for each that is kept, where parts of a mixture are put together."""
_QUANTILES: Final = (np.arange(N_SLICES) + 0.5) / N_SLICES


@dataclass(frozen=True, slots=True)
class FittedTime:
    """A distribution of times as a scenario writes it."""

    family: str
    """``fixed``, ``exponential``, ``lognormal``, ``gamma``, ``mixture`` of log-normals, ``timer`` (a fixed
    time of many, and one of these of the others), or ``observed``."""
    written: dict[str, object] | str | None
    """What stands in the scenario; None where the times stand in a data file."""
    slices: Floats
    """Values of equal weight that stand for the observed times, in minutes."""
    mean: float
    distance: float
    """Distance of the family from the observed times, over their mean."""
    n: float
    """Observations, by weight."""


def fit_time(minutes: Floats, weight: Floats) -> FittedTime:
    """Return the distribution of times.

    Parameters
    ----------
    minutes, weight
        Observed times, not below 0, and how much each counts.
    """
    order = np.argsort(minutes, kind="stable")
    times, share = minutes[order], weight[order] / weight.sum()
    slices = _slice_means(times, share)
    mean, n = float(times @ share), float(weight.sum() ** 2 / (weight @ weight))
    if slices[-1] - slices[0] <= 1e-4 * max(slices[-1], 1e-3):
        return FittedTime("fixed", minutes_text(mean), slices, mean, 0.0, n)
    best: FittedTime | None = None
    best_criterion = math.inf
    for family, written, values, criterion in _families(times, share, n):
        distance = earth_movers_distance(values, slices) / mean
        if distance <= CLOSE and criterion < best_criterion:
            best, best_criterion = FittedTime(family, written, slices, mean, distance, n), criterion
    return best or FittedTime("observed", None, slices, mean, 0.0, n)


def minutes_text(minutes: float) -> str:
    """Write a duration with four digits, as a scenario has it: 0, or at least what an instant resolves."""
    if minutes > 0.0:
        minutes = max(minutes, SHORTEST_MIN)
    for unit, size in (("days", 1440.0), ("h", 60.0), ("min", 1.0)):
        if minutes >= size * (3.0 if unit != "min" else 0.0):
            return f"{_four_digits(minutes / size)} {unit}"
    return f"{_four_digits(minutes)} min"


def _four_digits(number: float) -> str:
    return np.format_float_positional(float(f"{number:.4g}"), trim="-")


def _slice_means(times: Floats, share: Floats) -> Floats:
    """Return the means of equally heavy slices of sorted times."""
    below = np.concatenate([[0.0], np.cumsum(share)])
    area = np.concatenate([[0.0], np.cumsum(share * times)])
    cuts = np.linspace(0.0, 1.0, N_SLICES + 1)
    means: Floats = np.maximum(np.diff(np.interp(cuts, below / below[-1], area)) * N_SLICES, 0.0)
    return np.maximum.accumulate(means)


def _families(times: Floats, share: Floats, n: float) -> list[tuple[str, dict[str, object], Floats, float]]:
    """Return the families that can be fitted: name, as written, values of equal weight, criterion (BIC)."""
    from scipy import special

    mean = float(times @ share)
    found: list[tuple[str, dict[str, object], Floats, float]] = []
    found.append(
        (
            "exponential",
            {"exponential": minutes_text(mean)},
            np.asarray(-mean * np.log1p(-_QUANTILES), np.float64),
            2.0 * n * (1.0 + math.log(mean)) + math.log(n),
        )
    )
    if times[0] <= 0.0:
        return found
    logs = np.log(times)
    centre = float(logs @ share)
    spread = math.sqrt(max(float(((logs - centre) ** 2) @ share), 1e-12))
    normal = special.ndtri(_QUANTILES)
    found.append(
        (
            "lognormal",
            {"lognormal": {"median": minutes_text(math.exp(centre)), "sigma": max(round(spread, 4), 0.0001)}},
            np.exp(centre + spread * normal),
            -2.0 * n * (-centre - math.log(spread) - 0.5 * math.log(2 * math.pi) - 0.5) + 2 * math.log(n),
        )
    )
    gap = math.log(mean) - centre
    if gap > 1e-6:
        shape = _gamma_shape(gap, special.digamma, lambda x: float(special.polygamma(1, x)))
        likelihood = (
            (shape - 1.0) * centre - shape - shape * math.log(mean / shape) - float(special.gammaln(shape))
        )
        found.append(
            (
                "gamma",
                {"gamma": {"shape": round(shape, 4), "mean": minutes_text(mean)}},
                np.asarray(special.gammaincinv(shape, _QUANTILES) * mean / shape, np.float64),
                -2.0 * n * likelihood + 2 * math.log(n),
            )
        )
    if n >= FEWEST_FOR_MIXTURE:
        found.append(_two_lognormals(logs, share, n))
        is_timer = _spike(logs, share)
        if n * float(share[is_timer].sum()) >= FEWEST_AT_SPIKE and not is_timer.all():
            found += _with_timer(times, share, n, is_timer)
    return found


def _spike(logs: Floats, share: Floats) -> NDArray[np.bool_]:
    """Return which of the sorted logarithms of times are at the heaviest spike; none where there is none."""
    below = np.concatenate([[0.0], np.cumsum(share)])

    def inside(low: Floats, high: Floats) -> Floats:
        first, last = np.searchsorted(logs, low, side="left"), np.searchsorted(logs, high, side="right")
        return np.asarray(below[last] - below[first], np.float64)

    within = inside(logs, logs + SPIKE_WIDTH)
    heaviest = int(np.argmax(within))
    around = inside(logs - SPIKE_WIDTH, logs + 2.0 * SPIKE_WIDTH)[heaviest]
    steps = np.diff(np.unique(np.round(np.exp(logs), 3)))
    is_fine = math.exp(logs[heaviest]) >= STEPS * float(np.quantile(steps, 0.1)) if len(steps) else True
    is_spike = is_fine and within[heaviest] >= max(LEAST_AT_SPIKE, ALONE * around)
    at: NDArray[np.bool_] = (logs >= logs[heaviest]) & (logs <= logs[heaviest] + SPIKE_WIDTH)
    return at if is_spike else np.zeros(len(logs), bool)


def _with_timer(
    times: Floats, share: Floats, n: float, is_timer: NDArray[np.bool_]
) -> list[tuple[str, dict[str, object], Floats, float]]:
    """Return mixtures of a timer, with its jitter, and of families of the other times."""
    from scipy import special

    part, logs = float(share[is_timer].sum()), np.log(times[is_timer])
    weight = share[is_timer] / part
    centre = float(logs @ weight)
    spread = math.sqrt(float((logs - centre) ** 2 @ weight))
    median = minutes_text(math.exp(centre))
    timer: dict[str, object] = {"fixed": median}
    if spread > LEAST_JITTER:
        timer = {"lognormal": {"median": median, "sigma": round(spread, 5)}}
    log_density = -centre - math.log(max(spread, LEAST_JITTER)) - 0.5 * math.log(2.0 * math.pi) - 0.5
    criterion = -2.0 * n * (part * (log_density + math.log(part)) + (1.0 - part) * math.log(1.0 - part))
    n_timer = round(part * N_SLICES * FINE)
    timed = np.exp(centre + spread * special.ndtri((np.arange(n_timer) + 0.5) / max(n_timer, 1)))
    first = round(100.0 * part, 2)
    found: list[tuple[str, dict[str, object], Floats, float]] = []
    others = _families(times[~is_timer], share[~is_timer] / (1.0 - part), n * (1.0 - part))
    for family, written, values, of_others in others:
        if family != "timer":
            parts = [{"share": f"{first:.4g} %", **timer}, {"share": f"{100.0 - first:.4g} %", **written}]
            rest = np.quantile(
                values, (np.arange(N_SLICES * FINE - n_timer) + 0.5) / (N_SLICES * FINE - n_timer)
            )
            both = np.sort(np.concatenate([timed, rest])).reshape(N_SLICES, FINE).mean(1)
            found.append(("timer", {"mixture": parts}, both, criterion + of_others + 3.0 * math.log(n)))
    return found


def _gamma_shape(gap: float, digamma: Callable[[float], float], trigamma: Callable[[float], float]) -> float:
    """Maximum-likelihood shape for log(mean) - mean(log) = gap, by Newton (Minka 2002)."""
    shape = (3.0 - gap + math.sqrt((gap - 3.0) ** 2 + 24.0 * gap)) / (12.0 * gap)
    for _ in range(8):
        step = (math.log(shape) - float(digamma(shape)) - gap) / (1.0 / shape - trigamma(shape))
        shape = max(shape - step, 1e-3)
    return shape


def _two_lognormals(logs: Floats, share: Floats, n: float) -> tuple[str, dict[str, object], Floats, float]:
    """Fit a mixture of two log-normals by expectation and maximisation."""
    from scipy import special

    low, high = np.interp([0.25, 0.75], np.cumsum(share), logs)
    weight, centre = np.array([0.5, 0.5]), np.array([low, max(high, low + 0.1)])
    spread = np.full(2, max(float(np.sqrt(((logs - logs @ share) ** 2) @ share)) / 2.0, 0.05))
    likelihood = -math.inf
    for _ in range(60):
        density = weight * np.exp(-0.5 * ((logs[:, None] - centre) / spread) ** 2) / spread
        total = np.maximum(density.sum(1), 1e-300)
        member = density / total[:, None] * share[:, None]
        weight = np.maximum(member.sum(0), 1e-6)
        centre = (member * logs[:, None]).sum(0) / weight
        spread = np.sqrt(np.maximum((member * (logs[:, None] - centre) ** 2).sum(0) / weight, 1e-4))
        now = float(np.log(total) @ share)
        if now - likelihood < 1e-7:
            break
        likelihood = now
    weight = weight / weight.sum()
    first = round(100.0 * float(weight[0]), 2)
    parts = [
        {
            "share": f"{part:.4g} %",
            "lognormal": {
                "median": minutes_text(math.exp(float(m))),
                "sigma": max(round(float(s), 4), 0.0001),
            },
        }
        for part, m, s in zip((first, 100.0 - first), centre, spread, strict=True)
    ]
    grid = np.linspace(logs[0] - 1.0, logs[-1] + 1.5, 4000)
    below = (special.ndtr((grid[:, None] - centre) / spread) * weight).sum(1)
    values = np.exp(np.interp(_QUANTILES, below, grid))
    mean_log = float(logs @ share)
    criterion = -2.0 * n * (likelihood - 0.5 * math.log(2 * math.pi) - mean_log) + 5 * math.log(n)
    return "mixture", {"mixture": parts}, values, criterion
