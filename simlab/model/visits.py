"""Visits in closed form: where routing is by plain shares, the process is a Markov chain."""

from __future__ import annotations

import numpy as np

from simlab.model.codes import StepKind
from simlab.model.graph import reached, successors
from simlab.model.tables import Floats, Model

_PLAIN_KINDS = frozenset(
    {StepKind.WORK, StepKind.DELAY, StepKind.ROUTE, StepKind.RESOLVE, StepKind.REOPEN, StepKind.EXIT}
)


def exact_visits(model: Model) -> Floats | None:
    """Return how often a ticket of each stream comes to each step on average, shape (n_streams, n_steps).

    Returns
    -------
    ndarray or None
        None where more than shares decides on the way: conditions on the ticket or the clock, shares that
        change with hops or difficulty, parallel branches, batches; or where tickets never leave.

    References
    ----------
    Kemeny and Snell (1960), *Finite Markov Chains*, chapter 3: the fundamental matrix.
    """
    entries = [stream.entry for stream in model.streams]
    steps = sorted(reached(successors(model), entries))
    if not all(_is_plain(model, step) for step in steps):
        return None
    place = {step: row for row, step in enumerate(steps)}
    moves = np.zeros((len(steps), len(steps)))
    for step in steps:
        for target, share in _shares(model, step):
            if target in place:
                moves[place[step], place[target]] += share
    if np.max(np.abs(np.linalg.eigvals(moves))) >= 1.0 - 1e-9:
        return None
    within = np.linalg.inv(np.eye(len(steps)) - moves)
    visits = np.zeros((len(entries), len(model.names.steps)))
    for row, entry in enumerate(entries):
        visits[row, steps] = within[place[entry]]
    return visits


def _is_plain(model: Model, step: int) -> bool:
    rules, kind = model.rules, StepKind(int(model.steps.kind[step]))
    if kind not in _PLAIN_KINDS or model.timers.first[step + 1] > model.timers.first[step]:
        return False
    block = int(model.steps.next_rules[step])
    if block < 0:
        return True
    rows = slice(int(rules.first_row[block]), int(rules.first_row[block + 1]))
    after = slice(rows.start + 1, rows.stop + 1)
    return bool(
        (rules.first_test[rows] == rules.first_test[after]).all()
        and (rules.first_hazard[rows] == rules.first_hazard[after]).all()
        and (rules.odds_by_difficulty[rows] == 1.0).all()
    )


def _shares(model: Model, step: int) -> list[tuple[int, float]]:
    """Targets of a step with their shares, as `simlab.model.ticket_rules.choose` reads them."""
    rules, block = model.rules, int(model.steps.next_rules[step])
    if block < 0 or model.steps.kind[step] == StepKind.EXIT:
        return []
    left, found = 1.0, []
    first, after = int(rules.first_row[block]), int(rules.first_row[block + 1])
    for row in range(first, after):
        value = float(rules.share[row])
        taken = left if value >= 1.0 or row == after - 1 else min(value, left)
        found.append((int(rules.target[row]), taken))
        left -= taken
        if left <= 0.0:
            break
    return found
