from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from simlab.cli import system
from simlab.cli.system import Finding
from simlab.reports.figures.fonts import DEFAULT, Fonts

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""


def test_doctor_lists_what_it_looked_at(simlab: Simlab) -> None:
    subjects = [finding["subject"] for finding in json.loads(simlab("doctor", "--json").out)]
    for subject in (
        "Python",
        "numpy",
        "cores",
        "time zones",
        "font for Chinese",
        "command simlab",
        "free space here",
    ):
        assert subject in subjects


def test_doctor_ends_with_3_when_something_is_missing(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings = [Finding("numpy", True, "2.4"), Finding("time zones", False, "no data: install tzdata")]
    monkeypatch.setattr(system, "_findings", lambda: iter(findings))
    ended = simlab("doctor")
    assert ended.code == 3
    assert "install tzdata  LOOK" in ended.out
    assert "look at: time zones" in ended.err


def test_library_that_is_not_installed_is_found_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "LIBRARIES", ("no-such-distribution",))
    found = {finding.subject: finding for finding in system._findings()}
    assert not found["no-such-distribution"].is_well


@pytest.mark.parametrize(
    ("fonts", "told"),
    [
        (Fonts((DEFAULT, "Some Han"), ""), "Some Han"),
        (Fonts((DEFAULT,), "务"), "none: install the extra cjk"),
    ],
)
def test_doctor_tells_the_font_that_reports_in_chinese_have(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch, fonts: Fonts, told: str
) -> None:
    monkeypatch.setattr("simlab.reports.figures.fonts.fonts_for", lambda texts: fonts)
    found = {finding["subject"]: finding["found"] for finding in json.loads(simlab("doctor", "--json").out)}
    assert found["font for Chinese"].startswith(told)
