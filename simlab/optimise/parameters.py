"""Reading what may vary: ranges and choices at key paths of the scenario, fixed sums, limits on inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.load import LoadedScenario
from simlab.optimise.space import Choice, FixedSum, InputLimit, Number, Parameter, label_of, read_quantity
from simlab.scenario.nodes import (
    Entry,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    get_path,
    set_path,
    written,
)
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.scenario.validation import validate

_LIMIT: Final = re.compile(r"\s*([^<>]+?)\s*(>=|<=)\s*([^<>=]+?)\s*")
_MOST_STEPS: Final = 1_000_000


def read_parameters(experiment: MapNode, scenario: LoadedScenario) -> tuple[Parameter, ...]:
    """Read what stands under ``vary``.

    Parameters
    ----------
    experiment
        The experiment file, of the right shape.
    scenario
        The scenario whose values are to vary; each bound and each choice is tried in it.

    Raises
    ------
    InvalidInput
        With all paths that do not exist and all values that the scenario does not accept, at the place in
        the experiment file.
    """
    vary = get_path(experiment, "vary")
    assert isinstance(vary, MapNode)
    parameters: list[Parameter] = []
    problems: list[Problem] = []
    for path, entry in vary.entries.items():
        try:
            parameter = _parameter(path, entry)
            _check_in(scenario, parameter, entry)
            parameters.append(parameter)
        except InvalidInput as refusal:
            problems += refusal.problems
    problems += _overlaps(vary)
    if problems:
        raise InvalidInput(problems)
    return tuple(parameters)


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


def _parameter(path: str, entry: Entry) -> Parameter:
    where = f"vary.{path}"
    match entry.node:
        case ListNode(items=items):
            return _choice(path, items, entry, is_ordered=False)
        case MapNode(entries=entries) if "ordered" in entries:
            options = entries["ordered"].node
            assert isinstance(options, ListNode)
            return _choice(path, options.items, entry, is_ordered=True)
        case MapNode(entries=entries):
            return _number(path, {key: each.node for key, each in entries.items()}, entry)
    raise _refusal("a range or a list of choices is expected", where, entry.key_place)


def _choice(path: str, options: Sequence[Node], entry: Entry, *, is_ordered: bool) -> Choice:
    labels = tuple(label_of(option) for option in options)
    if len(set(labels)) < 2 or len(set(labels)) < len(labels):
        raise _refusal("choices are at least two different values", f"vary.{path}", entry.key_place)
    return Choice(path, tuple(options), labels, is_ordered)


def _number(path: str, nodes: Mapping[str, Node], entry: Entry) -> Number:
    where = f"vary.{path}"
    quantities = {}
    for key, node in nodes.items():
        quantity = read_quantity(node.text) if isinstance(node, ScalarNode) else None
        if quantity is None:
            raise _refusal("a number is expected, with its unit", f"{where}.{key}", node.place, written(node))
        quantities[key] = quantity
    units = {unit for _, unit in quantities.values()}
    if len(units) > 1:
        remedy = f"write all of them in {quantities['from'][1] or 'plain numbers'}"
        message = "from, to and step are in the same unit"
        raise InvalidInput(Problem(message, where, entry.key_place, remedy=remedy))
    low, high = quantities["from"][0], quantities["to"][0]
    is_plain = units == {""} and all(_is_whole_text(nodes[key]) for key in ("from", "to"))
    step = quantities["step"][0] if "step" in quantities else (1.0 if is_plain else None)
    if low >= high:
        raise _refusal("'from' must lie below 'to'", where, entry.key_place, f"{low:g} and {high:g}")
    if step is not None:
        n_steps = (high - low) / step if step > 0 else 0.0
        if n_steps < 1 or abs(n_steps - round(n_steps)) > 1e-6 or n_steps > _MOST_STEPS:
            raise _refusal(
                "'to' must lie a whole number of steps above 'from'", where, entry.key_place, f"{step:g}"
            )
    is_whole = step is not None and all(number.is_integer() for number in (low, high, step))
    return Number(path, low, high, step, is_whole, units.pop())


def _is_whole_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, int)


def _check_in(scenario: LoadedScenario, parameter: Parameter, entry: Entry) -> None:
    """Refuse a path that leads nowhere, and values that the scenario does not accept.

    Choices are compiled, since they may be names; of numbers it is enough that they can be read.
    """
    values = (
        (parameter.snapped(parameter.low), parameter.snapped(parameter.high))
        if isinstance(parameter, Number)
        else parameter.values()
    )
    for value in values:
        node = parameter.node(value)
        try:
            changed = set_path(scenario.node, parameter.path, node)
            assert isinstance(changed, MapNode)
            if isinstance(parameter, Number):
                validate(Scenario, changed)
            else:
                scenario.changed(changed)
        except InvalidInput as refusal:
            problem = refusal.problems[0]
            raise InvalidInput(
                Problem(
                    problem.message,
                    f"vary.{parameter.path}",
                    entry.key_place,
                    problem.found or written(node),
                    problem.remedy,
                )
            ) from None


def _overlaps(vary: MapNode) -> list[Problem]:
    """Parameters inside each other would overwrite each other."""
    paths = sorted(vary.entries)
    return [
        Problem(
            f"this lies inside '{outer}', which varies too", f"vary.{inner}", vary.entries[inner].key_place
        )
        for outer in paths
        for inner in paths
        if inner.startswith(f"{outer}.")
    ]


def _refusal(message: str, path: str, place: Place, found: str | None = None) -> InvalidInput:
    return InvalidInput(Problem(message, path, place, found))
