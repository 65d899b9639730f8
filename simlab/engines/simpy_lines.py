"""Queues of the SimPy engine: who waits, and who of them is next.

A team has a line for the tickets that need no skill, and one for each skill.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
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


class Line:
    """Visits that wait for the same people, the one of the least rank and turn first.

    A place is void once its visit is taken out, or has another rank; void places are dropped when they come
    first.
    """

    __slots__ = ("_heap", "_number", "lengths", "team")

    def __init__(self, lengths: list[int], team: int) -> None:
        self.lengths, self.team = lengths, team
        """Visits that wait, by team, and the one of which this is a line."""
        self._heap: list[tuple[float, int, int, Visit]] = []
        self._number = count()

    def add(self, visit: Visit) -> None:
        """Let a visit wait at its rank."""
        visit.is_queued = True
        self.lengths[self.team] += 1
        heappush(self._heap, (visit.rank, visit.turn, next(self._number), visit))

    def first(self) -> Visit | None:
        """Return the first visit; None where nobody waits."""
        heap = self._heap
        while heap:
            rank, _, _, visit = heap[0]
            if visit.is_queued and visit.rank == rank:
                return visit
            heappop(heap)
        return None

    def pop(self) -> Visit | None:
        """Take the first visit out; None where nobody waits."""
        visit = self.first()
        if visit is not None:
            heappop(self._heap)
            self.remove(visit)
        return visit

    def popping(self) -> Callable[[], Visit | None]:
        """What takes the first visit out; None where nobody waits."""
        return self.pop

    def remove(self, visit: Visit) -> None:
        """Take a visit out; its place is void."""
        visit.is_queued = False
        self.lengths[self.team] -= 1

    def visits(self) -> Iterator[Visit]:
        """Yield all who wait, in no order; some may come twice."""
        return (visit for rank, _, _, visit in self._heap if visit.is_queued and visit.rank == rank)


class LineInTurn(Line):
    """A line with few ranks, to which visits come in turn: they stand in queues, one for each rank.

    Only those who take an earlier place again, as after an interruption, need the heap.
    """

    __slots__ = ("_pop", "_queues", "is_by_priority", "queue_of", "sequence")

    def __init__(
        self, lengths: list[int], team: int, sequence: Iterator[int], is_by_priority: bool = True
    ) -> None:
        super().__init__(lengths, team)
        self.sequence = sequence
        """Numbers visits in the order in which they join any line."""
        self.is_by_priority = is_by_priority
        """Whether they are ranked by priority; they have all the same rank otherwise."""
        self.queue_of: dict[float, deque[Visit]] = {}
        """Those who have come in turn, by rank."""
        self._queues: list[tuple[float, deque[Visit]]] = []
        """By rank, the least first."""
        self._pop = self.popping()

    def add(self, visit: Visit) -> None:
        """Let a visit wait at its rank."""
        try:
            queue = self.queue_of[visit.rank]
        except KeyError:
            queue = self.queue_of[visit.rank] = deque()
            self._queues[:] = sorted(self.queue_of.items())
        if queue and queue[-1].turn >= visit.turn:
            super().add(visit)
            return
        visit.is_queued = True
        self.lengths[self.team] += 1
        queue.append(visit)

    def popping(self) -> Callable[[], Visit | None]:
        """What takes the first visit out; None where nobody waits."""
        earlier, queues, lengths, team = self._heap, self._queues, self.lengths, self.team

        def pop() -> Visit | None:
            if earlier and Line.first(self) is self.first():
                return Line.pop(self)
            for rank, queue in queues:
                while queue:
                    visit = queue.popleft()
                    if visit.is_queued and visit.rank == rank:
                        visit.is_queued = False
                        lengths[team] -= 1
                        return visit
            return None

        return pop

    def first(self) -> Visit | None:
        """Return the first visit; None where nobody waits."""
        earlier = super().first() if self._heap else None
        for rank, queue in self._queues:
            while queue:
                visit = queue[0]
                if visit.is_queued and visit.rank == rank:
                    is_first = earlier is None or (rank, visit.turn) < (earlier.rank, earlier.turn)
                    return visit if is_first else earlier
                queue.popleft()
        return earlier

    def pop(self) -> Visit | None:
        """Take the first visit out; None where nobody waits."""
        return self._pop()

    def visits(self) -> Iterator[Visit]:
        """Yield all who wait, in no order; some may come twice."""
        yield from super().visits()
        for rank, queue in self._queues:
            yield from (visit for visit in queue if visit.is_queued and visit.rank == rank)


class Lines:
    """The visits that wait for one person each."""

    def __init__(self, model: Model, n_lines: int) -> None:
        self.discipline = model.teams.discipline.tolist()
        n_teams = len(self.discipline)
        self.lengths = quiet_desk(model)
        """Visits that wait, by team; behind them, 1 for each control rule that acts, and flags of rungs."""
        self._sequence = count(1)
        self.lines = [self._line_of(line * n_teams // n_lines) for line in range(n_lines)]

    def _line_of(self, team: int) -> Line:
        """Return an empty line of a team."""
        discipline = self.discipline[team]
        if discipline in (PRIORITY, FIFO):
            return LineInTurn(self.lengths, team, self._sequence, discipline == PRIORITY)
        return Line(self.lengths, team)

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
        self.lines[visit.line].add(visit)

    def remove(self, visit: Visit) -> None:
        """Take a visit out; its place is void."""
        self.lines[visit.line].remove(visit)

    def head(self, line: int) -> tuple[Rank, Visit] | None:
        """Return the first of a line with its rank; None where nobody waits."""
        visit = self.lines[line].first()
        return None if visit is None else ((visit.rank, visit.turn), visit)

    def best_for(self, pool: Pool) -> Visit | None:
        """Return the visit that people of a pool take next."""
        best: tuple[Rank, Visit] | None = None
        for level in pool.levels:
            for line in level:
                head = self.head(line)
                if head is not None and (best is None or head[0] < best[0]):
                    best = head
            if best is not None:
                return best[1]
        return None

    def take(self, visit: Visit) -> None:
        """Take out a visit that is the first of its line."""
        self.lines[visit.line].pop()

    def waiting(self, line: int) -> list[Visit]:
        """Return all who wait in a line, the most urgent first."""
        found = {visit.sequence: visit for visit in self.lines[line].visits()}
        return sorted(found.values(), key=urgency)

    def of_team(self, team: int) -> Iterator[Visit]:
        """Yield all who wait for a team, whatever skill they need, in no order."""
        found = (visit for line in self.lines for visit in line.visits())
        yield from dict.fromkeys(visit for visit in found if visit.team == team)


def urgency(visit: Visit) -> tuple[float, int]:
    """Key that sorts visits by priority, then by when they came."""
    return visit.ticket.facts[Field.PRIORITY], visit.sequence
