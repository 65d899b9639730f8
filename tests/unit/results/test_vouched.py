from __future__ import annotations

import random
from pathlib import Path

import pytest

from simlab.results.vouched import begin, is_whole, sums_of, vouch


@pytest.fixture
def added(tmp_path: Path) -> Path:
    """Return a file to which three pieces were added."""
    path = tmp_path / "trials.journal"
    begin(path)
    for number in range(3):
        with path.open("a") as file:
            file.write(f'{{"trial": {number}}}\n')
        vouch(path)
    return path


def test_file_as_it_was_written_is_whole(added: Path) -> None:
    assert is_whole(added)
    vouch(added)  # nothing was added
    assert len(sums_of(added).read_text().splitlines()) == 3


def test_every_flipped_bit_is_told(added: Path) -> None:
    generator = random.Random(1)
    for path in (added, sums_of(added)):
        whole = path.read_bytes()
        for _ in range(50):
            damaged = bytearray(whole)
            damaged[generator.randrange(len(whole))] ^= 1 << generator.randrange(8)
            path.write_bytes(damaged)
            assert not is_whole(added)
        path.write_bytes(whole)
    assert is_whole(added)


def test_missing_end_is_told(added: Path) -> None:
    added.write_bytes(added.read_bytes()[:-1])
    assert not is_whole(added)


def test_missing_end_is_forgotten_where_the_file_is_written_on(added: Path) -> None:
    first, second, _ = added.read_bytes().splitlines(keepends=True)
    added.write_bytes(first + second)
    assert not is_whole(added)
    begin(added)
    assert is_whole(added)
    assert len(sums_of(added).read_text().splitlines()) == 2
    added.write_bytes(second + first)
    assert not is_whole(added)


def test_line_behind_the_last_checksum_is_taken_if_it_can_be_read(added: Path) -> None:
    with added.open("a") as file:
        file.write('{"note": "by another program"}\n')
    assert is_whole(added)
    with added.open("a") as file:
        file.write('{"cut')
    assert not is_whole(added)


def test_checksum_that_was_cut_off_is_made_anew(added: Path) -> None:
    sums = sums_of(added)
    sums.write_bytes(sums.read_bytes()[:-5])
    assert not is_whole(added)
    begin(added)
    assert is_whole(added)
    vouch(added)
    assert len(sums.read_text().splitlines()) == 3


def test_checksums_of_a_file_that_is_gone_are_forgotten(added: Path) -> None:
    added.unlink()
    begin(added)
    assert not sums_of(added).exists()
