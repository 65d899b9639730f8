"""Who runs which model: simlab's engines, SimPy in two styles, bare kernels, simulators that are installed.

Each runs a model once and tells the visits and their mean wait. Models that a peer cannot express, or that
nobody has written for it, are left out.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.models import desk, model_of, queue
from simlab.engines.compiled import CompiledEngine
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.codes import StepKind
from simlab.model.load import load
from simlab.model.tables import Model

CLOUD = str(Path(__file__).parents[1] / "scenarios" / "cloud" / "today.yaml")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run says: visits to people, and their mean wait in minutes."""

    n_visits: int
    mean_wait: float


Peer = Callable[[int], Answer]
"""Runs a model with a seed."""

WRITTEN_FOR = {
    "idiomatic SimPy": ("benchmarks.idiomatic_simpy", "simpy", 1.0),
    "callback SimPy": ("benchmarks.callback_simpy", "simpy", 1.0),
    "bare kernel": ("benchmarks.bare_kernel", "numba", 1.0),
    "Cimba": ("benchmarks.cimba_models", "cimba", 1.0),
    "Ciw": ("benchmarks.ciw_models", "ciw", 0.5),
    "salabim": ("benchmarks.salabim_models", "salabim", 0.05),
    "Prosimos": ("benchmarks.prosimos_models", "prosimos", 0.1),
}
"""By peer: module with its models, package that it needs, share of the tickets that it is given; slow ones
are given fewer, as speeds are by visit."""


def model_named(name: str, n: int) -> Model:
    """Model m1 to m3 of so many tickets, or m4: the cloud scenario, in its own length."""
    match name:
        case "m1":
            return model_of(queue(n))
        case "m2":
            return model_of(desk(n))
        case "m3":
            return model_of(desk(n, office_hours=True))
    return load(CLOUD).model


def peers(model_name: str, n: int) -> dict[str, Peer]:
    """Everybody who runs a model of n tickets, by name; the first is the yardstick of ratios."""
    model = model_named(model_name, n)
    own: dict[str, Peer] = {
        "simlab, SimPy": _simlab(SimpyEngine(), model),
        "simlab, compiled": _simlab(CompiledEngine(), model),
    }
    if model_name == "m4":
        return own
    others = {
        name: _other(importlib.import_module(module), model_name, max(int(share * n), 1000))
        for name, (module, package, share) in WRITTEN_FOR.items()
        if importlib.util.find_spec(package)
    }
    yardstick = next(iter(others))
    found = {yardstick: others.pop(yardstick)} | own | others
    return {name: peer for name, peer in found.items() if peer is not None}


def _simlab(engine: Engine, model: Model) -> Peer:
    def run(seed: int) -> Answer:
        logs = engine.run(model, seed, 0)
        n_visits = int((model.steps.kind[logs.visits.step] == StepKind.WORK).sum())
        return Answer(n_visits, float(logs.tickets.queue_min.sum()) / n_visits)

    return run


def _other(module: Any, model_name: str, n: int) -> Peer | None:  # noqa: ANN401 - one with these functions
    def run(seed: int) -> Answer:
        if model_name == "m1":
            return Answer(*module.queue(n, seed))
        return Answer(*module.desk(n, seed, model_name == "m3"))

    is_written = hasattr(module, "queue" if model_name == "m1" else "desk")
    return run if is_written else None
