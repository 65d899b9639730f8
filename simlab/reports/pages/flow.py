"""The section on waiting and flow that pages share: bottlenecks, process map, hand-offs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from simlab.reports.figures.bottlenecks import draw_bottlenecks, most_places
from simlab.reports.figures.handoffs import draw_handoffs
from simlab.reports.figures.process_map import draw_process_map
from simlab.reports.language.catalogue import say
from simlab.reports.pages.parts import Block, Exhibit, Section
from simlab.reports.pages.sections import MOST_DETAILED, named_after, suffix_of
from simlab.reports.subjects import Subject
from simlab.reports.tables import load, process
from simlab.reports.tables.table import Table
from simlab.reports.wording import scale_of


def words_on_cost(steps: Table) -> str:
    """Return what the money in a process map is; nothing where there is none."""
    if not any(cost > 0.0 for cost in steps.numbers("cost").tolist()):
        return ""
    return say(
        " The money is what the hands-on time of people costs a week at their mean rate: in a box of all "
        "visits, on an arrow of those that it brings."
    )


def words_on_thin_moves(moves: Table) -> str:
    """Return how many moves a process map leaves out, and how thin they are; nothing where it has all."""
    shown = set(process.main_moves(moves).rows)
    left_out = [float(row[2]) for row in moves.rows if row not in shown]
    if not left_out:
        return ""
    return say(
        " Left out are {n} thin arrows, of at most {most} tickets a week each; their table has them.",
        n=len(left_out),
        most=f"{max(left_out):.3g}",
    )


def waiting_and_flow(subjects: Sequence[Subject]) -> Section | None:
    """Return where tickets wait, and how they flow; None without logs."""
    waits = load.waiting(subjects)
    seen = list(load.observed(subjects))
    if not seen:
        return None
    places = load.bottlenecks(
        waits, {each.label: each.estimates["resolved_per_week"].value for each in subjects}
    )
    blocks: list[Block] = [
        Exhibit(
            say("Where tickets wait, and why"),
            _sentence_on_waiting(places, subjects),
            partial(draw_bottlenecks, places),
            (places, waits),
        )
    ]
    for subject, _ in seen[:MOST_DETAILED]:
        suffix = suffix_of(subject, len(subjects) > 1)
        named = named_after(subject, len(subjects) > 1)
        steps, moves = named(process.steps(subject)), named(process.moves(subject))
        blocks.append(
            Exhibit(
                say("Process map{suffix}", suffix=suffix),
                say("How tickets flow through the steps: thicker arrows carry more of them.")
                + words_on_cost(steps)
                + words_on_thin_moves(moves),
                partial(draw_process_map, steps, moves),
                (steps, moves),
            )
        )
        matrix = named(load.handoff_matrix(subject))
        if any(row[0] != row[1] and float(row[2]) > 0.0 for row in matrix.rows):
            blocks.append(
                Exhibit(
                    say("Hand-offs between teams{suffix}", suffix=suffix),
                    _sentence_on_handoffs(matrix),
                    partial(draw_handoffs, matrix),
                    (matrix,),
                )
            )
    return Section(say("Waiting and flow"), tuple(blocks))


def _sentence_on_waiting(places: Table, subjects: Sequence[Subject]) -> str:
    """Tell the place of the longest bar, and what most of the waiting there is due to."""
    if not len(places):
        return say("No ticket waited.")
    said = []
    for subject in subjects:
        hours: dict[str, float] = {}
        rows = places.where(scenario=subject.label).rows
        for _, place, _, amount, _ in rows:
            hours[str(place)] = hours.get(str(place), 0.0) + float(amount)
        if not hours:
            continue
        longest = max(hours, key=lambda place: hours[place])
        causes = {say(str(row[2])): float(row[3]) for row in rows if row[1] == longest}
        main = max(causes, key=lambda cause: causes[cause])
        is_team = longest in subject.model.names.teams
        said.append(
            say(
                "{part} of all waiting in {label} is {where} ({cause})",
                part=scale_of("share", [1.0]).said(hours[longest] / sum(hours.values())),
                label=subject.label,
                where=say("for {team}", team=longest) if is_team else say("at {step}", step=longest),
                cause=say("mostly: {cause}", cause=main) if len(causes) > 1 else main,
            )
        )
    n_places, n_shown = len({row[1] for row in places.rows}), most_places(len(subjects))
    most = say(" The {n} longest are shown.", n=n_shown) if n_places > n_shown else ""
    gain = say(
        " Behind a bar: ticket-hours a week, and by how much the mean ticket would be done sooner if nobody "
        "had to wait there; at most, as some of the waiting moves on to the next place."
    )
    return say("The longest wait: {places}.{most}{gain}", places=say("; ").join(said), most=most, gain=gain)


def _sentence_on_handoffs(matrix: Table) -> str:
    apart = [row for row in matrix.rows if row[0] != row[1]]
    source, target, most = max(apart, key=lambda row: float(row[2]))
    total = sum(float(row[2]) for row in apart)
    return say(
        "{total} tickets a week go from one team to another, most of them from {source} to {target} ({most} "
        "a week).",
        total=f"{total:.3g}",
        source=source,
        target=target,
        most=f"{float(most):.3g}",
    )
