from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simlab as sl
from simlab.errors import InvalidInput

DESK = {
    "name": "Desk",
    "time": {"length": "3 days"},
    "demand": {"mail": {"arrivals": {"rate": "60/day"}}},
    "staffing": {"desk": {"people": 1}},
    "routing": {"start": "fix", "steps": {"fix": {"team": "desk", "work": "20 min", "next": "resolved"}}},
}


def test_scenario_from_values_is_run_and_compared() -> None:
    base = sl.from_values(DESK)
    assert sl.run(base, replications=2, jobs=1).n == 2
    comparison = sl.compare(base, {"two": base.patch({"staffing.desk.people": 2})}, replications=3, jobs=1)
    assert comparison.row("resolution_mean").changes[0].verdict == "better"


def test_scenario_from_a_file_takes_patches_and_assignments(tmp_path: Path) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text("extends: base.yaml\nwhat_if: {more: {set: {staffing.desk.people: 3}}}\n")
    (tmp_path / "base.yaml").write_text(
        "name: Desk\ntime: {length: 1 day}\ndemand: {mail: {arrivals: {every: 1 h}}}\n"
        "staffing: {desk: {people: 1}}\n"
        "routing: {start: fix, steps: {fix: {team: desk, work: 20 min, next: resolved}}}\n"
    )
    assert sl.load(path, what_if=["more"]).resolved["staffing"] == {"desk": {"people": 3}}
    assert sl.load(path, assignments=["staffing.desk.people=4"]).resolved["staffing"] == {
        "desk": {"people": 4}
    }


def test_patch_leaves_the_scenario_as_it_is_and_tells_mistakes() -> None:
    base = sl.from_values(DESK)
    assert base.patch({"staffing.desk.people": 2}, "Two").label == "Two"
    assert base.resolved["staffing"] == {"desk": {"people": 1}}
    with pytest.raises(InvalidInput, match="did you mean 'people'"):
        base.patch({"staffing.desk.peple": 2})


def test_stored_run_is_read_back(tmp_path: Path) -> None:
    stored = sl.run(sl.from_values(DESK), replications=2, jobs=1, store=tmp_path)
    assert stored.folder is not None
    np.testing.assert_array_equal(
        sl.read_run(stored.folder).values("resolution_mean"), stored.values("resolution_mean")
    )


def test_report_is_written_to_the_file_asked_for(tmp_path: Path) -> None:
    finished = sl.run(sl.from_values(DESK), replications=2, jobs=1)
    assert sl.report(finished, tmp_path / "desk.html").read_text().startswith("<!")


def test_interface_names_what_it_offers() -> None:
    assert dir(sl) == sorted(sl.__all__)
    for name in sl.__all__:
        assert getattr(sl, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'simulate'"):
        _ = sl.simulate


def test_report_of_a_changed_scenario_is_called_by_its_label(tmp_path: Path) -> None:
    changed = sl.from_values(DESK).patch({"staffing.desk.people": 2}, "Two people")
    written = sl.report(sl.run(changed, replications=2, jobs=1), tmp_path / "two.html").read_text()
    assert "<title>Two people</title>" in written


def test_report_tells_several_results_one_after_the_other(tmp_path: Path) -> None:
    base = sl.from_values(DESK)
    comparison = sl.compare(base, {"two": base.patch({"staffing.desk.people": 2})}, replications=2, jobs=1)
    written = sl.report([comparison, comparison.base], tmp_path / "desk.html", title="One & two").read_text()
    assert "One &amp; two" in written


def test_business_case_is_read_from_its_file() -> None:
    with pytest.raises(InvalidInput, match="there is no such file"):
        sl.business_case("no_such_case.yaml")
