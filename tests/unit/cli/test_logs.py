"""``simlab profile``, ``simlab convert`` and event logs of runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]

TICKETS = "Number,Opened,Resolved,Priority,Assignment group\n" + "".join(
    f"INC{n},{day} {8 + n % 10:02}:00,{day} {9 + n % 10:02}:30,P{n % 3},G{n % 2}\n"
    for n in range(1120)
    for day in [f"2024-01-{1 + n // 40:02}"]
)


@pytest.fixture
def log(folder: Path) -> Path:
    path = folder / "tickets.csv"
    path.write_text(TICKETS)
    return path


def test_profile_tells_tables_and_the_mapping_that_it_kept(simlab: Simlab, log: Path) -> None:
    ended = simlab("profile", "tickets.csv")
    assert ended.code == 0
    assert "Arrivals by hour of week" in ended.out
    assert "1 h 30 min" in ended.out
    assert "check it: tickets.mapping.yaml" in ended.err
    assert log.with_name("tickets.mapping.yaml").is_file()
    assert "check it" not in simlab("profile", "tickets.csv").err


def test_profile_as_json_has_the_numbers(simlab: Simlab, log: Path) -> None:
    ended = simlab("profile", "tickets.csv", "--json")
    found = json.loads(ended.out)
    assert (found["cases"], found["open"], found["kind"]) == (1120, 0, "tickets")
    assert found["times"]["quantiles"] == [90.0] * 5
    assert len(found["arrivals"]["by_hour_of_week"]) == 168


def test_profile_is_written_as_a_page(simlab: Simlab, log: Path) -> None:
    log.write_text(TICKETS.replace("P1", "<b>$x$"))
    assert simlab("profile", "tickets.csv", "--html", "page.html").code == 0
    page = (log.parent / "page.html").read_text()
    assert "&lt;b&gt;$x$" in page
    assert "<svg" in page
    assert (log.parent / "page_tables" / "arrivals_by_hour.csv").is_file()


def test_rows_kept_apart_are_told_and_written(simlab: Simlab, log: Path) -> None:
    log.write_text(TICKETS + "INC9999,never,,,\nINC9998\n")
    ended = simlab("profile", "tickets.csv", "--rejected", "bad.csv")
    assert ended.code == 0
    assert "tickets.csv:1122: 1 rows are kept apart: 'Opened' is not a date" in ended.err
    assert "tickets.csv:1123: 1 rows are kept apart: 1 values where the header has 5" in ended.err
    assert len((log.parent / "bad.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    "content", ["", "a,b\n", "\x00\x01", "{", "<log>", "PAR1xxxx", "a,b\n1,2\n", "\x1f\x8b"]
)
def test_broken_log_is_refused_in_words(simlab: Simlab, folder: Path, content: str) -> None:
    (folder / "x.csv").write_text(content, encoding="latin-1")
    ended = simlab("profile", "x.csv")
    assert ended.code == 2
    assert ended.err.startswith("simlab: x.csv")
    assert "->" in ended.err
    assert "Traceback" not in ended.err


def test_convert_writes_what_profile_reads(simlab: Simlab, log: Path) -> None:
    simlab("run", "desk.yaml", "-n", "1", "--quiet")
    (run,) = (log.parent / "results").iterdir()
    ended = simlab("results", "export", str(run), "-f", "events-csv", "-o", "events.csv")
    assert (ended.code, ended.out) == (0, "events.csv\n")
    for name in ("events.xes", "events.json", "events.parquet"):
        assert simlab("convert", "events.csv", name).code == 0
        again = json.loads(simlab("profile", name, "--json").out)
        first = json.loads(simlab("profile", "events.csv", "--json").out)
        assert again["times"]["quantiles"] == pytest.approx(first["times"]["quantiles"])
        assert (again["cases"], again["events"], again["teams"]) == (
            first["cases"],
            first["events"],
            first["teams"],
        )


def test_log_is_not_written_over_itself(simlab: Simlab, log: Path) -> None:
    ended = simlab("convert", "tickets.csv", "tickets.csv")
    assert ended.code == 2
    assert "is the log itself" in ended.err


def test_folder_that_cannot_be_written_is_a_storage_error(simlab: Simlab, log: Path) -> None:
    ended = simlab("convert", "tickets.csv", "absent/tickets.xes")
    assert ended.code == 6
    assert "absent/tickets.xes: cannot write it" in ended.err
