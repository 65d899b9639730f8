"""The pages of sweeps, sensitivity and capacity studies."""

from __future__ import annotations

import math
import shlex
from functools import partial
from typing import Final

from simlab.experiments.capacity import Capacity, CapacityPoint
from simlab.experiments.sensitivity import ResponseSensitivity, Sensitivity, width_of
from simlab.experiments.sweep import Sweep, SweepPoint
from simlab.reports.figures.curves import draw_curves
from simlab.reports.figures.measures import draw_measures
from simlab.reports.figures.parallel import draw_parallel
from simlab.reports.figures.risk import draw_risk
from simlab.reports.figures.tornado import draw_tornado
from simlab.reports.language.catalogue import say
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.pages.sections import evidence_section
from simlab.reports.tables import studies as numbers
from simlab.reports.tables import study_figures as drawn
from simlab.reports.tables.responses import unit_of
from simlab.reports.tables.table import Table
from simlab.reports.titles import constraint_said, phrase_of, title_of
from simlab.reports.wording import (
    MISSING,
    and_list,
    difference_said,
    rounded,
    rounded_apart,
    scale_of,
    with_interval,
)
from simlab.statistics.intervals import Estimate

Study = Sweep | Sensitivity | Capacity

METHODS: Final = {
    "tornado": "Each input was set to its two ends, everything else as it is; both met the same tickets, so "
    "that differences are taken replication by replication.",
    "morris": "Elementary effects after Morris: random walks change one input at a time. mu* is the mean "
    "size of the effect of an input’s whole range, sigma how much it depends on the other inputs.",
    "sobol": "Sobol indices by Saltelli’s sample: the share of the variance that an input causes by itself, "
    "and with its interactions.",
    "uncertainty": "Every replication drew its own values of the uncertain inputs; the spread is split into "
    "what the inputs cause and what chance causes in a single run.",
}


def sweep_page(
    sweep: Sweep,
    title: str | None = None,
    command: str | None = None,
) -> Page:
    """Return the page of a sweep.

    Parameters
    ----------
    sweep
        What was found.
    title
        Title of the page.
    command
        What reproduces the result.
    """
    points = numbers.sweep_points(sweep)
    blocks: list[Block] = [_sweep_exhibit(sweep, name) for name in sweep.responses]
    unsteady = [point for point in sweep.points if point.unstable]
    return Page(
        title=title or sweep.name,
        kind=say("Sweep"),
        answer=sweep_answer(sweep),
        support=tuple(_best_sentence(sweep, name) for name in sweep.responses[1:]),
        warnings=tuple(
            say("Not steady at {point}: {reason}", point=_point_said(point), reason=point.unstable[0])
            for point in unsteady
        ),
        sections=(
            Section(say("The figures over the settings"), tuple(blocks)),
            Section(say("Every point"), (_sweep_grid(sweep, points),)),
            evidence_section({"evidence": sweep.evidence}),
            _method(sweep, _sweep_method(sweep), command or f"simlab sweep {shlex.quote(sweep.name)}"),
        ),
    )


def sweep_answer(sweep: Sweep) -> str:
    """Return the best point of the first response, in a sentence."""
    return _best_sentence(sweep, sweep.responses[0])


def _best_sentence(sweep: Sweep, response: str) -> str:
    best = sweep.points[drawn.best_point(sweep, response)]
    value = _estimate_said(best.estimates[response], response, sweep.currency)
    return say(
        "Of {n} points, {point} is best for {figure}: {value}.",
        n=len(sweep.points),
        point=_point_said(best),
        figure=_called(response),
        value=value,
    )


def _point_said(point: SweepPoint) -> str:
    return ", ".join(f"{path} = {rounded(text)}" for path, text in point.settings.items())


