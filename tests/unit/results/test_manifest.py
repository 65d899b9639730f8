from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import ExitCode, StorageError
from simlab.results.files import write_whole
from simlab.results.manifest import FORMAT, Manifest, new_manifest, scenario_hash, slug
from simlab.results.provenance import GitState
from simlab.results.sealed import read_sealed, sealed


def test_manifest_comes_back_equal(tmp_path: Path, manifest: Manifest) -> None:
    whole = replace(manifest, git=GitState("ab" * 20, is_dirty=True), warnings=("desk: load 0.97",))
    whole.write(tmp_path)
    assert Manifest.read(tmp_path) == whole


@pytest.mark.parametrize(
    "change",
    [
        {"resolved": {"name": "other"}},
        {"data_files": {"profiles/office.csv": "cd" * 32}},
        {"seed": 8},
        {"engine": "compiled"},
        {"versions": {"simlab": "0.1.0", "numpy": "2.2.0"}},
        {"machine": {"system": "Darwin", "processor": "arm64", "implementation": "CPython"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_run_hash_differs_with_everything_that_decides_the_numbers(
    manifest: Manifest, change: dict[str, object]
) -> None:
    changed = replace(manifest, **change)  # type: ignore[arg-type]
    assert changed.run_hash != manifest.run_hash
    assert changed.folder_name != manifest.folder_name


@pytest.mark.parametrize(
    "change", [{"created": "2030-01-01T00:00:00+00:00"}, {"warnings": ("late",)}], ids=str
)
def test_run_hash_is_the_same_where_the_numbers_are(manifest: Manifest, change: dict[str, object]) -> None:
    assert replace(manifest, **change).run_hash == manifest.run_hash  # type: ignore[arg-type]


def test_scenario_hash_depends_on_the_order_of_keys_which_decides_where_draws_go() -> None:
    assert scenario_hash({"a": 1, "b": {"c": 2, "d": 3}}, {}) != scenario_hash(
        {"b": {"d": 3, "c": 2}, "a": 1}, {}
    )


def test_newer_format_is_refused_with_both_numbers(tmp_path: Path, manifest: Manifest) -> None:
    manifest.write(tmp_path)
    content = read_sealed(tmp_path / "manifest.json")
    write_whole(tmp_path / "manifest.json", sealed({"format": FORMAT + 1, "anything": content}))
    expected = rf"written in format {FORMAT + 1}; this simlab reads formats up to {FORMAT}"
    with pytest.raises(StorageError, match=expected):
        Manifest.read(tmp_path)


def test_folder_without_manifest_is_told_as_no_result_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a result folder") as caught:
        Manifest.read(tmp_path / "absent")
    assert caught.value.exit_code is ExitCode.STORAGE


def test_damaged_manifest_is_told_with_what_to_do(tmp_path: Path, manifest: Manifest) -> None:
    manifest.write(tmp_path)
    content = (tmp_path / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(content.replace(b'"seed": 7', b'"seed": 8'))
    with pytest.raises(StorageError, match=r"damaged.*\n.*move the folder away"):
        Manifest.read(tmp_path)


def test_manifest_holds_no_fact_of_environment_or_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "hunter2-and-more")
    new_manifest("desk", {"name": "desk"}, {}, seed=1, engine="simpy").write(tmp_path)
    written = (tmp_path / "manifest.json").read_text()
    assert "hunter2" not in written
    assert os.uname().nodename not in written
    assert str(Path.home()) not in written
    assert set(json.loads(written)["content"]["machine"]) == {"system", "processor", "implementation"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Regional service desk", "Regional-service-desk"),
        ("../../x", "x"),
        ("a\0b/c\\d", "a-b-c-d"),
        ("v1.2 (new)", "v1.2-new"),
        ("服务台", "服务台"),
        (".hidden", "hidden"),
        ("...", "scenario"),
        ("", "scenario"),
        ("\x1b]0;title\x07", "0-title"),
    ],
)
def test_slug_of_known_names(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(max_size=400))
def test_slug_is_a_plain_short_file_name_whatever_the_scenario_is_called(name: str) -> None:
    short = slug(name)
    assert re.fullmatch(r"[\w-]([\w.-]*[\w-])?", short) or short.isalnum() or "_" in short
    assert ".." not in short
    assert not set(short) & set("/\\\0\n :")
    assert 1 <= len(short.encode()) <= 100


def test_long_names_that_begin_alike_get_different_folders(manifest: Manifest) -> None:
    long = [replace(manifest, scenario=n, resolved={"name": n}) for n in ("台" * 300 + "a", "台" * 300 + "b")]
    assert slug(long[0].scenario) == slug(long[1].scenario)
    assert long[0].folder_name != long[1].folder_name
    assert len(long[0].folder_name.encode()) <= 255
