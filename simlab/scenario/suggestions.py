"""The nearest known word for a mistyped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_FEW = 20
_LONGEST_WORD = 64


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None when none is near.

    Near means few slips of the finger (a letter left out, added, replaced, or two swapped: at most one in
    three letters), or a clearly similar spelling; case and the choice of ``_``, ``-`` or space do not count.
    """
    asked = _folded(word)
    best: tuple[float, float, str] | None = None
    for candidate in known:
        other = _folded(candidate)
        if abs(len(other) - len(asked)) > max(2, len(other) // 2):
            continue
        slips = _slips(asked, other)
        likeness = difflib.SequenceMatcher(None, asked, other).ratio()
        if slips <= max(1, len(asked) // 3) or likeness >= 0.75:
            best = min(best or (slips, -likeness, candidate), (slips, -likeness, candidate))
    return best[2] if best else None


def remedy_for_unknown(word: str, known: Iterable[str]) -> str | None:
    """Say what to write in place of an unknown word: the nearest known one, and all of them when few."""
    names = list(known)
    if not names:
        return None
    meant = nearest(word, names)
    choice = f"one of {', '.join(names)}" if len(names) > 1 else f"'{names[0]}'"
    if meant is None:
        return f"use {choice}" if len(names) <= _FEW else None
    return f"did you mean '{meant}'?" + (f" (known: {', '.join(names)})" if 1 < len(names) <= _FEW else "")


def _folded(word: str) -> str:
    return word[:_LONGEST_WORD].lower().replace("-", "_").replace(" ", "_")


def _slips(word: str, other: str) -> int:
    """Count insertions, deletions, replacements and swaps of neighbours (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            count = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                count = min(count, before[j - 2] + 1)
            row.append(count)
        before, above = above, row
    return above[-1]
