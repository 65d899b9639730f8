"""Numbers and names as people read them: units that suit the size, intervals, clean and short names."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from simlab.reports.language.catalogue import say
from simlab.units import format_duration

MINUS: Final = "\N{MINUS SIGN}"
SPACE: Final = "\N{NO-BREAK SPACE}"
ELLIPSIS: Final = "…"
_LEFT_TO_RIGHT: Final = "\N{LEFT-TO-RIGHT MARK}"
MISSING: Final = "–"

_TIME_UNITS: Final = (
    (1.5, 1.0 / 60.0, "s"),
    (90.0, 1.0, "min"),
    (48 * 60.0, 60.0, "h"),
    (math.inf, 1440.0, "days"),
)
"""Up to so many minutes: the unit in minutes, and its word."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How numbers of one unit are written: divided by a factor, with so many decimals, before a word."""

    factor: float
    word: str
    decimals: int

    def number(self, value: float, signed: bool = False) -> str:
        """Return a number alone; a dash where there is none."""
        if not math.isfinite(value):
            return MISSING
        scaled = round(value / self.factor, self.decimals)
        text = f"{abs(scaled):,.{max(self.decimals, 0)}f}".replace(",", SPACE)
        sign = MINUS if scaled < 0 else "+" if signed and scaled > 0 else ""
        return sign + text

    def said(self, value: float, signed: bool = False) -> str:
        """Return a number with its unit."""
        number = self.number(value, signed)
        return number if number == MISSING or not self.word else f"{number}{SPACE}{self.word}"


def scale_of(unit: str, values: Iterable[float], half_width: float = math.nan) -> Scale:
    """Return the scale on which some numbers of a unit read well together.

    Parameters
    ----------
    unit
        A unit of the metrics' catalogue, with the currency in place of ``money``.
    values
        The numbers; the largest decides the unit of times.
    half_width
        Radius of the interval, which decides the decimals: digits beyond it say nothing. One that is larger
        than the numbers decides the unit of times too.
    """
    sizes = [abs(float(value)) for value in values if math.isfinite(value)]
    largest = max(sizes, default=0.0)
    factor, word = _unit(unit, max(largest, half_width) if math.isfinite(half_width) else largest)
    if unit == "tickets" and not math.isfinite(half_width) and all(size.is_integer() for size in sizes):
        return Scale(factor, word, 0)
    if not math.isfinite(half_width) or half_width <= 0.0:
        return Scale(factor, word, _decimals(largest / factor))
    leading = math.floor(math.log10(half_width / factor))
    is_one = half_width / factor / 10.0**leading < 2.0
    return Scale(factor, word, min(max(is_one - leading, 0), _decimals(largest / factor, digits=4)))


def _unit(unit: str, largest: float) -> tuple[float, str]:
    if unit == "min":
        return next((factor, say(word)) for limit, factor, word in _TIME_UNITS if largest <= limit)
    if unit == "share":
        return 0.01, "%"
    words = {
        "count": "",
        "count/week": "a week",
        "tickets/week": "tickets a week",
        "hours/week": "h a week",
        "hours/year": "h a year",
    }
    if unit in words:
        return 1.0, words[unit] and say(words[unit])
    if unit.endswith("/week"):
        return 1.0, say("{amount} a week", amount=unit.removesuffix("/week"))
    if unit.endswith("/ticket"):
        return 1.0, say("{amount} a ticket", amount=unit.removesuffix("/ticket"))
    return 1.0, say(unit) if unit else ""


def _decimals(largest: float, digits: int = 3) -> int:
    """Return the decimals that show so many digits of the largest number, at most three."""
    if largest <= 0.0:
        return 0
    return min(max(digits - 1 - math.floor(math.log10(largest)), 0), 3)


_LONG_NUMBER: Final = re.compile(r"\d+\.\d+")


def rounded(text: str) -> str:
    """Return a text whose decimal numbers have four digits that count: ``15.3852 min`` as ``15.39 min``."""
    return _LONG_NUMBER.sub(_to_four_digits, text)


def rounded_apart(texts: Iterable[str]) -> dict[str, str]:
    """Return texts with their numbers `rounded` as far as all of them stay different, else as they are."""
    short = {text: rounded(text) for text in texts}
    return short if len(set(short.values())) == len(short) else {text: text for text in short}


def _to_four_digits(found: re.Match[str]) -> str:
    number = float(found[0])
    decimals = max(3 - math.floor(math.log10(number)), 0) if number > 0.0 else 0
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: float) -> str:
    """Return a number, rounded to a whole one, with a space between its thousands; a dash for inf and NaN."""
    return Scale(1.0, "", 0).number(number)


def money_unit(unit: str, currency: str) -> str:
    """Return a unit of the catalogue with the scenario's currency in it."""
    return unit.replace("money", currency or "money")


def with_interval(
    unit: str, value: float, low: float, high: float, signed: bool = False, beside: Iterable[float] = ()
) -> str:
    """Return a value with its interval, ``7.2 h (6.9 to 7.5)``, where there is one that is not a point.

    Values that it stands beside have it in the same unit as theirs.
    """
    scale = scale_of(unit, (value, low, high, *beside), (high - low) / 2.0)
    if not (math.isfinite(low) and math.isfinite(high) and high - low > 1e-9 * abs(value)):
        return scale.said(value, signed)
    ends = {"low": scale.number(low, signed), "high": scale.number(high, signed)}
    return say("{value} ({low} to {high})", value=scale.said(value, signed), **ends)


