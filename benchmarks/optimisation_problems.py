"""Problems whose best configuration is known, to measure the optimiser by: carrier scenarios and formulas.

Two of them are of SimOpt's library (https://github.com/simopt-admin/simopt). Where a figure of a problem is
none of simlab's responses, the problem is put through the optimiser's own interface: a function makes the
responses of a replication from the configuration, with the same random numbers for every configuration.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.execution.local import SerialExecutor
from simlab.experiments.runs import Replicated
from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.optimise.definition import read_optimisation
from simlab.optimise.result import OptimisationResult
from simlab.optimise.space import Configuration
from simlab.optimise.study import Means, carry_out, optimize, watched

Floats = NDArray[np.float64]
Figures = Callable[[Mapping[str, float], int, int], dict[str, float]]
"""Responses by name, of (values by key path, seed, replication)."""

CLOCK: Final = "time: {zone: UTC, start: 2026-01-05, length: 1 week}\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with its answer."""

    name: str
    scenario: str
    experiment: str
    figures: Figures | None
    """None where the scenario itself is simulated."""
    expected: Callable[[Mapping[str, float]], float]
    """True goal of a configuration, by key path."""
    optimum: float
    times: float = 1.0
    """Factor that makes a true goal of a told one."""

    def solved(self, seed: int) -> tuple[OptimisationResult, float]:
        """Return what the optimiser found with a seed, and the true goal of what it recommends."""
        with tempfile.TemporaryDirectory() as home:
            result = self.found(seed, Path(home))
        if result.recommended is None:
            return result, math.inf
        best = next(each for each in result.trials if each.number == result.recommended.trial)
        return result, self.expected(numbers(best.configuration))

    def found(self, seed: int, folder: Path) -> OptimisationResult:
        """Return what the optimiser finds with a seed; its files are written to a folder."""
        (folder / "scenario.yaml").write_text(self.scenario, encoding="utf-8")
        path = folder / "experiment.yaml"
        path.write_text(f"experiment: optimize\nscenario: scenario.yaml\n{self.experiment}", "utf-8")
        if self.figures is None:
            return optimize(path, folder=folder / "study", jobs=1, seed=seed)
        plan = read_optimisation(path, seed)
        with SerialExecutor[Any, Replicated](_work(self.figures, watched(plan))) as executor:
            return carry_out(plan, folder / "study", dict, executor, Means())


def _work(figures: Figures, names: tuple[str, ...]) -> Callable[[Mapping[str, float], int, int], Replicated]:
    def work(configuration: Mapping[str, float], seed: int, replication: int) -> Replicated:
        found = figures(configuration, seed, replication)
        value = np.array([found.get(name, 1.0) for name in names])
        window = Window(0.0, 10080.0)
        ones = np.ones(len(names))
        return Replicated(ReplicationSummary(replication, names, value, value, ones, (), window, ""), None)

    return work


def numbers(configuration: Configuration) -> dict[str, float]:
    """Return the values of a configuration of numbers."""
    return {path: float(value) for path, value in configuration.items()}


# -- SimOpt NETWORK-1: routing over ten servers

_ROUTES: Final = range(1, 11)
MESSAGES: Final = 1000
_SHARES: Final = [f"routing.start.n{i}" for i in _ROUTES]


def network() -> Problem:
    """Return SimOpt's NETWORK-1: 1,000 messages over ten servers, the quicker the dearer.

    The whole problem is a scenario: a pass in front of each server costs 0.1/i, an open message 0.005 a
    minute. Its goal is the cost of one message, so that 1,000 of them cost what SimOpt tells.
    """
    passes = "".join(
        f'  pass{i}: {{at: n{i}, level: "on", cost: {{per_run: {0.1 / i:.12f} EUR}},'
        ' levels: {"on": {coverage: 100 %, success: 0 %, run_time: 0 s}}}\n'
        for i in _ROUTES
    )
    scenario = (
        "name: Network\ntime: {zone: UTC, start: 2026-01-05, length: 1300 min, then: drain}\n"
        f"demand: {{messages: {{arrivals: {{rate: 1/min, limit: {MESSAGES}}}, priority: P1}}}}\n"
        f"costs: {{user_waiting: {{P1: 0.3 EUR/hour}}}}\nautomation:\n{passes}" + _servers("")
    )
    return Problem(
        "SimOpt NETWORK-1", scenario, _network_experiment("cost_per_ticket"), None, _true_cost, 62.64, 1000.0
    )


