"""Rows 25 to 48 and 54, 55: files that are wrong, hostile, or not what they seem."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

from simlab.errors import InvalidInput
from simlab.model.load import load
from simlab.results.export import csv_text
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import MapNode, ScalarNode
from simlab.units import parse_duration, parse_share
from tests.commands import SCENARIO, Simlab, program


def refused(simlab: Simlab, folder: Path, text: str | bytes) -> str:
    """What is told about a scenario file, which must be refused in sentences."""
    content = text.encode() if isinstance(text, str) else text
    (folder / "bad.yaml").write_bytes(content)
    ended = simlab("validate", "bad.yaml")
    assert ended.code == 2, ended
    assert "Traceback" not in ended.err
    assert "bad.yaml" in ended.err
    return ended.err


def changed(old: str, new: str) -> str:
    assert old in SCENARIO
    return SCENARIO.replace(old, new, 1)


@pytest.mark.parametrize("value", ["-20 min", "-1", "0"])
def test_row_25_negative_or_bare_duration_is_refused_with_its_line(
    simlab: Simlab, folder: Path, value: str
) -> None:
    if value == "0":
        told = refused(simlab, folder, changed("length: 4 days", "length: 0 days"))
        assert "bad.yaml:2:" in told
    else:
        assert "bad.yaml:10:" in refused(simlab, folder, changed("20 min", value))


@pytest.mark.parametrize("value", [".nan", ".NaN", "nan", "NaN min"])
def test_row_26_not_a_number_is_refused(simlab: Simlab, folder: Path, value: str) -> None:
    assert "work.exponential" in refused(simlab, folder, changed("20 min", value))


@pytest.mark.parametrize("value", [".inf", "-.inf", "inf min", "1e999 min"])
def test_row_27_infinity_is_refused(simlab: Simlab, folder: Path, value: str) -> None:
    assert "work.exponential" in refused(simlab, folder, changed("20 min", value))


def test_row_28_rate_of_a_thousand_million_an_hour_is_refused_before_anything_runs(
    simlab: Simlab, folder: Path
) -> None:
    (folder / "huge.yaml").write_text(changed("60/day", "1e9/hour"))
    ended = simlab("run", "huge.yaml")
    assert ended.code == 2
    assert "tickets" in ended.err
    assert not (folder / "results").exists()


def test_row_29_duration_below_the_resolution_of_time_is_refused(simlab: Simlab, folder: Path) -> None:
    assert "1 ms" in refused(simlab, folder, changed("20 min", "1e-300 min"))


@pytest.mark.parametrize("shares", ["{resolved: 60 %, fix: 60 %}", "{resolved: 30 %, fix: 30 %}"])
def test_row_30_shares_that_do_not_add_up_are_refused_with_their_sum(
    simlab: Simlab, folder: Path, shares: str
) -> None:
    told = refused(simlab, folder, changed("next: resolved", f"next: {shares}"))
    assert ("= 120 %" in told) or ("= 60 %" in told)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("20 min", "20", "unit"),
        ("20 min", "20m", "minutes or months"),
        ("20 min", "20 minuts", "minut"),
        ("40 EUR/hour", "40", "EUR"),
        ("40 EUR/hour", "40 EUR", "/hour"),
        ("20 %", "0.2", "percent"),
        ("20 %", "20", "%"),
        ("60/day", "60", "/"),
        ("length: 4 days", "length: 4", "unit"),
        ("resolve: 1 h", "resolve: 1", "unit"),
    ],
)
def test_row_31_value_without_its_unit_is_refused(
    simlab: Simlab, folder: Path, old: str, new: str, says: str
) -> None:
    assert says in refused(simlab, folder, changed(old, new))


def test_row_31_task_of_more_than_30_days_is_warned_of(simlab: Simlab, folder: Path) -> None:
    (folder / "long.yaml").write_text(
        changed("20 min", "40 days").replace("60/day", "1/week").replace("4 days", "9 days")
    )
    ended = simlab("validate", "long.yaml")
    assert "one piece of work takes 40 days" in ended.err


@pytest.mark.parametrize(("old", "new"), [("demand:", "demnd:"), ("people:", "poeple:"), ("next:", "nxt:")])
def test_row_32_misspelt_key_is_refused_with_the_right_one(
    simlab: Simlab, folder: Path, old: str, new: str
) -> None:
    assert f"did you mean '{old[:-1]}'?" in refused(simlab, folder, changed(old, new))


@pytest.mark.parametrize(
    "text",
    [
        SCENARIO + "name: Twice\n",
        changed("{people: 2,", "{people: 2, people: 3,"),
        SCENARIO.replace("  fix:", "  fix: &f").replace("targets:", "other: {<<: *f, <<: *f}\ntargets:"),
    ],
    ids=["in the map", "nested", "merge"],
)
def test_row_33_key_given_twice_is_refused(simlab: Simlab, folder: Path, text: str) -> None:
    told = refused(simlab, folder, text)
    assert "twice" in told or "again" in told or "already" in told or "merge" in told


def test_row_34_clock_times_stay_text_however_they_are_written(folder: Path) -> None:
    node = parse_document("a: 17:00\nb: 09:00\nc: '17:00'\n", "times")
    assert isinstance(node, MapNode)
    values = {key: entry.node for key, entry in node.entries.items()}
    assert all(isinstance(value, ScalarNode) for value in values.values())
    assert [value.value for value in values.values() if isinstance(value, ScalarNode)] == [
        "17:00",
        "09:00",
        "17:00",
    ]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e3", 1000.0), ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"),
        ("010", "010"), ("0o10", 8), ("0x10", 16), ("true", True), ("True", True), ("null", None),
        ("~", None), ("1_000", "1_000"), ("+1", 1), (".5", 0.5), ("1.", 1.0), ("2026-01-05", "2026-01-05"),
        ("12:30:45", "12:30:45"), ("'1'", "1"),
    ],
)  # fmt: skip
def test_row_35_scalars_have_their_yaml_1_2_values(written: str, value: object) -> None:
    node = parse_document(f"a: {written}\n", "scalars")
    assert isinstance(node, MapNode)
    found = node.entries["a"].node
    assert isinstance(found, ScalarNode)
    assert found.value == value
    assert type(found.value) is type(value)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)

HOSTILE = {
    36: (BOMB, "alias"),
    37: ("name: &a [*a]\n", "inside what it repeats"),
    38: ("name: !!python/object/apply:os.system ['touch marker']\n", "tag"),
    39: ("name: " + "[" * 100_000, "deep"),
    40: ("name: x\n" + "# filler\n" * 600_000, "MiB"),
}


@pytest.mark.parametrize(("row", "text", "says"), [(row, *case) for row, case in HOSTILE.items()])
def test_rows_36_to_40_hostile_yaml_is_refused_in_little_time_and_memory(
    folder: Path, row: int, text: str, says: str
) -> None:
    (folder / "bad.yaml").write_text(text)
    limited = (
        "import re, resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (20, 20))\n"
        "from simlab.cli import main; sys.argv[1:] = ['validate', 'bad.yaml']\n"
        "try:\n    main()\nfinally:\n"
        "    print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1], file=sys.stderr)"
    )
    ended = program(folder, sys.executable, "-c", limited)
    assert ended.code == 2, (row, ended.err)
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert int(ended.err.split()[-1]) < 100 * 1024, "KiB"
    assert not (folder / "marker").exists()


@pytest.mark.parametrize(
    "content",
    [b"name: \xff\n", "name: x\n".encode("utf-16"), b"name: a\0b\n", "name: a\u202eb\n".encode()],
    ids=["not UTF-8", "UTF-16", "NUL", "reordering mark"],
)
def test_row_41_only_utf_8_without_control_characters_is_read(
    simlab: Simlab, folder: Path, content: bytes
) -> None:
    refused(simlab, folder, content)


@pytest.mark.parametrize(
    "extends",
    ["../outside.yaml", "/etc/hostname", "https://example.org/x.yaml", "link.yaml", "bad.yaml", "none"],
)
def test_row_42_nothing_outside_of_the_folder_is_extended(
    simlab: Simlab, folder: Path, tmp_path_factory: pytest.TempPathFactory, extends: str
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("name: SECRET\n")
    (folder / "link.yaml").symlink_to(outside)
    assert "SECRET" not in refused(simlab, folder, f"extends: {extends}\n{SCENARIO}")


def test_row_43_only_regular_files_are_read(simlab: Simlab, folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    for path in ("pipe.yaml", "/dev/zero", "."):
        ended = simlab("validate", path)
        assert ended.code == 2, path
        assert "regular file" in ended.err or "folder" in ended.err


FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_row_44_names_that_a_spreadsheet_would_run_are_text_in_csv(formula: str) -> None:
    text = csv_text({"name": [formula], "value": [-1.5]})
    cell = text.splitlines()[1] if "\r" not in formula else text.split("\n", 1)[1]
    assert not cell.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "-1.5" in text


def test_row_48_archive_in_place_of_a_text_file_is_refused(simlab: Simlab, folder: Path) -> None:
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", b"0" * 50_000_000)
    ended = simlab("profile", "bomb.xlsx")
    assert ended.code == 2
    assert "Traceback" not in ended.err


EXPRESSIONS = ["__import__('os').system('touch marker')", "9**9**9", "().__class__", "1+1 min", "(" * 100_000]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda text: text[:20])
def test_row_54_nothing_in_a_file_is_computed(simlab: Simlab, folder: Path, expression: str) -> None:
    written = json.dumps(expression)
    refused(simlab, folder, changed("20 min", written))
    assert not (folder / "marker").exists()
    assert simlab("run", "desk.yaml", "--set", f"staffing.desk.people={expression}").code == 2


@pytest.mark.parametrize(
    "text", ["1" * 100_000, "1 " * 50_000, "1h" * 50_000, "%" * 100_000, "P" + "1D" * 50_000]
)
def test_row_55_long_values_are_read_in_linear_time(text: str) -> None:
    for parse in (parse_duration, parse_share):
        with pytest.raises(ValueError, match=r"->|long|unit|number|percent"):
            parse(text)


def test_every_file_that_cannot_be_read_is_told_in_python_too(folder: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        load(folder / "absent.yaml")
