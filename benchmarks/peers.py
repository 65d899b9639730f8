"""Who runs which model: simlab's engines, idiomatic SimPy, and other simulators where they are installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import idiomatic_simpy
from benchmarks.models import ARRIVAL_RATE, N_CUSTOMERS, N_TICKETS, SERVERS, desk, model_of, queue
from simlab.engines.compiled import CompiledEngine
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.model.codes import StepKind
from simlab.model.tables import Model


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run says: visits to people, and their mean wait in minutes."""

    n_visits: int
    mean_wait: float


Peer = Callable[[int], Answer]
"""Runs a model with a seed."""


def peers(model_name: str) -> dict[str, Peer]:
    """Everybody who runs a model, by name; the first is the yardstick of ratios."""
    scenario = {"m1": queue, "m2": desk, "m3": lambda: desk(office_hours=True)}[model_name]()
    model = model_of(scenario)
    found: dict[str, Peer] = {
        "idiomatic SimPy": _idiomatic(model_name),
        "simlab, SimPy": _simlab(SimpyEngine(), model),
        "simlab, compiled": _simlab(CompiledEngine(), model),
    }
    if model_name == "m1" and importlib.util.find_spec("ciw"):
        found["Ciw"] = _ciw_queue
    return found


def _simlab(engine: Engine, model: Model) -> Peer:
    def run(seed: int) -> Answer:
        logs = engine.run(model, seed, 0)
        n_visits = int((model.steps.kind[logs.visits.step] == StepKind.WORK).sum())
        return Answer(n_visits, float(logs.tickets.queue_min.sum()) / n_visits)

    return run


def _idiomatic(model_name: str) -> Peer:
    def run(seed: int) -> Answer:
        if model_name == "m1":
            return Answer(*idiomatic_simpy.queue(N_CUSTOMERS, seed))
        return Answer(*idiomatic_simpy.desk(N_TICKETS, seed, office_hours=model_name == "m3"))

    return run


def _ciw_queue(seed: int) -> Answer:
    ciw: Any = importlib.import_module("ciw")
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVAL_RATE)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(N_CUSTOMERS)
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return Answer(len(waits), sum(waits) / len(waits))
