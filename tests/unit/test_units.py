"""Parsing and formatting of quantities, by hand computation, refusals and round trips."""

import datetime as dt
import math
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab import units


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("8 min", 8.0),
        ("8min", 8.0),
        ("8 Minutes", 8.0),
        ("90 s", 1.5),
        ("0.1 s", 0.1 / 60),
        ("250 ms", 0.25 / 60),
        ("1.5 h", 90.0),
        (".5 h", 30.0),
        ("1e2 h", 6000.0),
        ("1 h 30 min", 90.0),
        ("1h30min", 90.0),
        ("1 day 2 h 3 min 6 s", 1563.1),
        ("2 days", 2880.0),
        ("3 weeks", 30240.0),
        ("8\N{NO-BREAK SPACE}min", 8.0),
        ("PT8M", 8.0),
        ("P1DT2H", 1560.0),
        ("PT1.5H", 90.0),
        ("P2W", 20160.0),
        ("PT30S", 0.5),
        ("0", 0.0),
        (0, 0.0),
        (0.0, 0.0),
        ("0 h", 0.0),
        ("1 ms", 1 / 60000),
    ],
)
def test_duration_in_every_form_gives_its_minutes(written: object, minutes: float) -> None:
    assert units.parse_duration(written) == minutes


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("8", "a duration needs a unit -> write '8 min' or '8 h'"),
        (8, "a duration needs a unit -> write '8 min' or '8 h'"),
        (8.5, "write '8.5 min'"),
        ("3m", "may mean minutes or months -> write '3 min'"),
        ("3 M", "may mean minutes or months -> write '3 min'"),
        ("2 months", "a month has no fixed length"),
        ("1 year", "a year has no fixed length"),
        ("P1Y", "no fixed length"),
        ("P8M", "minutes stand after a T"),
        ("P", "like PT8M"),
        ("PT", "like PT8M"),
        ("P1DT", "like PT8M"),
        ("PT1..5H", "number with its unit"),
        ("4 fortnights", "'fortnights' is not a unit of time -> use ms, s, min, h, days or weeks"),
        ("-8 min", "must not be negative"),
        ("\N{MINUS SIGN}8 min", "must not be negative"),
        (-1, "must not be negative"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        ("nan", "finite"),
        (".inf", "finite"),
        ("inf h", "finite"),
        ("1,5 h", "point for decimals"),
        ("1 000 h", "point for decimals"),
        ("30 min 1 h", "larger units first"),
        ("1 h 2 h", "each once"),
        ("8 min later", "number with its unit"),
        (" ", "must not be empty"),
        ("1e-300 h", "resolution of time"),
        ("0.5 ms", "resolution of time"),
        ("1e-999 h", "between 1e-300 and 1e300"),
        ("1e999 h", "between 1e-300 and 1e300"),
        ("1e300 weeks", "at most 10\N{NO-BREAK SPACE}000 years"),
        (True, "single text"),
        (None, "single text"),
        (["8 min"], "single text"),
        ("٣ min", "number with its unit"),
        pytest.param("9" * 100_000 + " h", "at most 100 characters", id="100,000 characters"),
        pytest.param(10**5000, "at most 100 characters", id="5001 digits"),
    ],
)
def test_duration_that_is_not_clear_is_refused_with_the_reason(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_duration(written)


@pytest.mark.parametrize(
    ("written", "share"),
    [
        ("22 %", 0.22),
        ("22%", 0.22),
        ("0.7 %", 0.007),
        ("100 %", 1.0),
        ("0 %", 0.0),
        (0, 0.0),
        (1, 1.0),
        (1.0, 1.0),
    ],
)
def test_share_is_the_exactly_rounded_fraction(written: object, share: float) -> None:
    assert units.parse_share(written) == share


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (0.22, "a share needs a percent sign -> write '22 %'"),
        ("22", "write '22 %'"),
        (-0.1, "must not be negative"),
        ("-5 %", "between 0 % and 100 %"),
        ("101 %", "between 0 % and 100 %"),
        ("2,5 %", "point for decimals"),
        ("nan %", "finite"),
        ("a fifth", "like '22 %'"),
    ],
)
def test_share_without_sign_or_out_of_range_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_share(written)


