"""The faults that ``python -m tests.planted_faults`` plants are still faults of the code as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

import simlab
from tests.planted_faults import PLANTED, Planted


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_fault_can_be_planted_in_one_place(fault: Planted) -> None:
    text = (Path(simlab.__file__).parent / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    assert fault.new != fault.old


def test_there_are_at_least_twenty_planted_faults_of_different_names() -> None:
    assert len({fault.name for fault in PLANTED}) == len(PLANTED) >= 20
