"""Beside the answer of an optimisation: constraints, simpler answers, what each change adds."""

from __future__ import annotations

from collections.abc import Iterable

from simlab.optimise.requirements import RequirementFigure
from simlab.optimise.result import Candidate, OptimisationResult
from simlab.reports.language.catalogue import say
from simlab.reports.pages.parts import Block, Grid, Paragraph, Section, Shown
from simlab.reports.tables import optimisation as tables
from simlab.reports.tables.responses import unit_of
from simlab.reports.tables.table import Table
from simlab.reports.titles import constraint_said, title_of
from simlab.reports.wording import MISSING, difference_said, with_interval
from simlab.statistics.intervals import Estimate


def goals_grid(result: OptimisationResult, front: Table, currency: str) -> Grid:
    """Return the goals today and with the recommendation, in one unit."""
    columns = [result.today, *([result.recommended] if result.recommended else [])]
    rows = tuple(
        (
            Shown(tables.goal_title(goal)),
            *(Shown(_goal_said(each, goal, currency, columns)) for each in columns),
        )
        for goal in result.goals
    )
    headings = (say("Goal"), say("Today"), say("Recommended"))[: 1 + len(columns)]
    return Grid(say("Goals, with 95 % intervals"), headings, rows, source=front)


def constraints_of(result: OptimisationResult, currency: str) -> list[Block]:
    """Return how the recommendation stands to the constraints, on new random numbers."""
    chosen = result.recommended
    if not result.constraints:
        return []
    if chosen is None or not chosen.requirements:
        kept = chosen is not None and chosen.is_feasible
        sentence = (
            "The constraints hold on new random numbers: {constraints}."
            if kept
            else "The constraints do not all hold on new random numbers: {constraints}."
        )
        told = say("; ").join(constraint_said(each) for each in result.constraints)
        return [Paragraph(say(sentence, constraints=told))]
    rows = tuple(
        (
            Shown(constraint_said(each.text)),
            Shown(_figure_said(each, currency)),
            Shown(say(str(each.standing)), "worse mark" if each.standing == "broken" else ""),
        )
        for each in chosen.requirements
    )
    headings = (say("Constraint"), say("Figure, with its interval"), say("Standing"))
    source = tables.requirements(result)
    return [Grid(say("Constraints, on new random numbers"), headings, rows, source=source)]


def simpler_answers(result: OptimisationResult, currency: str) -> list[Block]:
    """Return the recommendation beside today and simpler ways to an answer; nothing without such."""
    if not result.baselines or result.recommended is None:
        return []
    shown = [(say("recommended"), result.recommended, ""), (say("today"), result.today, "")]
    told = [(say(each.name), each.candidate, each.about) for each in result.baselines]
    every = [each for _, each, _ in (*shown, *told) if each is not None]
    rows = tuple(
        (
            Shown(name),
            *(
                Shown(
                    say("nothing feasible found") if each is None else _goal_said(each, goal, currency, every)
                )
                for goal in result.goals
            ),
            Shown(MISSING if each is None else say("yes") if each.is_feasible else say("no")),
        )
        for name, each, _ in (*shown, *told)
    )
    headings = (
        say("Configuration"),
        *(tables.goal_title(goal) for goal in result.goals),
        say("keeps the constraints"),
    )
    return [Grid(say("Beside simpler answers"), headings, rows, source=tables.baselines(result))]


def what_each_adds(result: OptimisationResult, currency: str) -> list[Block]:
    """Return what each change adds to the effect; nothing of a single one."""
    parts = result.contributions
    if parts is None or not parts.rows:
        return []
    changes = [each.change for each in parts.rows[0].contributions]

    def row(name: str, estimates: list[Estimate]) -> tuple[Shown, ...]:
        said = (
            difference_said(
                unit_of(each.response, currency),
                found.value,
                found.low,
                found.high,
                beside=_ends([each.total, *(part.effect for part in each.contributions)]),
            )
            for each, found in zip(parts.rows, estimates, strict=True)
        )
        return (Shown(name), *map(Shown, said))

    rows = [
        row(change, [each.contributions[place].effect for each in parts.rows])
        for place, change in enumerate(changes)
    ]
    rows.append(row(say("all together"), [each.total for each in parts.rows]))
    headings = (say("Change"), *(title_of(each.response) for each in parts.rows))
    source = tables.contributions(result)
    return [Grid(say("What each change adds"), headings, tuple(rows), source=source)]


def beside(result: OptimisationResult, currency: str) -> Section | None:
    """Return the section that judges the answer by others; None where there is nothing to tell."""
    blocks = [*what_each_adds(result, currency), *simpler_answers(result, currency)]
    return Section(say("How good the answer is"), tuple(blocks)) if blocks else None


def _ends(estimates: Iterable[Estimate]) -> list[float]:
    """Return the numbers that are said of some estimates, which share a unit."""
    return [end for each in estimates for end in (each.value, each.low, each.high)]


def _goal_said(each: Candidate, goal: str, currency: str, beside: list[Candidate]) -> str:
    if goal not in each.goals:
        return MISSING
    found = each.goals[goal]
    others = _ends([other.goals[goal] for other in beside if goal in other.goals])
    unit = tables.goal_unit(goal, currency)
    return with_interval(unit, found.value, found.low, found.high, beside=others)


def _figure_said(each: RequirementFigure, currency: str) -> str:
    unit = "share" if each.is_share_of_runs else unit_of(each.response, currency)
    return with_interval(unit, each.estimate.value, each.estimate.low, each.estimate.high)
