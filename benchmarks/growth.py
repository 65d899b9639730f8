"""How time and memory grow: with the number of tickets, the length of the queue, and the number of people."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.models import desk, queue

_MEASURE = """
import json, resource, sys, time
from benchmarks.models import model_of
from simlab.engines.auto import engine_named
engine = engine_named(sys.argv[1])
small, model = (model_of(each) for each in json.load(sys.stdin))
engine.run(small, 1, 0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
best = 1e9
for _ in range(2):
    started = time.process_time()
    logs = engine.run(model, 1, 0)
    best = min(best, time.process_time() - started)
    n_visits = len(logs.work)
    del logs
print(best, n_visits, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def overloaded(n: int) -> dict[str, Any]:
    """One person and tickets that come twice as fast as they are served: the queue grows to n / 2."""
    scenario = queue(n)
    scenario["staffing"]["servers"]["people"] = 4
    scenario["time"]["length"] = f"{n} min"
    return scenario


def staffed(n: int, people: int) -> dict[str, Any]:
    """M/M/c with a fixed load on each person."""
    scenario = queue(n)
    scenario["staffing"]["servers"]["people"] = people
    gap = 1.0 / (0.9 * people)
    scenario["demand"]["customers"]["arrivals"]["gaps"] = {"exponential": f"{gap!r} min"}
    return scenario


def print_growth() -> None:
    """Measure both engines, each case in a process of its own, and print microseconds and bytes by visit."""
    cases: list[tuple[str, dict[str, Any]]] = [
        *((f"m2, {n:,} tickets", desk(n)) for n in (20_000, 200_000)),
        *((f"queue up to {n // 2:,}", overloaded(n)) for n in (20_000, 200_000)),
        *((f"{people:,} people", staffed(50_000, people)) for people in (8, 80, 800)),
    ]
    print(f"\ngrowth\n{'':28}{'engine':>10}{'seconds':>10}{'us/visit':>10}{'bytes/visit':>13}")
    for name, scenario in cases:
        for engine in ("simpy", "compiled"):
            seconds, n_visits, memory = measured(engine, scenario)
            print(
                f"{name:28}{engine:>10}{seconds:10.3f}{seconds / n_visits * 1e6:10.2f}"
                f"{memory / n_visits:13,.0f}",
                flush=True,
            )


def measured(engine: str, scenario: dict[str, Any]) -> tuple[float, int, float]:
    """Seconds of CPU, visits, and bytes by which the process grew."""
    ended = subprocess.run(
        [sys.executable, "-c", _MEASURE, engine],
        input=json.dumps([queue(100), scenario]),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, n_visits, kilobytes = ended.stdout.split()[-3:]
    return float(seconds), int(n_visits), 1024.0 * float(kilobytes)
