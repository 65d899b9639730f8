from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from simlab.errors import InvalidInput
from simlab.model.data_files import DataFiles
from simlab.model.load import from_node, load, load_variants
from simlab.scenario.nodes import MapNode, ScalarNode, from_plain, set_path

SCENARIO = """
name: Small
time: {length: 1 week}
demand: {calls: {arrivals: {rate: 12/hour, by_hour: week.csv}}}
routing: {start: fix, steps: {fix: {team: desk, work: 8 min, next: resolved}}}
staffing: {desk: {people: 3}}
what_if:
  more: {label: Four people, set: {staffing.desk.people: 4}}
  bad: {set: {staffing.desk.people: 4, routing.start: fx}}
  none: {set: {staffing.desk.people: 0}}
"""
WEEK = "weekday,hour,share\nmon,9,1\ntue,9,1\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "week.csv").write_text(WEEK)
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO)
    return scenario


def test_loaded_scenario_tells_what_it_was_made_of(file: Path) -> None:
    loaded = load(file, assignments=["time.length=2 weeks"])
    assert (loaded.name, loaded.path, loaded.sources) == ("Small", file, (file,))
    assert loaded.data_files == {"week.csv": hashlib.sha256(WEEK.encode()).hexdigest()}
    assert loaded.patches == {"more": "Four people", "bad": "bad", "none": "none"}
    assert loaded.resolved["time"] == {"length": "2 weeks"}
    assert "what_if" not in loaded.resolved
    assert loaded.model.length == 2 * 7 * 24 * 60


def test_change_is_applied_and_gives_its_label(file: Path) -> None:
    loaded = load(file, what_if=["more"])
    assert (loaded.label, len(loaded.model.people.pool)) == ("Four people", 4)
    assert list(load_variants(file, ["more"])) == ["more"]


def test_mistakes_of_all_changes_are_told_at_once(file: Path) -> None:
    with pytest.raises(InvalidInput, match="no step of this name") as refusal:
        load_variants(file)
    assert [problem.path for problem in refusal.value.problems] == ["routing.start", "staffing.desk.people"]
    assert all(problem.place and problem.place.source == str(file) for problem in refusal.value.problems)


def test_changed_node_is_compiled_without_reading_its_files_again(file: Path) -> None:
    loaded = load(file)
    (file.parent / "week.csv").unlink()
    node = set_path(loaded.node, "staffing.desk.people", ScalarNode(7, "7", loaded.node.place))
    assert isinstance(node, MapNode)
    again = loaded.changed(node)
    assert len(again.model.people.pool) == 7
    assert again.data_files == loaded.data_files


def test_scenario_from_plain_values_needs_no_file() -> None:
    plain = {
        "name": "Small",
        "time": {"length": "1 week"},
        "demand": {"calls": {"arrivals": {"rate": "12/hour"}}},
        "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "8 min", "next": "resolved"}}},
        "staffing": {"desk": {"people": 3}},
    }
    node = from_plain(plain, "memory")
    assert isinstance(node, MapNode)
    assert from_node(node, ".").sources == ()


def test_data_file_is_read_beside_the_file_that_names_it(file: Path) -> None:
    folder = file.parent / "base"
    folder.mkdir()
    (folder / "week.csv").write_text(WEEK + "wed,9,1\n")
    (folder / "base.yaml").write_text(SCENARIO)
    file.write_text("extends: base/base.yaml\nname: Other\n")
    assert list(load(file).data_files) == ["base/week.csv"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no header"),
        (b"a;b\n1;2\n", "semicolons"),
        (b"a,a\n1,2\n", "two columns 'a'"),
        (b"a,b\n1\n", "line 2 of t.csv has 1 values"),
        (b"a,b\n", "no rows"),
        (b"a,b\n\xff,1\n", "not UTF-8"),
        (b'a,b\n"x"y,1\n', "line 2"),
    ],
)
def test_damaged_table_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(ValueError, match=says):
        DataFiles(tmp_path).table(tmp_path, "t.csv")


def test_table_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfa,b\n1, 2\n")
    assert list(DataFiles(tmp_path).table(tmp_path, "t.csv").column("b", "t.csv")) == ["2"]


def test_table_outside_the_root_or_no_regular_file_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "t.csv").write_text("a\n1\n")
    (inside / "link.csv").symlink_to(tmp_path / "t.csv")
    os.mkfifo(inside / "pipe.csv")
    files = DataFiles(inside)
    for name, says in [("../t.csv", "stay in the folder"), ("link.csv", "stay in the folder")]:
        with pytest.raises(ValueError, match=says):
            files.table(inside, name)
    with pytest.raises(ValueError, match="not a regular file"):
        files.table(inside, "pipe.csv")


def test_a_value_of_a_table_knows_its_line_and_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b'a,b,c\n1,"x, y",2\n\n"3\n4",5,6\n7,8,9\n')
    table = DataFiles(tmp_path).table(tmp_path, "t.csv")
    assert [str(table.column("c", "t.csv").place(0)), str(table.column("b", "t.csv").place(2))] == [
        "t.csv:2:10",
        "t.csv:6:3",
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{lognormal: {median: 2 h, p90: 20 min}}", "p90 must be above the median; found 20 min and 2 h"),
        ("{lognormal: {mean: 8 min, p90: 3 h}}", "found 3 h, which is 22.5 times 8 min"),
        ("{uniform: {min: 90 min, max: 1 h}}", "found 1 h 30 min, 1 h"),
        ("{exponential: 10 min, at_least: 3 days}", "the limits 3 days to no limit must keep"),
        ("{exponential: 0 min}", "mean must be above 0 and finite; found 0 min"),
    ],
)
def test_times_that_no_distribution_has_are_told_with_their_units(
    file: Path, written: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        load(file, assignments=[f"routing.steps.fix.work={written}"])
    (problem,) = refused.value.problems
    assert problem.path.startswith("routing.steps.fix.work.")
    assert message in problem.message


def test_numbers_that_no_distribution_has_are_told_without_a_unit(file: Path) -> None:
    with pytest.raises(InvalidInput, match="p90 must be above the median; found 1 and 2"):
        load(file, assignments=["demand.calls.difficulty={lognormal: {median: 2, p90: 1}}"])
