"""Types of the values in a scenario: pydantic annotations that read quantities and describe themselves.

Each type accepts what `simlab.units` reads, yields the unit used in the code (minutes, shares, per minute),
and carries the pattern and examples that editors show from the exported JSON Schema.
"""

from __future__ import annotations

import datetime as dt
import math
import unicodedata
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from simlab import units
from simlab.units import Money as MoneyAmount
from simlab.units import MoneyRate as MoneyPer
from simlab.units import format_count

LONGEST_NAME: Final = 64
LARGEST_COUNT: Final = 1_000_000_000
LONGEST_TITLE: Final = 200

_NUMBER: Final = r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?"
_DURATION_PATTERN: Final = (
    rf"^\s*({_NUMBER}\s*(ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?)\s*)+$"
    r"|^P(?!$)([0-9.]+W)?([0-9.]+D)?(T(?=[0-9])([0-9.]+H)?([0-9.]+M)?([0-9.]+S)?)?$"
)
_TIME_UNIT: Final = r"(s|sec|seconds?|min|minutes?|h|hours?|d|days?|w|weeks?|months?|years?)"
_PER: Final = r"\s*(/|per )\s*"


def _text_schema(
    description: str, pattern: str, examples: list[str], *, numbers: tuple[int, ...] = ()
) -> WithJsonSchema:
    """Describe a quantity written as text, or as one of a few bare numbers."""
    text: dict[str, object] = {"type": "string", "pattern": pattern}
    written: dict[str, object] = text
    if numbers:
        written = {"anyOf": [text, {"enum": list(numbers)}]}
    return WithJsonSchema({"description": description, "examples": examples, **written})


def _number_schema(description: str, **bounds: object) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", "description": description, **bounds})


def _positive_duration(written: object) -> float:
    minutes = units.parse_duration(written)
    if minutes == 0:
        raise ValueError("this duration must be longer than 0 -> write one such as '8 min'")
    return minutes


def _positive_rate(written: object) -> float:
    rate = units.parse_rate(written)
    if rate == 0:
        raise ValueError("this rate must be above 0 -> write one such as '12/hour'")
    return rate


def _hourly_cost(written: object) -> MoneyPer:
    cost = units.parse_money_rate(written)
    if cost.per != "hour":
        raise ValueError(f"this cost is per hour -> write it like '42 {cost.currency}/hour'")
    return cost


def _number(written: object) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float):
        remedy = "write it without quotes and units, such as 0.9"
        raise ValueError(f"a number is expected here -> {remedy}")
    try:
        number = float(written)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("a number must be finite -> write one such as 0.9")
    return number


def _non_negative_number(written: object) -> float:
    number = _number(written)
    if number < 0:
        raise ValueError("this number must not be negative -> write 0 or more")
    return number


def _positive_number(written: object) -> float:
    number = _number(written)
    if number <= 0:
        raise ValueError("this number must be above 0 -> write a larger one")
    return number


def _whole_number(written: object) -> int:
    if isinstance(written, bool) or not isinstance(written, int):
        number = _number(written)
        if not number.is_integer():
            raise ValueError(
                f"a whole number is expected here -> write {math.floor(number)} or {math.ceil(number)}"
            )
        written = int(number)
    _number(written)
    if abs(written) > LARGEST_COUNT:
        raise ValueError(
            f"a whole number here is at most {format_count(LARGEST_COUNT)} -> write a smaller one"
        )
    return written


def _non_negative_int(written: object) -> int:
    number = _whole_number(written)
    if number < 0:
        raise ValueError("this number must not be negative -> write 0 or more")
    return number


def _positive_int(written: object) -> int:
    number = _whole_number(written)
    if number < 1:
        raise ValueError("this number must be at least 1 -> write 1 or more")
    return number


def _one_line(written: object, what: str, longest: int) -> str:
    """Trimmed text of one line, in Unicode's composed form so that equal-looking names are equal."""
    if isinstance(written, int) and not isinstance(written, bool) and abs(written) < 10**longest:
        written = str(written)
    if not isinstance(written, str):
        raise ValueError(f"{what} is text -> put it in quotes")
    text = unicodedata.normalize("NFC", written.strip())
    if not text:
        raise ValueError(f"{what} must not be empty -> write at least one letter")
    if len(text) > longest:
        raise ValueError(f"{what} has at most {longest} characters -> shorten it")
    return text


def _name(written: object) -> str:
    text = _one_line(written, "a name", LONGEST_NAME)
    wrong = next(
        (mark for mark in text if unicodedata.category(mark)[0] not in "LMN" and mark not in "_- "), None
    )
    if wrong is not None:
        shown = wrong if wrong.isprintable() else f"U+{ord(wrong):04X}"
        raise ValueError(
            f"a name is made of letters, digits, '_', '-' and spaces, but has {shown!r} -> replace it by '_'"
        )
    return text


def _title(written: object) -> str:
    text = _one_line(written, "a title", LONGEST_TITLE)
    if not text.isprintable():
        raise ValueError(
            "a title is one line of printable characters -> remove line breaks and control marks"
        )
    return text


Duration: TypeAlias = Annotated[
    float,
    BeforeValidator(units.parse_duration),
    _text_schema(
        "A duration, 0 or at least 1 ms.",
        _DURATION_PATTERN,
        ["8 min", "1 h 30 min", "2 days", "3 weeks", "PT8M"],
        numbers=(0,),
    ),
]
"""Minutes, 0 or more."""

