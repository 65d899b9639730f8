"""Sections that pages share: times, targets, load, waiting, process, cost, assumptions, method."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from simlab.metrics.responses import parse_response
from simlab.reports.figures.attainment import draw_attainment
from simlab.reports.figures.average_week import MOST_TEAMS, draw_average_week
from simlab.reports.figures.histogram import MOST_SCENARIOS, draw_resolution_histogram
from simlab.reports.figures.over_time import (
    MOST_LIMITS,
    MOST_LINES,
    draw_queues,
    draw_staff,
    draw_work_in_progress,
)
from simlab.reports.figures.resolution import draw_resolution_distribution
from simlab.reports.figures.risk import draw_risk
from simlab.reports.figures.roadmap import draw_roadmap
from simlab.reports.figures.utilisation import draw_utilisation
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages.parts import Block, Command, Exhibit, Grid, Paragraph, Points, Section, Shown
from simlab.reports.subjects import Subject
from simlab.reports.tables import load, times
from simlab.reports.tables.responses import costs, unit_of
from simlab.reports.tables.roadmap import roadmap
from simlab.reports.tables.table import Table
from simlab.reports.titles import HEADLINES, title_of
from simlab.reports.wording import and_list, duration_said, scale_of, with_interval

MOST_DETAILED: Final = 2
"""Scenarios whose load and process are drawn."""


def headline_grid(subject: Subject) -> Grid:
    """Return the first figures of one scenario."""
    currency = subject.model.money.currency
    rows = [
        (
            Shown(title_of(name)),
            Shown(with_interval(unit_of(name, currency), estimate.value, estimate.low, estimate.high)),
            Shown(say(parse_response(name).metric.meaning), "quiet"),
        )
        for name in HEADLINES
        if (estimate := subject.estimates.get(name)) and math.isfinite(estimate.value) and estimate.value
    ]
    return Grid(
        say("Main figures, with 95 % intervals"),
        (say("Figure"), say("Value (interval)"), say("Meaning")),
        tuple(rows),
        n_texts=3,
    )


def times_and_targets(subjects: Sequence[Subject]) -> Section:
    """Return how long tickets take, and how many meet their targets."""
    distribution, statistics = times.resolution_distribution(subjects), times.resolution_statistics(subjects)
    met = times.attainment(subjects)
    blocks: list[Block] = [
        Exhibit(
            say("How long tickets take"),
            _sentence_on_times(statistics),
            partial(draw_resolution_distribution, distribution),
            (distribution, statistics),
        )
    ]
    spans = times.resolution_histogram(subjects)
    blocks.append(
        Exhibit(
            say("Within which time tickets are resolved"),
            _sentence_on_spans(spans),
            partial(draw_resolution_histogram, spans),
            (spans,),
        )
    )
    risk = times.resolution_risk(subjects)
    if len(risk):
        blocks.append(
            Exhibit(
                say("How sure, and how far tickets lie apart"),
                say(
                    "The interval of the mean shrinks with more replications; the band in which nine in ten "
                    "tickets lie does not: it is what customers live through."
                ),
                partial(draw_risk, risk, say("time to resolution"), "min", say("5 % to 95 % of tickets")),
                (risk,),
            )
        )
    if len(met):
        blocks.append(
            Exhibit(
                say("Targets met, by priority"),
                say("Share of tickets within their target; bars are 95 % intervals over replications. ")
                + _sentence_on_targets(met),
                partial(draw_attainment, met),
                (met,),
            )
        )
    return Section(say("Times and targets"), tuple(blocks))


def load_over_time(subjects: Sequence[Subject]) -> Section | None:
    """Return work in progress, queues, people on duty and utilisation; None without logs."""
    progress = load.work_in_progress(subjects)
    if not len(progress):
        return None
    limits = load.control_limits(subjects)
    n = max(seen.n_replications for _, seen in load.observed(subjects))
    told = (
        say("Mean of {n} replications with the range between them.", n=n)
        if n > 1
        else say("One replication, warm-up included: an example of the ups and downs, not an estimate.")
    )
    only = list(load.observed(subjects))
    actions = load.control_actions([only[0][0]] if len(only) == 1 else [])
    blocks: list[Block] = [
        Exhibit(
            say("Tickets in the system over time"),
            told + _limits_told(limits) + _shaded(actions),
            partial(draw_work_in_progress, progress, limits, actions),
            (progress, limits),
        )
    ]
    blocks += _only_first(subjects)
    for subject, _ in list(load.observed(subjects))[:MOST_DETAILED]:
        blocks += _load_of(subject, is_one_of_several=len(subjects) > 1)
    return Section(say("Load of the teams"), tuple(blocks))


def _limits_told(limits: Table) -> str:
    """Return what the dashed lines are, where they are drawn."""
    if len(limits) != 1:
        return ""
    return say(" Dashed: control limits, three standard deviations around the mean after the warm-up.")


def _only_first(subjects: Sequence[Subject]) -> list[Block]:
    """Return a word about scenarios whose detail is not drawn."""
    if len(subjects) <= MOST_DETAILED:
        return []
    shown = and_list(subject.label for subject in subjects[:MOST_DETAILED])
    return [
        Paragraph(
            say(
                "Teams and process are drawn for {shown}; a report of its own shows another scenario.",
                shown=shown,
            )
        )
    ]


def _shaded(actions: Table) -> str:
    return say(" Shaded: times at which control rules act, darker the more often.") if len(actions) else ""


def suffix_of(subject: Subject, is_one_of_several: bool) -> str:
    """Return what tells the figures of a scenario from those of others."""
    return f": {subject.label}" if is_one_of_several else ""


def named_after(subject: Subject, is_one_of_several: bool) -> Callable[[Table], Table]:
    """Return what names a table after its scenario, where there are others."""
    return (lambda table: table.about(subject.label)) if is_one_of_several else (lambda table: table)


def _load_of(subject: Subject, is_one_of_several: bool) -> list[Block]:
    suffix, named = suffix_of(subject, is_one_of_several), named_after(subject, is_one_of_several)
    queues, week, use = (named(of([subject])) for of in (load.queues, load.average_week, load.utilisation))
    actions, limits = named(load.control_actions([subject])), named(load.queue_limits(subject))
    n_teams = len(subject.model.names.teams)

    def only(most: int) -> str:
        return (
            say(
                " Only the {most} of {all} teams with the longest queues are drawn.",
                most=most,
                all=n_teams,
            )
            if n_teams > most
            else ""
        )

    return [
        Exhibit(
            say("Queues over time{suffix}", suffix=suffix),
            say(
                "Tickets that wait for each team, averaged over {time}. A queue that keeps growing means "
                "that the team cannot keep up.{only}{limits}{shaded}",
                time=duration_said(_cell_minutes(queues)),
                only=only(MOST_LINES),
                limits=say(" Dotted: the upper control limit of each.") if 0 < n_teams <= MOST_LIMITS else "",
                shaded=_shaded(actions),
            ),
            partial(draw_queues, queues, actions, limits),
            (queues, limits, actions) if len(actions) else (queues, limits),
        ),
        *_staff_of(subject, suffix, named(load.staff(subject)), actions),
        Exhibit(
            say("Queue and people in an average week{suffix}", suffix=suffix),
            say(
                "Tickets that wait for each team and its people on duty, by local hour of week, warm-up "
                "left out."
            )
            + only(MOST_TEAMS),
            partial(draw_average_week, week),
            (week,),
        ),
        Exhibit(
            say("Utilisation by hour of week{suffix}", suffix=suffix),
            say("Share of paid time, absence and breaks included, that is spent on tickets; ")
            + _sentence_on_use(subject),
            partial(draw_utilisation, use),
            (use,),
        ),
    ]


def _staff_of(subject: Subject, suffix: str, staff: Table, actions: Table) -> list[Block]:
    """Return the people on duty by week; nothing of runs shorter than two weeks."""
    if len(staff.distinct("from")) < 2:
        return []
    text = say(
        "Hours that the people of each team are on duty in each week; people lent and called in are with the "
        "team that they work for."
    )
    if len(subject.model.names.teams) > MOST_LINES:
        text += say(" Only the {most} largest teams are drawn.", most=MOST_LINES)
    return [
        Exhibit(
            say("People on duty over time{suffix}", suffix=suffix),
            text + _shaded(actions),
            partial(draw_staff, staff, actions),
            (staff,),
        )
    ]


def cost_section(subjects: Sequence[Subject]) -> Section | None:
    """Return the cost by part; None where no scenario states prices."""
    table = costs(subjects)
    if not len(table):
        return None
    labels = table.distinct("scenario")
    cells = {(row[1], row[0]): row for row in table.rows}

    def shown(part: str, label: str) -> Shown:
        row = cells.get((part, label))
        if row is None:
            return Shown("–", "quiet")
        unit, value, low, high = str(row[2]), float(row[3]), float(row[4]), float(row[5])
        if len(labels) == 1 or not high - low > 1e-9 * abs(value):
            return Shown(with_interval(unit, value, low, high))
        scale = scale_of(unit, (value, low, high), (high - low) / 2.0)
        ends = say("{low} to {high}", low=scale.number(low), high=scale.number(high))
        return Shown(scale.said(value), note=ends)

    grid = Grid(
        say("Running cost by part, and what arises once, with 95 % intervals"),
        (say("Part"), *labels),
        tuple((Shown(part), *(shown(part, label) for label in labels)) for part in table.distinct("part")),
        source=table,
    )
    return Section(say("Cost"), (grid,))


def assumptions(subjects: Sequence[Subject]) -> Section:
    """Return where the numbers of the first scenario come from, as far as it says so."""
    return evidence_section(subjects[0].run.resolved)


def rollout(resolved: Mapping[str, object]) -> Section | None:
    """Return the changes of the roadmap of a scenario, given as plain values; None where it has none."""
    changes = roadmap(resolved)
    if not len(changes):
        return None
    exhibit = Exhibit(
        say("What changes when"),
        say(
            "The rollout is simulated, not only its end: figures of the whole run are means over its stages."
        ),
        partial(draw_roadmap, changes),
        (changes,),
    )
    return Section(say("Roadmap"), (exhibit,))


def evidence_section(resolved: Mapping[str, object]) -> Section:
    """Return where the numbers of a scenario, given as plain values, come from, as far as it says so."""
    evidence = resolved.get("evidence") or {}
    if not isinstance(evidence, Mapping) or not evidence:
        text = say(
            "The scenario does not say where its numbers come from: treat all of them as assumptions. "
            "State them under its key “evidence” as measured, literature or assumption."
        )
        return Section(say("Assumptions"), (Paragraph(text),))
    order = ("assumption", "literature", "measured")
    rows = sorted(
        (order.index(str(entry["kind"])), str(path), str(entry.get("source") or "–"))
        for path, entry in evidence.items()
    )
    grid = Grid(
        say("What the numbers of the scenario rest on"),
        (say("Number"), say("Evidence"), say("Source")),
        tuple(
            (Shown(path), Shown(say(order[rank])), Shown(say_again(source), "quiet"))
            for rank, path, source in rows
        ),
        n_texts=3,
    )
    text = say("Numbers that are not listed are assumptions whose origin the scenario does not state.")
    return Section(say("Assumptions"), (grid, Paragraph(text)))


_ENGINES = {
    "auto": "the SimPy engine or the compiled one, which leave the same figures",
    "simpy": "the SimPy engine",
    "compiled": "the compiled engine",
}


def method(subjects: Sequence[Subject], extra: Sequence[str], command: str) -> Section:
    """Return how the figures came about, and what to type to have them again."""
    run, model = subjects[0].run, subjects[0].model
    weeks = [summary.window.weeks for summary in run.summaries]
    seen = [observation.n_replications for _, observation in load.observed(subjects)]
    detail = (
        say(
            "Figures over time, by hour of week, by cause and by step show {seen}.",
            seen=_count(min(seen), "1 replication", "{n} replications"),
        )
        if seen
        else say("No logs were kept, so figures over time, by cause and by step are left out.")
    )
    items = (
        say(
            "{n} with seed {seed}, each {length} long, of which the first {warm_up} are left out as "
            "warm-up; {weeks} weeks are observed in all. Simulated by {engine}.",
            n=_count(run.n, "1 independent replication", "{n} independent replications"),
            seed=run.seed,
            length=duration_said(model.length),
            warm_up=duration_said(model.warm_up),
            weeks=f"{sum(weeks):.4g}",
            engine=say(_ENGINES.get(run.engine, run.engine)),
        ),
        say(
            "Intervals cover the true value of the model with 95 % probability: Student’s t over "
            "replications for means, the jackknife for ratios, sectioning for quantiles. They tell how sure "
            "the simulation is, not how well the scenario describes reality."
        ),
        *extra,
        detail,
        *(
            say(
                "Scenario {label}: SHA-256 {hash}.",
                label=subject.label,
                hash=subject.run.scenario_hash[:16],
            )
            for subject in subjects
        ),
    )
    again = Paragraph(say("The same scenario files, seed and version of simlab give the same numbers:"))
    return Section(say("Method"), (Points(items), again, Command(command)))


def _count(n: int, one: str, many: str) -> str:
    return say(one) if n == 1 else say(many, n=n)


def _sentence_on_times(statistics: Table) -> str:
    said = []
    for scenario in statistics.distinct("scenario"):
        row = statistics.where(scenario=scenario, statistic="90 % within").rows
        if row:
            _, _, value, low, high = row[0]
            said.append(
                say(
                    "{time} for {scenario}",
                    time=with_interval("min", float(value), float(low), float(high)),
                    scenario=scenario,
                )
            )
    if not said:
        return say("Share of tickets resolved within a time.")
    return say(
        "90 % of the tickets are resolved within {said} (95 % intervals in brackets).", said=and_list(said)
    )


def _sentence_on_spans(spans: Table) -> str:
    """Return what the bars are."""
    text = say("Share of the tickets by the time from their creation to their resolution.")
    if len(spans.distinct("scenario")) > MOST_SCENARIOS:
        text += say(" Only the first {most} scenarios are drawn.", most=MOST_SCENARIOS)
    return text


def _sentence_on_targets(met: Table) -> str:
    row = min(met.rows, key=lambda row: float(row[3]))
    scenario, clock, priority, share, low, high = row
    value = with_interval("share", float(share), float(low), float(high))
    return say(
        "Lowest: {clock} of {priority} in {scenario}, {value}.",
        clock=say(str(clock)),
        priority=priority,
        scenario=scenario,
        value=value,
    )


def _sentence_on_use(subject: Subject) -> str:
    teams = [(team, subject.estimates.get(f"utilisation[team={team}]")) for team in subject.model.names.teams]
    known = [(team, estimate) for team, estimate in teams if estimate is not None and estimate.value >= 0.0]
    if not known:
        return say("nobody is paid.")
    team, estimate = max(known, key=lambda pair: pair[1].value)
    value = with_interval("share", estimate.value, estimate.low, estimate.high)
    return say("highest over the whole week for {team}: {value}.", team=team, value=value)


def _cell_minutes(queues: Table) -> float:
    minutes = queues.numbers("time")
    return float(minutes[1] - minutes[0]) if len(minutes) > 1 else 0.0
