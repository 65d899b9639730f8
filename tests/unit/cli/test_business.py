"""``simlab case`` and ``simlab register``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Simlab = Callable[..., Any]

CASE = """\
experiment: business_case
scenario: desk.yaml
replications: 2
seed: 3
proposal: {what_if: [four]}
horizon: 2 years
discount_rate: 10 %
draws: 200
costs: {one_off: {training: 1000 EUR}}
"""
THOUSAND = "\N{MINUS SIGN}1\N{NO-BREAK SPACE}000"
ADD = ("--id", "four", "--owner", "Ann", "--accepted", "2026-01-01", "--review", "2026-06-01", "-j", "1")


@pytest.fixture
def case(folder: Path) -> Path:
    """Return a case: two people more, which costs 80 EUR an hour and saves nothing."""
    path = folder / "case.yaml"
    path.write_text(CASE)
    return path


@pytest.fixture
def register(folder: Path) -> Path:
    """Return a register of one row: resolution goes from 60 to 30 minutes from 2024 on."""
    path = folder / "register.csv"
    path.write_text(
        "id,change,measure,unit,baseline,target,benefit,benefit_low,benefit_high,cost_at_start,cost_a_year,"
        "value,value_low,value_high,currency,confidence,owner,accepted,review\n"
        "bot,A | bot,resolution,min,60,30,-30,-40,-20,1000,100,5000,-100,9000,EUR,0.9,Ann,"
        "2024-01-01,2024-06-01\n"
    )
    return path


def log_with(folder: Path, minutes: int) -> Path:
    """Write a log of 29 days from a Monday, ten tickets a day that take as long, give or take 1."""
    rows = []
    for day in range(1, 30):
        for n in range(10):
            hour, late = f"2024-01-{day:02} {8 + n:02}", minutes + (n + day) % 3 - 1
            rows.append(f"T{day}-{n},{hour}:00,{hour}:{late:02}")
    path = folder / "log.csv"
    path.write_text("Number,Opened,Resolved\n" + "\n".join(rows) + "\n")
    return path


def test_case_tells_the_answer_the_figures_and_the_money_of_each_year(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "-j", "1", "--no-store")
    assert ended.code == 0
    for part in ("Figures", "base case", "P10", "Money by year, EUR", "training", THOUSAND, "net"):
        assert part in ended.out
    assert not (case.parent / "results").exists()


def test_case_that_takes_people_off_releases_no_capacity(simlab: Simlab, case: Path) -> None:
    case.write_text(CASE.replace("{what_if: [four]}", "{set: {staffing.desk.people: 1}}"))
    ended = simlab("case", "case.yaml", "-j", "1", "--no-store")
    assert "Capacity released: none. Paid hours without tickets fall by" in ended.out


def test_case_as_json_adds_up(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "-j", "1", "--json")
    told = json.loads(ended.out)
    assert (ended.code, told["currency"], told["seed"], told["replications"]) == (0, "EUR", 3, 2)
    counted = [line["amounts"] for line in told["lines"] if line["counted"]]
    assert [sum(year) for year in zip(*counted, strict=True)] == pytest.approx(told["flows"])
    npv = sum(flow / 1.1**year for year, flow in enumerate(told["flows"]))
    assert told["figures"]["npv"]["base"] == pytest.approx(npv)
    assert not told["accepted"]


def test_case_that_is_not_accepted_ends_with_3_where_that_was_asked(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "-j", "1", "--no-store", "--fail")
    assert ended.code == 3
    assert "the case is not accepted: npv >= 0" in ended.err


def test_case_writes_its_page(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "-j", "1", "--no-store", "--report", "case.md")
    assert ended.code == 0
    assert "report: case.md" in ended.err
    assert "simlab case case.yaml" in (case.parent / "case.md").read_text()


def test_dry_run_of_a_case_counts_both_sides(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "--dry-run", "-j", "1")
    assert ended.code == 0
    assert "replications       4 in all" in ended.out


def test_case_with_mistakes_tells_all_of_them(simlab: Simlab, case: Path) -> None:
    case.write_text(CASE.replace("2 years", "2 weeks").replace("draws", "drawz"))
    ended = simlab("case", "case.yaml")
    assert ended.code == 2
    assert "case.yaml:6:10: horizon: whole years are expected" in ended.err
    assert "case.yaml:8:1" in ended.err
    assert "draws" in ended.err


def test_case_without_its_file_is_refused(simlab: Simlab) -> None:
    ended = simlab("case", "none.yaml")
    assert ended.code == 2
    assert "none.yaml" in ended.err


def test_added_row_is_in_the_register_once(simlab: Simlab, case: Path) -> None:
    ended = simlab("register", "add", "case.yaml", *ADD)
    assert (ended.code, ended.out) == (0, "")
    assert "written to register.csv: 1 row\n" in ended.err
    assert "does not hold its own rules" in ended.err
    assert "1 row\n" in simlab("register", "add", "case.yaml", *ADD).err
    (row,) = csv.DictReader((case.parent / "register.csv").read_text().splitlines())
    assert (row["id"], row["change"], row["owner"], row["review"]) == (
        "four",
        "Four people",
        "Ann",
        "2026-06-01",
    )
    assert float(row["benefit"]) == pytest.approx(float(row["target"]) - float(row["baseline"]))


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--review", "June", "--review is a date; found 'June'"),
        ("--accepted", "1.1.2026", "--accepted is a date; found '1.1.2026'"),
        ("--review", "2025-12-31", "a review comes after the acceptance"),
        ("--measure", "mood", "a measure is resolution or attainment; found 'mood'"),
    ],
)
def test_row_that_makes_no_sense_is_refused_and_nothing_written(
    simlab: Simlab, case: Path, option: str, value: str, message: str
) -> None:
    ended = simlab("register", "add", "case.yaml", *ADD, option, value)
    assert ended.code == 2
    assert message in ended.err
    assert not (case.parent / "register.csv").exists()


def test_register_is_shown_as_a_table_as_markdown_and_as_json(simlab: Simlab, register: Path) -> None:
    shown = simlab("register", "show")
    assert shown.code == 0
    assert "1 change in register.csv" in shown.out
    head, line, row = simlab("register", "show", "--markdown").out.splitlines()
    assert head.startswith("| id | change |")
    assert set(line) <= set("| -")
    assert r"A \| bot" in row
    assert "| 1 000 EUR + 100 EUR a year |" in row.replace("\N{NO-BREAK SPACE}", " ")
    (plain,) = json.loads(simlab("register", "show", "--json").out)
    assert (plain["id"], plain["benefit"], plain["confidence"]) == ("bot", -30.0, 0.9)


def test_register_that_is_not_there_has_no_rows(simlab: Simlab) -> None:
    ended = simlab("register", "show", "--json")
    assert (ended.code, json.loads(ended.out)) == (0, [])


def test_damaged_register_is_refused_with_all_its_lines(simlab: Simlab, register: Path) -> None:
    text = register.read_text()
    register.write_text(text + text.splitlines()[1].replace(",60,", ",sixty,") + "\nx\n")
    ended = simlab("register", "show")
    assert ended.code == 2
    assert "register.csv:3:1" in ended.err
    assert "register.csv:4:1" in ended.err
    register.write_text("a,b\n")
    assert "a register begins with the columns id, change" in simlab("register", "show").err


@pytest.mark.parametrize(("minutes", "outcome"), [(30, "reached"), (50, "in part"), (58, "in part")])
def test_check_compares_what_came_with_what_was_expected(
    simlab: Simlab, register: Path, minutes: int, outcome: str
) -> None:
    log_with(register.parent, minutes)
    (told,) = json.loads(simlab("register", "check", "desk.yaml", "log.csv", "--json").out)
    assert told["actual"] == pytest.approx(minutes, abs=0.1)  # of 70 tickets a week 23 or 24 have each length
    assert (told["outcome"], told["weeks"]) == (outcome, 3)


def test_check_that_a_target_was_missed_ends_with_3_where_that_was_asked(
    simlab: Simlab, register: Path
) -> None:
    log_with(register.parent, 50)
    told = simlab("register", "check", "desk.yaml", "log.csv")
    assert told.code == 0
    assert "Expected and actual" in told.out
    assert "in part" in told.out
    failed = simlab("register", "check", "desk.yaml", "log.csv", "--fail")
    assert failed.code == 3
    assert "not reached: bot" in failed.err


def test_check_of_a_row_that_is_not_there_says_which_there_is(simlab: Simlab, register: Path) -> None:
    log_with(register.parent, 30)
    ended = simlab("register", "check", "desk.yaml", "log.csv", "--id", "boot")
    assert ended.code == 2
    assert "register.csv has no row 'boot'" in ended.err
    assert "did you mean 'bot'?" in ended.err
    none = simlab("register", "check", "desk.yaml", "log.csv", "--file", "other.csv")
    assert none.code == 2
    assert "other.csv has no row yet" in none.err


def test_check_of_a_log_from_before_the_change_is_refused(simlab: Simlab, register: Path) -> None:
    register.write_text(register.read_text().replace("2024-01-01,2024-06-01", "2025-01-01,2025-06-01"))
    log_with(register.parent, 30)
    ended = simlab("register", "check", "desk.yaml", "log.csv")
    assert ended.code == 2
    assert "bot: the log has no two whole weeks after 2025-01-01" in ended.err


def test_case_runs_on_a_cluster(simlab: Simlab, case: Path) -> None:
    ended = simlab("case", "case.yaml", "--no-store", "--cluster", "here")
    assert ended.code == 2
    assert "here" in ended.err
