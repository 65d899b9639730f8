"""Statistics of records by group: counts, sums, means and quantiles for all labels of a dimension at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which group each record is in."""

    code: Codes
    """(n_records,) number of the group; -1 none."""
    n: int
    """Number of groups."""

    def of(self, rows: NDArray[np.bool_] | NDArray[np.integer]) -> Grouping:
        """Return the grouping of some of the records."""
        return Grouping(self.code[rows], self.n)


@dataclass(frozen=True, slots=True)
class Scores:
    """One metric for every label of one dimension; NaN where there is nothing to go by."""

    value: Floats
    numerator: Floats
    denominator: Floats

    @classmethod
    def of(cls, value: ArrayLike) -> Scores:
        """Scores that are no ratios."""
        values = np.atleast_1d(np.asarray(value, np.float64))
        none = np.full(values.shape, np.nan)
        return cls(values, none, none)

    @classmethod
    def ratio(cls, numerator: ArrayLike, denominator: ArrayLike) -> Scores:
        """Scores that are ratios; NaN over a denominator of 0."""
        above, below = np.broadcast_arrays(
            np.atleast_1d(np.asarray(numerator, np.float64)), np.asarray(denominator, np.float64)
        )
        return cls(quotient(above, below), above.copy(), below.copy())


def everything(n_records: int) -> Grouping:
    """Return the grouping that puts all records in one group."""
    return Grouping(np.zeros(n_records, np.int32), 1)


def quotient(above: ArrayLike, below: ArrayLike) -> Floats:
    """Divide; NaN where the divisor is 0."""
    divisor = np.asarray(below, np.float64)
    quotients: Floats = np.asarray(above, np.float64) / np.where(divisor == 0.0, np.nan, divisor)
    return quotients


def counts(grouping: Grouping) -> Floats:
    """Return the number of records in each group."""
    return np.bincount(grouping.code + 1, minlength=grouping.n + 1)[1:].astype(np.float64)


def sums(values: ArrayLike, grouping: Grouping, before: Floats | None = None) -> Floats:
    """Return the sum of the values of each group, added one after the other.

    ``before`` are the sums of earlier records: the result is that of all of them at once, to the bit.
    """
    weights = np.asarray(values, np.float64)
    if before is not None:
        code = np.concatenate([np.arange(grouping.n), grouping.code])
        return sums(np.concatenate([before, weights]), Grouping(code, grouping.n))
    # Without records bincount would return whole numbers, whatever the weights.
    return np.bincount(grouping.code + 1, weights, grouping.n + 1)[1:].astype(np.float64)


def means(values: ArrayLike, grouping: Grouping) -> Floats:
    """Return the mean of each group; NaN for an empty one."""
    return quotient(sums(values, grouping), counts(grouping))


def quantiles(values: Floats, groupings: Sequence[Grouping], levels: Sequence[float]) -> list[Floats]:
    """Return quantiles of each group, linear between order statistics (type 7 of Hyndman and Fan, 1996).

    Parameters
    ----------
    values
        (n_records,) finite numbers.
    groupings
        Several ways to group the same records: the values are sorted only once.
    levels
        Probabilities in [0, 1].

    Returns
    -------
    list of arrays
        For each grouping (n_levels, n_groups); NaN for an empty group.
    """
    probability = np.asarray(levels, np.float64)[:, None]
    if all(map(_is_one_group, groupings)):
        ascending = np.sort(values)
        return [_group_quantiles(ascending, grouping, probability) for grouping in groupings]
    order = np.argsort(values)
    ascending = values[order]
    return [_group_quantiles(ascending, grouping.of(order), probability) for grouping in groupings]


def by_code(codes: Codes) -> NDArray[np.int64]:
    """Return the rows of codes in order of the codes, rows of one code as they stand."""
    # NumPy sorts 16-bit numbers in linear time.
    is_small = len(codes) == 0 or (codes.max() <= _MOST_SMALL and codes.min() >= -_MOST_SMALL)
    return np.argsort(codes.astype(np.int16) if is_small else codes, kind="stable")


_MOST_SMALL = int(np.iinfo(np.int16).max)


def _is_one_group(grouping: Grouping) -> bool:
    return grouping.n == 1 and not grouping.code.any()


def _group_quantiles(ascending: Floats, grouping: Grouping, probability: Floats) -> Floats:
    # The values of a group stay in order.
    by_group = ascending if _is_one_group(grouping) else ascending[by_code(grouping.code)]
    size = np.bincount(grouping.code + 1, minlength=grouping.n + 1)
    first = np.cumsum(size)[:-1]
    size = size[1:]
    last = first + size - 1
    position = probability * np.maximum(size - 1, 0)
    below = np.floor(position).astype(np.int64)
    padded = np.append(by_group, np.nan)
    low = padded[np.where(size > 0, first + below, -1)]
    high = padded[np.where(size > 0, np.minimum(first + below + 1, last), -1)]
    interpolated: Floats = low + (high - low) * (position - below)
    return interpolated
