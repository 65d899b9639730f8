"""Compiling faults: which tickets they cause, when problem tickets are raised, and what steps do to them."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from simlab.model.compiling.constructs import is_end_of_step
from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.graph import Graph
from simlab.model.improvement_tables import FaultTable
from simlab.model.streams import addresses
from simlab.model.tables import Floats
from simlab.scenario.schema.faults import Faults
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.schema.values import names_in


def state_names(scenario: Scenario) -> tuple[str, ...]:
    """Names of what may change in a run: every fault, and levers that are moved."""
    faults = (
        f"faults.{name}.{number}"
        for name, faults in scenario.faults.items()
        for number in range(1, _count(faults) + 1)
    )
    return (
        *faults,
        *(f"levers.{name}" for name, lever in scenario.levers.items() if lever.improve is not None),
    )


def compile_faults(graph: Graph) -> FaultTable | None:
    """Return the faults of the scenario; None where it has none."""
    groups = graph.scenario.faults
    workaround, fixed = _work_on_faults(graph)
    if not groups:
        return None
    if any(each.problems for each in groups.values()) and not (workaround.any() or fixed.any()):
        path = ("faults", next(name for name, each in groups.items() if each.problems), "problems")
        graph.context.warn(
            path,
            "no step does anything to a fault",
            remedy="write fault: {fixed: 80 %} at the step that fixes it",
        )
    classes = [_classes(graph, name, faults) for name, faults in groups.items()]
    _refuse_overlaps(graph, classes)
    rows = [_row(graph, name, faults) for name, faults in groups.items()]
    columns = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    spaces = addresses(f"faults:{name}" for name in groups)
    return FaultTable(
        first=np.array([0, *accumulate(map(_count, groups.values()))], np.int64),
        weight=np.concatenate([_weights(faults) for faults in groups.values()]),
        space=np.array(list(spaces.values()), np.int64),
        first_class=np.array([0, *accumulate(map(len, classes))], np.int64),
        classes=np.array([code for own in classes for code in own], np.int64),
        workaround=workaround,
        fixed=fixed,
        **columns,
    )


def _row(graph: Graph, name: str, faults: Faults) -> dict[str, int | float]:
    """Columns of one group of faults."""
    path: Path = ("faults", name)
    problems = faults.problems
    review = problems.review if problems is not None else None
    stream = problems.stream if problems is not None else None
    return {
        "drawn": distribution_id(graph.context, faults.rates.drawn, (*path, "rates", "drawn")),
        "pareto": faults.rates.pareto or 0.0,
        "stream": _own_stream(graph, faults.stream, (*path, "stream")),
        "share": faults.share,
        "problem_stream": -1
        if stream is None
        else raised_stream(graph, stream, (*path, "problems", "stream")),
        "after": (problems.after or 0) if problems is not None else 0,
        "within": (problems.within or np.inf) if problems is not None else np.inf,
        "review": review.every if review is not None else np.inf,
        "worst": review.worst if review is not None else 0,
        "at_least": review.at_least if review is not None else 0,
        "new_after": distribution_id(graph.context, faults.new_after, (*path, "new_after")),
    }


def raised_stream(graph: Graph, name: str, path: Path) -> int:
    """Code of a stream of which tickets are raised in the run."""
    source = graph.scenario.demand.get(name)
    if source is not None and source.arrivals.population is not None:
        graph.context.problem(path, "members of a population come by themselves", name)
    return graph.context.code("stream", name, path)


def _own_stream(graph: Graph, name: str, path: Path) -> int:
    """Code of the stream whose tickets have faults behind them."""
    source = graph.scenario.demand.get(name)
    if source is not None and source.arrivals.population is not None:
        graph.context.problem(
            path,
            "members of a population come by themselves: a fixed fault cannot keep them away",
            name,
            "let the stream arrive at a rate",
        )
    if source is not None and source.arrivals.spawned:
        graph.context.problem(
            path,
            "only tickets that arrive by themselves have a fault behind them",
            name,
            "name another stream",
        )
    return graph.context.code("stream", name, path)


def _work_on_faults(graph: Graph) -> tuple[Floats, Floats]:
    """By step of the graph, the chances that the end of a visit finds a workaround or fixes the fault."""
    workaround, fixed = np.zeros((2, len(graph.drafts)))
    steps = graph.written_steps()
    for name, step in steps.items():
        if step.fault is not None:
            graph.context.needed("faults", ("routing", "steps", name, "fault"))
    for code, draft in enumerate(graph.drafts):
        written = steps.get(graph.names[draft.shown_as])
        if written is not None and written.fault is not None and is_end_of_step(draft, code):
            workaround[code], fixed[code] = written.fault.workaround, written.fault.fixed
    return workaround, fixed


def _count(faults: Faults) -> int:
    return len(faults.rates.listed or ()) or faults.count or 0


def _weights(faults: Faults) -> Floats:
    if faults.rates.listed is not None:
        return np.array(faults.rates.listed, np.float64)
    if faults.rates.zipf is not None:
        ranks = np.arange(1, _count(faults) + 1, dtype=np.float64)
        return np.asarray(ranks**-faults.rates.zipf, np.float64)
    return np.full(_count(faults), np.nan)


def _classes(graph: Graph, name: str, faults: Faults) -> list[int]:
    """Codes of the classes of the tickets that a group of faults causes."""
    source = graph.scenario.demand.get(faults.stream)
    own = list(source.classes or [faults.stream]) if source is not None else []
    named = own if faults.class_ is None else names_in(faults.class_)
    path = ("faults", name, "class")
    codes = []
    for each in dict.fromkeys(named):
        code = graph.context.code("class", each, path)
        if code >= 0 and source is not None and each not in own:
            graph.context.problem(path, "the class belongs to another stream", each)
        codes.append(code)
    return codes


def _refuse_overlaps(graph: Graph, classes: list[list[int]]) -> None:
    """Refuse two groups of faults behind the same tickets."""
    taken: dict[tuple[str, int], str] = {}
    for (name, faults), own in zip(graph.scenario.faults.items(), classes, strict=True):
        others = {taken.setdefault((faults.stream, code), name) for code in own} - {name}
        if others:
            graph.context.problem(
                ("faults", name),
                f"{', '.join(sorted(others))} and {name} are about the same tickets",
                remedy="name different classes, or put the faults together with rates: {listed: [...]}",
            )
