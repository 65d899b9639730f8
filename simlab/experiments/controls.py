"""Control variates of a replication: the surplus of tickets that came, and of the work that they brought.

Both are functions of model, seed and replication alone, by the addresses of the draws: nothing has to be
simulated or kept for them, and their expectation is exactly 0, whatever the desk does with the tickets.

==========  ===============================================================================================
arrivals    tickets of Poisson streams that came in the observation window, less the integral of the rate
work        over the tickets of that window and the work steps, the score -log(1 - u) - 1 of the draw that
            decides the hands-on time of the first visit, each step weighing as much as its work varies
==========  ===============================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.experiments.runs import ScenarioRun
from simlab.model.arrivals import draw_instants
from simlab.model.streams import Purpose, replication_key, uniforms
from simlab.model.tables import Model, PoissonArrivals
from simlab.model.traffic import estimate_traffic

Floats = NDArray[np.float64]

NAMES: Final = ("arrivals", "work")
_WORTH_DRAWING: Final = 0.1
"""Steps whose weight is below this share of the greatest are left out."""


def with_controls(run: ScenarioRun) -> ScenarioRun:
    """Return a run whose figures are estimated with control variates."""
    replications = [summary.replication for summary in run.summaries]
    return replace(run, controls=controls_of(run.model, run.seed, replications))


def controls_of(model: Model, seed: int, replications: Sequence[int]) -> Floats:
    """Return the control variates of replications, shape (n, 2), in the order of `NAMES`."""
    weights = _weights(model)
    return np.array([_of_replication(model, weights, seed, number) for number in replications]).reshape(-1, 2)


def _of_replication(model: Model, weights: Floats, seed: int, replication: int) -> tuple[float, float]:
    key = replication_key(seed, replication)
    surplus = work = 0.0
    coming = draw_instants(model, key)
    for code, stream in enumerate(model.streams):
        inside = coming.subject[(coming.stream == code) & (coming.at >= model.warm_up)]
        if isinstance(stream.arrivals, PoissonArrivals) and stream.batch < 0 and stream.limit < 0:
            surplus += len(inside) - _expected(stream.arrivals, model.warm_up)
        for step in np.flatnonzero(weights).tolist():
            place = int(model.steps.address[step])
            u = uniforms(key, inside, stream.space, place, 0, Purpose.SERVICE)
            work += float(weights[step]) * float(np.sum(-np.log1p(-u) - 1.0))
    return surplus, work


def _expected(arrivals: PoissonArrivals, start: float) -> float:
    """Integral of the rate from an instant on; random factors of days have a mean of 1."""
    minutes = np.maximum(arrivals.edges[1:] - np.maximum(arrivals.edges[:-1], start), 0.0)
    return float(arrivals.rate @ minutes)


def _weights(model: Model) -> Floats:
    """Weight of each step, (n_steps,): the share of tickets that visit it, times the spread of its work.

    Any weights serve, since they are the same in all replications; these are near the best.
    """
    traffic = estimate_traffic(model)
    steps, weights = model.steps, np.zeros(len(model.names.steps))
    for step in np.flatnonzero((steps.team >= 0) & (traffic.visits > 0.0)).tolist():
        timing = int(steps.timing[step])
        spread = model.distribution_list[timing].variance ** 0.5 if timing >= 0 else _mean_spread(model)
        weights[step] = min(float(traffic.visits[step]) / max(traffic.tickets, 1.0), 1.0) * spread
    weights[weights < _WORTH_DRAWING * weights.max(initial=0.0)] = 0.0
    return weights


def _mean_spread(model: Model) -> float:
    """Spread of the work where rules decide on its distribution: the mean over the work of all steps."""
    timings = [timing for timing in model.steps.timing[model.steps.team >= 0].tolist() if timing >= 0]
    spreads = [model.distribution_list[timing].variance ** 0.5 for timing in timings]
    return float(np.mean(spreads)) if spreads else 1.0
