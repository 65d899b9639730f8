"""Faults in the compiled engine: the twin of `simlab.engines.simpy_faults`."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import NEW_FAULT, REVIEW_OF_FAULTS
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, aside, compiled, inlined
from simlab.engines.kernel_places import put_off
from simlab.engines.kernel_rules import fault_behind, quantile, state_after_work, uniform, uniform_pair
from simlab.engines.kernel_sources import let_come
from simlab.engines.kernel_states import log_state, state_of
from simlab.model.arrivals import STREAM_LEVEL
from simlab.model.codes import FaultState, Order, Origin
from simlab.model.improvement_rules import NO_FAULT
from simlab.model.streams import Purpose

PREVENTED = -2
"""In place of a fault: the incident does not arrive."""

_REVIEW, _TIMER, _PROBLEM = int(Order.REVIEW), int(Order.TIMER), int(Origin.PROBLEM)
_UNKNOWN, _FIXED = int(FaultState.UNKNOWN), int(FaultState.FIXED)
_FAULT_DRAW, _FAULT_WORK = int(Purpose.FAULT), int(Purpose.FAULT_WORK)
_NEW_FAULT_DRAW = int(Purpose.NEW_FAULT)


# -- incidents


@compiled
def fault_of(desk: Desk, stream: int, subject: int, ticket_class: int, now: float) -> int:
    """Fault behind a ticket that arrives; -1 for none, PREVENTED where the fault is fixed."""
    run = desk.run[0]
    for number in range(run.n_fault_groups):
        group = desk.fault_groups[number]
        if group.stream != stream or not is_of_group(desk, number, ticket_class):
            continue
        key, space = (run.key_0, run.key_1), desk.streams[stream].space
        u = uniform(key, subject, space, STREAM_LEVEL, 0, _FAULT_DRAW)
        place = fault_behind(desk.fault_shares, group.first, group.end, group.share, u)
        if place < 0:
            return NO_FAULT
        if desk.faults[place].state == _FIXED:
            if now >= run.warm_up:
                run.prevented += 1
            return PREVENTED
        return int(place + run.n_faults * desk.faults[place].renewals)
    return NO_FAULT


@inlined
def is_of_group(desk: Desk, number: int, ticket_class: int) -> bool:
    """Whether a group of faults is behind tickets of a class."""
    group = desk.fault_groups[number]
    found = False
    for i in range(group.first_class, group.end_class):
        if desk.fault_classes[i] == ticket_class:
            found = True
    return found


@compiled
def incident_came(desk: Desk, fault: int, number: int, now: float) -> None:
    """Count an incident, and raise a problem ticket where it is one too many."""
    run = desk.run[0]
    place = fault % run.n_faults
    known = desk.faults[place]
    if known.has_problem:
        return
    group = desk.fault_groups[known.group]
    known.n_incidents += 1
    if group.within < math.inf:
        at = run.free_incident
        incident = desk.incidents[at]
        run.free_incident = incident.next_free
        run.n_free_incidents -= 1
        incident.at = now
        incident.following = -1
        if known.first_incident < 0:
            known.first_incident = at
        else:
            desk.incidents[known.last_incident].following = at
        known.last_incident = at
    if 0 < group.after <= recent_incidents(desk, place, now):
        raise_problem(desk, place, number, now)


@compiled
def recent_incidents(desk: Desk, place: int, now: float) -> int:
    """Incidents of a fault that count now."""
    known = desk.faults[place]
    since = now - desk.fault_groups[known.group].within
    while known.first_incident >= 0 and desk.incidents[known.first_incident].at < since:
        drop_incident(desk, place)
        known.n_incidents -= 1
    return int(known.n_incidents)


@inlined
def drop_incident(desk: Desk, place: int) -> None:
    """Free the place of the first incident of a fault."""
    run, known = desk.run[0], desk.faults[place]
    at = known.first_incident
    incident = desk.incidents[at]
    known.first_incident = incident.following
    incident.next_free = run.free_incident
    run.free_incident = at
    run.n_free_incidents += 1


@compiled
def forget_incidents(desk: Desk, place: int) -> None:
    """Begin to count the incidents of a fault anew."""
    known = desk.faults[place]
    while known.first_incident >= 0:
        drop_incident(desk, place)
    known.n_incidents = 0


# -- problem tickets


@compiled
def schedule_review_of_faults(desk: Desk, number: int, at: float) -> None:
    """Schedule the next review of a group, if it is within the time in which tickets arrive."""
    if at < desk.run[0].length:
        schedule(desk, at, _REVIEW, REVIEW_OF_FAULTS, number)


@compiled
def review_faults(desk: Desk, number: int, n_raised: int, now: float) -> None:
    """Raise a problem ticket for the fault of a group with most incidents, and put off the next one."""
    group = desk.fault_groups[number]
    if n_raised < group.worst:
        worst, most = -1, group.at_least - 1
        for place in range(group.first, group.end):
            known = desk.faults[place]
            if not known.has_problem and known.state != _FIXED:
                recent = recent_incidents(desk, place, now)
                if recent > most:
                    worst, most = place, recent
        if worst >= 0:
            put_off(desk, REVIEW_OF_FAULTS, number, n_raised + 1, -1, -1)
            raise_problem(desk, worst, -1, now)
            return
    schedule_review_of_faults(desk, number, now + group.review)


@compiled
def raise_problem(desk: Desk, place: int, incident: int, now: float) -> None:
    """Raise a problem ticket; its identity is the fault's place, counted on."""
    n, known = desk.run[0].n_faults, desk.faults[place]
    forget_incidents(desk, place)
    known.has_problem = True
    subject = place + n * known.problems
    known.problems += 1
    fault = place + n * known.renewals
    let_come(desk, now, desk.fault_groups[known.group].problem_stream, subject, _PROBLEM, incident, fault)


