"""The documentation of a process for the people who work by it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from simlab.errors import InvalidInput
from simlab.experiments.runner import run
from simlab.model.load import LoadedScenario
from simlab.reports.figures.process_map import draw_process_map
from simlab.reports.language.catalogue import say
from simlab.reports.pages.flow import words_on_cost, words_on_thin_moves
from simlab.reports.pages.parts import Block, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.pages.sections import evidence_section, rollout
from simlab.reports.subjects import Subject, subject_of
from simlab.reports.tables import process
from simlab.reports.tables import process_document as tables
from simlab.reports.tables.table import Table
from simlab.reports.wording import MISSING, and_list
from simlab.scenario.versions import differences

LONGEST_LOOK: Final = 8 * 7 * 1440.0
"""Of longer scenarios, the map shows a shorter run, min."""
GLOSSARY: Final = {
    "ticket": "An incident, request, change or other matter that flows through the process.",
    "step": "One stage of the process; a ticket may pass it several times.",
    "queue": "The tickets that wait for a team; its discipline says who is next.",
    "hand-off": "Passing a ticket on to another team.",
    "response": "The first work on a ticket.",
    "resolution": "The moment at which the matter is settled for the customer.",
    "target": "The time promised for response or resolution; its clock may stand still while others are "
    "waited for.",
    "business hours": "Hours of a calendar; a clock on it counts these only.",
    "automation level": "The setting of an automated step: which tickets it attempts, and how well.",
    "lever": "A bundle of changes, such as standards or training, with a level from 0 to 1.",
    "R, A, C, I": "Responsible does the work, accountable answers for it, consulted helps, informed is told.",
}


def document_page(
    loaded: LoadedScenario, since: LoadedScenario | None = None, title: str | None = None
) -> Page:
    """Return the documentation of a process.

    Parameters
    ----------
    loaded
        The scenario; a short run of it shows how tickets flow.
    since
        An earlier version, whose differences are listed as change history.
    title
        Title of the page; the scenario's name where not given.
    """
    look = _look(loaded)
    told = (
        _purpose(loaded),
        _map_section(look),
        Section(say("Steps"), (_grid(tables.step_table(loaded)),)),
        _roles(loaded),
        _hours(loaded),
        _targets(loaded),
        _levels(loaded),
        rollout(loaded.resolved),
        _glossary(),
        None if since is None else _history(loaded, since),
        evidence_section(loaded.resolved),
    )
    steps, teams = len(loaded.scenario.routing.steps), len(loaded.scenario.staffing)
    return Page(
        title=title or loaded.name,
        kind=say("Process documentation"),
        answer=say(
            "{name}: {steps} steps, worked by {teams} teams, for {streams}.",
            name=loaded.label,
            steps=steps,
            teams=teams,
            streams=and_list(each.replace("_", " ") for each in loaded.scenario.demand),
        ),
        support=(loaded.scenario.description.strip(),) if loaded.scenario.description else (),
        warnings=tuple(problem.message for problem in loaded.warnings),
        sections=tuple(section for section in told if section is not None),
    )


def _look(loaded: LoadedScenario) -> Subject | None:
    """Return what a single run shows; a short one where the scenario is long, None where none can be made."""
    short = loaded
    if loaded.model.length > LONGEST_LOOK and not loaded.scenario.roadmap:
        try:
            short = loaded.patch({"time.warm_up": "0 min", "time.length": "4 weeks"})
        except InvalidInput:
            short = loaded
    return subject_of(replace(run(short, replications=1, jobs=1, logs="all"), label=loaded.label))


def _purpose(loaded: LoadedScenario) -> Section:
    text = loaded.scenario.description or say(
        "The scenario does not say what it is for: state it under “description”."
    )
    demand = tables.demand_table(loaded)
    scope = say(
        "It covers the tickets below from their creation until they leave as {ends}. What other teams, "
        "vendors and customers do meanwhile is in it as waiting only.",
        ends=and_list(say(each) for each in tables.WAYS_OUT),
    )
    return Section(say("Purpose and scope"), (Paragraph(text.strip()), Paragraph(scope), _grid(demand)))


def _map_section(look: Subject | None) -> Section | None:
    if look is None or look.observation is None:
        return None
    steps, moves = process.steps(look), process.moves(look)
    exhibit = Exhibit(
        say("Process map"),
        say(
            "How tickets flow through the steps, as one simulated run shows it: thicker arrows carry more "
            "of them."
        )
        + words_on_cost(steps)
        + words_on_thin_moves(moves),
        partial(draw_process_map, steps, moves),
        (steps, moves),
    )
    return Section(say("The process at a glance"), (exhibit,))


def _roles(loaded: LoadedScenario) -> Section:
    note = say(
        "R does the work. A answers for it: the same team, as the scenario names no other. C is consulted: "
        "teams whose people help out, or which get such tickets by mistake. I is informed: the teams that "
        "get the ticket next."
    )
    return Section(
        say("Who does what"), (_grid(tables.raci(loaded)), Paragraph(note), _grid(tables.team_table(loaded)))
    )


def _hours(loaded: LoadedScenario) -> Section | None:
    calendars = tables.calendar_table(loaded)
    if not len(calendars):
        return None
    zone = say("All hours are local time in {zone}.", zone=loaded.scenario.time.zone)
    return Section(say("Calendars"), (_grid(calendars), Paragraph(zone)))


def _targets(loaded: LoadedScenario) -> Section | None:
    targets = tables.target_table(loaded)
    return Section(say("Targets"), (_grid(targets),)) if len(targets) else None


def _levels(loaded: LoadedScenario) -> Section | None:
    levels = tables.level_table(loaded)
    return Section(say("Automation and levers"), (_grid(levels),)) if len(levels) else None


def _glossary() -> Section:
    rows = tuple((Shown(say(term)), Shown(say(meaning))) for term, meaning in GLOSSARY.items())
    return Section(say("Glossary"), (Grid(say("Terms"), (say("Term"), say("Meaning")), rows, n_texts=2),))


def _history(loaded: LoadedScenario, since: LoadedScenario) -> Section:
    found = differences(since.resolved, loaded.resolved)
    before = say("Against {name}:", name=since.path.name if since.path else since.name)
    blocks: list[Block] = [Paragraph(before)]
    blocks.append(_grid(tables.history(found)) if found else Points((say("No value differs."),)))
    return Section(say("Change history"), tuple(blocks))


def _grid(source: Table) -> Grid:
    rows = tuple(tuple(Shown(str(cell) or MISSING) for cell in row) for row in source.rows)
    headings = tuple(say(column.name) for column in source.columns)
    return Grid(say(source.title), headings, rows, n_texts=len(headings), source=source)
