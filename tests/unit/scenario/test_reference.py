from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from simlab.scenario import reference
from simlab.scenario.docstrings import meanings
from simlab.scenario.document import parse_document
from simlab.scenario.schema import distributions
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "scenario.md"


def subclasses(block: type[BaseModel]) -> set[type[BaseModel]]:
    """The blocks of scenarios; those of experiment files have a page of their own."""
    found = {block}.union(*map(subclasses, block.__subclasses__()))
    return {each for each in found if each.__module__.startswith("simlab.scenario")}


def block_named(name: str) -> type[BaseModel]:
    by_name = {block.__name__: block for block in subclasses(Block)}
    if name in by_name:
        return by_name[name]
    family = getattr(distributions, name.removeprefix("Time"))
    duration = TimeDistribution.model_fields["fixed"].annotation
    made: type[BaseModel] = family[duration]
    return made


def test_page_in_docs_is_the_one_that_the_schema_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.page()


def test_every_docstring_of_an_attribute_is_on_the_page() -> None:
    page = reference.page()
    for block in subclasses(Scenario) | subclasses(Block):
        told = meanings(block)
        assert len(told) == len(block.model_fields)
        for meaning in told.values():
            assert " ".join(meaning.replace("``", "`").replace("|", "\\|").split()) in page


def test_every_block_but_the_whole_scenario_has_an_example() -> None:
    headings = {line[3:] for line in reference.page().splitlines() if line.startswith("## ")}
    assert headings - {"Scenario", "NumberDistribution"} == set(reference.EXAMPLES)


@pytest.mark.parametrize("name", reference.EXAMPLES)
def test_example_of_block_is_valid(name: str) -> None:
    validate(block_named(name), parse_document(reference.EXAMPLES[name], name))