def network_of_figures() -> Problem:
    """Return the same problem with figures that a function makes: formulas know nothing of its goal."""
    scenario = f"name: Network\n{CLOCK}demand: {{messages: {{arrivals: {{rate: 1/min}}}}}}\n" + _servers(
        ", cost: 1 EUR/hour"
    )

    def figures(values: Mapping[str, float], seed: int, replication: int) -> dict[str, float]:
        shares = np.array([values.get(path, 10.0) for path in _SHARES]) / 100.0
        return {"cost_per_week": _network_cost(shares, seed, replication)}

    return Problem(
        "SimOpt NETWORK-1, without formulas",
        scenario,
        _network_experiment("cost_per_week"),
        figures,
        _true_cost,
        62.64,
    )


def _servers(cost: str) -> str:
    steps = "".join(
        f"    n{i}: {{team: t{i}, work: {{triangular:"
        f" {{min: {i - 0.5} min, mode: {i} min, max: {i + 0.5} min}}}}, next: done}}\n"
        for i in _ROUTES
    )
    return (
        "staffing: {"
        + ", ".join(f"t{i}: {{people: 1{cost}}}" for i in _ROUTES)
        + "}\nrouting:\n  start: {"
        + ", ".join(f"n{i}: 10 %" for i in _ROUTES)
        + f"}}\n  steps:\n{steps}    done: {{end: resolved}}\n"
    )


def _network_experiment(goal: str) -> str:
    vary = "".join(f"  {path}: {{from: 0.0 %, to: 100.0 %}}\n" for path in _SHARES)
    return (
        f"vary:\n{vary}sum: [{{of: [{', '.join(_SHARES)}], total: 100 %}}]\n"
        f"minimise: {goal}\nreplications: 2\nindifference: 0.1 %\n"
        "budget: {replications: 1000, final_replications: 60, random_search: 0 %, local_search: 90 %}\n"
    )


def _network_cost(shares: Floats, seed: int, replication: int) -> float:
    draws = np.random.default_rng([seed, replication])
    arrival = np.cumsum(draws.exponential(1.0, MESSAGES))
    route = np.searchsorted(np.cumsum(shares), draws.random(MESSAGES) * shares.sum(), side="right")
    u = draws.random(MESSAGES)
    deviation = np.where(u < 0.5, np.sqrt(u / 2.0) - 0.5, 0.5 - np.sqrt((1.0 - u) / 2.0))
    total = 0.0
    for i in _ROUTES:
        mine = np.minimum(route, 9) == i - 1
        came = arrival[mine]
        if not len(came):
            continue
        work = i + deviation[mine]
        done = np.cumsum(work)
        left = done + np.maximum.accumulate(came - done + work)
        total += 0.1 / i * len(came) + 0.005 * float((left - came).sum())
    return total


def _true_cost(values: Mapping[str, float]) -> float:
    """Return the mean cost of 20,000 runs, on random numbers of their own: standard error 0.01."""
    shares = np.array([values[path] for path in _SHARES]) / 100.0
    return float(np.mean([_network_cost(shares, 987, i) for i in range(20_000)]))


# -- SimOpt MM1-1: the speed of a server


