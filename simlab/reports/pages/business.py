"""The page of a business case: whether it is accepted, what it is worth, what it hangs on."""

from __future__ import annotations

import math
import re
from functools import partial
from typing import Final

from simlab.business.case import LEVELS, SIMULATION, BusinessCase, Figure, Spread
from simlab.business.definition import Measure, Rule
from simlab.reports.figures.cash_flow import draw_cash_flow
from simlab.reports.figures.tornado import draw_tornado
from simlab.reports.language.catalogue import say
from simlab.reports.pages import sections
from simlab.reports.pages.parts import Block, Exhibit, Grid, Page, Paragraph, Section, Shown
from simlab.reports.subjects import subject_of
from simlab.reports.tables import business as tables
from simlab.reports.tables.responses import responses
from simlab.reports.wording import MINUS, MISSING, Scale, scale_of, with_interval

TITLES: Final = {
    "npv": "Net present value",
    "roi": "Return on investment",
    "irr": "Internal rate of return",
    "payback": "Payback",
    "discounted_payback": "Payback, discounted",
}
PARTS: Final = {
    "one-off": "cost at the start",
    "running": "running cost",
    "cash": "cash saved",
    "capacity": "capacity released",
    "users": "users’ time",
}


def business_page(case: BusinessCase, title: str | None = None, command: str | None = None) -> Page:
    """Return the page of a business case."""
    plan = case.plan
    subjects = [subject_of(case.base), subject_of(case.proposal)]
    told = (
        _decision(case),
        _money(case),
        _apart(case),
        _hangs_on(case),
        _assumptions(case),
        sections.assumptions(subjects),
        sections.method(subjects, _method(case), command or f"simlab case {plan.experiment.path}"),
    )
    return Page(
        title=title or plan.experiment.name,
        kind=say("Business case"),
        answer=answer(case),
        support=support(case),
        warnings=tuple(
            dict.fromkeys(text for each in subjects for text in (*each.run.unstable, *each.run.warnings))
        ),
        sections=told,
        tables=(tables.case_released(case), responses(subjects)),
    )


def answer(case: BusinessCase) -> str:
    """Return the case in a sentence: its worth with its range, and what the rule says."""
    npv, years = case.figures["npv"], case.plan.experiment.file.horizon
    sentence = (
        "“{proposal}” is accepted: it is worth {npv} over {years} years (P10 {low} to P90 {high})."
        if case.is_accepted
        else "“{proposal}” is not accepted: it is worth {npv} over {years} years (P10 {low} to P90 {high})."
    )
    return say(
        sentence,
        proposal=case.plan.proposal.label,
        npv=_money_said(case, npv.joint.median),
        years=years,
        low=_money_said(case, npv.joint.low),
        high=_money_said(case, npv.joint.high),
    )


def support(case: BusinessCase) -> tuple[str, ...]:
    """Return what stands under the answer: the rule, the payback, the key assumption, what is told apart."""
    said = []
    for each in case.verdicts:
        sentence = (
            "The rule “{rule}” holds in {share} of the draws, and {needed} are needed."
            if each.is_held
            else "The rule “{rule}” holds in only {share} of the draws, and {needed} are needed."
        )
        said.append(
            say(sentence, rule=rule_said(each.rule), share=_share(each.share), needed=_share(each.rule.share))
        )
    said.append(_payback(case))
    if case.break_evens:
        said.append(_key_assumption(case))
    said.append(_capacity(case))
    return tuple(said)


def rule_said(rule: Rule) -> str:
    """Return a rule as people read it: ``npv >= 0 with 80 %`` by the title of its measure."""
    bound, _, share = rule.text.partition(" with ")
    bound = bound.removeprefix(rule.measure).strip().replace(">=", "≥").replace("<=", "≤")
    years = re.fullmatch(r"(.*?)([\d.]+) years?", bound)
    if years is not None:
        bound = years[1] + (say("{years} years", years=years[2]) if years[2] != "1" else say("1 year"))
    text = f"{say(TITLES[rule.measure])} {bound}"
    return say("{rule} with {share}", rule=text, share=share.strip()) if share else text


