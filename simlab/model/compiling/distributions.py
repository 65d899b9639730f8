"""Compiling the distributions of a scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from simlab.model import parametrisations
from simlab.model.compiling.context import Context, Path
from simlab.model.distributions import Distribution
from simlab.model.families import RefusedAmounts
from simlab.scenario.schema.distributions import Adjustment, Empirical, NumberDistribution, TimeDistribution
from simlab.units import format_duration, parse_duration

AnyDistribution = TimeDistribution | NumberDistribution


def distribution_id(context: Context, written: AnyDistribution | None, path: Path) -> int:
    """Id of a distribution in the model's table; -1 for none, or where a problem was noted."""
    if written is None:
        return -1
    found = distribution_of(context, written, path)
    return -1 if found is None else context.distribution_id(found)


def distribution_of(context: Context, written: AnyDistribution, path: Path) -> Distribution | None:
    """Return the distribution that was written; None where a problem was noted."""
    family, facts = written.chosen
    where = path if family == "fixed" else (*path, family)
    with context.noting(where), _in_unit(isinstance(written, TimeDistribution)):
        if family == "fixed":
            base = parametrisations.fixed(facts)
        elif family == "mixture":
            parts = [
                (part.share, distribution_of(context, part, (*where, i))) for i, part in enumerate(facts)
            ]
            known = [(share, part) for share, part in parts if part is not None]
            if len(known) < len(parts):
                return None
            base = parametrisations.mixture(known)
        elif family == "empirical":
            base = _empirical(context, facts, where, isinstance(written, TimeDistribution))
        else:
            base = parametrisations.FAMILIES[family](**_facts(family, facts))
        if written.at_least is not None or written.at_most is not None:
            limits = {"low": written.at_least, "high": written.at_most}
            base = base.truncated(**{key: value for key, value in limits.items() if value is not None})
        base = base.shifted(written.plus) if written.plus else base
        return base if written.adjust is None else _adjusted(base, written.adjust)
    return None


def _said(minutes: float) -> str:
    return "no limit" if minutes == math.inf else format_duration(minutes)


@contextmanager
def _in_unit(is_time: bool) -> Iterator[None]:
    """Tell the amounts in a refusal as durations, where they are minutes."""
    try:
        yield
    except RefusedAmounts as refusal:
        if not is_time:
            raise
        raise ValueError(refusal.said(_said)) from None


def _adjusted(base: Distribution, adjust: Adjustment) -> Distribution:
    if adjust.mean != 1.0:
        base = base.scaled(adjust.mean)
    return base if adjust.cv == 1.0 else parametrisations.with_cv(base, base.cv * adjust.cv)


def _facts(family: str, block: Any) -> dict[str, Any]:  # noqa: ANN401 - one of many schema classes
    facts = {key: getattr(block, key) for key in type(block).model_fields if getattr(block, key) is not None}
    if family == "hyperexponential" and "phases" in facts:
        facts["phases"] = [(phase.share, phase.mean) for phase in facts["phases"]]
    return facts


def _empirical(context: Context, block: Empirical[float], path: Path, is_time: bool) -> Distribution:
    if (block.values is None) == (block.file is None):
        raise ValueError("an empirical distribution has values or a file -> write one of them")
    if block.values is not None:
        return parametrisations.empirical(block.values, block.weights, smooth=block.smooth)
    if block.column is None:
        raise ValueError("an empirical distribution from a file names its column -> add column: name")
    minutes = 1.0
    if is_time and block.unit is None:
        raise ValueError("the times in a file have a unit -> add unit: min")
    if block.unit is not None:
        if not is_time:
            raise ValueError("plain numbers have no unit -> remove unit")
        minutes = parse_duration(f"1 {block.unit}")
    texts = context.read_column((*path, "file"), str(block.file), block.column)
    values = [minutes * number for number in map(_number_in(block.column), texts)]
    return parametrisations.empirical(values, smooth=block.smooth)


def _number_in(column: str) -> Callable[[str], float]:
    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"column {column!r} must have numbers only; found {text!r}")
        return value

    return number
