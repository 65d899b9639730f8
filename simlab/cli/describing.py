"""A scenario in words: what comes in, what happens to it, who does it, and what is promised."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from simlab.cli.describing_improvement import faults_in_words, feedback_in_words, improvement_in_words
from simlab.model.codes import StepKind
from simlab.model.load import LoadedScenario
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.tables import ListedArrivals, Model, Stream
from simlab.model.traffic import estimate_traffic
from simlab.reports.wording import counted
from simlab.scenario.levers import factor_at
from simlab.scenario.schema.routing import CREATED
from simlab.statistics.queueing import agents_needed
from simlab.units import MINUTES_PER_WEEK, format_duration, format_share

GUESS_SHARE: Final = 0.8
"""Share of tickets that wait at most as long as their work takes, in the first guess of people."""

_TESTS: Final = {
    "class": "class",
    "came_from": "coming from",
    "open": "while open:",
    "closed": "while closed:",
    "control": "while acting:",
}


def description(loaded: LoadedScenario) -> dict[str, list[str]]:
    """Return sentences by heading; headings without anything to say are left out."""
    sections = {
        "Demand": list(_demand(loaded)),
        "Process": list(_process(loaded.resolved)),
        "Faults": list(faults_in_words(loaded)),
        "Feedback": list(feedback_in_words(loaded)),
        "Automation": list(_automation(loaded.resolved)),
        "Levers": list(_levers(loaded)),
        "Control": list(_control(loaded)),
        "Roadmap": list(_roadmap(loaded)),
        "Teams": list(_teams(loaded)),
        "Load": list(_load(loaded)),
        "Calendars": [f"{name}: {_words(rule)}" for name, rule in _map(loaded.resolved, "calendars").items()],
        "Targets": list(_targets(loaded.resolved)),
        "Cost beside people": list(_cost(loaded.resolved)),
        "Assumptions": list(_assumptions(loaded.resolved)),
        "What if": [f"{name}: {label}" for name, label in loaded.patches.items()],
    }
    return {heading: sentences for heading, sentences in sections.items() if sentences}


def _demand(loaded: LoadedScenario) -> Iterator[str]:
    model = loaded.model
    weeks = model.length / MINUTES_PER_WEEK
    for stream, n in zip(model.streams, estimate_traffic(model).by_stream, strict=True):
        yield f"{stream.name}: about {counted(n / weeks)} tickets a week, {counted(n)} in the run"
        yield from (f"  {sentence}" for sentence in _classes(stream, loaded))
    if len(model.backlog.created):
        oldest = format_duration(-float(model.backlog.created.min()))
        yield f"open at the start: {counted(len(model.backlog.created))} tickets, the oldest {oldest} old"
        for step in dict.fromkeys(model.backlog.step.tolist()):
            n = int((model.backlog.step == step).sum())
            yield f"  {model.names.steps[model.steps.shown_as[step]]}: {counted(n)}"


def _classes(stream: Stream, loaded: LoadedScenario) -> Iterator[str]:
    names, attributes = loaded.model.names, stream.attributes
    recorded = isinstance(stream.arrivals, ListedArrivals) and bool((stream.arrivals.ticket_class >= 0).any())
    shares = [0.0, *attributes.class_share.tolist()]
    for row, code in enumerate(attributes.classes.tolist()):
        share = "as recorded" if recorded else format_share(shares[row + 1] - shares[row])
        priorities = zip(
            attributes.priorities[row].tolist(), attributes.priority_share[row].tolist(), strict=True
        )
        yield f"{names.classes[code]}: {share}; {_shares_of(priorities, names.priorities)}"


def _shares_of(cumulative: Iterable[tuple[int, float]], names: tuple[str, ...]) -> str:
    said, below = [], 0.0
    for code, up_to in cumulative:
        said.append(names[code] if up_to - below >= 1.0 else f"{names[code]} {format_share(up_to - below)}")
        below = up_to
    return ", ".join(said)


def _process(resolved: Mapping[str, Any]) -> Iterator[str]:
    routing = resolved["routing"]
    yield f"Tickets enter: {_next(routing['start'])}."
    for name, step in routing["steps"].items():
        about = f" {step['about'].strip().rstrip('.')}." if step.get("about") else ""
        yield f"{name}:{about} {_step(step)}"
        for rule in _rules(step.get("next") or step.get("decide")):
            yield f"  - {rule}"
    for handoff in routing.get("handoffs", ()):
        yield f"Passing a ticket on between teams costs: {_words(handoff)}."
    for name, limit in (routing.get("limits") or {}).items():
        steps = ", ".join(limit["steps"])
        yield f"At most {limit['at_most']} tickets are in {steps} at a time ({name}); others wait in front."


def _since(step: Mapping[str, Any]) -> str:
    if "since" not in step:
        return ""
    return ", counted since " + (
        "the ticket was created" if step["since"] == CREATED else f"{step['since']} was finished"
    )


def _step(step: Mapping[str, Any]) -> str:
    if "work" in step:
        said = f"Team {step.get('team')} works on it ({_timing(step['work'])})."
    elif "wait" in step:
        clock = f", on the clock of {step['calendar']}" if "calendar" in step else ""
        until = f" until {step['until']} is open" if "until" in step else ""
        said = f"It waits ({_timing(step['wait'])}{clock}{_since(step)}){until}."
        if step.get("pauses"):
            said += f" The clocks stand still: {', '.join(step['pauses'])}."
        if step.get("resolved"):
            said += " It counts as resolved from here on."
        if step.get("reopened"):
            said += " It is open again then."
    elif "end" in step:
        said = f"It ends, {step['end']}."
    elif "triage" in step:
        said = f"It is sent on automatically: {_words(step['triage'])}."
    elif "parallel" in step:
        said = _parallel(step["parallel"])
    else:
        said = "It goes on at once."
    said += "".join(f" {sentence}" for sentence in _around(step))
    if "misroute" in step:
        said += f" Some go wrong first: {_words(step['misroute'])}."
    if "reopen" in step:
        said += f" Some come back: {_words(step['reopen'])}."
    return (
        said
        if _rules(step.get("next") or step.get("decide")) or "end" in step
        else f"{said} Then {_next(step.get('next'))}."
    )


def _parallel(parallel: Mapping[str, Any]) -> str:
    """Say where the branches begin, and when the ticket goes on."""
    join = parallel.get("join", "all")
    needed = {"all": "all of them have", "any": "one of them has"}.get(join, f"{join} of them have")
    others = "finish unheeded" if parallel.get("others") == "finish" else "stop at once"
    said = f"It goes down {', '.join(parallel['branches'])} at once, until {needed} joined."
    return said if join == "all" else f"{said} The others {others}."


def _around(step: Mapping[str, Any]) -> Iterator[str]:
    """Say what stands around a step: who does not join it, and what becomes of those who wait."""
    if isinstance(step.get("skill"), str):
        yield f"It needs the skill {step['skill']}."
    for rule in step["skill"] if isinstance(step.get("skill"), list) else ():
        yield f"It needs the skill {rule['skill']}{_exceptions(rule)}."
    if "swarm" in step:
        yield f"Several people do it together: {_words(step['swarm'])}."
    if "batch" in step:
        yield f"Tickets gather first: {_words(step['batch'])}."
    for rule in step.get("divert", ()):
        yield f"Instead of joining, {_rule(rule)}."
    if "patience" in step:
        goal = step["patience"].get("to", "abandoned")
        yield f"Who has waited {_words(step['patience']['time'])} for work to begin leaves, to {goal}."
    for rule in step.get("escalate", ()):
        clock = f" of {rule['calendar']}" if "calendar" in rule else ""
        then = f"goes to {rule['to']}" if "to" in rule else f"becomes {rule['raise_to']}"
        yield f"Who has waited {_words(rule['after'])}{clock} {then}."
    if "quality" in step:
        yield f"The work may be wrong: {_words(step['quality'])}."
    if "fault" in step:
        yield f"Its end may change what is known of the fault behind the ticket: {_words(step['fault'])}."
    for spawn in step.get("spawns", ()):
        when = f", if {_condition(spawn['when'])}" if "when" in spawn else ""
        waits = ", and waits for them" if spawn.get("wait") else ""
        yield f"It gives rise to {spawn['stream']} ({spawn.get('share', '100 %')}{when}){waits}."


def _next(following: object) -> str:
    if isinstance(following, dict):
        return ", ".join(f"{share} to {step}" for step, share in following.items())
    if isinstance(following, list):
        return "; ".join(_rule(rule) for rule in following)
    return str(following)


def _rules(following: object) -> list[str]:
    """Return the ways on, one each, where there are several."""
    if isinstance(following, dict):
        return [f"{share} to {step}" for step, share in following.items()]
    return [_rule(rule) for rule in following] if isinstance(following, list) else []


def _rule(rule: Mapping[str, Any]) -> str:
    said = f"{_words(rule['share'])} to {rule['to']}" if "share" in rule else f"to {rule['to']}"
    said += _exceptions(rule)
    return said if "share" in rule or "when" in rule or "unless" in rule else f"the others to {rule['to']}"


def _exceptions(rule: Mapping[str, Any]) -> str:
    """Say for which tickets a rule is, and for which it is not."""
    said = f", if {_condition(rule['when'])}" if "when" in rule else ""
    return said + (f", unless {_condition(rule['unless'])}" if "unless" in rule else "")


def _condition(condition: Mapping[str, Any]) -> str:
    return " and ".join(
        f"{_TESTS.get(key, key)} {' or '.join(map(str, value)) if isinstance(value, list) else _words(value)}"
        for key, value in condition.items()
    )


def _timing(timing: object) -> str:
    if isinstance(timing, list):
        return "; ".join(
            _words(rule["time"]) + (f" if {_condition(rule['when'])}" if "when" in rule else "")
            for rule in timing
        )
    return _words(timing)


def _automation(resolved: Mapping[str, Any]) -> Iterator[str]:
    for name, automation in _map(resolved, "automation").items():
        eligible = f", for {_condition(automation['for'])}" if "for" in automation else ""
        level = automation["level"]
        now = _words(automation["levels"].get(level) or "attempts nothing")
        stands = f"before {automation['at']}" if "at" in automation else _before(automation["before"])
        yield f"{name}: {stands}{eligible}; level {level}: {now}"
        yield f"  levels: {', '.join(automation['levels'])}"


def _before(streams: object) -> str:
    """Say what self-service is tried before."""
    return f"self-service before {' and '.join(streams) if isinstance(streams, list) else streams}"


def _levers(loaded: LoadedScenario) -> Iterator[str]:
    """Say what each lever changes now, and at its full level; the process is described as written."""
    for name, lever in loaded.scenario.levers.items():
        about = f" {lever.about.strip().rstrip('.')}." if lever.about else ""
        price = _map(_map(loaded.resolved, "levers")[name], "cost")
        cost = _words(price) if price else ""
        yield f"{name}:{about} Level {lever.level:g} of 1{f'; cost at level 1: {cost}' if cost else ''}"
        for path, factor in lever.effects.items():
            yield f"  {path}: {_change(factor_at(lever.level, factor))} now, {_change(factor)} at level 1"
        yield from (f"  {sentence}" for sentence in improvement_in_words(lever))


def _control(loaded: LoadedScenario) -> Iterator[str]:
    """Say what each control rule watches, when it acts and stops, and what it does."""
    for name, rule in _map(loaded.resolved, "control").items():
        about = f" {rule['about'].strip().rstrip('.')}." if rule.get("about") else ""
        start, stop, during = rule["start"], rule["stop"], rule.get("during")
        lags = [f" (after {each['lag']})" if "lag" in each else "" for each in (start, stop)]
        yield (
            f"{name}:{about} Every {rule['every']}{f' of {during}' if during else ''} it looks at"
            f" {_watched(rule['watch'])}; it acts from {start['at_least']} on{lags[0]}"
            f" and stops at {stop['at_most']}{lags[1]}"
        )
        for action in ("borrow", "call_in", "overflow"):
            if action in rule:
                yield f"  {action.replace('_', ' ')}: {_words(rule[action])}"


def _watched(watch: Mapping[str, Any]) -> str:
    """Say what a control rule measures."""
    (measure, of), *_ = watch.items()
    teams = " and ".join(of) if isinstance(of, list) else of
    match measure:
        case "queue":
            return f"the tickets that wait for {teams}"
        case "oldest":
            return f"the longest wait for {teams}"
        case "at_risk":
            return f"the tickets whose time to {of.get('target', 'resolve')} ends within {of['within']}"
    return "the open tickets"


def _change(factor: float) -> str:
    return f"{100.0 * (factor - 1.0):+.3g} %"


def _roadmap(loaded: LoadedScenario) -> Iterator[str]:
    """Say what changes when; all other sections tell of the start."""
    for milestone in loaded.scenario.roadmap:
        over = f", over {format_duration(milestone.ramp)}" if milestone.ramp else ""
        over += " by a learning curve" if milestone.learning else ""
        label = f" {milestone.label.strip()}:" if milestone.label else ""
        changes = ", ".join(f"{path} to {_words(value)}" for path, value in milestone.set.items())
        yield f"{milestone.at:%Y-%m-%d %H:%M}{over}:{label} {changes}"


def _teams(loaded: LoadedScenario) -> Iterator[str]:
    people = loaded.model.people
    for code, (name, team) in enumerate(_map(loaded.resolved, "staffing").items()):
        n = int(((people.team == code) & ~np.isin(people.shift, loaded.model.control.call_shift)).sum())
        rest = {key: value for key, value in team.items() if key not in ("people", "shifts")}
        over_time = " over time" if loaded.scenario.roadmap else ""
        said = "1 person" if n == 1 else f"{n} people"
        yield f"{name}: {said}{over_time}{'; ' + _words(rest) if rest else ''}"
        for shift, terms in _map(team, "shifts").items():
            yield f"  shift {shift}: {_words(terms)}"


def _load(loaded: LoadedScenario) -> Iterator[str]:
    """Say how busy each team would be, and how many people Erlang's formula asks for."""
    model = loaded.model
    traffic = estimate_traffic(model)
    at_work = np.where(model.steps.kind == StepKind.WORK, model.steps.team, -1)
    for code, team in enumerate(traffic.teams):
        if not math.isfinite(team.load):
            continue
        yield (
            f"{team.team}: {format_share(team.rho)} of the time on duty is work"
            f" ({team.load:.3g} of {team.on_duty:.3g} people on average, nights and weekends included)"
        )
        visits = float(traffic.visits[at_work == code].sum())
        open_minutes = _open_minutes(model, code)
        if visits and open_minutes and math.isfinite(visits):
            service = team.load * model.length / visits
            guess = agents_needed(visits / open_minutes, service, target_share=GUESS_SHARE, within=service)
            yield (
                f"  first guess (Erlang C): {guess.on_duty} at a time while the team is open, for"
                f" {format_share(GUESS_SHARE)} of the tickets to wait at most {format_duration(service)}"
            )


