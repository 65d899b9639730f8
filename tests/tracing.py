"""Numbers of a page's sentences, looked up in the tables that the page exports."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from simlab.reports.pages.parts import Page
from simlab.reports.tables.table import Table
from simlab.reports.wording import MINUS, SPACE

NUMBER = re.compile(rf"[{MINUS}+-]?\d+(?:{SPACE}\d{{3}})*(?:\.\d+)?")
CONSTANTS = {"95", "90", "10"}
"""Of “95 % interval”, “90 % within”, P90 and P10: names, not findings."""
FACTORS = {
    "s": 60.0,
    "min": 1.0,
    "h": 1.0 / 60.0,
    "days": 1.0 / 1440.0,
    "%": 100.0,
    "points": 100.0,
}
"""Of units on a page, from the unit of a table."""


def untraced(page: Page, *names: str) -> list[str]:
    """Return the numbers of the answer and its support that no cell of the named tables gives.

    Written numbers must be a cell, in a unit that the sentence names, to all of their digits; of thousands,
    to the last digit that is not 0. Numbers that
    stand in texts of the tables (settings, rules) are taken as they are, and so is how many rows they have,
    and how many texts, different or not, a column.
    """
    tables = [each for each in page.all_tables if each.name in names]
    assert {each.name for each in tables} == set(names), sorted(each.name for each in page.all_tables)
    cells = [cell for each in tables for row in each.rows for cell in row]
    numbers = [float(cell) for cell in cells if isinstance(cell, int | float) and math.isfinite(cell)]
    texts = {word.lstrip("+-") for cell in cells if isinstance(cell, str) for word in _words(cell)}
    texts |= {str(len(each)) for each in tables} | {str(n) for each in tables for n in _counts(each)}
    return [
        f"{word} in: {sentence}"
        for sentence in (page.answer, *page.support)
        for word in _words(sentence)
        if word.lstrip("+-") not in CONSTANTS | texts and not _is_cell(word, sentence, numbers)
    ]


def _counts(each: Table) -> Iterator[int]:
    """How many texts a column has, and how many different ones."""
    for column in each.columns:
        told = [text for text in each.texts(column.name) if text]
        yield from (len(told), len(set(told)))


def _words(text: str) -> Iterator[str]:
    for found in NUMBER.finditer(text):
        yield found[0].replace(SPACE, "").replace(MINUS, "-")


def _is_cell(word: str, sentence: str, numbers: list[float]) -> bool:
    value, decimals = float(word), len(word.partition(".")[2])
    units = set(re.split(rf"[\s{SPACE}(),;.]+", sentence))
    factors = {1.0, *(factor for unit, factor in FACTORS.items() if unit in units)}
    zeros = len(word) - len(word.rstrip("0")) if not decimals and abs(value) >= 1000.0 else 0
    near = 0.5000001 * 10.0 ** (zeros - decimals)
    # A sentence says how much more or less, too: its numbers have no sign.
    return any(
        abs(sign * number * factor - value) <= near
        for number in numbers
        for factor in factors
        for sign in ((1.0,) if word[0] in "+-" else (1.0, -1.0))
    )
