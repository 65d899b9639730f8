"""Draws of tickets of the list, computed for some that come next at a time.

What a ticket is, and its first visit, is drawn as soon as it arrives. A processor computes several of these
draws in the time of one where they stand in a loop, and need not wait for them when they are wanted. Each is
a function of its address, so that it is the same wherever it is computed.
"""

from __future__ import annotations

from typing import Final

from simlab.engines.kernel_memory import Desk, aside, compiled, inlined
from simlab.engines.kernel_rules import quantile, uniform_pair
from simlab.model.streams import Purpose

ROWS: Final = 64
"""Arrivals of one page, a power of 2."""
PAGED: Final = (
    Purpose.CLASS, Purpose.PRIORITY, Purpose.CHANNEL, Purpose.DIFFICULTY, Purpose.SERVICE, Purpose.ROUTE,
)  # fmt: skip
"""What the draws of a page decide, in the order in which they stand there. For the work of first visits it
has the time itself, where all tickets of a stream draw it from one distribution."""
OF_CLASS, OF_PRIORITY, OF_CHANNEL, OF_DIFFICULTY, OF_SERVICE, OF_ROUTE = range(0, len(PAGED) * ROWS, ROWS)
"""Where on a page the draws of a purpose begin."""
_N_PAGED, _SERVICE_COLUMN = len(PAGED), PAGED.index(Purpose.SERVICE)
_OF_EARLY = _N_PAGED * ROWS


@inlined
def have_at_hand(desk: Desk, source: int, place: int) -> None:
    """Have the draws of an arrival at hand until it is over; the ticket keeps those that it needs later."""
    run, ticket, page = desk.run[0], desk.tickets[place], desk.page
    row = source & (ROWS - 1)
    if row == 0:
        turn_page(desk, source)
    run.fresh = ticket.number
    run.fresh_row = row
    ticket.has_early = True
    for i in range(run.n_early):
        ticket.early[i] = page[_OF_EARLY + i * ROWS + row]


@inlined
def is_at_hand(desk: Desk, place: int, step: int, number: int) -> bool:
    """Whether the draws of a visit are on the page: the first one of the ticket that arrives."""
    ticket = desk.tickets[place]
    return bool(
        ticket.number == desk.run[0].fresh and number == 0 and step == desk.streams[ticket.stream].first_step
    )


@aside
def turn_page(desk: Desk, source: int) -> None:
    """Draw for an arrival and those that come next."""
    run = desk.run[0]
    n = min(ROWS, run.n_arrivals - source)
    for i in range(n):
        stream = desk.streams[desk.arrivals.stream[source + i]]
        desk.page_spaces[i] = stream.space
        address = desk.steps[stream.first_step].address
        desk.page_places[OF_SERVICE + i] = desk.page_places[OF_ROUTE + i] = address
    for column in range(_N_PAGED + run.n_early):
        if desk.page_purposes[column] >= 0:
            draw_column(desk, source, n, column * ROWS, desk.page_purposes[column])
    if desk.page_purposes[_SERVICE_COLUMN] >= 0:
        make_times(desk, source, n)


@compiled
def make_times(desk: Desk, source: int, n: int) -> None:
    """Make times of the draws for first visits, where all tickets draw them from one distribution."""
    page = desk.page
    for i in range(n):
        timing = desk.steps[desk.streams[desk.arrivals.stream[source + i]].first_step].timing
        if timing >= 0:
            page[OF_SERVICE + i] = quantile(desk.distributions, timing, page[OF_SERVICE + i])


@compiled
def draw_column(desk: Desk, source: int, n: int, column: int, purpose: int) -> None:
    """Draw what one purpose needs, in a loop that a processor does several at a time of."""
    subjects, spaces, places, page = desk.arrivals.subject, desk.page_spaces, desk.page_places, desk.page
    key_0, key_1 = desk.run[0].key_0, desk.run[0].key_1
    for i in range(n):
        page[column + i] = uniform_pair(
            (key_0, key_1), subjects[source + i], spaces[i], places[column + i], 0, purpose
        )[0]
