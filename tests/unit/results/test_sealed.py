from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import StorageError
from simlab.results.files import write_whole
from simlab.results.sealed import canonical_json, digest_of, read_sealed, sealed
from tests.commands import program

CONTENT = {"name": "Störung 服务", "share": 0.1, "nested": {"b": [1, None, True], "a": ""}}

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


def test_canonical_json_keeps_the_order_of_keys_with_no_spaces_and_shortest_floats() -> None:
    assert canonical_json({"b": [0.1, 1], "a": None}) == '{"b":[0.1,1],"a":null}'


@given(plain)
def test_canonical_json_reads_back_equal(value: object) -> None:
    assert json.loads(canonical_json(value)) == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_cannot_say_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"x": value})


def test_sealed_file_comes_back_equal(tmp_path: Path) -> None:
    write_whole(tmp_path / "x.json", sealed(CONTENT))
    assert read_sealed(tmp_path / "x.json") == CONTENT


def test_every_flipped_bit_and_every_cut_of_a_sealed_file_is_noticed(tmp_path: Path) -> None:
    content = sealed(CONTENT)
    file = tmp_path / "x.json"
    for position in range(len(content)):
        for bit in range(8):
            flipped = bytearray(content)
            flipped[position] ^= 1 << bit
            file.write_bytes(flipped)
            with pytest.raises(StorageError, match="damaged"):
                read_sealed(file)
        file.write_bytes(content[:position])
        with pytest.raises(StorageError, match="damaged"):
            read_sealed(file)


def test_deeply_nested_garbage_is_told_as_damage(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[" * 100_000)
    with pytest.raises(StorageError, match="damaged"):
        read_sealed(tmp_path / "x.json")


def test_missing_file_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"x\.json: cannot read it: No such file"):
        read_sealed(tmp_path / "x.json")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Shanghai"}, {"LC_ALL": "de_DE.UTF-8"}],
    ids=str,
)
def test_digest_is_the_same_under_every_hash_seed_zone_and_locale(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    code = "import sys, json; from simlab.results.sealed import *; print(digest_of(json.loads(sys.argv[1])))"
    ended = program(tmp_path, sys.executable, "-c", code, json.dumps(CONTENT), **environment)
    assert ended.out.strip() == digest_of(CONTENT), ended.err
