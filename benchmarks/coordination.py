"""Measure what a search costs beside its simulations: ``python -m benchmarks.coordination [--trials 1000]``.

Simulations are replaced by a figure that takes next to no time, so what is left is asking, telling, learning
and keeping: CPU time of the whole process, less that of the figures, for each trial.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import process_time

from benchmarks.optimisation_problems import Problem, network_of_figures, teams


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.coordination", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--trials", type=int, default=1000)
    options = parser.parse_args()
    for problem in (teams(), network_of_figures()):
        print_overhead(problem, options.trials)


def print_overhead(problem: Problem, trials: int) -> None:
    """Search with so many trials and print the milliseconds of each."""
    assert problem.figures is not None
    spent = 0.0
    figures = problem.figures

    def timed(values: Mapping[str, float], seed: int, replication: int) -> dict[str, float]:
        nonlocal spent
        began = process_time()
        found = figures(values, seed, replication)
        spent += process_time() - began
        return found

    lines = problem.experiment.splitlines()
    kept = [line for line in lines if not line.startswith(("budget:", "indifference:"))]
    kept.append(f"budget: {{trials: {trials}, final_replications: 10, random_search: 0 %}}")
    experiment = "\n".join([*kept, "indifference: 0.0001 %"])  # so that it does not end early
    with tempfile.TemporaryDirectory() as home:
        began = process_time()
        result = replace(problem, figures=timed, experiment=experiment).found(1, Path(home))
        total = process_time() - began - spent
    n = len(result.trials)
    print(f"{problem.name}: {1000 * total / n:.1f} ms of CPU a trial beside the simulations, of {n} trials")


if __name__ == "__main__":
    main()
