"""The gallery of the README is what the code draws: its numbers are worked out again."""

from __future__ import annotations

import csv
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def draw_samples() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("draw_samples", ROOT / "docs" / "draw_samples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look up what their annotations mean
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.slow
def test_numbers_of_the_gallery_have_not_drifted(draw_samples: ModuleType) -> None:
    with draw_samples.NUMBERS.open(encoding="utf-8", newline="") as file:
        kept = [
            (row["of"], row["figure"], row["value"], row["low"], row["high"]) for row in csv.DictReader(file)
        ]
    found = draw_samples.numbers(draw_samples.gallery()).rows
    assert [row[:2] for row in found] == [row[:2] for row in kept], "run: make gallery"
    for old, new in zip(kept, found, strict=True):
        numbers = [float(cell) if cell else float("nan") for cell in old[2:]]
        assert list(new[2:]) == pytest.approx(numbers, rel=1e-6, nan_ok=True), f"{old[:2]}: run make gallery"


def test_every_picture_of_the_gallery_is_there(draw_samples: ModuleType) -> None:
    present = {path.stem for path in draw_samples.SAMPLES.glob("*.svg")}
    assert {"resolution", "risk", "process_map", "cash_flow", "tornado"} <= present
