"""``simlab audit``: where today's process departs from its model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.logs import LogFile, Mapping, Rejected, read_and_tell
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed, UsageError
from simlab.units import format_count

if TYPE_CHECKING:
    from simlab.calibrate.auditing.audit import Audit, Limits

_MOST = 12


Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Judge only what came since this date (2026-03-02), or in the last '4 weeks'.",
    ),
]
Astray = Annotated[
    str, typer.Option("--astray", help="Share of transitions that may go ways the scenario does not know.")
]
Met = Annotated[str, typer.Option("--met", help="Share of tickets that must meet each target.")]
Pauses = Annotated[
    str,
    typer.Option(
        "--pauses", help="Clocks stand still while these are waited for: user, vendor, other, or nobody."
    ),
]
FalseAlarms = Annotated[
    str,
    typer.Option("--false-alarms", help="Share of audits that may tell a drift although nothing changed."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "--report", "-o", help="Write a report to this HTML file.", show_default=False),
]


def audit(
    scenario: options.ScenarioFile,
    log: LogFile,
    mapping: Mapping = None,
    rejected: Rejected = None,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    since: Since = None,
    astray: Astray = "1 %",
    met: Met = "90 %",
    pauses: Pauses = "user, vendor",
    false_alarms: FalseAlarms = "5 %",
    output: Output = None,
    lang: options.Lang = "en",
    as_json: options.Json = False,
) -> None:
    """Compare a log with a scenario: ways not allowed, targets missed, drift. Exit 3 if a check fails."""
    from simlab.calibrate.auditing.audit import audit as audit_of
    from simlab.calibrate.auditing.audit import loaded_for

    limits = _limits(astray, met, false_alarms, pauses)
    read = read_and_tell(log, mapping, rejected)
    loaded, notes = loaded_for(
        scenario, read.log, what_if=what_if or (), assignments=assignments or (), root=root
    )
    first = None if since is None else _instant(since, read.log.zone, read.log.observed()[1])
    found = audit_of(loaded, read.log, log.name, limits=limits, since=first, notes=notes)
    for note in found.notes:
        terminal.warn(note)
    if as_json:
        terminal.json(_plain(found))
    else:
        _print(found)
    if output is not None:
        from simlab.reports.report import write_audit

        again = command_line(
            "audit", scenario, log, mapping=mapping, what_if=what_if, set=assignments, root=root, since=since,
            **_given(limits),
        )  # fmt: skip
        terminal.note(f"report: {write_audit(found, output, command=again, language=lang)}")
    failed = [check.name for check in found.checks if not check.is_passed]
    if failed:
        more = f" and {len(failed) - 4} more" if len(failed) > 4 else ""
        raise GateFailed(f"the process departs from its model: {', '.join(failed[:4])}{more}")


def _limits(astray: str, met: str, false_alarms: str, pauses: str) -> Limits:
    from simlab.calibrate.auditing.audit import Limits

    allowed = _share("--false-alarms", false_alarms)
    if not 0.0 < allowed < 0.5:
        raise UsageError(f"--false-alarms lies between 0 and 50 %; found {false_alarms}")
    return Limits(_share("--astray", astray), _share("--met", met), allowed, _waits(pauses))


def _given(limits: Limits) -> dict[str, str]:
    """Return the options that are not as they are by default."""
    from simlab.calibrate.auditing.audit import Limits as Defaults
    from simlab.units import format_share

    usual, told = Defaults(), {}
    for name in ("astray", "met", "false_alarms"):
        if getattr(limits, name) != getattr(usual, name):
            told[name] = format_share(getattr(limits, name))
    if limits.pauses != usual.pauses:
        told["pauses"] = ", ".join(limits.pauses) or "nobody"
    return told


def _share(option: str, written: str) -> float:
    from simlab.units import parse_share

    try:
        return parse_share(written)
    except ValueError as refusal:
        raise UsageError(f"{option}: {refusal}") from None


def _waits(written: str) -> tuple[str, ...]:
    from simlab.calibrate.auditing.targets import PAUSES
    from simlab.scenario.suggestions import remedy_for_unknown

    words = tuple(dict.fromkeys(word.strip() for word in written.split(",") if word.strip()))
    if words in ((), ("nobody",)):
        return ()
    for word in words:
        if word not in PAUSES:
            remedy = remedy_for_unknown(word, PAUSES) or f"write some of {', '.join(PAUSES)}, or nobody"
            raise UsageError(f"--pauses: nobody is called '{word}'\n    -> {remedy}")
    return words


def _instant(written: str, zone: str, last: float) -> float:
    """Return a date, or so long before the end of the log, as minutes since 1970 UTC.

    A length reaches back to a local midnight.
    """
    from datetime import UTC, date, datetime, time, timedelta

    from simlab.model.wall_clock import zone_info
    from simlab.units import parse_duration

    epoch, clock = datetime(1970, 1, 1, tzinfo=UTC), zone_info(zone)
    try:
        day = date.fromisoformat(written)
    except ValueError:
        try:
            back = parse_duration(written)
        except ValueError:
            raise UsageError(
                f"--since is a date such as 2026-03-02, or a length such as '4 weeks'; found '{written}'"
            ) from None
        day = (epoch + timedelta(minutes=last - back)).astimezone(clock).date()
    return (datetime.combine(day, time(), clock) - epoch).total_seconds() / 60.0


def _print(found: Audit) -> None:
    from simlab.reports.pages.audit import answer
    from simlab.reports.tables.audit import chart_of, check_title, counted_said, found_said, limit_said

    terminal.out(answer(found))
    rows = [
        (
            check_title(check),
            found_said(check, chart_of(found, check)),
            limit_said(check),
            counted_said(check),
            "ok" if check.is_passed else "failed",
        )
        for check in found.checks
    ]
    terminal.table(Table("Audit", ("check", "found", "let pass", "of", "result"), rows))
    if found.ways is not None and found.ways.unknown:
        rows_of = [(name, format_count(n)) for name, n in found.ways.unknown[:_MOST]]
        terminal.table(Table("Activities that are no step of the scenario", ("activity", "events"), rows_of))
    if found.ways is not None and found.ways.ways:
        ways = [
            (f"{way.before} -> {way.after}", format_count(way.times), ", ".join(way.examples))
            for way in found.ways.ways[:_MOST]
        ]
        terminal.table(Table("Ways that the scenario does not know", ("way", "times", "such as"), ways))
    signals = [
        (
            chart.name,
            found.weekly.mondays[week],
            f"{chart.value[week]:.4g}",
            f"{chart.low[week]:.4g} to {chart.high[week]:.4g}",
        )
        for chart in found.charts
        for week in chart.signals.nonzero()[0].tolist()
    ]
    if signals:
        terminal.table(Table("Weeks out of control", ("what", "week of", "value", "limits"), signals[:40]))


def _plain(found: Audit) -> dict[str, Any]:
    ways = found.ways
    return {
        "passed": found.is_passed,
        "cases": found.n_cases,
        "since": found.since or None,
        "limits": asdict(found.limits),
        "checks": [{"name": check.name, **asdict(check)} for check in found.checks],
        "unknown_activities": [{"activity": name, "events": n} for name, n in (ways.unknown if ways else ())],
        "ways": [asdict(way) for way in (ways.ways if ways else ())],
        "targets": [asdict(target) for target in found.targets],
        "weeks": list(found.weekly.mondays),
        "charts": [
            {
                "name": chart.name,
                "unit": chart.unit,
                "from_scenario": chart.from_scenario,
                "run": chart.run,
                "level": chart.level,
                "trend": chart.trend,
                **{name: getattr(chart, name).tolist() for name in ("centre", "value", "low", "high")},
                "judged": chart.is_judged.tolist(),
                "signals": chart.signals.tolist(),
            }
            for chart in found.charts
        ],
        "notes": list(found.notes),
    }
