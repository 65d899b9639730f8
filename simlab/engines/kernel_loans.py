"""People of one team who are lent to another one, in the compiled engine: who of them takes what."""

from __future__ import annotations

from simlab.engines.kernel_heap import is_preferred, waits_before
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_people import first_idle, first_idle_of, take, take_out


@compiled
def lend(desk: Desk, loan: int, now: float) -> None:
    """Let people of the team that lends who are free begin at once."""
    loaned = desk.loans[loan]
    while may_lend(desk, loan, now):
        best, at = -1, -1
        for pool in range(desk.run[0].n_pools):
            if desk.pools[pool].home != loaned.giver:
                continue
            head, idle = first_for_pool(desk, loaned.taker, pool), first_idle_of(desk, pool, now)
            if head >= 0 and idle >= 0 and (best < 0 or is_preferred(desk, idle, best)):
                best, at = idle, head
        if best < 0:
            return
        take_out(desk, at)
        take(desk, best, at, now)


@inlined_if_lean
def first_free(desk: Desk, line: int, now: float) -> int:
    """Who takes a ticket of a line: the team's people and its helpers before those who are lent to it."""
    best = first_idle(desk, line, now)
    return best if best >= 0 else first_lent(desk, line, now)


@compiled
def first_lent(desk: Desk, line: int, now: float) -> int:
    """Who takes a ticket of a line, of those who are lent to its team; -1 for nobody."""
    for i in range(desk.run[0].n_lending):
        loan = desk.lending[i]
        if desk.loans[loan].taker == desk.lines[line].team and may_lend(desk, loan, now):
            best = first_free_of(desk, desk.loans[loan].giver, line, now)
            if best >= 0:
                return best
    return -1


@aside
def first_free_of(desk: Desk, giver: int, line: int, now: float) -> int:
    """Who of a team that lends is free for a ticket of a line; -1 for nobody."""
    run, best = desk.run[0], -1
    for pool in range(run.n_pools):
        if desk.pools[pool].home == giver and has_skill_for(desk, pool, line):
            idle = first_idle_of(desk, pool, now)
            if idle >= 0 and (best < 0 or is_preferred(desk, idle, best)):
                best = idle
    return best


@aside
def visit_for_lent(desk: Desk, number: int, now: float) -> int:
    """First in the queue of the team to which a free person is lent; -1 for nothing."""
    pool = desk.people[number].pool
    for i in range(desk.run[0].n_lending):
        loan = desk.lending[i]
        if desk.loans[loan].giver == desk.pools[pool].home:
            at = first_for_pool(desk, desk.loans[loan].taker, pool)
            if at >= 0 and may_lend(desk, loan, now):
                return at
    return -1


@compiled
def first_for_pool(desk: Desk, team: int, pool: int) -> int:
    """First in the queue of a team for which people of a pool have the skill; -1 for nobody."""
    n = desk.run[0].n_lines // desk.run[0].n_teams
    best = -1
    for line in range(team * n, (team + 1) * n):
        head = desk.lines[line].first_in_line
        if head >= 0 and has_skill_for(desk, pool, line) and (best < 0 or waits_before(desk, head, best)):
            best = head
    return best


@inlined
def has_skill_for(desk: Desk, pool: int, line: int) -> bool:
    """Whether people of a pool have the skill that tickets of a line need."""
    n = desk.run[0].n_lines // desk.run[0].n_teams
    return bool(desk.pool_skills[pool * n + line % n])


@aside
def may_lend(desk: Desk, loan: int, now: float) -> bool:
    """Whether fewer people than are lent work for the other team at this moment."""
    loaned, at_work = desk.loans[loan], 0
    for pool in range(desk.run[0].n_pools):
        of_pool = desk.pools[pool]
        if of_pool.home != loaned.giver:
            continue
        for k in range(of_pool.first_idle, of_pool.first_idle + of_pool.n_members):
            number = desk.pool_members[k]
            if now < desk.people[number].off_at and works_for(desk, number, loaned.taker):
                at_work += 1
    return bool(at_work < loaned.most)


@inlined
def works_for(desk: Desk, number: int, team: int) -> bool:
    """Whether a person has a ticket of a team in hand."""
    person = desk.people[number]
    if person.room == 1:
        return bool(person.visit >= 0 and desk.visits[person.visit].team == team)
    held = person.first_held
    while held >= 0:
        if desk.visits[desk.chats[held].visit].team == team:
            return True
        held = desk.chats[held].next_held
    return False
