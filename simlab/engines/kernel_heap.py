"""Priority queues of the compiled engine: the event list, the visits that wait, the people who are idle.

Keys never tie: each ends with a sequence or a person's number. So the order in which entries come out is
given by the keys alone, whatever the shape of the heap.
"""

from __future__ import annotations

from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean

# -- the event list: a binary heap by instant, then by order class and sequence of scheduling

ORDER_BITS = 56
"""An event's key is its order class, shifted by so many bits, plus the sequence of its scheduling."""


@inlined
def event_key(desk: Desk, order: int) -> int:
    """Key of the next event to be scheduled."""
    run = desk.run[0]
    run.sequence += 1
    return int((order << ORDER_BITS) + run.sequence)


@inlined_if_lean
def schedule(desk: Desk, at: float, order: int, action: int, subject: int) -> int:
    """Put an event on the list, in which there must be room; return its key."""
    run, events = desk.run[0], desk.events
    key = event_key(desk, order)
    if run.is_first_void:
        run.is_first_void = False
        place = _place_from_top(desk, at, key)
    else:
        place = run.n_events
        run.n_events = place + 1
        while place > 0:
            above = (place - 1) >> 1
            if _comes_before(desk, above, at, key):
                break
            _move_event(desk, above, place)
            place = above
    event = events[place]
    event.at = at
    event.key = key
    event.action = action
    event.subject = subject
    return key


@inlined
def _place_from_top(desk: Desk, at: float, key: int) -> int:
    """Make place for an event on a list whose first one is void: what is before it moves up."""
    n = desk.run[0].n_events
    place = 0
    child = 1
    while child < n:
        if child + 1 < n:
            child += _is_before(desk, child + 1, child)
        if not _comes_before(desk, child, at, key):
            break
        _move_event(desk, child, place)
        place = child
        child = 2 * place + 1
    return place


@compiled
def drop_first_event(desk: Desk) -> None:
    """Take the first event, which is void, off the list."""
    run = desk.run[0]
    run.is_first_void = False
    n = run.n_events - 1
    run.n_events = n
    place = 0
    child = 1
    while child < n:
        if child + 1 < n:
            child += _is_before(desk, child + 1, child)
        if not _is_before(desk, child, n):
            break
        _move_event(desk, child, place)
        place = child
        child = 2 * place + 1
    _move_event(desk, n, place)


@inlined
def _is_before(desk: Desk, one: int, other: int) -> int:
    """1 where an event is before another one, else 0: computed, as guessing goes wrong half the time."""
    a, b = desk.events[one], desk.events[other]
    return int((a.at < b.at) | ((a.at == b.at) & (a.key < b.key)))


@inlined
def _comes_before(desk: Desk, place: int, at: float, key: int) -> bool:
    """Whether the event at a place of the list is before one of an instant and a key."""
    event = desk.events[place]
    return bool(event.at < at or (event.at == at and event.key < key))


@inlined
def _move_event(desk: Desk, place: int, new_place: int) -> None:
    source, to = desk.events[place], desk.events[new_place]
    to.at = source.at
    to.key = source.key
    to.action = source.action
    to.subject = source.subject


# -- the queue of a team: a pairing heap through the visits themselves (Fredman, Sedgewick, Sleator and
#    Tarjan, Algorithmica 1, 1986), so that a queue needs no room of its own, however long it grows


@inlined
def waits_before(desk: Desk, one: int, other: int) -> bool:
    """Whether one visit is ahead of another in the queue."""
    a, b = desk.visits[one], desk.visits[other]
    return bool(a.rank < b.rank or (a.rank == b.rank and a.rank_sequence < b.rank_sequence))


@inlined
def _meld(desk: Desk, a: int, b: int) -> int:
    """Root of two heaps made one; neither is empty."""
    visits = desk.visits
    if waits_before(desk, b, a):
        a, b = b, a
    first = visits[a].left_child
    visits[b].sibling = first
    visits[b].previous = a
    if first >= 0:
        visits[first].previous = b
    visits[a].left_child = b
    return a


