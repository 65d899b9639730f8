"""``simlab register``: accepted changes, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simlab.cli import options
from simlab.cli.commands import command
from simlab.cli.logs import LogFile, Mapping, read_and_tell
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from simlab.business.register import RegisterRow

RegisterFile = Annotated[Path, typer.Option("--file", "-f", help="The register, a CSV file.")]
REGISTER = Path("register.csv")

register = typer.Typer(
    help="Keep accepted changes with what is expected of them, and check what came of them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add(
    case: Annotated[Path, typer.Argument(help="Business case.", show_default=False)],
    identity: Annotated[str, typer.Option("--id", help="Short name of the row.", show_default=False)],
    owner: Annotated[str, typer.Option("--owner", help="Who answers for the benefit.", show_default=False)],
    review: Annotated[str, typer.Option("--review", help="Date at which it is checked.", show_default=False)],
    accepted: Annotated[
        str | None, typer.Option("--accepted", help="Date of the decision.", show_default="today")
    ] = None,
    measure: Annotated[str, typer.Option("--measure", help="resolution or attainment.")] = "resolution",
    file: RegisterFile = REGISTER,
    jobs: options.Jobs = None,
    store: options.Store = Path("results"),
) -> None:
    """Add an accepted change, or put its row in place of that with the same id."""
    from simlab.business.case import business_case
    from simlab.business.register import read_register, register_row, with_row, write_register

    rows = read_register(file)
    day = _date("--accepted", accepted) if accepted else date.today()
    review_day = _date("--review", review)
    told = business_case(case, jobs=jobs, store=store, progress=terminal.progress("Simulating"))
    row = register_row(told, identity, owner=owner, accepted=day, review=review_day, measure=measure)
    write_register(with_row(rows, row), file)
    n = len(with_row(rows, row))
    terminal.note(f"written to {file}: {n} row{'' if n == 1 else 's'}")
    if not told.is_accepted:
        terminal.warn("the case does not hold its own rules; it is registered all the same")


def show(
    file: RegisterFile = REGISTER,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: options.Json = False,
) -> None:
    """Show the register."""
    from simlab.business.register import plain_row, read_register

    rows = read_register(file)
    if as_json:
        terminal.json([plain_row(row) for row in rows])
    elif markdown:
        from simlab.reports.pages.markdown import marked

        terminal.out("| " + " | ".join(_HEADER) + " |")
        terminal.out("|" + " --- |" * len(_HEADER))
        for row in rows:
            terminal.out("| " + " | ".join(map(marked, _cells(row))) + " |")
    else:
        n = "1 change" if len(rows) == 1 else f"{len(rows)} changes"
        terminal.table(Table(f"{n} in {file}", _HEADER, [_cells(row) for row in rows]))


def check(
    scenario: options.ScenarioFile,
    log: LogFile,
    mapping: Mapping = None,
    file: RegisterFile = REGISTER,
    identity: Annotated[
        str | None, typer.Option("--id", help="Check this row only.", show_default="all")
    ] = None,
    fail: Annotated[
        bool, typer.Option("--fail", help="End with 3 if a change did not reach its target.")
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Compare what was expected of changes with a log that was taken after them."""
    from simlab.business.register import check as check_row
    from simlab.business.register import read_register
    from simlab.model.load import load

    registered = read_register(file)
    rows = [row for row in registered if identity in (None, row.id)]
    if not rows:
        raise _no_row(file, identity, [row.id for row in registered])
    loaded, read = load(scenario), read_and_tell(log, mapping, None)
    checks = [check_row(row, loaded, read.log) for row in rows]
    if as_json:
        terminal.json(
            [
                {
                    "id": each.row.id,
                    "baseline": each.row.baseline,
                    "target": each.row.target,
                    "actual": each.actual.value,
                    "low": each.actual.low,
                    "high": each.actual.high,
                    "weeks": each.weeks,
                    "outcome": each.outcome,
                }
                for each in checks
            ]
        )
    else:
        table = [
            (
                each.row.id,
                _said(each.row, each.row.baseline),
                _said(each.row, each.row.target),
                _interval(each.row, each.actual.value, each.actual.low, each.actual.high),
                str(each.weeks),
                each.outcome,
            )
            for each in checks
        ]
        header = ("id", "baseline", "target", "actual", "weeks", "outcome")
        terminal.table(Table("Expected and actual", header, table))
    missed = [each.row.id for each in checks if each.outcome in ("not reached", "in part")]
    if fail and missed:
        raise GateFailed(f"not reached: {', '.join(missed)}")


def _no_row(file: Path, identity: str | None, known: Sequence[str]) -> UsageError:
    """Return what is wrong where there is no row to check."""
    from simlab.scenario.suggestions import remedy_for_unknown

    if not known or identity is None:
        return UsageError(f"{file} has no row yet\n    -> add one: simlab register add case.yaml --id NAME")
    return UsageError(f"{file} has no row '{identity}'\n    -> {remedy_for_unknown(identity, known)}")


_HEADER = (
    "id",
    "change",
    "measure",
    "baseline",
    "target",
    "benefit",
    "cost",
    "value",
    "confidence",
    "owner",
    "review",
)


def _cells(row: RegisterRow) -> tuple[str, ...]:
    from simlab.reports.wording import SPACE, scale_of, with_interval

    scale = scale_of(row.currency, [row.cost_at_start, row.cost_a_year])
    cost = f"{scale.said(row.cost_at_start)} + {scale.said(row.cost_a_year)} a year"
    value = with_interval(row.currency, row.value, row.value_low, row.value_high)
    return (
        row.id,
        row.change,
        row.measure,
        _said(row, row.baseline),
        _said(row, row.target),
        _interval(row, row.benefit, row.benefit_low, row.benefit_high, is_change=True),
        cost,
        value,
        f"{100.0 * row.confidence:.0f}{SPACE}%",
        row.owner,
        row.review,
    )


def _said(row: RegisterRow, value: float) -> str:
    from simlab.reports.wording import scale_of

    return scale_of(row.unit, [row.baseline, row.target]).said(value)


def _interval(row: RegisterRow, value: float, low: float, high: float, *, is_change: bool = False) -> str:
    from simlab.reports.wording import difference_said, with_interval

    if math.isnan(value):
        return "–"
    return (
        difference_said(row.unit, value, low, high)
        if is_change
        else with_interval(row.unit, value, low, high)
    )


def _date(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} is a date; found '{text}'\n    -> write it like 2026-12-01") from None


for name, function in (("add", add), ("show", show), ("check", check)):
    register.command(name)(command(function))
