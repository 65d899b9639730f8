"""The models and proposals behind the search."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simlab.experiments.parameters import Number
from simlab.optimise.local_search import LocalSearch
from simlab.optimise.objectives import Verdict
from simlab.optimise.space import Space
from simlab.optimise.surrogate import Surrogate
from simlab.optimise.trials import Trial, by_merit, undominated

SPACE = Space(tuple(Number(name, 0.0, 8.0, 1.0, is_whole=True) for name in ("x", "y")))


def trial(number: int, x: int, y: int, value: float, violation: float = -1.0) -> Trial:
    verdict = Verdict((value,), (violation,), ("broken",) if violation > 0 else ())
    return Trial(number, {"x": x, "y": y}, verdict, "test")


def test_surrogate_meets_what_was_seen_and_doubts_what_was_not() -> None:
    points = np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0]])
    values = np.array([1.0, 3.0, 2.0])

    model = Surrogate.fitted(points, values)
    seen, sure = model.predicted(points)
    _, unsure = model.predicted(np.array([[0.5, 1.0]]))

    assert seen == pytest.approx(values, abs=0.3)
    assert unsure[0] > sure.max()


def test_surrogate_continues_a_linear_trend() -> None:
    points = np.linspace(0.0, 0.6, 7)[:, None]

    mean, _ = Surrogate.fitted(points, 5.0 + 3.0 * points[:, 0]).predicted(np.array([[0.8]]))

    assert mean[0] == pytest.approx(7.4, abs=0.1)


def test_local_search_walks_to_the_minimum_of_a_bowl() -> None:
    def value(x: int, y: int) -> float:
        return float((x - 6) ** 2 + (y - 1) ** 2 + x * y)

    trials = [trial(0, 0, 8, value(0, 8)), trial(1, 1, 8, value(1, 8))]
    best = min((value(x, y), x, y) for x in range(9) for y in range(9))
    for number in range(2, 16):
        taken = {SPACE.key(each.configuration) for each in trials}
        proposed = LocalSearch(SPACE, trials).propose(0, taken)
        assert proposed is not None
        assert SPACE.key(proposed.configuration) not in taken
        x, y = int(proposed.configuration["x"]), int(proposed.configuration["y"])
        trials.append(trial(number, x, y, value(x, y)))

    assert by_merit(trials)[0].configuration == {"x": best[1], "y": best[2]}


def test_local_search_gives_up_only_when_all_is_tried() -> None:
    trials = [trial(i, i // 9, i % 9, float(i)) for i in range(81)]
    taken = {SPACE.key(each.configuration) for each in trials}

    assert LocalSearch(SPACE, trials).propose(0, taken) is None
    last = LocalSearch(SPACE, trials).propose(0, taken - {(8, 8)})
    assert last is not None
    assert last.configuration == {"x": 8, "y": 8}
    assert LocalSearch(SPACE, []).propose(0, set()) is None


def test_merit_puts_feasible_trials_before_those_that_miss_least() -> None:
    trials = [trial(0, 0, 0, 1.0, 5.0), trial(1, 0, 1, 9.0), trial(2, 0, 2, 2.0, 0.5), trial(3, 0, 3, 8.0)]
    failed = Trial(4, {"x": 0, "y": 4}, Verdict((), failure="broke"), "test")

    assert [each.number for each in by_merit([*trials, failed])] == [3, 1, 2, 0]


def test_undominated_points_are_those_that_nothing_beats() -> None:
    points = [(1.0, 4.0), (2.0, 2.0), (2.0, 2.0), (3.0, 3.0), (4.0, 1.0), (1.0, 5.0), (math.inf, 0.0)]

    assert undominated(points) == [0, 1, 4, 6]
