"""Skills in the compiled engine: in which line a ticket waits, and who is best at it."""

from __future__ import annotations

from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_rules import line_of
from simlab.engines.kernel_tickets import chosen_at
from simlab.model.codes import Dispatch

_FASTEST = int(Dispatch.FASTEST)


@compiled
def line_for(desk: Desk, place: int, step: int, number: int, now: float) -> int:
    """Line in which a visit waits: that of the skill that it needs."""
    run, here = desk.run[0], desk.steps[step]
    skill = here.skill
    if here.skill_rules >= 0:
        skill = chosen_at(desk, place, step, number, here.skill_rules, now)
    return int(line_of(here.team, skill, run.n_lines // run.n_teams - 1))


@inlined
def speed_at(desk: Desk, person: int, line: int) -> float:
    """Speed of a person at the tickets of a line."""
    of_person = desk.people[person]
    return float(of_person.speed * desk.line_speeds[of_person.pool * desk.run[0].n_lines + line])


@compiled
def is_preferred_for(desk: Desk, one: int, other: int, line: int) -> bool:
    """Whether one idle person takes a ticket of a line before another: who is fastest depends on the line."""
    a, b = desk.people[one], desk.people[other]
    if a.idle_held != b.idle_held:
        return bool(a.idle_held < b.idle_held)
    of_one, of_other = idle_key_for(desk, one, line), idle_key_for(desk, other, line)
    if of_one != of_other:
        return bool(of_one < of_other)
    if a.idle_since != b.idle_since:
        return bool(a.idle_since < b.idle_since)
    return one < other


@compiled
def idle_key_for(desk: Desk, number: int, line: int) -> float:
    """Key by which the rule of their team puts idle people in order for the tickets of a line."""
    person = desk.people[number]
    if desk.pools[person.pool].dispatch != _FASTEST:
        return float(person.idle_key)
    return float(person.idle_key * desk.line_speeds[person.pool * desk.run[0].n_lines + line])
