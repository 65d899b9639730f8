"""What swarms ask of the teams whose people they take, in the SimPy engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from simlab.engines.simpy_events import DeskEnvironment
from simlab.engines.simpy_lines import Lines
from simlab.engines.simpy_people import Person, Pool, Spell, Staff
from simlab.engines.simpy_tickets import Visit


class Dispatch(Protocol):
    """The teams, as their parts see them."""

    env: DeskEnvironment
    lines: Lines
    staff: Staff
    serving: list[list[tuple[int, Pool]]]
    """By line, the pools that serve it, with their ranks."""
    preempts: list[list[bool]]
    """By team and priority, whether its tickets interrupt the work on others."""
    on_done: Callable[[Visit, float], None]
    handover_work: Callable[[Visit], float]

    def speed(self, person: Person, line: int) -> float:
        """Speed of a person at the tickets of a line."""
        ...

    def give_work(self, people: Sequence[Person], now: float) -> None:
        """Give people who have become free the next visits."""
        ...

    def put_down(self, visit: Visit, now: float) -> list[Person]:
        """Let all who work on a visit put it down."""
        ...

    def return_to_queue(self, visit: Visit, now: float) -> None:
        """Let a visit that was put down wait for whoever is next."""
        ...

    def let_go(self, spell: Spell, now: float) -> None:
        """End a spell and record it."""
        ...
