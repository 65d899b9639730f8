"""Compare engines and other simulators: ``python -m benchmarks [m1 m2 m3 m4 growth workers] [--rounds 5]``.

The peers take turns, so that a busy machine slows all of them down alike, and CPU time is measured, compiling
apart. Speed is visits per second of CPU; the ratio is to idiomatic SimPy in the same round, given as the
median of the rounds with the smallest and the largest. Peers that are not installed are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from statistics import median
from time import perf_counter, process_time

from benchmarks.growth import print_growth
from benchmarks.models import N_CUSTOMERS, N_TICKETS
from benchmarks.peers import Answer, Peer, peers
from benchmarks.workers import print_workers

EXPECTED_WAIT = {"m1": (0.87692, 0.15), "m2": (28.0, 0.3), "m3": (850.0, 0.3)}
"""Mean waits, and how far the mean over all rounds of a peer may be from them, relative."""
COMPARED = ("m1", "m2", "m3", "m4")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", nargs="*", default=COMPARED, help="m1, m2, m3, m4, growth, workers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the tickets of the models")
    parser.add_argument("--only", nargs="*", help="peers whose names contain one of these words")
    options = parser.parse_args()
    for name in options.what:
        if name == "growth":
            print_growth()
        elif name == "workers":
            print_workers()
        else:
            n = int((N_CUSTOMERS if name == "m1" else N_TICKETS) * options.scale)
            print_comparison(name, chosen(peers(name, n), options.only), options.rounds)


def chosen(by_name: dict[str, Peer], words: list[str] | None) -> dict[str, Peer]:
    """Peers of which the name contains a word; the first, to which others are compared, in any case."""
    yardstick = next(iter(by_name))
    return {
        name: peer
        for name, peer in by_name.items()
        if words is None or name == yardstick or any(word.lower() in name.lower() for word in words)
    }


def print_comparison(model_name: str, by_name: Mapping[str, Peer], rounds: int) -> None:
    """Let the peers run a model in turns and print how fast they were."""
    for name, run in by_name.items():
        if name in ("simlab, compiled", "bare kernel", "Cimba"):
            run(0)  # compiles, or loads what was compiled before
    speeds: dict[str, list[float]] = {name: [] for name in by_name}
    waits: dict[str, list[float]] = {name: [] for name in by_name}
    answers: dict[str, list[Answer]] = {name: [] for name in by_name}
    for seed in range(1, rounds + 1):
        for name, run in by_name.items():
            on_clock, started = perf_counter(), process_time()
            answer = run(seed)
            used, passed = process_time() - started, perf_counter() - on_clock
            speeds[name].append(answer.n_visits / used)
            waits[name].append(passed / used)
            answers[name].append(answer)
    own = [answers[name] for name in ("simlab, SimPy", "simlab, compiled") if name in answers]
    assert all(each == own[0] for each in own), "simlab's engines disagree"
    yardstick = speeds[next(iter(by_name))]
    print(f"\n{model_name}, {rounds} rounds; ratios to {next(iter(by_name))}")
    print(f"{'':18}{'visits/s':>12}{'best':>12}{'ratio':>8}{'least':>8}{'most':>8}{'clock/CPU':>10}"
          f"{'visits':>9}{'mean wait':>11}")  # fmt: skip
    for name, of_peer in speeds.items():
        ratios = [mine / theirs for mine, theirs in zip(of_peer, yardstick, strict=True)]
        wait = sum(answer.mean_wait for answer in answers[name]) / rounds
        print(
            f"{name:18}{median(of_peer):12,.0f}{max(of_peer):12,.0f}{median(ratios):8.2f}{min(ratios):8.2f}"
            f"{max(ratios):8.2f}{median(waits[name]):10.2f}{answers[name][0].n_visits:9,}{wait:11.4g}"
            f"{remark(model_name, wait)}"
        )


def remark(model_name: str, wait: float) -> str:
    """Say where an answer is far from what is known of the model."""
    expected, tolerance = EXPECTED_WAIT.get(model_name, (wait, 1.0))
    far = abs(wait - expected) > tolerance * expected
    return f"  far from {expected:g}" if far else ""


if __name__ == "__main__":
    main()
