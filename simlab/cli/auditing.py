"""``simlab audit``: where today's process departs from its model."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.logs import LogFile, Mapping, Rejected, read_and_tell
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from simlab.calibrate.auditing.audit import Audit

_MOST = 12


def audit(
    scenario: options.ScenarioFile,
    log: LogFile,
    mapping: Mapping = None,
    rejected: Rejected = None,
    astray: Annotated[
        str,
        typer.Option("--astray", help="Share of transitions that may go ways the scenario does not know."),
    ] = "1 %",
    met: Annotated[str, typer.Option("--met", help="Share of tickets that must meet each target.")] = "90 %",
    as_json: options.Json = False,
) -> None:
    """Compare a log with a scenario: ways not allowed, targets missed, drift. Exit 3 if a check fails."""
    from simlab.calibrate.auditing.audit import audit as audit_of
    from simlab.calibrate.auditing.audit import loaded_for

    limits = _share("--astray", astray), _share("--met", met)
    read = read_and_tell(log, mapping, rejected)
    found = audit_of(loaded_for(scenario, read.log), read.log, most_astray=limits[0], met=limits[1])
    if as_json:
        terminal.json(_plain(found))
    else:
        _print(found)
    failed = [check.name for check in found.checks if not check.is_passed]
    if failed:
        more = f" and {len(failed) - 4} more" if len(failed) > 4 else ""
        raise GateFailed(f"the process departs from its model: {', '.join(failed[:4])}{more}")


def _share(option: str, written: str) -> float:
    from simlab.units import parse_share

    try:
        return parse_share(written)
    except ValueError as refusal:
        raise UsageError(f"{option}: {refusal}") from None


def _print(found: Audit) -> None:
    rows = [
        (check.name, check.found, check.limit, "ok" if check.is_passed else "failed")
        for check in found.checks
    ]
    terminal.table(Table("Audit", ("check", "found", "limit", "result"), rows))
    if found.unknown:
        rows_of = [(name, f"{n:,}") for name, n in found.unknown[:_MOST]]
        terminal.table(Table("Activities that are no step of the scenario", ("activity", "events"), rows_of))
    if found.ways:
        ways = [
            (f"{way.before} -> {way.after}", f"{way.times:,}", ", ".join(way.examples))
            for way in found.ways[:_MOST]
        ]
        terminal.table(Table("Ways that the scenario does not know", ("way", "times", "such as"), ways))
    signals = [
        (
            chart.name,
            found.weeks[week],
            f"{chart.value[week]:.4g}",
            f"{chart.low[week]:.4g} to {chart.high[week]:.4g}",
        )
        for chart in found.charts
        for week in chart.signals.nonzero()[0].tolist()
    ]
    if signals:
        terminal.table(Table("Weeks out of control", ("what", "week of", "value", "limits"), signals[:40]))


def _plain(found: Audit) -> dict[str, Any]:
    return {
        "passed": found.is_passed,
        "checks": [asdict(check) for check in found.checks],
        "unknown_activities": [{"activity": name, "events": n} for name, n in found.unknown],
        "ways": [asdict(way) for way in found.ways],
        "targets": [asdict(target) for target in found.targets],
        "weeks": list(found.weeks),
        "charts": [
            {
                "name": chart.name,
                "unit": chart.unit,
                "centre": chart.centre.tolist(),
                "from_scenario": chart.from_scenario,
                "value": chart.value.tolist(),
                "low": chart.low.tolist(),
                "high": chart.high.tolist(),
                "signals": chart.signals.tolist(),
            }
            for chart in found.charts
        ],
    }
