"""From what people know about a quantity to its distribution.

Each function takes the facts by name, in one of the combinations that its docstring lists, and refuses
anything else with a ``ValueError`` that says what must hold. Times are in minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist

import numpy as np

from simlab.model.distributions import Distribution
from simlab.model.families import Kind, RefusedAmounts, weibull_log_square_ratio

Z90 = NormalDist().inv_cdf(0.9)
"""90 % quantile of the standard normal distribution."""

MAX_P90_TO_MEAN = math.exp(Z90**2 / 2.0)
"""Largest possible ratio of 90 % quantile to mean of a log-normal distribution: 2.273."""

MAX_CV = 100.0
MAX_SIGMA = 10.0
_PLAIN_FACTS = frozenset({"cv", "peak", "shape", "sigma"})
"""Facts that are numbers whatever the distribution is about."""
LEAST_WEIBULL_SHAPE, MOST_WEIBULL_SHAPE = 0.1, 2000.0

_SHARE_TOLERANCE = 1e-6


def fixed(value: float) -> Distribution:
    """Give always the same value, 0 or more."""
    return Distribution(Kind.DETERMINISTIC, (_not_negative("value", value),))


def exponential(*, mean: float) -> Distribution:
    """Make an exponential distribution."""
    return Distribution(Kind.EXPONENTIAL, (_positive("mean", mean),))


def uniform(*, min: float, max: float) -> Distribution:
    """Make a uniform distribution between two different values, 0 or more."""
    _ascending(min=min, max=max)
    return Distribution(Kind.UNIFORM, (float(min), float(max)))


def triangular(*, min: float, mode: float, max: float) -> Distribution:
    """Make a triangular distribution; the mode may be at either end."""
    _ascending(min=min, mode=mode, max=max)
    return Distribution(Kind.TRIANGULAR, (float(min), float(mode), float(max)))


def pert(*, min: float, mode: float, max: float, peak: float = 4.0) -> Distribution:
    """Make a PERT distribution: a beta distribution with mean (min + peak * mode + max) / (peak + 2)."""
    _ascending(min=min, mode=mode, max=max)
    _positive("peak", peak)
    width = max - min
    shapes = (1.0 + peak * (mode - min) / width, 1.0 + peak * (max - mode) / width)
    return Distribution(Kind.PERT, (float(min), float(max), *shapes))


def lognormal(**facts: float | None) -> Distribution:
    """Make a log-normal distribution.

    Facts: mean and cv; mean and sd; mean and p90; median and p90; median and cv; median and sigma, the
    standard deviation of the logarithm. Of the two distributions with a given mean and p90 it is the
    less variable one; there is none where p90 is more than 2.273 times the mean.
    """
    known = _known(
        "log-normal", facts, "mean cv", "mean sd", "mean p90", "median p90", "median cv", "median sigma"
    )
    match known:
        case {"mean": mean, "p90": p90}:
            sigma = _log_normal_sigma(mean, p90)
            return _log_normal(mean * math.exp(-(sigma**2) / 2.0), sigma)
        case {"median": median, "p90": p90}:
            if p90 <= median:
                raise RefusedAmounts("p90 must be above the median; found {} and {}", p90, median)
            return _log_normal(median, math.log(p90 / median) / Z90)
        case {"median": median, "sigma": sigma}:
            return _log_normal(median, sigma)
        case {"median": median, "cv": cv}:
            return _log_normal(median, math.sqrt(math.log1p(_variation(cv) ** 2)))
        case _:
            mean, cv = _mean_and_cv(known)
            square = cv**2
            return _log_normal(mean / math.sqrt(1.0 + square), math.sqrt(math.log1p(square)))


def gamma(**facts: float | None) -> Distribution:
    """Make a gamma distribution. Facts: mean and cv; mean and sd; shape and mean; shape and scale."""
    known = _known("gamma", facts, "mean cv", "mean sd", "shape mean", "shape scale")
    if "shape" not in known:
        mean, cv = _mean_and_cv(known)
        return Distribution(Kind.GAMMA, (cv**-2.0, mean * cv**2))
    shape = known["shape"]
    _variation(shape**-0.5, f"the cv of a gamma distribution of shape {shape:g}")
    return Distribution(Kind.GAMMA, (shape, known["scale"] if "scale" in known else known["mean"] / shape))


def erlang(*, k: int, mean: float) -> Distribution:
    """Make the distribution of a sum of ``k`` independent exponentials with this mean in all."""
    if k < 1 or k != int(k):
        raise ValueError(f"k must be a whole number, 1 or more; found {k!r}")
    return gamma(shape=float(k), mean=mean)


def weibull(**facts: float | None) -> Distribution:
    """Make a Weibull distribution. Facts: shape and scale; shape and mean; mean and cv; median and p90."""
    known = _known("Weibull", facts, "shape scale", "shape mean", "mean cv", "median p90")
    match known:
        case {"shape": shape, "scale": scale}:
            return _weibull(shape, scale)
        case {"median": median, "p90": p90}:
            if p90 <= median:
                raise RefusedAmounts("p90 must be above the median; found {} and {}", p90, median)
            shape = math.log(math.log(10.0) / math.log(2.0)) / math.log(p90 / median)
            return _weibull(shape, median / math.log(2.0) ** (1.0 / shape))
        case {"mean": mean, "cv": cv}:
            shape = _weibull_shape(cv)
        case {"mean": mean, "shape": shape}:
            pass
    return _weibull(shape, mean / math.gamma(1.0 + 1.0 / shape))


def hyperexponential(
    *,
    mean: float | None = None,
    cv: float | None = None,
    phases: Sequence[tuple[float, float]] | None = None,
) -> Distribution:
    """Make a hyperexponential distribution.

    Parameters
    ----------
    mean, cv
        With cv above 1: two phases that contribute equally to the mean ("balanced means").
    phases
        Two or more pairs of share and mean, in place of mean and cv; the shares add up to 1.
    """
    if phases is not None:
        if mean is not None or cv is not None:
            raise ValueError("a hyperexponential distribution takes either mean and cv, or phases")
        return mixture([(share, exponential(mean=phase)) for share, phase in phases])
    if mean is None or cv is None:
        raise ValueError("a hyperexponential distribution needs mean and cv, or phases")
    _positive("mean", mean)
    if not _variation(cv) > 1.0:
        raise ValueError(f"the cv of a hyperexponential distribution must be above 1; found {cv:g}")
    # The shares are (1 +- root) / 2; the small one is written without the cancellation.
    rare = 1.0 / ((cv**2 + 1.0) * (1.0 + math.sqrt((cv**2 - 1.0) / (cv**2 + 1.0))))
    short, long = mean / (2.0 * (1.0 - rare)), mean / (2.0 * rare)
    return mixture([(1.0 - rare, exponential(mean=short)), (rare, exponential(mean=long))])


def empirical(
    values: Sequence[float], weights: Sequence[float] | None = None, *, smooth: bool = False
) -> Distribution:
    """Make the distribution of observed values, 0 or more.

    Parameters
    ----------
    values
        In any order, one or more.
    weights
        Weight of each, 0 or more and not all 0; equal where not given.
    smooth
        Straight lines between the distinct values in place of steps. Each value stands at the middle of
        its weight, stretched so that the least is at 0 and the greatest at 1: for equal weights the
        usual interpolated sample quantile.
    """
    x = np.asarray(values, dtype=np.float64)
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=np.float64)
    if x.ndim != 1 or x.size == 0 or not np.all(np.isfinite(x) & (x >= 0.0)):
        raise ValueError("an empirical distribution needs one or more values, all finite and not below 0")
    if w.shape != x.shape:
        raise ValueError(f"there must be one weight for each value; found {w.size} for {x.size} values")
    if not (np.all(np.isfinite(w) & (w >= 0.0)) and w.any()):
        raise ValueError("weights must be finite, not below 0 and not all 0")
    distinct, position = np.unique(x[w > 0.0], return_inverse=True)
    weight = np.asarray(np.bincount(position, w[w > 0.0]), dtype=np.float64)
    if distinct.size == 1:
        return fixed(float(distinct[0]))
    at = np.cumsum(weight)
    if smooth:
        at -= weight / 2.0
        at -= at[0]
    at /= at[-1]
    knots = tuple(zip(distinct.tolist(), at.tolist(), strict=True))
    return Distribution(Kind.EMPIRICAL_LINEAR if smooth else Kind.EMPIRICAL, knots=knots)


def mixture(parts: Sequence[tuple[float, Distribution]]) -> Distribution:
    """Draw from one of several distributions, by their shares, which add up to 1.

    One uniform chooses the part, in the order given, and its remainder the value: put like beside like.
    """
    shares = [_share(share) for share, _ in parts]
    total = math.fsum(shares)
    if not parts or abs(total - 1.0) > _SHARE_TOLERANCE:
        raise ValueError(f"the shares of a mixture must add up to 100 %; found {100.0 * total:g} %")
    flat = [
        (share / total * inner, leaf)
        for share, part in parts
        for inner, leaf in (part.components or ((1.0, part),))
        if share * inner > 0.0
    ]
    return flat[0][1] if len(flat) == 1 else Distribution(Kind.MIXTURE, components=tuple(flat))


def with_cv(distribution: Distribution, cv: float) -> Distribution:
    """Change the coefficient of variation and keep the mean.

    Log-normal, gamma and Weibull stay in their families, an exponential becomes a gamma distribution. Any
    other is drawn in towards its mean, which can only lower the cv. With cv 0 nothing varies.
    """
    mean = distribution.mean
    if cv == 0.0:
        return fixed(mean)
    untouched = distribution.shift == 0.0 and distribution.base_shares == (0.0, 1.0)
    families = {Kind.LOG_NORMAL: lognormal, Kind.GAMMA: gamma, Kind.EXPONENTIAL: gamma, Kind.WEIBULL: weibull}
    if distribution.kind in families and untouched:
        return families[distribution.kind](mean=mean, cv=cv)
    factor = cv / distribution.cv if distribution.cv else 1.0
    if factor > 1.0:
        raise ValueError("the cv of this distribution can only be lowered -> write a change such as -20 %")
    return distribution.scaled(factor).shifted(mean * (1.0 - factor)) if factor < 1.0 else distribution


FAMILIES: Mapping[str, Callable[..., Distribution]] = {
    family.__name__: family
    for family in (
        fixed,
        exponential,
        uniform,
        triangular,
        pert,
        lognormal,
        gamma,
        erlang,
        weibull,
        hyperexponential,
        empirical,
        mixture,
    )
}
"""The functions above by the name that a scenario uses."""


def _log_normal(median: float, sigma: float) -> Distribution:
    if not sigma <= MAX_SIGMA:
        raise ValueError(
            f"the sigma of a log-normal distribution must be at most {MAX_SIGMA:g}; found {sigma:g}"
        )
    return Distribution(Kind.LOG_NORMAL, (median, sigma))


def _log_normal_sigma(mean: float, p90: float) -> float:
    """Smaller root of sigma**2 / 2 - z sigma + log(p90 / mean) = 0, free of cancellation."""
    if not mean < p90 <= mean * MAX_P90_TO_MEAN:
        raise RefusedAmounts(
            "the p90 of a log-normal distribution must be above its mean and at most "
            f"{MAX_P90_TO_MEAN:.4g} times the mean; found {{}}, which is {p90 / mean:.4g} times {{}}",
            p90,
            mean,
        )
    log_ratio = math.log(p90 / mean)
    return 2.0 * log_ratio / (Z90 + math.sqrt(max(Z90**2 - 2.0 * log_ratio, 0.0)))


def _weibull(shape: float, scale: float) -> Distribution:
    if not LEAST_WEIBULL_SHAPE <= shape <= MOST_WEIBULL_SHAPE:
        raise ValueError(
            f"the shape of a Weibull distribution must be from {LEAST_WEIBULL_SHAPE:g} to "
            f"{MOST_WEIBULL_SHAPE:g}; found {shape:g}"
        )
    return Distribution(Kind.WEIBULL, (shape, scale))


def _weibull_shape(cv: float) -> float:
    """Shape at which the cv, which falls as the shape grows, is as given: by bisection of the logarithm."""
    wanted = math.log1p(_variation(cv) ** 2)
    low, high = LEAST_WEIBULL_SHAPE, MOST_WEIBULL_SHAPE
    if not weibull_log_square_ratio(high) < wanted < weibull_log_square_ratio(low):
        raise ValueError(f"the cv of a Weibull distribution must be from 0.001 to {MAX_CV:g}; found {cv:g}")
    while low < (middle := math.sqrt(low * high)) < high:
        if weibull_log_square_ratio(middle) > wanted:
            low = middle
        else:
            high = middle
    return high


def _known(family: str, facts: Mapping[str, float | None], *combinations: str) -> dict[str, float]:
    """Facts that are given, each positive and finite, if together they are one of the combinations."""
    known = {name: value for name, value in facts.items() if value is not None}
    if set(known) not in [set(combination.split()) for combination in combinations]:
        choices = "; ".join(combination.replace(" ", " and ") for combination in combinations)
        found = ", ".join(known) or "nothing"
        raise ValueError(f"a {family} distribution needs one of: {choices}; found {found}")
    return {name: _positive(name, value) for name, value in known.items()}


def _mean_and_cv(known: Mapping[str, float]) -> tuple[float, float]:
    mean = known["mean"]
    return mean, _variation(known["cv"] if "cv" in known else known["sd"] / mean)


def _variation(cv: float, name: str = "cv") -> float:
    if not 0.0 < cv <= MAX_CV:
        raise ValueError(f"{name} must be above 0 and at most {MAX_CV:g}; found {cv:g}")
    return cv


def _positive(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0.0):
        if name in _PLAIN_FACTS:
            raise ValueError(f"{name} must be above 0 and finite; found {value:g}")
        raise RefusedAmounts(f"{name} must be above 0 and finite; found {{}}", value)
    return float(value)


def _not_negative(name: str, value: float) -> float:
    if not (math.isfinite(value) and value >= 0.0):
        raise RefusedAmounts(f"{name} must be finite and not below 0; found {{}}", value)
    return float(value)


def _share(value: float) -> float:
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"a share must be from 0 % to 100 %; found {100.0 * value:g} %")
    return float(value)


def _ascending(**values: float) -> None:
    """Check that values are not below 0 and ascend, and that the first and last differ."""
    listed = [_not_negative(name, value) for name, value in values.items()]
    if listed != sorted(listed) or listed[0] == listed[-1]:
        found = ", ".join("{}" for _ in listed)
        message = f"{', '.join(values)} must ascend, and the ends must differ; found {found}"
        raise RefusedAmounts(message, *listed)
