"""``simlab import`` and ``simlab export``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]
MODELS = Path(__file__).parents[1] / "calibrate" / "exchange"


def test_imported_model_validates_and_is_exported_again(simlab: Simlab, folder: Path) -> None:
    ended = simlab("import", str(MODELS / "loan.bpmn"), "-o", "loan.yaml")
    assert (ended.code, ended.out) == (0, "loan.yaml: 9 steps, 2 teams, 11 values to fill in\n")
    assert "choreographyTask" in ended.err
    assert simlab("validate", "loan.yaml").code == 0
    ended = simlab("export", "loan.yaml", "-o", "again.bpmn")
    assert (ended.code, ended.out) == (0, "again.bpmn: 15 shapes, 16 flows, 2 lanes\n")
    assert simlab("import", "again.bpmn", "-o", "again.yaml").code == 0


def test_scenario_file_is_not_replaced_unasked(simlab: Simlab, folder: Path) -> None:
    ended = simlab("import", str(MODELS / "loan.bpmn"), "-o", "desk.yaml")
    assert ended.code == 2
    assert "desk.yaml is there already" in ended.err
    arguments = ("-p", str(MODELS / "loan.json"), "-o", "desk.yaml", "--overwrite")
    assert simlab("import", str(MODELS / "loan.bpmn"), *arguments).code == 0


@pytest.mark.parametrize("content", ["", "<a/>", "<definitions>", "{", "\x00", "<!DOCTYPE x><x/>"])
def test_broken_model_is_refused_in_words(simlab: Simlab, folder: Path, content: str) -> None:
    (folder / "x.bpmn").write_text(content)
    ended = simlab("import", "x.bpmn", "-o", "x.yaml")
    assert ended.code == 2
    assert ended.err.startswith("simlab: x.bpmn")
    assert not (folder / "x.yaml").exists()
