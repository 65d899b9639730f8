"""Dates and times as tools write them, in linear time."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from simlab.calibrate.reading.instants import DateOrder, order_evidence, read_instants

EPOCH = datetime(1970, 1, 1)
DAY, MONTH, YEAR = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.YEAR_FIRST


def minutes(*parts: int) -> float:
    return (datetime(*parts) - EPOCH).total_seconds() / 60.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2016-02-29T01:16:30Z", YEAR, minutes(2016, 2, 29, 1, 16, 30)),
        ("2016-02-29 01:16", DAY, minutes(2016, 2, 29, 1, 16)),
        ("20160229", YEAR, minutes(2016, 2, 29)),
        ("20160229T011630", YEAR, minutes(2016, 2, 29, 1, 16, 30)),
        ("20160229 01:16", YEAR, minutes(2016, 2, 29, 1, 16)),
        ("20160229011630", YEAR, minutes(2016, 2, 29, 1, 16, 30)),
        ("2010-03-31T15:59:42+01:00", YEAR, minutes(2010, 3, 31, 14, 59, 42)),
        ("2010-03-31 15:59:42 -0530", YEAR, minutes(2010, 3, 31, 21, 29, 42)),
        ("2010-03-31 15:59:42 UTC", YEAR, minutes(2010, 3, 31, 15, 59, 42)),
        ("29/2/2016 01:16", DAY, minutes(2016, 2, 29, 1, 16)),
        ("2/29/2016 1:16 PM", MONTH, minutes(2016, 2, 29, 13, 16)),
        ("2/29/2016 12:16 AM", MONTH, minutes(2016, 2, 29, 0, 16)),
        ("29.02.2016", DAY, minutes(2016, 2, 29)),
        ("12/Mar/26 3:45 PM", YEAR, minutes(2026, 3, 12, 15, 45)),
        ("Mar 12, 2026 3 PM", DAY, minutes(2026, 3, 12, 15)),
        ("Thu, 12 Mar 2026 03:45:01 +0100", DAY, minutes(2026, 3, 12, 2, 45, 1)),
        ("12. März 2026", DAY, minutes(2026, 3, 12)),
        ("12 août 2026 03:45", DAY, minutes(2026, 8, 12, 3, 45)),
        ("2016-02-29 24:00", YEAR, minutes(2016, 3, 1)),
        ("1456708560", YEAR, minutes(2016, 2, 29, 1, 16)),
        ("1456708560000", YEAR, minutes(2016, 2, 29, 1, 16)),
    ],
)
def test_text_is_read_as_the_instant_it_says(text: str, order: DateOrder, expected: float | None) -> None:
    (read,) = read_instants([text], order).minutes
    if expected is None:
        assert np.isnan(read)
    else:
        assert read == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "12", "30/2/2016", "29/2/2015", "2016-13-01", "2016-01-01 25:00", "2016-01-01 12:60"),
        *(
            "9999-12-31",
            "1970-01-01",
            "0001-01-01",
            "2016-01-01 13:00 PM",
            "2016-01-01 12:00 CST",
            "::",
            "//",
        ),
        *("2016-01-01 12:00 +99:00", "2016-01-01 12:00 hours", "Foo 12, 2026", "2016--01", "٣/٣/٢٠١٦"),
    ],
)
def test_text_that_is_no_instant_is_nan(text: str) -> None:
    for order in DateOrder:
        assert np.isnan(read_instants([text], order).minutes).all()


@pytest.mark.parametrize(
    ("text", "hour", "ahead"),
    [
        ("2024年2月3日 15:04", 15, None),
        ("2024年02月03日15时04分", 15, None),
        ("2024年2月3日 下午3:04", 15, None),
        ("2024年2月3日 上午3:04:00", 3, None),
        ("2024年2月3日 15時04分00秒", 15, None),
        ("03.02.2024 15:04 Uhr", 15, None),
        ("03.02.2024 15.04", 15, None),
        ("03/02/2024 15h04", 15, None),
        ("3 février 2024 15 h 04", 15, None),
        ("03-FEB-24 03.04.00.000000 PM", 15, None),
        ("20240203 150400", 15, None),
        ("20240203T1504", 15, None),
        ("Sat Feb 03 15:04:00 CET 2024", 15, 60.0),
        ("2024-02-03 15:04 EST", 15, -300.0),
        ("2024-02-03 15:04:00 JST", 15, 540.0),
    ],
)
def test_dates_in_the_ways_of_tools_and_countries_are_read(text: str, hour: int, ahead: float | None) -> None:
    read = read_instants([text], DAY)
    assert read.minutes[0] == minutes(2024, 2, 3, hour, 4) - (ahead or 0.0)
    assert np.isnan(read.offset[0]) == (ahead is None)


def test_seconds_since_1970_may_have_a_fraction() -> None:
    read = read_instants(["1706972640.25"], YEAR)
    assert read.minutes[0] == pytest.approx(minutes(2024, 2, 3, 15, 4) + 0.25 / 60.0)


def test_fractions_of_a_second_count() -> None:
    (read,) = read_instants(["2016-02-29 01:16:00.750"], YEAR).minutes
    assert read == pytest.approx(minutes(2016, 2, 29, 1, 16) + 0.75 / 60, abs=1e-9)


def test_offset_is_told_apart_from_none() -> None:
    offsets = read_instants(["2016-01-01 12:00+02:00", "2016-01-01 12:00", "2016-01-01 12:00Z"], YEAR).offset
    assert offsets.tolist()[::2] == [120.0, 0.0]
    assert np.isnan(offsets[1])


def test_texts_of_many_shapes_keep_their_places() -> None:
    texts = ["2016-02-29", "", "1/3/2016", "2016-02-29 00:01", "nothing", "3/3/2016 00:02"]
    read = read_instants(texts, DAY).minutes - minutes(2016, 2, 29)
    assert np.isnan(read).tolist() == [False, True, False, False, True, False]
    assert read[[0, 2, 3, 5]].tolist() == [0.0, 1440.0, 1.0, 3 * 1440.0 + 2.0]


def test_evidence_counts_what_can_be_read_one_way_only() -> None:
    found = order_evidence(
        ["29/2/2016", "1/2/2016", "3/3/2016", "3/13/2016", "2016-01-02", "x", "1/Mar/2016"]
    )
    assert (found.day_first, found.month_first, found.year_first, found.either) == (1, 1, 1, 1)
    assert found.example == "1/2/2016"


@pytest.mark.parametrize("text", ["1" * 100_000, "1/" * 50_000, "T" * 100_000, "1:" * 50_000, " " * 100_000])
def test_monstrous_text_is_no_instant(text: str) -> None:
    assert np.isnan(read_instants([text], DAY).minutes).all()
    assert order_evidence([text]).either == 0
