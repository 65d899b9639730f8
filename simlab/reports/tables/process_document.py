"""Tables of a process documentation, from what the planner wrote: steps, who does what, calendars, levels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table, table
from simlab.reports.wording import and_list, duration_said, scale_of
from simlab.scenario.schema.routing import CREATED
from simlab.scenario.schema.values import names_in
from simlab.scenario.versions import Difference, flow_text
from simlab.units import parse_duration

WAYS_OUT: Final = ("resolved", "cancelled", "abandoned")


def step_table(loaded: LoadedScenario) -> Table:
    """Return who does what at each step, from what it gets its tickets, where they go, and by when."""
    steps, sources, means = _steps(loaded), _sources(loaded), _means(loaded.model)
    rows = [
        (
            name,
            _who(step),
            _standard(step, means.get(str(name), ())),
            and_list(sources.get(name, [])) or "",
            "; ".join(_ways(step)),
            "; ".join(_times(step)),
        )
        for name, step in steps.items()
    ]
    return table(
        "steps", "Every step of the process", ("step", "who", "standard", "input", "output", "target"), rows
    )


def raci(loaded: LoadedScenario) -> Table:
    """Return for each step of work who does it, who answers for it, who helps and who is told.

    A scenario names nobody who answers for a step, so it is the team that does it. Consulted are teams
    whose people help it out or join a swarm if free, and those to whose steps tickets may go astray; informed
    are the teams that get the ticket next.
    """
    steps, teams = _steps(loaded), list(loaded.scenario.staffing)
    helpers = _helpers(loaded)
    rows = []
    for name, step in steps.items():
        team = step.get("team")
        if team is None:
            continue
        following = {steps[each].get("team") for each in _goals(step) if each in steps} - {team, None}
        swarm, astray = step.get("swarm") or {}, names_in((step.get("misroute") or {}).get("to") or ())
        working = set(swarm.get("with") or ())
        consulted = helpers.get(str(team), set()) | set(swarm.get("if_free") or ())
        consulted |= {str(steps[each].get("team")) for each in astray}
        cells = [
            "R, A"
            if each == team
            else "R"
            if each in working
            else "C"
            if each in consulted
            else "I"
            if each in following
            else ""
            for each in teams
        ]
        rows.append((name, *cells))
    return table("raci", "Who is responsible, accountable, consulted, informed", ("step", *teams), rows)


def team_table(loaded: LoadedScenario) -> Table:
    """Return people, hours and rules of each team and shift."""
    rows: list[tuple[str, ...]] = []
    for name, team in _map(loaded.resolved, "staffing").items():
        rules = [f"{key.replace('_', ' ')}: {flow_text(team[key])}" for key in _TEAM_RULES if key in team]
        shifts = _map(team, "shifts") or {"": team}
        rows += [
            (name, shift, _people(terms), _hours(terms), "; ".join(rules)) for shift, terms in shifts.items()
        ]
    return table(
        "teams", "People and hours of each team", ("team", "shift", "people", "hours", "rules"), rows
    )


def calendar_table(loaded: LoadedScenario) -> Table:
    """Return the calendars with their hours and exceptions."""
    rows = []
    for name, calendar in _map(loaded.resolved, "calendars").items():
        rest = {key: value for key, value in calendar.items() if key != "hours"}
        rows.append((name, _weekly(calendar["hours"]), flow_text(rest)[1:-1]))
    return table("calendars", "Calendars", ("calendar", "hours", "exceptions"), rows)


def target_table(loaded: LoadedScenario) -> Table:
    """Return what is promised to whom."""
    targets: Any = loaded.resolved.get("targets") or {}
    each = (
        targets.items()
        if isinstance(targets, Mapping)
        else [(_of_whom(target), target) for target in targets]
    )
    rows = [
        (
            name,
            str(target.get("respond") or ""),
            str(target.get("resolve") or ""),
            str(target.get("calendar") or say("round the clock")),
            str(target.get("penalty") or ""),
        )
        for name, target in each
    ]
    return table("targets", "Targets", ("for", "respond within", "resolve within", "hours", "penalty"), rows)


def level_table(loaded: LoadedScenario) -> Table:
    """Return the automations and levers with the level in force."""
    rows: list[tuple[str, ...]] = []
    for name, automation in _map(loaded.resolved, "automation").items():
        level = str(automation["level"])
        where = (
            say("at {step}", step=automation["at"])
            if "at" in automation
            else say("self-service before {streams}", streams=and_list(names_in(automation["before"])))
        )
        does = flow_text(automation["levels"].get(level) or {})[1:-1] or say("nothing")
        rows.append((name, say("automation"), where, level, ", ".join(map(str, automation["levels"])), does))
    for name, lever in _map(loaded.resolved, "levers").items():
        effects = "; ".join(f"{path} {change}" for path, change in lever["effects"].items())
        rows.append((name, say("lever"), str(lever.get("about") or ""), str(lever["level"]), "0–1", effects))
    header = ("name", "kind", "where", "level in force", "levels", "what it does")
    return table("levels", "Automations and levers", header, rows)


def demand_table(loaded: LoadedScenario) -> Table:
    """Return the tickets that the process is for."""
    rows = []
    for name, stream in _map(loaded.resolved, "demand").items():
        classes = ", ".join(_map(stream, "classes")) or ""
        arrivals = stream.get("arrivals") or {}
        rate = arrivals.get("rate", "") if isinstance(arrivals, Mapping) else ""
        rows.append((name, str(stream.get("kind", "")), str(stream.get("channel", "")), str(rate), classes))
    return table(
        "scope", "Tickets that the process handles", ("stream", "kind", "channel", "rate", "classes"), rows
    )


def history(found: tuple[Difference, ...]) -> Table:
    """Return what changed from an earlier version."""
    return table(
        "changes",
        "Changes against the earlier version",
        ("value", "change", "before", "after"),
        ((each.path, each.kind, each.before, each.after) for each in found),
    )


_TEAM_RULES: Final = ("queue", "who", "at_shift_end", "preempted_by", "absence", "overtime", "also_serves")


def _map(resolved: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return resolved.get(key) or {}


def _steps(loaded: LoadedScenario) -> Mapping[str, Any]:
    return _map(_map(loaded.resolved, "routing"), "steps")


def _goals(step: Mapping[str, Any]) -> list[str]:
    """Return the steps to which a step may lead, in order."""
    following = step.get("next") or step.get("decide") or ()
    found: list[str] = []
    match following:
        case str():
            found = [following]
        case Mapping():
            found = list(map(str, following))
        case list():
            found = [str(rule["to"]) for rule in following]
    parallel = step.get("parallel") or {}
    diverted = [str(rule["to"]) for rule in step.get("divert") or ()]
    return list(dict.fromkeys([*map(str, parallel.get("branches") or ()), *found, *diverted]))


def _sources(loaded: LoadedScenario) -> dict[str, list[str]]:
    starts = [_map(loaded.resolved, "routing")["start"]]
    starts += [stream["start"] for stream in _map(loaded.resolved, "demand").values() if "start" in stream]
    found: dict[str, dict[str, None]] = {}
    for name, step in (*(("", {"next": start}) for start in starts), *_steps(loaded).items()):
        for goal in _goals(step):
            found.setdefault(goal, {})[str(name) or say("new tickets")] = None
    return {goal: list(names) for goal, names in found.items()}


def _who(step: Mapping[str, Any]) -> str:
    if "work" in step:
        return str(step.get("team", ""))
    if "wait" in step:
        return say("nobody: it waits")
    return say("by rule") if "end" not in step else ""


def _means(model: Model) -> dict[str, tuple[float, ...]]:
    """Return by step the mean minutes of its time, or of each of its rules."""
    rules, found = model.rules, {}
    for code, name in enumerate(model.names.steps):
        timing, block = int(model.steps.timing[code]), int(model.steps.timing_rules[code])
        timings = [timing] if timing >= 0 else []
        if block >= 0:
            timings = rules.target[rules.first_row[block] : rules.first_row[block + 1]].tolist()
        found[name] = tuple(float(model.distribution_list[each].mean) for each in timings)
    return found


def _standard(step: Mapping[str, Any], means: Sequence[float]) -> str:
    said = [str(step["about"]).strip().rstrip(".")] if step.get("about") else []
    for key, sentence in (
        ("work", "hands-on time {time}"),
        ("wait", "waits {time}"),
        ("until", "until {time} opens"),
    ):
        if key in step:
            said.append(say(sentence, time=_time(step[key], means)))
    if "since" in step:
        is_creation = step["since"] == CREATED
        counted = "counted since the ticket was created" if is_creation else "counted since the end of {step}"
        said.append(say(counted, step=step["since"]))
    if step.get("resolved"):
        said.append(say("the ticket counts as resolved from here on"))
    if step.get("reopened"):
        said.append(say("the ticket is open again then"))
    if "quality" in step:
        said.append(say("work is checked: {rules}", rules=flow_text(step["quality"])[1:-1]))
    if "end" in step:
        said.append(say("the ticket ends as {outcome}", outcome=say(str(step["end"]))))
    return "; ".join(said)


def _time(written: object, means: Sequence[float] = ()) -> str:
    """Return a time in a few words: the mean of a distribution where it says one, else the one given."""
    if isinstance(written, list):
        known = [(mean,) for mean in means] if len(means) == len(written) else [()] * len(written)
        told = (
            _time(rule.get("time", rule), mean) if isinstance(rule, Mapping) else str(rule)
            for rule, mean in zip(written, known, strict=True)
        )
        return ", ".join(told)
    if isinstance(written, Mapping):
        parts = next(iter(written.values()))
        if isinstance(parts, Mapping) and "mean" in parts:
            return say("{time} on average", time=_said(parts["mean"]))
        if isinstance(parts, Mapping) and "median" in parts:
            return say("{time} or less in half of the cases", time=_said(parts["median"]))
        if isinstance(parts, str):
            return say("{time} on average", time=_said(parts))
        if len(means) == 1 and math.isfinite(means[0]):
            return say("{time} on average", time=scale_of("min", means).said(means[0]))
        return flow_text(written)[1:-1]
    return _said(written)


def _said(written: object) -> str:
    """Return a time as the language has it; what is none stays as it is written."""
    try:
        return duration_said(parse_duration(str(written)))
    except ValueError:
        return str(written)


def _ways(step: Mapping[str, Any]) -> Iterator[str]:
    following = step.get("next") or step.get("decide") or ()
    match following:
        case str():
            yield following
        case Mapping():
            yield from (f"{goal} ({share})" for goal, share in following.items())
        case list():
            for rule in following:
                tests = [flow_text(rule[key])[1:-1] for key in ("when",) if key in rule]
                tests += [say("not {test}", test=flow_text(rule["unless"])[1:-1])] if "unless" in rule else []
                tests += [flow_text(rule["share"])] if "share" in rule else []
                yield f"{rule['to']} ({', '.join(tests)})" if tests else str(rule["to"])


def _times(step: Mapping[str, Any]) -> Iterator[str]:
    for rule in step.get("escalate") or ():
        then = rule.get("to") or rule.get("raise_to") or ""
        yield say("after {time} in the queue: {then}", time=flow_text(rule["after"]), then=then)
    if "patience" in step:
        yield say("leaves after {time}", time=_time(step["patience"].get("time")))
    if step.get("pauses"):
        yield say("clocks stand still: {clocks}", clocks=", ".join(step["pauses"]))


def _helpers(loaded: LoadedScenario) -> dict[str, set[str]]:
    """Return by team the teams whose people serve its queue too."""
    found: dict[str, set[str]] = {}
    for name, team in _map(loaded.resolved, "staffing").items():
        terms = [team, *_map(team, "shifts").values()]
        for each in terms:
            for other in each.get("also_serves") or ():
                found.setdefault(str(other), set()).add(str(name))
    return found


def _people(terms: Mapping[str, Any]) -> str:
    people = terms.get("people", "")
    return str(len(people)) if isinstance(people, list) else str(people)


def _hours(terms: Mapping[str, Any]) -> str:
    if "hours" in terms:
        return _weekly(terms["hours"])
    return str(terms.get("calendar") or say("round the clock"))


def _weekly(hours: Mapping[str, Any]) -> str:
    return "; ".join(f"{days} {times}" for days, times in hours.items())


def _of_whom(target: Mapping[str, Any]) -> str:
    return flow_text(target["when"])[1:-1] if "when" in target else say("all others")
