"""The page of a calibration: how well the scenario reproduces the log, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from simlab.calibrate.anchor import Anchor, SurfaceRow
from simlab.calibrate.distances import Distances
from simlab.calibrate.fit import Fitted
from simlab.calibrate.selection import Selection
from simlab.calibrate.validate import Validation
from simlab.calibrate.verdicts import FLOOR_FACTOR, Standing, Verdict
from simlab.reports.figures import calibration as figures
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Section, Shown
from simlab.reports.pages.sections import evidence_section
from simlab.reports.tables import calibration as tables
from simlab.reports.tables.table import Cell, Table
from simlab.reports.wording import SPACE, and_list, counted, duration_said
from simlab.units import format_share, parse_duration

_DURATION: Final = re.compile(r"(?:[\d.]+ (?:s|min|h|days?|weeks?|years?) ?)+")
_UNITS: Final = {"n_gram": "share", "cycle_time": "h"}
_NAMES: Final = {"n_gram": "n-gram distance", "cycle_time": "cycle-time distance"}


def calibration_page(
    fitted: Fitted,
    selection: Selection,
    validation: Validation | None,
    surface: Sequence[SurfaceRow],
    warnings: Sequence[str],
    name: str,
    command: str | None = None,
    resolved: Mapping[str, object] | None = None,
) -> Page:
    """Return the page.

    Parameters
    ----------
    fitted
        The fit to the whole log.
    selection
        Why it has the mechanisms that it has.
    validation
        How well a fit to its first part foretells the rest; None where that was not asked for.
    surface
        Likelihood of values of the anchor.
    name
        What the log is called.
    command
        What reproduces the result.
    resolved
        The scenario as plain values, whose evidence is then listed.
    """
    tested = () if validation is None else (_distances(validation), _overlays(validation))
    return Page(
        title=say("Calibration of {name}", name=name),
        kind=say("Calibration"),
        answer=_answer(validation),
        support=_support(validation),
        warnings=tuple(warnings),
        sections=(
            *tested,
            _basis(fitted, selection),
            _anchor(fitted, surface),
            *(() if resolved is None else (evidence_section(resolved),)),
            _method(validation, command, name),
        ),
    )


_NOT_ASKED: Final = "A scenario was fitted to the whole log; how well it foretells was not asked."
_BETTER: Final = (
    "The scenario foretells the last fifth of the log better than a replay of the cases before it: "
    "{distances}."
)
_AS_CHANCE: Final = "The scenario foretells the last fifth of the log as well as chance allows: {distances}."
_LEVEL: Final = (
    "The scenario foretells the last fifth of the log about as well as a replay of the cases before it: "
    "{distances}."
)
_FAR: Final = (
    "The scenario foretells the last fifth of the log no worse than a replay of the cases before it, but "
    "not as well as chance would allow: {distances}."
)
_WORSE: Final = (
    "The scenario foretells the last fifth of the log worse than a replay of the cases before it: "
    "{distances}."
)
_STANDINGS: Final = {
    Standing.NEARER: (
        "{name}: {value} in one simulated log, {replay} in a replay, {floor} by chance alone. All {logs} "
        "simulated logs are nearer than the replay."
    ),
    Standing.LEVEL: (
        "{name}: {value} in one simulated log, {replay} in a replay, {floor} by chance alone. {nearer} of "
        "{logs} simulated logs are nearer than the replay: no more than chance makes of one log."
    ),
    Standing.FARTHER: (
        "{name}: {value} in one simulated log, {replay} in a replay, {floor} by chance alone. The replay is "
        "nearer than all {logs} simulated logs."
    ),
}


def _answer(validation: Validation | None) -> str:
    if validation is None:
        return say(_NOT_ASKED)
    verdicts = validation.verdicts
    said = (
        say(
            "{name} {value} in one simulated log ({low} to {high} in {n} of them)",
            name=say(_NAMES[verdict.distance]),
            value=_distance(verdict.one_log, _UNITS[verdict.distance]),
            low=f"{min(verdict.logs):.3g}",
            high=f"{max(verdict.logs):.3g}",
            n=len(verdict.logs),
        )
        for verdict in verdicts
    )
    return say(_sentence(verdicts), distances=and_list(said))


def _sentence(verdicts: Sequence[Verdict]) -> str:
    """Return what is said of the distances by which a fit is judged."""
    if any(verdict.standing is Standing.FARTHER and not verdict.is_chance for verdict in verdicts):
        return _WORSE
    if not all(verdict.is_near_floor for verdict in verdicts):
        return _FAR
    if all(verdict.standing is Standing.NEARER for verdict in verdicts):
        return _BETTER
    return _AS_CHANCE if all(verdict.is_chance for verdict in verdicts) else _LEVEL


def _support(validation: Validation | None) -> tuple[str, ...]:
    if validation is None:
        return ()
    return tuple(
        say(
            _STANDINGS[verdict.standing],
            name=say(_NAMES[verdict.distance]),
            nearer=verdict.n_nearer,
            logs=len(verdict.logs),
            **{
                key: _distance(value, _UNITS[verdict.distance])
                for key, value in (
                    ("value", verdict.one_log),
                    ("replay", verdict.replay),
                    ("floor", verdict.floor),
                )
            },
        )
        for verdict in validation.verdicts
    )


def _distance(value: float, unit: str) -> str:
    """Return a distance with its unit; those of sequences have none."""
    return f"{value:.3g}{SPACE}{say('h')}" if unit == "h" else f"{value:.3g}"


def _distances(validation: Validation) -> Section:
    distances, whole = tables.distance_table(validation), validation.groups[0]
    n = counted(len(validation.real))
    grid = Grid(
        say("Distances from the last {n} cases", n=n),
        (
            say("Distance"),
            say("One simulated log"),
            say("All together"),
            say("Replay"),
            say("Noise floor"),
            say("Nearer than replay"),
        ),
        tuple(
            _distance_row(whole.verdict(name), getattr(whole.together, name)) for name in Distances.names()
        ),
        source=distances,
    )
    blocks: list[Block] = [
        grid,
        Exhibit(
            say("How far off"),
            say("Distances as multiples of what chance alone makes."),
            partial(figures.draw_distances, distances),
            (distances,),
        ),
    ]
    groups = [group for group in validation.groups if group.group]
    if groups:
        floors = (say("replay"), say("floor"))
        heads = (
            say("Group"),
            say("Cases"),
            say("3-grams: one simulated log"),
            *floors,
            say("Cycle time: one simulated log"),
            *floors,
        )
        rows = tuple(
            (
                Shown(say_again(group.group)),
                Shown(counted(group.n_cases)),
                *(Shown(f"{each.n_gram:.3f}") for each in (group.one_log, group.replay, group.floor)),
                *(
                    Shown(_distance(each.cycle_time, "h"))
                    for each in (group.one_log, group.replay, group.floor)
                ),
            )
            for group in groups
        )
        blocks.append(Grid(say("By priority and class"), heads, rows))
    return Section(say("How well it foretells"), tuple(blocks))


def _distance_row(verdict: Verdict, together: float) -> tuple[Shown, ...]:
    """Return a row of distances; colours tell where simulated logs differ from replay beyond chance."""
    unit = _UNITS.get(verdict.distance, "h")
    look = {Standing.NEARER: "better", Standing.FARTHER: "worse"}.get(verdict.standing, "")
    low, high = (f"{value:.3g}" for value in (min(verdict.logs), max(verdict.logs)))
    return (
        Shown(say(tables.DISTANCES[verdict.distance])),
        Shown(_distance(verdict.one_log, unit), note=say("{low} to {high}", low=low, high=high)),
        Shown(_distance(together, unit)),
        Shown(_distance(verdict.replay, unit)),
        Shown(_distance(verdict.floor, unit)),
        Shown(say("{n} of {all}", n=verdict.n_nearer, all=len(verdict.logs)), look),
    )


def _overlays(validation: Validation) -> Section:
    cycle, hours = tables.cycle_time_table(validation), tables.circadian_table(validation)
    lengths, grams = tables.length_table(validation), tables.gram_table(validation)
    return Section(
        say("The log and the scenario, one over the other"),
        (
            Exhibit(
                say("Cycle time"),
                say("From the first to the last event of a case."),
                partial(figures.draw_cycle_times, cycle),
                (cycle,),
            ),
            Exhibit(
                say("When things happen"),
                say("Events by hour of the week."),
                partial(figures.draw_circadian, hours),
                (hours,),
            ),
            Exhibit(
                say("Events of a case"),
                say("How many a case has."),
                partial(figures.draw_lengths, lengths),
                (lengths,),
            ),
            Exhibit(
                say("What follows what"),
                say("The commonest sequences of three."),
                partial(figures.draw_sequences, grams),
                (grams,),
            ),
        ),
    )


def _basis(fitted: Fitted, selection: Selection) -> Section:
    heads = (
        say("Team"),
        say("Hours"),
        say("Events a week"),
        say("People seen"),
        say("On an average day"),
        say("In the scenario"),
    )
    blocks: list[Block] = [
        _as_grid(tables.findings_table(fitted), ("", say("Value"), say("How")), 3, is_said=True),
        _as_grid(tables.team_table(fitted), heads, 2),
    ]
    if fitted.recency.tried:
        tried = (say("First case used"), say("Distance of the last fifth, in noise floors"))
        blocks.append(_as_grid(tables.recency_table(fitted), tried, 1))
    if selection.trials:
        blocks.append(_tried(selection))
    return Section(say("What it rests on"), tuple(blocks))


def _on_anchor(anchor: Anchor) -> str:
    """Return what hands-on time and staffing rest on."""
    touch, people = f"{anchor.touch_per_ticket:.3g}", sum(anchor.people)
    if anchor.is_measured and not anchor.is_given:
        return say(
            "Twice the hands-on time with twice the people leaves the same log, where it tells neither. This "
            "one tells when each piece of work began and ended, and who did it: {touch} minutes of hands-on "
            "time a ticket are measured, and {people} people on duty follow from those seen on an average "
            "day.",
            touch=touch,
            people=people,
        )
    return say(
        "Twice the hands-on time with twice the people leaves the same log. So one of them had to be "
        "assumed: a utilisation of {utilisation}, hence {touch} minutes of hands-on time a ticket and "
        "{people} people on duty for these tickets. Hands-on time takes at most that part of the time that "
        "passed within sittings ({part} here); the rest is waiting that no queue explains. There are as many "
        "people as the busy hours of the log take, which may leave them less busy than assumed.",
        utilisation=format_share(anchor.utilisation),
        touch=touch,
        people=people,
        part=format_share(anchor.part_of_sitting),
    )


def _tried(selection: Selection) -> Grid:
    trials = tables.selection_table(selection)
    heads = (
        say("Tried"),
        say("3-grams, cycle time and hours, in noise floors"),
        say("3-grams"),
        say("Cycle time"),
        say("When things happen"),
        say("Chosen"),
    )
    rows = tuple(
        (
            Shown(_said(str(what))),
            *(
                Shown(_distance(float(value), unit))
                for value, unit in zip(values, ("", "", "h", "h"), strict=True)
            ),
            Shown(say("yes") if chosen else ""),
        )
        for what, *values, chosen in trials.rows
    )
    n = counted(selection.n_foretold)
    return Grid(say("What foretold the last {n} of the earlier cases best", n=n), heads, rows, source=trials)


def _anchor(fitted: Fitted, surface: Sequence[SurfaceRow]) -> Section:
    rows = tables.surface_table(surface)
    return Section(
        say("What a log cannot tell"),
        (
            Paragraph(_on_anchor(fitted.anchor)),
            Exhibit(
                say("Likelihood of the anchor"),
                say(
                    "How well hands-on times of each utilisation agree with the times within sittings, the "
                    "delays chosen anew for each. A flat line: the log does not tell; it falls where "
                    "hands-on time is longer than many of these times."
                ),
                partial(figures.draw_anchor, rows),
                (rows,),
            ),
        ),
    )


def _method(validation: Validation | None, command: str | None, name: str) -> Section:
    told = (
        ()
        if validation is None
        else (
            Paragraph(
                say(
                    "The scenario was fitted to the first four fifths of the cases, by time, and simulated "
                    "{n} times; each simulated log is compared with the last fifth, and all together, which "
                    "leaves out the chance of one log. Replay takes the last cases before it, shifted by "
                    "whole weeks. The noise floor is the distance between random halves of the last fifth. "
                    "A good fit is nearer than replay, and within {factor} noise floors. Where a desk goes "
                    "on as it did, a replay is as near as a log of a perfect scenario, sometimes nearer and "
                    "sometimes not.",
                    n=validation.n_logs,
                    factor=FLOOR_FACTOR,
                )
            ),
        )
    )
    again = Paragraph(say("The same log and version of simlab give the same numbers:"))
    return Section(say("Method"), (*told, again, Command(command or f"simlab calibrate {name}")))


def _as_grid(source: Table, headings: tuple[str, ...], n_texts: int, *, is_said: bool = False) -> Grid:
    """Return a table as it is; its texts are names, or else sentences to say in the language of the page."""

    def shown(cell: Cell) -> str:
        if isinstance(cell, float):
            return f"{cell:.3g}" if cell == cell else ""
        return _said(str(cell)) if is_said else str(cell)

    rows = tuple(tuple(Shown(shown(cell)) for cell in row) for row in source.rows)
    return Grid(say(source.title), headings, rows, n_texts=n_texts, source=source)


def _said(text: str) -> str:
    """Return a finished text in the language of the page: each part of a list, a sentence, or a time."""
    parts = text.split(", ")
    said = [say_again(part) for part in parts]
    if all(again != part for again, part in zip(said, parts, strict=True)):
        return say(", ").join(said)
    if _DURATION.fullmatch(text):
        return duration_said(parse_duration(text))
    return say_again(text)