PositiveDuration: TypeAlias = Annotated[
    float,
    BeforeValidator(_positive_duration),
    _text_schema(
        "A duration of at least 1 ms.", _DURATION_PATTERN, ["8 min", "1 h 30 min", "2 days", "PT8M"]
    ),
]
"""Minutes, above 0."""

Share: TypeAlias = Annotated[
    float,
    BeforeValidator(units.parse_share),
    _text_schema(
        "A share between 0 % and 100 %.", rf"^\s*[+-]?{_NUMBER}\s*%\s*$", ["22 %", "0.5 %"], numbers=(0, 1)
    ),
]
"""A share in [0, 1]."""

Growth: TypeAlias = Annotated[
    float,
    BeforeValidator(units.parse_growth),
    _text_schema(
        "A compounding growth (or decrease) per week, month or year.",
        rf"^\s*[+-]?{_NUMBER}\s*%{_PER}(w|weeks?|months?|years?)\s*$",
        ["5 %/year", "-1 %/month"],
        numbers=(0,),
    ),
]
"""Share gained per year, above -1."""

Rate: TypeAlias = Annotated[
    float,
    BeforeValidator(units.parse_rate),
    _text_schema(
        "A number of events per unit of time.",
        rf"^\s*{_NUMBER}{_PER}{_TIME_UNIT}\s*$",
        ["12/hour", "1900/week", "4.5 per day"],
        numbers=(0,),
    ),
]
"""Events per minute, 0 or more."""

PositiveRate: TypeAlias = Annotated[
    float,
    BeforeValidator(_positive_rate),
    _text_schema(
        "A number of events per unit of time, above 0.",
        rf"^\s*{_NUMBER}{_PER}{_TIME_UNIT}\s*$",
        ["12/hour", "1900/week", "4.5 per day"],
    ),
]
"""Events per minute, above 0."""

Money: TypeAlias = Annotated[
    MoneyAmount,
    BeforeValidator(units.parse_money),
    _text_schema(
        "An amount of money: a number and a currency of three capital letters.",
        rf"^\s*{_NUMBER}\s*[A-Z]{{3}}\s*$",
        ["30000 EUR", "0.10 CNY"],
    ),
]
"""A `simlab.units.Money`, 0 or more."""

MoneyRate: TypeAlias = Annotated[
    MoneyPer,
    BeforeValidator(units.parse_money_rate),
    _text_schema(
        "A cost per minute, hour, day, week, month, year, run or ticket.",
        rf"^\s*{_NUMBER}\s*[A-Z]{{3}}{_PER}(min|minutes?|h|hours?|d|days?|w|weeks?|months?|years?|run|ticket)\s*$",
        ["42 EUR/hour", "900 EUR/month", "0.10 EUR/run"],
    ),
]
"""A `simlab.units.MoneyRate`, 0 or more."""

HourlyCost: TypeAlias = Annotated[
    MoneyPer,
    BeforeValidator(_hourly_cost),
    _text_schema("A cost per hour.", rf"^\s*{_NUMBER}\s*[A-Z]{{3}}{_PER}(h|hours?)\s*$", ["42 EUR/hour"]),
]
"""A `simlab.units.MoneyRate` per hour."""

ClockTime: TypeAlias = Annotated[
    int,
    BeforeValidator(units.parse_clock_time),
    _text_schema("A time of day from 00:00 to 24:00.", r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$", ["08:30"]),
]
"""Minutes since midnight, 0 to 1440."""

Date: TypeAlias = Annotated[
    dt.date,
    BeforeValidator(units.parse_date),
    _text_schema("A date: year-month-day.", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", ["2026-01-05"]),
]
"""A `datetime.date`."""

DateTime: TypeAlias = Annotated[
    dt.datetime,
    BeforeValidator(units.parse_date_time),
    _text_schema(
        "A date with a time in the scenario's zone; a date alone means its midnight.",
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$",
        ["2026-01-05 08:00", "2026-01-05"],
    ),
]
"""A `datetime.datetime` without zone: local time of the scenario."""

Name: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "description": "A name: letters, digits, '_', '-' and spaces, at most 64.",
            "maxLength": LONGEST_NAME,
            "pattern": r"""^[^.\[\]{}"'`,:;*/\\\x00-\x1f]+$""",
            "examples": ["service_desk", "P1"],
        }
    ),
]
"""An identifier: no dots, brackets or quotes, since dots separate the keys of a path."""

Title: TypeAlias = Annotated[
    str,
    BeforeValidator(_title),
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "description": "One line of text for people to read.",
            "maxLength": LONGEST_TITLE,
        }
    ),
]
"""One line of printable text."""

Number: TypeAlias = Annotated[float, BeforeValidator(_number), _number_schema("A finite number.")]
"""A finite number without unit."""

NonNegativeNumber: TypeAlias = Annotated[
    float, BeforeValidator(_non_negative_number), _number_schema("A number, 0 or more.", minimum=0)
]
"""A finite number, 0 or more."""

PositiveNumber: TypeAlias = Annotated[
    float, BeforeValidator(_positive_number), _number_schema("A number above 0.", exclusiveMinimum=0)
]
"""A finite number above 0."""

NonNegativeInt: TypeAlias = Annotated[
    int,
    BeforeValidator(_non_negative_int),
    WithJsonSchema({"type": "integer", "minimum": 0, "description": "A whole number, 0 or more."}),
]
"""A whole number, 0 or more."""

PositiveInt: TypeAlias = Annotated[
    int,
    BeforeValidator(_positive_int),
    WithJsonSchema({"type": "integer", "minimum": 1, "description": "A whole number, 1 or more."}),
]
"""A whole number, 1 or more."""
