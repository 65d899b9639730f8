"""Reading what holds between parameters: sums that stay the same, limits on sums."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.parameters import Number, Parameter, read_quantity
from simlab.optimise.space import FixedSum, InputLimit
from simlab.scenario.suggestions import remedy_for_unknown

_LIMIT: Final = re.compile(r"\s*([^<>]+?)\s*(>=|<=)\s*([^<>=]+?)\s*")


def read_sum(
    paths: Sequence[str],
    total: int | float | str,
    parameters: Mapping[str, Parameter],
    path: str,
    place: Place,
) -> FixedSum:
    """Read a sum that stays the same; InvalidInput where it cannot be kept."""
    members = _numbers(paths, parameters, path, place)
    quantity = read_quantity(str(total))
    if quantity is None or quantity[1] != members[0].unit:
        raise _refusal("the total is in the unit of its parts", path, place, str(total))
    steps = {member.step for member in members}
    if len(steps) > 1:
        raise _refusal("the parts of a sum have the same step", path, place)
    step = members[0].step
    least, most = sum(member.low for member in members), sum(member.high for member in members)
    if not least <= quantity[0] <= most:
        raise _refusal(
            f"the parts can add up to {least:g} at least and {most:g} at most", path, place, str(total)
        )
    if step is not None and abs((n := (quantity[0] - least) / step) - round(n)) > 1e-6:
        raise _refusal("the total must be reachable in steps from the lower bounds", path, place, str(total))
    return FixedSum(members, quantity[0])


def read_input_limit(text: str, parameters: Mapping[str, Parameter], path: str, place: Place) -> InputLimit:
    """Read a limit such as ``staffing.a.people + staffing.b.people <= 12``."""
    match = _LIMIT.fullmatch(text)
    if match is None:
        remedy = "write it like 'staffing.a.people + staffing.b.people <= 12'"
        raise InvalidInput(Problem("a limit is a sum, <= or >=, and a bound", path, place, text, remedy))
    members = _numbers(re.split(r"\s*\+\s*", match[1]), parameters, path, place)
    bound = read_quantity(match[3])
    if bound is None or bound[1] != members[0].unit:
        raise _refusal("the bound is in the unit of the sum", path, place, match[3])
    return InputLimit(tuple(member.path for member in members), match[2] == "<=", bound[0], text.strip())


def _numbers(
    paths: Sequence[str], parameters: Mapping[str, Parameter], path: str, place: Place
) -> tuple[Number, ...]:
    members = []
    for name in paths:
        member = parameters.get(name)
        if not isinstance(member, Number):
            known = [each.path for each in parameters.values() if isinstance(each, Number)]
            message = f"'{name}' is no number under 'vary'"
            raise InvalidInput(Problem(message, path, place, remedy=remedy_for_unknown(name, known)))
        members.append(member)
    if len({member.unit for member in members}) > 1:
        raise _refusal("the parts of a sum have the same unit", path, place)
    if len({member.path for member in members}) < len(members):
        raise _refusal("a parameter stands in a sum once", path, place)
    return tuple(members)


def _refusal(message: str, path: str, place: Place, found: str | None = None) -> InvalidInput:
    return InvalidInput(Problem(message, path, place, found))
