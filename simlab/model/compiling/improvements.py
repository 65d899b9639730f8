"""Compiling improvement: which finished work moves which lever, and how far."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from simlab.model.compiling.constructs import is_end_of_step
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.faults import state_names
from simlab.model.compiling.graph import Graph
from simlab.model.improvement_tables import ImprovementTable
from simlab.model.streams import addresses
from simlab.scenario.schema.levers import Lever, LeverImprovement
from simlab.scenario.schema.values import names_in

_ROUNDING = 1e-9


class _Move(NamedTuple):
    """A lever that the end of a step may move."""

    lever: int
    share: float
    place: str
    """Name of the address of its draws."""


def rungs_of(lever: Lever) -> int:
    """Steps by which improvement can move a lever up; 0 where it stays as it is."""
    if lever.improve is None or lever.improve.by == 0.0:
        return 0
    return math.ceil((lever.improve.up_to - lever.level) / lever.improve.by - _ROUNDING)


def level_at(lever: Lever, rung: int) -> float:
    """Level of a lever on a rung."""
    if lever.improve is None or rung == 0:
        return lever.level
    return min(lever.level + rung * lever.improve.by, lever.improve.up_to)


def compile_improvements(graph: Graph) -> ImprovementTable | None:
    """Return the levers that are moved in the run; None where there are none.

    The scenario has them on one rung; `simlab.model.rungs` puts those together.
    """
    levers = [(name, lever, lever.improve) for name, lever in graph.scenario.levers.items() if lever.improve]
    if not levers:
        return None
    states = state_names(graph.scenario)
    by_step: list[list[_Move]] = [[] for _ in graph.drafts]
    for number, (name, _, improve) in enumerate(levers):
        for step in _steps(graph, name, improve):
            by_step[step].append(_Move(number, improve.share, f"improve:{graph.names[step]}.{name}"))
    moves = [move for of_step in by_step for move in of_step]
    places = addresses(move.place for move in moves)
    return ImprovementTable(
        lever=np.array([move.lever for move in moves], np.int64),
        share=np.array([move.share for move in moves], np.float64),
        address=np.array([places[move.place] for move in moves], np.int64),
        first=np.array([0, *accumulate(map(len, by_step))], np.int64),
        rungs=np.zeros(len(levers), np.int64),
        delay=np.array(
            [
                distribution_id(graph.context, improve.after, ("levers", name, "improve", "after"))
                for name, _, improve in levers
            ],
            np.int64,
        ),
        decay=np.array([improve.decay or np.inf for _, _, improve in levers], np.float64),
        state=np.array([states.index(f"levers.{name}") for name, _, _ in levers], np.int64),
        level=np.array([[lever.level for _, lever, _ in levers]], np.float64),
        flags=np.zeros((1, 0), np.bool_),
    )


def _steps(graph: Graph, name: str, improve: LeverImprovement) -> list[int]:
    """Steps of the graph whose end moves a lever."""
    named = names_in(improve.at)
    path = ("levers", name, "improve", "at")
    known = graph.written_steps()
    codes = {graph.context.code("step", step, path) for step in named}
    for step in named:
        if step in known and known[step].work is None and known[step].wait is None:
            graph.context.problem(path, "only the end of a step with work or a wait moves a lever", step)
    return [
        code
        for code, draft in enumerate(graph.drafts)
        if draft.shown_as in codes and is_end_of_step(draft, code)
    ]
