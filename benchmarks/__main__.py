"""Compare engines on the models m1 to m3: ``python -m benchmarks [m1 m2 m3] [--rounds 5]``.

The peers take turns, so that a busy machine slows all of them down alike; CPU time is measured, compiling
apart. Speed is visits per second; the ratio is to idiomatic SimPy in the same round, given as the median of
the rounds with the smallest and the largest.
"""

from __future__ import annotations

import argparse
from statistics import median
from time import process_time

from benchmarks.peers import Answer, Peer, peers

EXACT_MEAN_WAIT_OF_M1 = 0.87692


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", nargs="*", default=["m1", "m2", "m3"], help="m1, m2, m3")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for model_name in options.models:
        print_comparison(model_name, peers(model_name), options.rounds)


def print_comparison(model_name: str, by_name: dict[str, Peer], rounds: int) -> None:
    """Let the peers run a model in turns and print how fast they were."""
    by_name["simlab, compiled"](0)  # compiles, or loads what was compiled before
    speeds: dict[str, list[float]] = {name: [] for name in by_name}
    answers: dict[str, list[Answer]] = {name: [] for name in by_name}
    for seed in range(1, rounds + 1):
        for name, run in by_name.items():
            started = process_time()
            answer = run(seed)
            speeds[name].append(answer.n_visits / (process_time() - started))
            answers[name].append(answer)
    assert answers["simlab, SimPy"] == answers["simlab, compiled"], "simlab's engines disagree"
    yardstick = speeds["idiomatic SimPy"]
    note = f" (exact mean wait {EXACT_MEAN_WAIT_OF_M1})" if model_name == "m1" else ""
    print(f"\n{model_name}, {rounds} rounds{note}")
    print(f"{'':20}{'visits/s':>12}{'ratio':>9}{'spread':>16}{'visits':>10}{'mean wait, min to max':>26}")
    for name, of_peer in speeds.items():
        ratios = [mine / theirs for mine, theirs in zip(of_peer, yardstick, strict=True)]
        waits = [answer.mean_wait for answer in answers[name]]
        print(
            f"{name:20}{median(of_peer):12,.0f}{median(ratios):9.2f}{min(ratios):8.2f}{max(ratios):8.2f}"
            f"{answers[name][0].n_visits:10,}{min(waits):16.4g}{max(waits):10.4g}"
        )


if __name__ == "__main__":
    main()
