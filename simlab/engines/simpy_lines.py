"""Queues of the SimPy engine: who waits, and who of them is next.

A team has a line for the tickets that need no skill, and one for each skill.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

from simlab.engines.simpy_people import Pool
from simlab.engines.simpy_tickets import Visit
from simlab.model.codes import Discipline, Field
from simlab.model.tables import Model
from simlab.model.ticket_rules import quiet_desk

# Plain numbers: Python 3.11 compares them several times as fast as members of an enumeration.
PRIORITY, FIFO, LIFO, EARLIEST_DUE = map(
    int, (Discipline.PRIORITY, Discipline.FIFO, Discipline.LIFO, Discipline.EARLIEST_DUE)
)
OF_PRIORITY = int(Field.PRIORITY)

Rank = tuple[float, int]
Place = tuple[int, Rank]
"""Where a visit stands for the people of a pool: level of the line, rank in it; the least is next."""


class Lines:
    """The visits that wait for one person each."""

    def __init__(self, model: Model, n_lines: int) -> None:
        self.discipline = model.teams.discipline.tolist()
        self._lines: list[list[tuple[float, int, Visit]]] = [[] for _ in range(n_lines)]
        self.lengths = quiet_desk(model)
        """Visits that wait, by team; behind them, 1 for each control rule that acts, and flags of rungs."""
        self._sequence = count(1)

    def number(self, visit: Visit) -> None:
        """Let a visit be the last that has come so far, and rank it so in its team."""
        visit.sequence = visit.turn = next(self._sequence)
        discipline = self.discipline[visit.team]
        if discipline == PRIORITY:  # as it mostly is
            visit.rank = visit.ticket.facts[OF_PRIORITY]
        elif discipline == FIFO:
            visit.rank = 0.0
        else:
            visit.rank, visit.turn = self.rank(visit, visit.team)

    def rank(self, visit: Visit, team: int) -> Rank:
        """Return the rank of a visit among those of a team, by the facts of its ticket now."""
        sequence = visit.sequence
        discipline = self.discipline[team]
        if discipline == PRIORITY:
            return visit.ticket.facts[OF_PRIORITY], sequence
        if discipline == FIFO:
            return 0.0, sequence
        if discipline == LIFO:
            return 0.0, -sequence
        if discipline == EARLIEST_DUE:
            return visit.ticket.resolve_due, sequence
        return visit.left, sequence

    def add(self, visit: Visit) -> None:
        """Let a visit wait at its rank."""
        heappush(self._lines[visit.line], (visit.rank, visit.turn, visit))
        visit.is_queued = True
        self.lengths[visit.team] += 1

    def remove(self, visit: Visit) -> None:
        """Take a visit out; its place is void."""
        visit.is_queued = False
        self.lengths[visit.team] -= 1

    def head(self, line: int) -> tuple[Rank, Visit] | None:
        """Return the first of a line, void places dropped."""
        waiting = self._lines[line]
        while waiting:
            rank, turn, visit = waiting[0]
            if _has_place(visit, rank):
                return (rank, turn), visit
            heappop(waiting)
        return None

    def next_of(self, line: int) -> Visit | None:
        """Take the first of a line out; None where nobody waits."""
        waiting = self._lines[line]
        while waiting:
            rank, _, visit = heappop(waiting)
            if visit.is_queued and visit.rank == rank:
                visit.is_queued = False
                self.lengths[visit.team] -= 1
                return visit
        return None

    def best_for(self, pool: Pool) -> Visit | None:
        """Return the visit that people of a pool take next."""
        best: tuple[Rank, Visit] | None = None
        for level in pool.levels:
            for line in level:
                if self._lines[line]:
                    head = self.head(line)
                    if head is not None and (best is None or head[0] < best[0]):
                        best = head
            if best is not None:
                return best[1]
        return None

    def take(self, visit: Visit) -> None:
        """Take out a visit that is the first of its line."""
        heappop(self._lines[visit.line])
        self.remove(visit)

    def waiting(self, line: int) -> list[Visit]:
        """Return all who wait in a line, the most urgent first."""
        found = {visit.sequence: visit for rank, _, visit in self._lines[line] if _has_place(visit, rank)}
        return sorted(found.values(), key=urgency)

    def of_team(self, team: int) -> Iterator[Visit]:
        """Yield all who wait for a team, whatever skill they need, in no order."""
        found = (visit for line in self._lines for rank, _, visit in line if _has_place(visit, rank))
        yield from dict.fromkeys(visit for visit in found if visit.team == team)


def _has_place(visit: Visit, rank: float) -> bool:
    """Whether a visit still has a place in its line: with another rank it has another place."""
    return visit.is_queued and visit.rank == rank


def urgency(visit: Visit) -> tuple[float, int]:
    """Key that sorts visits by priority, then by when they came."""
    return visit.ticket.facts[Field.PRIORITY], visit.sequence