@pytest.mark.parametrize(
    ("written", "yearly"),
    [
        ("5 %/year", 0.05),
        ("-5 % per year", -0.05),
        ("+5 % / year", 0.05),
        ("1 %/month", 1.01**12 - 1),
        ("0.1 %/week", 1.001 ** (365.25 / 7) - 1),
        (0, 0.0),
    ],
)
def test_growth_compounds_to_a_year(written: object, yearly: float) -> None:
    assert units.parse_growth(written) == pytest.approx(yearly, rel=1e-12)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("5 %", "like '5 %/year'"),
        (0.05, "like '5 %/year'"),
        ("5 %/day", "use one of week, month, year"),
        ("-100 %/year", "above -100 %"),
        ("1e200 %/week", "at most"),
    ],
)
def test_growth_without_period_or_out_of_range_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_growth(written)


@pytest.mark.parametrize(
    ("written", "per_minute"),
    [
        ("12/hour", 0.2),
        ("12 / h", 0.2),
        ("1900/week", 1900 / 10080),
        ("4.5 per day", 4.5 / 1440),
        ("1/s", 60.0),
        ("1/month", 1 / 43830),
        (0, 0.0),
    ],
)
def test_rate_is_per_minute(written: object, per_minute: float) -> None:
    assert units.parse_rate(written) == per_minute


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (12, "a rate needs a unit of time -> write '12/hour'"),
        ("-1/h", "must not be negative"),
        ("12/hours ago", "number with its unit"),
        ("12/moon", "'moon' is not known"),
        ("1,900/week", "nothing between thousands"),
        (".nan", "finite"),
    ],
)
def test_rate_without_unit_or_sense_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_rate(written)


def test_money_and_cost_keep_amount_currency_and_base() -> None:
    assert units.parse_money("30000 EUR") == units.Money(30000.0, "EUR")
    assert units.parse_money("0.10CNY") == units.Money(0.1, "CNY")
    assert units.parse_money_rate("42 EUR/hour") == units.MoneyRate(42.0, "EUR", "hour")
    assert units.parse_money_rate("900 EUR per month") == units.MoneyRate(900.0, "EUR", "month")
    assert units.parse_money_rate("0.10 EUR/run") == units.MoneyRate(0.1, "EUR", "run")
    assert units.parse_money_rate("42 EUR/h").per_minute == 0.7
    assert str(units.MoneyRate(42.0, "EUR", "hour")) == "42 EUR/hour"
    assert str(units.Money(42.5, "EUR")) == "42.50 EUR"


def test_cost_per_run_has_no_amount_per_minute() -> None:
    with pytest.raises(ValueError, match="a cost per run has no amount per minute"):
        _ = units.parse_money_rate("0.10 EUR/run").per_minute


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (42, "an amount of money needs a currency -> write '42 EUR'"),
        (0, "needs a currency"),
        ("1,200 EUR", "nothing between thousands"),
        ("1 200 EUR", "nothing between thousands"),
        ("-5 EUR", "must not be negative"),
        ("EUR 42", "three capital letters"),
        ("42 eur", "three capital letters"),
        ("inf EUR", "finite"),
    ],
)
def test_money_without_currency_or_with_separators_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_money(written)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (42, "a cost needs a currency -> write '42 EUR/hour'"),
        ("42 EUR", "per what it is paid -> write '42 EUR/hour'"),
        ("42 EUR/head", "use one of minute, hour, day, week, month, year, run, ticket"),
        ("-1 EUR/hour", "must not be negative"),
    ],
)
def test_cost_without_base_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_money_rate(written)


@pytest.mark.parametrize(
    ("written", "minutes"), [("00:00", 0), ("08:30", 510), ("17:00", 1020), ("24:00", 1440)]
)
def test_clock_time_is_minutes_of_the_day(written: str, minutes: int) -> None:
    assert units.parse_clock_time(written) == minutes


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("8:30", "write '08:30'"),
        ("24:01", "between 00:00 and 24:00"),
        ("12:60", "between 00:00 and 24:00"),
        (17.3, "HH:MM"),
        ("5 pm", "24-hour clock"),
    ],
)
def test_clock_time_off_the_clock_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        units.parse_clock_time(written)


