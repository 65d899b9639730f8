"""Quantities as people write them: durations, shares, money, rates, clock times and dates.

Parsing is strict (a bare number is refused where a unit is needed), exact (decimal text is computed as a
fraction and rounded once) and linear in the length of the text. Every refusal is a `ValueError` whose text
is ``rule -> remedy``. Formatting does not depend on the locale.

Fixed lengths: a day has 24 hours, a week 7 days; only where a rate is meant, a year has 365.25 days and a
month is a twelfth of it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NoReturn

MINUTES: Final[Mapping[str, Fraction]] = {
    "ms": Fraction(1, 60_000),
    "second": Fraction(1, 60),
    "minute": Fraction(1),
    "hour": Fraction(60),
    "day": Fraction(1440),
    "week": Fraction(10_080),
    "month": Fraction(525_960, 12),
    "year": Fraction(525_960),
}
"""Minutes in each unit of time; month and year are averages, used in rates only."""

MINUTES_PER_HOUR: Final = float(MINUTES["hour"])
MINUTES_PER_WEEK: Final = float(MINUTES["week"])
MINUTES_PER_YEAR: Final = float(MINUTES["year"])
WEEKS_PER_MONTH: Final = float(MINUTES["month"] / MINUTES["week"])
WEEKS_PER_YEAR: Final = float(MINUTES["year"] / MINUTES["week"])

SHORTEST_DURATION: Final = float(MINUTES["ms"])
"""Resolution of time, in minutes: a positive duration below 1 ms is refused."""

LONGEST_DURATION: Final = float(10_000 * MINUTES["year"])
"""Longest duration, in minutes: 10,000 years, below which float64 still tells milliseconds apart."""

_UNIT_NAMES: Final[Mapping[str, str]] = {
    "ms": "ms", "millisecond": "ms", "milliseconds": "ms",
    "s": "second", "sec": "second", "second": "second", "seconds": "second",
    "min": "minute", "minute": "minute", "minutes": "minute",
    "h": "hour", "hour": "hour", "hours": "hour",
    "d": "day", "day": "day", "days": "day",
    "w": "week", "week": "week", "weeks": "week",
    "month": "month", "months": "month",
    "year": "year", "years": "year",
}  # fmt: skip
_DURATION_UNITS: Final = ("week", "day", "hour", "minute", "second", "ms")
_COST_UNITS: Final = ("minute", "hour", "day", "week", "month", "year", "run", "ticket")

_LONGEST_TEXT: Final = 100
# At most three digits of exponent: 10**999 is cheap to compute exactly, 10**999999999 is not.
_NUMBER: Final = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_BARE: Final = re.compile(rf"[+-]?{_NUMBER}")
_PIECE: Final = re.compile(rf"\s*({_NUMBER})\s*([A-Za-z]+)")
_ISO_DURATION: Final = re.compile(
    r"P(?:([0-9.]+)Y)?(?:([0-9.]+)M)?(?:([0-9.]+)W)?(?:([0-9.]+)D)?"
    r"(?:T(?:([0-9.]+)H)?(?:([0-9.]+)M)?(?:([0-9.]+)S)?)?"
)
_ISO_UNITS: Final = ("year", "month", "week", "day", "hour", "minute", "second")
_PERCENT: Final = re.compile(rf"([+-]?{_NUMBER})\s*%")
_GROWTH: Final = re.compile(rf"([+-]?{_NUMBER})\s*%\s*(?:/|per\b)\s*([A-Za-z]+)")
_RATE: Final = re.compile(rf"({_NUMBER})\s*(?:/|per\b)\s*([A-Za-z]+)")
_MONEY: Final = re.compile(rf"({_NUMBER})\s*([A-Z]{{3}})")
_MONEY_RATE: Final = re.compile(rf"({_NUMBER})\s*([A-Z]{{3}})\s*(?:/|per\b)\s*([A-Za-z]+)")
_CLOCK: Final = re.compile(r"([0-9]{2}):([0-9]{2})")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?))?")
_NOT_FINITE: Final = re.compile(r"[+-]?\.?(?:nan|inf|infinity)\b.*", re.IGNORECASE)
_GROUPED: Final = re.compile("[0-9][,'\u2019_\\s][0-9]")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency."""

    amount: float
    currency: str
    """Three capital letters, as in ISO 4217."""

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)


