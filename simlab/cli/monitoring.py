"""``simlab monitor``: a log on the prediction of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simlab.cli import options
from simlab.cli.again import command_line
from simlab.cli.logs import LogFile, Mapping, read_and_tell
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from simlab.business.monitoring import Band, Monitoring
    from simlab.business.period_figures import Period
    from simlab.calibrate.event_log import EventLog
    from simlab.model.load import LoadedScenario


def monitor(
    scenario: options.ScenarioFile,
    log: LogFile,
    mapping: Mapping = None,
    by: Annotated[str, typer.Option("--by", help="Compare by day or week.")] = "week",
    periods: Annotated[
        int, typer.Option("--last", min=1, help="Look at the last so many days or weeks.")
    ] = 26,
    forecast: Annotated[
        int, typer.Option("--forecast", min=0, help="Weeks to forecast from open tickets.")
    ] = 4,
    what_if: options.WhatIf = None,
    assignments: options.Set = None,
    root: options.Root = None,
    replications: options.Replications = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    cluster: options.Cluster = None,
    report_file: options.ReportFile = None,
    lang: options.Lang = "en",
    fail: Annotated[bool, typer.Option("--fail", help="End with 3 if there is a signal.")] = False,
    dry_run: options.DryRun = False,
    force: options.Force = False,
    limits: options.Limit = None,
    as_json: options.Json = False,
) -> None:
    """Put what really happened on what a scenario predicts: control charts, signals, a forecast."""
    from simlab.business.monitoring import monitor as monitor_log
    from simlab.engines.guards import with_limits
    from simlab.model.load import load
    from simlab.reports.report import write_monitoring

    period = _period(by)
    loaded = load(scenario, what_if=what_if or (), assignments=assignments or (), root=root)
    read = read_and_tell(log, mapping, None).log
    if dry_run:
        _dry_run(_moved(loaded, read, log.name, period, periods), forecast, replications, seed, jobs)
        return
    found = monitor_log(
        loaded,
        read,
        log.name,
        period=period,
        most_periods=periods,
        forecast_weeks=forecast,
        replications=replications,
        seed=seed,
        jobs=jobs,
        cluster=cluster,
        force=force,
        guards=with_limits(limits or ()),
        progress=terminal.progress("Simulating the time of the log"),
    )
    if report_file is not None:
        given = {"mapping": mapping, "by": by, "last": periods, "forecast": forecast, "what_if": what_if}
        size = {"replications": found.replications, "seed": found.seed}
        command = command_line("monitor", scenario, log, **given, set=assignments, root=root, **size)
        terminal.note(f"report: {write_monitoring(found, report_file, command=command, language=lang)}")
    _tell(found, as_json)
    if fail and found.signals:
        raise GateFailed(f"{len(found.signals)} signals: the log is not as the scenario predicts")


def _period(by: str) -> Period:
    if by not in ("day", "week"):
        raise UsageError(f"--by is day or week; found '{by}'")
    return "day" if by == "day" else "week"


def _moved(
    loaded: LoadedScenario, log: EventLog, log_name: str, period: Period, most_periods: int
) -> LoadedScenario:
    from simlab.business.monitoring import compared_edges, moved_to

    return moved_to(loaded, compared_edges(log, log_name, period, most_periods))[0]


def _dry_run(
    moved: LoadedScenario, forecast_weeks: int, replications: int | None, seed: int | None, jobs: int | None
) -> None:
    """Say how much would be run; the weeks ahead are taken as those of the scenario."""
    from simlab.cli.loading import Size, tell_effort

    size = Size.of(replications, seed)
    runs, counted = [(moved.model, size.replications)], "of the time of the log"
    if forecast_weeks:
        weeks = {"time.warm_up": "0 min", "time.length": f"{forecast_weeks} weeks"}
        runs.append((moved.patch(weeks).model, size.replications))
        counted += f", and as many of {forecast_weeks} weeks ahead"
    tell_effort({"replications": f"{size.replications} {counted}"}, runs, size.seed, jobs)


def _tell(found: Monitoring, as_json: bool) -> None:
    for note in found.notes:
        terminal.warn(note)
    if as_json:
        terminal.json(plain_monitoring(found))
    else:
        print_monitoring(found)


def print_monitoring(found: Monitoring) -> None:
    """Print the answer, the last periods on their bands, the signals and the forecast."""
    from simlab.reports.pages.monitoring import answer
    from simlab.reports.tables.monitoring import TITLES, control_chart, forecast_table
    from simlab.reports.wording import scale_of, with_interval

    terminal.out(answer(found))
    rows = [
        (
            TITLES[str(name)],
            str(start),
            scale_of(str(unit), [float(actual)]).said(float(actual)),
            with_interval(str(unit), float(mean), float(low), float(high)),
            str(signal),
        )
        for name, start, unit, actual, mean, low, high, _, _, signal in control_chart(found).rows
        if signal or str(start) == str(control_chart(found).rows[-1][1])
    ]
    terminal.table(Table("The last period, and signals", ("", "from", "actual", "predicted", "signal"), rows))
    if found.forecast is not None:
        ahead = [
            (TITLES[str(name)], str(start), with_interval(str(unit), float(mean), float(low), float(high)))
            for name, start, unit, mean, low, high in forecast_table(found, found.forecast).rows
        ]
        title = f"Forecast from {found.forecast.n_open} open tickets"
        terminal.table(Table(title, ("", "week from", "expected (5 % to 95 %)"), ahead))


def plain_monitoring(found: Monitoring) -> dict[str, Any]:
    """Return what was found as plain values."""
    from simlab.reports.tables.monitoring import moment

    def band(each: Band) -> dict[str, list[float]]:
        return {
            "predicted": each.centre.tolist(),
            "low": each.low.tolist(),
            "high": each.high.tolist(),
            "lower_limit": each.lower_limit.tolist(),
            "upper_limit": each.upper_limit.tolist(),
        }

    return {
        "scenario": found.loaded.name,
        "log": found.log_name,
        "by": found.period,
        "from": [moment(found, float(edge)) for edge in found.edges[:-1]],
        "figures": {
            name: {"actual": found.actual[name].tolist(), **band(found.bands[name])} for name in found.figures
        },
        "signals": [
            {"figure": each.figure, "from": moment(found, float(found.edges[each.period])), "rule": each.rule}
            for each in found.signals
        ],
        "forecast": found.forecast
        and {
            "open": found.forecast.n_open,
            "from": [moment(found, float(edge)) for edge in found.forecast.edges[:-1]],
            "figures": {name: band(each) for name, each in found.forecast.bands.items()},
        },
        "notes": list(found.notes),
    }
