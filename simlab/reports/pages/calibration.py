"""The page of a calibration: how well the scenario reproduces the log, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from simlab.calibrate.anchor import SurfaceRow
from simlab.calibrate.fit import Fitted
from simlab.calibrate.validate import FLOOR_FACTOR, Validation
from simlab.reports.figures import calibration as figures
from simlab.reports.pages.parts import Block, Exhibit, Grid, Page, Paragraph, Section, Shown
from simlab.reports.tables import calibration as tables
from simlab.reports.tables.table import Table
from simlab.units import format_share

_UNITS = {"n_gram": "", "cycle_time": " h"}


def calibration_page(
    fitted: Fitted,
    validation: Validation | None,
    surface: Sequence[SurfaceRow],
    warnings: Sequence[str],
    name: str,
) -> Page:
    """Return the page.

    Parameters
    ----------
    fitted
        The fit to the whole log.
    validation
        How well a fit to its first part foretells the rest; None where that was not asked for.
    surface
        Likelihood of values of the anchor.
    name
        What the log is called.
    """
    tested = () if validation is None else (_distances(validation), _overlays(validation))
    return Page(
        title=f"Calibration of {name}",
        kind="Calibration",
        answer=_answer(validation),
        support=_support(validation),
        warnings=tuple(warning.replace("\n    ->", ";") for warning in warnings),
        sections=(*tested, _basis(fitted), _anchor(fitted, surface)),
    )


def _answer(validation: Validation | None) -> str:
    if validation is None:
        return "A scenario was fitted to the whole log; how well it foretells was not asked."
    verdicts = validation.verdicts_together
    if all(verdict.beats_replay and verdict.is_near_floor for verdict in verdicts):
        return "The scenario foretells the last fifth of the log better than a replay of the cases before it."
    if all(verdict.is_chance for verdict in verdicts):
        return "The scenario foretells the last fifth of the log as well as chance allows."
    if all(verdict.beats_replay for verdict in verdicts):
        return "The scenario foretells better than replay, but not as well as chance would allow."
    return "The scenario foretells the last fifth of the log no better than a replay of the cases before it."


def _support(validation: Validation | None) -> tuple[str, ...]:
    if validation is None:
        return ()
    texts = []
    for verdict, word in zip(validation.verdicts_together, ("n-gram", "cycle-time"), strict=True):
        unit = _UNITS[verdict.distance]
        texts.append(
            f"{word.capitalize()} distance {verdict.model:.3g}{unit}, of replay"
            f" {verdict.replay:.3g}{unit}, by chance alone"
            f" {verdict.floor:.3g}{unit}."
        )
    return tuple(texts)


def _distances(validation: Validation) -> Section:
    distances = tables.distance_table(validation)
    whole = distances.where(group="all")
    grid = Grid(
        f"Distances from the last {len(validation.real):,} cases",
        ("Distance", "Scenario", "One simulated log", "Replay", "Noise floor"),
        tuple(_distance_row(row) for row in whole.rows),
        source=distances,
    )
    groups = [group for group in validation.groups if group.group]
    blocks: list[Block] = [
        Paragraph(
            "The scenario was fitted to the first four fifths of the cases, by time, and simulated"
            f" {validation.n_logs} times; all simulated logs together are compared with the last fifth."
            f" Replay takes the"
            " last cases before it, shifted by whole weeks. The noise floor is the distance between"
            " random halves of the"
            f" last fifth. A good fit is nearer than replay, and within {FLOOR_FACTOR} noise floors."
        ),
        grid,
        Exhibit(
            "How far off",
            "Distances as multiples of what chance alone makes.",
            partial(figures.draw_distances, distances),
            (distances,),
        ),
    ]
    if groups:
        heads = (
            "Group",
            "Cases",
            "3-grams: scenario",
            "replay",
            "floor",
            "Cycle time: scenario",
            "replay",
            "floor",
        )
        rows = tuple(
            (
                Shown(group.group),
                Shown(f"{group.n_cases:,}"),
                *(Shown(f"{each.n_gram:.3f}") for each in (group.together, group.replay, group.floor)),
                *(Shown(f"{each.cycle_time:.1f} h") for each in (group.together, group.replay, group.floor)),
            )
            for group in groups
        )
        blocks.append(Grid("By priority and class", heads, rows))
    return Section("How well it foretells", tuple(blocks))


def _distance_row(row: tuple[str | float | int, ...]) -> tuple[Shown, ...]:
    _, _, name, unit, together, one, low, high, replay, floor = row
    model, other = float(together), float(replay)
    suffix = "" if unit == "share" else " h"
    return (
        Shown(str(name)),
        Shown(f"{model:.3g}{suffix}", "better" if model < other else "worse"),
        Shown(f"{float(one):.3g}{suffix}", note=f"{float(low):.3g} to {float(high):.3g}"),
        Shown(f"{other:.3g}{suffix}"),
        Shown(f"{float(floor):.3g}{suffix}"),
    )


def _overlays(validation: Validation) -> Section:
    cycle, hours = tables.cycle_time_table(validation), tables.circadian_table(validation)
    lengths, grams = tables.length_table(validation), tables.gram_table(validation)
    return Section(
        "The log and the scenario, one over the other",
        (
            Exhibit(
                "Cycle time",
                "From the first to the last event of a case.",
                partial(figures.draw_cycle_times, cycle),
                (cycle,),
            ),
            Exhibit(
                "When things happen",
                "Events by hour of the week.",
                partial(figures.draw_circadian, hours),
                (hours,),
            ),
            Exhibit(
                "Events of a case", "How many a case has.", partial(figures.draw_lengths, lengths), (lengths,)
            ),
            Exhibit(
                "What follows what",
                "The commonest sequences of three.",
                partial(figures.draw_sequences, grams),
                (grams,),
            ),
        ),
    )


def _basis(fitted: Fitted) -> Section:
    blocks: list[Block] = [
        _as_grid(tables.findings_table(fitted), ("", "Value", "How"), 3),
        _as_grid(
            tables.team_table(fitted),
            ("Team", "Hours", "Events a week", "People seen", "On an average day", "In the scenario"),
            2,
        ),
    ]
    if fitted.recency.tried:
        blocks.append(
            _as_grid(
                tables.recency_table(fitted),
                ("First case used", "Distance of the last fifth, in noise floors"),
                1,
            )
        )
    return Section("What it rests on", tuple(blocks))


def _anchor(fitted: Fitted, surface: Sequence[SurfaceRow]) -> Section:
    rows = tables.surface_table(surface)
    anchor = fitted.anchor
    return Section(
        "What a log cannot tell",
        (
            Paragraph(
                "Twice the hands-on time with twice the people leaves the same log. So one of them had"
                " to be assumed:"
                f" a utilisation of {format_share(anchor.utilisation)}, hence"
                f" {anchor.touch_per_ticket:.3g} minutes of"
                f" hands-on time a ticket and {sum(anchor.people)} people on duty for these tickets."
                f" Hands-on time takes"
                f" at most that part of the time that passed within sittings"
                f" ({format_share(anchor.part_of_sitting)} here);"
                " the rest is waiting that no queue explains."
            ),
            Exhibit(
                "Likelihood of the anchor",
                "How well hands-on times of each utilisation agree with the times within sittings, the"
                " delays chosen anew"
                " for each. A flat line: the log does not tell; it falls where hands-on time is longer"
                " than many of these times.",
                partial(figures.draw_anchor, rows),
                (rows,),
            ),
        ),
    )


def _as_grid(source: Table, headings: tuple[str, ...], n_texts: int) -> Grid:
    rows = tuple(
        tuple(
            Shown("" if cell != cell else f"{cell:.3g}" if isinstance(cell, float) else f"{cell}")
            for cell in row
        )
        for row in source.rows
    )
    return Grid(source.title, headings, rows, n_texts=n_texts, source=source)