@dataclass(frozen=True, slots=True)
class MoneyRate:
    """Money per unit of time, per automation run or per ticket."""

    amount: float
    currency: str
    per: str
    """One of minute, hour, day, week, month, year, run, ticket."""

    @property
    def per_minute(self) -> float:
        """Amount per minute of elapsed time; ValueError for a cost per run or per ticket."""
        if self.per not in MINUTES:
            raise ValueError(f"a cost per {self.per} has no amount per minute")
        return float(Fraction(self.amount) / MINUTES[self.per])

    def __str__(self) -> str:
        return f"{format_money(self.amount, self.currency)}/{self.per}"


def parse_duration(written: object) -> float:
    """Read a duration such as ``8 min``, ``1 h 30 min`` or ``PT8M``.

    Parameters
    ----------
    written
        Text, or the number 0. Units: ms, s, min, h, days, weeks, larger ones first, each once.

    Returns
    -------
    float
        Minutes: 0, or between `SHORTEST_DURATION` and `LONGEST_DURATION`.

    Raises
    ------
    ValueError
        No unit, an ambiguous or unknown one, a negative number, or a length out of range.
    """
    text = _text(written, "a duration", "'8 min' or '1 h 30 min'")
    if _BARE.fullmatch(text):
        if _exact(text) == 0:
            return 0.0
        _refuse_negative(text, "a duration")
        raise _refusal("a duration needs a unit", f"write '{text} min' or '{text} h'")
    minutes = _iso_minutes(text) if text.startswith("P") else _spoken_minutes(text)
    if minutes and minutes < MINUTES["ms"]:
        raise _refusal("a duration is 0 or at least 1 ms, the resolution of time", "write 0 or '1 ms'")
    if minutes > LONGEST_DURATION:
        raise _refusal("a duration is at most 10\N{NO-BREAK SPACE}000 years", "write a shorter one")
    return float(minutes)


def _spoken_minutes(text: str) -> Fraction:
    minutes, at, last_rank = Fraction(0), 0, -1
    while at < len(text):
        piece = _PIECE.match(text, at)
        if piece is None:
            _refuse(text, "a duration", "'8 min' or '1 h 30 min'")
        number, unit = piece.groups()
        name = _duration_unit(number, unit)
        rank = _DURATION_UNITS.index(name)
        if rank <= last_rank:
            raise _refusal("a duration names larger units first, each once", "write it like '1 h 30 min'")
        minutes += _exact(number) * MINUTES[name]
        at, last_rank = piece.end(), rank
    return minutes


def _duration_unit(number: str, unit: str) -> str:
    name = _UNIT_NAMES.get(unit.lower())
    if unit.lower() == "m":
        raise _refusal(f"'{unit}' may mean minutes or months", f"write '{number} min'")
    if name in {"month", "year"}:
        raise _refusal(f"a {name} has no fixed length", "write it in days or weeks, such as '52 weeks'")
    if name is None:
        raise _refusal(f"'{unit}' is not a unit of time", "use ms, s, min, h, days or weeks")
    return name


def _iso_minutes(text: str) -> Fraction:
    parts = _ISO_DURATION.fullmatch(text)
    if parts is None or not any(parts.groups()) or text.endswith("T"):
        raise _refusal("an ISO 8601 duration is written like PT8M or P1DT2H", "or write '8 min'")
    if parts[1] or parts[2]:
        raise _refusal(
            "years and months have no fixed length",
            "write weeks or days, such as P4W; minutes stand after a T, as in PT8M",
        )
    return sum(
        (
            _exact(_only_number(number, "a duration", "PT1.5H")) * MINUTES[unit]
            for number, unit in zip(parts.groups(), _ISO_UNITS, strict=True)
            if number
        ),
        Fraction(0),
    )


def parse_share(written: object) -> float:
    """Read a share such as ``22 %``: a float in [0, 1].

    Of bare numbers only 0 and 1 are accepted: 0.5 might mean a half or half a percent. ValueError otherwise.
    """
    text = _text(written, "a share", "'22 %'")
    if _BARE.fullmatch(text):
        share = _exact(text)
        if share not in (0, 1):
            _refuse_negative(text, "a share")
            percent = float(share if share > 1 else share * 100)
            raise _refusal("a share needs a percent sign", f"write '{percent:.10g} %'")
        return float(share)
    percent_match = _PERCENT.fullmatch(text)
    if percent_match is None:
        _refuse(text, "a share", "'22 %'")
    share = _exact(percent_match[1]) / 100
    if not 0 <= share <= 1:
        raise _refusal("a share lies between 0 % and 100 %", "write one in that range, such as '22 %'")
    return float(share)