def mm1() -> Problem:
    """Return SimOpt's MM1-1: rate 1.5, the expected sojourn plus a tenth of the squared speed."""
    path = "routing.steps.serve.work.exponential.mean"
    scenario = (
        f"name: MM1\n{CLOCK}demand: {{calls: {{arrivals: {{rate: 1.5/min}}}}}}\n"
        "staffing: {server: {people: 1, cost: 1 EUR/hour}}\n"
        "routing: {start: serve, steps: {serve: {team: server,"
        " work: {exponential: {mean: 5.0 min}}, next: resolved}}}\n"
    )
    experiment = (
        f"vary: {{{path}: {{from: 1.6 min, to: 10.0 min}}}}\nreplications: 4\nindifference: 0.1 %\n"
        "minimise: {sojourn_mean: 1, cost_per_week: 0.1}\n"
        "budget: {replications: 300, final_replications: 50, random_search: 0 %}\n"
    )

    def figures(values: Mapping[str, float], seed: int, replication: int) -> dict[str, float]:
        speed = values.get(path, 5.0)  # the value of the carrier is taken for the speed
        draws = np.random.default_rng([seed, replication])
        gap, work = draws.exponential(1.0 / 1.5, 1200), draws.exponential(1.0, 1200) / speed
        arrival, done = np.cumsum(gap), np.cumsum(work)
        left = done + np.maximum.accumulate(arrival - done + work)
        return {"sojourn_mean": float((left - arrival)[200:].mean()), "cost_per_week": speed**2}

    def expected(values: Mapping[str, float]) -> float:
        return 1.0 / (values[path] - 1.5) + 0.1 * values[path] ** 2

    return Problem("SimOpt MM1-1", scenario, experiment, figures, expected, 1.5528)


# -- staffing of many teams: the best of each team by itself is the best of all

TEAMS: Final = 8
LOADS: Final = (3.2, 7.5, 5.1, 12.4, 2.1, 9.3, 6.6, 4.4)
RATES: Final = (30.0, 45.0, 38.0, 32.0, 60.0, 36.0, 50.0, 41.0)
WEIGHTS: Final = (90.0, 60.0, 140.0, 75.0, 110.0, 50.0, 95.0, 130.0)


def queue(load: float, people: int) -> float:
    """Return the mean number of waiting customers of M/M/c (Erlang C)."""
    blocked = 1.0
    for n in range(1, people + 1):
        blocked = load * blocked / (n + load * blocked)
    utilisation = load / people
    waits = blocked / (1.0 - utilisation * (1.0 - blocked))
    return waits * utilisation / (1.0 - utilisation)


def teams() -> Problem:
    """Return the staffing of eight teams (13^8 = 816 million designs): cost of people and of waiting."""
    names = [f"t{i}" for i in range(TEAMS)]
    scenario = (
        f"name: Teams\n{CLOCK}demand: {{calls: {{arrivals: {{rate: 1/hour}}}}}}\nstaffing:\n"
        + "".join(
            f"  {name}: {{people: {math.ceil(load) + 6}, cost: 1 EUR/hour}}\n"
            for name, load in zip(names, LOADS, strict=True)
        )
        + "routing:\n  start: s0\n  steps:\n"
        + "".join(
            f"    s{i}: {{team: t{i}, work: {{exponential: {{mean: 1 min}}}},"
            f" next: {'resolved' if i == TEAMS - 1 else f's{i + 1}'}}}\n"
            for i in range(TEAMS)
        )
    )
    lows = [math.floor(load) + 1 for load in LOADS]
    vary = "".join(
        f"  staffing.{name}.people: {{from: {low}, to: {low + 12}}}\n"
        for name, low in zip(names, lows, strict=True)
    )
    experiment = (
        f"vary:\n{vary}minimise: cost_per_week\nreplications: 5\n"
        "budget: {replications: 3000, final_replications: 100, random_search: 0 %}\n"
    )

    def parts(values: Mapping[str, float]) -> tuple[float, Floats, Floats]:
        people = [
            round(values.get(f"staffing.{name}.people", low + 5.0))
            for name, low in zip(names, lows, strict=True)
        ]
        staff = math.fsum(rate * each for rate, each in zip(RATES, people, strict=True))
        waiting = np.array([w * queue(a, c) for w, a, c in zip(WEIGHTS, LOADS, people, strict=True)])
        utilisation = np.array([a / c for a, c in zip(LOADS, people, strict=True)])
        return staff, waiting, utilisation

    def figures(values: Mapping[str, float], seed: int, replication: int) -> dict[str, float]:
        staff, waiting, utilisation = parts(values)
        draws = np.random.default_rng([seed, replication])
        common, own = (
            draws.normal(size=TEAMS),
            np.random.default_rng([seed, replication, *(round(each) for each in values.values())]).normal(
                size=TEAMS
            ),
        )
        spread = 0.25 / np.sqrt(1.0 - utilisation)
        noise = spread * (0.9 * common + 0.3 * own)
        # log-normal with mean 1: queues swing to the large side
        swing = np.exp(noise - 0.5 * spread**2 * 0.9)
        return {"cost_per_week": staff + float((waiting * swing).sum())}

    def expected(values: Mapping[str, float]) -> float:
        staff, waiting, _ = parts(values)
        return staff + float(waiting.sum())

    optimum = math.fsum(
        min(rate * c + weight * queue(load, c) for c in range(low, low + 13))
        for rate, weight, load, low in zip(RATES, WEIGHTS, LOADS, lows, strict=True)
    )
    return Problem("staffing of eight teams", scenario, experiment, figures, expected, optimum)