def _sweep_exhibit(sweep: Sweep, response: str) -> Exhibit:
    unit, title = unit_of(response, sweep.currency), title_of(response)
    if len(sweep.paths) <= 2:
        curves = drawn.sweep_curves(sweep, response)
        first = sweep.paths[0]
        word = drawn.unit_of_setting(sweep, first)
        across = f"{first} [{word}]" if word and isinstance(curves.rows[0][0], float) else first
        caption = say("Bars are {confidence} intervals, each by itself.", confidence=_share(sweep.confidence))
        if len(curves.distinct("curve")) > 7:
            caption += " " + say("Only the first 7 curves are drawn.")
        return Exhibit(title, caption, partial(draw_curves, curves, across, title, unit), (curves,))
    lines = drawn.sweep_lines(sweep, response)
    caption = say("Every line is a point; its colour is its place on the last axis. The best one is black.")
    return Exhibit(
        title, caption, partial(draw_parallel, lines, sweep.paths, response, title, unit), (lines,)
    )


def _sweep_grid(sweep: Sweep, source: Table) -> Grid:
    said = {path: rounded_apart(point.settings[path] for point in sweep.points) for path in sweep.paths}
    rows = tuple(
        (
            Shown(str(number)),
            *(Shown(said[path][point.settings[path]]) for path in sweep.paths),
            *(
                Shown(_estimate_said(each, name, sweep.currency), "quiet" if point.unstable else "")
                for name, each in point.estimates.items()
            ),
        )
        for number, point in enumerate(sweep.points[:MOST_POINTS])
    )
    headings = (say("Point"), *sweep.paths, *map(title_of, sweep.responses))
    title = say("Figures with {confidence} intervals", confidence=_share(sweep.confidence))
    return Grid(title, headings, rows, n_texts=1 + len(sweep.paths), source=source)


MOST_POINTS: Final = 200
"""Points that the page lists; the file has all."""


def _sweep_method(sweep: Sweep) -> str:
    return say(
        "{n} points ({design}), {replications} replications of each with seed {seed}; all points met the "
        "same tickets (common random numbers), so that their differences are surer than their intervals say.",
        n=len(sweep.points),
        design=say(sweep.design),
        replications=sweep.replications,
        seed=sweep.seed,
    )


def sensitivity_page(
    study: Sensitivity,
    title: str | None = None,
    command: str | None = None,
) -> Page:
    """Return the page of a sensitivity study; parameters as of `sweep_page`."""
    source = numbers.sensitivities(study)
    answers = [_sensitivity_answer(study, found) for found in study.responses]
    return Page(
        title=title or study.name,
        kind=say("Sensitivity"),
        answer=answers[0],
        support=tuple(answers[1:]),
        warnings=study.unstable,
        sections=(
            Section(
                say("What matters"), tuple(_sensitivity_exhibit(study, found) for found in study.responses)
            ),
            evidence_section({"evidence": study.evidence}),
            _method(
                study,
                say(METHODS[study.method]),
                command or f"simlab sensitivity {shlex.quote(study.name)}",
                say(
                    "{n} points, {replications} replications of each with seed {seed}.",
                    n=study.n_points,
                    replications=study.replications,
                    seed=study.seed,
                ),
            ),
        ),
        tables=(source,),
    )


