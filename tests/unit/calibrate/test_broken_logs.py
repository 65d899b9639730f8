"""Valid logs with bytes changed, lost and doubled: read, or refused in words, never anything else."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.calibrate.profiling.profile import profile
from simlab.calibrate.read import read_log
from simlab.calibrate.simulated import simulated_log
from simlab.calibrate.writing.files import WRITERS, write_log
from simlab.errors import InvalidInput
from tests.desks import run

DESK = """
name: Desk
time: {zone: Europe/Berlin, length: 1 day}
demand: {mail: {arrivals: {rate: 60/day}, priority: {P1: 20 %, P2: 80 %}}}
staffing: {desk: {people: 2}}
routing:
  start: fix
  steps:
    fix: {team: desk, work: {exponential: 20 min}, next: {ask: 30 %, resolved: 70 %}}
    ask: {wait: {exponential: 2 h}, next: fix}
"""


@cache
def valid(file_format: str, folder: Path) -> bytes:
    """Return the log of a small simulated desk."""
    done = run(DESK)
    path = folder / f"valid.{file_format}"
    write_log(simulated_log(done.logs, done.model), path, file_format)
    return path.read_bytes()


Change = tuple[float, int, bytes]
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=4)), min_size=1, max_size=6
)


def changed(content: bytes, changes: list[Change]) -> bytes:
    """Return content in which pieces are replaced: a place (as a share), how much is lost, what comes."""
    for share, n_lost, new in changes:
        place = int(share * len(content))
        content = content[:place] + new + content[place + n_lost :]
    return content


@pytest.mark.parametrize("file_format", WRITERS)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES)
def test_broken_log_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, file_format: str, changes: list[Change]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = folder / f"broken.{file_format}"
    path.write_bytes(changed(valid(file_format, folder), changes))
    with suppress(InvalidInput):
        profile(read_log(path, keep_mapping=False).log)
