"""Experiment files of all kinds as JSON Schema, and their reference page."""

from __future__ import annotations

from typing import Any, Final

from simlab.business.definition import BusinessCaseExperiment
from simlab.experiments.capacity import CapacityExperiment
from simlab.experiments.definition import CompareExperiment, ExperimentFile, RunExperiment
from simlab.experiments.sensitivity import SensitivityExperiment
from simlab.experiments.sweep import SweepExperiment
from simlab.optimise.definition import OptimizeExperiment
from simlab.scenario.export_schema import Json, as_text, described_schema
from simlab.scenario.reference import section

NAME: Final = "experiment.schema.json"
KINDS: Final[dict[str, type[ExperimentFile]]] = {
    "run": RunExperiment,
    "compare": CompareExperiment,
    "sweep": SweepExperiment,
    "sensitivity": SensitivityExperiment,
    "capacity": CapacityExperiment,
    "optimize": OptimizeExperiment,
    "business_case": BusinessCaseExperiment,
}

INTRODUCTION: Final = """\
An experiment file is a YAML file like a scenario, read with the same care: unknown keys are refused, and all
mistakes are told at once with their places. It begins with `experiment: KIND`, and `simlab KIND file.yaml`
carries it out (`simlab case` a business case). Key paths such as `staffing.desk.people` name values of the
scenario; numbers keep units.
"""
EXAMPLES: Final = {
    "compare": "experiment: compare\nscenario: ../scenarios/first.yaml\ndecompose: shapley\n"
    "alternatives: {both: {what_if: [one_more_engineer, password_bot]}}",
    "sweep": "experiment: sweep\nscenario: ../scenarios/first.yaml\n"
    'vary: {staffing.engineers.people: {from: 3, to: 5}, automation.password_bot.level: ["off", full]}',
    "sensitivity": "experiment: sensitivity\nscenario: ../scenarios/first.yaml\nmethod: tornado\n"
    "uncertain:\n  demand.tickets.arrivals.rate: {pert: {min: 380/week, mode: 420/week, max: 470/week}}",
    "capacity": "experiment: capacity\nscenario: ../scenarios/first.yaml\n"
    "vary: {staffing.help_desk.people: {from: 1, to: 9}}\n"
    "constraints: [respond_attainment >= 80 %]\ngrowth: [0 %, 10 %, 20 %]",
    "optimize": "experiment: optimize\nscenario: ../scenarios/first.yaml\n"
    "vary: {staffing.engineers.people: {from: 2, to: 6}}\nminimise: cost_per_week\n"
    "constraints: [resolve_attainment >= 95 %]",
    "business_case": "experiment: business_case\nscenario: ../scenarios/first.yaml\n"
    "proposal: {what_if: [password_bot]}\nhorizon: 3 years\ndiscount_rate: 8 %\nramp: [60 %, 100 %]\n"
    "costs: {one_off: {training: {pert: {min: 1000 EUR, mode: 2000 EUR, max: 6000 EUR}}}}\n"
    "released_hour: {worth: 40 EUR/hour, cashable: {uniform: {min: 20 %, max: 60 %}}}\n"
    "accept_if: [npv >= 0 with 80 %]",
    "run": "experiment: run\nscenario: ../scenarios/first.yaml\nreplications: 30",
}


def json_schema() -> Json:
    """Return the JSON Schema (draft 2020-12) of experiment files of all kinds."""
    definitions: Json = {}
    for kind, block in KINDS.items():
        schema = described_schema(block)
        definitions |= schema.pop("$defs")
        definitions[kind] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": NAME,
        "title": "simlab experiment",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in KINDS],
        "$defs": dict(sorted(definitions.items())),
    }


def json_text() -> str:
    """Return the schema as the text of its file."""
    return as_text(json_schema())


def reference() -> str:
    """Return the reference of experiment files as Markdown, without a title."""
    common = described_schema(ExperimentFile)
    schema = json_schema()
    sections = [INTRODUCTION, section("Every experiment", common)]
    for kind in KINDS:
        own = schema["$defs"][kind]
        keys = {
            key: value for key, value in own["properties"].items() if value != common["properties"].get(key)
        }
        sections.append(section(kind, {**own, "properties": keys}, EXAMPLES[kind]))
    for name, block in schema["$defs"].items():
        if name not in KINDS:
            sections.append(section(name, _map_of(block)))
    return "\n".join(sections)


def _map_of(definition: dict[str, Any]) -> Json:
    """Return the map that a definition describes."""
    return definition if "properties" in definition else {**definition, "properties": {}}
