"""The ways of tickets in the SimPy engine: what happens where they come to a step, and where a visit ends.

That depends on the kind of the step and on what it uses. It is found out when the run is set up: what happens
at a step is one function, put together from what the step has, in which nothing else is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from simlab.engines.interface import timeless_loop
from simlab.engines.simpy_process import Process
from simlab.engines.simpy_service import Leave
from simlab.engines.simpy_steps import Comes, DeskStep
from simlab.engines.simpy_tickets import Fork, Ticket, Visit
from simlab.model.codes import Field, Outcome, StepKind

# Plain numbers: Python 3.11 compares them several times as fast as members of an enumeration.
WORK, DELAY, ROUTE, RESOLVE, REOPEN, EXIT, FORK, JOIN, GATHER = map(int, StepKind)
CAME_FROM, FLAW = int(Field.CAME_FROM), int(Field.FLAW)


class Ways(Process):
    """The steps of one replication, as tickets come to them and leave them."""

    __slots__ = ()

    def put_together(self) -> None:
        """Put together what happens at each step, from what it uses; everything else must be there."""
        self.comes += map(self._way_in, self.steps)
        self.leaves += map(self._way_out, self.steps)

    # -- coming to steps

    def enter(self, ticket: Ticket, code: int, now: float, fork: Fork | None) -> None:
        """Let a ticket (or a branch of it) come to a step, and pass the steps that take no time."""
        following = self.comes[code](ticket, now, fork)
        if following >= 0:
            self._go_through(ticket, following, now, fork)

    def _go_through(self, ticket: Ticket, code: int, now: float, fork: Fork | None) -> None:
        """Let a ticket that has just passed a step come to the next one, and those behind it."""
        comes, at = self.comes, code
        for _ in self.more_at_once:
            code = comes[at](ticket, now, fork)
            if code < 0:
                return
            code, at = at, code
        raise timeless_loop(self.model, self.guards, code)

    def _way_in(self, step: DeskStep) -> Comes:
        """Return what happens where a ticket comes to a step."""
        comes = self._what_happens(step)
        if step.milestone >= 0 and step.kind in (ROUTE, RESOLVE):
            comes = self._where_reached(step, comes)
        if step.counts_passes:
            comes = self._where_counted(step, comes)
        if self.has_branches or len(self.model.sections.permits) > 0:
            comes = self._where_let_in(step, comes)
        return comes

    def _what_happens(self, step: DeskStep) -> Comes:
        """Return what happens at a step of its kind."""
        ways: dict[int, Callable[[DeskStep], Comes]] = {
            WORK: self._where_worked,
            DELAY: self._where_delayed,
            ROUTE: self._where_sent_on,
            RESOLVE: self._where_ended,
            REOPEN: self._where_reopened,
            EXIT: self._where_left,
            FORK: self._where_forked,
            JOIN: self._where_passed,
            GATHER: self._where_gathered,
        }
        return ways[step.kind](step)

    def _where_counted(self, step: DeskStep, comes: Comes) -> Comes:
        """Let a visit be counted as rules see it, and then happen what happens where a ticket comes."""
        shown_as = step.shown_as

        def counts_and_comes(ticket: Ticket, now: float, fork: Fork | None) -> int:
            ticket.passes[shown_as] += 1
            return comes(ticket, now, fork)

        return counts_and_comes

    def _where_reached(self, step: DeskStep, comes: Comes) -> Comes:
        """Let a step that takes no time be a milestone."""
        milestone = step.milestone

        def reaches_and_comes(ticket: Ticket, now: float, fork: Fork | None) -> int:
            ticket.reaches(milestone, now)
            return comes(ticket, now, fork)

        return reaches_and_comes

    def _where_let_in(self, step: DeskStep, comes: Comes) -> Comes:
        """Let happen what happens where a ticket comes to a step only if it goes in."""

        def goes_in_and_comes(ticket: Ticket, now: float, fork: Fork | None) -> int:
            return comes(ticket, now, fork) if self._goes_in(ticket, step, now, fork) else -1

        return goes_in_and_comes

    def _goes_in(self, ticket: Ticket, step: DeskStep, now: float, fork: Fork | None) -> bool:
        """Whether a ticket enters a step now: not without its permit, nor where its branch ends."""
        if fork is None:
            return step.kind == ROUTE or self.limits.admit(ticket, step.code, now)
        if fork.is_void():
            return False
        if step.kind == JOIN:
            self.branches.join(ticket, now, fork)
            return False
        return step.kind != RESOLVE or not fork.is_unheeded()

    def _where_worked(self, step: DeskStep) -> Comes:
        joins = self.teams.joins
        join = joins[self.teams.staff.line(step.team, -1)] if self.work.skills is None else self.teams.join
        comes = self.work.coming(step, join)
        if not step.has_timers:
            return comes

        def come_and_wait(ticket: Ticket, now: float, fork: Fork | None) -> int:
            """Let a ticket wait for people who must begin in time."""
            comes(ticket, now, fork)
            if ticket.visit is not None and ticket.visit.is_queued:
                self.timers.start(ticket.visit, now)
            return -1

        return come_and_wait

    def _where_delayed(self, step: DeskStep) -> Comes:
        if step.since >= 0:
            return self._where_due(step)

        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            visit = self.open_visit(ticket, step.code, now, fork)
            visit.started = now
            self.delays.begin(visit, now, now, self.time_of(ticket, step, visit.number, now))
            return -1

        return come

    def _where_due(self, step: DeskStep) -> Comes:
        """Let tickets wait until some time after an earlier instant."""

        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            visit = self.open_visit(ticket, step.code, now, fork)
            visit.started, since = now, ticket.last_at(step.since, now)
            since, ticket.spent = self.delays.counted_since(step.code, since, now, ticket.spent)
            self.delays.begin(visit, now, since, self.time_of(ticket, step, visit.number, now))
            return -1

        return come

    def _where_gathered(self, step: DeskStep) -> Comes:
        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            self.batches.gather(ticket, step.code, now, fork)
            return -1

        return come

    def _where_forked(self, step: DeskStep) -> Comes:
        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            self.branches.fork(ticket, step.code, ticket.counts_visit(step.code), now, fork)
            return -1

        return come

    @abstractmethod
    def _where_left(self, step: DeskStep) -> Comes: ...

    def _where_ended(self, step: DeskStep) -> Comes:
        """Let a ticket be resolved or end otherwise, in all of its branches."""
        go_on, outcome, is_resolved = self._where_passed(step), step.outcome, step.outcome is Outcome.RESOLVED
        stop_clock = self.clocks.stop if self.clocks.has_targets else None

        def end(ticket: Ticket, now: float, fork: Fork | None) -> int:
            is_new = ticket.outcome is not outcome  # one that counts as resolved already stays so since then
            ticket.outcome = outcome
            if is_resolved and is_new:
                ticket.resolved = now
                if stop_clock is not None:
                    stop_clock(ticket, now)
            return go_on(ticket, now, fork)

        def end_all(ticket: Ticket, now: float, fork: Fork | None) -> int:
            if fork is None:
                return end(ticket, now, None)
            self.branches.end_all(ticket, now, fork)
            following = end(ticket, now, None)
            if following >= 0:
                self.enter(ticket, following, now, None)
            return -1

        return end_all if self.has_branches else end

    def _where_reopened(self, step: DeskStep) -> Comes:
        go_on, reopen = self._where_passed(step), self.clocks.reopen

        def come_back(ticket: Ticket, now: float, fork: Fork | None) -> int:
            reopen(ticket, now)
            return go_on(ticket, now, fork)

        return come_back

    def _where_sent_on(self, step: DeskStep) -> Comes:
        """Let a ticket be marked, or be handed over, where it is sent on."""
        go_on = self._where_passed(step)
        behind = self.behind_transfer[step.code] if self.behind_transfer else -1

        def mark(ticket: Ticket, now: float, fork: Fork | None) -> int:
            if step.responds:
                self.clocks.respond_now(ticket, now)
            if step.flaw >= 0:
                ticket.facts[FLAW] = step.flaw
            return go_on(ticket, now, fork)

        def transfer(ticket: Ticket, now: float, fork: Fork | None) -> int:
            """Let a ticket take the time of a transfer; a branch of it is handed over by nobody."""
            return go_on(ticket, now, fork) if fork is None else behind

        if behind >= 0:
            return transfer
        return mark if step.responds or step.flaw >= 0 else go_on

    def _where_passed(self, step: DeskStep) -> Comes:
        """Find where a ticket goes at once from a step that takes no time."""
        code, only_next, decide = step.code, step.only_next, step.next.by(step.route)
        if only_next >= 0 and not step.is_mark:
            if self.steps[only_next].kind == EXIT and self.never_circles:  # without a round of its own
                return self._way_in(self.steps[only_next])
            return lambda ticket, now, fork: only_next
        is_mark, shown_as = step.is_mark, step.shown_as
        note_facts = self._note_facts if self.notes_facts else None

        def go_on(ticket: Ticket, now: float, fork: Fork | None) -> int:
            following = only_next
            if following < 0:
                if note_facts is not None:
                    note_facts(ticket, step)
                visits = ticket.visits
                number = visits[code]
                visits[code] = number + 1
                following = decide(ticket, number, now)
            if is_mark:
                ticket.facts[CAME_FROM] = shown_as
            return following

        return go_on

    # -- leaving steps

    def leave(self, visit: Visit, now: float, following: int = -1) -> None:
        """End a visit, record it and send the ticket on: to a given step, else by the rules of its step."""
        self.leaves[visit.step](visit, now, following)

    def _way_out(self, step: DeskStep) -> Leave:
        """Return what happens where a visit to a step ends."""
        only_next, decide = step.only_next, step.next.by(step.route)
        is_passage, changes_came_from, shown_as = step.is_passage, step.changes_came_from, step.shown_as
        must_wait = self._must_wait if step.has_consequences else None
        note_facts = self._note_facts if self.notes_facts else None
        code, has_branches, comes = step.code, self.has_branches, self.comes
        pack, write, note_pieces = self.records.pack_visit, self.records.write_visit, self.records.note_pieces

        def leave(visit: Visit, now: float, following: int = -1) -> None:
            ticket = visit.ticket
            if following < 0:
                if must_wait is not None and must_wait(visit, step, now):
                    return
                following = only_next
                if following < 0:
                    if note_facts is not None:
                        note_facts(ticket, step)
                    following = decide(ticket, visit.number, now)
                if changes_came_from:
                    ticket.facts[CAME_FROM] = shown_as
            elif is_passage:
                ticket.facts[CAME_FROM] = shown_as
            if has_branches:
                ticket.open_visits().remove(visit)
            # What `RunRecords.visit_ended` does, without its call.
            if visit.is_in_pieces:
                note_pieces()
            row = pack(
                ticket.number,
                code,
                visit.number,
                visit.person,
                visit.arrived,
                visit.started,
                now,
                visit.touch,
                visit.handovers,
                following,
            )
            write(row)
            if now == visit.arrived and ticket.visits_at_once(now) > self.guards.max_steps_at_once:
                raise timeless_loop(self.model, self.guards, step.code)
            # What `enter` does, without its call.
            following = comes[following](ticket, now, visit.fork)
            if following >= 0:
                self._go_through(ticket, following, now, visit.fork)

        return leave if step.milestone < 0 else self._finished(step, leave)

    def _finished(self, step: DeskStep, leave: Leave) -> Leave:
        """Let the end of a visit be a milestone, unless the visit is broken off."""
        milestone = step.milestone

        def reach_and_leave(visit: Visit, now: float, following: int = -1) -> None:
            if following < 0:
                visit.ticket.reaches(milestone, now)
            leave(visit, now, following)

        return reach_and_leave
