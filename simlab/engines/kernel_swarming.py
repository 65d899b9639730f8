"""What the teams ask for where people swarm, in the compiled engine, and how the work of swarms ends.

Whatever it brings about is done when a function returns: see `simlab.engines.kernel_errands`.
"""

from __future__ import annotations

from simlab.engines.kernel_actions import SWARM_BREAK_UP, SWARM_COMPLETE
from simlab.engines.kernel_crews import is_swarm
from simlab.engines.kernel_errands import (
    GIVE,
    INTERRUPT,
    OFFER,
    PLACE,
    START_READY,
    enlist,
    give_to_idle_of,
    put_down,
    put_up,
    run_errands,
)
from simlab.engines.kernel_interruptions import list_waiting
from simlab.engines.kernel_memory import Desk, aside, compiled
from simlab.engines.kernel_people import leave_queue, rank
from simlab.engines.kernel_swarms import (
    begins_with_a_break,
    count_handover,
    end_work,
    wait_for_crew,
    wait_no_longer,
    work_on,
)


@compiled
def place(desk: Desk, at: int, now: float) -> None:
    """Start on a visit if somebody is free for it or can be freed; else let it wait."""
    if not is_swarm(desk, at):
        rank(desk, at)
    place_again(desk, at, now)


@compiled
def place_again(desk: Desk, at: int, now: float) -> None:
    """As `place`, at the rank that the visit has had."""
    put_up(desk, PLACE, -1, at, desk.run[0].n_listed)
    run_errands(desk, now)


@compiled
def offer_person(desk: Desk, number: int, now: float) -> None:
    """Give a person who is free the next visit, unless a swarm takes or keeps them; else they are idle."""
    put_up(desk, OFFER, number, -1, desk.run[0].n_listed)
    run_errands(desk, now)


@compiled
def give_work_to_members(desk: Desk, first: int, end: int, now: float) -> None:
    """Give members of a group the next visits."""
    for i in range(first, end):
        enlist(desk, desk.members[i])
    put_up(desk, GIVE, -1, -1, 0)
    run_errands(desk, now)


@compiled
def give_work_to_one(desk: Desk, number: int, now: float) -> None:
    """Give a person the next visits."""
    enlist(desk, number)
    put_up(desk, GIVE, -1, -1, 0)
    run_errands(desk, now)


@compiled
def interrupt_for(desk: Desk, line: int, now: float) -> None:
    """Let urgent tickets that have come meanwhile interrupt the work that people are back to resume."""
    put_up(desk, INTERRUPT, list_waiting(desk, line), -1, 0)
    run_errands(desk, now)


@compiled
def leave_waiting(desk: Desk, at: int, now: float) -> None:
    """Take a visit out of its line; people whom its swarm kept back look for work."""
    if not is_swarm(desk, at):
        leave_queue(desk, at)
        return
    wait_no_longer(desk, at)
    if desk.swarms[desk.visits[at].step].holds:
        give_to_idle_of(desk, at, now)
        run_errands(desk, now)


@compiled
def stop_waiting_or_work(desk: Desk, at: int, now: float) -> None:
    """Take a visit away that is no longer needed, from the queue or from those who have it."""
    if desk.run[0].is_short:
        return
    if desk.visits[at].is_queued:
        leave_waiting(desk, at, now)
        return
    put_down(desk, at, -1, now)
    put_up(desk, GIVE, -1, -1, 0)
    run_errands(desk, now)


# -- the work of a swarm ends


@aside
def swarm_completes(desk: Desk, action: int, at: int, now: float) -> bool:
    """End the work of a swarm, or a part of it; whether the work is done."""
    if action == SWARM_COMPLETE:
        complete_swarm(desk, at, now)
        return True
    if action == SWARM_BREAK_UP:
        break_up(desk, at, now)
    else:
        go_on_in_swarm(desk, at, now)
    return False


@compiled
def complete_swarm(desk: Desk, at: int, now: float) -> None:
    """End the work of a swarm, whose people look for work."""
    end_work(desk, at, False, now)
    give_to_former(desk, now)
    run_errands(desk, now)


@compiled
def break_up(desk: Desk, at: int, now: float) -> None:
    """When duty ends for one of them: the visit waits for a new swarm, the others are free."""
    end_work(desk, at, False, now)
    count_handover(desk, at, now)
    wait_anew(desk, at, now)


@compiled
def go_on_in_swarm(desk: Desk, at: int, now: float) -> None:
    """Let the same people work on when the next shift of one of them begins in overtime."""
    speed = desk.people[desk.visits[at].person].spell_speed
    end_work(desk, at, False, now)
    if begins_with_a_break(desk, now):
        wait_anew(desk, at, now)
    else:
        work_on(desk, at, speed, now)


@compiled
def wait_anew(desk: Desk, at: int, now: float) -> None:
    """Let a visit wait for a new swarm; those of the old one who are on duty are free."""
    wait_for_crew(desk, at)
    put_up(desk, START_READY, -1, -1, desk.run[0].n_listed)
    give_to_former(desk, now)
    run_errands(desk, now)


@compiled
def give_to_former(desk: Desk, now: float) -> None:
    """Let those of a former crew who are on duty look for work."""
    first = desk.run[0].n_listed
    for i in range(desk.run[0].n_former):
        if now < desk.people[desk.former[i]].off_at:
            enlist(desk, desk.former[i])
    put_up(desk, GIVE, -1, -1, first)
