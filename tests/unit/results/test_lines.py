from __future__ import annotations

from pathlib import Path

import pytest

from simlab.errors import StorageError
from simlab.results.lines import checked_line, mend_last_line, read_lines

RECORDS = (b"one", b"two words", b"{}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "lines"
    file.write_bytes(b"".join(map(checked_line, RECORDS)))
    return file


def test_lines_are_read_as_they_were_written(path: Path) -> None:
    assert read_lines(path).records == RECORDS
    assert read_lines(path).n_damaged == 0


def test_absent_file_has_no_lines(tmp_path: Path) -> None:
    assert read_lines(tmp_path / "absent").records == ()


def test_any_flipped_bit_is_counted_and_the_other_lines_are_kept(path: Path) -> None:
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        found = read_lines(path)
        assert found.n_damaged >= 1
        assert set(found.records) < set(RECORDS)


@pytest.mark.parametrize("cut", [1, 5, 21])
def test_line_that_was_cut_off_is_counted_and_mended_away(path: Path, cut: int) -> None:
    path.write_bytes(path.read_bytes()[:-cut])
    found = read_lines(path)
    assert found.n_damaged == 1
    mend_last_line(path)
    assert read_lines(path).n_damaged == 0
    assert read_lines(path).records == found.records


def test_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot read it"):
        read_lines(tmp_path)
