"""Levers that finished work moves, in the compiled engine: the twin of `simlab.engines.simpy_levers`."""

from __future__ import annotations

import math

from simlab.engines.kernel_actions import LEVER_FALLS, LEVER_MOVES
from simlab.engines.kernel_heap import schedule
from simlab.engines.kernel_memory import Desk, compiled, inlined
from simlab.engines.kernel_rules import quantile, uniform_pair
from simlab.engines.kernel_states import log_state
from simlab.model.codes import Order
from simlab.model.streams import Purpose

_TIMER, _IMPROVE = int(Order.TIMER), int(Purpose.IMPROVE)


@compiled
def move_levers(desk: Desk, at: int, now: float) -> None:
    """Let the end of a visit move the levers that it moves, now or after the lag."""
    run, visit = desk.run[0], desk.visits[at]
    ticket, key = desk.tickets[visit.ticket], (run.key_0, run.key_1)
    for row in range(desk.first_move[visit.step], desk.first_move[visit.step + 1]):
        move = desk.moves[row]
        decides, delays = uniform_pair(
            key, ticket.subject, ticket.space, move.address, visit.number, _IMPROVE
        )
        if decides >= move.share:
            continue
        number = move.lever
        delay = quantile(desk.distributions, desk.levers[number].delay, delays)
        if delay > 0.0:
            schedule(desk, now + delay, _TIMER, LEVER_MOVES, number + run.n_levers * ticket.number)
        else:
            improve(desk, number, ticket.number, now)


@inlined
def lever_moves(desk: Desk, subject: int, now: float) -> None:
    """Move a lever after the lag."""
    n = desk.run[0].n_levers
    improve(desk, subject % n, subject // n, now)


@compiled
def improve(desk: Desk, number: int, ticket: int, now: float) -> None:
    """Move a lever up by one rung, if there is one; its decay begins anew in any case."""
    lever = desk.levers[number]
    if lever.rung < lever.rungs:
        move(desk, number, 1, ticket, now)
    lever.changes += 1
    schedule_decay(desk, number, now)


@compiled
def schedule_decay(desk: Desk, number: int, now: float) -> None:
    """Let a lever fall after a while without improvement."""
    n, lever = desk.run[0].n_levers, desk.levers[number]
    at = now + lever.decay
    if lever.rung > 0 and at < math.inf:
        schedule(desk, at, _TIMER, LEVER_FALLS, number + n * lever.changes)


@compiled
def lever_falls(desk: Desk, subject: int, now: float) -> None:
    """Let a lever fall by one rung where nothing has moved it since the decay began."""
    n = desk.run[0].n_levers
    number = subject % n
    if subject // n == desk.levers[number].changes:
        move(desk, number, -1, -1, now)
        schedule_decay(desk, number, now)


@compiled
def move(desk: Desk, number: int, by: int, ticket: int, now: float) -> None:
    """Move a lever, and let rules see the combination of rungs that is in force from now on."""
    run, levers = desk.run[0], desk.levers
    levers[number].rung += by
    combination = 0
    for other in range(run.n_levers):
        combination = combination * (levers[other].rungs + 1) + levers[other].rung
    for flag in range(run.n_flags):
        desk.queue_lengths[run.first_flag + flag] = desk.rung_flags[combination * run.n_flags + flag]
    log_state(desk, now, levers[number].state, desk.rung_levels[combination * run.n_levers + number], ticket)
