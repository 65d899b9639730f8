"""Compiling self-service: automations that contacts try before they become tickets."""

from __future__ import annotations

import math
from typing import Final

from simlab.model.codes import Field
from simlab.model.compiling.automations import is_idle
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.rules import Row, RuleBuilder, tests_of
from simlab.model.self_service_table import SelfService
from simlab.model.streams import addresses
from simlab.scenario.schema.automation import Automation, FailedAttempt
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.values import names_in

_KNOWN: Final = frozenset(
    {Field.STREAM, Field.KIND, Field.CLASS, Field.PRIORITY, Field.CHANNEL, Field.DIFFICULTY, Field.CALENDAR}
)
"""Facts that there are before there is a ticket."""
_NOT_BEFOREHAND: Final = ("population", "spawned")


def self_services(
    context: Context, scenario: Scenario, rules: RuleBuilder
) -> dict[str, tuple[SelfService, ...]]:
    """Return what the contacts of each stream try first, in the order of the file."""
    found: dict[str, list[SelfService]] = {name: [] for name in scenario.demand}
    places = addresses(f"automation:{name}" for name in scenario.automation)
    for name, automation in scenario.automation.items():
        if automation.before is None:
            continue
        path: Path = ("automation", name)
        streams = dict.fromkeys(names_in(automation.before))
        for stream in streams:
            if context.code("stream", stream, (*path, "before")) >= 0:
                _check_arrivals(context, scenario, stream, (*path, "before"))
        known = {level: i for i, level in enumerate(automation.levels)}
        if automation.level not in known:
            context.codes = {**context.codes, "level": known}
            context.code("level", automation.level, (*path, "level"))
            continue
        service = _compiled(context, rules, name, automation, places[f"automation:{name}"])
        for stream in streams:
            if stream in found and not is_idle(automation):
                found[stream].append(service)
    return {name: tuple(services) for name, services in found.items()}


def _compiled(
    context: Context, rules: RuleBuilder, name: str, automation: Automation, place: int
) -> SelfService:
    path: Path = ("automation", name)
    level, failed = automation.levels[automation.level], automation.failed or FailedAttempt()
    where = (*path, "levels", automation.level)
    tests = tests_of(context, automation.for_, (*path, "for"))
    if any(test.field not in _KNOWN for test in tests):
        context.problem(
            (*path, "for"),
            "before there is a ticket only stream, kind, class, priority, channel, difficulty and calendars "
            "are known",
        )
    channel = -1
    if failed.channel is not None:
        channel = context.code("channel", failed.channel, (*path, "failed", "channel"))
    return SelfService(
        start=-math.inf,
        end=math.inf,
        automation=context.codes["automation"][name],
        rules=rules.block([Row(0, tests)]),
        coverage=level.coverage,
        success=level.success,
        errors=level.errors,
        run_time=distribution_id(context, level.run_time, (*where, "run_time")),
        comes_back=distribution_id(context, level.comes_back, (*where, "comes_back")),
        harder=failed.harder,
        channel=channel,
        place=place,
    )


def _check_arrivals(context: Context, scenario: Scenario, stream: str, path: Path) -> None:
    arrivals = scenario.demand[stream].arrivals
    if any(getattr(arrivals, key) is not None for key in _NOT_BEFOREHAND):
        context.problem(
            path,
            "self-service stands before streams that come by themselves: rates, traces and the like",
            stream,
        )
