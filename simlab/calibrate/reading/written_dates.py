"""Ways to write a date that differ from the usual ones by their marks alone, brought to those."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_ODD: Final = re.compile(r"[年月日时時点分秒午]|\b[Uu]hr\b|\d ?h ?\d\d|\b(?!UTC|GMT)[A-Z]{3,4}\b")
"""Whether there may be anything to do in texts, joined by line feeds."""

_SIGNS: Final = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "时": ":", "時": ":", "点": ":", "分": ":", "秒": ""}
)
_HALF_DAY: Final = re.compile(r"([上下])午 *(\d[\d:]*)")
_OPEN_END: Final = re.compile(r":(?=\s*$)")
_UHR: Final = re.compile(r" *\bUhr$", re.IGNORECASE)
_FRENCH: Final = re.compile(r"(\d) ?h ?(\d\d)\b")
_OF_JAVA: Final = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d) (\d\d:\d\d:\d\d) ([A-Z]{3,4}) (\d{4})")
_ZONE: Final = re.compile(r"(?<=\d) ([A-Z]{3,4})$")
_OFFSETS: Final = {
    **dict.fromkeys(("WET",), "+00:00"),
    **dict.fromkeys(("CET", "MET", "MEZ", "WEST"), "+01:00"),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST"), "+02:00"),
    **dict.fromkeys(("EEST", "MSK"), "+03:00"),
    **dict.fromkeys(("JST", "KST"), "+09:00"),
    **dict.fromkeys(("EDT",), "-04:00"),
    **dict.fromkeys(("EST", "CDT"), "-05:00"),
    **dict.fromkeys(("MST", "PDT"), "-07:00"),
    **dict.fromkeys(("MDT",), "-06:00"),
    **dict.fromkeys(("PST",), "-08:00"),
}
"""Short names of zones that mean one offset; CST and IST, which mean several, are not among them."""


def usual_forms(texts: Sequence[str]) -> Sequence[str]:
    """Return texts with dates as others write them; those without such marks as they are.

    Chinese and Japanese dates (``2012年1月5日 下午3:04``), times with ``Uhr`` or a French ``h``, dates as
    Java prints them (``Thu Jan 05 15:04:05 CET 2012``), short names of time zones.
    """
    if _ODD.search("\n".join(texts)) is None:
        return texts
    return [_usual(text) for text in texts]


def _usual(text: str) -> str:
    if _ODD.search(text) is None:
        return text
    if not text.isascii():
        text = _HALF_DAY.sub(lambda found: f"{found[2]} {'am' if found[1] == '上' else 'pm'}", text)
        text = _OPEN_END.sub("", text.translate(_SIGNS).strip())
    text = _FRENCH.sub(r"\1:\2", _UHR.sub("", text))
    text = _OF_JAVA.sub(r"\1 \4 \2 \3", text)
    return _ZONE.sub(lambda found: _OFFSETS.get(found[1], found[0]), text)
