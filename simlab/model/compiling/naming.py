"""The codes of all names in a scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from simlab.model.compiling.graph import ENDS, JOIN, has_branches
from simlab.scenario.schema.demand import Attributes, Priorities, Stream
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.staffing import Shift, Team

DEFAULT_KIND = "ticket"
DEFAULT_PRIORITY = "P3"
ALWAYS_NAME = "always"


def codes_of(scenario: Scenario) -> dict[str, dict[str, int]]:
    """By sort of name, the code of each name that the scenario uses, in order of code."""
    streams = scenario.demand
    ends = [*ENDS, JOIN] if has_branches(scenario) else [*ENDS]
    return {
        "stream": _numbered(streams),
        "kind": _numbered(kind_of(attributes, stream) for stream, attributes in _all_attributes(streams)),
        "class": _numbered(name for key, stream in streams.items() for name in (stream.classes or [key])),
        "priority": _numbered(priorities_of(scenario)),
        "channel": _numbered(_channels_of(scenario)),
        "team": _numbered(scenario.staffing),
        "calendar": _numbered([ALWAYS_NAME, *scenario.calendars]),
        "step": _numbered([*scenario.routing.steps, *ends]),
        "automation": _numbered(scenario.automation),
        "skill": _numbered([*_skills_of_people(scenario), *_skills_of_steps(scenario)]),
        "control rule": _numbered(scenario.control),
    }


def _channels_of(scenario: Scenario) -> Iterable[str]:
    for _, attributes in _all_attributes(scenario.demand):
        if attributes.channel is not None:
            yield from shares_of(attributes.channel)
    for automation in scenario.automation.values():
        if automation.failed is not None and automation.failed.channel is not None:
            yield automation.failed.channel


def kind_of(attributes: Attributes, stream: Stream) -> str:
    """Kind of the tickets of a stream or of one of its classes."""
    return attributes.kind or stream.kind or DEFAULT_KIND


def shares_of(written: str | Mapping[str, float]) -> Mapping[str, float]:
    """Names with shares, a single name being all."""
    return {written: 1.0} if isinstance(written, str) else written


def priorities_of(scenario: Scenario) -> list[str]:
    """Priorities, most urgent first: as written, else all that are named, sorted by name."""
    if isinstance(scenario.priorities, Priorities):
        return list(scenario.priorities.order)
    if scenario.priorities is not None:
        return list(scenario.priorities)
    named = {
        name
        for _, attributes in _all_attributes(scenario.demand)
        if attributes.priority is not None
        for name in shares_of(attributes.priority)
    }
    return sorted(named) or [DEFAULT_PRIORITY]


def _skills_of_people(scenario: Scenario) -> Iterable[str]:
    for team in scenario.staffing.values():
        blocks: list[Team | Shift] = [team, *team.shifts.values()]
        for block in blocks:
            yield from block.skills or ()
            for person in block.people.values() if isinstance(block.people, dict) else ():
                yield from person.skills or ()


def _skills_of_steps(scenario: Scenario) -> Iterable[str]:
    for step in scenario.routing.steps.values():
        if isinstance(step.skill, str):
            yield step.skill
        else:
            yield from (rule.skill for rule in step.skill or ())


def _all_attributes(streams: Mapping[str, Stream]) -> Iterable[tuple[Stream, Attributes]]:
    for stream in streams.values():
        yield stream, stream
        for ticket_class in stream.classes.values():
            yield stream, ticket_class


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(dict.fromkeys(names))}
