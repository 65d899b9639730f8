"""Visits to people in the SimPy engine: how much work they are, and who may do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_people import Staff
from simlab.engines.simpy_steps import Comes, Decision, DeskStep
from simlab.engines.simpy_tickets import HOPS, TEAM, Fork, Ticket, Visit
from simlab.model.codes import Field, StepKind
from simlab.model.tables import Model


class Work:
    """What tickets need of people at the steps with work."""

    def __init__(self, desk: Flow, model: Model, staff: Staff, decisions: Sequence[Decision]) -> None:
        self.desk = desk
        self.draws = desk.draws
        self.staff = staff
        self.decisions = decisions
        self.skills = model.skills and model.skills._replace(
            step=model.skills.step.tolist(), step_rules=model.skills.step_rules.tolist()
        )
        self.has_branches = bool(np.any(model.steps.kind == StepKind.FORK))
        self.is_plain = self.skills is None and not self.draws.has_handoffs
        """Whether nothing but the step decides what work takes, and who may do it."""
        self.is_trail_asked = any(decision.asked & {Field.HOPS, Field.TEAM} for decision in decisions)
        """Whether rules ask how often tickets have been handed on, or which team had them."""

    def coming(self, step: DeskStep, join: Callable[[Visit, float], None]) -> Comes:
        """What happens where a ticket comes to a step with work: its visit begins, and joins a queue."""
        code, team, draw, time_at = step.code, step.team, step.service.of, step.sampler
        adjusted = None if step.is_plain else self._adjusted
        share_out = None if self.is_plain else self._share_out
        has_branches, is_trail_asked = self.has_branches, self.is_trail_asked

        def come(ticket: Ticket, now: float, fork: Fork | None) -> int:
            visits, trail = ticket.visits, ticket.trail
            number = visits[code]
            visits[code] = number + 1
            try:
                ticket.trail = trail.then[team] if fork is None else trail.as_branch[team]
            except KeyError:
                ticket.trail = trail.leads_to(team, fork is not None)
            if is_trail_asked:
                ticket.facts[HOPS], ticket.facts[TEAM] = ticket.trail.hops, team
            work = adjusted(ticket, step, number, now) if adjusted else time_at(draw(ticket, number))
            visit = ticket.visit = Visit().begun(ticket, code, number, team, now, fork, work)
            if has_branches:
                ticket.open_visits().append(visit)
            if share_out is not None:
                share_out(visit, step, trail.last_team, now)
            join(visit, now)
            return -1

        return come

    def _adjusted(self, ticket: Ticket, step: DeskStep, number: int, now: float) -> float:
        """Hands-on time by difficulty, with what may be added to it."""
        factor = step.factor(ticket)
        work = self.desk.time_of(ticket, step, number, now, factor)
        if step.power != 0.0:
            work = work * factor
        for draw, sampler in step.extras:
            work = work + sampler(draw.of(ticket, number))
        return work

    def _share_out(self, visit: Visit, step: DeskStep, giver: int, now: float) -> None:
        """Add the work of a hand-off to a visit, and find the skill that it needs."""
        ticket, number, team = visit.ticket, visit.number, visit.team
        if self.draws.has_handoffs and giver >= 0 and giver != team and visit.fork is None:
            visit.left = visit.left + self.draws.handoff_work(ticket, step.code, number, giver, team)
        if self.skills is not None:
            skill, block = self.skills.step[step.code], self.skills.step_rules[step.code]
            if block >= 0:
                skill = self.desk.chosen(ticket, step, number, self.decisions[block], now)
            visit.line = self.staff.line(team, skill)