def _sensitivity_answer(study: Sensitivity, found: ResponseSensitivity) -> str:
    name, unit = _called(found.response), unit_of(found.response, study.currency)
    if found.outlook is not None:
        outlook = found.outlook
        scale = scale_of(unit, [outlook.low, outlook.median, outlook.high])
        share = outlook.split.input_share
        return say(
            "With the uncertain inputs, {figure} of a single run lies between {low} and {high} in nine of "
            "ten cases; {share} of its variance come from the inputs.",
            figure=name,
            low=scale.said(outlook.low),
            high=scale.said(outlook.high),
            share=with_interval("share", share.value, share.low, share.high),
        )
    if found.bars:
        shown = [bar for bar in found.bars if bar.paired.significant]
        if not shown:
            return say("No input is shown to move {figure}.", figure=name)
        widest = max(found.bars, key=lambda each: width_of(each.path, found.bars))
        key = max(shown, key=lambda each: width_of(each.path, found.bars)).path
        bar = max(
            (each for each in shown if each.path == key), key=lambda each: abs(each.paired.difference.value)
        )
        difference = bar.paired.difference
        sentence = (
            "{input} moves {figure} most: {change} at {setting}."
            if widest.path == bar.path
            else "Of the inputs whose effect is shown, {input} moves {figure} most: {change} at {setting}. "
            "The effect of {widest} looks larger but may be chance."
        )
        return say(
            sentence,
            input=bar.path,
            figure=name,
            change=difference_said(unit, difference.value, difference.low, difference.high),
            setting=rounded(str(bar.setting)),
            **({} if widest.path == bar.path else {"widest": widest.path}),
        )
    if found.effects:
        top, star = found.effects[0], found.effects[0].effects.mu_star
        size = with_interval(unit, star.value, star.low, star.high)
        return say(
            "{input} moves {figure} most, by {size} on average.", input=top.path, figure=name, size=size
        )
    if found.indices:
        part, total = found.indices[0], found.indices[0].indices.total
        size = with_interval("share", total.value, total.low, total.high)
        return say(
            "{input} causes most of the variance of {figure}: {size}.",
            input=part.path,
            figure=name,
            size=size,
        )
    return say("No input is shown to move {figure}.", figure=name)


def _sensitivity_exhibit(study: Sensitivity, found: ResponseSensitivity) -> Exhibit:
    title, unit = title_of(found.response), unit_of(found.response, study.currency)
    caption = say(METHODS[study.method])
    if found.today is not None:
        bars = drawn.tornado(found)
        return Exhibit(title, caption, partial(draw_tornado, bars, title, unit), (bars,))
    if found.outlook is not None:
        risk = drawn.outlook(found)
        return Exhibit(
            title, caption, partial(draw_risk, risk, title, unit, say("5 % to 95 % of single runs")), (risk,)
        )
    rows = drawn.measures(found)
    axis, unit = (title, unit) if found.effects else (say("share of the variance"), "share")
    return Exhibit(title, caption, partial(draw_measures, rows, unit, axis), (rows,))


def capacity_page(
    study: Capacity,
    title: str | None = None,
    command: str | None = None,
) -> Page:
    """Return the page of a capacity study; parameters as of `sweep_page`."""
    crews = numbers.capacity_crews(study)
    blocks: list[Block] = [_people_grid(study, crews)]
    if len(study.points) > 1:
        curve = drawn.staffing_curves(study)
        blocks.append(
            Exhibit(
                say("People needed as demand grows"),
                say("The least people of each team and shift that keep all targets."),
                partial(
                    draw_curves, curve, say("demand, in % of today’s"), say("people"), "", from_zero=True
                ),
                (curve,),
            )
        )
    costs = [
        _cost_exhibit(study, name) for name in study.responses if len(drawn.figure_curve(study, name)) > 1
    ]
    return Page(
        title=title or study.name,
        kind=say("Capacity"),
        answer=capacity_answer(study),
        support=tuple(_growth_sentence(study, point) for point in study.points[1:]),
        warnings=tuple(
            say(
                "{demand}: the most people allowed do not keep the targets: {reason}",
                demand=_demand(point),
                reason=point.reason,
            )
            for point in study.points
            if not point.is_kept
        ),
        sections=(
            Section(say("The people"), tuple(blocks)),
            *((Section(say("What it costs and gives"), tuple(costs)),) if costs else ()),
            evidence_section({"evidence": study.evidence}),
            _method(
                study,
                say(
                    "A target counts as kept when the bound of its interval keeps it, with {confidence} "
                    "confidence each; replications are doubled while that is undecided. People are sought "
                    "from Erlang’s first guess, up until the targets are kept, then down crew by crew.",
                    confidence=_share(study.confidence),
                ),
                command or f"simlab capacity {shlex.quote(study.name)}",
            ),
        ),
        tables=(crews, numbers.capacity_figures(study)),
    )