# -- Erlang staffing: the fewest people who keep a service level


@dataclass(frozen=True, slots=True)
class ErlangCase:
    """A desk of like people, and how many of them Erlang C asks for."""

    per_hour: int
    service_s: int
    share: int
    within_s: int
    people: int

    @property
    def name(self) -> str:
        """What is asked."""
        return f"{self.per_hour}/h x {self.service_s} s, {self.share} % in {self.within_s} s"

    def found(self, seed: int) -> int:
        """Return the people that the optimiser recommends; 0 where none."""
        load = self.per_hour * self.service_s / 3600.0
        # A replication of about 10,000 calls behind a warm-up of 20 service times.
        length = 10_000.0 / self.per_hour
        scenario = (
            "name: Erlang\n"
            "time: {zone: UTC, start: 2026-01-05,"
            f" warm_up: {20 * self.service_s} s, length: {length:.3f} h}}\n"
            f"demand: {{calls: {{arrivals: {{rate: {self.per_hour}/hour}}, priority: P1}}}}\n"
            f"staffing: {{desk: {{people: {round(load * 1.5)}, cost: 30 EUR/hour}}}}\n"
            "routing: {start: answer, steps: {answer: {team: desk,"
            f" work: {{exponential: {{mean: {self.service_s} s}}}}, next: resolved}}}}}}\n"
            f"targets: {{P1: {{respond: {self.within_s} s}}}}\n"
        )
        experiment = (
            "experiment: optimize\nscenario: scenario.yaml\n"
            f"vary: {{staffing.desk.people: {{from: {round(load)}, to: {round(load * 2)}}}}}\n"
            "replications: 4\nminimise: cost_per_week\n"
            f"constraints: [respond_attainment >= {self.share} %]\n"
            "budget: {trials: 12, final_replications: 40, random_search: 0 %}\n"
        )
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home)
            (folder / "scenario.yaml").write_text(scenario, encoding="utf-8")
            (folder / "experiment.yaml").write_text(experiment, encoding="utf-8")
            result = optimize(folder / "experiment.yaml", folder=folder / "study", jobs=1, seed=seed)
        return 0 if result.recommended is None else int(result.recommended.settings["staffing.desk.people"])


ERLANG: Final = (
    ErlangCase(120, 300, 80, 20, 14),
    ErlangCase(360, 240, 80, 20, 29),
    ErlangCase(1000, 300, 80, 20, 91),
    ErlangCase(60, 600, 90, 60, 15),
)
