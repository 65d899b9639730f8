"""The page of one run."""

from __future__ import annotations

import shlex

from simlab.reports.language.catalogue import say
from simlab.reports.pages import sections
from simlab.reports.pages.flow import waiting_and_flow
from simlab.reports.pages.parts import Page, Section
from simlab.reports.subjects import Subject
from simlab.reports.tables.responses import responses, unit_of
from simlab.reports.wording import with_interval


def run_page(subject: Subject, title: str | None = None, command: str | None = None) -> Page:
    """Return the page of a run: what it shows, then what supports it."""
    run, every = subject.run, [subject]
    told = (
        Section(say("The result"), (sections.headline_grid(subject),)),
        sections.rollout(run.resolved),
        sections.times_and_targets(every),
        sections.load_over_time(every),
        waiting_and_flow(every),
        sections.cost_section(every),
        sections.assumptions(every),
        sections.method(every, (), command or run_command(run.name, run.n, run.seed)),
    )
    return Page(
        title=title or subject.label,
        kind=say("Simulation run"),
        answer=answer(subject),
        support=_support(subject),
        warnings=(*run.unstable, *run.warnings),
        sections=tuple(section for section in told if section is not None),
        tables=(responses(every),),
    )


def run_command(name: str, replications: int, seed: int) -> str:
    """Return the command of a run whose file is not known by more than the scenario's name."""
    return f"simlab run {shlex.quote(name)} --replications {replications} --seed {seed}"


def answer(subject: Subject) -> str:
    """Return the result of a run in a sentence."""
    mean = subject.estimates["resolution_mean"]
    if not mean.n:
        return say("In {label} no ticket is resolved in the time observed.", label=subject.label)
    text = say("Tickets are resolved in {time} on average", time=_said(subject, "resolution_mean"))
    if "resolve_attainment" in subject.estimates and subject.estimates["resolve_attainment"].n:
        text += say(", and {share} of them within their target", share=_said(subject, "resolve_attainment"))
    if "cost_per_week" in subject.estimates:
        text += say(", at a running cost of {cost}", cost=_said(subject, "cost_per_week"))
    return say("{text}.", text=text)


def _support(subject: Subject) -> tuple[str, ...]:
    used = {
        team: estimate
        for team in subject.model.names.teams
        if (estimate := subject.estimates.get(f"occupancy[team={team}]")) is not None
        and estimate.value >= 0.0
    }
    of_users = _users_part(subject)
    if not used:
        return (*of_users, say("Figures in brackets are 95 % intervals."))
    team = max(used, key=lambda team: used[team].value)
    busiest = with_interval("share", used[team].value, used[team].low, used[team].high)
    return (
        *of_users,
        say(
            "The busiest team is {team}: {busiest} of its time on duty. Figures in brackets are 95 % "
            "intervals.",
            team=team,
            busiest=busiest,
        ),
    )


def _users_part(subject: Subject) -> tuple[str, ...]:
    """Return which part of the running cost is priced time of users and no cash; nothing where none is."""
    name = "cost_waiting_users_per_week"
    if name not in subject.estimates or not subject.estimates[name].value > 0.0:
        return ()
    return (
        say("Of the running cost, {cost} is the priced time of users who wait.", cost=_said(subject, name)),
    )


def _said(subject: Subject, name: str) -> str:
    estimate = subject.estimates[name]
    unit = unit_of(name, subject.model.money.currency)
    return with_interval(unit, estimate.value, estimate.low, estimate.high)
