"""Distributions as Prosimos writes them, in the words of the scenario language.

Times are seconds there. Parameters are those of SciPy (shape, loc, scale), then the least and the greatest
value; log-normal and gamma are also written by mean and variance. A normal distribution, cut off below,
becomes a gamma distribution of the same mean and standard deviation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

Json = Mapping[str, Any]
_SPREAD: Final = 1e-6


def distribution(told: Json, where: str) -> tuple[Any, bool]:
    """Return a distribution, and whether its family is known; if not, it is exponential of the same mean.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is not as Prosimos writes distributions.
    """
    name = str(told["distribution_name"]).lower()
    if name == "histogram_sampling":
        return _histogram(told["histogram_data"]), True
    values = _values(told)
    if not values or not all(math.isfinite(value) for value in values):
        raise ValueError(f"the distribution of {where} has no parameters that are numbers")
    made = _family(name, values)
    if made is None:
        return {"exponential": _time(mean_seconds(told))}, False
    return _cut(made, name, values), True


def _values(told: Json) -> list[float]:
    parameters = told["distribution_params"]
    values = [each["value"] if isinstance(each, Mapping) else each for each in parameters]
    if not all(isinstance(value, int | float) or _is_number(value) for value in values):
        raise ValueError(f"the distribution '{told['distribution_name']}' has a parameter that is no number")
    return [float(value) for value in values]


def _is_number(value: object) -> bool:
    """Whether a text is a number, as in files that quote all values."""
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


def _family(name: str, values: Sequence[float]) -> Any:  # noqa: ANN401 - text or map
    """Return a distribution without its limits; None where it is not known."""
    n = len(values)
    if name in ("fix", "fixed"):
        return _time(values[0])
    if name in ("expon", "exponential"):
        loc, scale = (values[0], values[1]) if n in (2, 4) else (0.0, values[0])
        return {"exponential": _time(scale), **({"plus": _time(loc)} if loc > 0 else {})}
    if name in ("norm", "normal"):
        mean, sd = values[0], values[1]
        return {"gamma": {"mean": _time(mean), "sd": _time(sd)}} if sd > _SPREAD * mean else _time(mean)
    if name == "uniform":
        low, high = (values[0], values[1]) if n == 2 else (values[0], values[0] + values[1])
        return {"uniform": {"min": _time(low), "max": _time(high)}} if high > low else _time(low)
    if name in ("lognorm", "lognormal"):
        return _log_normal(values)
    if name == "gamma":
        return _gamma(values)
    if name in ("triang", "triangular") and n >= 5:
        mode = values[1] + values[0] * values[2]
        ends = {"min": _time(values[1]), "mode": _time(mode), "max": _time(values[1] + values[2])}
        return {"triangular": ends}
    return None


def _log_normal(values: Sequence[float]) -> Any:  # noqa: ANN401 - text or map
    if len(values) >= 5 or len(values) == 3:  # sigma, loc, scale
        sigma, loc, scale = values[:3]
        if sigma <= _SPREAD:
            return _time(loc + scale)
        facts = {"median": _time(scale), "sigma": sigma}
        return {"lognormal": facts, **({"plus": _time(loc)} if loc > 0 else {})}
    mean, variance = values[:2]
    return (
        {"lognormal": {"mean": _time(mean), "sd": _time(math.sqrt(variance))}}
        if variance > 0
        else _time(mean)
    )


def _gamma(values: Sequence[float]) -> Any:  # noqa: ANN401 - text or map
    if len(values) >= 5 or len(values) == 3:  # shape, loc, scale
        shape, loc, scale = values[:3]
        facts = {"shape": shape, "scale": _time(scale)}
        return {"gamma": facts, **({"plus": _time(loc)} if loc > 0 else {})}
    mean, variance = values[:2]
    return {"gamma": {"mean": _time(mean), "sd": _time(math.sqrt(variance))}} if variance > 0 else _time(mean)


def _cut(made: Any, name: str, values: Sequence[float]) -> Any:  # noqa: ANN401 - text or map
    """Return a distribution with the least and greatest value that stand at the end of its parameters."""
    if not isinstance(made, dict) or name in ("uniform", "triang", "triangular") or len(values) < 4:
        return made
    low, high = values[-2:]
    if not 0.0 <= low < high:
        return made
    plus = made.pop("plus", None)
    moved = float(values[1] if len(values) == 5 else values[0]) if plus else 0.0
    cut = dict(made)
    if low - moved > 0.0:
        cut["at_least"] = _time(low - moved)
    if high - moved > 0.0:
        cut["at_most"] = _time(high - moved)
    return {**cut, **({"plus": plus} if plus else {})}


def mean_seconds(told: Json) -> float:
    """Return the mean that a distribution has before it is cut off."""
    name = str(told["distribution_name"]).lower()
    if name == "histogram_sampling":
        edges = [0.0, *map(float, told["histogram_data"]["cdf"])]
        middles = map(float, told["histogram_data"]["bin_midpoints"])
        return sum((b - a) * m for a, b, m in zip(edges[:-1], edges[1:], middles, strict=True))
    values = _values(told)
    n = len(values)
    if name in ("expon", "exponential"):
        mean = values[0] + values[1] if n in (2, 4) else values[0]
    elif name == "uniform":
        mean = (values[0] + values[1]) / 2 if n == 2 else values[0] + values[1] / 2
    elif name in ("lognorm", "lognormal") and (n >= 5 or n == 3):
        mean = values[1] + values[2] * math.exp(values[0] ** 2 / 2)
    elif name == "gamma" and (n >= 5 or n == 3):
        mean = values[1] + values[0] * values[2]
    else:
        mean = values[0]
    if not mean > 0.0:
        raise ValueError(f"the distribution '{name}' has no mean above 0")
    return mean


def _histogram(told: Json) -> dict[str, Any]:
    cdf, middles = [0.0, *map(float, told["cdf"])], told["bin_midpoints"]
    weights = [max(after - before, 0.0) for before, after in pairwise(cdf)]
    return {"empirical": {"values": [_time(float(each)) for each in middles], "weights": weights}}


def mixture(parts: Sequence[tuple[Any, float]]) -> list[dict[str, Any]]:
    """Return the parts of a mixture of distributions with weights."""
    total = sum(weight for _, weight in parts)
    shares = [round(100.0 * weight / total, 9) for _, weight in parts]
    shares[-1] = 100.0 - sum(shares[:-1])
    return [
        {"share": f"{share:.12g} %", **(part if isinstance(part, dict) else {"fixed": part})}
        for (part, _), share in zip(parts, shares, strict=True)
    ]


def _time(seconds: float) -> str:
    """Return seconds as a duration of the scenario language."""
    if not math.isfinite(seconds) or seconds < 0.0:
        raise ValueError(f"a time of {seconds} seconds")
    if seconds < 0.001:
        return "0 min"
    return f"{seconds / 60.0:.10g} min" if seconds >= 60.0 else f"{seconds:.10g} s"
