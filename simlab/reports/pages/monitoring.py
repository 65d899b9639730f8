"""The page of monitoring: whether what happens is what the scenario predicts, and what is to be expected."""

from __future__ import annotations

from functools import partial

from simlab.business.monitoring import RUN_OF_ONE_SIDE, Forecast, Monitoring, Signal
from simlab.business.period_figures import FIGURES
from simlab.reports.figures.control_chart import draw_control_chart
from simlab.reports.language.catalogue import say
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.pages.sections import evidence_section
from simlab.reports.tables import monitoring as tables
from simlab.reports.tables.monitoring import TITLES
from simlab.reports.wording import MISSING, and_list, scale_of, with_interval


def monitoring_page(found: Monitoring, title: str | None = None, command: str | None = None) -> Page:
    """Return the page of a log on the prediction of a scenario."""
    told = (
        _charts(found),
        _signals(found),
        None if found.forecast is None else _forecast(found, found.forecast),
        evidence_section(found.loaded.resolved),
        _method(found, command or f"simlab monitor {found.loaded.name} {found.log_name}"),
    )
    return Page(
        title=title or say("{scenario} and {log}", scenario=found.loaded.name, log=found.log_name),
        kind=say("Monitoring"),
        answer=answer(found),
        support=() if found.forecast is None else (_forecast_sentence(found.forecast),),
        warnings=tuple(say(note) for note in found.notes),
        sections=tuple(section for section in told if section is not None),
        tables=() if found.forecast is None else (tables.open_tickets(found, found.forecast),),
    )


def answer(found: Monitoring) -> str:
    """Return in a sentence whether the log is as predicted."""
    n = len(found.edges) - 1
    one = {"day": "one day", "week": "one week"}[found.period]
    several = {"day": "{n} days", "week": "{n} weeks"}[found.period]
    span = say(one) if n == 1 else say(several, n=n)
    if not found.signals:
        return say("The log ({span}) is as the scenario predicts: no figure gives a signal.", span=span)
    names = [say(TITLES[name]) for name in FIGURES if any(each.figure == name for each in found.signals)]
    figures = and_list(f"“{name}”" for name in names)
    if len(found.signals) == 1:
        return say(
            "The log ({span}) is not all as the scenario predicts: one signal, in {figures}.",
            span=span,
            figures=figures,
        )
    return say(
        "The log ({span}) is not all as the scenario predicts: {n} signals, in {figures}.",
        span=span,
        n=len(found.signals),
        figures=figures,
    )


def _charts(found: Monitoring) -> Section:
    chart = tables.control_chart(found)
    titles = {name: say(title) for name, title in TITLES.items()}
    left_out = [say(TITLES[name]) for name in FIGURES if name not in found.figures]
    blocks: list[Block] = [
        Exhibit(
            say("Control charts"),
            say(
                "Nine in ten periods lie in the band if the scenario is right; beyond the control limits "
                "one in 370 does. Rings mark signals."
            ),
            partial(draw_control_chart, chart, titles),
            (chart,),
        )
    ]
    if left_out:
        sentence = say("The log or the scenario does not tell: {figures}.", figures=and_list(left_out))
        blocks.append(Paragraph(sentence))
    return Section(say("What happened, on what was predicted"), tuple(blocks))


def _signals(found: Monitoring) -> Section:
    if not found.signals:
        return Section(say("Signals"), (Paragraph(say("None.")),))
    rows = tuple(_signal_row(found, each) for each in found.signals)
    headings = (say("Figure"), say("From"), say("Actual"), say("Predicted (5 % to 95 %)"), say("Rule"))
    return Section(say("Signals"), (Grid(say("What is not as predicted"), headings, rows, n_texts=2),))


def _signal_row(found: Monitoring, signal: Signal) -> tuple[Shown, ...]:
    band, place, unit = found.bands[signal.figure], signal.period, FIGURES[signal.figure]
    actual = float(found.actual[signal.figure][place])
    return (
        Shown(say(TITLES[signal.figure])),
        Shown(tables.moment(found, float(found.edges[place]))),
        Shown(scale_of(unit, [actual]).said(actual)),
        Shown(
            with_interval(unit, float(band.centre[place]), float(band.low[place]), float(band.high[place]))
        ),
        Shown(say(signal.rule), "quiet"),
    )


def _forecast(found: Monitoring, ahead: Forecast) -> Section:
    source = tables.forecast_table(found, ahead)
    titles = {name: say(title) for name, title in TITLES.items()}
    weeks = [tables.moment(found, float(edge)) for edge in ahead.edges[:-1]]
    rows = tuple(
        (
            Shown(titles[name]),
            *(
                Shown(with_interval(FIGURES[name], *values) if values[0] == values[0] else MISSING)
                for values in zip(band.centre.tolist(), band.low.tolist(), band.high.tolist(), strict=True)
            ),
        )
        for name, band in ahead.bands.items()
    )
    exhibit = Exhibit(
        say("The weeks after the log"),
        say(
            "Expected from the tickets that are open at the end of the log, and from new ones; nine in ten "
            "runs lie in the band."
        ),
        partial(draw_control_chart, source, titles),
        (source,),
    )
    headings = (say("Week from"), *weeks)
    return Section(
        say("Forecast"), (exhibit, Grid(say("Expected, with the band of nine in ten runs"), headings, rows))
    )


def _forecast_sentence(ahead: Forecast) -> str:
    band = ahead.bands["open"]
    return say(
        "Open at the end of the log: {n} tickets; {weeks} weeks later, expected: {low} to {high}.",
        n=ahead.n_open,
        weeks=len(ahead.edges) - 1,
        low=f"{band.low[-1]:.0f}",
        high=f"{band.high[-1]:.0f}",
    )


def _method(found: Monitoring, command: str) -> Section:
    items = (
        say(
            "The scenario was simulated {n} times with seed {seed} over the time of the log, after its "
            "warm-up; each figure is taken from the simulated logs as it is from the real one.",
            n=found.replications,
            seed=found.seed,
        ),
        say(
            "A signal is a period beyond the control limits, or {n} periods in a row on one side of the "
            "mean. The limits are those of Student’s t for a further period, as far out as three standard "
            "deviations of a normal figure that is known exactly. Of many figures and periods some signal by "
            "chance.",
            n=RUN_OF_ONE_SIDE,
        ),
        say(
            "Targets are judged from creation to resolution on their calendars; pauses are not taken off, "
            "for the log as for the simulation."
        ),
    )
    again = Paragraph(say("The same files, seed and version of simlab give the same numbers:"))
    return Section(say("Method"), (Points(items), again, Command(command)))
