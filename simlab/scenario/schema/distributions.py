"""Distributions, in the parametrisations that people know: of times, and of plain numbers."""

from __future__ import annotations

from typing import ClassVar, Generic, Self, TypeVar

from pydantic import StrictBool, model_validator

from simlab.scenario.quantities import (
    Duration,
    NonNegativeNumber,
    PositiveInt,
    PositiveNumber,
    Share,
)
from simlab.scenario.schema.base import Alternatives, Block
from simlab.scenario.schema.values import FilePath

Q = TypeVar("Q")


class Exponential(Block, Generic[Q]):
    """Exponential distribution."""

    mean: Q
    """Mean."""


class LogNormal(Block, Generic[Q]):
    """Log-normal by two facts: a mean with cv, sd or p90, or a median with p90, cv or sigma."""

    mean: Q | None = None
    """Mean."""
    median: Q | None = None
    """Median."""
    p90: Q | None = None
    """90 % of the values are at most this."""
    sd: Q | None = None
    """Standard deviation."""
    cv: PositiveNumber | None = None
    """Coefficient of variation: standard deviation over mean."""
    sigma: PositiveNumber | None = None
    """Standard deviation of the logarithm."""


class Gamma(Block, Generic[Q]):
    """Gamma: (mean, cv), (mean, sd), (shape, mean) or (shape, scale)."""

    mean: Q | None = None
    """Mean."""
    cv: PositiveNumber | None = None
    """Coefficient of variation."""
    sd: Q | None = None
    """Standard deviation."""
    shape: PositiveNumber | None = None
    """Shape parameter."""
    scale: Q | None = None
    """Scale parameter."""


class Weibull(Block, Generic[Q]):
    """Weibull: (shape, scale), (mean, cv), (median, p90) or (shape, mean)."""

    shape: PositiveNumber | None = None
    """Shape parameter."""
    scale: Q | None = None
    """Scale parameter."""
    mean: Q | None = None
    """Mean."""
    cv: PositiveNumber | None = None
    """Coefficient of variation."""
    median: Q | None = None
    """Median."""
    p90: Q | None = None
    """90 % of the values are at most this."""


class Uniform(Block, Generic[Q]):
    """Uniform between two values."""

    min: Q
    """Least value."""
    max: Q
    """Greatest value."""


class Triangular(Block, Generic[Q]):
    """Triangular: least, most likely and greatest value."""

    min: Q
    """Least value."""
    mode: Q
    """Most likely value."""
    max: Q
    """Greatest value."""


class Pert(Block, Generic[Q]):
    """PERT, a scaled beta distribution with mean (min + 4 mode + max) / 6."""

    min: Q
    """Least value."""
    mode: Q
    """Most likely value."""
    max: Q
    """Greatest value."""


class Erlang(Block, Generic[Q]):
    """Erlang: the sum of ``k`` independent exponentials."""

    k: PositiveInt
    """Number of exponential phases."""
    mean: Q
    """Mean of the sum."""


class Phase(Block, Generic[Q]):
    """One exponential branch of a hyperexponential distribution."""

    share: Share
    """Chance of this branch; the shares add up to 100 %."""
    mean: Q
    """Mean of this branch."""


class Hyperexponential(Block, Generic[Q]):
    """Hyperexponential: (mean, cv) with cv above 1 and two phases of balanced means, or the phases."""

    mean: Q | None = None
    """Mean."""
    cv: PositiveNumber | None = None
    """Coefficient of variation, above 1."""
    phases: tuple[Phase[Q], ...] | None = None
    """The branches, instead of mean and cv."""