def test_dates_and_local_date_times_are_read() -> None:
    assert units.parse_date("2026-01-05") == dt.date(2026, 1, 5)
    assert units.parse_date_time("2026-01-05T08:00") == dt.datetime(2026, 1, 5, 8)
    assert units.parse_date_time("2026-01-05 08:00:30") == dt.datetime(2026, 1, 5, 8, 0, 30)
    assert units.parse_date_time("2026-01-05") == dt.datetime(2026, 1, 5)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2026-02-30", "not a day of the calendar"),
        ("05.01.2026", "year-month-day"),
        (20260105, "year-month-day"),
    ],
)
def test_date_that_does_not_exist_or_is_in_another_form_is_refused(written: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        units.parse_date(written)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("2026-01-05T08:00Z", "scenario's zone"),
        ("2026-01-05 25:00", "23:59:59"),
        ("2026-13-01 08:00", "calendar"),
    ],
)
def test_date_time_with_zone_or_off_the_clock_is_refused(written: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        units.parse_date_time(written)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "0 min"),
        (0.005, "300 ms"),
        (0.75, "45 s"),
        (59.99 / 60, "1 min"),
        (8.5, "8.5 min"),
        (59.7, "1 h"),
        (90, "1 h 30 min"),
        (1439.8, "1 day"),
        (1440, "1 day"),
        (3456, "2.4 days"),
        (10080, "7 days"),
        (26 * 10080, "26 weeks"),
        (-90, "-1 h 30 min"),
        (math.inf, "never"),
        (math.nan, "nan"),
    ],
)
def test_duration_is_said_readably(minutes: float, text: str) -> None:
    assert units.format_duration(minutes) == text


def test_share_and_money_are_said_readably() -> None:
    assert [units.format_share(share) for share in (0.22, 0.225, 1.0, 0.0, 0.00042)] == [
        "22 %", "22.5 %", "100 %", "0 %", "0.042 %",
    ]  # fmt: skip
    assert units.format_money(42, "EUR") == "42 EUR"
    assert units.format_money(0.1, "EUR") == "0.10 EUR"
    assert units.format_money(1234.56, "EUR") == "1235 EUR"
    assert units.format_money(-30000, "EUR") == "-30\N{NO-BREAK SPACE}000 EUR"


@given(st.floats(min_value=units.SHORTEST_DURATION, max_value=1e9))
def test_duration_said_and_read_again_is_the_same_within_its_digits(minutes: float) -> None:
    assert units.parse_duration(units.format_duration(minutes)) == pytest.approx(minutes, rel=0.06)


@given(st.floats(min_value=units.SHORTEST_DURATION, max_value=1e9))
def test_duration_written_with_all_digits_is_read_exactly(minutes: float) -> None:
    assert units.parse_duration(f"{minutes!r} min") == minutes


@given(st.floats(min_value=0, max_value=1))
def test_share_said_and_read_again_is_the_same_within_its_digits(share: float) -> None:
    if 0 < share < 1e-200:
        return
    assert units.parse_share(units.format_share(share)) == pytest.approx(share, abs=0.0005, rel=0.06)


@given(st.integers(0, 999_900))
def test_money_below_ten_thousand_said_and_read_again_is_the_same(cents: int) -> None:
    amount = cents / 100 if cents < 100_000 else float(cents // 100)
    assert units.parse_money(units.format_money(amount, "EUR")) == units.Money(amount, "EUR")


@pytest.mark.parametrize(
    "parse",
    [
        units.parse_duration,
        units.parse_share,
        units.parse_growth,
        units.parse_rate,
        units.parse_money,
        units.parse_money_rate,
        units.parse_clock_time,
        units.parse_date,
        units.parse_date_time,
    ],
)
@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_remedy(parse: Callable[[object], object], text: str) -> None:
    try:
        parse(text)
    except ValueError as refusal:
        message = str(refusal)
    else:
        message = " -> "
    assert " -> " in message
