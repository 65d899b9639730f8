"""What the compiled engine draws for tickets of the list as soon as they arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import CODE, MOST_EARLY
from simlab.engines.kernel_pages import PAGED, ROWS
from simlab.model.codes import StepKind
from simlab.model.tables import Model, PopulationArrivals


def first_step(steps: NDArray[Any], entry: int) -> int:
    """First step from an entry on that is not one that only leads on, always to the same step."""
    step = entry
    for _ in steps:  # they may lead round in a circle
        if steps["kind"][step] != StepKind.ROUTE or steps["only_target"][step] < 0:
            break
        step = int(steps["only_target"][step])
    return step


def early_steps(model: Model, steps: NDArray[Any]) -> list[int]:
    """Steps where nobody works and shares decide, those that tickets come to first: drawn at arrival."""
    found, seen = [], [first_step(steps, stream.entry) for stream in model.streams]
    for step in seen:
        if steps["draws_route"][step] and steps["kind"][step] != StepKind.WORK:
            found.append(step)
        block = model.steps.next_rules[step]
        if block >= 0:
            rows = slice(model.rules.first_row[block], model.rules.first_row[block + 1])
            targets = dict.fromkeys(model.rules.target[rows].tolist())
            seen += [target for target in targets if target not in seen]
    return found[:MOST_EARLY]


def pages(model: Model, steps: NDArray[Any], streams: NDArray[Any]) -> dict[str, Any]:
    """What the record of the run says of draws at arrival."""
    listed = [not isinstance(stream.arrivals, PopulationArrivals) for stream in model.streams]
    tables = [stream.attributes for stream, is_listed in zip(model.streams, listed, strict=True) if is_listed]
    first = steps[streams["first_step"][listed]]
    return {
        "fresh": -1,
        "n_early": steps["early"].max(initial=-1) + 1,
        "pages_class": any(len(table.classes) > 1 for table in tables),
        "pages_priority": any(len(codes) > 1 for table in tables for codes in table.priorities),
        "pages_channel": any(len(codes) > 1 for table in tables for codes in table.channels),
        "pages_difficulty": any((table.difficulty >= 0).any() for table in tables),
        "pages_service": bool((first["kind"] == StepKind.WORK).any()),
        "pages_route": bool((first["draws_route"] & (first["kind"] == StepKind.WORK)).any()),
    }


def page_tables(early: list[int], steps: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Empty page, and the places of its draws: of streams, of first visits, and of the early steps."""
    of_steps = steps["address"][early]
    return {
        "page": np.zeros((len(PAGED) + len(early)) * ROWS),
        "page_spaces": np.zeros(ROWS, CODE),
        "page_places": np.concatenate([np.zeros(2 * ROWS, CODE), np.repeat(of_steps, ROWS)]),
    }
