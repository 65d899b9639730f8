"""Whatever is computed by hand here holds for both engines."""

from __future__ import annotations

import pytest

import tests.desks
from tests.parity.comparison import BothEngines


@pytest.fixture(autouse=True)
def both_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every run of a test run on both engines, whose logs must be equal."""
    monkeypatch.setattr(tests.desks, "SimpyEngine", BothEngines)
