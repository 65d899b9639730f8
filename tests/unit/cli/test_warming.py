from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Simlab = Callable[..., Any]


def test_warm_up_prints_table_and_recommendation_and_writes_files(simlab: Simlab, folder: Path) -> None:
    ended = simlab("warm-up", "desk.yaml", "-n", "3", "-j", "1", "--csv", "cells.csv", "--figure", "warm.svg")
    assert ended.code == 0
    assert "3 replications, seed 1; a steady-state study" in ended.out
    assert "recommended warm-up" in ended.out
    assert len((folder / "cells.csv").read_text().splitlines()) == 1 + 100
    assert (folder / "warm.svg").read_text().startswith("<svg ")


def test_terminating_study_is_told(simlab: Simlab) -> None:
    arguments = ("warm-up", "desk.yaml", "-n", "2", "-j", "1", "--no-store", "--set", "time.warm_up=0")
    assert "it needs no warm-up" in simlab(*arguments).err
    told = json.loads(simlab(*arguments, "--json").out)
    assert (told["study"], told["stated_min"], len(told["cells"]["wip"])) == ("terminating", 0.0, 100)
