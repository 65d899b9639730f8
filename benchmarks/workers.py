"""Replications of the compiled engine in turn, in threads and in processes: what they take on the clock."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from statistics import median
from time import perf_counter

from benchmarks.peers import CLOUD
from simlab.engines.compiled import CompiledEngine
from simlab.metrics.summary import summarise
from simlab.model.load import load
from simlab.model.tables import Model

N_REPLICATIONS = 20


def replication(model: Model, with_figures: bool, number: int) -> int:
    """Run one replication, and summarise it if asked; only its events come back."""
    logs = CompiledEngine().run(model, 1, number)
    if with_figures:
        summarise(model, logs)
    return logs.totals.events


def print_workers(rounds: int = 3) -> None:
    """Measure and print."""
    model = load(CLOUD).model
    replication(model, True, 0)  # compiles, or loads what was compiled before
    n = os.cpu_count() or 1
    print(f"\n{N_REPLICATIONS} replications of the cloud scenario, {n} at a time; median of {rounds}, s")
    for with_figures in (False, True):
        work = partial(replication, model, with_figures)
        taken: dict[str, list[float]] = {"in turn": [], "threads": [], "processes": []}
        answers = set()
        for _ in range(rounds):
            started = perf_counter()
            answers.add(tuple(map(work, range(N_REPLICATIONS))))
            taken["in turn"].append(perf_counter() - started)
            for name, pool in (("threads", ThreadPoolExecutor), ("processes", ProcessPoolExecutor)):
                started = perf_counter()
                with pool(n) as executor:
                    answers.add(tuple(executor.map(work, range(N_REPLICATIONS))))
                taken[name].append(perf_counter() - started)
        assert len(answers) == 1, "the number of workers changes the results"
        print(f"{'with figures' if with_figures else 'logs only':16}"
              + "".join(f"{name:>12}{median(each):8.3f}" for name, each in taken.items()))  # fmt: skip
