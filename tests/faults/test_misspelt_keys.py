"""Row 32: every key of every file that people write, misspelt in every way, is refused with the right one."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import random
from collections.abc import Iterator

import pytest

from simlab.errors import InvalidInput, Place
from simlab.scenario.nodes import Entry, MapNode, ScalarNode
from simlab.scenario.schema.base import Block
from simlab.scenario.validation import validate

FILES = ("scenario.schema", "experiments", "optimise", "business", "calibrate.reading")
LEAST_RIGHT = 0.9
PLACE = Place("file.yaml", 1, 1)


def blocks(root: type[Block] = Block) -> Iterator[type[Block]]:
    """All maps with fixed keys of scenarios, experiments, business cases and mappings."""
    for block in root.__subclasses__():
        if block.__module__.startswith("simlab.") and not inspect.isabstract(block):
            yield block
            yield from blocks(block)


def written_keys() -> list[tuple[type[Block], str]]:
    for part in FILES:
        package = importlib.import_module(f"simlab.{part}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    found = {(block, field.alias or name) for block in blocks() for name, field in block.model_fields.items()}
    return sorted(found, key=lambda pair: (pair[0].__module__, pair[0].__qualname__, pair[1]))


def misspelt(key: str, draw: random.Random) -> dict[str, str]:
    """The key with a letter left out, doubled, swapped or replaced, in the wrong case, written otherwise."""
    at, inner = draw.randrange(len(key)), draw.randrange(1, len(key)) if len(key) > 1 else 0
    ways = {
        "left out": key[:at] + key[at + 1 :],
        "doubled": key[:at] + key[at] + key[at:],
        "swapped": key[: inner - 1] + key[inner] + key[inner - 1] + key[inner + 1 :] if inner else key,
        "replaced": key[:at] + draw.choice("abcdefghijklmnopqrstuvwxyz") + key[at + 1 :],
        "wrong case": key.upper(),
        "capital": key.capitalize(),
        "hyphen": key.replace("_", "-"),
        "space": key.replace("_", " "),
        "together": key.replace("_", ""),
    }
    return {way: slip for way, slip in ways.items() if slip and slip != key}


@pytest.mark.slow
def test_row_32_every_key_of_every_file_misspelt_is_refused_and_nine_of_ten_remedies_are_right() -> None:
    draw, right, n = random.Random(32), dict[str, int](), dict[str, int]()
    keys = written_keys()
    of_block = {block: {key for each, key in keys if each is block} for block, _ in keys}
    for block, key in keys:
        for way, slip in misspelt(key, draw).items():
            if slip in of_block[block] or len(key) < 2:
                continue
            entry = Entry(PLACE, ScalarNode("x", "x", PLACE))
            with pytest.raises(InvalidInput, match=r"file\.yaml") as refusal:
                validate(block, MapNode({slip: entry}, PLACE))
            told = [problem for problem in refusal.value.problems if problem.path == slip]
            assert any("no key" in problem.message for problem in told), (block, slip)
            n[way] = n.get(way, 0) + 1
            right[way] = right.get(way, 0) + any(f"'{key}'" in (each.remedy or "") for each in told)
    assert sum(n.values()) > 3_000
    for way, count in n.items():
        assert right[way] >= LEAST_RIGHT * count, (way, right[way], count)
