from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from simlab.optimise.front import settle_front
from simlab.optimise.objectives import Verdict
from simlab.optimise.trials import Trial

ON_NEW_NUMBERS = {"a": (2.0, 10.0), "b": (1.0, 11.0), "c": (12.0, 0.0)}
"""Both goals of each configuration, which the search saw in another order of the first one."""


def finals() -> Any:  # noqa: ANN401 - stands for `Finals`
    def told(configuration: dict[str, str], trial: Trial) -> SimpleNamespace:
        values = dict(zip(("first", "second"), ON_NEW_NUMBERS[configuration["name"]], strict=True))
        goals = {name: SimpleNamespace(value=value) for name, value in values.items()}
        return SimpleNamespace(goals=goals)

    def observed(configuration: dict[str, str], numbers: range) -> SimpleNamespace:
        noise = np.linspace(-0.1, 0.1, len(numbers))
        goals = np.array(ON_NEW_NUMBERS[configuration["name"]])[:, np.newaxis] + noise
        return SimpleNamespace(goals=goals, violations=np.zeros((0, len(numbers))))

    return SimpleNamespace(
        optimisation=SimpleNamespace(
            confidence=0.95,
            indifference=0.005,
            budget=SimpleNamespace(replications=None),
            aims=SimpleNamespace(
                limits=(), goals=[SimpleNamespace(name=name) for name in ("first", "second")]
            ),
        ),
        evaluator=SimpleNamespace(observed=observed),
        looks=lambda n: (10,),
        simulate=lambda chosen, n: [Verdict((0.0, 0.0))] * len(chosen),
        tell=lambda chosen: None,
        stands=lambda configuration: True,
        told=told,
    )


def test_recommended_of_a_front_is_the_most_balanced_on_new_random_numbers() -> None:
    trials = [
        Trial(number, {"name": name}, Verdict((float(number), -float(number))), "tpe")
        for number, name in enumerate(ON_NEW_NUMBERS)
    ]
    settled = settle_front(finals(), trials)
    # In shares of the front's width: a (1/11, 10/11), b (0, 1), c (1, 0): a is nearest to the best of each.
    assert settled.recommended is trials[0]
    assert [candidate.goals["first"].value for candidate in settled.front] == [1.0, 2.0, 12.0]
