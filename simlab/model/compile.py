"""From a scenario to the compiled model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.backlog import NO_BACKLOG
from simlab.model.calendars import ALWAYS, compile_calendar
from simlab.model.compiling.backlog import BacklogCompiler, backlog_reader, standing_at
from simlab.model.compiling.choices import Facts, check_choices, identities, open_identities
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.control import compile_control, warn_of_idle_rules, with_overflows
from simlab.model.compiling.demand import DemandCompiler
from simlab.model.compiling.faults import compile_faults, state_names
from simlab.model.compiling.feedback import compile_feedback
from simlab.model.compiling.graph import Graph
from simlab.model.compiling.improvements import compile_improvements
from simlab.model.compiling.naming import codes_of
from simlab.model.compiling.process import ProcessCompiler
from simlab.model.compiling.rules import RuleBuilder
from simlab.model.compiling.self_service import self_services
from simlab.model.compiling.staffing import StaffingCompiler, calendar_rule
from simlab.model.compiling.targets import compile_money, compile_targets
from simlab.model.compiling.teamwork import compile_paces, compile_skills, compile_swarms
from simlab.model.distributions import DistributionTable
from simlab.model.graph import last_teams, successors, visited_before
from simlab.model.tables import ListedArrivals, Model, Names
from simlab.model.wall_clock import MINUTES_PER_DAY, WallClock
from simlab.scenario.schema.scenario import Scenario
from simlab.units import MINUTES_PER_YEAR

BEFORE_MIN = 14.0 * MINUTES_PER_DAY
"""Calendars reach back this far before the start."""
BEYOND_MIN = 400.0 * MINUTES_PER_DAY
"""Calendars reach this far beyond the latest end, so that targets of late tickets have a due instant."""
DRAIN_MIN = 180.0 * MINUTES_PER_DAY
"""A run that drains may take this much longer than the time in which tickets arrive, or as long again."""
LONGEST_YEARS = 40


@dataclass(frozen=True, slots=True)
class Compiled:
    """What became of a scenario."""

    model: Model
    """Usable only where there are no mistakes: a name that does not exist has code -1."""
    mistakes: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def compile_model(
    scenario: Scenario, *, read_column: Callable[[Path, str, str], Sequence[str]] | None = None
) -> Model:
    """Compile a scenario; parameters and errors as in `compile_scenario`, mistakes are raised."""
    compiled = compile_scenario(scenario, read_column=read_column)
    if compiled.mistakes:
        raise InvalidInput(compiled.mistakes)
    return compiled.model


def compile_scenario(
    scenario: Scenario,
    locate: Callable[[Path], Place | None] = lambda path: None,
    read_column: Callable[[Path, str, str], Sequence[str]] | None = None,
    used_later: frozenset[str] = frozenset(),
) -> Compiled:
    """Compile a scenario, with all names that do not exist, facts that contradict each other and the like.

    Parameters
    ----------
    locate
        Gives the place in the files of the value at a key path, for messages.
    read_column
        Reads a column of a data file that the scenario names: (path of the value, file, column).
    used_later
        Automations that a roadmap uses at another time.

    Raises
    ------
    InvalidInput
        Where the time itself is wrong, so that nothing else can be told.
    """
    context = _context(scenario, locate, read_column or _no_files)
    reader = backlog_reader(context, scenario)
    if reader is not None:
        context.span = (context.span[0] + reader.oldest(), context.span[1])
    for name, calendar in scenario.calendars.items():
        rule = calendar_rule(context, calendar, ("calendars", name))
        compiled = ALWAYS if rule is None else compile_calendar(rule, context.clock, *context.span)
        context.calendars.append(compiled)
    scenario = with_overflows(context, scenario)
    graph = Graph(context, scenario, RuleBuilder(), used_later)
    model = _model(graph, reader)
    if not context.problems:
        check_choices(context, graph.choices, _facts(model))
    return Compiled(model, context.ordered_problems(), tuple(context.warnings))


def _model(graph: Graph, reader: BacklogCompiler | None) -> Model:
    """Compile all parts; tables that add distributions or rules are frozen before those are."""
    context, scenario, rules = graph.context, graph.scenario, graph.rules
    process = ProcessCompiler(graph)
    process.compile()
    entries = _entries(scenario, process)
    staffing = StaffingCompiler(context, scenario)
    teams, pools, people = staffing.compile()
    targets = compile_targets(context, scenario, rules)
    services = self_services(context, scenario, rules)
    streams = DemandCompiler(context, scenario, scenario.time.length).streams(entries, services)
    money = compile_money(context, scenario)
    control = compile_control(context, scenario, staffing.shift_names)
    warn_of_idle_rules(context, scenario, rules.blocks)
    business = 0
    if scenario.time.business_hours is not None:
        business = context.code("calendar", scenario.time.business_hours, ("time", "business_hours"))
    constructs = process.constructs
    forks, gathers, spawns = (
        constructs.freeze_forks(),
        constructs.freeze_gathers(),
        constructs.freeze_spawns(),
    )
    handoffs = constructs.freeze_handoffs()
    skills, swarms = compile_skills(graph, staffing), compile_swarms(graph)
    faults, feedback = compile_faults(graph), compile_feedback(graph)
    improvements = compile_improvements(graph)
    return Model(
        name=scenario.name,
        names=_names(context, staffing, graph),
        clock=context.clock,
        length=scenario.time.length,
        warm_up=scenario.time.warm_up,
        drains=scenario.time.then == "drain",
        latest_end=_latest_end(scenario),
        distributions=DistributionTable.build(context.distributions),
        distribution_list=context.distributions,
        calendars=tuple(context.calendars),
        business_calendar=business,
        streams=streams,
        steps=graph.freeze(),
        rules=rules.freeze(),
        timers=constructs.freeze_timers(),
        forks=forks,
        gathers=gathers,
        handoffs=handoffs,
        sections=constructs.freeze_sections(),
        spawns=spawns,
        teams=teams,
        pools=pools,
        people=people,
        rosters=tuple(staffing.rosters),
        targets=targets,
        money=money,
        skills=skills,
        swarms=swarms,
        paces=compile_paces(staffing),
        control=control,
        backlog=NO_BACKLOG if reader is None else reader.compile(standing_at(graph)),
        faults=faults,
        feedback=feedback,
        improvements=improvements,
    )


def _entries(scenario: Scenario, process: ProcessCompiler) -> dict[str, int]:
    """By stream, the step where its tickets enter."""
    entries = {
        name: process.entry(stream.start, ("demand", name, "start"), f"~start of {name}")
        if stream.start is not None
        else -1
        for name, stream in scenario.demand.items()
    }
    if -1 in entries.values():
        start = process.entry(scenario.routing.start, ("routing", "start"), "~start")
        entries = {name: start if entry < 0 else entry for name, entry in entries.items()}
    return entries


def _facts(model: Model) -> dict[int, Facts]:
    """By rule block, what the tickets that come there can be."""
    who = identities(model.streams)
    raised = set(model.timers.priority[model.timers.priority >= 0].tolist())
    who |= open_identities(model.backlog, who)
    who |= {(*one[:3], priority, one[4]) for one in who for priority in raised if priority < one[3]}
    varies = (
        not np.isnan(model.backlog.difficulty).all()
        or any(service.harder != 1.0 for stream in model.streams for service in stream.self_service)
        or any((stream.attributes.difficulty >= 0).any() for stream in model.streams)
        or any(
            isinstance(stream.arrivals, ListedArrivals) and not np.isnan(stream.arrivals.difficulty).all()
            for stream in model.streams
        )
    )
    following = successors(model, with_unused=True)
    entries = [*(stream.entry for stream in model.streams), *set(model.backlog.step.tolist())]
    before = visited_before(model, following, entries)
    teams = last_teams(model, following, entries)
    once = set(model.backlog.team.tolist())
    facts: dict[int, Facts] = {}
    for step, block in enumerate(model.steps.next_rules.tolist()):
        others = facts.get(block)
        facts[block] = Facts(
            who,
            varies,
            before[step] | (others.came_from if others else set()),
            teams[step] | once | (others.teams if others else set()),
            model.calendars,
            model.latest_end,
        )
    return facts


def _context(
    scenario: Scenario,
    locate: Callable[[Path], Place | None],
    read_column: Callable[[Path, str, str], Sequence[str]],
) -> Context:
    try:
        clock = WallClock(scenario.time.zone, scenario.time.start)
    except ValueError as refusal:
        message, _, remedy = str(refusal).partition(" -> ")
        path = ("time", "zone")
        raise InvalidInput(Problem(message, "time.zone", locate(path), remedy=remedy or None)) from None
    end = _latest_end(scenario) + BEYOND_MIN
    if end > LONGEST_YEARS * MINUTES_PER_YEAR or scenario.time.start.year + LONGEST_YEARS > 9900:
        raise InvalidInput(
            Problem(
                f"a run is at most {LONGEST_YEARS - 2} years long", "time.length", locate(("time", "length"))
            )
        )
    context = Context(locate, read_column, clock, (-BEFORE_MIN, end), codes_of(scenario))
    context.sections = frozenset(name for name in ("faults",) if getattr(scenario, name))
    context.calendars.append(ALWAYS)
    if scenario.time.warm_up >= scenario.time.length:
        context.problem(
            ("time", "warm_up"), "the warm-up must be shorter than the run", remedy="write a longer length"
        )
    return context


def _latest_end(scenario: Scenario) -> float:
    length = scenario.time.length
    return length + (max(length, DRAIN_MIN) if scenario.time.then == "drain" else 0.0)


def _names(context: Context, staffing: StaffingCompiler, graph: Graph) -> Names:
    codes = {sort: tuple(names) for sort, names in context.codes.items()}
    return Names(
        streams=codes["stream"],
        kinds=codes["kind"],
        classes=codes["class"],
        priorities=codes["priority"],
        channels=codes["channel"],
        teams=codes["team"],
        shifts=tuple(staffing.shift_names),
        people=tuple(staffing.people_names),
        steps=tuple(graph.names),
        calendars=codes["calendar"],
        automations=codes["automation"],
        controls=codes["control rule"],
        states=state_names(graph.scenario),
    )


def _no_files(path: Path, file: str, column: str) -> Sequence[str]:
    raise ValueError(f"the file {file} cannot be read here: the scenario was not loaded from a file")
