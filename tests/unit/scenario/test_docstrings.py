from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from simlab.scenario.docstrings import meanings

ValueT = TypeVar("ValueT")


class Rule(BaseModel):
    class_: str = Field(default="", alias="class")
    """Class that it is for.

    More about it.
    """
    unsaid: int = 0
    note: str = ""

    def method(self) -> None:
        """Do nothing."""


class Team(Rule):
    note: str = ""
    """Overridden."""


class Pair(BaseModel, Generic[ValueT]):
    first: ValueT
    """One of them."""


def test_keys_have_the_docstrings_below_them_by_the_name_in_files() -> None:
    assert meanings(Rule) == {"class": "Class that it is for.\n\nMore about it."}


def test_inherited_and_overridden_keys_have_the_nearest_docstring() -> None:
    assert meanings(Team) == {"class": "Class that it is for.\n\nMore about it.", "note": "Overridden."}


def test_family_of_a_type_has_the_docstrings_of_the_family() -> None:
    assert meanings(Pair[int]) == {"first": "One of them."}
