"""Numbers of what the kernel may have to do: actions of events, and tasks that are put off within one.

Actions of one kind stand together, for `simlab.engines.kernel.take_place` asks for ranges of them, from the
last to the first. What is learnt may be an event or a task; no other number means both.
"""

from __future__ import annotations

from typing import Final

# -- actions of events

COMPLETE, HAND_OVER, GO_ON = 0, 1, 2
"""A person's spell of work ends: done, at the end of a shift, at the end of overtime that lasts longer."""
OPENING = 3
"""People come on duty."""
DELAY_OVER, TIMER_ENDS = 4, 5
"""A visit has waited."""
BATCH_GOES = 6
"""Visits that gathered go on."""
MEMBER_COMES, TICKET_COMES = 7, 8
"""A member of a population brings a ticket; a ticket comes of which others are the cause."""

FIRST_OF_CHATS = 20
CHAT_COMPLETE, CHAT_HAND_OVER, CHAT_GO_ON = 20, 21, 22
"""One of several tickets that a person holds is let go of."""
FIRST_OF_SWARMS = 23
SWARM_COMPLETE, SWARM_BREAK_UP, SWARM_GO_ON = 23, 24, 25
"""The work of a swarm ends."""

FIRST_LEARNT = 40
REVIEW_OF_FAULTS, NEW_FAULT, INCIDENT_CAME = 40, 41, 42
"""The first is also a task, the last is only one."""
REVIEW_OF_SCORES, ANSWER, RAISE_IMPROVEMENTS = 43, 44, 45
"""The last is a task."""
LEVER_MOVES, LEVER_FALLS = 46, 47
"""Their subject is a lever, plus the number of levers times what else is known: the ticket that moves it, or
how often it had been moved when it began to fall."""

FIRST_OF_CONTROL = 60
REVIEW, CLOSING, BEGINS_TO_ACT, STOPS_ACTING = 60, 61, 62, 63
"""Control rules."""

# -- tasks

ENTER, NEXT_BRANCH, LEAVE = 0, 1, 2
"""Let a ticket come to a step; start the next of its branches; let a visit leave whose work is done."""
SEND_AWAY = 3
"""Let a member of a population go away."""
TAKE_OVER, START = 4, 5
"""Let an open ticket go on at the start of the run; schedule what comes first, once all of them have."""

TASKS: Final = (
    "ENTER", "NEXT_BRANCH", "LEAVE", "SEND_AWAY", "TAKE_OVER", "START", "REVIEW_OF_FAULTS", "INCIDENT_CAME",
    "RAISE_IMPROVEMENTS",
)  # fmt: skip
"""Names of the numbers that are tasks."""
ONLY_TASKS: Final = frozenset(TASKS) - {"REVIEW_OF_FAULTS"}
"""Those that are no actions of events."""
