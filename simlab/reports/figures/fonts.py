"""Fonts that have the characters of a report, of the extra ``cjk`` or of the system; what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
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
EXTRA: Final = "pylopdf_fonts_zh_cn"
"""Package of the extra ``cjk``: Noto Sans SC under the Open Font License. It is read, never imported."""


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
            "Install the extra cjk (Chinese), or a font that has them, such as Noto Sans CJK, and write the "
            "report again."
        )


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Return the fewest fonts, the default first, that have every character of some texts."""
    missing = {char for text in texts for char in text if char.isprintable()} - _characters_of_default()
    families = [DEFAULT]
    for look in (_extra, _known, _new):
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


def _extra() -> Iterator[tuple[str, str]]:
    """Yield the text font of the extra, where it is installed: it looks the same on every machine."""
    from matplotlib.font_manager import fontManager

    for path in _files_of_extra():
        listed = {entry.fname: entry.name for entry in fontManager.ttflist}
        if path not in listed:
            with suppress(OSError, RuntimeError):
                fontManager.addfont(path)
            listed = {entry.fname: entry.name for entry in fontManager.ttflist}
        if path in listed:
            yield listed[path], path


@cache
def _files_of_extra() -> tuple[str, ...]:
    """Return the upright text fonts that the extra brings; none where it is not installed."""
    found = find_spec(EXTRA)
    folders = (found.submodule_search_locations or []) if found else []
    return tuple(sorted(str(file) for folder in folders for file in Path(folder).glob("*Sans*Regular.*tf")))


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