def capacity_answer(study: Capacity) -> str:
    """Return the people for the first demand, in a sentence."""
    return _growth_sentence(study, study.points[0])


def _growth_sentence(study: Capacity, point: CapacityPoint) -> str:
    targets = and_list(constraint_said(each) for each in study.constraints)
    if not point.is_kept:
        return say(
            "{demand}: not even {n} people keep {targets}.",
            demand=_demand(point),
            n=point.n_people,
            targets=targets,
        )
    crews = and_list(f"{crew.people} {_crew(crew.path)}" for crew in point.crews)
    return say(
        "{demand}: {n} people keep {targets} with {confidence} confidence each: {crews}; {hours} paid hours "
        "a week.",
        demand=_demand(point),
        n=point.n_people,
        targets=targets,
        confidence=_share(study.confidence),
        crews=crews,
        hours=f"{point.paid_hours_per_week:.4g}",
    )


def _demand(point: CapacityPoint) -> str:
    if point.growth == 0.0:
        return say("Demand as it is")
    return say("Demand {change} %", change=f"{100.0 * point.growth:+.3g}".replace("-", "−"))


def _crew(path: str) -> str:
    """Return the team and shift that a key path of people is about."""
    keys = [key for key in path.split(".") if key not in ("staffing", "shifts", "people")]
    return " ".join(keys).replace("_", " ")


def _people_grid(study: Capacity, source: Table) -> Grid:
    rows = [
        (
            Shown(_crew(crew.path)),
            *(
                Shown(
                    str(point.crews[place].people),
                    note=say("first guess {n}", n=point.crews[place].first_guess),
                )
                for point in study.points
            ),
        )
        for place, crew in enumerate(study.points[0].crews)
    ]
    paid = (Shown(f"{point.paid_hours_per_week:.4g}") for point in study.points)
    rows.append((Shown(say("paid hours a week")), *paid))
    for place, text in enumerate(study.constraints):
        cells = []
        for point in study.points:
            target = point.targets[place] if point.targets else None
            said = (
                MISSING
                if target is None
                else _estimate_said(target.estimate, target.response, study.currency)
            )
            look = "worse" if target is not None and target.standing != "kept" else ""
            cells.append(Shown(said, look, say(target.standing) if target else ""))
        rows.append((Shown(constraint_said(text)), *cells))
    headings = ("", *(_demand(point) for point in study.points))
    return Grid(say("The least people"), headings, tuple(rows), source=source)


def _cost_exhibit(study: Capacity, response: str) -> Exhibit:
    curve, title = drawn.figure_curve(study, response), title_of(response)
    return Exhibit(
        title,
        say("With the least people for each demand; bars are intervals."),
        partial(draw_curves, curve, say("demand, in % of today’s"), title, unit_of(response, study.currency)),
        (curve,),
    )


def _method(study: Study, text: str, command: str, *more: str) -> Section:
    scenario = say("Scenario: {name}.", name=study.scenario_name)
    again = Paragraph(say("The same files, seed and version of simlab give the same numbers:"))
    return Section(say("Method"), (Points((text, *more, scenario)), again, Command(command)))


def _estimate_said(estimate: Estimate, response: str, currency: str) -> str:
    if not math.isfinite(estimate.value):
        return MISSING
    return with_interval(unit_of(response, currency), estimate.value, estimate.low, estimate.high)


def _called(response: str) -> str:
    """Return how a sentence calls a response."""
    phrase = phrase_of(response)
    return phrase if phrase.startswith(("the ", "“")) else f"“{phrase}”"


def _share(value: float) -> str:
    return f"{100.0 * value:.4g} %"
