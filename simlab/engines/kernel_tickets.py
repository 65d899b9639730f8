"""What a ticket of the compiled engine draws and chooses, and its clocks."""

from __future__ import annotations

import math

from simlab.engines.kernel_decisions import chosen
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined, inlined_if_lean
from simlab.engines.kernel_rules import due, quantile, rest_of_time, time_left, uniform
from simlab.engines.kernel_states import note_fault
from simlab.model.codes import Field, Outcome
from simlab.model.streams import Purpose
from simlab.model.ticket_rules import NEVER

PRIORITY, DIFFICULTY = int(Field.PRIORITY), int(Field.DIFFICULTY)
HOPS, REOPENS, VISITS = int(Field.HOPS), int(Field.REOPENS), int(Field.VISITS)
CAME_FROM, TEAM, FLAW = int(Field.CAME_FROM), int(Field.TEAM), int(Field.FLAW)
ROUTE, _EXTRA_SERVICE = int(Purpose.ROUTE), int(Purpose.EXTRA_SERVICE)
_REREAD_SERVICE, _REDO_SERVICE = int(Purpose.REREAD_SERVICE), int(Purpose.REDO_SERVICE)
_HANDOFF_LOSS = int(Purpose.HANDOFF_LOSS)
_OPEN, _RESOLVED = int(Outcome.OPEN), int(Outcome.RESOLVED)


# -- counts of a ticket by step and team: visits, passages, whether the team had it


@inlined
def count_visit(desk: Desk, place: int, step: int) -> int:
    """Count a visit to a step, and the passage that it may be; return the number of visits before."""
    run, counts, here = desk.run[0], desk.counts, desk.steps[step]
    first = place * run.counts_per_ticket
    number = int(counts[first + step])
    counts[first + step] = number + 1
    if here.is_passage:
        counts[first + run.n_steps + here.shown_as] += 1
    return number


@inlined_if_lean
def joins_team(desk: Desk, place: int, team: int, is_branch: bool) -> None:
    """Count a work visit, and the hop and ping-pong that it may be; parallel branches hand nothing on."""
    run, counts, ticket = desk.run[0], desk.counts, desk.tickets[place]
    ticket.work_visits += 1
    had_it = place * run.counts_per_ticket + 2 * run.n_steps + team
    if ticket.last_team < 0:
        ticket.first_team = team
    elif team != ticket.last_team and not is_branch:
        ticket.facts[HOPS] += 1.0
        if counts[had_it]:
            ticket.ping_pongs += 1
    counts[had_it] = 1
    ticket.last_team = team
    ticket.facts[TEAM] = team


@aside
def was_at(desk: Desk, place: int, team: int) -> None:
    """Note the team that worked on a ticket before the run began."""
    run, ticket = desk.run[0], desk.tickets[place]
    ticket.first_team = ticket.last_team = team
    desk.counts[place * run.counts_per_ticket + 2 * run.n_steps + team] = 1
    ticket.facts[TEAM] = team


# -- draws and choices


@compiled
def draw(desk: Desk, place: int, step: int, number: int, purpose: int) -> float:
    """Draw the uniform addressed by a ticket, a step, the number of the visit there, and the purpose."""
    run, ticket = desk.run[0], desk.tickets[place]
    key = (run.key_0, run.key_1)
    return uniform(key, ticket.subject, ticket.space, desk.steps[step].address, number, purpose)


@inlined_if_lean
def chosen_at(desk: Desk, place: int, step: int, number: int, block: int, now: float) -> int:
    """Target of the rule of a block of a step that takes a ticket."""
    u, early = 0.0, desk.steps[step].early
    if number == 0 and early >= 0 and desk.tickets[place].has_early:
        u = desk.tickets[place].early[early]
    elif desk.rules.needs_draw[block]:
        u = draw(desk, place, step, number, ROUTE)
    return chosen_by(desk, place, step, block, u, now)


@inlined_if_lean
def chosen_by(desk: Desk, place: int, step: int, block: int, u: float, now: float) -> int:
    """Target of the rule of a block of a step that takes a ticket, by a uniform that was drawn."""
    run, ticket, here = desk.run[0], desk.tickets[place], desk.steps[step]
    if run.has_faults:
        note_fault(desk, place)
    passes = int(desk.counts[place * run.counts_per_ticket + run.n_steps + here.shown_as])
    ticket.facts[VISITS] = passes if here.is_passage or here.ends_check else passes + 1
    return chosen(desk, place, block, u, now)


@inlined
def next_step(desk: Desk, place: int, step: int, number: int, now: float) -> int:
    """Step to which the rules of a step send a ticket."""
    here = desk.steps[step]
    if here.only_target >= 0:
        return int(here.only_target)
    return chosen_at(desk, place, step, number, here.next_rules, now)


@inlined
def step_after(desk: Desk, at: int, now: float) -> int:
    """Step to which a visit that is over sends its ticket."""
    visit = desk.visits[at]
    here = desk.steps[visit.step]
    if here.draws_route and visit.team >= 0:
        return chosen_by(desk, visit.ticket, visit.step, here.next_rules, visit.route, now)
    return next_step(desk, visit.ticket, visit.step, visit.number, now)


@inlined
def duration(desk: Desk, place: int, step: int, number: int, u: float, factor: float, now: float) -> float:
    """Time that a step takes for a ticket, before it is multiplied with a factor; of the rest of it."""
    ticket = desk.tickets[place]
    distribution = desk.steps[step].timing
    if distribution < 0:
        distribution = chosen_at(desk, place, step, number, desk.steps[step].timing_rules, now)
    if ticket.spent == 0.0:
        return quantile(desk.distributions, distribution, u)
    spent = ticket.spent / factor
    ticket.spent = 0.0
    return rest_of_time(desk.distributions, distribution, u, spent)


