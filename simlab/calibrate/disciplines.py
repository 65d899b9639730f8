"""Who is next in the queue of a team, inferred from the order in which work began.

Whenever somebody takes a ticket while others wait, the queue discipline says which it must be. A discipline
explains a start where no ticket that ranks before waits on. Each start is either by the discipline or, with a
share of its own, of any of those that wait: the share and the discipline of the highest likelihood are taken.
No discipline is found where most starts are not by any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats, Integers
from simlab.calibrate.fit_teams import Roles
from simlab.calibrate.paths import Paths

DISCIPLINES: Final = ("fifo", "priority", "lifo", "shortest")
"""Those that are looked for, the most usual first; the last needs to know how long work takes."""
FEWEST: Final = 100
"""Starts with a choice below which nothing is said."""
MOST: Final = 1_500
"""Starts of a team that are looked at, evenly spread."""
CLEAR: Final = 0.6
"""Share of the starts that a discipline must make for it to be found."""
BETTER: Final = 10.0
"""Log-likelihood by which another discipline must beat the most usual one."""
USUAL: Final = "fifo"


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """Who is next in a team."""

    discipline: str
    """The one found, else `USUAL`, which is then an assumption."""
    share: float
    """Share of the starts by the discipline; NaN where too few are known."""
    by_chance: float
    """Share of the starts that a pick at random would make it seem to explain."""
    n_starts: int
    """Starts at which there was a choice."""

    @property
    def is_found(self) -> bool:
        """Whether the log tells a discipline."""
        return self.n_starts >= FEWEST and self.share >= CLEAR


def queue_orders(paths: Paths, roles: Roles) -> tuple[QueueOrder, ...]:
    """Return who is next in each team.

    Only logs that say since when each piece of work could have begun tell it: from the end of the event
    before on, tickets may lie elsewhere, and the last one to come would seem to be served first.
    """
    unknown = QueueOrder(USUAL, float("nan"), float("nan"), 0)
    if not paths.has_durations or paths.enabled is None:
        return (unknown,) * len(roles.names)
    enabled = np.where(np.isnan(paths.enabled), paths.start, paths.enabled)
    known_priority = paths.priority[paths.case] if len(paths.priorities) > 1 else None
    orders = []
    for team in range(len(roles.names)):
        rows = np.flatnonzero(roles.is_worked & (roles.team == team))
        keys = {"fifo": enabled[rows], "lifo": -enabled[rows], "shortest": (paths.end - paths.start)[rows]}
        if known_priority is not None:
            keys["priority"] = known_priority[rows].astype(np.float64)
        orders.append(order_of(enabled[rows], paths.start[rows], keys) if len(rows) else unknown)
    return tuple(orders)


def order_of(enabled: Floats, start: Floats, keys: dict[str, Floats]) -> QueueOrder:
    """Return who is next where tickets wait from ``enabled`` to ``start``.

    Parameters
    ----------
    keys
        For each discipline what it ranks tickets by, the least first; within priorities, who waited longest.
    """
    is_next, waiting = _choices(enabled, start, keys)
    n = len(waiting)
    if n < FEWEST:
        return QueueOrder(USUAL, float("nan"), float("nan"), n)
    by_chance = 1.0 / waiting
    best, highest, share = USUAL, -np.inf, 0.0
    for name in DISCIPLINES:
        if name in is_next:
            part, likelihood = _likeliest(is_next[name], by_chance)
            if likelihood > highest + (BETTER if best == USUAL and np.isfinite(highest) else 0.0):
                best, highest, share = name, likelihood, part
    found = share >= CLEAR
    return QueueOrder(best if found else USUAL, share, float(by_chance.mean()), n)


def _choices(
    enabled: Floats, start: Floats, keys: dict[str, Floats]
) -> tuple[dict[str, NDArray[np.bool_]], Integers]:
    """Return of starts with a choice whether each discipline explains them, and how many waited."""
    chosen = np.flatnonzero(start > enabled)
    if len(chosen) > MOST:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOST).astype(np.int64)]
    by_time = np.argsort(start, kind="stable")
    begun, since = start[by_time], enabled[by_time]
    ranks = {name: key[by_time] for name, key in keys.items()}
    explained: dict[str, list[bool]] = {name: [] for name in keys}
    waiting = []
    for row in chosen.tolist():
        later = int(np.searchsorted(begun, start[row], side="right"))
        others = later + np.flatnonzero(since[later:] <= start[row])
        if not len(others):
            continue
        waiting.append(len(others) + 1)
        for name, key in keys.items():
            before = ranks[name][others] < key[row]
            if name == "priority":
                before |= (ranks[name][others] == key[row]) & (since[others] < enabled[row])
            explained[name].append(not before.any())
    return {name: np.array(each, bool) for name, each in explained.items()}, np.array(waiting, np.int64)


def _likeliest(is_next: NDArray[np.bool_], by_chance: Floats) -> tuple[float, float]:
    """Return the share of starts by a discipline with the highest likelihood, and its logarithm."""
    shares = np.linspace(0.0, 0.999, 112)[:, None]
    chance = np.where(is_next, shares + (1.0 - shares) * by_chance, (1.0 - shares) * by_chance)
    likelihood = np.log(chance).sum(1)
    best = int(np.argmax(likelihood))
    return float(shares[best, 0]), float(likelihood[best])
