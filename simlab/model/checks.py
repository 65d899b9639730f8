"""Checks of a compiled scenario: what each value alone does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from simlab.errors import Place
from simlab.model.codes import StepKind
from simlab.model.compiling.context import Path
from simlab.model.construct_checks import check_batches, check_branches, check_deadlines, check_limits
from simlab.model.findings import Findings, Process
from simlab.model.graph import cycle_within, reached, reversed_graph, successors
from simlab.model.rosters import PersonalCalendars, duty_intervals
from simlab.model.tables import ListedArrivals, Model, PoissonArrivals, PopulationArrivals, RenewalArrivals
from simlab.model.teamwork_checks import check_teamwork
from simlab.model.wall_clock import MINUTES_PER_DAY, WallClock
from simlab.scenario.schema.scenario import Scenario

LONG_WORK_MIN = 30.0 * MINUTES_PER_DAY
"""Mean hands-on time from which a slip of the unit is likely."""


def check_model(
    scenario: Scenario, model: Model, locate: Callable[[Path], Place | None] = lambda path: None
) -> Findings:
    """Check that tickets can move, be served and leave, and that numbers are of a likely size.

    Parameters
    ----------
    scenario, model
        A scenario and what it was compiled to, without mistakes.
    locate
        Gives the place in the files of the value at a key path, for messages.
    """
    findings = Findings(locate)
    process = Process.of(model)
    _check_exits(findings, process)
    _check_use(findings, scenario, process)
    check_branches(findings, process)
    check_limits(findings, process, tuple(scenario.routing.limits))
    check_batches(findings, process)
    check_deadlines(findings, process)
    check_teamwork(findings, process)
    _check_instant_circles(findings, process)
    _check_service(findings, scenario, process)
    _check_queues(findings, scenario, model)
    _check_arrivals(findings, scenario, model)
    _check_times(findings, process)
    _check_targets(findings, scenario, model)
    _check_roadmap(findings, scenario)
    return findings


# -- the graph


def _check_exits(findings: Findings, process: Process) -> None:
    """Refuse steps from which there is no way out."""
    exits = [i for i, kind in enumerate(process.model.steps.kind.tolist()) if kind == StepKind.EXIT]
    stuck = process.used - reached(reversed_graph(process.following), exits)
    while stuck:
        circle = cycle_within(process.following, stuck)
        findings.refuse(
            process.path(min(circle)),
            f"tickets that come here never leave: {process.trail(circle)}",
            "let a rule lead to an end, such as resolved, or lower a share of 100 %",
        )
        stuck -= reached(reversed_graph(process.following), circle)


def _check_use(findings: Findings, scenario: Scenario, process: Process) -> None:
    """Warn of steps, automations and teams that no ticket comes to."""
    model = process.model
    following = successors(model, with_unused=True)
    shown = {
        process.shown(step)
        for step in reached(
            following, [*(stream.entry for stream in model.streams), *model.backlog.step.tolist()]
        )
    }
    for name in scenario.routing.steps:
        if name not in shown:
            findings.warn(
                ("routing", "steps", name),
                f"no ticket ever comes to the step {name}",
                "lead a rule to it, or remove it",
            )
    working = {int(model.steps.team[step]) for step in process.used if model.steps.team[step] >= 0}
    if model.swarms is not None:
        first = model.swarms.first
        rows = [row for step in process.used for row in range(first[step], first[step + 1])]
        working |= set(model.swarms.team[rows].tolist())
    for code, name in enumerate(model.names.teams):
        lent_to = model.control.loan_to[model.control.loan_from == code].tolist()
        if not any(helped in working for helped in (code, *_queues_served_by(model, code), *lent_to)):
            findings.warn(
                ("staffing", name), f"no ticket ever needs the team {name}", "name it at a step, or remove it"
            )


def _queues_served_by(model: Model, team: int) -> Iterator[int]:
    pools = model.pools
    for pool, home in enumerate(pools.home.tolist()):
        if home == team:
            yield from pools.queue[pools.first_queue[pool] : pools.first_queue[pool + 1]].tolist()


def _check_instant_circles(findings: Findings, process: Process) -> None:
    """Warn of decisions that may send tickets round without time passing."""
    steps, rules = process.model.steps, process.model.rules
    instant = {
        step
        for step in process.used
        if steps.kind[step] == StepKind.ROUTE
        and steps.next_rules[step] >= 0
        and not rules.needs_draw[steps.next_rules[step]]
    }
    circle = cycle_within(process.following, instant)
    if circle:
        findings.warn(
            process.path(min(circle)),
            f"a ticket may go round here without time passing: {process.trail(circle)}",
            "put a wait into the circle; a run stops where a ticket goes round for ever",
        )


# -- staffing


def _check_service(findings: Findings, scenario: Scenario, process: Process) -> None:
    """Refuse work steps of teams whose queue nobody ever serves."""
    model = process.model
    on_duty = _pools_on_duty(model)
    waiting: dict[int, list[str]] = {}
    for step in sorted(process.used):
        team = int(model.steps.team[step])
        if team < 0:
            continue
        pools = model.teams.pool[model.teams.first_pool[team] : model.teams.first_pool[team + 1]].tolist()
        if not on_duty.intersection(pools):
            waiting.setdefault(team, []).append(process.shown(step))
    for team, names in waiting.items():
        name = model.names.teams[team]
        steps = ", ".join(dict.fromkeys(names))
        key = "people" if scenario.staffing[name].people is not None else "shifts"
        findings.refuse(
            ("staffing", name, key),
            f"step {steps} can never be served: nobody who serves the queue of {name} is on duty in the run",
            f"give {name} people whose hours lie in the run, or let another team's also_serves name it",
        )


def _pools_on_duty(model: Model) -> set[int]:
    """Pools of which somebody is on duty at some time of the run."""
    end = model.latest_end if model.drains else model.length
    open_rosters = [
        len(duty_intervals(PersonalCalendars(roster.duty, roster.shift), end)) > 0 for roster in model.rosters
    ]
    people = model.people
    return {
        pool
        for pool, roster, absence in zip(
            people.pool.tolist(), people.roster.tolist(), people.absence.tolist(), strict=True
        )
        if open_rosters[roster] and absence < 1.0
    }


def _check_queues(findings: Findings, scenario: Scenario, model: Model) -> None:
    """Refuse people who shall take the best-ranked ticket of queues that rank differently."""
    pools = model.pools
    for pool, (home, by_rank) in enumerate(zip(pools.home.tolist(), pools.by_rank.tolist(), strict=True)):
        served = pools.queue[pools.first_queue[pool] : pools.first_queue[pool + 1]].tolist()
        kinds = {scenario.staffing[model.names.teams[team]].queue: model.names.teams[team] for team in served}
        leads = model.skills is not None and bool(model.skills.leads[pool])
        if (by_rank or leads) and len(kinds) > 1:
            found = " and ".join(f"{team} has {queue}" for queue, team in kinds.items())
            findings.refuse(
                ("staffing", model.names.teams[home], "serves_first"),
                f"tickets of queues are compared by rank only where all have the same 'queue'; {found}",
                "write the same queue for these teams, or serves_first: own_queue",
            )


# -- numbers


def _check_arrivals(findings: Findings, scenario: Scenario, model: Model) -> None:
    spawned = set(model.spawns.stream.tolist())
    if model.faults is not None:
        spawned |= set(model.faults.problem_stream.tolist())
    if model.feedback is not None:
        spawned |= {model.feedback.improvement_stream, *model.feedback.repeat_stream.tolist()}
    for code, stream in enumerate(model.streams):
        path: Path = ("demand", stream.name, "arrivals")
        process = stream.arrivals
        if isinstance(process, RenewalArrivals) and model.distribution_list[process.gap].mean <= 0.0:
            findings.refuse(
                (*path, "gaps"), "the gaps between arrivals must not all be 0", "write a mean above 0"
            )
        if code in spawned or not _is_silent(process):
            continue
        if scenario.demand[stream.name].arrivals.spawned:
            message, remedy = (
                f"nothing gives rise to tickets of {stream.name}",
                "name it in the spawns of a step, in the problems of faults, or in feedback",
            )
        else:
            message, remedy = (
                f"no ticket of {stream.name} arrives in the run",
                "check its dates and the time of the run",
            )
        findings.warn(path, message, remedy)


def _is_silent(process: PoissonArrivals | RenewalArrivals | ListedArrivals | PopulationArrivals) -> bool:
    match process:
        case PoissonArrivals():
            return not (process.rate * np.diff(process.edges)).any()
        case ListedArrivals():
            return len(process.at) == 0
        case _:
            return process.end <= process.start


def _check_times(findings: Findings, process: Process) -> None:
    """Warn of hands-on times that are probably in a wrong unit."""
    model = process.model
    rules = model.rules
    for step in sorted(process.used):
        if model.steps.kind[step] != StepKind.WORK:
            continue
        timings = [int(model.steps.timing[step])]
        if (block := int(model.steps.timing_rules[step])) >= 0:
            timings = rules.target[rules.first_row[block] : rules.first_row[block + 1]].tolist()
        longest = max(model.distribution_list[timing].mean for timing in timings)
        if longest > LONG_WORK_MIN:
            findings.warn(
                (*process.path(step), "work"),
                f"one piece of work takes {longest / MINUTES_PER_DAY:.3g} days of hands-on time on average",
                "check the unit: 'min' are minutes, 'h' hours; use wait for time in which nobody works",
            )


def _check_targets(findings: Findings, scenario: Scenario, model: Model) -> None:
    """Warn of targets by which a ticket must be resolved before it is responded to."""
    targets = scenario.targets
    keys: list[str | int] = [*targets] if isinstance(targets, dict) else [*range(len(targets))]
    # Rows beyond those of the scenario at the start are those of a roadmap.
    limits = zip(keys, model.targets.respond.tolist(), model.targets.resolve.tolist(), strict=False)
    for key, respond, resolve in limits:
        if np.isfinite(respond) and respond > resolve:
            findings.warn(
                ("targets", key),
                "the time to respond is longer than the time to resolve",
                "exchange them, or leave out respond",
            )


# -- the roadmap


def _check_roadmap(findings: Findings, scenario: Scenario) -> None:
    """Warn of changes that the run does not live to see."""
    time = scenario.time
    clock = WallClock(time.zone, time.start)
    for number, milestone in enumerate(scenario.roadmap):
        if clock.minutes_of(milestone.at) >= time.length:
            findings.warn(
                ("roadmap", number, "at"),
                f"this change never comes: the run ends on {clock.to_local(time.length):%Y-%m-%d at %H:%M}",
                "make the run longer (time.length), or choose an earlier date",
            )
