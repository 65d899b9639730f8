"""Queues of the SimPy engine: who waits, and who of them is next."""

from __future__ import annotations

from heapq import heappop, heappush

from simlab.engines.simpy_tickets import Visit
from simlab.model.codes import Discipline, Field
from simlab.model.tables import Model
from simlab.model.ticket_rules import quiet_desk

Rank = tuple[float, int]


class Lines:
    """The visits that wait, a line for each queue."""

    def __init__(self, model: Model) -> None:
        self.discipline = model.teams.discipline.tolist()
        self._lines: list[list[tuple[Rank, Visit]]] = [[] for _ in model.names.teams]
        self.lengths = quiet_desk(model)
        """Visits that wait, by team; behind them, 1 for each control rule that acts, and flags of rungs."""
        self._sequence = 0

    def number(self, visit: Visit) -> None:
        """Let a visit be the last that has come so far."""
        self._sequence += 1
        visit.sequence = self._sequence

    def rank(self, visit: Visit) -> Rank:
        """Return the place of a visit by the facts of its ticket now: the least is next."""
        sequence = visit.sequence
        match self.discipline[visit.team]:
            case Discipline.PRIORITY:
                return visit.ticket.facts[Field.PRIORITY], sequence
            case Discipline.LIFO:
                return 0.0, -sequence
            case Discipline.EARLIEST_DUE:
                return visit.ticket.resolve_due, sequence
            case Discipline.SHORTEST:
                return visit.left, sequence
        return 0.0, sequence

    def add(self, visit: Visit) -> None:
        """Let a visit wait at its rank."""
        heappush(self._lines[visit.team], (visit.rank, visit))
        visit.is_queued = True
        self.lengths[visit.team] += 1

    def remove(self, visit: Visit) -> None:
        """Take a visit out; its place is void."""
        visit.is_queued = False
        self.lengths[visit.team] -= 1

    def head(self, team: int) -> tuple[Rank, Visit] | None:
        """Return the first of a line, void places dropped."""
        line = self._lines[team]
        while line:
            rank, visit = line[0]
            if _is_at(visit, rank, team):
                return line[0]
            heappop(line)
        return None

    def take(self, visit: Visit) -> None:
        """Take out a visit that is the first of its line."""
        heappop(self._lines[visit.team])
        self.remove(visit)

    def waiting(self, team: int) -> list[Visit]:
        """Return all who wait for a team, the most urgent first."""
        found = {visit.sequence: visit for rank, visit in self._lines[team] if _is_at(visit, rank, team)}
        return sorted(found.values(), key=_urgency)


def _is_at(visit: Visit, rank: Rank, team: int) -> bool:
    """Whether a visit still has a place in a line."""
    return visit.is_queued and visit.rank == rank and visit.team == team


def _urgency(visit: Visit) -> tuple[float, int]:
    return visit.ticket.facts[Field.PRIORITY], visit.sequence