@aside
def handoff_work(desk: Desk, place: int, step: int, number: int, giver: int, team: int) -> float:
    """Minutes that the taking team needs to read in, and to find out again what got lost."""
    handoffs, work = desk.handoffs, 0.0
    row = handoffs.row[giver * desk.run[0].n_teams + team]
    if row < 0:
        return work
    if handoffs.reread[row] >= 0:
        u = draw(desk, place, step, number, _REREAD_SERVICE)
        work = quantile(desk.distributions, handoffs.reread[row], u)
    if handoffs.redo[row] >= 0 and draw(desk, place, step, number, _HANDOFF_LOSS) < handoffs.loss[row]:
        u = draw(desk, place, step, number, _REDO_SERVICE)
        work = work + quantile(desk.distributions, handoffs.redo[row], u)
    return work


@aside
def handover_work(desk: Desk, at: int) -> float:
    """Minutes that the next person needs to read in; drawn by the ticket's number of hand-overs."""
    run, visit = desk.run[0], desk.visits[at]
    ticket, team = desk.tickets[visit.ticket], desk.teams[visit.team]
    ticket.handovers += 1
    if team.handover < 0:
        return 0.0
    key = (run.key_0, run.key_1)
    place = team.handover_place
    u = uniform(key, ticket.subject, ticket.space, place, ticket.handovers, _EXTRA_SERVICE)
    return quantile(desk.distributions, team.handover, u)


# -- clocks


@inlined
def respond(desk: Desk, place: int, now: float) -> None:
    """Note the first response."""
    ticket = desk.tickets[place]
    if math.isnan(ticket.responded):
        ticket.responded = now


@aside
def start_clocks(desk: Desk, place: int, now: float, paused: float) -> None:
    """Find the target that applies to a ticket, and when it is missed.

    The clock for resolution may have stood still for some open minutes already.
    """
    ticket = desk.tickets[place]
    row = chosen(desk, place, desk.run[0].target_rules, 0.0, now)
    ticket.target = row
    if row >= 0:
        target = desk.targets[row]
        calendar = desk.calendars[target.calendar]
        ticket.respond_due = due(calendar, ticket.created, target.respond)
        ticket.resolve_due = due(calendar, ticket.created, target.resolve + paused)


@aside
def pause_clocks(desk: Desk, place: int, respond: bool, resolve: bool, now: float) -> None:
    """Stop the clocks that still run; branches of one ticket may pause them several times over."""
    ticket = desk.tickets[place]
    if ticket.target < 0:
        return
    calendar = desk.calendars[desk.targets[ticket.target].calendar]
    if respond and math.isnan(ticket.responded):
        ticket.respond_pauses += 1
        if ticket.respond_pauses == 1:
            ticket.respond_left = time_left(calendar, now, ticket.respond_due)
            if ticket.respond_left >= 0.0:
                ticket.respond_due = NEVER
    if resolve and ticket.outcome == _OPEN:
        ticket.resolve_pauses += 1
        if ticket.resolve_pauses == 1:
            ticket.resolve_left = time_left(calendar, now, ticket.resolve_due)
            if ticket.resolve_left >= 0.0:
                ticket.resolve_due = NEVER


@aside
def resume_clocks(desk: Desk, place: int, respond: bool, resolve: bool, now: float) -> None:
    """Let paused clocks go on with what they had left; a missed target stays missed."""
    ticket = desk.tickets[place]
    if ticket.target < 0:
        return
    calendar = desk.calendars[desk.targets[ticket.target].calendar]
    if respond and ticket.respond_pauses > 0:
        ticket.respond_pauses -= 1
        is_open = ticket.respond_pauses == 0 and math.isnan(ticket.responded)
        if is_open and ticket.respond_left >= 0.0:
            ticket.respond_due = due(calendar, now, ticket.respond_left)
    if resolve and ticket.resolve_pauses > 0:
        ticket.resolve_pauses -= 1
        if ticket.resolve_pauses == 0 and ticket.resolve_left >= 0.0:
            ticket.resolve_due = due(calendar, now, ticket.resolve_left)


@inlined
def end_pause(desk: Desk, at: int, now: float) -> None:
    """Let the clocks go on that stand still because of a visit."""
    visit = desk.visits[at]
    if visit.pauses:
        visit.pauses = False
        here = desk.steps[visit.step]
        resume_clocks(desk, visit.ticket, here.pauses_respond, here.pauses_resolve, now)


@compiled
def end_ticket(desk: Desk, place: int, outcome: int, now: float) -> None:
    """End a ticket with an outcome; the due instant stays as what it is judged by."""
    ticket = desk.tickets[place]
    is_new = ticket.outcome != outcome  # one that counts as resolved already stays so since then
    ticket.outcome = outcome
    if outcome == _RESOLVED and is_new:
        ticket.resolved = now
        if ticket.target >= 0:
            calendar = desk.calendars[desk.targets[ticket.target].calendar]
            ticket.resolve_left = time_left(calendar, now, ticket.resolve_due)


@aside
def reopen(desk: Desk, place: int, now: float) -> None:
    """Open a resolved ticket again; its resolution clock goes on with what it had left."""
    ticket = desk.tickets[place]
    ticket.facts[REOPENS] += 1.0
    ticket.facts[FLAW] = 0.0
    ticket.outcome = _OPEN
    ticket.resolved = math.nan
    if ticket.target >= 0 and ticket.resolve_left >= 0.0:
        calendar = desk.calendars[desk.targets[ticket.target].calendar]
        ticket.resolve_due = due(calendar, now, ticket.resolve_left)
