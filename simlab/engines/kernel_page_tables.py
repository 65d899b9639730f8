"""What the compiled engine draws for tickets of the list as soon as they arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import CODE, MOST_EARLY
from simlab.engines.kernel_pages import PAGED, ROWS
from simlab.model.codes import StepKind
from simlab.model.streams import Purpose
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


def page_tables(
    model: Model, early: list[int], steps: NDArray[Any], streams: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Empty page, what its columns are drawn for (-1: nothing), and the places of its draws.

    Those of first visits are filled in with each page; draws of the stream have the place 0.
    """
    listed = [not isinstance(stream.arrivals, PopulationArrivals) for stream in model.streams]
    tables = [stream.attributes for stream, is_listed in zip(model.streams, listed, strict=True) if is_listed]
    first = steps[streams["first_step"][listed]]
    is_work = first["kind"] == StepKind.WORK
    is_drawn = (
        any(len(table.classes) > 1 for table in tables),
        any(len(codes) > 1 for table in tables for codes in table.priorities),
        any(len(codes) > 1 for table in tables for codes in table.channels),
        any((table.difficulty >= 0).any() for table in tables),
        is_work.any(),
        (first["draws_route"] & is_work).any(),
    )
    purposes = [int(purpose) if drawn else -1 for purpose, drawn in zip(PAGED, is_drawn, strict=True)]
    of_steps = steps["address"][early]
    return {
        "page": np.zeros((len(PAGED) + len(early)) * ROWS),
        "page_purposes": np.array(purposes + [int(Purpose.ROUTE)] * len(early), CODE),
        "page_spaces": np.zeros(ROWS, CODE),
        "page_places": np.concatenate([np.zeros(len(PAGED) * ROWS, CODE), np.repeat(of_steps, ROWS)]),
    }
