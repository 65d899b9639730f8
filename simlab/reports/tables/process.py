"""Tables of the process map: what happens at each step, and how tickets move between steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.model.codes import VisitCause
from simlab.reports.observation import Observation
from simlab.reports.subjects import Subject
from simlab.reports.tables.table import Cell, Table, table

WAYS_OUT: Final = 3
"""The last nodes of a process map: resolved, cancelled, abandoned."""
MOST_MOVES: Final = 40
"""Up to so many moves between different steps, a map shows them all."""
THIN: Final = 0.02
"""Of more, those that carry less than this part of what the strongest does may be left out."""


def steps(subject: Subject) -> Table:
    """Return a row per node through which tickets went: the start, steps, ways out."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        if (seen := subject.observation) is None:
            return
        used = _nodes_with_traffic(seen)
        for node in used:
            name, kind, team = _name_and_kind(subject, node)
            figures = _figures(seen, node, is_visited=kind in ("work", "wait"))
            cost = _cost(subject, node, seen) if kind == "work" else np.nan
            yield (name, kind, team, *figures, cost)

    currency = subject.model.money.currency
    return table(
        "process_steps",
        "Steps of the process, with what happens at them",
        (
            "step",
            "kind",
            "team",
            ("visits", "visits/week"),
            ("automated", "visits/week"),
            ("wait", "min"),
            ("hands-on time", "min"),
            ("duration", "min"),
            ("cost", f"{currency}/week" if currency else ""),
        ),
        rows(),
    )


def moves(subject: Subject) -> Table:
    """Return a row per pair of nodes between which tickets went."""

    def rows() -> Iterator[tuple[Cell, ...]]:
        if (seen := subject.observation) is None:
            return
        flow = seen.flow.transitions
        inside = (flow.source == flow.target) & (flow.cause == VisitCause.AFTER_AUTOMATION)
        pairs = np.unique(np.column_stack([flow.source, flow.target])[~inside], axis=0).tolist()
        for source, target in pairs:
            here = (flow.source == source) & (flow.target == target) & ~inside
            wrong = here & (flow.cause == VisitCause.MISROUTED)
            total = flow.count[here].sum()
            rate = _rate(subject, target)
            hours = _weekly(float((flow.count[here] * flow.touch_mean[here]).sum()), seen) / 60.0
            yield (
                _name_and_kind(subject, source)[0],
                _name_and_kind(subject, target)[0],
                _weekly(total, seen),
                _mean(flow.gap_mean[here], flow.count[here]),
                flow.count[wrong].sum() / total,
                hours * rate,
            )

    currency = subject.model.money.currency
    return table(
        "process_moves",
        "Moves between steps",
        (
            "from",
            "to",
            ("moves", "tickets/week"),
            ("delay", "min"),
            ("by mistake", "share"),
            ("cost", f"{currency}/week" if currency else ""),
        ),
        rows(),
    )


def _nodes_with_traffic(seen: Observation) -> list[int]:
    flow = seen.flow
    return sorted(
        {*flow.steps.node.tolist(), *flow.transitions.source.tolist(), *flow.transitions.target.tolist()}
    )


def _name_and_kind(subject: Subject, node: int) -> tuple[str, str, str]:
    """Return name, kind (start, work, wait, end) and team of a node; the names of all nodes differ."""
    nodes, names = subject.observation.flow.nodes if subject.observation else (), subject.model.names
    if node == 0:
        return "start", "start", ""
    if node >= len(nodes) - WAYS_OUT:
        return nodes[node], "end", ""
    name, team = names.steps[node - 1], int(subject.model.steps.team[node - 1])
    shown = f"step {name}" if name in {"start", *nodes[-WAYS_OUT:]} else name
    return (
        shown,
        "work" if team >= 0 else "wait",
        " + ".join(_teams_at(subject, node - 1)) if team >= 0 else "",
    )


