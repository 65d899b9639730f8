"""A business case against a spreadsheet: its exported rows, added up again with nothing but arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from simlab.business.case import BusinessCase
from simlab.business.correlations import Correlation, correlated, correlation_matrix
from simlab.reports.pages.business import business_page
from simlab.reports.report import write_tables
from simlab.reports.tables.business import case_figures, cash_flows, value_over_time
from simlab.statistics.designs import latin_hypercube
from simlab.units import WEEKS_PER_YEAR

WorkedOut = Callable[..., BusinessCase]
ANNUITY = 1 / 1.1 + 1 / 1.21 + 1 / 1.331


def columns(case: BusinessCase) -> list[float]:
    """Net flow of each year, from the rows that are exported."""
    total = [0.0] * 4
    for _, _, counted, year, amount in cash_flows(case).rows:
        if counted == "yes":
            total[int(year)] += float(amount)
    return total


def base_case(case: BusinessCase) -> dict[str, float]:
    rows = case_figures(case).where(**{"uncertainty from": "all"}).rows
    return {str(row[0]): float(row[3]) for row in rows}


def test_npv_irr_and_both_paybacks_follow_from_the_exported_rows(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": "6200 EUR/year"})
    # The bot: 10,000 once and 1,200 a year; so 5,000 a year are left.
    assert columns(case) == pytest.approx([-10_000.0, 5_000.0, 5_000.0, 5_000.0])
    told = base_case(case)
    assert told["npv"] == pytest.approx(-10_000.0 + 5_000.0 * ANNUITY)
    assert told["payback"] == pytest.approx(2.0)
    left = 10_000.0 - 5_000.0 / 1.1 - 5_000.0 / 1.21
    assert told["discounted_payback"] == pytest.approx(2.0 + left / (5_000.0 / 1.331))
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        rate = (low + high) / 2
        worth = sum(flow / (1 + rate) ** year for year, flow in enumerate(columns(case)))
        low, high = (rate, high) if worth > 0 else (low, rate)
    assert told["irr"] == pytest.approx(low)
    assert told["roi"] == pytest.approx(
        (6_200.0 * ANNUITY - 10_000.0 - 1_200.0 * ANNUITY) / (10_000.0 + 1_200.0 * ANNUITY)
    )


def test_figures_of_the_workbook_follow_from_its_flows(worked_out: WorkedOut, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    case = worked_out(
        benefits={"tool": "8000 EUR/year"},
        costs={"one_off": {"training": "1000 EUR"}, "running": {"licence": "50 EUR/month"}},
        ramp=["60 %", "100 %"],
        released_hour={"worth": "10 EUR/hour", "cashable": "25 %"},
        discount_rate="8 %",
    )
    write_tables(business_page(case), tmp_path / "case.xlsx")
    book = openpyxl.load_workbook(tmp_path / "case.xlsx")
    lines = [row for row in book["cash_flows"].iter_rows(min_row=2, values_only=True) if row[2] == "yes"]
    flows, costs, gains = ([sum(_amounts(lines, year, sign)) for year in range(4)] for sign in (0, -1, 1))
    told = {
        row[0]: row for row in book["case_figures"].iter_rows(min_row=2, values_only=True) if row[2] == "all"
    }

    def worth(amounts: list[float], rate: float) -> float:
        return sum(amount / (1.0 + rate) ** year for year, amount in enumerate(amounts))

    assert told["npv"][1:4:2] == ("EUR", pytest.approx(worth(flows, 0.08)))
    assert worth(flows, told["irr"][3]) == pytest.approx(0.0, abs=1e-6)
    assert told["roi"][3] == pytest.approx((worth(gains, 0.08) + worth(costs, 0.08)) / -worth(costs, 0.08))
    assert told["payback"][3] == pytest.approx(_years_until_back(flows))
    discounted = [flow / 1.08**year for year, flow in enumerate(flows)]
    assert told["discounted_payback"][3] == pytest.approx(_years_until_back(discounted))


def _amounts(lines: list[tuple[Any, ...]], year: int, sign: int) -> list[float]:
    """Amounts of a year: all of them, or those of a sign."""
    return [row[4] for row in lines if row[3] == year and (sign == 0 or row[4] * sign > 0)]


def _years_until_back(flows: list[float]) -> float:
    """Years until the sum is 0, a part of the year in which that happens counted."""
    total = 0.0
    for year, flow in enumerate(flows):
        if total < 0.0 <= total + flow:
            return year - 1 - total / flow
        total += flow
    return math.inf


def test_the_fan_ends_at_the_quantiles_of_the_net_present_value(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": {"uniform": {"min": "4000 EUR/year", "max": "8000 EUR/year"}}})
    ends = [-10_000.0 + (4_000.0 + share * 4_000.0 - 1_200.0) * ANNUITY for share in (0.1, 0.5, 0.9)]
    assert value_over_time(case).rows[-1][2:] == pytest.approx(ends, rel=0.01)
    npv = case.figures["npv"].joint
    assert (npv.low, npv.median, npv.high) == pytest.approx(value_over_time(case).rows[-1][2:])


@pytest.mark.parametrize("correlation", [-0.8, 0.0, 0.5])
def test_the_spread_of_two_normal_amounts_is_that_of_their_correlation(
    worked_out: WorkedOut, correlation: float
) -> None:
    normal = {"normal": {"mean": "6000 EUR/year", "sd": "600 EUR/year"}}
    stated = [{"between": ["benefits.a", "benefits.b"], "correlation": correlation}]
    case = worked_out(benefits={"a": normal, "b": normal}, correlations=stated, draws=4000)
    deviation = 600.0 * (2.0 + 2.0 * correlation) ** 0.5 * ANNUITY
    npv = case.figures["npv"].assumptions
    assert npv.high - npv.low == pytest.approx(2.0 * NormalDist().inv_cdf(0.9) * deviation, rel=0.04)


def test_columns_keep_their_values_when_they_go_together() -> None:
    shares = latin_hypercube(500, 3, seed=7)
    matrix = correlation_matrix(["a", "b", "c"], [Correlation("a", "c", 0.7), Correlation("b", "c", -0.4)])
    joint = correlated(shares, matrix)
    np.testing.assert_array_equal(np.sort(joint, axis=0), np.sort(shares, axis=0))
    scores = np.vectorize(NormalDist().inv_cdf)(joint)
    np.testing.assert_allclose(np.corrcoef(scores, rowvar=False), matrix, atol=0.03)


def test_without_correlations_draws_stay_as_they_are() -> None:
    shares = latin_hypercube(50, 2, seed=7)
    assert correlated(shares, np.eye(2)) is shares


def test_each_year_has_the_savings_of_its_own_demand(worked_out: WorkedOut) -> None:
    hourly = {"worth": "40 EUR/hour", "cashable": "25 %"}
    case = worked_out(released_hour=hourly, growth=["0 %", "30 %"])
    alone = [worked_out(released_hour=hourly, growth=[level]) for level in ("0 %", "30 %")]
    saved = [next(line for line in each.lines if line.part == "cash").amounts for each in (case, *alone)]
    # One third more tickets: about one third more hours that the bot releases.
    assert saved[0] == pytest.approx((0.0, saved[1][1], saved[2][2], saved[2][3]))
    assert saved[2][1] / saved[1][1] == pytest.approx(1.3, abs=0.15)
    hours = case.released_hours.value
    assert hours == pytest.approx((alone[0].released_hours.value + 2 * alone[1].released_hours.value) / 3)


def test_doing_nothing_costs_what_the_demand_of_the_year_costs(worked_out: WorkedOut) -> None:
    overtime = {"staffing.desk.at_shift_end": "finish", "staffing.desk.overtime": 1.5}
    case = worked_out(set=overtime, growth=["0 %", "0 %", "100 %"])
    before, grown = (float(np.mean(run.values("cost_per_week"))) for run, _ in case.runs)
    assert grown > before
    assert case.do_nothing == pytest.approx(
        (0.0, *(cost * WEEKS_PER_YEAR for cost in (before, before, grown)))
    )


@pytest.mark.parametrize("counts", [["cash"], ["cash", "users"]])
def test_doing_nothing_costs_the_time_of_users_only_where_the_case_counts_it(
    worked_out: WorkedOut, counts: list[str]
) -> None:
    case = worked_out(set={"costs": {"user_waiting": {"P1": "20 EUR/hour"}}}, counts=counts)
    run = case.base
    of_users = float(np.mean(run.values("cost_waiting_users_per_week")))
    assert of_users > 0.0
    counted = float(np.mean(run.values("cost_per_week"))) - (of_users if counts == ["cash"] else 0.0)
    assert case.do_nothing == pytest.approx((0.0, *[counted * WEEKS_PER_YEAR] * 3))


def test_a_case_in_which_nothing_varies_has_no_share_of_the_simulation(worked_out: WorkedOut) -> None:
    assert np.isnan(worked_out(proposal={"set": {"staffing.desk.people": 1}}).from_simulation)
