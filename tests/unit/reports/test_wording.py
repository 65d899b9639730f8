from __future__ import annotations

import math

import pytest

from simlab.reports.wording import (
    and_list,
    clean,
    led_back,
    rounded_apart,
    scale_of,
    short_count,
    short_time,
    shorten,
    text_width,
    visible,
    with_interval,
    without_common_start,
    wrap,
)

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("unit", "value", "low", "high", "said"),
    [
        ("min", 432.0, 414.0, 450.0, "7.2 h (6.9 to 7.5)"),
        ("min", 12.0, 11.5, 12.5, "12.0 min (11.5 to 12.5)"),
        ("min", 7200.0, 5760.0, 8640.0, "5.0 days (4.0 to 6.0)"),
        ("share", 0.931, 0.92, 0.942, "93.1 % (92.0 to 94.2)"),
        ("EUR/week", 12345.6, 12000.0, 12691.2, "12 346 EUR a week (12 000 to 12 691)"),
        ("count", 1.5, 1.5, 1.5, "1.50"),
        ("min", math.nan, math.nan, math.nan, "–"),
        ("min", 60.0, math.nan, math.nan, "60.0 min"),
    ],
)
def test_values_are_said_with_unit_and_interval(
    unit: str, value: float, low: float, high: float, said: str
) -> None:
    assert with_interval(unit, value, low, high).replace(NBSP, " ") == said


def test_a_wide_interval_decides_the_unit_of_a_small_time() -> None:
    scale = scale_of("min", [-0.07], 2.35)
    assert (scale.said(-0.07).replace(NBSP, " "), scale.number(2.35)) == ("0 min", "2")


def test_decimals_follow_the_half_width() -> None:
    assert scale_of("tickets", [100.0], 3.0).number(100.04) == "100"
    assert scale_of("tickets", [100.0], 1.5).number(100.04) == "100.0"
    assert scale_of("tickets", [9.0], 0.03).number(9.0) == "9.00"


def test_negative_numbers_have_a_minus_sign_and_signed_ones_a_plus() -> None:
    scale = scale_of("min", [120.0], 30.0)
    assert scale.number(-60.0) == "−1.0"
    assert scale.number(60.0, signed=True).startswith("+")
    assert scale.number(0.0, signed=True) == scale.number(0.0)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.2, "0"),
        (5.0, "5 min"),
        (59.0, "59 min"),
        (90.0, "1.5 h"),
        (600.0, "10 h"),
        (4320.0, "3 d"),
        (math.nan, ""),
    ],
)
def test_short_times(minutes: float, said: str) -> None:
    assert short_time(minutes) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(0.44, "0.4"), (3.0, "3"), (9.96, "10"), (120.4, "120"), (999.6, "1k"), (12345.0, "12.3k")],
)
def test_short_counts(number: float, said: str) -> None:
    assert short_count(number) == said


def test_names_lose_control_codes_and_marks_that_turn_text_around() -> None:
    assert clean("a\x1b]0;x\x07\u202eb\u2066\n c\t d") == "a]0;xb c d"


def test_texts_keep_their_lines() -> None:
    assert visible("a:\n  b\x1b\u202e") == "a:\n  b"


def test_east_asian_characters_take_two_columns() -> None:
    assert text_width("服务 ab") == 7
    assert shorten("服务台一线支持", 8) == "服务台…"
    assert shorten("service desk", 12) == "service desk"


def test_names_are_wrapped_at_spaces_and_underscores_and_cut_at_the_last_line() -> None:
    assert wrap("second level application analysis of networks", 20) == "second level\napplication analysi…"
    assert all(text_width(line) <= 20 for line in wrap("x" * 99, 20).split("\n"))
    assert wrap("triage", 20) == "triage"


def test_words_become_a_list_in_a_sentence() -> None:
    assert and_list(["a"]) == "a"
    assert and_list(["a", "b", "c"]) == "a, b and c"


def test_names_from_right_to_left_leave_what_follows_in_its_place() -> None:
    mark = "\N{LEFT-TO-RIGHT MARK}"
    assert led_back("busiest: desk: 58 %") == "busiest: desk: 58 %"
    assert led_back("busiest: مكتب خبراء: 58 %") == f"busiest: مكتب خبراء{mark}: 58 %"
    assert led_back("مكتب, שלום and me") == f"مكتب{mark}, שלום{mark} and me"
    assert led_back("") == ""


@pytest.mark.parametrize(
    ("names", "start", "rests"),
    [
        (["Cloud, today", "Cloud, to-morrow"], "Cloud", ["today", "to-morrow"]),
        (["A: b, c", "A: b, d"], "A: b", ["c", "d"]),
        (["服务台：现状", "服务台：自动化"], "服务台", ["现状", "自动化"]),
        (["Desk", "Desk, more"], "", ["Desk", "Desk, more"]),
        (["Cloud, ", "Cloud, x"], "", ["Cloud, ", "Cloud, x"]),
        (["Cloud, today"], "", ["Cloud, today"]),
        (["North desk", "North-east"], "", ["North desk", "North-east"]),
    ],
)
def test_what_names_begin_with_is_taken_off_up_to_a_mark(
    names: list[str], start: str, rests: list[str]
) -> None:
    assert without_common_start(names) == (start, rests)


def test_counted_tickets_have_no_decimals_and_means_of_them_have() -> None:
    assert scale_of("tickets", [83.0]).said(83.0).replace(NBSP, " ") == "83 tickets"
    assert scale_of("tickets", [0.5]).said(0.5).replace(NBSP, " ") == "0.500 tickets"


def test_texts_are_rounded_only_while_they_stay_apart() -> None:
    assert rounded_apart(["406.6666667/week", "380/week"])["406.6666667/week"] == "406.7/week"
    assert rounded_apart(["1000.1 min", "1000.2 min"])["1000.1 min"] == "1000.1 min"
