"""The page of an audit: where today's process departs from its model."""

from __future__ import annotations

from functools import partial
from typing import Final

from simlab.calibrate.auditing.audit import Audit, Check
from simlab.reports.figures import audit as figures
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.tables import audit as tables
from simlab.reports.wording import SPACE, and_list, counted, scale_of, with_interval

_MOST_NAMED: Final = 3
_MOST_WAYS: Final = 15
_MOST_MIXED: Final = 6
"""Charts of classes and priorities that are shown although nothing happened in them."""


def audit_page(found: Audit, title: str | None = None, command: str | None = None) -> Page:
    """Return the page of an audit."""
    sections = (
        _checks(found),
        _ways(found),
        _targets(found),
        _drift(found),
        _method(found, command or f"simlab audit {found.scenario} {found.log_name}"),
    )
    return Page(
        title=title or say("{scenario} and {log}", scenario=found.scenario, log=found.log_name),
        kind=say("Audit"),
        answer=answer(found),
        support=_support(found),
        warnings=tuple(say_again(note) for note in found.notes),
        sections=tuple(section for section in sections if section is not None),
    )


def answer(found: Audit) -> str:
    """Return in a sentence whether the process is like its model, the worst departures with their numbers."""
    failed = [check for check in found.checks if not check.is_passed]
    n = len(found.checks)
    if not failed:
        return say("The process is as the scenario says: all {n} checks are passed.", n=n)
    worst = failed if len(failed) <= _MOST_NAMED + 1 else failed[:_MOST_NAMED]
    named = [
        say(
            "{what} ({found})",
            what=tables.check_title(check),
            found=tables.found_said(check, tables.chart_of(found, check)),
        )
        for check in worst
    ]
    if len(worst) < len(failed):
        named.append(say("{n} more", n=len(failed) - len(worst)))
    if len(failed) == 1:
        return say("The process departs from the scenario in one of {n} checks: {what}.", n=n, what=named[0])
    return say(
        "The process departs from the scenario in {failed} of {n} checks: {what}.",
        failed=len(failed),
        n=n,
        what=and_list(named),
    )


def _support(found: Audit) -> tuple[str, ...]:
    told = [
        say("{n} tickets created since {date} were judged.", n=counted(found.n_cases), date=found.since)
        if found.since
        else say("{n} tickets were judged.", n=counted(found.n_cases))
    ]
    if found.ways is not None and found.ways.n_ways:
        check = next(check for check in found.checks if check.kind == "ways")
        told.append(
            say(
                "Of {n} transitions {share} go ways that the scenario does not know.",
                n=counted(check.n),
                share=with_interval("share", check.share, check.low, check.high),
            )
        )
    return tuple(told)


def _checks(found: Audit) -> Section:
    rows = tuple(_check_row(found, check) for check in found.checks)
    headings = (say("Check"), say("Result"), say("Found"), say("Let pass"), say("Of"))
    grid = Grid(say("Every check"), headings, rows, n_texts=2, source=tables.check_table(found))
    return Section(say("Checks"), (grid,))


def _check_row(found: Audit, check: Check) -> tuple[Shown, ...]:
    passed = Shown(say("passed"), "quiet") if check.is_passed else Shown(say("failed"), "worse")
    return (
        Shown(tables.check_title(check)),
        passed,
        Shown(tables.found_said(check, tables.chart_of(found, check))),
        Shown(tables.limit_said(check)),
        Shown(tables.counted_said(check)),
    )


def _ways(found: Audit) -> Section | None:
    if found.ways is None:
        return None
    blocks: list[Block] = []
    if found.ways.unknown:
        source = tables.unknown_table(found)
        rows = tuple((Shown(name), Shown(counted(n))) for name, n in found.ways.unknown[:_MOST_WAYS])
        title = say("Activities that are no step of the scenario")
        blocks.append(Grid(title, (say("Activity"), say("Events")), rows, source=source))
    if found.ways.ways:
        source = tables.way_table(found)
        blocks.append(
            Exhibit(
                say("Ways that the scenario does not know"),
                say(
                    "The most frequent ways from one activity to the next that no rule of the scenario "
                    "allows."
                ),
                partial(figures.draw_ways, source, _MOST_WAYS),
                (source,),
            )
        )
        way_rows = tuple(
            (Shown(_end(way.before)), Shown(_end(way.after)), Shown(", ".join(way.examples), "quiet"),
             Shown(counted(way.times)))
            for way in found.ways.ways[:_MOST_WAYS]
        )  # fmt: skip
        headings = (say("From"), say("To"), say("Such as"), say("Times"))
        blocks.append(Grid(say("The most frequent of them, with cases"), headings, way_rows, n_texts=3))
    return Section(
        say("Ways"), tuple(blocks) or (Paragraph(say("Every ticket went ways that the scenario allows.")),)
    )


