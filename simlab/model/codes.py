"""The codes of the compiled model: what the numbers in its tables mean."""

from __future__ import annotations

from enum import IntEnum


class Order(IntEnum):
    """Order of events at the same instant; within one class, by sequence of scheduling.

    This is the one table that every engine reads.
    """

    COMPLETION = 0
    SHIFT_END = 1
    SHIFT_START = 2
    RETURN = 3
    TIMER = 4
    ARRIVAL = 5
    REVIEW = 6


class StepKind(IntEnum):
    """What happens to a ticket at a step."""

    WORK = 0
    """Needs one person of a team for the service time."""
    DELAY = 1
    """Nobody is needed: waiting, or the run of an automation."""
    ROUTE = 2
    """An instant decision, not logged."""
    RESOLVE = 3
    """The ticket is resolved (or cancelled, ...); its clocks stop."""
    REOPEN = 4
    """The ticket comes back; its resolution clock goes on."""
    EXIT = 5
    """The ticket leaves the system."""
    FORK = 6
    """The ticket goes down several branches at once."""
    JOIN = 7
    """A branch ends; enough of them send the ticket on from where they began."""
    GATHER = 8
    """Tickets wait for each other, to go on together."""


class Outcome(IntEnum):
    """How a ticket stands at the end of the run."""

    OPEN = 0
    RESOLVED = 1
    CANCELLED = 2
    ABANDONED = 3


class DelayCause(IntEnum):
    """What a DELAY stands for, to account for its time."""

    WAIT = 0
    AUTOMATION = 1
    DORMANT = 2


class VisitCause(IntEnum):
    """Why a visit takes place, as in the visit log."""

    REGULAR = 0
    MISROUTED = 1
    AFTER_AUTOMATION = 2
    AUDIT = 3


class Field(IntEnum):
    """Facts of a ticket that rules may ask for: positions in its list of facts."""

    STREAM = 0
    KIND = 1
    CLASS = 2
    PRIORITY = 3
    CHANNEL = 4
    DIFFICULTY = 5
    HOPS = 6
    REOPENS = 7
    VISITS = 8
    """Visits of the ticket to the step where the rule stands, the present one included."""
    CAME_FROM = 9
    """The step before."""
    TEAM = 10
    """The team of the last work visit; -1 before the first."""
    FLAW = 11
    """A defect or error that nobody noticed, by its number; 0 for none."""
    CALENDAR = 12
    """Not a fact of the ticket: the test asks whether a calendar is open now."""
    QUEUE = 13
    """Not a fact of the ticket: the test asks how many tickets wait for a team now."""
    FAULT = 14
    """State of the fault behind the ticket now, by :class:`FaultState`."""
    SCORE = 15
    """How satisfied its customer is; NaN before it is closed."""
    CONTROL = 16
    """Not a fact of the ticket: the test asks whether a control rule acts now."""
    RUNG = 17
    """Not a fact of the ticket: the test asks how far levers have been moved by now."""


class AttemptOutcome(IntEnum):
    """What became of an attempt of self-service."""

    CONTAINED = 0
    """Done: there is no ticket."""
    FAILED = 1
    """It became a ticket at the end of the attempt."""
    CAME_BACK = 2
    """It seemed done, and became a ticket later."""


class Measure(IntEnum):
    """What a control rule watches."""

    QUEUE = 0
    """Tickets that wait for its teams."""
    OLDEST = 1
    """Minutes for which the oldest of them has waited."""
    OPEN = 2
    """Tickets in the system that are not resolved."""
    RESPOND_RISK = 3
    """Open tickets whose response is due within the horizon."""
    RESOLVE_RISK = 4
    """Open tickets whose resolution is due within the horizon."""


class FaultState(IntEnum):
    """What is known of a fault, the root cause of incidents."""

    NONE = 0
    """There is no fault behind the ticket."""
    UNKNOWN = 1
    WORKAROUND = 2
    """A workaround is known."""
    FIXED = 3
    """It causes no incidents any more."""


class Origin(IntEnum):
    """Where a ticket came from."""

    DEMAND = 0
    SPAWNED = 1
    """The end of a visit of another ticket gave rise to it."""
    PROBLEM = 2
    """Incidents of one fault gave rise to it."""
    REPEAT = 3
    """The customer of another ticket came again."""
    IMPROVEMENT = 4
    """Low scores of customers gave rise to it."""


class Discipline(IntEnum):
    """Queue discipline: who is next."""

    PRIORITY = 0
    FIFO = 1
    LIFO = 2
    EARLIEST_DUE = 3
    SHORTEST = 4


class Dispatch(IntEnum):
    """Who of several idle people takes the ticket."""

    LONGEST_IDLE = 0
    FASTEST = 1
    CHEAPEST = 2
    LEAST_LOADED = 3


class ShiftEnd(IntEnum):
    """What happens to work in hand when the shift ends."""

    FINISH = 0
    """The person finishes it in overtime."""
    PAUSE = 1
    """The same person resumes it at the next duty."""
    HAND_OVER = 2
    """It goes back to the queue, with extra time for the next person to read in."""
