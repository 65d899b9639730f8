"""Business cases, recomputed step by step as in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simlab.business.case import SIMULATION, BusinessCase
from simlab.units import WEEKS_PER_YEAR

WorkedOut = Callable[..., BusinessCase]
HOURLY = {"worth": "40 EUR/hour", "cashable": "25 %"}


def amounts(case: BusinessCase, name: str) -> tuple[float, ...]:
    return next(line.amounts for line in case.lines if line.name == name)


def idle_hours(case: BusinessCase) -> tuple[float, float]:
    """Mean paid hours a week without tickets, without and with the proposal."""
    means = []
    for run in (case.base, case.proposal):
        share = run.summaries[0].names.index("utilisation")
        hours = [
            (each.denominator[share] - each.numerator[share]) / 60.0 / each.window.weeks
            for each in run.summaries
        ]
        means.append(float(np.mean(hours)))
    return means[0], means[1]


def test_flows_and_figures_are_those_of_a_spreadsheet(worked_out: WorkedOut) -> None:
    case = worked_out(
        released_hour=HOURLY,
        ramp=["50 %", "100 %"],
        costs={"one_off": {"training": "2000 EUR"}, "running": {"licence": "50 EUR/month"}},
        benefits={"old tool": "1200 EUR/year"},
    )
    before, after = idle_hours(case)
    hours = (after - before) * WEEKS_PER_YEAR
    assert case.released_hours.value == pytest.approx(hours)
    saved = hours * 40.0 * 0.25 + 1200.0
    spent = 100.0 * 12.0 + 50.0 * 12.0
    flows = [-12_000.0, 0.5 * saved - spent, saved - spent, saved - spent]
    assert case.flows == pytest.approx(flows)
    npv = sum(amount / 1.1**year for year, amount in enumerate(flows))
    assert case.figures["npv"].base == pytest.approx(npv)
    gained = sum(share * saved / 1.1**year for year, share in ((1, 0.5), (2, 1.0), (3, 1.0)))
    cost = 12_000.0 + sum(spent / 1.1**year for year in (1, 2, 3))
    assert case.figures["roi"].base == pytest.approx((gained - cost) / cost)


def test_capacity_is_told_apart_from_cash(worked_out: WorkedOut) -> None:
    case = worked_out(released_hour=HOURLY)
    before, after = idle_hours(case)
    yearly = (after - before) * WEEKS_PER_YEAR * 40.0
    assert amounts(case, "released hours, cashable")[1:] == pytest.approx([0.25 * yearly] * 3)
    assert amounts(case, "released hours, capacity")[1:] == pytest.approx([0.75 * yearly] * 3)
    counted = {line.name: line.is_counted for line in case.lines}
    assert counted["released hours, cashable"]
    assert not counted["released hours, capacity"]
    with_both = worked_out(released_hour=HOURLY, counts=["cash", "capacity"])
    factor = sum(1.1**-year for year in (1, 2, 3))
    gain = with_both.figures["npv"].base - case.figures["npv"].base
    assert gain == pytest.approx(0.75 * yearly * factor)


def test_saved_pay_is_cash_and_not_counted_again_as_released_hours(worked_out: WorkedOut) -> None:
    case = worked_out(proposal={"what_if": ["bot_and_one_less"]}, released_hour=HOURLY)
    # One person of 40 paid hours a week less.
    assert amounts(case, "staff")[1] == pytest.approx(40.0 * 40.0 * WEEKS_PER_YEAR)
    before, after = idle_hours(case)
    assert case.released_hours.value == pytest.approx((after - before) * WEEKS_PER_YEAR)


def test_what_gets_dearer_counts_in_full_from_the_first_year(worked_out: WorkedOut) -> None:
    case = worked_out(proposal={"what_if": ["one_more"]}, ramp=["10 %"], realised="50 %")
    line = next(line for line in case.lines if line.name == "staff")
    assert line.is_cost
    assert line.amounts[1:] == pytest.approx([-40.0 * 40.0 * WEEKS_PER_YEAR] * 3)


def test_prices_grow_after_the_first_year(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": "1000 EUR/year"}, price_growth="5 %/year")
    assert amounts(case, "tool") == pytest.approx((0.0, 1000.0, 1050.0, 1102.5))


def test_hours_of_waiting_users_and_downtime_are_valued_where_given(worked_out: WorkedOut) -> None:
    case = worked_out(
        waiting_user={"P2": "30 EUR/hour"}, downtime={"P1": "500 EUR/hour"}, counts=["cash", "users"]
    )

    def hours(metric: str, priority: str) -> float:
        weekly = [
            run.values(f"resolved_per_week[priority={priority}]")
            * run.values(f"{metric}[priority={priority}]")
            / 60
            for run in (case.base, case.proposal)
        ]
        return float(np.mean(weekly[0] - weekly[1])) * WEEKS_PER_YEAR

    assert amounts(case, "waiting_user.P2")[1] == pytest.approx(
        30.0 * hours("resolution_business_mean", "P2")
    )
    assert amounts(case, "downtime.P1")[1] == pytest.approx(500.0 * hours("resolution_mean", "P1"))


def test_without_a_value_waiting_is_worth_nothing(worked_out: WorkedOut) -> None:
    assert not [line for line in worked_out().lines if line.part == "users"]


def test_known_assumptions_leave_the_simulation_as_the_only_source(worked_out: WorkedOut) -> None:
    case = worked_out(released_hour=HOURLY)
    npv = case.figures["npv"]
    assert npv.joint == npv.simulation
    assert npv.assumptions.low == npv.assumptions.high == pytest.approx(npv.base)
    assert case.from_simulation == 1.0
    assert [bar.name for bar in case.bars] == [SIMULATION]


def test_simulated_spread_is_that_of_students_interval(worked_out: WorkedOut) -> None:
    case = worked_out(released_hour=HOURLY, draws=40_000)
    runs = (case.base, case.proposal)
    place = case.base.summaries[0].names.index("utilisation")
    idle = [
        np.array([(s.denominator[place] - s.numerator[place]) / 60 / s.window.weeks for s in run.summaries])
        for run in runs
    ]
    saved = idle[1] - idle[0]
    factor = sum(1.1**-year for year in (1, 2, 3)) * WEEKS_PER_YEAR * 10.0
    # Quantile of Student's t with 2 degrees of freedom at 90 %: 1.8856 (tables).
    radius = 1.885618 * np.std(saved, ddof=1) / np.sqrt(3) * factor
    npv = case.figures["npv"]
    assert npv.simulation.high - npv.simulation.low == pytest.approx(2 * radius, rel=0.05)


def test_uniform_assumption_gives_the_quantiles_of_its_range(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": {"uniform": {"min": "1000 EUR/year", "max": "3000 EUR/year"}}})
    factor = sum(1.1**-year for year in (1, 2, 3))
    npv = case.figures["npv"]
    assert npv.assumptions.high - npv.assumptions.low == pytest.approx(0.8 * 2000.0 * factor, rel=0.01)
    bar = next(bar for bar in case.bars if bar.name == "benefits.tool")
    assert (bar.low, bar.high) == pytest.approx((1200.0, 2800.0))
    assert bar.npv_at_high - bar.npv_at_low == pytest.approx(1600.0 * factor)


def test_break_even_makes_the_net_present_value_nothing(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": {"uniform": {"min": "1000 EUR/year", "max": "3000 EUR/year"}}})
    found = {each.assumption.path: each.value for each in case.break_evens}
    assert next(iter(found)) == "benefits.tool"
    value = found["benefits.tool"]
    again = worked_out(benefits={"tool": f"{value:.6f} EUR/year"})
    assert again.figures["npv"].base == pytest.approx(0.0, abs=0.01)


def test_break_even_of_the_discount_rate_is_the_internal_rate_of_return(worked_out: WorkedOut) -> None:
    case = worked_out(benefits={"tool": "8000 EUR/year"})
    found = {each.assumption.path: each.value for each in case.break_evens}
    rate = case.figures["irr"].base
    assert found["discount_rate"] == pytest.approx(rate)
    assert sum(amount / (1.0 + rate) ** year for year, amount in enumerate(case.flows)) == pytest.approx(
        0, abs=1e-6
    )


def test_rules_are_judged_by_the_share_of_draws_that_hold_them(worked_out: WorkedOut) -> None:
    tool = {"tool": {"uniform": {"min": "0 EUR/year", "max": "20000 EUR/year"}}}
    case = worked_out(benefits=tool, accept_if=["npv >= 0 with 60 %", "payback <= 3 years"])
    # Without released hours, only the tool counts: 10000 and 1200 a year are earned back by
    # 1200 + 10000 / (1/1.1 + 1/1.21 + 1/1.331) = 5221.15 a year; 73.9 % of the range lie above.
    npv, back = case.verdicts
    assert npv.share == pytest.approx(1.0 - 5221.148 / 20_000.0, abs=0.01)
    assert npv.is_held
    # Undiscounted: 1200 + 10000 / 3 = 4533.33 a year.
    assert back.share == pytest.approx(1.0 - 4533.333 / 20_000.0, abs=0.01)
    assert case.is_accepted
    assert case.chance == pytest.approx(npv.share, abs=0.005)


def test_do_nothing_is_told_with_its_cost(worked_out: WorkedOut) -> None:
    case = worked_out()
    # Two people of 40 hours a week.
    assert case.do_nothing == pytest.approx((0.0, *[2 * 40 * 40.0 * WEEKS_PER_YEAR] * 3))


def test_same_seed_gives_the_same_case(worked_out: WorkedOut) -> None:
    case = {
        "benefits": {
            "tool": {"pert": {"min": "7000 EUR/year", "mode": "8000 EUR/year", "max": "9000 EUR/year"}}
        }
    }
    assert worked_out(**case).figures == worked_out(**case).figures
