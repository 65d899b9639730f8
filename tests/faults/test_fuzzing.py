"""Readers meet some hundred broken files in each run of the tests, and all that ever broke one of them."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest

from tests.fuzzing import FOUND, READERS, Fuzzer

FILES = {"scenario": 60, "stored": 30}
PAST = sorted(path for path in FOUND.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", READERS)
def test_reader_reads_or_refuses_whatever_it_is_given(name: str, tmp_path: Path) -> None:
    fuzzer = Fuzzer(READERS[name], tmp_path, random.Random(len(name)), by_coverage=False)
    for content in islice(fuzzer.files(), FILES.get(name, 120)):
        fuzzer.read(content)
    assert fuzzer.findings == []


@pytest.mark.parametrize("path", PAST, ids=lambda path: path.name)
def test_file_that_once_broke_a_reader_is_read_or_refused(path: Path, tmp_path: Path) -> None:
    reader = READERS[path.name.partition("-")[0]]
    fuzzer = Fuzzer(reader, tmp_path, random.Random(1), by_coverage=False)
    fuzzer.read(path.read_bytes())
    assert fuzzer.findings == []
