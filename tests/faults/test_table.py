"""The table of faults in the docs names a test for each row, and each of these tests exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "limits-and-faults.md"
ROW = re.compile(r"^\| (\d+) \|.*\| \[`(test_\w+)`\]\(\.\./\.\./([\w/.]+)\) \|$", re.MULTILINE)


def test_every_fault_has_a_test_that_exists() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert [int(number) for number, _, _ in rows] == list(range(1, 61))
    missing = [
        test for _, test, file in rows if f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []


def test_every_test_of_a_row_stands_in_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for file in Path(__file__).parent.glob("test_*.py"):
        for name in re.findall(r"^def (test_rows?_\d+\w*)\(", file.read_text(encoding="utf-8"), re.MULTILINE):
            number = re.findall(r"\d+", name)[0]
            assert f"| {number} |" in page, name
