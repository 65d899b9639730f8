"""The page of an optimisation: what is recommended, what it brings, and how the search came to it."""

from __future__ import annotations

import shlex
from functools import partial
from typing import Final

from simlab.optimise.result import Choice, OptimisationResult
from simlab.reports.figures.differences import draw_differences
from simlab.reports.figures.importance import draw_importance
from simlab.reports.figures.parallel import draw_parallel
from simlab.reports.figures.search import draw_front, draw_progress
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.beside import beside, constraints_of, goals_grid
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.pages.sections import evidence_section
from simlab.reports.tables import optimisation as tables
from simlab.reports.tables.table import Table
from simlab.reports.titles import HEADLINES
from simlab.reports.wording import and_list, scale_of, with_interval
from simlab.statistics.intervals import Estimate

FEWEST_AXES: Final = 3
"""Settings from which on configurations are drawn over parallel axes."""


def optimisation_page(
    result: OptimisationResult, title: str | None = None, command: str | None = None, currency: str = ""
) -> Page:
    """Return the page of an optimisation.

    Parameters
    ----------
    result
        What was found.
    title
        Title of the page.
    command
        What reproduces the result.
    currency
        Currency of the scenario.
    """
    front = tables.front(result)
    told = (
        _recommendation(result, front, currency),
        _gains(result, currency),
        beside(result, currency),
        _search(result, front, currency),
        _importance(result),
        _scenario(result),
        evidence_section({"evidence": result.evidence}),
        _method(result, command or f"simlab optimize {shlex.quote(result.name)}"),
    )
    return Page(
        title=title or result.name,
        kind=say("Optimisation"),
        answer=answer(result, currency),
        support=(_sentence(say("Why this configuration: {reason}", reason=say_again(result.reason))),)
        if result.recommended
        else (),
        warnings=tuple(_sentence(say_again(note)) for note in result.notes),
        sections=tuple(section for section in told if section is not None),
        tables=(),
    )


def answer(result: OptimisationResult, currency: str) -> str:
    """Return the result in a sentence, from the figures on random numbers that the search never saw."""
    if result.recommended is None:
        return say(
            "No configuration is recommended for {scenario}: {reason}.",
            scenario=result.scenario_name,
            reason=say_again(result.reason.rstrip(".")),
        )
    if not result.changes:
        return say(
            "Today’s configuration of {scenario} is the best that was found.",
            scenario=result.scenario_name,
        )
    steps = say("one change") if len(result.changes) == 1 else say("{n} changes", n=len(result.changes))
    gains = and_list(_gain(result, goal, currency) for goal in result.goals)
    return say(
        "The search recommends {steps} to {scenario}: {gains}.",
        steps=steps,
        scenario=result.scenario_name,
        gains=gains,
    )


def _gain(result: OptimisationResult, goal: str, currency: str) -> str:
    """Return what becomes of a goal: from, to, and the difference with its interval."""
    assert result.recommended is not None
    before, after = result.today.goals.get(goal), result.recommended.goals[goal]
    unit, name = tables.goal_unit(goal, currency), tables.goal_phrase(goal)
    if before is None:
        return say("{name} is {value}", name=name, value=_said(unit, after))
    paired = result.improvement.get(goal)
    half = paired.difference.half_width if paired else after.half_width
    scale = scale_of(unit, (before.value, after.value), half)
    text = say(
        "{name} then goes from {before} to {after}",
        name=name,
        before=scale.said(before.value),
        after=scale.said(after.value),
    )
    if paired is None or not paired.difference.has_interval:
        return text
    if paired.difference.value == 0.0:
        return say("{name} stays at {value}", name=name, value=scale.said(after.value))
    difference = paired.difference
    if difference.high - difference.low <= 1e-9 * abs(difference.value):
        return f"{text} ({scale.said(difference.value, signed=True)})"
    low, high = scale.number(difference.low, signed=True), scale.said(difference.high, signed=True)
    unsure = "" if paired.significant else say("; the difference may be chance")
    return say(
        "{text} ({value}, {confidence} % interval {low} to {high}{unsure})",
        text=text,
        value=scale.said(difference.value, signed=True),
        confidence=f"{100 * difference.confidence:.4g}",
        low=low,
        high=high,
        unsure=unsure,
    )


def _recommendation(result: OptimisationResult, front: Table, currency: str) -> Section:
    blocks: list[Block] = []
    if result.changes:
        changes = tables.changes(result)
        ends = {"": "", "lowest": say("lowest allowed"), "highest": say("highest allowed")}
        rows = (
            (Shown(path), Shown(_bare(before)), Shown(_bare(after), note=ends.get(bound, bound)))
            for path, before, after, bound in changes.rows
            for path, before, after, bound in [(str(path), str(before), str(after), str(bound))]
        )
        blocks.append(
            Grid(
                say("What changes"),
                (say("Parameter"), say("Today"), say("Recommended")),
                tuple(rows),
                3,
                changes,
            )
        )
        if any(each.at_bound for each in result.changes):
            text = say("A value at the end of its range: a wider range may hold a better configuration.")
            blocks.append(Paragraph(text))
    blocks.append(goals_grid(result, front, currency))
    blocks += constraints_of(result, currency)
    if result.ties:
        others = tuple(tables.settings_text(tie.settings) for tie in result.ties[:5])
        blocks += [
            Paragraph(_ties_said(len(result.ties), len(others))),
            Points(others),
        ]
    return Section(say("The recommendation"), tuple(blocks))


def _ties_said(n: int, n_listed: int) -> str:
    if n == 1:
        return say("One other configuration cannot be told from the recommended one:")
    if n > n_listed:
        return say("{n} other configurations cannot be told from the recommended one, such as:", n=n)
    return say("{n} other configurations cannot be told from the recommended one:", n=n)


