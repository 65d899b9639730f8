"""What to type to have a result again."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simlab.cli.again import command_line

Simlab = Callable[..., Any]


def test_a_command_has_the_options_that_were_given() -> None:
    line = command_line(
        "monitor",
        Path("my desk.yaml"),
        mapping=None,
        what_if=["one", "two words"],
        set=[],
        seed=0,
        no_validation=False,
        all_cases=True,
    )
    assert line == "simlab monitor 'my desk.yaml' --what-if one --what-if 'two words' --seed 0 --all-cases"


def test_the_command_of_a_page_makes_the_same_page_again(simlab: Simlab, folder: Path) -> None:
    rows = [
        f"T{day}-{n},2024-01-{day:02} {8 + n:02}:00,2024-01-{day:02} {8 + n:02}:30"
        for day in range(1, 30)
        for n in range(6)
    ]
    (folder / "log.csv").write_text("Number,Opened,Resolved\n" + "\n".join(rows) + "\n")
    asked = ("monitor", "desk.yaml", "log.csv", "--last", "2", "-n", "2", "--seed", "5", "--forecast", "0")
    assert simlab(*asked, "-j", "1", "--report", "first.md").code == 0
    page = (folder / "first.md").read_text(encoding="utf-8")
    (told,) = (line for line in page.splitlines() if line.startswith("simlab monitor"))
    assert simlab(*shlex.split(told)[1:], "-j", "1", "--report", "first.md").code == 0
    assert (folder / "first.md").read_text(encoding="utf-8") == page
