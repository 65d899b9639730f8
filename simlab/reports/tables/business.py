"""Tables of a business case: flows, figures, the fan of its value, and what it hangs on."""

from __future__ import annotations

from typing import Final

from simlab.business.amounts import Assumption
from simlab.business.case import SIMULATION, BusinessCase, Spread
from simlab.reports.tables.table import Table, table

UNITS: Final = {
    "npv": "",
    "roi": "share",
    "irr": "share/year",
    "payback": "years",
    "discounted_payback": "years",
}
"""Unit of each measure; money has the currency."""
SPREAD: Final = ("P10", "P50", "P90")


def cash_flows(case: BusinessCase) -> Table:
    """Return every line by year, all assumptions at their most likely values; year 0 is the start."""
    return table(
        "cash_flows",
        "Money by year, all assumptions at their most likely values; costs are negative",
        ("line", "part", "counted", "year", ("amount", case.plan.currency)),
        (
            (line.name, line.part, "yes" if line.is_counted else "no", year, amount)
            for line in case.lines
            for year, amount in enumerate(line.amounts)
        ),
    )


def case_figures(case: BusinessCase) -> Table:
    """Return every measure: the base case, and quantiles by where the uncertainty comes from."""
    sources = {"all": "joint", "simulation alone": "simulation", "assumptions alone": "assumptions"}
    return table(
        "case_figures",
        "Figures of the business case; a payback that does not come is infinite",
        ("figure", "unit", "uncertainty from", "base case", *SPREAD),
        (
            (name, UNITS[name] or case.plan.currency, source, figure.base, *_levels(getattr(figure, key)))
            for name, figure in case.figures.items()
            for source, key in sources.items()
        ),
    )


def value_over_time(case: BusinessCase) -> Table:
    """Return net flow by year and what all flows so far are worth, with the quantiles of the latter."""
    currency = case.plan.currency
    return table(
        "value_over_time",
        "Net flow of the base case, and discounted flows so far over all draws",
        ("year", ("net flow", currency), *((level, currency) for level in SPREAD)),
        (
            (year, flow, *_levels(spread))
            for year, (flow, spread) in enumerate(zip(case.flows, case.cumulated, strict=True))
        ),
    )


def do_nothing(case: BusinessCase) -> Table:
    """Return the running cost by year without the change, and with what it counts."""
    currency = case.plan.currency
    return table(
        "do_nothing",
        "Cost by year without the change and with it",
        ("year", ("do nothing", currency), ("with the change", currency)),
        (
            (year, cost, cost - flow)
            for year, (cost, flow) in enumerate(zip(case.do_nothing, case.flows, strict=True))
        ),
    )


def case_tornado(case: BusinessCase) -> Table:
    """Return what each assumption alone does to the net present value."""
    currency = case.plan.currency
    npv = case.figures["npv"].base
    return table(
        "case_tornado",
        "Net present value with one assumption at its P10 and P90, the others at their most likely values",
        (
            "input",
            "low setting",
            "high setting",
            ("at low", currency),
            ("at high", currency),
            ("today", currency),
        ),
        (
            (
                bar.name,
                *(
                    ("P10", "P90")
                    if bar.name == SIMULATION
                    else (_of(case, bar.name).text(value, currency) for value in (bar.low, bar.high))
                ),
                bar.npv_at_low,
                bar.npv_at_high,
                npv,
            )
            for bar in case.bars
        ),
    )


def break_evens(case: BusinessCase) -> Table:
    """Return where each assumption would make the net present value 0."""
    return table(
        "break_even",
        "Value of each assumption at which the net present value is 0, the others at their most likely "
        "values",
        ("assumption", "kind", "most likely", "break-even"),
        (
            (each.assumption.path, each.assumption.kind, each.assumption.base, each.value)
            for each in case.break_evens
        ),
    )


def case_assumptions(case: BusinessCase) -> Table:
    """Return the assumptions of the case with their distributions and their evidence."""
    evidence = case.plan.experiment.file.evidence
    rows = []
    for path, each in case.plan.assumptions.items():
        known = evidence.get(path)
        rows.append(
            (
                path,
                each.text(each.base, case.plan.currency),
                range_of(each, case.plan.currency),
                known.kind if known else "assumption",
                (known.source if known else None) or "",
            )
        )
    return table(
        "case_assumptions",
        "What the case assumes",
        ("assumption", "most likely", "distribution", "evidence", "source"),
        rows,
    )


def case_released(case: BusinessCase) -> Table:
    """Return the capacity that is released, and the money that is saved in the last year."""
    hours, cash, currency = case.released_hours, case.yearly_cash, case.plan.currency
    return table(
        "case_released",
        "Capacity released, with its 95 % interval, and cash saved in the last year, with its P10 and P90",
        ("part", "unit", "value", "low", "high"),
        [
            ("capacity released", "hours/year", hours.value, hours.low, hours.high),
            ("cash saved in the last year", currency, cash.median, cash.low, cash.high),
        ],
    )


def case_correlations(case: BusinessCase) -> Table:
    """Return the amounts that go together."""
    return table(
        "case_correlations",
        "Uncertain amounts that go together",
        ("assumption", "goes with", "correlation"),
        ((each.first, each.second, each.value) for each in case.plan.correlations),
    )


def case_years(case: BusinessCase) -> Table:
    """Return what changes from year to year: demand, the benefit that is reached, prices."""
    file = case.plan.experiment.file
    return table(
        "case_years",
        "Demand, benefit reached and price level of each year",
        ("year", ("more demand", "share"), ("benefit reached", "share"), "price level"),
        (
            (year, growth, case.plan.ramp(year), (1.0 + file.price_growth) ** (year - 1))
            for year, growth in enumerate(case.plan.growth, start=1)
        ),
    )


def range_of(each: Assumption, currency: str) -> str:
    """Return the distribution of an assumption in words; empty where it is known."""
    if each.distribution is None:
        return ""
    numbers = [each.text(number, currency) for number in each.distribution.numbers]
    return f"{each.distribution.shape} {', '.join(numbers)}"


def rules(case: BusinessCase) -> Table:
    """Return the rules of the decision, and how the case stands to each."""
    return table(
        "decision",
        "The rules by which the case is accepted, and the share of the draws that hold each",
        ("rule", ("needed", "share"), ("draws that hold it", "share"), "held"),
        (
            (each.rule.text, each.rule.share, each.share, "yes" if each.is_held else "no")
            for each in case.verdicts
        ),
    )


def _levels(spread: Spread) -> tuple[float, float, float]:
    return spread.low, spread.median, spread.high


def _of(case: BusinessCase, path: str) -> Assumption:
    return case.plan.assumptions[path]
