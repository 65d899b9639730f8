"""Sums over cash flows: net present value, internal rate of return, payback, return on investment.

A flow has a first amount at time 0 and one at the end of each year after it, along the last axis; all axes
before it are cases that are computed side by side.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LOWEST_RATE: Final = -0.99
HIGHEST_RATE: Final = 100.0
"""Rates of return a year between which one is looked for."""
_HALVINGS: Final = 80


def discounted(flows: ArrayLike, rate: ArrayLike) -> Floats:
    """Return each amount as it is worth at time 0.

    Parameters
    ----------
    flows
        (..., n_years + 1) amounts.
    rate
        (...,) or a number: rate a year, above -1.
    """
    amounts = np.asarray(flows, np.float64)
    years = np.arange(amounts.shape[-1])
    growth = np.asarray(1.0 + np.asarray(rate, np.float64))[..., np.newaxis]
    result: Floats = amounts / growth**years
    return result


def net_present_value(flows: ArrayLike, rate: ArrayLike) -> Floats:
    """Return the sum of the discounted amounts, shape (...,)."""
    total: Floats = np.sum(discounted(flows, rate), axis=-1)
    return total


def return_on_investment(benefits: ArrayLike, costs: ArrayLike) -> Floats:
    """Return (benefits - costs) / costs; NaN where nothing is spent.

    Parameters
    ----------
    benefits, costs
        (...,) sums, such as present values; costs are positive.
    """
    spent = np.asarray(costs, np.float64)
    gained = np.asarray(benefits, np.float64) - spent
    result: Floats = np.where(spent > 0.0, gained / np.where(spent > 0.0, spent, 1.0), np.nan)
    return result


def internal_rate_of_return(flows: ArrayLike) -> Floats:
    """Return the rate a year at which the net present value is 0, shape (...,).

    NaN where there is none, or where the amounts change their sign more than once, so that there may be
    several.
    """
    amounts = np.atleast_2d(np.asarray(flows, np.float64))
    shape = np.asarray(flows).shape[:-1]
    amounts = amounts.reshape(-1, amounts.shape[-1])
    low, high = np.full(len(amounts), LOWEST_RATE), np.full(len(amounts), HIGHEST_RATE)
    # With one change of sign the value has one root, on whose two sides it differs in sign.
    sign_low = np.sign(net_present_value(amounts, low))
    is_there = (_sign_changes(amounts) == 1) & (sign_low * np.sign(net_present_value(amounts, high)) < 0.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        is_below = np.sign(net_present_value(amounts, middle)) == sign_low
        low, high = np.where(is_below, middle, low), np.where(is_below, high, middle)
    rates: Floats = np.where(is_there, (low + high) / 2.0, np.nan).reshape(shape)
    return rates


def payback(flows: ArrayLike) -> Floats:
    """Return after how many years the amounts so far are no loss for the first time, shape (...,).

    Within a year an amount is taken to come evenly. 0 where nothing is spent at first, infinite where the
    amounts never make up for what was spent. Of discounted amounts it is the discounted payback.
    """
    so_far = np.cumsum(np.asarray(flows, np.float64), axis=-1)
    is_back = so_far >= 0.0
    first = np.argmax(is_back, axis=-1)
    before = np.take_along_axis(so_far, np.maximum(first - 1, 0)[..., np.newaxis], -1)[..., 0]
    after = np.take_along_axis(so_far, first[..., np.newaxis], -1)[..., 0]
    rise = np.where(first > 0, after - before, 1.0)
    within = first - 1 - before / np.where(rise > 0.0, rise, 1.0)
    years: Floats = np.where(is_back.any(axis=-1), np.where(first == 0, 0.0, within), np.inf)
    return years


def _sign_changes(amounts: Floats) -> NDArray[np.int64]:
    """Return how often consecutive amounts other than 0 differ in sign, shape (n,)."""
    signs = np.sign(amounts)
    places = np.where(signs != 0.0, np.arange(amounts.shape[-1]), 0)
    filled = np.take_along_axis(signs, np.maximum.accumulate(places, axis=-1), -1)
    changes: NDArray[np.int64] = np.sum(filled[:, 1:] * filled[:, :-1] < 0.0, axis=-1)
    return changes
