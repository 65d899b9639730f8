"""Values that only the scenario language knows: tests on numbers, target times, costs per month and run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, Union

from pydantic import BeforeValidator, Discriminator, Tag, WithJsonSchema

from simlab import units
from simlab.scenario.quantities import Title

_NUMBER: Final = r"\d+(?:\.\d+)?"
_COMPARISON: Final = re.compile(rf"(>=|<=|>|<)?\s*({_NUMBER})")
_BETWEEN: Final = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_WORKING_DAYS: Final = re.compile(rf"({_NUMBER}) working days?")


def by_shape(*, text: Any = None, map: Any = None, list: Any = None) -> Any:  # noqa: ANN401 - types
    """Union of types told apart by what is written: a plain value, a map or a list.

    The union's tags start with ``as`` and are left out of key paths.
    """
    given = {"as text": text, "as map": map, "as list": list}
    branches = [Annotated[kind, Tag(tag)] for tag, kind in given.items() if kind is not None]
    allowed = [tag.removeprefix("as ") for tag, kind in given.items() if kind is not None]
    fallback = next(tag for tag, kind in given.items() if kind is not None)

    def shape(written: object) -> str:
        tag = "as map" if isinstance(written, dict) else "as list" if _is_list(written) else "as text"
        return tag if given[tag] is not None else f"{fallback}"

    return Annotated[
        Union[tuple(branches)],  # noqa: UP007 - built at run time
        Discriminator(shape, custom_error_type="shape", custom_error_message=f"write {' or '.join(allowed)}"),
    ]


def names_in(written: str | Iterable[str]) -> tuple[str, ...]:
    """Return the names where one, or a list of them, may be written."""
    return (written,) if isinstance(written, str) else tuple(written)


def _is_list(written: object) -> bool:
    return isinstance(written, list | tuple)


@dataclass(frozen=True, slots=True)
class NumberRange:
    """A test on a number: at least ``low`` and at most ``high``, both included."""

    low: float
    high: float


def parse_number_test(written: object) -> NumberRange:
    """Read ``2``, ``">= 2"``, ``"< 0.5"`` or ``"1..3"``; ValueError otherwise."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        written = repr(written)
    text = written.strip() if isinstance(written, str) else ""
    if match := _BETWEEN.fullmatch(text):
        low, high = float(match[1]), float(match[2])
        if low > high:
            raise ValueError(f"a range goes from less to more -> write '{match[2]}..{match[1]}'")
        return NumberRange(low, high)
    if match := _COMPARISON.fullmatch(text):
        number = float(match[2])
        match match[1]:
            case ">=":
                return NumberRange(number, math.inf)
            case ">":
                return NumberRange(math.nextafter(number, math.inf), math.inf)
            case "<=":
                return NumberRange(-math.inf, number)
            case "<":
                return NumberRange(-math.inf, math.nextafter(number, -math.inf))
            case _:
                return NumberRange(number, number)
    raise ValueError("a test on a number is expected here -> write it like 2, '>= 2', '< 0.5' or '1..3'")


@dataclass(frozen=True, slots=True)
class TargetSpan:
    """Time of a target: minutes, or working days of the target's calendar."""

    minutes: float | None
    working_days: float | None
    has_days: bool
    """Whether it was written in days or weeks, which mean 24 hours each."""


def parse_target_time(written: object) -> TargetSpan:
    """Read ``15 min``, ``4 h`` or ``3 working days``, above 0; ValueError otherwise."""
    text = written.strip() if isinstance(written, str) else written
    if isinstance(text, str) and (match := _WORKING_DAYS.fullmatch(text)):
        if float(match[1]) == 0:
            raise ValueError("a target must be longer than 0 -> write one such as '1 working day'")
        return TargetSpan(None, float(match[1]), has_days=False)
    minutes = units.parse_duration(text)
    if minutes == 0:
        raise ValueError("a target must be longer than 0 -> write one such as '4 h'")
    return TargetSpan(
        minutes, None, has_days=isinstance(text, str) and re.search(r"\d\s*[dwDW]", text) is not None
    )


def _cost_per(period: str) -> Any:  # noqa: ANN401 - a type
    def parse(written: object) -> units.MoneyRate:
        try:
            cost = units.parse_money_rate(written)
        except ValueError:
            try:
                amount = units.parse_money(written)
            except ValueError:
                raise ValueError(
                    f"a cost per {period} is expected here -> write it like '90 EUR/{period}'"
                ) from None
            cost = units.MoneyRate(amount.amount, amount.currency, period)
        if cost.per != period:
            raise ValueError(f"this cost is per {period} -> write it like '90 {cost.currency}/{period}'")
        return cost

    return Annotated[
        units.MoneyRate,
        BeforeValidator(parse),
        WithJsonSchema(
            {
                "type": "string",
                "pattern": rf"^\s*[0-9.]+\s*[A-Z]{{3}}(\s*/\s*{period})?\s*$",
                "description": f"A cost per {period}.",
                "examples": [f"90 EUR/{period}"],
            }
        ),
    ]


NumberTest: TypeAlias = Annotated[
    NumberRange,
    BeforeValidator(parse_number_test),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number"},
                {"type": "string", "pattern": r"^\s*((>=|<=|>|<)?\s*[0-9.]+|[0-9.]+\s*\.\.\s*[0-9.]+)\s*$"},
            ],
            "description": "A number, a comparison or a range.",
            "examples": [2, ">= 2", "< 0.5", "1..3"],
        }
    ),
]
"""A :class:`NumberRange`."""

TargetTime: TypeAlias = Annotated[
    TargetSpan,
    BeforeValidator(parse_target_time),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A time, or working days.",
            "examples": ["15 min", "4 h", "3 working days"],
        }
    ),
]
"""A :class:`TargetSpan`."""

if TYPE_CHECKING:
    MoneyPerMonth: TypeAlias = units.MoneyRate
    MoneyPerRun: TypeAlias = units.MoneyRate
else:
    MoneyPerMonth = _cost_per("month")
    MoneyPerRun = _cost_per("run")

FilePath: TypeAlias = Annotated[
    Title, WithJsonSchema({"type": "string", "description": "A file, relative to the file that names it."})
]
"""A relative path as written; resolved by the reader."""
