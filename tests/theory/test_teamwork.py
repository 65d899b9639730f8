"""People who work together against exact theory; see `tests.theory.agreement` for the false alarms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desks import Run, one_step, run
from tests.theory.agreement import assert_all_agree

Scenario = dict[str, Any]


def counted(ran: Run) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tickets that came after the warm-up."""
    return np.asarray(ran.logs.tickets.created >= ran.model.warm_up)


def mean_sojourn(ran: Run) -> float:
    tickets = ran.logs.tickets
    return float((tickets.closed - tickets.created)[counted(ran)].mean())


def queue(rate: float, work: object, minutes: int, **team: object) -> Scenario:
    """Poisson arrivals a minute at one team, counted after a warm-up."""
    time = {"warm_up": f"{minutes // 20} min", "then": "drain"}
    return one_step({"rate": f"{60.0 * rate:.10f}/hour"}, work, team, f"{minutes} min", time=time)


def lives(written: Scenario) -> list[tuple[float, float]]:
    log = run(written).logs.tickets
    return list(zip(log.responded.tolist(), log.closed.tolist(), strict=True))


@pytest.mark.parametrize("hold", [False, True])
def test_a_swarm_of_the_whole_team_is_one_server(hold: bool) -> None:
    """To the bit: three people who only work together are a queue with one person."""
    alone = queue(0.7, {"lognormal": {"mean": "1 min", "cv": 1.3}}, 1_000, people=1)
    together = queue(0.7, {"lognormal": {"mean": "1 min", "cv": 1.3}}, 1_000, people=3)
    together["routing"]["steps"]["work"]["swarm"] = {"people": 3, "hold": hold}
    assert lives(together) == lives(alone)


@pytest.mark.parametrize(
    "work",
    [
        pytest.param({"exponential": "1 min"}, id="exponential"),
        pytest.param("1 min", id="constant"),
        pytest.param({"lognormal": {"mean": "1 min", "cv": 1.5}}, id="log-normal", marks=pytest.mark.slow),
    ],
)
def test_processor_sharing_is_insensitive_to_the_distribution_of_work(work: object) -> None:
    """The mean sojourn of M/G/1-PS is E[S] / (1 - rho) (Kleinrock, Queueing Systems II, 4.4)."""
    shared = queue(0.6, work, 2_500, people=1, at_once={"tickets": 1000, "speed": "shared"})
    assert_all_agree(shared, {"sojourn": 1.0 / (1.0 - 0.6)}, {"sojourn": mean_sojourn}, 0.05)


def test_limited_sharing_with_exponential_work_is_a_birth_death_process() -> None:
    """With n tickets in hand one person does n times the speed at each: the rates of the chain."""
    rate, speeds = 1.2, (1.0, 0.8, 0.6)
    at_once = {"tickets": 3, "speed": {"2": "80 %", "3": "60 %"}}
    works = [speeds[min(n, 3) - 1] * min(n, 3) for n in range(1, 400)]
    weights = np.concatenate([[1.0], np.cumprod(rate / np.array(works))])
    in_system = float((weights / weights.sum()) @ np.arange(400))
    assert_all_agree(
        queue(rate, {"exponential": "1 min"}, 2_500, people=1, at_once=at_once),
        {"sojourn": in_system / rate},
        {"sojourn": mean_sojourn},
        0.05,
    )


def test_two_classes_by_skill_and_preference_are_their_markov_chain() -> None:
    """N design: ann has the first skill only, bob the second and, less preferred, the first."""
    first, second = 0.8, 0.55
    written = queue(1.0, {"exponential": "1 min"}, 2_500)
    people = {"ann": {"skills": ["first"]}, "bob": {"skills": ["second", "first"]}}
    written["staffing"]["desk"] = {"people": people, "serves_first": "preferred_skill"}
    written["demand"] = {
        name: {"arrivals": {"rate": f"{60.0 * rate:.10f}/hour"}}
        for name, rate in (("first", first), ("second", second))
    }
    rules = [{"skill": name, "when": {"stream": name}} for name in ("first", "second")]
    written["routing"]["steps"]["work"]["skill"] = rules

    def wait_of(code: int) -> Any:  # noqa: ANN401 - a measure
        def wait(ran: Run) -> float:
            tickets = ran.logs.tickets
            return float(tickets.queue_min[counted(ran) & (tickets.stream == code)].mean())

        return wait

    waits = _waits_of_the_n_design(first, second)
    exact = dict(zip(("first", "second"), waits, strict=True))
    assert_all_agree(written, exact, {"first": wait_of(0), "second": wait_of(1)}, 0.06)


def _waits_of_the_n_design(first: float, second: float, most: int = 70) -> tuple[float, float]:
    """Mean waits of both classes, all work exponential of rate 1, from the stationary chain.

    A state is (ann is busy, bob is busy, waiting with the first skill, waiting with the second).
    """
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import spsolve

    size = most + 1

    def code(ann: int, bob: int, one: int, two: int) -> int:
        return ((ann * 2 + bob) * size + one) * size + two

    moves: list[tuple[int, int, float]] = []
    for ann, bob in np.ndindex(2, 2):
        for one, two in np.ndindex(size, size):
            here = code(ann, bob, one, two)
            if (one and not (ann and bob)) or (two and not bob):
                moves.append((here, code(0, 0, 0, 0), 1.0))  # cannot be
                continue
            if not ann:
                moves.append((here, code(1, bob, one, two), first))
            elif not bob:
                moves.append((here, code(1, 1, one, two), first))
            elif one < most:
                moves.append((here, code(1, 1, one + 1, two), first))
            if not bob:
                moves.append((here, code(ann, 1, one, two), second))
            elif two < most:
                moves.append((here, code(ann, 1, one, two + 1), second))
            if ann:
                moves.append((here, code(1, bob, one - 1, two) if one else code(0, bob, 0, two), 1.0))
            if bob:
                there = (
                    code(ann, 1, one, two - 1)
                    if two
                    else code(ann, 1, one - 1, 0)
                    if one
                    else code(ann, 0, 0, 0)
                )
                moves.append((here, there, 1.0))
    rows, columns, rates = (np.array(column) for column in zip(*moves, strict=True))
    n = 4 * size * size
    leaving = np.bincount(rows, rates, n)
    chain = csc_matrix(
        (
            np.concatenate([rates, -leaving]),
            (np.concatenate([columns, np.arange(n)]), np.concatenate([rows, np.arange(n)])),
        ),
        shape=(n, n),
    ).tolil()
    chain[0, :] = 1.0
    stationary = spsolve(chain.tocsc(), np.eye(1, n)[0])
    waiting = stationary.reshape(2, 2, size, size).sum(axis=(0, 1))
    ones, twos = waiting.sum(axis=1) @ np.arange(size), waiting.sum(axis=0) @ np.arange(size)
    return float(ones / first), float(twos / second)
