"""Measure the optimiser on problems of known optimum: ``python -m benchmarks.optimisation [--macro 20]``.

Each problem is solved once with each of several seeds (macro-replications). Told are the true goals of what
was recommended, their gap to the optimum, and how far the told figure lies from the true one, in standard
errors of the told one: an optimiser that believed its luckiest trial would tell figures that are too good.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from statistics import fmean, median
from time import process_time
from typing import Final

import numpy as np

from benchmarks.optimisation_problems import ERLANG, Problem, mm1, network, network_of_figures, teams
from benchmarks.staffing_problems import chats, desks, rework
from simlab.statistics.selection import KimNelson

PROBLEMS: Final[dict[str, Callable[[], Problem]]] = {
    "network": network,
    "network_of_figures": network_of_figures,
    "mm1": mm1,
    "teams": teams,
    "rework": rework,
    "desks": desks,
    "chats": chats,
}


def main() -> None:
    """Measure and print."""
    known = [*PROBLEMS, "erlang", "selection"]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.optimisation", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("problems", nargs="*", default=known, help=", ".join(known))
    parser.add_argument("--macro", type=int, default=20, help="seeds for each problem")
    options = parser.parse_args()
    for name in options.problems:
        if name == "selection":
            print_selection()
        elif name == "erlang":
            print_erlang(options.macro)
        else:
            print_problem(PROBLEMS[name](), options.macro)


def print_problem(problem: Problem, n: int) -> None:
    """Solve a problem with each of ``n`` seeds."""
    began = process_time()
    values, biases, used, trials, n_held = [], [], [], [], 0
    for seed in range(1, n + 1):
        result, value = problem.solved(seed)
        assert result.recommended is not None
        (told,) = result.recommended.goals.values()
        values.append(value)
        biases.append(problem.times * told.value - value)
        n_held += problem.times * told.low <= value <= problem.times * told.high
        used.append(result.used)
        trials.append(len(result.trials))
        print(
            f"  {problem.name}, seed {seed}: true {value:.4f}, told {problem.times * told.value:.4f}",
            file=sys.stderr,
            flush=True,
        )
    bias, error = fmean(biases), float(np.std(biases, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    seconds = (process_time() - began) / n
    print(f"\n{problem.name}: optimum {problem.optimum:.4f}; {n} macro-replications")
    print(f"  true goal    mean {fmean(values):.4f}  median {median(values):.4f}  worst {max(values):.4f}")
    gaps = [100.0 * (value / problem.optimum - 1.0) for value in values]
    print(f"  gap          mean {fmean(gaps):.2f} %  median {median(gaps):.2f} %  worst {max(gaps):.2f} %")
    print(f"  told - true  {bias:+.4f} ± {error:.4f} (standard error), {100 * bias / problem.optimum:+.2f} %")
    print(f"  the told 95 % interval holds the true goal {n_held} times of {n}")
    print(f"  replications {max(used)} at most; trials {median(trials):g}; {seconds:.1f} s of CPU each")


def print_erlang(n: int) -> None:
    """Find the fewest people of each desk with each of ``n`` seeds."""
    print(f"\nErlang staffing; {n} macro-replications")
    for case in ERLANG:
        found = [case.found(seed) for seed in range(1, n + 1)]
        right = sum(people == case.people for people in found)
        print(f"  {case.name:32} {case.people:3} people: {right} of {n} right; found {sorted(set(found))}")


def print_selection(n: int = 1000, alternatives: int = 10) -> None:
    """Choose the best of a slippage configuration, half a standard deviation apart."""
    print(f"\nSelection: {alternatives} alternatives, slippage of half a standard deviation, nominal 95 %")
    for correlation in (0.0, 0.5, 0.9):
        right, used = _slippage(n if correlation else n // 4, alternatives, 0.5, correlation)
        print(
            f"  correlation {correlation:.1f}: right {100 * right:.1f} %, {used:.0f} replications on average"
        )


def _slippage(n: int, alternatives: int, shift: float, correlation: float) -> tuple[float, float]:
    draws = np.random.default_rng(7)
    rule = KimNelson(shift, 0.95)
    right, used = 0, 0
    for _ in range(n):
        values = np.sqrt(correlation) * draws.normal(size=(1, 2000))
        values = values + np.sqrt(1.0 - correlation) * draws.normal(size=(alternatives, 2000))
        values[1:] += shift
        looked = rule.first
        standing = rule.standing([each[:looked] for each in values])
        while not standing.is_decided:
            looked += max(1, looked // 4)
            standing = rule.standing([each[:looked] for each in values])
        end = max(standing.left_out_at.values()) if len(standing.alive) == 1 else standing.needed
        best = min(standing.alive, key=lambda place: values[place][:end].mean())
        right += best == 0
        used += sum(standing.left_out_at.values()) + len(standing.alive) * end
    return right / n, used / n


if __name__ == "__main__":
    main()