def difference_said(unit: str, value: float, low: float, high: float, beside: Iterable[float] = ()) -> str:
    """Return a difference with its interval: of shares in points, others as `with_interval` does."""
    if unit != "share":
        return with_interval(unit, value, low, high, signed=True, beside=beside)
    scale = scale_of(unit, (value, low, high), (high - low) / 2.0)
    ends = {"low": scale.number(low, signed=True), "high": scale.number(high, signed=True)}
    if not (math.isfinite(low) and math.isfinite(high)):
        return say("{value} points", value=scale.number(value, signed=True))
    return say("{value} points ({low} to {high})", value=scale.number(value, signed=True), **ends)


def duration_said(minutes: float) -> str:
    """Return a duration as scenario files say it, in the language that is spoken."""
    return SPACE.join(say(word) if word.isalpha() else word for word in format_duration(minutes).split())


def short_time(minutes: float) -> str:
    """Return a time in as few characters as possible, for figures: ``2.1 h``."""
    if not math.isfinite(minutes):
        return ""
    if minutes < 0.5:
        return "0"
    for limit, factor, word in ((60.0, 1.0, "min"), (2880.0, 60.0, "h"), (math.inf, 1440.0, "d")):
        if minutes < limit:
            scaled = minutes / factor
            number = f"{scaled:.1f}".removesuffix(".0") if scaled < 9.95 else f"{scaled:.0f}"
            return f"{number} {say(word)}"
    raise AssertionError("the last limit is infinite")


def short_count(number: float) -> str:
    """Return a number to about two digits, thousands as k: ``12``, ``0.4``, ``1.2k``."""
    if not math.isfinite(number):
        return ""
    if number >= 999.5:
        return f"{number / 1000:.1f}".removesuffix(".0") + "k"
    return f"{number:.0f}" if number >= 9.95 else f"{number:.1f}".removesuffix(".0")


def clean(text: str) -> str:
    """Return a name without what is no visible character: control codes, marks that turn text around."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """Return a text without invisible characters, its lines and spaces kept."""
    spaces = {"\t": " ", "\r": " ", "\v": " ", "\f": " "}
    kept = ("\n" if unicodedata.category(char) in ("Zl", "Zp") else spaces.get(char, char) for char in text)
    return "".join(
        char
        for char in kept
        if char == "\n" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def led_back(text: str) -> str:
    """Return a text with a mark behind each passage that runs from right to left.

    Without it such a name would take the number that follows it to its other side.
    """
    classes = "".join(map(_direction, text))
    if "R" not in classes:
        return text
    ends = [0, *(found.end() for found in re.finditer("R([Rn]*R)?", classes)), len(text)]
    return _LEFT_TO_RIGHT.join(text[begin:end] for begin, end in pairwise(ends))


def _direction(char: str) -> str:
    kind = unicodedata.bidirectional(char)
    return "R" if kind in ("R", "AL") else "n" if kind in ("WS", "NSM") else "x"


def text_width(text: str) -> int:
    """Return the width in columns: characters of East Asian scripts take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def shorten(text: str, columns: int) -> str:
    """Return a name of at most so many columns, with an ellipsis where it was cut."""
    text = clean(text)
    if text_width(text) <= columns:
        return text
    kept = ""
    for char in text:
        if text_width(kept + char) > columns - 1:
            break
        kept += char
    return kept.rstrip(" _-") + ELLIPSIS


def wrap(text: str, columns: int, lines: int = 2) -> str:
    """Return a name broken into lines, at spaces, underscores or hyphens where possible."""
    rest = clean(text)
    broken: list[str] = []
    while rest and len(broken) < lines - 1 and text_width(rest) > columns:
        cut = _place_to_break(rest, columns)
        broken.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        broken.append(shorten(rest, columns))
    return "\n".join(broken)


def _place_to_break(text: str, columns: int) -> int:
    """Return how many characters fit, back to the last place at which a line may end."""
    fits = next(i for i in range(len(text), 0, -1) if text_width(text[:i]) <= columns)
    places = [i for i in range(1, fits + 1) if text[i - 1] in " _-/." or text[i : i + 1] == " "]
    good = [place for place in places if place >= fits // 2]
    return good[-1] if good else fits


def and_list(words: Iterable[str]) -> str:
    """Return words as a list in a sentence."""
    *most, last = list(words) or [""]
    return say("{most} and {last}", most=say(", ").join(most), last=last) if most else last


_END_OF_START: Final = re.compile(r"[,:;/，：；、]\s*|\s[-–—]+\s")


def without_common_start(names: Sequence[str]) -> tuple[str, list[str]]:
    """Return what several names begin with, up to a comma, a colon or a dash, and the rest of each.

    ``Cloud, today`` and ``Cloud, tomorrow`` give ``Cloud``, and ``today`` and ``tomorrow``. Nothing is taken
    off where a name would be left empty.
    """
    known = [clean(name) for name in names]
    first, last = min(known), max(known)
    n_common = next((n for n, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), None)
    ends = [found.end() for found in _END_OF_START.finditer(first[:n_common])]
    rests = [name[ends[-1] :] for name in known] if ends and len(names) > 1 else []
    if not rests or not all(rests):
        return "", list(names)
    return first[: ends[-1]].rstrip(" ,:;/，：；、-–—"), rests
