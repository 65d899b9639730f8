"""Tables of an audit: checks, ways that the scenario does not know, targets, weekly numbers and limits."""

from __future__ import annotations

from collections.abc import Iterator

from simlab.calibrate.auditing.audit import Audit, Check
from simlab.calibrate.auditing.control_charts import Chart
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Cell, Table, table
from simlab.reports.wording import and_list, counted, duration_said, scale_of, with_interval
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
            return say("activities that are no step")
        case "ways":
            return say("ways that are not allowed")
        case "target":
            target, _, priority = check.about.partition(" ")
            return target_title(target, priority)
        case "drift":
            return say("drift of {what}", what=_chart_title(check.about))


def target_title(target: str, priority: str) -> str:
    """Return what a target is about, in the language that is spoken: ``resolution target P1``."""
    clock = say("response") if target == "respond" else say("resolution")
    return say("{clock} target", clock=clock) + f" {priority}"


def chart_title(chart: Chart) -> str:
    """Return what a chart is about, in the language that is spoken."""
    return _chart_title(chart.name)


def _chart_title(name: str) -> str:
    if name.startswith("resolved within "):
        within = duration_said(parse_duration(name.removeprefix("resolved within ")))
        return say("tickets resolved within {time}", time=within)
    for kind, said in (("class", say("class")), ("priority", say("priority"))):
        if name.startswith(f"{kind} "):
            return f"{said} {name.removeprefix(kind).strip()}"
    return {
        "arrivals": say("arrivals"),
        "hand-overs": say("hand-overs"),
        "reopened": say("reopening"),
    }[name]


def found_said(check: Check, chart: Chart | None = None) -> str:
    """Return what was found, in words; of drift with the level and the trend of the chart."""
    if check.kind != "drift":
        return with_interval("share", check.share, check.low, check.high)
    told = []
    if chart is not None and chart.level:
        told.append(say("higher all in all") if chart.level > 0 else say("lower all in all"))
    if chart is not None and chart.trend:
        told.append(say("rising") if chart.trend > 0 else say("falling"))
    if check.n_off or not told:
        told.insert(0, say("{n} of {all} weeks", n=check.n_off, all=check.n))
    return and_list(told)


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


def chart_of(found: Audit, check: Check) -> Chart | None:
    """Return the chart that a check is about."""
    return next((each for each in found.charts if each.name == check.about), None)