def _payback(case: BusinessCase) -> str:
    back = case.figures["payback"].joint
    if not math.isfinite(back.median):
        return say("At least half of the draws are not paid back within the horizon.")
    median = _measure(case, "payback", back.median)
    if not math.isfinite(back.high):
        return say(
            "Half of the draws are paid back within {median}; more than one in ten never.", median=median
        )
    high = _measure(case, "payback", back.high)
    return say(
        "Half of the draws are paid back within {median}, nine in ten within {high}.",
        median=median,
        high=high,
    )


def _key_assumption(case: BusinessCase) -> str:
    key = case.break_evens[0]
    name, likely = key.assumption.path, key.assumption.text(key.assumption.base, case.plan.currency)
    if math.isnan(key.value):
        return say(
            "What moves it most is {name} ({likely}); by itself it cannot turn the net present value.",
            name=name,
            likely=likely,
        )
    return say(
        "What moves it most is {name}: assumed {likely}, the net present value is 0 at {value}.",
        name=name,
        likely=likely,
        value=key.assumption.text(key.value, case.plan.currency),
    )


def _capacity(case: BusinessCase) -> str:
    hours = case.released_hours
    said = with_interval("hours/year", hours.value, hours.low, hours.high)
    apart = [line for line in case.lines if line.part == "capacity"]
    if not apart and hours.value < 0.0:
        fewer = with_interval("hours/year", -hours.value, -hours.high, -hours.low)
        return say("Capacity released: none. Paid hours without tickets fall by {hours}.", hours=fewer)
    if not apart:
        return say("Capacity released: {hours}, not valued.", hours=said)
    yearly = max((line.amounts[-1] for line in apart), key=abs)
    sentence = (
        "Capacity released: {hours}. What saves no money of it, {amount} in the last year, counts here."
        if apart[0].is_counted
        else "Capacity released: {hours}. What saves no money of it, {amount} in the last year, is told "
        "apart and not counted."
    )
    return say(sentence, hours=said, amount=_money_said(case, yearly))


def _decision(case: BusinessCase) -> Section:
    figures, rules = tables.case_figures(case), tables.rules(case)
    rows = tuple(_figure_row(case, name, figure) for name, figure in case.figures.items())
    headings = (
        say("Figure"),
        say("Base case"),
        "P10",
        "P50",
        "P90",
        say("Simulation alone"),
        say("Assumptions alone"),
    )
    judged = tuple(
        (
            Shown(rule_said(each.rule)),
            Shown(_share(each.share)),
            Shown(_share(each.rule.share)),
            Shown(
                say("held") if each.is_held else say("not held"),
                "better mark" if each.is_held else "worse mark",
            ),
        )
        for each in case.verdicts
    )
    split = (
        say("Nothing in this case varies: neither the simulation nor an assumption leaves anything open.")
        if math.isnan(case.from_simulation)
        else say(
            "The base case takes every assumption at its most likely value. The share of the simulation in "
            "the variance of the net present value is {share}, which more replications would narrow; the "
            "rest is that of the assumptions, which only better knowledge would.",
            share=_share(case.from_simulation),
        )
    )
    return Section(
        say("The decision"),
        (
            Grid(
                say("Rules"),
                (say("Rule"), say("Draws that hold it"), say("Needed"), ""),
                judged,
                source=rules,
            ),
            Grid(say("Figures, and where their uncertainty comes from"), headings, rows, source=figures),
            Paragraph(split),
        ),
    )


def _figure_row(case: BusinessCase, name: Measure, figure: Figure) -> tuple[Shown, ...]:
    def span(spread: Spread) -> str:
        low, high = (_measure(case, name, value) for value in (spread.low, spread.high))
        return low if low == high else say("{low} to {high}", low=low, high=high)

    joint = figure.joint
    return (
        Shown(say(TITLES[name])),
        *(Shown(_measure(case, name, value)) for value in (figure.base, joint.low, joint.median, joint.high)),
        Shown(span(figure.simulation), "quiet"),
        Shown(span(figure.assumptions), "quiet"),
    )