class Empirical(Block, Generic[Q]):
    """Observed values, listed here or in a column of a CSV file."""

    values: tuple[Q, ...] | None = None
    """Observed values."""
    weights: tuple[NonNegativeNumber, ...] | None = None
    """Weight of each value; equal where not given."""
    file: FilePath | None = None
    """CSV file with a header, relative to the file that names it."""
    column: str | None = None
    """Column of the file with the values."""
    unit: str | None = None
    """Unit of the numbers in the file (``min``, ``h``, ...); needed for times."""
    smooth: StrictBool = False
    """Interpolate between the values instead of repeating them."""


class Adjustment(Block):
    """Factors on a distribution as a whole, whatever its family."""

    mean: PositiveNumber = 1.0
    """The mean is multiplied with this; the coefficient of variation stays."""
    cv: NonNegativeNumber = 1.0
    """The coefficient of variation is multiplied with this; the mean stays."""


class _Distribution(Alternatives, Generic[Q]):
    """A distribution: one key names the family. A plain value is a constant."""

    ONE_OF: ClassVar[tuple[str, ...]] = (
        "fixed",
        "exponential",
        "lognormal",
        "gamma",
        "weibull",
        "uniform",
        "triangular",
        "pert",
        "erlang",
        "hyperexponential",
        "empirical",
        "mixture",
    )

    fixed: Q | None = None
    """Always this value; a plain value in place of the map says the same."""
    exponential: Exponential[Q] | None = None
    """Exponential; a plain value in place of the map is the mean."""
    lognormal: LogNormal[Q] | None = None
    """Log-normal, by two facts."""
    gamma: Gamma[Q] | None = None
    """Gamma, by two facts."""
    weibull: Weibull[Q] | None = None
    """Weibull, by two facts."""
    uniform: Uniform[Q] | None = None
    """Uniform between two values."""
    triangular: Triangular[Q] | None = None
    """Triangular."""
    pert: Pert[Q] | None = None
    """PERT."""
    erlang: Erlang[Q] | None = None
    """Erlang."""
    hyperexponential: Hyperexponential[Q] | None = None
    """Hyperexponential: more variable than exponential."""
    empirical: Empirical[Q] | None = None
    """Observed values."""
    at_least: Q | None = None
    """Smaller values do not occur: the distribution is cut off below."""
    at_most: Q | None = None
    """Greater values do not occur: the distribution is cut off above."""
    adjust: Adjustment | None = None
    """Factors on mean and cv of all of this; levers write them."""
    plus: Q | None = None
    """A constant added to every value (after cutting off)."""

    @model_validator(mode="before")
    @classmethod
    def _constant(cls, value: object) -> object:
        """Read a plain value as a constant, and ``exponential: 8 min`` as its mean."""
        if value is not None and not isinstance(value, dict | list):
            return {"fixed": value}
        if isinstance(value, dict) and "exponential" in value:
            mean = value["exponential"]
            if mean is not None and not isinstance(mean, dict | list):
                return value | {"exponential": {"mean": mean}}
        return value

    @model_validator(mode="after")
    def _cut_offs_in_order(self) -> Self:
        low, high = self.at_least, self.at_most
        if low is not None and high is not None and float(low) >= float(high):  # type: ignore[arg-type]
            raise ValueError("at_least must be less than at_most")
        return self


class TimeDistribution(_Distribution[Duration]):
    """A distribution of times: ``8 min``, or the family: ``{lognormal: {mean: 8 min, cv: 0.9}}``."""

    mixture: tuple[TimeComponent, ...] | None = None
    """A value of one of several distributions, by their shares."""


class TimeComponent(TimeDistribution):
    """One part of a mixture: its share, and its distribution beside it."""

    share: Share
    """Chance of this part; the shares add up to 100 %."""


class NumberDistribution(_Distribution[NonNegativeNumber]):
    """A distribution of plain numbers, not below zero."""

    mixture: tuple[NumberComponent, ...] | None = None
    """A value of one of several distributions, by their shares."""


class NumberComponent(NumberDistribution):
    """One part of a mixture: its share, and its distribution beside it."""

    share: Share
    """Chance of this part; the shares add up to 100 %."""
