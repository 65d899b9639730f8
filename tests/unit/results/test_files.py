"""Files that are either whole or absent, and never put in place of what is no file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from simlab.errors import StorageError
from simlab.results.files import streamed, told_as_storage_error, write_whole
from simlab.results.sealed import read_sealed


@pytest.fixture(params=["pipe", "folder", "link to a device", "link to an open file", "link to itself"])
def special(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return the path of something that is no file."""
    path = tmp_path / "special"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link to a device":
            path.symlink_to(os.devnull)
        case "link to an open file":  # as /dev/stdout is
            path.symlink_to("/proc/self/fd/0")
        case _:
            path.symlink_to(path)
    return path


def test_file_is_never_put_in_place_of_what_is_none(special: Path) -> None:
    before = special.lstat()
    with pytest.raises(StorageError, match="special: cannot write it"):
        write_whole(special, b"x")
    assert (special.lstat().st_ino, stat.S_IFMT(special.lstat().st_mode)) == (
        before.st_ino,
        stat.S_IFMT(before.st_mode),
    )
    assert [path.name for path in special.parent.iterdir()] == ["special"]


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.json")
    with pytest.raises(StorageError, match="not a regular file"):
        read_sealed(tmp_path / "manifest.json")


def test_file_that_is_there_is_replaced_also_where_a_link_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    for name in ("file", "link"):
        write_whole(tmp_path / name, b"new")
        assert (tmp_path / name).read_bytes() == b"new"


def test_nothing_is_left_of_a_file_whose_writing_fails(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="bytes-like"), streamed(tmp_path / "file") as file:
        file.writelines([b"x", 1])  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


def test_name_that_is_too_long_is_told() -> None:
    with (
        pytest.raises(StorageError, match="choose a shorter path"),
        told_as_storage_error("make it", Path("x")),
    ):
        os.stat("x" * 1000)