def _money(case: BusinessCase) -> Section:
    flows, value = tables.cash_flows(case), tables.value_over_time(case)
    counted = [line for line in case.lines if line.is_counted]
    years = range(len(case.flows))
    scale = scale_of(case.plan.currency, [amount for line in counted for amount in line.amounts])
    rows = [
        (
            Shown(say(line.name.replace("_", " ")), note=say(PARTS[line.part])),
            *(Shown(scale.number(amount) if amount else MISSING) for amount in line.amounts),
        )
        for line in counted
    ]
    rows.append((Shown(say("net")), *(Shown(scale.number(amount)) for amount in case.flows)))
    headings = (
        case.plan.currency,
        *(say("start") if year == 0 else say("year {n}", n=year) for year in years),
    )
    blocks: tuple[Block, ...] = (
        Exhibit(
            say("Cash flow and worth so far"),
            say(
                "Above, what the figures count by year, all assumptions at their most likely values. Below, "
                "what all flows so far are worth at the start, over all draws: half of them lie above the "
                "line, eight in ten in the band."
            ),
            partial(draw_cash_flow, flows, value, case.plan.currency),
            (flows, value),
        ),
        Grid(say("Money by year"), headings, tuple(rows), source=flows),
    )
    return Section(say("The money"), blocks)


def _apart(case: BusinessCase) -> Section:
    """What is not counted, and what doing nothing costs."""
    apart = [line for line in case.lines if not line.is_counted]
    blocks: list[Block] = []
    if apart:
        rows = tuple(
            (
                Shown(say(line.name.replace("_", " "))),
                Shown(say(PARTS[line.part]), "quiet"),
                Shown(_money_said(case, line.amounts[-1])),
            )
            for line in apart
        )
        headings = (say("Benefit"), say("Part"), say("In the last year"))
        blocks.append(Grid(say("What is told apart and not counted"), headings, rows, n_texts=2))
    if any(case.do_nothing):
        blocks.append(_do_nothing(case))
    blocks.append(Paragraph(_capacity(case)))
    return Section(say("Beside the decision"), tuple(blocks))


def _do_nothing(case: BusinessCase) -> Grid:
    source = tables.do_nothing(case)
    sizes = [*source.numbers("do nothing"), *source.numbers("with the change")]
    scale = scale_of(case.plan.currency, sizes)
    rows = tuple(
        (
            Shown(say("start") if year == 0 else say("year {n}", n=year)),
            Shown(scale.number(float(before))),
            Shown(scale.number(float(after))),
            Shown(scale.number(float(after) - float(before), signed=True)),
        )
        for year, before, after in source.rows
    )
    headings = (case.plan.currency, say("do nothing"), say("with the change"), say("difference"))
    return Grid(say("The do-nothing case: cost by year"), headings, rows, source=source)


def _hangs_on(case: BusinessCase) -> Section:
    bars, even = tables.case_tornado(case), tables.break_evens(case)
    rows = tuple(
        (
            Shown(each.assumption.path),
            Shown(each.assumption.text(each.assumption.base, case.plan.currency)),
            Shown(
                say("none that is possible")
                if math.isnan(each.value)
                else each.assumption.text(each.value, case.plan.currency)
            ),
        )
        for each in case.break_evens
    )
    blocks: list[Block] = []
    if case.bars:
        blocks.append(
            Exhibit(
                say("What moves the net present value"),
                say(
                    "Each bar takes one assumption at its P10 and its P90, the others at their most likely "
                    "values; “{simulation}” is what the replications leave open.",
                    simulation=say(SIMULATION),
                ),
                partial(draw_tornado, bars, say(TITLES["npv"]), case.plan.currency),
                (bars,),
            )
        )
    headings = (say("Assumption"), say("Most likely"), say("Net present value 0 at"))
    blocks.append(
        Grid(say("Break-even of each assumption, the others as assumed"), headings, rows, source=even)
    )
    return Section(say("What it hangs on"), tuple(blocks))


