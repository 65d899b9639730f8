from __future__ import annotations

import json
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest

from simlab.experiments.definition import KINDS as KNOWN
from simlab.optimise.experiment_schema import EXAMPLES, KINDS, NAME, json_schema, json_text
from simlab.scenario.document import parse_document, read_document
from simlab.scenario.nodes import to_plain
from simlab.scenario.validation import validate

ROOT = Path(__file__).parents[3]


def test_every_kind_has_a_schema_and_an_example() -> None:
    assert set(KNOWN) == set(KINDS) == set(EXAMPLES)


def test_committed_file_is_the_one_that_the_schema_makes() -> None:
    assert (ROOT / "schema" / NAME).read_text(encoding="utf-8") == json_text()


def test_schema_is_a_valid_schema_that_names_no_host_but_its_dialect() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.dumps(json_schema()).count("://") == 1


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.name)
def test_shipped_experiment_fits_the_schema(path: Path) -> None:
    jsonschema.validate(to_plain(read_document(path)), json_schema())


@pytest.mark.parametrize("kind", EXAMPLES)
def test_example_of_the_reference_is_a_valid_experiment(kind: str) -> None:
    node = parse_document(EXAMPLES[kind], "example")
    validate(KINDS[kind], node)
    jsonschema.validate(to_plain(node), json_schema())


def test_unknown_key_does_not_fit_the_schema() -> None:
    with pytest.raises(jsonschema.ValidationError, match="not valid under any"):
        jsonschema.validate({"experiment": "run", "scenario": "x.yaml", "repplications": 3}, json_schema())
