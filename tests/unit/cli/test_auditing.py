"""``simlab audit``: a desk held against its scenario, in words, as JSON and as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Simlab = Callable[..., Any]
DESK = """
name: Help desk
time: {start: 2024-01-01, length: 12 weeks}
demand: {mail: {arrivals: {rate: 140/week}, priority: {P1: 50 %, P2: 50 %}}}
staffing: {desk: {people: 4}}
routing:
  start: call
  steps:
    call: {team: desk, work: 10 min, next: [{share: 30 %, to: fix}, {to: resolved}]}
    fix: {team: desk, work: 30 min, next: resolved}
targets: {P1: {resolve: 2 h}}
"""


def written(folder: Path, *, skipped: float = 0.0, slow: float = 0.0, last_factor: int = 1) -> Path:
    """Write the log of ten weeks, 20 tickets a day; some skip the call, some take three hours."""
    rng = np.random.default_rng(1)
    lines = ["case,activity,started,ended,priority"]
    for day in range(70):
        for number in range(20 * (last_factor if day >= 63 else 1)):
            begin = np.datetime64("2024-01-01T00:00:00") + np.timedelta64(
                1440 * day + int(rng.integers(1440)), "m"
            )
            minutes = 180 if rng.random() < slow else 12
            steps = ["fix"] if rng.random() < skipped else ["call", "fix"] if rng.random() < 0.3 else ["call"]
            for step in steps:
                end = begin + np.timedelta64(minutes // len(steps), "m")
                lines.append(f"T{day}-{number},{step},{begin},{end},P{1 + number % 2}")
                begin = end
    (folder / "help.yaml").write_text(DESK)
    path = folder / "log.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_process_as_its_scenario_passes_with_a_page(simlab: Simlab, folder: Path) -> None:
    written(folder)
    ended = simlab("audit", "help.yaml", "log.csv", "-o", "audit.html")
    assert ended.code == 0, ended.err
    assert "The process is as the scenario says: all " in ended.out
    page = (folder / "audit.html").read_text()
    assert "Of 3 212 transitions" in re.sub(r"[\u202f\u00a0]", " ", page) or "transitions" in page
    assert "simlab audit help.yaml log.csv" in page
    weeks = (folder / "audit_tables" / "weeks.csv").read_text()
    assert "arrivals,2024-01-08,tickets,140" in weeks


@pytest.mark.parametrize(
    ("departure", "name", "option"),
    [
        ({"skipped": 0.1}, "transitions astray", ("--astray", "20 %")),
        ({"slow": 0.3}, "resolve P1", ("--met", "60 %")),
    ],
)
def test_departures_fail_with_3_unless_they_are_let_pass(
    simlab: Simlab, folder: Path, departure: dict[str, float], name: str, option: tuple[str, str]
) -> None:
    written(folder, **departure)  # type: ignore[arg-type]
    ended = simlab("audit", "help.yaml", "log.csv", "--json")
    assert ended.code == 3
    told = json.loads(ended.out)
    assert [each["name"] for each in told["checks"] if not each["is_passed"]] == [name]
    assert f"the process departs from its model: {name}" in ended.err
    assert simlab("audit", "help.yaml", "log.csv", *option).code == 0


def test_a_last_week_with_more_tickets_is_found_since_then_too(simlab: Simlab, folder: Path) -> None:
    written(folder, last_factor=2)
    for since in ((), ("--since", "2024-03-04"), ("--since", "1 week")):
        ended = simlab("audit", "help.yaml", "log.csv", "--json", *since)
        told = json.loads(ended.out)
        assert ended.code == 3, since
        assert [each["name"] for each in told["checks"] if not each["is_passed"]] == ["drift of arrivals"]
    assert told["cases"] == 7 * 40 + 20  # back to a midnight


def test_the_page_speaks_chinese(simlab: Simlab, folder: Path) -> None:
    written(folder, skipped=0.1)
    assert simlab("audit", "help.yaml", "log.csv", "-o", "audit.html", "--lang", "zh").code == 3
    page = (folder / "audit.html").read_text()
    if 'lang="zh-Hans"' not in page:
        pytest.skip("no font on this system has Chinese characters")
    assert "偏离方案" in page


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (("--since", "yesterday"), "--since is a date such as"),
        (("--since", "2030-01-01"), "no ticket was created since then"),
        (("--pauses", "users"), "did you mean 'user'"),
        (("--false-alarms", "0 %"), "--false-alarms lies between"),
        (("--met", "lots"), "--met: "),
    ],
)
def test_options_that_mean_nothing_are_refused(
    simlab: Simlab, folder: Path, option: tuple[str, str], said: str
) -> None:
    written(folder)
    ended = simlab("audit", "help.yaml", "log.csv", *option)
    assert ended.code == 2
    assert said in ended.err