@aside
def enqueue(desk: Desk, root: int, at: int) -> int:
    """Root of a heap that a visit has joined."""
    visit = desk.visits[at]
    visit.left_child = visit.sibling = visit.previous = -1
    return at if root < 0 else _meld(desk, root, at)


@aside
def dequeue(desk: Desk, root: int) -> int:
    """Root of a heap, -1 for none, after its first visit has left."""
    visits = desk.visits
    # From left to right, meld the children in pairs; the pairs form a list in reverse order.
    pairs = -1
    child = visits[root].left_child
    while child >= 0:
        other = visits[child].sibling
        if other < 0:
            visits[child].sibling = pairs
            pairs = child
            break
        following = visits[other].sibling
        pair = _meld(desk, child, other)
        visits[pair].sibling = pairs
        pairs = pair
        child = following
    # Then meld the pairs from right to left.
    if pairs < 0:
        return -1
    whole = pairs
    pairs = visits[whole].sibling
    while pairs >= 0:
        following = visits[pairs].sibling
        whole = _meld(desk, whole, pairs)
        pairs = following
    visits[whole].sibling = visits[whole].previous = -1
    return whole


@aside
def remove(desk: Desk, root: int, at: int) -> int:
    """Root of a heap, -1 for none, that a visit has left from wherever it was."""
    visits = desk.visits
    if at == root:
        return dequeue(desk, root)
    previous, sibling = visits[at].previous, visits[at].sibling
    if visits[previous].left_child == at:
        visits[previous].left_child = sibling
    else:
        visits[previous].sibling = sibling
    if sibling >= 0:
        visits[sibling].previous = previous
    below = dequeue(desk, at)
    return root if below < 0 else _meld(desk, root, below)


# -- the idle people of a pool: a binary heap in which each person knows their place


@inlined
def is_preferred(desk: Desk, one: int, other: int) -> bool:
    """Whether one idle person takes the next ticket before another one."""
    a, b = desk.people[one], desk.people[other]
    if a.idle_held != b.idle_held:
        return bool(a.idle_held < b.idle_held)
    if a.idle_key != b.idle_key:
        return bool(a.idle_key < b.idle_key)
    if a.idle_since != b.idle_since:
        return bool(a.idle_since < b.idle_since)
    return one < other


@inlined_if_lean
def add_idle(desk: Desk, person: int) -> None:
    """Put a person, who must not be there yet, among the idle ones of their pool."""
    pool = desk.pools[desk.people[person].pool]
    place = pool.n_idle
    pool.n_idle = place + 1
    _move_up(desk, pool.first_idle, place, person)


@inlined_if_lean
def remove_idle(desk: Desk, person: int) -> None:
    """Take a person out of the idle ones of their pool, if they are there."""
    people, idle = desk.people, desk.idle
    place = people[person].place_among_idle
    if place < 0:
        return
    people[person].place_among_idle = -1
    pool = desk.pools[people[person].pool]
    first, n = pool.first_idle, pool.n_idle - 1
    pool.n_idle = n
    if place == n:
        return
    # The last one fills the gap, and moves down or up from there.
    mover = idle[first + n]
    child = 2 * place + 1
    while child < n:
        if child + 1 < n and is_preferred(desk, idle[first + child + 1], idle[first + child]):
            child += 1
        if not is_preferred(desk, idle[first + child], mover):
            break
        idle[first + place] = idle[first + child]
        people[idle[first + place]].place_among_idle = place
        place = child
        child = 2 * place + 1
    _move_up(desk, first, place, mover)


@inlined_if_lean
def _move_up(desk: Desk, first: int, place: int, person: int) -> None:
    """Put a person into a place of a heap, or above it where they belong there."""
    people, idle = desk.people, desk.idle
    while place > 0:
        above = (place - 1) >> 1
        other = idle[first + above]
        if not is_preferred(desk, person, other):
            break
        idle[first + place] = other
        people[other].place_among_idle = place
        place = above
    idle[first + place] = person
    people[person].place_among_idle = place