def parse_growth(written: object) -> float:
    """Read a growth such as ``5 %/year``, ``-2 % per month``: the share gained in one year, above -1.

    Growth compounds: 1 %/month is 1.01 ** 12 - 1 in a year. A bare 0 is accepted. ValueError otherwise.
    """
    text = _text(written, "a growth", "'5 %/year'")
    if _BARE.fullmatch(text) and _exact(text) == 0:
        return 0.0
    match = _GROWTH.fullmatch(text)
    if match is None:
        _refuse(text, "a growth", "'5 %/year'", may_be_negative=True)
    unit = _rate_unit(match[2], ("week", "month", "year"), "a growth")
    share = _exact(match[1]) / 100
    if share <= -1:
        raise _refusal("a growth lies above -100 %", "write a smaller decrease")
    if unit == "year":
        return float(share)
    try:
        yearly = math.expm1(math.log1p(share) * float(MINUTES["year"] / MINUTES[unit]))
    except OverflowError:
        raise _refusal("a growth is at most what a number can hold", "write a smaller one") from None
    return yearly


def parse_rate(written: object) -> float:
    """Read a rate such as ``12/hour`` or ``4.5 per day``: a float per minute, 0 or more.

    A bare 0 is accepted. ValueError otherwise.
    """
    text = _text(written, "a rate", "'12/hour'")
    if _BARE.fullmatch(text):
        if _exact(text) == 0:
            return 0.0
        _refuse_negative(text, "a rate")
        raise _refusal("a rate needs a unit of time", f"write '{text}/hour' or '{text}/week'")
    match = _RATE.fullmatch(text)
    if match is None:
        _refuse(text, "a rate", "'12/hour'")
    return float(_exact(match[1]) / MINUTES[_rate_unit(match[2], tuple(MINUTES)[1:], "a rate")])


def parse_money(written: object) -> Money:
    """Read an amount of money such as ``30000 EUR``, 0 or more; ValueError otherwise."""
    text = _text(written, "an amount of money", "'42 EUR'")
    match = _MONEY.fullmatch(text)
    if match is None:
        _refuse_money(text, "an amount of money", "'42 EUR'")
    return Money(float(_exact(match[1])), match[2])


def parse_money_rate(written: object) -> MoneyRate:
    """Read a cost such as ``42 EUR/hour`` or ``0.10 EUR per run``, 0 or more; ValueError otherwise."""
    text = _text(written, "a cost", "'42 EUR/hour'")
    match = _MONEY_RATE.fullmatch(text)
    if match is None:
        if _MONEY.fullmatch(text):
            raise _refusal("a cost says per what it is paid", f"write '{text}/hour' or '{text}/month'")
        _refuse_money(text, "a cost", "'42 EUR/hour'")
    return MoneyRate(float(_exact(match[1])), match[2], _rate_unit(match[3], _COST_UNITS, "a cost"))


def parse_clock_time(written: object) -> int:
    """Read a time of day ``HH:MM`` from 00:00 to 24:00: minutes since midnight; ValueError otherwise."""
    text = _text(written, "a time of day", "'08:30'")
    match = _CLOCK.fullmatch(text)
    if match is None:
        if re.fullmatch(r"[0-9]:[0-9]{2}", text):
            raise _refusal("a time of day has two digits for the hour", f"write '0{text}'")
        raise _refusal("a time of day is written HH:MM on the 24-hour clock", "write it like '08:30'")
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour * 60 + minute > 1440:
        raise _refusal("a time of day lies between 00:00 and 24:00", "write it like '08:30'")
    return hour * 60 + minute


def parse_date(written: object) -> dt.date:
    """Read a calendar date ``2026-01-05``; ValueError otherwise."""
    text = _text(written, "a date", "'2026-01-05'")
    if _DATE.fullmatch(text) is None:
        raise _refusal("a date is written year-month-day", "write it like 2026-01-05")
    return _date(text)


def parse_date_time(written: object) -> dt.datetime:
    """Read a local date and time ``2026-01-05T08:00`` (or a space for the T, or a date alone: midnight).

    The result has no zone: the scenario's zone applies. ValueError otherwise.
    """
    text = _text(written, "a date and time", "'2026-01-05 08:00'")
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise _refusal(
            "a date and time is written year-month-day hour:minute, in the scenario's zone",
            "write it like '2026-01-05 08:00'",
        )
    day = _date(match[1])
    try:
        time = dt.time.fromisoformat(match[2] or "00:00")
    except ValueError:
        raise _refusal("a time lies between 00:00 and 23:59:59", "write it like '08:30'") from None
    return dt.datetime.combine(day, time)


