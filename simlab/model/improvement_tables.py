"""Tables of what is learnt in a run: the faults behind incidents, and what becomes of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


class FaultTable(NamedTuple):
    """Faults: groups of root causes of the tickets of a stream; those of group ``g`` are ``first[g]`` on."""

    first: Codes
    """(n_groups + 1,)"""
    weight: Floats
    """(n_faults,) their rates are in proportion to these; NaN where they are drawn in each replication ..."""
    drawn: Codes
    """(n_groups,) ... from this distribution; -1 none ..."""
    pareto: Floats
    """... or from a Pareto distribution of this tail index; 0 none."""
    space: Codes
    """Subject space of the draws of its faults."""
    stream: Codes
    """Stream of the incidents."""
    first_class: Codes
    """(n_groups + 1,)"""
    classes: Codes
    """Classes of the incidents."""
    share: Floats
    """Share of these tickets that have a fault behind them."""
    problem_stream: Codes
    """Stream of the problem tickets; -1 none."""
    after: Codes
    """Incidents after which one is raised; 0 where only reviews do."""
    within: Floats
    """Only incidents of the last so many minutes count; inf: all since the last problem ticket."""
    review: Floats
    """Minutes between reviews; inf none."""
    worst: Codes
    """Most problem tickets that a review raises."""
    at_least: Codes
    """Fewest incidents of a fault for which a review raises one."""
    new_after: Codes
    """Distribution of the time after which a new fault takes the place of a fixed one; -1 never."""
    workaround: Floats
    """(n_steps,) chance that the end of a visit finds a workaround ..."""
    fixed: Floats
    """... and that it fixes the fault behind the ticket."""


class ScoreWeights(NamedTuple):
    """Points that a score has at best, and those that it loses."""

    at_best: float
    per_hour: float
    per_hour_to_response: float
    per_hop: float
    per_reopen: float
    late_response: float
    late_resolution: float
    spread: float
    """Standard deviation between customers."""
    abandoned: float
    """Score of those who gave up; NaN where they have none."""


class FeedbackTable(NamedTuple):
    """Scores of tickets, and what follows from them."""

    weights: ScoreWeights
    scored: int
    """Rule block that takes the tickets that are scored."""
    satisfied: tuple[float, float]
    """Least and greatest score that counts as satisfied."""
    survey: int
    """Rule block that names the row of ``response``; -1 where all are heard at once."""
    response: Floats
    """Shares who answer."""
    answer_delay: int
    """Distribution of the time until the answer; -1 none."""
    repeat: int
    """Rule block that names the row of the columns below; -1 none."""
    repeat_share: Floats
    repeat_delay: Codes
    repeat_stream: Codes
    """Stream of the new ticket; -1 where it is like the one before."""
    improvement_stream: int
    """Stream of improvement tickets; -1 none."""
    low: tuple[float, float]
    """Least and greatest score that counts as low."""
    after: int
    """Low scores that raise one; 0 where reviews do."""
    review: float
    """Minutes between reviews; inf none."""
    at_least: int
    """Fewest low scores for which a review raises one."""
    each: bool
    """Whether a review raises one for every so many low scores."""


class ImprovementTable(NamedTuple):
    """Levers that finished work moves in the run, from rung to rung.

    Each combination of their rungs is a row of ``level`` and ``flags``; the last lever changes fastest.
    """

    lever: Codes
    """(n_moves,) lever that the end of a visit may move ..."""
    share: Floats
    """... with this chance."""
    address: Codes
    """Place word of its draws."""
    first: Codes
    """(n_steps + 1,) moves of step ``s`` are rows ``first[s]`` to ``first[s + 1]``."""
    rungs: Codes
    """(n_levers,) steps up from the lowest level."""
    delay: Codes
    """Distribution of the time until the lever has moved."""
    decay: Floats
    """Minutes without improvement after which it falls by one rung; inf never."""
    state: Codes
    """Code in the names of states."""
    level: Floats
    """(n_combinations, n_levers)"""
    flags: Flags
    """(n_combinations, n_flags) facts that rules ask for: behind the queue lengths and control states."""
