"""People whom control rules bring in: lent by another team, or called in, in the SimPy engine."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from simlab.engines.simpy_lines import Lines
from simlab.engines.simpy_people import Person, Pool, Staff
from simlab.engines.simpy_tickets import Visit
from simlab.model.calendars import ALWAYS, as_lists
from simlab.model.tables import Model


class Loan:
    """People of one team who serve the queue of another one before their own."""

    __slots__ = ("most", "pools", "taker")

    def __init__(self, pools: list[int], taker: int, most: int) -> None:
        self.pools = pools
        """Pools of the team that lends."""
        self.taker = taker
        self.most = most


class Reinforcements:
    """Lent and called-in people; teams ask here only while there are any."""

    def __init__(
        self,
        model: Model,
        staff: Staff,
        lines: Lines,
        give_work: Callable[[Sequence[Person], float], None],
        take: Callable[[Person, Visit, float], None],
    ) -> None:
        self.people, self.pools, self.lines = staff.people, staff.pools, lines
        self.line = staff.line
        self.give_work = give_work
        """Gives free people the next visits."""
        self.take = take
        """Lets a person take up a visit."""
        self.loans: list[Loan] = []
        """Those in force, in the order in which they began."""
        self.called: dict[int, float] = {}
        """By person called in who has not left yet: since when."""
        self.duty: dict[int, list[tuple[float, float]]] = {}
        """By person: when they were on duty, without those who are still there."""
        home, control = model.pools.home.tolist(), model.control
        self._loans = [
            (rule, Loan([pool for pool, team in enumerate(home) if team == giver], taker, most))
            for rule, giver, taker, most in zip(
                *(column.tolist() for column in (control.loan_rule, control.loan_from, control.loan_to)),
                control.loan_people.tolist(),
                strict=True,
            )
        ]
        self.lends = len(self._loans) > 0
        """Whether people may be lent."""
        self._calls = [
            (rule, [person for person, own in enumerate(model.people.shift.tolist()) if own == shift])
            for rule, shift in zip(control.call_rule.tolist(), control.call_shift.tolist(), strict=True)
        ]

        self.may_call = {person for _, people in self._calls for person in people}
        """People who may be called in."""

    def come(self, rule: int, now: float) -> None:
        """Bring in whom a rule brings in."""
        for of_rule, people in self._calls:
            if of_rule == rule:
                for person in people:
                    self._call_in(self.people[person], now)
        for of_rule, loan in self._loans:
            if of_rule == rule:
                self.loans.append(loan)
                self._lend(loan, now)

    def go(self, rule: int, now: float) -> None:
        """Let them go; what people have in hand they finish."""
        for of_rule, people in self._calls:
            if of_rule == rule:
                for person in people:
                    self._send_home(self.people[person], now)
        for of_rule, loan in self._loans:
            if of_rule == rule:
                self.loans.remove(loan)

    # -- called in

    def _call_in(self, person: Person, now: float) -> None:
        self.called.setdefault(person.number, now)
        person.duty = person.shift = as_lists(ALWAYS)
        person.off_at = math.inf
        person.stamp += 1
        if not person.held:
            self.give_work((person,), now)

    def _send_home(self, person: Person, now: float) -> None:
        person.off_at = now
        person.stamp += 1
        if not person.held:
            self.left(person, now)

    def left(self, person: Person, now: float) -> None:
        """Note that a person who was called in leaves; others have left at the end of their shift."""
        since = self.called.pop(person.number, None)
        if since is not None:
            self.duty.setdefault(person.number, []).append((since, now))

    def duty_until(self, end: float) -> dict[int, list[tuple[float, float]]]:
        """By person called in, when they were on duty, up to the end of the run."""
        spans = {person: list(each) for person, each in self.duty.items()}
        for person, since in self.called.items():
            spans.setdefault(person, []).append((since, end))
        return spans

    # -- lent

    def _lend(self, loan: Loan, now: float) -> None:
        """Let people of the team that lends who are free begin at once."""
        while self._has_room(loan, now):
            found = [
                (self._first(loan.taker, pool), pool.first_free(now))
                for pool in (self.pools[number] for number in loan.pools)
            ]
            ready = [(idle, visit) for visit, idle in found if visit is not None and idle is not None]
            if not ready:
                return
            idle, visit = min(ready, key=lambda each: each[0])
            self.lines.take(visit)
            self.take(idle[5], visit, now)

    def free_for(self, visit: Visit, now: float) -> Person | None:
        """Who is free and lent to the team that a visit waits for; None for nobody."""
        for loan in self.loans:
            if loan.taker == visit.team and self._has_room(loan, now):
                free = [
                    pool.first_free(now)
                    for pool in (self.pools[number] for number in loan.pools)
                    if visit.line in self._lines(visit.team, pool)
                ]
                known = [idle for idle in free if idle is not None]
                if known:
                    return min(known)[5]
        return None

    def visit_for(self, person: Person, now: float) -> Visit | None:
        """First in the queue of the team to which a free person is lent; None for nothing."""
        for loan in self.loans:
            if any(self.pools[pool] is person.pool for pool in loan.pools):
                visit = self._first(loan.taker, person.pool)
                if visit is not None and self._has_room(loan, now):
                    return visit
        return None

    def _first(self, team: int, pool: Pool) -> Visit | None:
        """First in the queue of a team for which people of a pool have the skill."""
        heads = [self.lines.head(line) for line in self._lines(team, pool)]
        known = [head for head in heads if head is not None]
        return min(known, key=lambda head: head[0])[1] if known else None

    def _lines(self, team: int, pool: Pool) -> list[int]:
        return [self.line(team, skill) for skill in (-1, *pool.skills)]

    def _has_room(self, loan: Loan, now: float) -> bool:
        """Whether fewer people than are lent work for the other team at this moment."""
        at_work = 0
        for pool in loan.pools:
            for person in self.pools[pool].members:
                lent = any(spell.visit.team == loan.taker for spell in person.held)
                at_work += lent and now < person.off_at
        return at_work < loan.most
