"""Files: regular ones only, unpacked within a limit."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from simlab.calibrate.reading.log_file import log_content
from simlab.errors import InvalidInput


def test_packed_file_is_unpacked_with_all_its_members(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n"))
    assert log_content(path) == b"a,b\n1,2\n"


def test_packed_bomb_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"a" * 3 * 2**20))
    with pytest.raises(InvalidInput, match="at most 1 MiB"):
        log_content(path, largest_mib=1)


def test_packed_file_that_is_far_denser_than_a_log_is_refused_before_it_fills_the_memory(
    tmp_path: Path,
) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * 17 * 2**20, compresslevel=1))
    with pytest.raises(InvalidInput, match="more than 100 times its size"):
        log_content(path)


def test_sparse_file_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(InvalidInput, match="at most 2,048 MiB"):
        log_content(path)


def test_large_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a" * (2**20 + 1))
    with pytest.raises(InvalidInput, match="at most 1 MiB"):
        log_content(path, largest_mib=1)


def test_cut_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    whole = gzip.compress(bytes(range(256)) * 40)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match="ends too early"):
        log_content(path)


def test_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 40)
    with pytest.raises(InvalidInput, match="damaged"):
        log_content(path)


def test_pipe_folder_device_and_absent_file_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(InvalidInput, match="not a regular file"):
            log_content(path)
    with pytest.raises(InvalidInput, match="a folder"):
        log_content(tmp_path)
    with pytest.raises(InvalidInput, match=r"did you mean 'pipe\.csv'"):
        log_content(tmp_path / "pipes.csv")


@pytest.mark.parametrize(("content", "message"), [(b" \n", "empty"), (b"PK\x03\x04rest", "Excel workbook")])
def test_file_that_is_no_log_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=message):
        log_content(path)
