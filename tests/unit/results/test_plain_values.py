from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from simlab.results.plain_values import plain_of, record_of


@dataclass(frozen=True, slots=True)
class Leaf:
    number: float
    word: Literal["low", "high"] = "low"


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    n: int
    place: Path | None
    leaves: tuple[Leaf, ...]
    by_name: Mapping[str, Leaf]
    best: Leaf | None = None
    is_green: bool = True


TREE = Tree(
    "Birch", 3, Path("wood/birch"), (Leaf(1.5), Leaf(math.inf, "high")), {"a": Leaf(0.1)}, Leaf(-math.inf)
)


def test_record_is_the_same_after_a_round_through_json() -> None:
    assert record_of(Tree, json.loads(json.dumps(plain_of(TREE), allow_nan=False))) == TREE


def test_what_is_not_a_number_stays_so() -> None:
    assert math.isnan(record_of(Leaf, plain_of(Leaf(math.nan))).number)


def test_field_that_was_not_written_has_its_default() -> None:
    plain = plain_of(TREE)
    del plain["is_green"], plain["best"]
    assert record_of(Tree, plain).best is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("n", "three", "int is expected"), ("name", 3, "str is expected"), ("other", 1, "other")],
)
def test_values_of_another_kind_are_refused(field: str, value: object, message: str) -> None:
    with pytest.raises((TypeError, KeyError), match=message):
        record_of(Tree, {**plain_of(TREE), field: value})


def test_word_that_is_none_of_the_choices_is_refused() -> None:
    with pytest.raises(ValueError, match="one of"):
        record_of(Leaf, {"number": 1.0, "word": "middle"})


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="complex has no plain form"):
        plain_of(1j)