def _teams_at(subject: Subject, step: int) -> list[str]:
    """Return the teams whose people work at a step: one, or those of its swarm."""
    teams = subject.model.names.teams
    return [
        f"{people} {teams[team]}" if people > 1 else teams[team] for people, team in _crew_at(subject, step)
    ]


def _crew_at(subject: Subject, step: int) -> list[tuple[int, int]]:
    """Return how many people of which team (its code) work on a ticket at a step."""
    swarms = subject.model.swarms
    if swarms is None or swarms.first[step] == swarms.first[step + 1]:
        return [(1, int(subject.model.steps.team[step]))]
    roles = range(swarms.first[step], swarms.first[step + 1])
    return [(int(swarms.people[row]), int(swarms.team[row])) for row in roles if not swarms.is_optional[row]]


def _cost(subject: Subject, node: int, seen: Observation) -> float:
    """Return what the hands-on time of the people at a step costs a week, at the mean rate of their teams.

    Time on duty without a ticket, overtime and automation are no part of it: they are told for the teams.
    """
    use = seen.flow.steps
    here = (use.node == node) & (use.automation < 0)
    hours = _weekly(float(np.nansum(use.visits[here] * use.touch_mean[here])), seen) / 60.0
    return hours * _rate(subject, node)


def _rate(subject: Subject, node: int) -> float:
    """Return what a hands-on hour costs at a node; NaN without prices, 0 where nobody works."""
    if not subject.model.money.currency:
        return np.nan
    if _name_and_kind(subject, node)[1] != "work":
        return 0.0
    people, crew = subject.model.people, _crew_at(subject, node - 1)
    rates = [people.cost_per_hour[people.team == team] for _, team in crew]
    weights = [n if len(rate) else 0 for (n, _), rate in zip(crew, rates, strict=True)]
    if not any(weights):
        return 0.0
    means = [float(rate.mean()) if len(rate) else 0.0 for rate in rates]
    return float(np.average(means, weights=weights))


def _figures(seen: Observation, node: int, is_visited: bool) -> tuple[float, float, float, float, float]:
    """Return visits and automated ones a week; mean wait, hands-on time and duration of the others."""
    use, flow = seen.flow.steps, seen.flow.transitions
    if not is_visited:
        passed = flow.count[flow.source == node if node == 0 else flow.target == node].sum()
        return _weekly(passed, seen), np.nan, np.nan, np.nan, np.nan
    here, is_run = use.node == node, use.automation >= 0
    # What people do after a failed automation is the same visit, begun by the automation.
    begun = here & (use.cause != VisitCause.AFTER_AUTOMATION)
    people = here & ~is_run
    weights = use.visits[people]
    return (
        _weekly(use.visits[begun].sum(), seen),
        _weekly(use.visits[here & is_run].sum(), seen),
        _mean(use.wait_mean[people], weights),
        _mean(use.touch_mean[people], weights),
        _mean(use.duration_mean[people], weights),
    )


def _weekly(count: float, seen: Observation) -> float:
    return float(count) / seen.weeks if seen.weeks else np.nan


def _mean(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    there = ~np.isnan(values)
    total = weights[there].sum()
    return float((values[there] * weights[there]).sum() / total) if total else np.nan


def main_moves(moves: Table) -> Table:
    """Return the moves that a map of the process shows.

    All of them where there are few. Of more than `MOST_MOVES` those are left out that carry less than
    `THIN` of what the strongest does, but for the strongest into each step and out of it.
    """
    drawn = [row for row in moves.rows if row[0] != row[1]]
    if len(drawn) <= MOST_MOVES:
        return moves
    into: dict[Cell, float] = {}
    out_of: dict[Cell, float] = {}
    for source, target, flow, *_ in drawn:
        into[target] = max(into.get(target, 0.0), float(flow))
        out_of[source] = max(out_of.get(source, 0.0), float(flow))
    least = THIN * max(into.values())
    return moves.chosen(
        row
        for row in moves.rows
        if row[0] == row[1] or float(row[2]) >= min(least, into[row[1]], out_of[row[0]])
    )
