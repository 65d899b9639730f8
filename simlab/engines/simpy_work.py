"""Visits to people in the SimPy engine: how much work they are, and who may do it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlab.engines.simpy_flow import Flow
from simlab.engines.simpy_people import Staff
from simlab.engines.simpy_steps import Decision, DeskStep
from simlab.engines.simpy_tickets import Fork, Ticket, Visit
from simlab.model.codes import StepKind
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

    def begin(self, ticket: Ticket, step: DeskStep, now: float, fork: Fork | None) -> Visit:
        """Begin a visit to a step with work, with the hands-on time that it takes."""
        code, team, giver, visits = step.code, step.team, ticket.last_team, ticket.visits
        number = visits[code]
        visits[code] = number + 1
        ticket.joins_team(team, fork is not None)
        visit = Visit(ticket, code, number, team, now, fork)
        ticket.visit = visit
        if self.has_branches:
            ticket.open_visits().append(visit)
        if step.is_plain:
            time_at = step.sampler
            visit.left = time_at(step.service.of(ticket, number))  # type: ignore[misc]
        else:
            visit.left = self._adjusted(ticket, step, number, now)
        if not self.is_plain:
            self._share_out(visit, step, giver, now)
        return visit

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