def _end(activity: str) -> str:
    return say(activity) if activity in ("start", "end") else activity


def _targets(found: Audit) -> Section | None:
    if not found.targets:
        return None
    source = tables.target_table(found)
    rows = tuple(
        (
            Shown(tables.target_title(each.target, each.priority)),
            Shown(_within(each.limit_min)),
            Shown(counted(each.n)),
            Shown(with_interval("share", each.met, each.low, each.high)),
            Shown(counted(each.n_overdue)),
        )
        for each in found.targets
    )
    headings = (
        say("Target"),
        say("Within, open time"),
        say("Judged"),
        say("Met"),
        say("Overdue and still open"),
    )
    return Section(
        say("Targets"),
        (
            Exhibit(
                say("Targets met"),
                say("Share of the tickets that met each target, with its 95 % interval."),
                partial(figures.draw_targets, source, found.limits.met),
                (source,),
            ),
            Grid(say("Targets met, in numbers"), headings, rows),
        ),
    )


def _within(minutes: float) -> str:
    """Return open minutes of a calendar, whose days are shorter than days, in minutes or hours."""
    long = minutes >= 60.0
    return f"{minutes / 60.0 if long else minutes:.4g}{SPACE}{say('h') if long else say('min')}"


def _drift(found: Audit) -> Section:
    source = tables.weekly_table(found)
    shown, quiet = {}, 0
    for chart in found.charts:
        is_mix = chart.kind in ("class", "priority")
        if chart.has_drifted or not is_mix or quiet < _MOST_MIXED:
            shown[chart.name] = tables.chart_title(chart)
            quiet += is_mix and not chart.has_drifted
    blocks: list[Block] = [
        Exhibit(
            say("Control charts"),
            say(
                "Tickets by the week in which they were created. Arrivals, classes and priorities lie "
                "around what the scenario expects, the others around their usual level. Rings mark signals."
            ),
            partial(figures.draw_weekly_charts, source, shown),
            (source,),
        )
    ]
    if len(shown) < len(found.charts):
        n = len(found.charts) - len(shown)
        blocks.append(Paragraph(say("{n} more charts without a signal are in the table of weeks.", n=n)))
    signals = tuple(_signal_rows(found))
    if signals:
        headings = (say("Chart"), say("Week of"), say("Actual"), say("Limits"), say("Signal"))
        blocks.append(Grid(say("Signals"), headings, signals[: _MOST_WAYS * 2], n_texts=2))
    return Section(say("Drift"), tuple(blocks))


def _signal_rows(found: Audit) -> list[tuple[Shown, ...]]:
    rows: list[tuple[Shown, ...]] = []
    for chart in found.charts:
        for week in chart.signals.nonzero()[0].tolist():
            value, low, high = (float(each[week]) for each in (chart.value, chart.low, chart.high))
            scale = scale_of(chart.unit, (value, high))
            beyond = bool(chart.is_beyond[week])
            rows.append(
                (
                    Shown(tables.chart_title(chart)),
                    Shown(found.weekly.mondays[week]),
                    Shown(scale.said(value)),
                    Shown(say("{low} to {high}", low=scale.number(low), high=scale.said(high))),
                    Shown(say("beyond a limit") if beyond else say("long on one side"), "quiet"),
                )
            )
    return rows


def _method(found: Audit, command: str) -> Section:
    limits = found.limits
    waits = and_list(say(each) for each in limits.pauses) if limits.pauses else say("nobody")
    runs = sorted({chart.run for chart in found.charts})
    items = [
        say(
            "Ways: what follows what in a ticket is held against the rules of the scenario, conditions on "
            "the step before included. The way to the end is that of tickets that are over. The check fails "
            "where the whole 95 % interval lies above the limit."
        ),
        say(
            "Targets: from creation to the first response and to the resolution, on the calendar of the "
            "target. The clock of the resolution stands still in steps that pause it, while the ticket is "
            "resolved, and while one waits for: {who}. A ticket that is open at the end of the log is "
            "missed once it is overdue. The check fails where the whole 95 % interval (Wilson) lies below "
            "the limit.",
            who=waits,
        ),
        say(
            "Drift: a signal is a week beyond the limits, or the last of {n} or more weeks on one side of "
            "the centre; all weeks together may be higher or lower than expected, or follow a trend (Mann). "
            "If nothing changes, {share} of such audits tell a drift, all charts together.",
            n=runs[0] if runs else 8,
            share=scale_of("share", [limits.false_alarms]).said(limits.false_alarms).replace(" ", SPACE),
        ),
    ]
    if found.since:
        items.append(
            say(
                "Judged is what came since {date}; what is usual is told by the weeks before.",
                date=found.since,
            )
        )
    again = Paragraph(say("The same files and version of simlab give the same numbers:"))
    return Section(say("Method"), (Points(tuple(items)), again, Command(command)))
