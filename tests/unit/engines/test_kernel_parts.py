"""How functions of the kernel are compiled: into the code of those that call them, or apart from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import pytest

from simlab.engines.kernel_memory import IS_PLAIN, aside, compiled, inlined
from simlab.engines.kernel_parts import WholeCompiler

pytestmark = pytest.mark.skipif(IS_PLAIN, reason="nothing is compiled")


def _compiled_calling(called: Any) -> Any:  # noqa: ANN401
    """What numba knows of a function that is called by an inlined one of a whole."""

    def between(x: int) -> int:
        return int(called(x)) + 1

    between_inlined: Callable[[int], int] = inlined(between)

    def entry(x: int) -> int:
        return between_inlined(x) * 2

    whole: Any = numba.njit(pipeline_class=WholeCompiler)(entry)
    assert whole(3) == 2 * (3 * 3 + 1)
    (result,) = called.overloads.values()
    return result


def _square(x: int) -> int:
    return x * x


def test_function_that_an_inlined_one_calls_is_not_inlined_for_that() -> None:
    assert not _compiled_calling(compiled(_square)).fndesc.inline


def test_function_aside_is_never_put_in_place_of_its_calls() -> None:
    attributes = str(_compiled_calling(aside(_square)).library._final_module)
    assert "noinline" in attributes
    assert "noinline" not in str(_compiled_calling(compiled(_square)).library._final_module)
