"""Dates and times as people and tools write them, read in time linear in the text.

Texts are grouped by *shape* (``29/02/2016 01:16`` has the shape ``00/00/0000 00:00``). A shape is understood
once; all its texts are then read column by column. Which of day, month and year comes first where only
numbers stand there cannot be seen from the shape: that is :class:`DateOrder`, which the mapping says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import Floats
from simlab.calibrate.reading.written_dates import usual_forms

LONGEST_TEXT: Final = 64
EARLIEST_YEAR: Final = 1971
LATEST_YEAR: Final = 2199
"""Years outside are placeholders (1970-01-01, 9999-12-31), never instants of a log."""

Characters = NDArray[np.uint8]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_MONTHS: Final = {
    **dict.fromkeys(("jan", "janv", "ene", "gen", "januar", "january", "janvier", "enero"), 1),
    **dict.fromkeys(("feb", "févr", "fév", "fev", "febr", "februar", "february", "février", "febrero"), 2),
    **dict.fromkeys(("mar", "mär", "mrz", "mars", "märz", "march", "marzo"), 3),
    **dict.fromkeys(("apr", "avr", "abr", "april", "avril", "abril"), 4),
    **dict.fromkeys(("may", "mai", "mayo"), 5),
    **dict.fromkeys(("jun", "juin", "juni", "june", "junio"), 6),
    **dict.fromkeys(("jul", "juil", "juli", "july", "juillet", "julio"), 7),
    **dict.fromkeys(("aug", "août", "aou", "ago", "august", "agosto"), 8),
    **dict.fromkeys(("sep", "sept", "set", "september", "septembre", "septiembre"), 9),
    **dict.fromkeys(("oct", "okt", "october", "oktober", "octobre", "octubre"), 10),
    **dict.fromkeys(("nov", "november", "novembre", "noviembre"), 11),
    **dict.fromkeys(("dec", "dez", "déc", "dic", "december", "dezember", "décembre", "diciembre"), 12),
}
_EPOCH_DIVISORS: Final = {10: 60.0, 13: 60e3, 16: 60e6, 19: 60e9}
"""Length of a number that counts seconds, milli-, micro- or nanoseconds since 1970 -> its minutes."""


class DateOrder(Enum):
    """Which part of a date written in numbers comes first."""

    YEAR_FIRST = "year-month-day"
    DAY_FIRST = "day-month-year"
    MONTH_FIRST = "month-day-year"


@dataclass(frozen=True, slots=True)
class Instants:
    """Texts read as instants, one for each text."""

    minutes: Floats
    """Since 1970-01-01 00:00: in UTC where the text has an offset, else on the wall; NaN: not readable."""
    offset: Floats
    """Minutes that the clock of the text is ahead of UTC; NaN: it does not say."""

    @property
    def is_readable(self) -> Flags:
        """Which texts were read."""
        return ~np.isnan(self.minutes)


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """What texts say about which part of a date comes first."""

    day_first: int = 0
    """Texts that can only be read with the day first."""
    month_first: int = 0
    year_first: int = 0
    either: int = 0
    """Texts that can be read with the day or the month first."""
    example: str = ""
    """One that can be read both ways."""


def read_instants(texts: Sequence[str], order: DateOrder) -> Instants:
    """Read texts as instants; what cannot be read is NaN.

    Understood are ISO 8601; dates of numbers in the given order with ``/``, ``-``, ``.`` or spaces between;
    month names (English, German, French, Spanish, Italian); AM and PM; fractions of a second; ``Z``, ``UTC``
    and offsets such as ``+01:00``; ``YYYYMMDD`` and ``YYYYMMDDHHMMSS``; and numbers that count seconds,
    milliseconds, microseconds or nanoseconds since 1970. And what :func:`usual_forms` makes one of these.
    """
    minutes = np.full(len(texts), np.nan)
    offset = np.full(len(texts), np.nan)
    for rows, characters, tokens in _shapes(texts):
        read = _Reader(characters, tokens, order).read()
        if read is not None:
            minutes[rows], offset[rows] = read
    return Instants(minutes, offset)


def is_plausible(minutes: Floats) -> Flags:
    """Whether minutes since 1970 lie in a year in which logs are written."""
    first, last = (_day_number(year, 1, 1) * 1440.0 for year in (EARLIEST_YEAR, LATEST_YEAR + 1))
    return (minutes >= first) & (minutes < last)


def order_evidence(texts: Sequence[str]) -> OrderEvidence:
    """Count which orders of day, month and year the texts allow."""
    day = month = year = either = 0
    example = ""
    for rows, characters, tokens in _shapes(texts):
        parts = _date_parts(tokens)
        if parts is None or any(token.is_letters for token in parts):
            continue
        if parts[0].length == 4:
            year += len(rows)
            continue
        first, second = (_number(characters, token) for token in parts[:2])
        is_day_first, is_month_first = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
        is_either = (first <= 12) & (second <= 12) & (first != second)
        day += int(is_day_first.sum())
        month += int(is_month_first.sum())
        either += int(is_either.sum())
        if is_either.any() and not example:
            example = texts[int(rows[int(np.argmax(is_either))])]
    return OrderEvidence(day, month, year, either, example)


@dataclass(frozen=True, slots=True)
class _Token:
    """A run of digits or letters, or one other character, at a fixed place of a shape."""

    text: str
    start: int
    length: int

    @property
    def is_digits(self) -> bool:
        return self.text[0] == "0"

    @property
    def is_letters(self) -> bool:
        return self.text[0] == "a"


_RUNS: Final = re.compile(r"0+|a+|.", re.DOTALL)


def _shapes(texts: Sequence[str]) -> Iterator[tuple[Integers, Characters, tuple[_Token, ...]]]:
    """Yield texts of one shape at a time: rows, characters as a matrix, parts of the shape."""
    texts = usual_forms(texts)
    encoded = [text.strip().encode()[: LONGEST_TEXT + 1] for text in texts]
    if not encoded:
        return
    matrix = np.array(encoded, f"S{LONGEST_TEXT + 1}").view(np.uint8).reshape(len(encoded), -1)
    kinds = _KIND_OF[matrix]
    keys = np.ascontiguousarray(kinds).view(f"V{kinds.shape[1]}").ravel()
    distinct, of_row = np.unique(keys, return_inverse=True)
    by_shape = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[by_shape], np.arange(len(distinct) + 1))
    for number, key in enumerate(distinct):
        shape = bytes(key).rstrip(b"\x00").decode("latin-1")
        if not 0 < len(shape) <= LONGEST_TEXT or "0" not in shape:
            continue
        rows = by_shape[bounds[number] : bounds[number + 1]]
        tokens = tuple(_Token(match[0], match.start(), len(match[0])) for match in _RUNS.finditer(shape))
        yield rows, matrix[rows, : len(shape)], tokens


def _kinds() -> Characters:
    """Return the kind of each byte: ``0`` for digits, ``a`` for (parts of) letters, others themselves."""
    kinds = np.arange(256, dtype=np.uint8)
    kinds[ord("0") : ord("9") + 1] = ord("0")
    for first, last in ((ord("a"), ord("z")), (ord("A"), ord("Z")), (0x80, 0xFF)):
        kinds[first : last + 1] = ord("a")
    return kinds


_KIND_OF: Final = _kinds()


def _number(characters: Characters, token: _Token) -> Integers:
    digits = characters[:, token.start : token.start + token.length].astype(np.int64) - ord("0")
    powers: Integers = 10 ** np.arange(token.length - 1, -1, -1, dtype=np.int64)
    return digits @ powers


def _words(characters: Characters, token: _Token) -> list[str]:
    cut = np.ascontiguousarray(characters[:, token.start : token.start + token.length])
    return [bytes(row).decode("utf-8", "replace").lower() for row in cut]


def _date_parts(tokens: Sequence[_Token]) -> tuple[_Token, _Token, _Token] | None:
    """Return the three parts of a date with separators, wherever a weekday leaves them."""
    parts: list[_Token] = []
    for token in tokens:
        if token.text == ":" or len(parts) == 3:
            break
        if token.is_digits or (token.is_letters and token.length >= 3):
            parts.append(token)
    if len(parts) == 3 and parts[0].is_letters and parts[1].is_letters:
        return None
    if len(parts) < 3 or not any(token.is_digits for token in parts):
        return None
    return parts[0], parts[1], parts[2]


@dataclass(slots=True)
class _Reader:
    """Reads the texts of one shape, left to right."""

    characters: Characters
    tokens: tuple[_Token, ...]
    order: DateOrder
    place: int = 0
    is_valid: Flags = field(init=False)

    def __post_init__(self) -> None:
        self.is_valid = np.ones(len(self.characters), bool)

    def read(self) -> tuple[Floats, Floats] | None:
        """Return minutes and offsets, or None where the shape is not that of an instant."""
        tokens = self.tokens
        if len(tokens) == 1 and tokens[0].length in _EPOCH_DIVISORS:
            return self._counted(_number(self.characters, tokens[0]) / _EPOCH_DIVISORS[tokens[0].length])
        if [token.text for token in tokens[:2]] == ["0" * 10, "."] and len(tokens) == 3:
            self.place = 2
            return self._counted((_number(self.characters, tokens[0]) + self._fraction()) / 60.0)
        day = self._date()
        if day is None:
            return None
        self._skip(" ", ",", "T", "t", "-", "_")
        time_of_day = self._time()
        offset = self._offset()
        if time_of_day is None or offset is None or self.place < len(tokens):
            return None
        wall = day + time_of_day
        minutes = np.where(np.isnan(offset), wall, wall - offset)
        return np.where(self.is_valid, minutes, np.nan), np.where(self.is_valid, offset, np.nan)

    def _counted(self, minutes: Floats) -> tuple[Floats, Floats]:
        is_sound = is_plausible(minutes)
        return np.where(is_sound, minutes, np.nan), np.where(is_sound, 0.0, np.nan)

    def _next(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _skip(self, *texts: str) -> None:
        while (token := self._next()) is not None:
            letters = "T" if token.text == "a" else token.text
            if letters not in texts:
                return
            if token.text == "a" and not set(_words(self.characters, token)) <= {"t"}:
                return
            self.place += 1

    def _date(self) -> Floats | None:
        """Return the minutes from 1970 to the beginning of the day."""
        first = self._next()
        if first is not None and first.is_digits and first.length in (8, 12, 14):
            return self._packed_date(first)
        if first is not None and first.is_letters and len(self.tokens) > 1 and not self._is_month(first):
            self.place += 1  # a weekday
            self._skip(",", " ", ".")
        parts: list[_Token] = []
        while len(parts) < 3 and (token := self._next()) is not None:
            if not (token.is_digits or token.is_letters):
                return None
            parts.append(token)
            self.place += 1
            if len(parts) < 3:
                self._skip("/", "-", ".", " ", ",")
        if len(parts) < 3:
            return None
        ordered = self._ordered(parts)
        if ordered is None:
            return None
        year, month, day = ordered
        return self._days(self._year(year), self._month(month), _number(self.characters, day))

    def _packed_date(self, token: _Token) -> Floats:
        """Read YYYYMMDD, with HHMM or HHMMSS behind it."""
        self.place += 1
        ends = range(token.start + 4, token.start + token.length + 1, 2)
        year = _number(self.characters, _Token("0", token.start, 4))
        month, day, *clock = (_number(self.characters, _Token("0", end - 2, 2)) for end in ends if end > 4)
        minutes = self._days(year, month, day)
        for number, factor, limit in zip(clock, (60.0, 1.0, 1.0 / 60.0), (24, 60, 60), strict=False):
            self.is_valid &= number < limit
            minutes = minutes + number * factor
        return minutes

    def _ordered(self, parts: Sequence[_Token]) -> tuple[_Token, _Token, _Token] | None:
        """Return year, month and day."""
        first, second, third = parts
        if first.is_letters:
            return (third, first, second) if second.is_digits and third.is_digits else None
        if third.is_letters:
            return None
        if first.length == 4:
            return first, second, third
        if second.is_letters:
            return third, second, first  # the year comes first with four digits only
        if third.length == 4 and self.order is DateOrder.YEAR_FIRST:
            return None
        return {
            DateOrder.YEAR_FIRST: (first, second, third),
            DateOrder.DAY_FIRST: (third, second, first),
            DateOrder.MONTH_FIRST: (third, first, second),
        }[self.order]

    def _is_month(self, token: _Token) -> bool:
        return any(word in _MONTHS for word in _words(self.characters, token))

    def _year(self, token: _Token) -> Integers:
        year = _number(self.characters, token)
        return np.where(year < 70, year + 2000, year + 1900) if token.length <= 2 else year

    def _month(self, token: _Token) -> Integers:
        if token.is_digits:
            return _number(self.characters, token)
        return np.array([_MONTHS.get(word, 0) for word in _words(self.characters, token)], np.int64)

    def _days(self, year: Integers, month: Integers, day: Integers) -> Floats:
        is_plausible = (year >= EARLIEST_YEAR) & (year <= LATEST_YEAR) & (month >= 1) & (month <= 12)
        month_number = np.where(is_plausible, (year - 1970) * 12 + month - 1, 0)
        month_start = month_number.astype("datetime64[M]")
        first_day = month_start.astype("datetime64[D]").astype(np.int64)
        next_first = (month_start + 1).astype("datetime64[D]").astype(np.int64)
        self.is_valid &= is_plausible & (day >= 1) & (day <= next_first - first_day)
        return np.asarray((first_day + day - 1) * 1440.0, np.float64)

    def _time(self) -> Floats | None:
        """Return the minutes since midnight; 0 where the text is a date alone."""
        zero = np.zeros(len(self.characters))
        token = self._next()
        if token is not None and token.is_digits and token.length in (4, 6):
            return self._packed_time(token)
        if token is None or not token.is_digits or token.length > 2:
            return zero
        numbers: list[Integers] = []
        fraction = zero
        between = self.tokens[self.place + 1].text if self.place + 1 < len(self.tokens) else ":"
        between = between if between == "." else ":"  # as in 15.04.05
        while (token := self._next()) is not None and token.is_digits:
            if len(numbers) < 3 and token.length <= 2:
                numbers.append(_number(self.characters, token))
                self.place += 1
            if (after := self._next()) is None or after.text not in (":", ".", ","):
                break
            if after.text != between and len(numbers) < 3:
                break
            self.place += 1
            if len(numbers) == 3:
                fraction = self._fraction()
                break
        return self._clock(numbers, fraction)

    def _packed_time(self, token: _Token) -> Floats | None:
        """Read HHMM or HHMMSS."""
        self.place += 1
        ends = range(token.start + 2, token.start + token.length + 1, 2)
        return self._clock(
            [_number(self.characters, _Token("0", end - 2, 2)) for end in ends],
            np.zeros(len(self.characters)),
        )

    def _fraction(self) -> Floats:
        token = self._next()
        if token is None or not token.is_digits or token.length > 18:
            self.place = len(self.tokens) + 1  # nothing that we know: the shape is refused
            return np.zeros(len(self.characters))
        self.place += 1
        return np.asarray(_number(self.characters, token) / 10.0**token.length, np.float64)

    def _clock(self, numbers: Sequence[Integers], fraction: Floats) -> Floats | None:
        if len(numbers) < 2 and not self._is_half_day_next():
            return None
        zero = np.zeros(len(self.characters), np.int64)
        hour, minute, second = (*numbers, zero, zero)[:3]
        self._skip(" ")
        token = self._next()
        if token is not None and token.is_letters and token.length == 2:
            words = np.array(_words(self.characters, token))
            if np.isin(words, ("am", "pm")).all():
                self.place += 1
                self.is_valid &= (hour >= 1) & (hour <= 12)
                hour = hour % 12 + 12 * (words == "pm")
        is_midnight_after = (hour == 24) & (minute == 0) & (second == 0)
        self.is_valid &= ((hour < 24) | is_midnight_after) & (minute < 60) & (second < 60)
        return hour * 60.0 + minute + (second + fraction) / 60.0

    def _is_half_day_next(self) -> bool:
        rest = [token for token in self.tokens[self.place :] if token.text != " "]
        return bool(rest) and rest[0].is_letters and rest[0].length == 2

    def _offset(self) -> Floats | None:
        """Return the minutes ahead of UTC; NaN where the text ends without saying."""
        self._skip(" ")
        token = self._next()
        n_rows = len(self.characters)
        if token is None:
            return np.full(n_rows, np.nan)
        if token.is_letters:
            self.place += 1
            is_utc = np.isin(_words(self.characters, token), ("z", "utc", "gmt"))
            self.is_valid &= is_utc
            if self._next() is None:
                return np.zeros(n_rows)
            token = self._next()
        if token is None or token.text not in "+-":
            return None
        sign = 1.0 if token.text == "+" else -1.0
        digits = [each for each in self.tokens[self.place + 1 :] if each.text != ":"]
        self.place = len(self.tokens)
        if [each.text for each in digits] not in (["0000"], ["00", "00"], ["00"]):
            return None
        if len(digits) == 1 and digits[0].length == 4:
            hours_and_minutes = _number(self.characters, digits[0])
            hours, minutes = hours_and_minutes // 100, hours_and_minutes % 100
        else:
            hours = _number(self.characters, digits[0])
            minutes = _number(self.characters, digits[1]) if len(digits) == 2 else np.zeros(n_rows, np.int64)
        self.is_valid &= (hours <= 18) & (minutes < 60)
        return np.asarray(sign * (hours * 60.0 + minutes), np.float64)


def _day_number(year: int, month: int, day: int) -> int:
    return int(np.datetime64(f"{year:04}-{month:02}-{day:02}", "D").astype(np.int64))
