"""Sums over cash flows, against spreadsheets' formulas worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.business.cash_flow import (
    discounted,
    internal_rate_of_return,
    net_present_value,
    payback,
    return_on_investment,
)


def test_net_present_value_is_that_of_a_spreadsheet() -> None:
    # = -1000 + 500/1.1 + 400/1.1^2 + 300/1.1^3 + 100/1.1^4
    by_hand = -1000.0 + 454.5454545454545 + 330.5785123966942 + 225.3944402704733 + 68.3013455365071
    assert net_present_value([-1000.0, 500.0, 400.0, 300.0, 100.0], 0.1) == pytest.approx(by_hand, rel=1e-12)


def test_discounted_amounts_of_several_flows_take_a_rate_each() -> None:
    flows = discounted([[0.0, 110.0], [0.0, 120.0]], [0.1, 0.2])
    assert flows == pytest.approx(np.array([[0.0, 100.0], [0.0, 100.0]]))


def test_internal_rate_of_return_of_two_amounts_is_their_ratio() -> None:
    assert internal_rate_of_return([-100.0, 0.0, 121.0]) == pytest.approx(0.1, abs=1e-12)


def test_internal_rate_of_return_may_be_negative() -> None:
    assert internal_rate_of_return([-100.0, 50.0]) == pytest.approx(-0.5, abs=1e-12)


@pytest.mark.parametrize(
    "flows",
    [[-100.0, -10.0], [100.0, 10.0], [0.0, 0.0], [-100.0, 230.0, -132.0]],
    ids=["only costs", "only benefits", "nothing", "two changes of sign"],
)
def test_there_is_no_internal_rate_of_return(flows: list[float]) -> None:
    assert math.isnan(float(internal_rate_of_return(flows)))


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=8), st.floats(1.0, 1e6))
def test_net_present_value_at_the_internal_rate_of_return_is_nothing(gains: list[float], cost: float) -> None:
    flows = [-cost, *gains]
    rate = float(internal_rate_of_return(flows))
    if math.isfinite(rate):
        scale = float(np.abs(discounted(flows, rate)).sum())
        assert float(net_present_value(flows, rate)) == pytest.approx(0.0, abs=1e-6 * scale)


def test_payback_counts_a_part_of_the_year_in_which_the_money_is_back() -> None:
    # After two years 900 of 1000 are back; the third year brings 400.
    assert payback([-1000.0, 500.0, 400.0, 400.0]) == pytest.approx(2.25)


@pytest.mark.parametrize(
    ("flows", "years"),
    [
        ([0.0, 10.0], 0.0),
        ([-100.0, 100.0], 1.0),
        ([-100.0, 10.0, 10.0], math.inf),
        ([-10.0, -10.0, 40.0], 1.5),
    ],
)
def test_payback_at_its_ends(flows: list[float], years: float) -> None:
    assert payback(flows) == pytest.approx(years)


def test_return_on_investment_is_gain_over_cost() -> None:
    assert return_on_investment([150.0, 10.0], [100.0, 0.0]) == pytest.approx([0.5, math.nan], nan_ok=True)
