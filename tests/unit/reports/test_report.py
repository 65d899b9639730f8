from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simlab.errors import StorageError, UsageError
from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.reports import write_report


def test_a_report_of_a_run_is_one_file_with_its_tables_beside_it(base: ScenarioRun, tmp_path: Path) -> None:
    path = write_report(base, tmp_path / "desk.html", command="simlab run desk.yaml")
    html = path.read_text(encoding="utf-8")
    assert "<h1>Small desk</h1>" in html
    assert "simlab run desk.yaml" in html
    tables = {file.name for file in (tmp_path / "desk_tables").iterdir()}
    assert {"responses.csv", "resolution_distribution.csv", "process_moves.csv", "costs.csv"} <= tables


def test_several_results_share_a_page_with_the_answer_of_the_first(
    base: ScenarioRun, comparison: Comparison, tmp_path: Path
) -> None:
    first, second = (replace(run, kept={}) for run in comparison.runs)
    results: list[Comparison | ScenarioRun] = [
        replace(comparison, base=first, alternatives={"three people": second}),
        replace(base, kept={}),
    ]
    path = write_report(results, tmp_path / "both.html", title="Both")
    html = path.read_text(encoding="utf-8")
    assert "<h1>Both</h1>" in html
    assert "Comparison and Simulation run" in html
    assert html.index("With “three people”") < html.index("Tickets are resolved in")


def test_a_report_about_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one result"):
        write_report([], tmp_path / "none.html")


def test_a_report_that_cannot_be_written_is_told_with_its_path(base: ScenarioRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"run_tables: cannot write it"):
        write_report(replace(base, kept={}), tmp_path / "file" / "run.html")


@pytest.mark.slow
def test_a_report_of_a_year_of_ten_teams_is_smaller_than_2_mb(
    simulated: Callable[[dict[str, Any]], ScenarioRun], year_of_ten_teams: dict[str, Any], tmp_path: Path
) -> None:
    path = write_report(simulated(year_of_ten_teams), tmp_path / "year.html")
    assert path.read_text(encoding="utf-8").count("<svg") >= 6
    assert path.stat().st_size < 2_000_000
