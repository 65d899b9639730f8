"""``simlab case``."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed

if TYPE_CHECKING:
    from simlab.business.case import BusinessCase, Spread
    from simlab.business.definition import CasePlan


def case(
    experiment: Annotated[Path, typer.Argument(help="Business case.", show_default=False)],
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    store: options.Store = Path("results"),
    no_store: options.NoStore = False,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    fail: Annotated[bool, typer.Option("--fail", help="End with 3 if the case is not accepted.")] = False,
    dry_run: options.DryRun = False,
    force: options.Force = False,
    limits: options.Limit = None,
    as_json: options.Json = False,
) -> None:
    """Work out what a change is worth over years, and how sure that is."""
    from simlab.business.case import business_case
    from simlab.business.definition import read_case
    from simlab.engines.guards import with_limits
    from simlab.reports import write_report

    if dry_run:
        _dry_run(read_case(experiment, replications, seed), jobs)
        return
    told = business_case(
        experiment,
        replications=replications,
        seed=seed,
        jobs=jobs,
        cluster=cluster,
        force=force,
        guards=with_limits(limits or ()),
        store=None if no_store else store,
        progress=terminal.progress("Simulating without and with the proposal"),
    )
    if report_file is not None:
        command = command_line("case", experiment, replications=replications, seed=seed)
        terminal.note(f"report: {write_report(told, report_file, command=command, language=lang)}")
    if as_json:
        terminal.json(plain_case(told))
    else:
        print_case(told)
    if fail and not told.is_accepted:
        broken = [each.rule.text for each in told.verdicts if not each.is_held]
        raise GateFailed(f"the case is not accepted: {' and '.join(broken)}")


def print_case(told: BusinessCase) -> None:
    """Print the answer, the figures and what they hang on."""
    from simlab.reports.pages.business import TITLES, answer, support
    from simlab.reports.tables.business import break_evens
    from simlab.reports.wording import counted

    terminal.out(answer(told))
    for sentence in support(told):
        terminal.out(sentence)
    currency = told.plan.currency
    rows = [
        (TITLES[name], *(_said(name, value, currency) for value in (figure.base, *_levels(figure.joint))))
        for name, figure in told.figures.items()
    ]
    terminal.table(Table("Figures", ("", "base case", "P10", "P50", "P90"), rows))
    years = [f"year {year}" for year in range(1, len(told.flows))]
    lines = [
        (line.name, *(counted(amount) for amount in line.amounts)) for line in told.lines if line.is_counted
    ]
    lines.append(("net", *(counted(amount) for amount in told.flows)))
    terminal.table(Table(f"Money by year, {currency}", ("", "start", *years), lines))
    even = [
        (
            each.assumption.path,
            each.assumption.text(each.assumption.base, currency),
            "none" if math.isnan(each.value) else each.assumption.text(each.value, currency),
        )
        for each in told.break_evens
    ]
    terminal.table(Table(break_evens(told).title, ("", "most likely", "break-even"), even))


def plain_case(told: BusinessCase) -> dict[str, Any]:
    """Return a case as plain values."""
    plan = told.plan
    return {
        "name": plan.experiment.name,
        "proposal": plan.proposal.label,
        "do_nothing": plan.base.label,
        "currency": plan.currency,
        "seed": plan.seed,
        "replications": plan.replications,
        "accepted": told.is_accepted,
        "rules": [
            {"rule": each.rule.text, "share": each.share, "held": each.is_held} for each in told.verdicts
        ],
        "figures": {
            name: {
                "base": figure.base,
                **{
                    source: dict(zip(("p10", "p50", "p90"), _levels(getattr(figure, source)), strict=True))
                    for source in ("joint", "simulation", "assumptions")
                },
            }
            for name, figure in told.figures.items()
        },
        "demand_growth": list(plan.growth),
        "correlations": [
            {"between": [each.first, each.second], "correlation": each.value} for each in plan.correlations
        ],
        "chance_of_gain": told.chance,
        "variance_from_simulation": told.from_simulation,
        "released_hours_per_year": {
            "value": told.released_hours.value,
            "low": told.released_hours.low,
            "high": told.released_hours.high,
        },
        "flows": list(told.flows),
        "lines": [
            {"line": line.name, "part": line.part, "counted": line.is_counted, "amounts": list(line.amounts)}
            for line in told.lines
        ],
        "do_nothing_cost": list(told.do_nothing),
        "break_even": {each.assumption.path: each.value for each in told.break_evens},
        "tornado": [
            {
                "input": bar.name,
                "low": bar.low,
                "high": bar.high,
                "at_low": bar.npv_at_low,
                "at_high": bar.npv_at_high,
            }
            for bar in told.bars
        ],
    }


def _levels(spread: Spread) -> tuple[float, float, float]:
    return spread.low, spread.median, spread.high


def _said(name: str, value: float, currency: str) -> str:
    from simlab.reports.wording import counted, scale_of

    if math.isnan(value):
        return "none"
    if name == "npv":
        return f"{counted(value)} {currency}"
    if name in ("roi", "irr"):
        return scale_of("share", (1.0,)).said(value)
    return f"{value:.1f} years" if math.isfinite(value) else "not in time"


def _dry_run(plan: CasePlan, jobs: int | None) -> None:
    from simlab.cli.loading import tell_effort

    runs = [(each.model, plan.replications) for pair in plan.levels.values() for each in pair]
    tell_effort({"replications": f"{sum(n for _, n in runs)} in all"}, runs, plan.seed, jobs)
