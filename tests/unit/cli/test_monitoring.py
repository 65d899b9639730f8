"""``simlab monitor``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]
OPTIONS = ("-n", "3", "-j", "1", "--by", "day", "--last", "7", "--forecast", "0")


@pytest.fixture
def log(folder: Path) -> Path:
    """Return a log of three weeks: 60 tickets a day, one for every 24 minutes, resolved 20 minutes later."""
    rows = []
    for day in range(1, 22):
        for minute in range(5, 1440, 24):
            late = minute + 20
            at = f"2024-01-{day:02} {minute // 60:02}:{minute % 60:02}"
            end = f"2024-01-{day + late // 1440:02} {late // 60 % 24:02}:{late % 60:02}"
            rows.append(f"T{day}-{minute},{at},{end},P2")
    path = folder / "log.csv"
    path.write_text("Number,Opened,Resolved,Priority\n" + "\n".join(rows) + "\n")
    return path


def test_monitor_tells_the_last_period_on_its_band(simlab: Simlab, log: Path) -> None:
    ended = simlab("monitor", "desk.yaml", "log.csv", *OPTIONS)
    assert ended.code == 0
    assert "The last period, and signals" in ended.out
    assert "2024-01-21" in ended.out


def test_monitor_as_json_has_the_actual_figures_of_each_day(simlab: Simlab, log: Path) -> None:
    told = json.loads(simlab("monitor", "desk.yaml", "log.csv", *OPTIONS, "--json").out)
    assert (told["by"], len(told["from"]), told["forecast"]) == ("day", 7, None)
    created, resolution = told["figures"]["created"], told["figures"]["resolution"]
    assert created["actual"] == [60.0] * 7
    assert resolution["actual"] == pytest.approx([20.0] * 7)
    assert all(low <= high for low, high in zip(created["low"], created["high"], strict=True))


def test_signals_end_with_3_where_that_was_asked(simlab: Simlab, log: Path) -> None:
    lines = log.read_text().splitlines(keepends=True)
    # One ticket in four only: far below what the scenario predicts.
    log.write_text("".join([lines[0], *lines[1::4]]))
    ended = simlab("monitor", "desk.yaml", "log.csv", *OPTIONS, "--replications", "8", "--fail")
    assert ended.code == 3
    assert "signals: the log is not as the scenario predicts" in ended.err


def test_monitor_forecasts_from_what_is_open_and_writes_its_page(simlab: Simlab, log: Path) -> None:
    arguments = ("-n", "2", "-j", "1", "--last", "2", "--forecast", "1", "--report", "monitor.md")
    ended = simlab("monitor", "desk.yaml", "log.csv", *arguments)
    assert ended.code == 0
    assert "Forecast from 0 open tickets" in ended.out
    assert "report: monitor.md" in ended.err
    assert "simlab monitor desk.yaml log.csv" in (log.parent / "monitor.md").read_text()


def test_other_periods_are_refused_before_anything_is_read(simlab: Simlab) -> None:
    ended = simlab("monitor", "none.yaml", "none.csv", "--by", "month")
    assert ended.code == 2
    assert "--by is day or week; found 'month'" in ended.err


@pytest.mark.parametrize("broken", ["", "a,b\n1,2\n", "\x00\x01"])
def test_broken_log_is_refused(simlab: Simlab, folder: Path, broken: str) -> None:
    (folder / "x.csv").write_text(broken)
    assert simlab("monitor", "desk.yaml", "x.csv").code == 2


def test_log_that_is_too_short_is_refused(simlab: Simlab, log: Path) -> None:
    log.write_text("".join(log.read_text().splitlines(keepends=True)[:20]))
    ended = simlab("monitor", "desk.yaml", "log.csv", "-n", "2", "-j", "1")
    assert ended.code == 2
    assert "week" in ended.err


def test_monitor_runs_on_a_cluster(simlab: Simlab, log: Path) -> None:
    ended = simlab("monitor", "desk.yaml", "log.csv", "--cluster", "here")
    assert ended.code == 2
    assert "here" in ended.err
