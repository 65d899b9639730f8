"""A desk whose figures are a formula plus noise, so that searches are quick and their optimum is known.

Run as a program, it optimises an experiment into a folder: ``toy_desk.py experiment.yaml folder``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from time import sleep
from typing import Any

import numpy as np

from simlab.execution.interface import Work
from simlab.execution.local import SerialExecutor
from simlab.experiments.runs import Replicated
from simlab.metrics.summary import ReplicationSummary
from simlab.metrics.window import Window
from simlab.optimise.definition import Optimisation, read_optimisation
from simlab.optimise.evaluation import Compile
from simlab.optimise.result import OptimisationResult
from simlab.optimise.space import Configuration
from simlab.optimise.study import Means, carry_out, watched

SCENARIO = """
name: Toy desk
time: {zone: UTC, start: 2026-01-05, length: 1 week}
demand: {calls: {arrivals: {rate: 6/hour}, priority: P1}}
staffing:
  front: {people: 4, cost: 40 EUR/hour}
  back: {people: 5, cost: 60 EUR/hour}
routing:
  start: answer
  steps:
    answer: {team: front, work: {exponential: {mean: 10 min}}, next: solve}
    solve: {team: back, work: {exponential: {mean: 20 min}}, next: resolved}
targets: {P1: {resolve: 1 h}}
automation:
  bot: {at: answer, level: "off", levels: {"off": {}, full: {coverage: 50 %, success: 90 %, run_time: 1 min}}}
"""
EXPERIMENT = """
experiment: optimize
scenario: scenario.yaml
replications: 3
vary:
  staffing.front.people: {from: 1, to: 9}
  staffing.back.people: {from: 1, to: 9}
  automation.bot.level: ["off", full]
minimise: cost_per_week
constraints: [resolve_attainment >= 80 %]
budget: {trials: 22, final_replications: 6}
"""
BEST = {"staffing.front.people": "3", "staffing.back.people": "4", "automation.bot.level": "full"}
"""Cheapest configuration of which `attainment` is 80 % at least, by going through all of them."""


def cost(front: int, back: int, bot: str) -> float:
    return 40.0 * front + 60.0 * back + (15.0 if bot == "full" else 0.0)


def attainment(front: int, back: int, bot: str) -> float:
    """A share that rises with people, and with the bot as if there were one more at the front."""
    ease = 1.0 - np.exp(-0.6 * (front + (1.5 if bot == "full" else 0.0)))
    return float(ease * (1.0 - np.exp(-0.5 * back)))


def figures(model: Mapping[str, Any], seed: int, replication: int) -> dict[str, float]:
    """Responses of a replication; the noise is the same for all configurations."""
    noise = float(np.random.default_rng([seed, replication]).normal(0.0, 1.0))
    setting = (model["front"], model["back"], model["bot"])
    return {
        "cost_per_week": cost(*setting) + 0.1 * noise,
        "resolve_attainment": min(attainment(*setting) + 0.001 * noise, 1.0),
        "resolution_mean": 300.0 / (model["front"] + model["back"]) + noise,
    }


def summary(names: tuple[str, ...], found: Mapping[str, float], replication: int) -> ReplicationSummary:
    value = np.array([found.get(name, 1.0) for name in names])
    return ReplicationSummary(
        replication, names, value, value * 1000.0, np.full(len(names), 1000.0), (), Window(0.0, 10080.0), ""
    )


def work(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
    sleep(model.get("pause", 0.0))
    return Replicated(summary(model["names"], figures(model, seed, replication), replication), None)


def write(folder: Path, experiment: str = EXPERIMENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text(SCENARIO, encoding="utf-8")
    path = folder / "experiment.yaml"
    path.write_text(experiment, encoding="utf-8")
    return path


def compile_toy(optimisation: Optimisation, pause: float = 0.0) -> Compile:
    def compile_configuration(configuration: Configuration) -> dict[str, Any]:
        return {
            "front": configuration.get("staffing.front.people", 4),
            "back": configuration.get("staffing.back.people", 5),
            "bot": configuration.get("automation.bot.level", "off"),
            "names": watched(optimisation),
            "pause": pause,
        }

    return compile_configuration


def optimise(
    path: Path,
    folder: Path,
    *,
    function: Work[Any, Replicated] = work,
    pause: float = 0.0,
    resume: bool = True,
    storage: str | None = None,
) -> OptimisationResult:
    optimisation = read_optimisation(path)
    with SerialExecutor[Any, Replicated](function) as executor:
        compiled = compile_toy(optimisation, pause)
        return carry_out(optimisation, folder, compiled, executor, Means(resume=resume, storage=storage))


if __name__ == "__main__":
    optimise(Path(sys.argv[1]), Path(sys.argv[2]), pause=float(sys.argv[3]))
    print("done")
