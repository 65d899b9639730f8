"""From a process model, and parameters where there are some, to the text of a scenario file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from simlab.calibrate.exchange.bpmn_read import read_bpmn
from simlab.calibrate.exchange.bpmn_scenario import FILL_IN, Skeleton, scenario_of
from simlab.calibrate.exchange.parameters import NO_PARAMETERS
from simlab.calibrate.exchange.prosimos import read_prosimos
from simlab.calibrate.exchange.yaml_text import yaml_text
from simlab.errors import InvalidInput, Place, Problem
from simlab.model.load import from_node
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import MapNode


def imported_text(
    model: Path, parameters: Path | None = None, process: str | None = None
) -> tuple[str, Skeleton]:
    """Return a scenario file made of a BPMN model.

    Parameters
    ----------
    model
        The BPMN file.
    parameters
        Parameters of Prosimos for it.
    process
        Which process, where the model has several.

    Returns
    -------
    str
        The file: a scenario that validates, its made-up values marked to be filled in.
    Skeleton
        Its values, and remarks on what of the model is not in it.

    Raises
    ------
    InvalidInput
        The model or the parameters cannot be read, or make no scenario.
    """
    known = NO_PARAMETERS if parameters is None else read_prosimos(parameters)
    skeleton = scenario_of(read_bpmn(model, process), known)
    beside = f" and {parameters.name}" if parameters else ""
    head = [f"# Made from {_shown(model.name)}{_shown(beside)}."]
    if skeleton.n_to_fill_in:
        head.append(f"# {skeleton.n_to_fill_in} values are made up: look for '{FILL_IN}'.")
    text = "\n".join([*head, yaml_text(skeleton.values, skeleton.comments)])
    node = parse_document(text, model.name)
    assert isinstance(node, MapNode)
    try:
        from_node(node, model.parent)
    except InvalidInput as refusal:
        raise InvalidInput(_of_model(problem, model) for problem in refusal.problems) from None
    return text, skeleton


def _of_model(problem: Problem, model: Path) -> Problem:
    """Return a mistake in a scenario as one of the model that it is made of."""
    message = f"the model makes no scenario: {problem.message}"
    return replace(problem, message=message, place=Place(str(model)))


def _shown(name: str) -> str:
    return "".join(character for character in name if character.isprintable())