# -- workarounds and fixes


@aside
def work_on_fault(desk: Desk, at: int, now: float) -> None:
    """Let the end of a visit find out about the fault behind its ticket, or fix it."""
    run, visit = desk.run[0], desk.visits[at]
    ticket, work = desk.tickets[visit.ticket], desk.fault_work[visit.step]
    if work.fixed == 0.0 and work.workaround == 0.0:
        return
    state = state_of(desk, ticket.fault)
    if state == _FIXED:
        return
    key, of_step = (run.key_0, run.key_1), desk.steps[visit.step].address
    decides_fix, decides_workaround = uniform_pair(
        key, ticket.subject, ticket.space, of_step, visit.number, _FAULT_WORK
    )
    found = state_after_work(state, work.fixed, work.workaround, decides_fix, decides_workaround)
    place = ticket.fault % run.n_faults
    if found != state:
        set_state(desk, place, found, ticket.number, now)
    if found == _FIXED:
        schedule_renewal(desk, place, now)


@inlined
def set_state(desk: Desk, place: int, state: int, ticket: int, now: float) -> None:
    """Change what is known of a fault."""
    desk.faults[place].state = state
    log_state(desk, now, place, state, ticket)


@compiled
def schedule_renewal(desk: Desk, place: int, now: float) -> None:
    """Let a new fault take the place of a fixed one after a while, where there are new ones."""
    run, known = desk.run[0], desk.faults[place]
    group = desk.fault_groups[known.group]
    if group.new_after >= 0:
        key, number = (run.key_0, run.key_1), place - group.first
        u = uniform(key, number, group.space, STREAM_LEVEL, known.renewals, _NEW_FAULT_DRAW)
        schedule(desk, now + quantile(desk.distributions, group.new_after, u), _TIMER, NEW_FAULT, place)


@compiled
def renew_fault(desk: Desk, place: int, now: float) -> None:
    """Let a new fault, of which nothing is known, take the place of a fixed one."""
    desk.faults[place].renewals += 1
    forget_incidents(desk, place)
    set_state(desk, place, _UNKNOWN, -1, now)
