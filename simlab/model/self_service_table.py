"""Self-service in front of a demand stream, compiled."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SelfService:
    """An automation that some contacts of a stream try first, in force from an instant on."""

    start: float
    end: float
    automation: int
    rules: int
    """Block of one row: the contacts that may try it."""
    coverage: float
    """Share of these that try it: adoption."""
    success: float
    errors: float
    """Share of the successes that come back as a ticket."""
    run_time: int
    """Distribution of the time of an attempt."""
    comes_back: int
    """Distribution of the time from a success that was wrong to its ticket."""
    harder: float
    """Factor on the difficulty of tickets after a failed attempt, or one that comes back."""
    channel: int
    """Channel by which these come; -1 as they would have come."""
    place: int
    """Place word of its draws, the same at all levels: who tries at one level tries at every higher one."""