def _open_minutes(model: Model, team: int) -> float:
    """Return the minutes of the run in which somebody of a team is scheduled."""
    rosters = np.unique(model.people.roster[model.people.team == team])
    parts = [
        duty_intervals(PersonalCalendars(model.rosters[code].duty, model.rosters[code].shift), model.length)
        for code in rosters
    ]
    total, until = 0.0, 0.0
    for start, end in sorted(tuple(each) for part in parts for each in part.tolist()):
        total += max(end - max(start, until), 0.0)
        until = max(until, end)
    return total


def _targets(resolved: Mapping[str, Any]) -> Iterator[str]:
    targets = resolved.get("targets") or {}
    if isinstance(targets, list):
        for target in targets:
            rest = {key: value for key, value in target.items() if key != "when"}
            yield f"{_condition(target['when']) if 'when' in target else 'all others'}: {_words(rest)}"
    else:
        yield from (f"{name}: {_words(target)}" for name, target in targets.items())


def _cost(resolved: Mapping[str, Any]) -> Iterator[str]:
    for kind, costs in _map(resolved, "costs").items():
        yield f"{kind.replace('_', ' ')}: {_words(costs)}"


def _assumptions(resolved: Mapping[str, Any]) -> Iterator[str]:
    for path, evidence in _map(resolved, "evidence").items():
        source = f" ({evidence['source']})" if evidence.get("source") else ""
        yield f"{path}: {evidence['kind']}{source}"


def _map(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return values.get(key) or {}


def _words(value: object) -> str:
    """Say plain values as they were written: ``lognormal: mean 8 min, cv 0.9``."""
    if value in ({}, []):
        return "none"
    if isinstance(value, dict):
        return ", ".join(
            f"{key}: {_words(item)}" if isinstance(item, dict) else f"{key.replace('_', ' ')} {_words(item)}"
            for key, item in value.items()
        )
    if isinstance(value, list):
        return ", ".join(f"({_words(item)})" if isinstance(item, dict) else str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
