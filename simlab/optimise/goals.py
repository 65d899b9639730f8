"""Reading what is sought: goals, and constraints on responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from simlab.errors import InvalidInput, Place, Problem
from simlab.metrics.responses import Response, resolve_response
from simlab.model.tables import Model
from simlab.optimise.objectives import Goal, OutputLimit
from simlab.units import parse_duration, parse_money, parse_share

Sought: TypeAlias = str | Sequence[str] | Mapping[str, float]
_CONSTRAINT: Final = re.compile(r"\s*([^<>]+?)\s*(>=|<=)\s*([^<>=]+?)\s*")
_EXAMPLE: Final = "write it like 'resolve_attainment[priority=P1] >= 95 %' or 'resolution_p90 <= 8 h'"


def read_goals(
    minimise: Sought, maximise: Sought, model: Model, place: Callable[[str], Place]
) -> tuple[Goal, ...]:
    """Read what is to be made small and large.

    Parameters
    ----------
    minimise, maximise
        A response, several, or weights by response.
    model
        Its responses are the known ones.
    place
        Gives the place of a key of the experiment file.

    Raises
    ------
    InvalidInput
        With all responses that the model does not give, or where nothing is sought.
    """
    sought = {"minimise": _weights(minimise), "maximise": _weights(maximise)}
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for key, weights in sought.items():
        for name in weights:
            try:
                response = resolve_response(name, model, key, place(key)).name
            except InvalidInput as refusal:
                problems += refusal.problems
                continue
            if response in names.values():
                problems.append(Problem("a response is sought once", key, place(key), name))
            names[name] = response
    if not problems and not names:
        message, remedy = "it must be said what is sought", "add minimise: resolution_mean"
        problems.append(Problem(message, "minimise", place(""), remedy=remedy))
    is_weighted = {isinstance(each, Mapping) for each in (minimise, maximise) if each}
    if len(is_weighted) > 1:
        message, remedy = "either all goals have weights or none", "write minimise and maximise both as maps"
        problems.append(Problem(message, "maximise", place("maximise"), remedy=remedy))
    if problems:
        raise InvalidInput(problems)
    terms = [
        (names[name], sign * weight)
        for key, sign in (("minimise", 1.0), ("maximise", -1.0))
        for name, weight in sought[key].items()
    ]
    if is_weighted == {True}:
        return (_weighted(terms),)
    return tuple(Goal(name, ((name, weight),), shown_sign=weight) for name, weight in terms)


def read_output_limit(text: str, model: Model, path: str, place: Place) -> OutputLimit:
    """Read a constraint such as ``resolve_attainment[priority=P1] >= 95 %``; the bound has its unit."""
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        raise InvalidInput(
            Problem("a constraint is a response, <= or >=, and a bound", path, place, text, _EXAMPLE)
        )
    response = resolve_response(match[1], model, path, place)
    try:
        bound = _bound(match[3], response, model)
    except ValueError as refusal:
        message, _, remedy = str(refusal).partition(" -> ")
        raise InvalidInput(Problem(message, path, place, match[3], remedy or None)) from None
    return OutputLimit(response.name, match[2] == "<=", bound, f"{response.name} {match[2]} {match[3]}")


def _weights(sought: Sought) -> dict[str, float]:
    if isinstance(sought, Mapping):
        return dict(sought)
    return dict.fromkeys([sought] if isinstance(sought, str) else sought, 1.0)


def _weighted(terms: Sequence[tuple[str, float]]) -> Goal:
    if len(terms) == 1:
        return Goal(
            terms[0][0], ((terms[0][0], 1.0 if terms[0][1] > 0 else -1.0),), 1.0 if terms[0][1] > 0 else -1.0
        )
    said = " ".join(f"{'+' if weight > 0 else '-'} {abs(weight):g} {name}" for name, weight in terms)
    return Goal(said.removeprefix("+ "), tuple(terms))


def _bound(text: str, response: Response, model: Model) -> float:
    unit = response.metric.unit
    if unit == "min":
        return parse_duration(text)
    if unit == "share":
        return parse_share(text)
    if unit.startswith("money"):
        amount = parse_money(text.partition("/")[0])
        if amount.currency != model.money.currency:
            raise ValueError(f"the scenario counts in {model.money.currency} -> write the bound in it")
        return amount.amount
    try:
        return float(text.partition(" ")[0].partition("/")[0])
    except ValueError:
        raise ValueError(f"a bound in {unit} is a number -> {_EXAMPLE}") from None
