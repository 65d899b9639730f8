"""Mistakes in experiment files are refused where they stand, before anything is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.commands import Simlab

KINDS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "experiments.yaml").read_text(encoding="utf-8")
)
COMMANDS = {"business_case": "case"}
CASES = [(kind, case) for kind, written in KINDS.items() for case in written["broken"]]


@pytest.mark.parametrize("kind", KINDS)
def test_experiment_that_the_mistakes_are_made_in_is_right(simlab: Simlab, folder: Path, kind: str) -> None:
    (folder / "x.yaml").write_text(KINDS[kind]["good"])
    assert simlab(COMMANDS.get(kind, kind), "x.yaml", "--dry-run").code == 0


@pytest.mark.parametrize(("kind", "case"), CASES, ids=[f"{kind} {case['new']}" for kind, case in CASES])
def test_mistake_in_an_experiment_is_told_where_it_stands(
    simlab: Simlab, folder: Path, kind: str, case: dict[str, str]
) -> None:
    good = KINDS[kind]["good"]
    assert case["old"] in good
    (folder / "x.yaml").write_text(good.replace(case["old"], case["new"], 1))
    ended = simlab(COMMANDS.get(kind, kind), "x.yaml", "--dry-run")
    assert ended.code == 2, ended
    assert "x.yaml:" in ended.err
    assert case["says"] in ended.err
    assert "Traceback" not in ended.err
    assert not (folder / "results").exists()
