"""Control rules in the SimPy engine: reviews, decisions, and what takes effect after the lag."""

from __future__ import annotations

import math
from collections.abc import Callable

from simlab.engines.simpy_events import DeskEnvironment, Occasion
from simlab.engines.simpy_teams import Teams
from simlab.engines.simpy_tickets import NOT_YET, Ticket
from simlab.model.calendars import ALWAYS, as_lists, is_open, next_close
from simlab.model.codes import Measure, Order, Outcome
from simlab.model.control_table import next_review
from simlab.model.tables import Model


class Activation:
    """One time that a rule acts: a row of the action log."""

    __slots__ = ("decided", "ended", "measured", "measured_at_end", "release_decided", "rule", "started")

    def __init__(self, rule: int, decided: float, measured: float) -> None:
        self.rule = rule
        self.decided = decided
        self.measured = measured
        self.started = self.release_decided = self.measured_at_end = self.ended = math.nan

    def is_acting(self) -> bool:
        """Whether it has taken effect, and its end is not decided."""
        return self.started == self.started and self.release_decided != self.release_decided

    def row(self) -> tuple[float, ...]:
        """Return it in the order of the columns of the log."""
        return (
            self.rule,
            self.decided,
            self.measured,
            self.started,
            self.release_decided,
            self.measured_at_end,
            self.ended,
        )


class Control:
    """Watches the desk for all rules of a model."""

    def __init__(
        self, env: DeskEnvironment, model: Model, teams: Teams, tickets: list[Ticket | None]
    ) -> None:
        self.env = env
        self.teams = teams
        self.rules = type(model.control)(*(column.tolist() for column in model.control))
        self.calendars = [
            as_lists(model.calendars[code]) if code >= 0 else ALWAYS for code in self.rules.calendar
        ]
        self.activations: list[Activation] = []
        """In order of decision."""
        self._current: list[Activation | None] = [None] * len(model.names.controls)
        """By rule: what was decided and has not ended."""
        self._first_state = len(model.names.teams)
        self._tickets = tickets
        self._n_seen = 0
        self._open: list[Ticket] = []

    def start(self) -> None:
        """Schedule the first review of each rule."""
        for rule in range(len(self._current)):
            self._schedule_review(rule, 0)

    def _schedule_review(self, rule: int, number: int) -> None:
        number = next_review(self.calendars[rule], self.rules.every[rule], number)
        at = number * self.rules.every[rule] if number >= 0 else math.inf
        if number >= 0:
            self.env.at(at, Order.REVIEW, self._review, (rule, number))
        if self.rules.ends_with_calendar[rule]:
            closes = next_close(self.calendars[rule], self.env.now)
            if is_open(self.calendars[rule], self.env.now) and closes <= at:
                self.env.at(closes, Order.REVIEW, self._close, rule)

    def _review(self, occasion: Occasion) -> None:
        """Measure, and decide to begin or to stop; nothing is decided while a decision waits for its lag."""
        rule, number = occasion.subject
        now, rules = self.env.now, self.rules
        self._schedule_review(rule, number + 1)
        measured = self._measured(rule, now)
        current = self._current[rule]
        if current is None:
            if measured >= rules.start_at[rule]:
                current = Activation(rule, now, measured)
                self._current[rule] = current
                self.activations.append(current)
                self._after(rules.start_lag[rule], self._begin, current)
        elif current.is_acting() and measured <= rules.stop_at[rule]:
            current.release_decided, current.measured_at_end = now, measured
            self._after(rules.stop_lag[rule], self._end, current)

    def _close(self, occasion: Occasion) -> None:
        """End what acts or was decided, at the closing of the rule's calendar."""
        current = self._current[occasion.subject]
        if current is None:
            return
        if current.release_decided != current.release_decided:
            current.release_decided = self.env.now
            current.measured_at_end = self._measured(current.rule, self.env.now)
        self._end(current)

    def _after(self, lag: float, callback: Callable[[Activation], None], activation: Activation) -> None:
        """Let a decision take effect after its lag; without one, at once."""
        if lag > 0.0:
            self.env.at(self.env.now + lag, Order.REVIEW, self._due, (callback, activation))
        else:
            callback(activation)

    def _due(self, occasion: Occasion) -> None:
        callback, activation = occasion.subject
        callback(activation)

    def _begin(self, activation: Activation) -> None:
        if activation.ended == activation.ended:
            return
        activation.started = self.env.now
        self.teams.queue_lengths[self._first_state + activation.rule] = 1
        self.teams.reinforcements.come(activation.rule, self.env.now)

    def _end(self, activation: Activation) -> None:
        if activation.ended == activation.ended:
            return
        activation.ended = self.env.now
        self._current[activation.rule] = None
        self.teams.queue_lengths[self._first_state + activation.rule] = 0
        if activation.started == activation.started:
            self.teams.reinforcements.go(activation.rule, self.env.now)

    # -- measures

    def _measured(self, rule: int, now: float) -> float:
        rules, measure = self.rules, self.rules.measure[rule]
        teams = rules.team[rules.first_team[rule] : rules.first_team[rule + 1]]
        if measure == Measure.QUEUE:
            return float(sum(self.teams.queue_lengths[team] for team in teams))
        if measure == Measure.OLDEST:
            return max(
                (now - visit.arrived for team in teams for visit in self.teams.waiting_for(team)),
                default=0.0,
            )
        still_open = self._open_tickets()
        if measure == Measure.OPEN:
            return float(len(still_open))
        until = now + rules.horizon[rule]
        if measure == Measure.RESPOND_RISK:
            return float(
                sum(
                    now <= ticket.respond_due <= until and ticket.responded is NOT_YET
                    for ticket in still_open
                )
            )
        return float(sum(now <= ticket.resolve_due <= until for ticket in still_open))

    def _open_tickets(self) -> list[Ticket]:
        """Tickets that are neither resolved nor closed now; those that may be reopened are kept in view."""
        self._open = [ticket for ticket in self._open if ticket.closed != ticket.closed]
        self._open += filter(None, self._tickets[self._n_seen :])
        self._n_seen = len(self._tickets)
        return [
            ticket
            for ticket in self._open
            if ticket.closed != ticket.closed and ticket.outcome == Outcome.OPEN
        ]
