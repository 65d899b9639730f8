"""The shared rules, compiled: the very source that the reference engine runs, bound to compiled functions.

Scipy's special functions are called as the reference calls them, by the address of the C function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import binding  # type: ignore[import-untyped]
from numba.core import types
from numba.extending import get_cython_function_address, register_jitable

from simlab.engines.kernel_memory import IS_PLAIN, aside, compiled, inlined
from simlab.engines.kernel_parts import AsideCompiler
from simlab.model import (
    calendars,
    control_table,
    improvement_rules,
    lines,
    matching,
    quantiles,
    satisfaction,
    streams,
    ticket_rules,
)
from simlab.model.rebinding import rebound

F = TypeVar("F", bound=Callable[..., Any])


def _special(name: str) -> Callable[..., float]:
    """C function of scipy under a name of its own, so that compiled code can be kept and linked again."""
    symbol, n_arguments = quantiles.SPECIAL_FUNCTIONS[name]
    if IS_PLAIN:
        return _without_last(getattr(quantiles, name))
    own_name = f"simlab_{name}"
    binding.add_symbol(own_name, get_cython_function_address("scipy.special.cython_special", symbol))
    # The last argument, an int, says whether Cython skips its dispatch: 0, as in a call from Python.
    signature = types.float64(*[types.float64] * n_arguments, types.intc)
    return cast(Callable[..., float], types.ExternalFunction(own_name, signature))


def _without_last(function: Callable[..., float]) -> Callable[..., float]:
    return lambda *arguments: function(*arguments[:-1])


def _bound(function: F, **names: object) -> F:
    return cast(F, compiled(rebound(function, **names)))


for _function in calendars.SCALAR_FUNCTIONS:
    register_jitable(pipeline_class=AsideCompiler, forceinline=False)(_function)

_ndtri, _gammaincinv, _betaincinv = (_special(name) for name in ("ndtri", "gammaincinv", "betaincinv"))


@inlined
def _normal_quantile(p: float) -> float:
    return _ndtri(p, 0)


@inlined
def _gamma_quantile(a: float, p: float) -> float:
    return _gammaincinv(a, p, 0)


@inlined
def _beta_quantile(a: float, b: float, p: float) -> float:
    return _betaincinv(a, b, p, 0)


_inside = inlined(quantiles.inside)
_family_quantile = _bound(
    quantiles.family_quantile,
    ndtri=_normal_quantile,
    gammaincinv=_gamma_quantile,
    betaincinv=_beta_quantile,
    exponential_quantile=inlined(quantiles.exponential_quantile),
    triangular_quantile=compiled(quantiles.triangular_quantile),
    listed_quantile=compiled(quantiles.listed_quantile),
)
_any_quantile = aside(rebound(quantiles.quantile, inside=_inside, family_quantile=_family_quantile))


@compiled
def quantile(table: Any, index: int, u: float) -> float:  # noqa: ANN401
    """Value of a distribution at a uniform: as for any, in the short way of `quantiles.sampler`."""
    if table.is_plain[index]:
        return _family_quantile(table, index, u)
    return _any_quantile(table, index, u)


rest_of_time = aside(rebound(quantiles.rest_of_time, quantile=quantile))

uniform_pair = inlined(rebound(streams.uniform_pair, philox4x32=inlined(streams.philox4x32)))
uniform = _bound(streams.uniform, uniform_pair=uniform_pair)

_holds, _share = aside(ticket_rules.holds), aside(ticket_rules.share)
choose = aside(rebound(ticket_rules.choose, holds=_holds, share=_share))
note_outcomes = _bound(ticket_rules.note_outcomes, holds=_holds, share=_share)
work_end = aside(ticket_rules.work_end)
stay_end = compiled(ticket_rules.stay_end)
swarm_end = compiled(ticket_rules.swarm_end)
work_end_again = _bound(ticket_rules.work_end_again, work_end=work_end)
delay_end = compiled(ticket_rules.delay_end)
counted_since = aside(ticket_rules.counted_since)
due = compiled(ticket_rules.due)
worked = compiled(calendars.worked)
next_open = compiled(calendars.next_open)
next_close = compiled(calendars.next_close)
is_open = compiled(calendars.is_open)
next_review = compiled(control_table.next_review)
time_left = compiled(ticket_rules.time_left)
fault_behind = compiled(improvement_rules.fault_behind)
state_after_work = compiled(improvement_rules.state_after_work)
improvements_due = compiled(improvement_rules.improvements_due)
low_scores_left = compiled(improvement_rules.low_scores_left)
score_of_ticket = _bound(
    satisfaction.score_of_ticket,
    score_of=_bound(satisfaction.score_of, ndtri=_normal_quantile),
)
line_of = compiled(lines.line_of)
fill_roles = _bound(matching.fill_roles, fills=compiled(matching.fills))
is_open = compiled(calendars.is_open)