def _bare(text: str) -> str:
    """Return a value of a scenario file without its quotation marks."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _gains(result: OptimisationResult, currency: str) -> Section | None:
    if not result.improvement:
        return None
    table = tables.improvement(result, currency)
    shown = table.chosen(row for row in table.rows if row[2] in (*HEADLINES, *result.goals))
    exhibit = Exhibit(
        say("Recommended against today"),
        say(
            "Difference to today in per cent of it, with 95 % intervals for each figure by itself, on random "
            "numbers that the search never saw."
        ),
        partial(draw_differences, shown),
        (table,),
    )
    return Section(say("Before and after"), (exhibit,))


def _search(result: OptimisationResult, front: Table, currency: str) -> Section:
    trials = tables.trials(result)
    named = [(tables.goal_title(goal), tables.goal_unit(goal, currency)) for goal in result.goals]
    feasible = say(
        "{feasible} of {trials} configurations tried satisfy the constraints",
        feasible=result.n_feasible,
        trials=len(result.trials),
    )
    if len(result.goals) > 1:
        exhibit = Exhibit(
            say("What was tried, and the best of it"),
            say(
                "{feasible}. Grey marks show the figures of the search; the others are estimated anew, with "
                "95 % intervals.",
                feasible=feasible,
            ),
            partial(draw_front, trials, front, (result.goals[0], result.goals[1]), tuple(named[:2])),
            (trials, front),
        )
    else:
        title, unit = named[0]
        exhibit = Exhibit(
            say("Progress of the search"),
            say(
                "{feasible}. The figures are those of the search: the best of many looks better than it is, "
                "which is why it is estimated anew.",
                feasible=feasible,
            ),
            partial(draw_progress, trials, result.goals[0], title, unit, result.maximised[0]),
            (trials,),
        )
    return Section(say("The search"), (exhibit, *_parallel(result, currency)))


def _parallel(result: OptimisationResult, currency: str) -> list[Block]:
    """Return the configurations tried as lines over their settings, where these are more than two."""
    goal = result.goals[0]
    lines = tables.configurations(result)
    paths = tuple(column.name for column in lines.columns[:-2])
    if len(paths) < FEWEST_AXES or not len(lines):
        return []
    title, unit = tables.goal_title(goal), tables.goal_unit(goal, currency)
    caption = say(
        "Every line is a configuration that satisfied the constraints in the search; its colour is its place "
        "on the last axis. The recommended one is black."
    )
    draw = partial(draw_parallel, lines, paths, goal, title, unit)
    return [Exhibit(say("Configurations that were tried"), caption, draw, (lines,))]


def _importance(result: OptimisationResult) -> Section | None:
    table: Table = tables.importance(result)
    if not len(table):
        return None
    goal, path, share = table.rows[0]
    exhibit = Exhibit(
        say("Which parameters matter"),
        say(
            "Share in the variation over the trials; {goal} depends most on {path} ({share}). It holds for "
            "the ranges searched only.",
            goal=str(goal).lower(),
            path=path,
            share=scale_of("share", [1.0]).said(float(share)),
        ),
        partial(draw_importance, table),
        (table,),
    )
    return Section(say("What drives the result"), (exhibit,))


def _scenario(result: OptimisationResult) -> Section | None:
    if not result.scenario_text:
        return None
    text = say("As a scenario file, to run and compare:")
    return Section(say("The recommended scenario"), (Paragraph(text), Command(result.scenario_text)))


def _method(result: OptimisationResult, command: str) -> Section:
    items = [
        say(
            "{trials} configurations were tried ({sampler}), the nearest to today’s first, each with "
            "{replications} replications that meet the same tickets (common random numbers), seed {seed}.",
            trials=len(result.trials),
            sampler=result.sampler,
            replications=result.replications,
            seed=result.seed,
        ),
        say(
            "Today and the best were then estimated with {final_replications} replications on random "
            "numbers that the search never saw, so that the figures are not those of a lucky draw.",
            final_replications=result.final_replications,
        ),
    ]
    if result.n_failed:
        one = "One configuration could not be judged."
        items.insert(1, say(one) if result.n_failed == 1 else say(_NOT_JUDGED, n=result.n_failed))
    if result.choice is not None and result.choice.n_finalists > 1:
        items.append(_choice_said(result.choice))
    items += [
        say("{name}: {about}.", name=say(each.name), about=say_again(each.about)) for each in result.baselines
    ]
    if result.contributions is not None and result.contributions.rows:
        n = result.contributions.rows[0].total.n
        items.append(say("What each change adds rests on {n} replications of each combination.", n=n))
    if result.used:
        items.append(say("Search, choice and told figures rest on {n} replications in all.", n=result.used))
    return Section(say("Method of the search"), (Points(tuple(items)), Command(command)))


_NOT_JUDGED = "{n} configurations could not be judged."


def _choice_said(choice: Choice) -> str:
    values = {
        "n": choice.n_finalists,
        "share": scale_of("share", [1.0]).said(choice.confidence),
        "indifference": scale_of("share", [choice.indifference_share]).said(choice.indifference_share),
        "replications": choice.replications,
    }
    if choice.is_sure:
        return say(
            "Among {n} finalists the choice is the best, or within {indifference} of it, with {share} "
            "probability (Kim and Nelson’s procedure, {replications} replications).",
            **values,
        )
    return say(
        "{n} finalists were compared (Kim and Nelson’s procedure, {replications} replications), but the "
        "budget ended before the choice was the best, or within {indifference} of it, with {share} "
        "probability.",
        **values,
    )


def _said(unit: str, estimate: Estimate) -> str:
    return with_interval(unit, estimate.value, estimate.low, estimate.high)


def _sentence(text: str) -> str:
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "。")) else say("{text}.", text=text)