def _assumptions(case: BusinessCase) -> Section:
    source = tables.case_assumptions(case)
    rows = tuple(
        (
            Shown(str(path)),
            Shown(str(likely)),
            Shown(str(spread) or say("taken for sure")),
            Shown(say(str(kind))),
            Shown(str(origin) or MISSING, "quiet"),
        )
        for path, likely, spread, kind, origin in source.rows
    )
    headings = (say("Amount"), say("Most likely"), say("Distribution"), say("Evidence"), say("Source"))
    blocks: list[Block] = [Grid(say("Amounts of the case"), headings, rows, n_texts=5, source=source)]
    if case.plan.correlations:
        blocks.append(_correlations(case))
    blocks.append(_years(case))
    return Section(say("What the case assumes"), tuple(blocks))


def _correlations(case: BusinessCase) -> Grid:
    source = tables.case_correlations(case)
    rows = tuple(
        (Shown(str(first)), Shown(str(second)), Shown(f"{float(value):+.2g}".replace("-", MINUS)))
        for first, second, value in source.rows
    )
    headings = (say("Amount"), say("goes with"), say("Correlation"))
    return Grid(say("Amounts that go together"), headings, rows, n_texts=2, source=source)


def _years(case: BusinessCase) -> Grid:
    """What changes from year to year: demand, benefit reached, prices."""
    source = tables.case_years(case)
    share = scale_of("share", [1.0])
    rows = tuple(
        (
            Shown(say("year {n}", n=year)),
            Shown(share.said(float(demand), signed=True) if demand else say("as simulated")),
            Shown(share.said(float(reached))),
            Shown(f"{float(price):.3f}"),
        )
        for year, demand, reached, price in source.rows
    )
    headings = (say("Year"), say("Demand"), say("Benefit reached"), say("Price level"))
    return Grid(say("What changes from year to year"), headings, rows, source=source)


def _method(case: BusinessCase) -> tuple[str, ...]:
    file = case.plan.experiment.file
    levels = ", ".join(f"{100 * level:.0f} %" for level in LEVELS)
    joint = (
        say("in part going together, as stated (normal scores in the order of Iman and Conover)")
        if case.plan.correlations
        else say("independently of each other")
    )
    grown = (
        (
            say(
                "Demand changes over the years: each of its {n} sizes was simulated without and with the "
                "proposal, and a year has the savings of its own. Figures of tickets and teams on this page "
                "are those of the first year.",
                n=len(case.plan.levels),
            ),
        )
        if len(case.plan.levels) > 1
        else ()
    )
    return (
        say(
            "Both scenarios met the same tickets. What the proposal saves a week is taken replication by "
            "replication and stretched over a year of 52.18 weeks; {draws} draws take all that is uncertain "
            "together: the simulated savings from Student’s t, the assumptions from their distributions, "
            "{joint}.",
            draws=file.draws,
            joint=joint,
        ),
        *grown,
        say(
            "Money of a year counts at its end and is discounted to the start. The return on investment is "
            "(benefits − costs) / costs in present values. P10, P50 and P90 are the {levels} quantiles.",
            levels=levels,
        ),
        say(
            "Released hours are paid hours without tickets that the proposal adds: pay that it saves is not "
            "counted again. What gets dearer counts in full from the first year; benefits come as the ramp "
            "says."
        ),
    )


def _measure(case: BusinessCase, name: Measure, value: float) -> str:
    """Return a value of a measure with its unit."""
    if name == "npv":
        return _money_said(case, value)
    if math.isnan(value):
        return say("none")
    if name in ("payback", "discounted_payback"):
        return (
            say("{years} years", years=f"{value:.1f}")
            if math.isfinite(value)
            else say("more than {years} years", years=case.plan.experiment.file.horizon)
        )
    joint = case.figures[name].joint
    return scale_of("share", [value], (joint.high - joint.low) / 20.0).said(value)


def _money_said(case: BusinessCase, value: float) -> str:
    """Return an amount to as many digits as its uncertainty leaves."""
    spread = case.figures["npv"].joint
    width = spread.high - spread.low
    decimals = 2 - math.floor(math.log10(width)) if width > 0.0 else 0
    return Scale(1.0, case.plan.currency, min(decimals, 2)).said(value)


def _share(value: float) -> str:
    return scale_of("share", [1.0]).said(value)