def format_duration(minutes: float) -> str:
    """Say a duration (minutes, of either sign) for reading, to about two or three digits: ``1 h 30 min``."""
    if not math.isfinite(minutes):
        return "never" if minutes > 0 else str(minutes)
    if minutes < 0:
        return f"-{format_duration(-minutes)}"
    if minutes == 0:
        return "0 min"
    seconds = minutes * 60
    if round(seconds) < 1:
        return f"{seconds * 1000:.3g} ms"
    if round(seconds) < 60:
        return f"{_decimal(seconds, 0 if seconds >= 10 else 1)} s"
    if round(minutes) < 60:
        return f"{_decimal(minutes, 0 if minutes >= 10 else 1)} min"
    if round(minutes) < 1440:
        hours, rest = divmod(round(minutes), 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days = round(minutes / 1440, 1)
    if days >= 14 and days % 7 == 0:
        return f"{days // 7:.0f} weeks"
    return "1 day" if days == 1 else f"{_decimal(days, 1)} days"


def format_share(share: float) -> str:
    """Say a share in percent, to one decimal; below that, to two significant digits: ``22.5 %``."""
    percent = share * 100
    if 0 < abs(percent) < 0.1:
        return f"{percent:.2g} %"
    return f"{_decimal(percent, 1)} %"


def format_count(number: float) -> str:
    """Say a whole number: thousands apart by no-break spaces from 10 000 on."""
    whole = round(number)
    return f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}") if abs(whole) >= 10_000 else str(whole)


def format_money(amount: float, currency: str) -> str:
    """Say an amount of money: cents below 1000, whole units grouped by no-break spaces from 10 000 on."""
    if abs(amount) < 1000 and round(amount, 2) != round(amount):
        return f"{amount:.2f} {currency}"
    return f"{format_count(amount)} {currency}"


def _decimal(number: float, places: int) -> str:
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refusal(rule: str, remedy: str) -> ValueError:
    return ValueError(f"{rule} -> {remedy}")


def _text(written: object, what: str, example: str) -> str:
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise _refusal(f"{what} is a single text", f"write it like {example}")
    if isinstance(written, int) and abs(written) >= 10**_LONGEST_TEXT:
        raise _refusal(f"{what} is at most {_LONGEST_TEXT} characters long", f"write it like {example}")
    text = str(written).strip()
    if not text:
        raise _refusal(f"{what} must not be empty", f"write it like {example}")
    if len(text) > _LONGEST_TEXT:
        raise _refusal(f"{what} is at most {_LONGEST_TEXT} characters long", f"write it like {example}")
    return text


def _exact(number: str) -> Fraction:
    """Value of a decimal number; one that float64 cannot hold (too large, or vanishing) is refused."""
    exact = Fraction(number)
    rounded = float(number)
    if math.isinf(rounded) or (rounded == 0 and exact != 0):
        raise _refusal("a number lies between 1e-300 and 1e300", "write one in that range")
    return exact


def _only_number(text: str, what: str, example: str) -> str:
    if re.fullmatch(_NUMBER, text) is None:
        _refuse(text, what, example)
    return text


def _rate_unit(unit: str, known: tuple[str, ...], what: str) -> str:
    name = _UNIT_NAMES.get(unit.lower(), unit.lower())
    if name not in known:
        raise _refusal(f"{what} per '{unit}' is not known", f"use one of {', '.join(known)}")
    return name


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _refusal(f"{text} is not a day of the calendar", "write one that exists") from None


def _refuse_negative(text: str, what: str) -> None:
    if text.startswith(("-", "\N{MINUS SIGN}")):
        raise _refusal(f"{what} must not be negative", "write 0 or more")


def _refuse_money(text: str, what: str, example: str) -> NoReturn:
    if _BARE.fullmatch(text):
        _refuse_negative(text, what)
        remedy = f"write '{text} EUR{example.strip(chr(39)).removeprefix('42 EUR')}'"
        raise _refusal(f"{what} needs a currency", remedy)
    _refuse(text, what, f"{example}: a number, then three capital letters")


def _refuse(text: str, what: str, example: str, *, may_be_negative: bool = False) -> NoReturn:
    """Tell the most likely reason why a text could not be read."""
    if _NOT_FINITE.fullmatch(text):
        raise _refusal(f"{what} must be a finite number", f"write it like {example}")
    if not may_be_negative:
        _refuse_negative(text, what)
    if _GROUPED.search(text):
        raise _refusal(
            f"{what} has a point for decimals and nothing between thousands",
            f"write 1200 or 1.2, as in {example}",
        )
    raise _refusal(f"{what} is a number with its unit", f"write it like {example}")
