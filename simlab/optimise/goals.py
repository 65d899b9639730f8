"""Reading what is sought: the goals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from simlab.errors import InvalidInput, Place, Problem
from simlab.metrics.responses import resolve_response
from simlab.model.tables import Model
from simlab.optimise.objectives import Goal
from simlab.optimise.present_value import NPV, ONCE, RUNNING, PresentValue, Weights

Sought: TypeAlias = str | Sequence[str] | Mapping[str, float]


def read_goals(
    minimise: Sought,
    maximise: Sought,
    model: Model,
    place: Callable[[str], Place],
    present_value: PresentValue | None = None,
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
    present_value
        What ``npv`` means; None where the file does not say.

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
            if name == NPV:
                names[name] = NPV
                is_alone = not any(isinstance(each, Mapping) for each in (minimise, maximise))
                problems += _problems_of_npv(key, place, model, present_value, is_alone=is_alone)
                continue
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
    return tuple(
        Weights.of(present_value).goal()
        if name == NPV and present_value is not None
        else Goal(name, ((name, weight),), shown_sign=weight)
        for name, weight in terms
    )


def _problems_of_npv(
    key: str, place: Callable[[str], Place], model: Model, stated: PresentValue | None, *, is_alone: bool
) -> list[Problem]:
    problems = []
    if key != "maximise":
        message, remedy = "a net present value is made large", "write maximise: npv"
        problems.append(Problem(message, key, place(key), NPV, remedy))
    if not is_alone:
        message, remedy = "npv has no part in a weighted sum", "weigh cost_per_week and cost_one_off instead"
        problems.append(Problem(message, key, place(key), NPV, remedy))
    if stated is None:
        message, remedy = "npv needs a horizon and a rate", "add npv: {horizon: 3 years, discount_rate: 8 %}"
        problems.append(Problem(message, key, place(key), NPV, remedy))
    for name in (RUNNING, ONCE):
        try:
            resolve_response(name, model, key, place(key))
        except InvalidInput as refusal:
            return [*problems, *refusal.problems]
    return problems


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
