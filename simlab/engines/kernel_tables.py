"""From a model to the memory of the compiled engine, before a run and whenever a table is full."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.compiled_draws import copies, distributions_of
from simlab.engines.kernel_control_tables import control_state, control_tables
from simlab.engines.kernel_decision_tables import decision_tables
from simlab.engines.kernel_entry import sources
from simlab.engines.kernel_layout import (
    CHOICE,
    CLASS,
    CODE,
    DECIDED,
    GATHERING,
    MEMBER,
    PERSON,
    POOL,
    RUN,
    SECTION,
    STEP,
    STREAM,
    TARGET,
    TEAM,
)
from simlab.engines.kernel_layout import records as _records
from simlab.engines.kernel_learning_tables import EVENTS_BESIDE, learning_state, most_moves
from simlab.engines.kernel_page_tables import early_steps, first_step, page_tables
from simlab.engines.kernel_room import PLACES
from simlab.engines.kernel_teamwork import (
    chat_tables,
    line_tables,
    rooms,
    rows_of_errand,
)
from simlab.model.codes import StepKind
from simlab.model.lines import LineTable, line_table
from simlab.model.streams import address
from simlab.model.tables import Model, PopulationArrivals
from simlab.model.ticket_rules import quiet_desk

Tables = dict[str, NDArray[Any]]
Key = tuple[int, int]


def tables_of(model: Model) -> Tables:
    """Tables of a model, as they are before each of its replications, but for what is drawn."""
    steps = _steps(model)
    early = early_steps(model, steps)
    steps["early"][early] = np.arange(len(early))
    streams = _streams(model, steps)
    return {
        "run": _run(model, len(early)),
        "steps": steps,
        "streams": streams,
        **page_tables(model, early, steps, streams),
        **_process(model),
        **_staff(model),
        **_demand(model),
        **control_tables(model),
    }


def _run(model: Model, n_early: int) -> NDArray[Any]:
    """State of a run that is about to begin, but for its seed, its guards and where it ends."""
    n_steps, n_teams = len(model.steps.kind), len(model.names.teams)
    return _records(
        RUN,
        sources=[sources()],
        end=model.latest_end if model.drains else model.length,
        drains=model.drains,
        target_rules=model.targets.rules,
        n_steps=n_steps,
        n_teams=n_teams,
        n_lines=n_teams * (1 + (0 if model.skills is None else len(model.skills.names))),
        n_priorities=len(model.names.priorities),
        counts_per_ticket=2 * n_steps + n_teams,
        has_swarms=model.swarms is not None,
        rows_of_errand=rows_of_errand(model),
        first_waiting=-1,
        last_waiting=-1,
        has_chats=model.paces is not None,
        has_skills=model.skills is not None,
        has_limits=len(model.sections.permits) > 0,
        has_preemption=bool(model.teams.preempts.any()),
        has_handoffs=len(model.handoffs.reread) > 0,
        has_milestones=bool((model.steps.since >= 0).any()),
        n_milestones=max(model.steps.since.max(), model.steps.milestone.max()) + 1,
        join_step=np.argmax(model.steps.kind == StepKind.JOIN),
        always=len(model.calendars),
        area_until=model.warm_up,
        at_once=1,
        n_timers=_most(model.timers.first),
        beside=_most(model.timers.first) + _most(model.spawns.first) + most_moves(model) + EVENTS_BESIDE + 4,
        looped_at=-1,
        **dict.fromkeys(PLACES.values(), -1),
        n_pools=len(model.pools.home),
        n_people=len(model.people.pool),
        n_early=n_early,
        fresh=-1,
        **learning_state(model),
        **control_state(model),
    )


# -- tables of the model


def _process(model: Model) -> Tables:
    """What stands around the steps, rules and targets."""
    always, n_gathers = len(model.calendars), len(model.gathers.step)
    timers = model.timers
    return {
        "targets": _records(
            TARGET,
            respond=model.targets.respond,
            resolve=model.targets.resolve,
            calendar=model.targets.calendar,
        ),
        "sections": _records(
            SECTION,
            discipline=model.sections.discipline,
            step=model.sections.step,
            n_free=model.sections.permits,
            first_in_line=-1,
        ),
        "gatherings": _records(GATHERING, first=np.full(n_gathers, -1), last=-1, event_key=-1),
        "decided": np.zeros(_most(model.spawns.first), DECIDED),
        **copies("rules", model.rules),
        **decision_tables(model.rules),
        **distributions_of(model.distributions),
        **copies("timers", timers._replace(calendar=np.where(timers.calendar < 0, always, timers.calendar))),
        **copies("forks", model.forks),
        **copies("gathers", model.gathers),
        **copies("handoffs", model.handoffs),
        **copies("spawns", model.spawns),
    }


def _steps(model: Model) -> NDArray[Any]:
    steps, rules = model.steps, model.rules
    always = len(model.calendars)
    records = np.zeros(len(steps.kind), STEP)
    for name in set(STEP.names or ()) & set(steps._fields):
        records[name] = getattr(steps, name)
    for name in ("calendar", "until_open"):
        records[name][records[name] < 0] = always
    records["skill"] = records["skill_rules"] = -1
    if model.skills is not None:
        records["skill"], records["skill_rules"] = model.skills.step, model.skills.step_rules
    records["gather"] = records["early"] = -1
    records["gather"][model.gathers.step] = np.arange(len(model.gathers.step))
    # A block of one rule without conditions and shares needs no choosing.
    for record, block in zip(records, steps.next_rules.tolist(), strict=True):
        row = rules.first_row[block]
        is_plain = (
            block >= 0
            and rules.first_row[block + 1] == row + 1
            and rules.first_test[row] == rules.first_test[row + 1]
        )
        record["only_target"] = rules.target[row] if is_plain else -1
        record["draws_route"] = not is_plain and block >= 0 and rules.needs_draw[block]
    return records


def _staff(model: Model) -> Tables:
    """Teams with their lines, and people, but for their calendars."""
    lines = line_table(model)
    return {
        "teams": _teams(model),
        **line_tables(lines),
        **chat_tables(model),
        "queue_lengths": np.array(quiet_desk(model), CODE),
        "preempts": model.teams.preempts.ravel(),
        "pools": _pools(model, lines),
        "pool_members": np.argsort(model.people.pool, kind="stable"),
        "idle": np.zeros(len(model.people.pool), CODE),
        "people": _people(model),
    }


def _teams(model: Model) -> NDArray[Any]:
    teams = model.teams
    return _records(
        TEAM,
        discipline=teams.discipline,
        at_shift_end=teams.at_shift_end,
        handover=teams.handover,
        handover_place=[address(f"handover:{name}") for name in model.names.teams],
        has_preemption=teams.preempts.any(axis=1),
    )


def _pools(model: Model, lines: LineTable) -> NDArray[Any]:
    pools = model.pools
    size = np.bincount(model.people.pool, minlength=len(pools.home))
    return _records(
        POOL,
        dispatch=model.teams.dispatch[pools.home],
        first_served=lines.first_line[:-1],
        end_served=lines.first_line[1:],
        first_idle=np.cumsum(size) - size,
        n_members=size,
        home=pools.home,
    )


def _people(model: Model) -> NDArray[Any]:
    people = model.people
    room, first_pace = rooms(model)
    return _records(
        PERSON,
        room=room,
        first_pace=first_pace,
        first_chat=np.cumsum(np.where(room > 1, room, 0)) - np.where(room > 1, room, 0),
        first_held=-1,
        last_held=-1,
        kept_for=-1,
        next_in_crew=-1,
        pool=people.pool,
        policy=model.teams.at_shift_end[people.team],
        speed=people.speed,
        cost=people.cost_per_hour,
        off_at=-np.inf,
        visit=-1,
        spell_key=-1,
        call=-1,
        place_among_idle=-1,
    )


def _demand(model: Model) -> Tables:
    """What tickets of streams are."""
    return {
        "population": _population(model),
        "classes": _classes(model),
        "choices": _choices(model),
    }


def _streams(model: Model, steps: NDArray[Any]) -> NDArray[Any]:
    records = np.zeros(len(model.streams), STREAM)
    first_member = first_class = 0
    for record, stream in zip(records, model.streams, strict=True):
        record["space"], record["entry"], record["limit"] = stream.space, stream.entry, stream.limit
        record["first_step"] = first_step(steps, stream.entry)
        record["first_class"] = first_class
        first_class += len(stream.attributes.classes)
        record["end_class"] = first_class
        record["draws_priority"] = any(len(each) > 1 for each in stream.attributes.priorities)
        process = stream.arrivals
        if isinstance(process, PopulationArrivals):
            record["population"], record["away"] = process.size, process.away
            record["start"], record["end"] = process.start, process.end
            record["first_away"], record["first_member"] = process.first_away, first_member
            first_member += process.size
    return records


def _classes(model: Model) -> NDArray[Any]:
    """Classes of all streams; a last record ends the choices of the one before."""
    rows: list[tuple[float, ...]] = []
    choices = 0
    for stream in model.streams:
        table = stream.attributes
        for i, (priorities, channels) in enumerate(zip(table.priorities, table.channels, strict=True)):
            own = (table.kind[i], table.classes[i], table.class_share[i])
            rows.append((*own, choices, choices + len(priorities), table.difficulty[i]))
            choices += len(priorities) + len(channels)
    return np.array([*rows, (-1, -1, 1.0, choices, choices, -1)], CLASS)


def _choices(model: Model) -> NDArray[Any]:
    """Priorities, then channels, of each class."""
    codes, shares = [], []
    for stream in model.streams:
        table = stream.attributes
        for i in range(len(table.classes)):
            codes += [table.priorities[i], table.channels[i]]
            shares += [table.priority_share[i], table.channel_share[i]]
    return _records(CHOICE, code=np.concatenate(codes), share=np.concatenate(shares))


def _most(first: NDArray[np.int64]) -> int:
    """Most rows of one step in a ragged table."""
    return int(np.diff(first).max(initial=0))


def _population(model: Model) -> NDArray[Any]:
    sizes = [
        stream.arrivals.size if isinstance(stream.arrivals, PopulationArrivals) else 0
        for stream in model.streams
    ]
    members = np.zeros(sum(sizes), MEMBER)
    members["stream"] = np.repeat(np.arange(len(sizes)), sizes)
    members["subject"] = np.concatenate([np.arange(size) for size in [0, *sizes]])
    return members
