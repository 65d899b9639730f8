"""One source for two engines: a function again, with some of the names it uses bound to other things.

The compiled engine needs the functions it calls compiled, and scipy's scalar functions by address; the
reference engine uses them as they are. Both run the very same source::

    philox4x32 = numba.njit(streams.philox4x32)
    uniform_pair = numba.njit(rebound(streams.uniform_pair, philox4x32=philox4x32))
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def rebound(function: Callable[P, R], **names: object) -> Callable[P, R]:
    """Make a function of the same source that sees the given global names in place of its module's.

    Raises
    ------
    TypeError
        If it is not a plain Python function.
    NameError
        If the function uses no global of a given name.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"only a plain Python function can be rebound; found {function!r}")
    unused = names.keys() - set(function.__code__.co_names)
    if unused:
        raise NameError(f"{function.__name__} uses no global named {', '.join(sorted(unused))}")
    return FunctionType(function.__code__, function.__globals__ | names, function.__name__)
