"""A rebound function runs the same source with other globals and leaves the first one alone."""

from __future__ import annotations

import math

import pytest

from simlab.model.rebinding import rebound


def step(x: float) -> float:
    return x + 1.0


def twice(x: float) -> float:
    return step(step(x))


def test_rebound_function_uses_the_new_names_and_the_original_its_own() -> None:
    assert rebound(twice, step=math.sqrt)(16.0) == 2.0
    assert twice(16.0) == 18.0


def test_rebound_of_a_name_the_function_does_not_use_is_refused() -> None:
    with pytest.raises(NameError, match="twice uses no global named sqrt"):
        rebound(twice, sqrt=math.sqrt)


def test_rebound_of_a_builtin_is_refused() -> None:
    with pytest.raises(TypeError, match="only a plain Python function can be rebound; found <built-in"):
        rebound(math.sqrt, step=step)
