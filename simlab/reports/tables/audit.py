"""Tables of an audit: checks, ways that the scenario does not know, targets, weekly numbers and limits."""

from __future__ import annotations

from collections.abc import Iterator

from simlab.calibrate.auditing.audit import Audit, Check
from simlab.calibrate.auditing.control_charts import Chart
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Cell, Table, table
from simlab.reports.wording import counted, duration_said, scale_of, with_interval
from simlab.units import parse_duration


def check_table(found: Audit) -> Table:
    """Return every check with its exact numbers; a share is of what was counted."""
    return table(
        "checks",
        "Checks",
        ("check", "about", "counted", "off", "share", "low", "high", "limit", "passed"),
        (
            (
                each.kind, each.about, each.n, each.n_off, each.share, each.low, each.high, each.limit,
                int(each.is_passed),
            )
            for each in found.checks
        ),
    )  # fmt: skip


def way_table(found: Audit) -> Table:
    """Return the ways that the scenario does not know, the most frequent first."""
    ways = () if found.ways is None else found.ways.ways
    return table(
        "ways",
        "Ways that the scenario does not know",
        ("before", "after", "times", "cases"),
        ((way.before, way.after, way.times, " ".join(way.examples)) for way in ways),
    )


def unknown_table(found: Audit) -> Table:
    """Return the activities that are no step of the scenario."""
    unknown = () if found.ways is None else found.ways.unknown
    return table("activities", "Activities that are no step of the scenario", ("activity", "events"), unknown)


def target_table(found: Audit) -> Table:
    """Return how often each target was met."""
    return table(
        "targets",
        "Share of tickets that met each target",
        (
            "target", "priority", ("within", "min"), ("judged", "tickets"), "met", "low", "high",
            ("still open", "tickets"),
        ),
        (
            (
                each.target, each.priority, each.limit_min, each.n, each.met, each.low, each.high,
                each.n_overdue,
            )
            for each in found.targets
        ),
    )  # fmt: skip


def weekly_table(found: Audit) -> Table:
    """Return every number of every chart with its limits; a week that is not judged gives no signal."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        for chart in found.charts:
            beyond, run = chart.is_beyond, chart.is_run
            for week, monday in enumerate(found.weekly.mondays):
                signal = "beyond a limit" if beyond[week] else "long on one side" if run[week] else ""
                yield (
                    chart.name,
                    monday,
                    chart.unit,
                    float(chart.value[week]),
                    float(chart.centre[week]),
                    float(chart.low[week]),
                    float(chart.high[week]),
                    int(chart.is_judged[week]),
                    signal,
                )

    return table(
        "weeks",
        "Weekly numbers with the limits of their control charts",
        ("chart", "week of", "unit", "value", "centre", "lower limit", "upper limit", "judged", "signal"),
        rows(),
    )


def check_title(check: Check) -> str:
    """Return what was checked, in the language that is spoken."""
    match check.kind:
        case "activities":
            return say("Activities that are no step")
        case "ways":
            return say("Ways that are not allowed")
        case "target":
            target, _, priority = check.about.partition(" ")
            return say("{clock} target", clock=say(target)) + f" {priority}"
        case "drift":
            return say("Drift: {what}", what=_chart_title(check.about))


def chart_title(chart: Chart) -> str:
    """Return what a chart is about, in the language that is spoken."""
    return _chart_title(chart.name)


def _chart_title(name: str) -> str:
    if name.startswith("resolved within "):
        within = duration_said(parse_duration(name.removeprefix("resolved within ")))
        return say("resolved within {time}", time=within)
    for kind in ("class", "priority"):
        if name.startswith(f"{kind} "):
            return f"{say(kind)} {name.removeprefix(kind).strip()}"
    return {
        "arrivals": say("arrivals"),
        "hand-overs": say("handed to another team"),
        "reopened": say("reopened"),
    }[name]


def found_said(check: Check, trend: int = 0) -> str:
    """Return what was found, in words; of drift with the direction of a trend."""
    if check.kind == "drift":
        told = say("{n} of {all} weeks", n=check.n_off, all=check.n)
        if not trend:
            return told
        if not check.n_off:
            return say("rising all the time") if trend > 0 else say("falling all the time")
        return f"{told}, {say('rising') if trend > 0 else say('falling')}"
    return with_interval("share", check.share, check.low, check.high)


def limit_said(check: Check) -> str:
    """Return what is let pass, in words."""
    if check.kind == "drift":
        return say("none")
    share = scale_of("share", [check.limit]).said(check.limit)
    return (
        say("at least {share}", share=share)
        if check.kind == "target"
        else say("at most {share}", share=share)
    )


def counted_said(check: Check) -> str:
    """Return what was counted, in words."""
    unit = {"activities": say("events"), "ways": say("transitions"), "target": say("tickets")}
    return f"{counted(check.n)} {unit.get(check.kind, say('weeks'))}"


def trend_of(found: Audit, check: Check) -> int:
    """Return the trend of the chart that a check is about."""
    return next((each.trend for each in found.charts if each.name == check.about), 0)
