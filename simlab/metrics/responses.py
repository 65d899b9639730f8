"""The responses of a model: every figure of a replication, by name.

A response is named ``metric`` or ``metric[dimension=label]``, such as ``resolution_p90`` or
``resolve_attainment[priority=P1]``; the metrics stand in :mod:`simlab.metrics.catalogue`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.errors import InvalidInput, Place, Problem
from simlab.metrics.catalogue import METRIC_BY_NAME, METRICS, OVERALL, Metric, Needs
from simlab.model.codes import StepKind
from simlab.model.tables import Model
from simlab.scenario.suggestions import remedy_for_unknown

_NAME: Final = re.compile(r"\s*(\w+)\s*(?:\[\s*(\w+)\s*=\s*(.*?)\s*\])?\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Response:
    """A metric, of everything or of one label of a dimension."""

    metric: Metric
    dimension: str = OVERALL
    label: str = ""

    @property
    def name(self) -> str:
        """The name by which users and files speak of it."""
        return f"{self.metric.name}[{self.dimension}={self.label}]" if self.dimension else self.metric.name


def queued_steps(model: Model) -> NDArray[np.int64]:
    """Return the codes of the scenario's steps at which tickets wait for people."""
    return np.unique(model.steps.shown_as[model.steps.kind == StepKind.WORK])


def labels(model: Model, dimension: str) -> tuple[str, ...]:
    """Return the labels of a dimension in order of their codes; one empty label for the overall figure."""
    names = model.names
    if dimension == "step":
        return tuple(names.steps[code] for code in queued_steps(model))
    return {
        OVERALL: ("",),
        "priority": names.priorities,
        "class": names.classes,
        "kind": names.kinds,
        "stream": names.streams,
        "channel": names.channels,
        "team": names.teams,
        "automation": names.automations,
        "control": names.controls,
        "lever": _moved_levers(model),
    }[dimension]


def _moved_levers(model: Model) -> tuple[str, ...]:
    """Return the levers that improvement moves."""
    if model.improvements is None:
        return ()
    return tuple(model.names.states[state].removeprefix("levers.") for state in model.improvements.state)


def is_stated(model: Model, needs: Needs) -> bool:
    """Whether the scenario states what a metric needs."""
    stated = {
        Needs.NOTHING: True,
        Needs.MONEY: bool(model.money.currency),
        Needs.TARGETS: model.targets.rules >= 0,
        Needs.CHATS: model.paces is not None,
        Needs.INTERRUPTION: bool(model.teams.preempts.any()),
        Needs.FAULTS: model.faults is not None,
        Needs.FEEDBACK: model.feedback is not None,
        Needs.IMPROVEMENT: model.improvements is not None,
    }
    return stated[needs]


def responses(model: Model) -> tuple[Response, ...]:
    """Return every response of a model, in the order of the catalogue and of the labels."""
    stated = [metric for metric in METRICS if is_stated(model, metric.needs)]
    dimensions = {dimension for metric in stated for dimension in metric.dimensions}
    known = {dimension: labels(model, dimension) for dimension in dimensions}
    return tuple(
        Response(metric, dimension, label)
        for metric in stated
        for dimension in metric.dimensions
        for label in known[dimension]
    )


def parse_response(name: str, path: str = "", place: Place | None = None) -> Response:
    """Read the name of a response; its label is not checked.

    Raises
    ------
    InvalidInput
        When the metric is not in the catalogue or is not split by that dimension.
    """
    match = _NAME.fullmatch(name)
    stem, dimension, label = match.groups(default="") if match else (name, "", "")
    metric = METRIC_BY_NAME.get(stem)
    if metric is None:
        message = "a response is named as in the catalogue, such as resolution_p90"
        raise _refusal(message, name, remedy_for_unknown(stem, METRIC_BY_NAME), path, place)
    if dimension not in metric.dimensions:
        raise _refusal(f"{stem} is there {_ways(metric)}", name, None, path, place)
    return Response(metric, dimension, label)


def resolve_response(name: str, model: Model, path: str = "", place: Place | None = None) -> Response:
    """Return the response of that name, which the model must have.

    Parameters
    ----------
    name
        ``metric`` or ``metric[dimension=label]``.
    model
        Its names are the valid labels.
    path, place
        Where the name was written, for the message.

    Raises
    ------
    InvalidInput
        When there is no such metric, dimension or label, or the scenario does not state what it needs.
    """
    response = parse_response(name, path, place)
    if not is_stated(model, response.metric.needs):
        needs = response.metric.needs.value
        message = f"{response.metric.name} needs {needs}, and the scenario states none"
        raise _refusal(message, name, f"state {needs} in the scenario", path, place)
    known = labels(model, response.dimension)
    if response.label not in known:
        message = f"the {response.dimension} in brackets must be one of the scenario's"
        raise _refusal(message, name, remedy_for_unknown(response.label, known), path, place)
    return response


def _ways(metric: Metric) -> str:
    ways = [f"as {metric.name}[{split}=...]" if split else "undivided" for split in metric.dimensions]
    return " or ".join([", ".join(ways[:-1]), ways[-1]] if len(ways) > 1 else ways)


def _refusal(message: str, found: str, remedy: str | None, path: str, place: Place | None) -> InvalidInput:
    return InvalidInput(Problem(message, path, place, found, remedy))
