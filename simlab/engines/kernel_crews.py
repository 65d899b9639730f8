"""Who works in which swarm, in the compiled engine: how `simlab.engines.simpy_swarms` finds its people.

Nothing happens here: the functions only find out who is free, who is kept back for whom, and who could take
which role.
"""

from __future__ import annotations

from simlab.engines.kernel_interruptions import is_more_urgent
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_people import next_in_line, rank_in
from simlab.engines.kernel_rules import fill_roles, line_of
from simlab.engines.kernel_skills import idle_key_for
from simlab.engines.kernel_tickets import PRIORITY


@inlined
def is_swarm(desk: Desk, at: int) -> bool:
    """Whether several people work on a visit together."""
    return bool(desk.swarms[desk.visits[at].step].n_roles > 0)


@compiled
def may_interrupt(desk: Desk, at: int) -> bool:
    """Whether a visit may interrupt the work on others."""
    visit = desk.visits[at]
    priority = int(desk.tickets[visit.ticket].facts[PRIORITY])
    return bool(desk.preempts[visit.team * desk.run[0].n_priorities + priority])


@compiled
def line_of_role(desk: Desk, at: int, team: int) -> int:
    """Line of those who may take a role: the skill is needed of the step's own team."""
    visit, run = desk.visits[at], desk.run[0]
    if team == visit.team:
        return int(visit.line)
    return int(line_of(team, -1, run.n_lines // run.n_teams - 1))


# -- who is free


@compiled
def find_free(desk: Desk, line: int, now: float) -> None:
    """Find who is free for the tickets of a line, in order of preference."""
    run, serving, pools, people = desk.run[0], desk.serving, desk.pools, desk.people
    run.n_found = 0
    for i in range(desk.lines[line].first_serving, desk.lines[line].end_serving):
        pool = pools[serving[i].pool]
        for k in range(pool.first_idle, pool.first_idle + pool.n_idle):
            number = desk.idle[k]
            person = people[number]
            if now < person.off_at:
                key = idle_key_for(desk, number, line)
                note_found(desk, number, serving[i].rank, person.idle_held, key, person.idle_since, number)
    sort_found(desk)


@compiled
def find_interruptible(desk: Desk, at: int, line: int, now: float) -> None:
    """Find who has work in hand that is less urgent than a visit: the least urgent first, then the latest."""
    run, pools, people = desk.run[0], desk.pools, desk.people
    priority = desk.tickets[desk.visits[at].ticket].facts[PRIORITY]
    run.n_found = 0
    for i in range(desk.lines[line].first_serving, desk.lines[line].end_serving):
        pool = pools[desk.serving[i].pool]
        for k in range(pool.first_idle, pool.first_idle + pool.n_members):
            number = desk.pool_members[k]
            person = people[number]
            if person.room > 1 or person.visit < 0 or now >= person.off_at or now >= person.spell_end:
                continue
            urgency = desk.tickets[desk.visits[person.visit].ticket].facts[PRIORITY]
            if urgency > priority:
                note_found(desk, number, 0, 0, -urgency, -person.spell_started, -number)
    sort_found(desk)


@compiled
def note_found(desk: Desk, person: int, rank: int, held: int, key: float, since: float, number: int) -> None:
    """Note somebody who was found, and what puts them in order."""
    run, preference = desk.run[0], desk.preferences[person]
    preference.rank = rank
    preference.held = held
    preference.key = key
    preference.since = since
    preference.number = number
    desk.found[run.n_found] = person
    run.n_found += 1


@compiled
def sort_found(desk: Desk) -> None:
    """Put those who were found in order (D. L. Shell, A high-speed sorting procedure, 1959)."""
    found, n = desk.found, desk.run[0].n_found
    gap = n
    while gap > 1:
        gap = gap // 2
        for i in range(gap, n):
            person, k = found[i], i
            while k >= gap and comes_before(desk, person, found[k - gap]):
                found[k] = found[k - gap]
                k -= gap
            found[k] = person


@compiled
def comes_before(desk: Desk, one: int, other: int) -> bool:
    """Whether one of those who were found is preferred to another one."""
    a, b = desk.preferences[one], desk.preferences[other]
    if a.rank != b.rank:
        return bool(a.rank < b.rank)
    if a.held != b.held:
        return bool(a.held < b.held)
    if a.key != b.key:
        return bool(a.key < b.key)
    if a.since != b.since:
        return bool(a.since < b.since)
    return bool(a.number < b.number)


# -- who is kept back


@compiled
def hold_back(desk: Desk, before: int, until: int, now: float) -> None:
    """Find who is kept back, by the swarms more urgent than a visit, as they wait up to one of them.

    With -1 for either it is by all.
    """
    run, visits = desk.run[0], desk.visits
    forget_kept(desk)
    run.n_scans += 1
    scan, at = run.n_scans, run.first_waiting
    while at != until and at >= 0:
        if (
            desk.swarms[visits[at].step].holds
            and not is_hopeless(desk, at, 0, scan, now)
            and (before < 0 or is_more_urgent(desk, at, before))
        ):
            keep_those_there(desk, at, now)
        at = visits[at].sibling


@compiled
def forget_kept(desk: Desk) -> None:
    """Let nobody be kept back."""
    run = desk.run[0]
    for i in range(run.n_kept):
        desk.people[desk.kept[i]].kept_for = -1
    run.n_kept = 0


@compiled
def keep(desk: Desk, number: int, at: int) -> None:
    """Keep a person back for a visit."""
    run, person = desk.run[0], desk.people[number]
    if person.kept_for < 0:
        desk.kept[run.n_kept] = number
        run.n_kept += 1
    person.kept_for = at


@compiled
def keep_those_there(desk: Desk, at: int, now: float) -> None:
    """Keep those back who are free for a visit, as many of them as it has use for."""
    fill(desk, at, False, now)
    for role in range(desk.swarms[desk.visits[at].step].n_roles):
        if desk.matching.takers[role] >= 0:
            keep(desk, desk.matching.takers[role], at)


@compiled
def is_hopeless(desk: Desk, at: int, first: int, scan: int, now: float) -> bool:
    """Whether too few are free for a visit to matter now; found out once in a scan for all that are alike.

    ``first``: of the places in which scans of one sort note what they find.
    """
    run, visit = desk.run[0], desk.visits[at]
    n_alike = run.n_lines // run.n_teams
    kind = first + visit.step * n_alike + visit.line % n_alike
    if desk.hopeless[kind] == scan:
        return True
    if may_interrupt(desk, at):
        return False
    if has_hope(desk, at, now):
        return False
    desk.hopeless[kind] = scan
    return True


@compiled
def has_hope(desk: Desk, at: int, now: float) -> bool:
    """Whether anybody is free for a swarm that holds people, or enough people for one that does not."""
    swarm, teams = desk.swarms[desk.visits[at].step], desk.role_teams
    for role in range(swarm.first_role, swarm.first_role + swarm.n_roles):
        needed = 0
        for other in range(swarm.first_role, role + 1):
            if teams[other] == teams[role]:
                needed += 1
        line = line_of_role(desk, at, teams[role])
        if swarm.holds and has_free(desk, line, 1, now):
            return True
        if not swarm.holds and not has_free(desk, line, needed, now):
            return False
    return not swarm.holds


@compiled
def has_free(desk: Desk, line: int, n: int, now: float) -> bool:
    """Whether so many are free for the tickets of a line whom nobody keeps back."""
    for i in range(desk.lines[line].first_serving, desk.lines[line].end_serving):
        pool = desk.pools[desk.serving[i].pool]
        for k in range(pool.first_idle, pool.first_idle + pool.n_idle):
            person = desk.people[desk.idle[k]]
            if now < person.off_at and person.kept_for < 0:
                n -= 1
                if n <= 0:
                    return True
    return False


# -- crews


@compiled
def find_crew(desk: Desk, at: int, interrupts: bool, now: float) -> bool:
    """Find the people who start on a visit, the step's own team first; whether nobody is lacking."""
    run, n_roles = desk.run[0], desk.swarms[desk.visits[at].step].n_roles
    if fill(desk, at, interrupts, now) < n_roles:
        return False
    for role in range(n_roles):
        desk.crew[role] = desk.matching.takers[role]
    run.n_crew = n_roles
    return True


@compiled
def fill(desk: Desk, at: int, interrupts: bool, now: float) -> int:
    """Fill as many roles of a swarm as possible; return how many."""
    roles, swarm, teams = desk.matching, desk.swarms[desk.visits[at].step], desk.role_teams
    row = 0
    for role in range(swarm.n_roles):
        team = teams[swarm.first_role + role]
        if role > 0 and teams[swarm.first_role + role - 1] == team:
            roles.first[role], roles.middle[role] = roles.first[role - 1], roles.middle[role - 1]
            roles.end[role] = row
        else:
            roles.first[role] = row
            row = list_candidates(desk, at, team, row, now)
            roles.middle[role] = row
            if interrupts:
                row = list_interruptible(desk, at, team, row, now)
            roles.end[role] = row
        roles.takers[role] = -1
    for person in range(desk.run[0].n_people):
        roles.roles[person] = roles.seen[person] = -1
    return int(
        fill_roles(
            swarm.n_roles,
            roles.first,
            roles.middle,
            roles.end,
            roles.who,
            roles.roles,
            roles.takers,
            roles.seen,
            roles.path,
            roles.rows,
        )
    )


@compiled
def list_candidates(desk: Desk, at: int, team: int, row: int, now: float) -> int:
    """List who is free for a role, by preference, but those who have a better ticket to take."""
    find_free(desk, line_of_role(desk, at, team), now)
    for i in range(desk.run[0].n_found):
        number = desk.found[i]
        person = desk.people[number]
        if person.room == 1 and person.kept_for < 0 and not has_better(desk, number, at):
            desk.matching.who[row] = number
            row += 1
    return int(row)


@compiled
def list_interruptible(desk: Desk, at: int, team: int, row: int, now: float) -> int:
    """List who could put less urgent work down for a role."""
    find_interruptible(desk, at, line_of_role(desk, at, team), now)
    for i in range(desk.run[0].n_found):
        desk.matching.who[row] = desk.found[i]
        row += 1
    return int(row)


@compiled
def has_better(desk: Desk, person: int, at: int) -> bool:
    """Whether a ticket waits for a person that ranks before a swarm."""
    best = next_in_line(desk, desk.people[person].pool)
    return best >= 0 and stands_before(desk, best, at, person)


@compiled
def stands_before(desk: Desk, one: int, other: int, person: int) -> bool:
    """Whether one visit stands before another one for a person."""
    level, by, sequence = stands(desk, one, person)
    other_level, other_by, other_sequence = stands(desk, other, person)
    if level != other_level:
        return bool(level < other_level)
    return bool(by < other_by or (by == other_by and sequence < other_sequence))


@compiled
def stands(desk: Desk, at: int, person: int) -> tuple[int, float, int]:
    """Where a visit stands for a person: level of the line, rank in it."""
    visit, swarm = desk.visits[at], desk.swarms[desk.visits[at].step]
    first_level = desk.people[person].pool * desk.run[0].n_lines
    if swarm.n_roles == 0:
        return int(desk.line_levels[first_level + visit.line]), float(visit.rank), int(visit.rank_sequence)
    best_level, best_by, best_sequence = -1, 0.0, 0
    for role in range(swarm.first_role, swarm.first_role + swarm.n_roles):
        team = desk.role_teams[role]
        level = int(desk.line_levels[first_level + line_of_role(desk, at, team)])
        if level < 0 or (best_level >= 0 and level > best_level):
            continue
        by, sequence = rank_in(desk, at, team)
        is_first = best_level < 0 or level < best_level
        if is_first or by < best_by or (by == best_by and sequence < best_sequence):
            best_level, best_by, best_sequence = level, by, sequence
    return best_level, best_by, best_sequence
