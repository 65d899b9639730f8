from __future__ import annotations

import io
import json
import sys

import pytest

from simlab.cli.terminal import Bar, Table, Terminal, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b]0;owned\x07name", "name"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("a\rb\x08c\x00d", "abcd"),
        ("\x9b31mred", "31mred"),
        ("abc\u202edef", "abcdef"),
        ("服务台 – ±", "服务台 – ±"),
        ("two\nlines\tand tabs", "two\nlines\tand tabs"),
        ("cut off \x1b", "cut off "),
    ],
)
def test_printable_text_has_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_markup_in_names_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().table(Table("[red]title", ("", "[b]x"), [("[link=http://x]y", ":smile:")]))
    out = capsys.readouterr().out
    assert "[red]title" in out
    assert "[link=http://x]y" in out
    assert ":smile:" in out
    assert "\x1b" not in out


def test_quiet_keeps_messages_back_but_not_errors(capsys: pytest.CaptureFixture[str]) -> None:
    quiet = Terminal(is_quiet=True)
    quiet.note("note")
    quiet.warn("warning")
    quiet.error("reason")
    assert capsys.readouterr().err == "simlab: reason\n"


def test_details_need_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().detail("detail")
    Terminal(is_verbose=True).detail("shown")
    assert capsys.readouterr().err == "shown\n"


def test_json_has_null_where_there_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().json({"a": float("nan"), "b": (1.5, float("inf")), "c": "\x1b[31m"})
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": None, "b": [1.5, None], "c": "\x1b[31m"}
    assert "\x1b" not in out


def test_output_that_cannot_say_a_character_says_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    Terminal().out("7 ± 1")
    stream.flush()
    assert stream.buffer.getvalue() == b"7 ? 1\n"


def test_progress_off_a_terminal_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Terminal().progress("Simulating")
    progress.started(3)
    progress.advanced()
    progress.finished()
    assert capsys.readouterr().err == ""


def test_bar_shows_what_is_done_and_how_far() -> None:
    from rich.console import Console

    stream = io.StringIO()
    bar = Bar(Console(file=stream, force_terminal=True, width=80), "Simu\x1b]0;x\x07lating")
    bar.started(2)
    bar.advanced()
    bar.started(3)
    bar.finished()
    bar.finished()
    assert "Simulating" in stream.getvalue()
    assert "1/3" in stream.getvalue()
