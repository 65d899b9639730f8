"""Fonts that have the characters of a report: those found on the system, or a word about what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

DEFAULT: Final = "DejaVu Sans"
"""Comes with matplotlib; has Latin, Greek, Cyrillic, but no East Asian script."""
PREFERRED: Final = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "SimHei",
    "Arial Unicode MS",
)
"""Looked at first, as they look well beside the default."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Families to draw with, in order, and the characters that none of them has."""

    families: tuple[str, ...]
    missing: str

    @property
    def warning(self) -> str:
        """Empty, or what the reader should know."""
        if not self.missing:
            return ""
        shown = self.missing if len(self.missing) <= 20 else f"{self.missing[:20]}…"
        return (
            f"No font on this system has the characters {shown}; figures show boxes for them. "
            "Install a font that has them, such as Noto Sans CJK, and write the report again."
        )


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Return the fewest fonts, the default first, that have every character of some texts."""
    missing = {char for text in texts for char in text if char.isprintable()} - _characters_of_default()
    families = [DEFAULT]
    for look in (_known, _new):
        for family, path in look() if missing else ():
            found = {char for char in missing if ord(char) in _codes(path)}
            if found:
                families.append(family)
                missing -= found
    return Fonts(tuple(families), "".join(sorted(missing)))


@cache
def _characters_of_default() -> frozenset[str]:
    from matplotlib.font_manager import FontProperties, findfont

    return frozenset(map(chr, _codes(findfont(FontProperties(family=[DEFAULT])))))


@cache
def _codes(path: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        # A damaged font file has no characters for us.
        return frozenset()


def _new() -> Iterator[tuple[str, str]]:
    """Yield fonts that were installed after matplotlib made its list of them."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    listed = {entry.fname for entry in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - listed):
        with suppress(OSError, RuntimeError):
            fontManager.addfont(path)
    yield from _known()


def _known() -> Iterator[tuple[str, str]]:
    """Yield families of upright text fonts with their files: the preferred ones first, then by name."""
    from matplotlib.font_manager import fontManager

    def rank(family: str) -> int:
        return PREFERRED.index(family) if family in PREFERRED else len(PREFERRED)

    upright = {entry.name: entry.fname for entry in fontManager.ttflist if entry.style == "normal"}
    regular = {
        entry.name: entry.fname
        for entry in fontManager.ttflist
        if entry.style == "normal" and entry.weight in (400, "normal", "regular", "book")
    }
    for family in sorted(upright, key=lambda family: (rank(family), family)):
        if not family.startswith("DejaVu") and "Last Resort" not in family:
            yield family, regular.get(family, upright[family])
