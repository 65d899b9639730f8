"""Types of scenario values: what they yield, what they refuse, and that their schema says the same."""

import datetime as dt
import math
import re
from typing import Any, cast

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from simlab.scenario import quantities as q
from simlab.units import Money, MoneyRate

jsonschema: Any = pytest.importorskip("jsonschema")

ACCEPTED: list[tuple[object, object, object]] = [
    (q.Duration, "8 min", 8.0),
    (q.Duration, "1 h 30 min", 90.0),
    (q.Duration, "P1DT2H", 1560.0),
    (q.Duration, 0, 0.0),
    (q.PositiveDuration, "90 s", 1.5),
    (q.Share, "22 %", 0.22),
    (q.Share, 1, 1.0),
    (q.Growth, "-5 %/year", -0.05),
    (q.Growth, 0, 0.0),
    (q.Rate, "12/hour", 0.2),
    (q.Rate, 0, 0.0),
    (q.PositiveRate, "4.5 per day", 4.5 / 1440),
    (q.Money, "30000 EUR", Money(30000.0, "EUR")),
    (q.MoneyRate, "0.10 EUR/run", MoneyRate(0.1, "EUR", "run")),
    (q.HourlyCost, "42 EUR per hour", MoneyRate(42.0, "EUR", "hour")),
    (q.ClockTime, "24:00", 1440),
    (q.Date, "2026-01-05", dt.date(2026, 1, 5)),
    (q.DateTime, "2026-01-05 08:00", dt.datetime(2026, 1, 5, 8)),
    (q.Name, "service_desk", "service_desk"),
    (q.Name, "一线 服务台", "一线 服务台"),
    (q.Name, "e\u0301quipe", "\xe9quipe"),
    (q.Name, 2, "2"),
    (q.Title, "Desk: today (2026), 10 %", "Desk: today (2026), 10 %"),
    (q.Number, -0.5, -0.5),
    (q.Number, 3, 3.0),
    (q.NonNegativeNumber, 0, 0.0),
    (q.PositiveNumber, 1e-9, 1e-9),
    (q.NonNegativeInt, 0, 0),
    (q.NonNegativeInt, 8.0, 8),
    (q.PositiveInt, 8, 8),
]

REFUSED: list[tuple[object, object, str]] = [
    (q.Duration, 8, "needs a unit"),
    (q.Duration, "3m", "minutes or months"),
    (q.Duration, "P1Y", "no fixed length"),
    (q.PositiveDuration, "0 min", "longer than 0"),
    (q.Share, 0.22, "percent sign"),
    (q.Growth, "5 %", "5 %/year"),
    (q.Rate, 12, "unit of time"),
    (q.PositiveRate, "0/hour", "above 0"),
    (q.Money, 42, "currency"),
    (q.MoneyRate, "42 EUR", "per what"),
    (q.HourlyCost, "42 EUR/month", "per hour -> write it like '42 EUR/hour'"),
    (q.ClockTime, "24:01", "24:00"),
    (q.Date, 20260105, "year-month-day"),
    (q.DateTime, "2026-01-05T08:00Z", "zone"),
    (q.Name, "a.b", "but has '.'"),
    (q.Name, "a\u202eb", "but has 'U+202E'"),
    (q.Name, "", "must not be empty"),
    (q.Name, "x" * 65, "at most 64"),
    (q.Name, True, "a name is text -> put it in quotes"),
    (q.Name, None, "a name is text"),
    (q.Title, "two\nlines", "one line"),
    (q.Title, "x" * 201, "at most 200"),
    (q.Number, True, "a number is expected"),
    (q.Number, "0.9", "without quotes"),
    (q.Number, math.nan, "finite"),
    (q.Number, -math.inf, "finite"),
    (q.Number, 10**400, "finite"),
    (q.NonNegativeNumber, -1, "not be negative"),
    (q.PositiveNumber, 0, "above 0"),
    (q.NonNegativeInt, 2.5, "write 2 or 3"),
    (q.NonNegativeInt, -1, "not be negative"),
    (q.PositiveInt, 0, "at least 1"),
    (q.PositiveInt, math.inf, "finite"),
]


def _adapter(quantity: object) -> TypeAdapter[Any]:
    return TypeAdapter(cast("Any", quantity))


@pytest.mark.parametrize(("quantity", "written", "meant"), ACCEPTED)
def test_quantity_written_well_yields_its_value(quantity: object, written: object, meant: object) -> None:
    assert _adapter(quantity).validate_python(written) == meant


@pytest.mark.parametrize(("quantity", "written", "message"), REFUSED)
def test_quantity_written_badly_is_refused_with_the_reason(
    quantity: object, written: object, message: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        _adapter(quantity).validate_python(written)


@pytest.mark.parametrize(("quantity", "written", "meant"), ACCEPTED)
def test_schema_accepts_what_the_type_accepts(quantity: object, written: object, meant: object) -> None:
    jsonschema.validate(written, _adapter(quantity).json_schema(mode="validation"))


@pytest.mark.parametrize(
    ("quantity", "written"),
    [
        (quantity, written)
        for quantity, written, message in REFUSED
        # A JSON Schema pattern does not see values (zero, ranges) or Unicode categories.
        if message not in {"longer than 0", "above 0", "but has 'U+202E'", "one line", "finite"}
    ],
)
def test_schema_refuses_what_the_type_refuses(quantity: object, written: object) -> None:
    schema = _adapter(quantity).json_schema(mode="validation")
    assert not jsonschema.Draft202012Validator(schema).is_valid(written)


def test_model_of_quantities_exports_its_schema_with_examples() -> None:
    class Stay(BaseModel):
        work: q.PositiveDuration
        cost: q.HourlyCost
        budget: q.Money

    schema = Stay.model_json_schema(mode="validation")
    assert schema["properties"]["work"]["examples"][0] == "8 min"
    assert schema["properties"]["cost"]["pattern"].startswith("^")
    assert schema["required"] == ["work", "cost", "budget"]
