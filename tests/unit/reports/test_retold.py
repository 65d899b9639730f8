"""Warnings, notes and reasons from below: each that can stand on a page is said in every language."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

import pytest

from simlab.calibrate.mechanisms import (
    CANDIDATES,
    Correction,
    Due,
    Duty,
    Mechanisms,
    Memory,
    Sees,
    Waits,
    Ways,
    Who,
)
from simlab.reports.language.catalogue import language_of, languages, say_again, speaking
from tests.sentences import PACKAGE, sentences_of, warned_of

TRANSLATED = [name for name in languages() if name != "en"]
TOLD = {
    "model/traffic.py": ("traffic_warnings",),
    "engines/guards.py": ("reason", "of_machine"),
    "experiments/runs.py": ("truncations",),
    "experiments/staffing_search.py": ("judged",),
    "calibrate/auditing/audit.py": ("audit", "_cannot_pause"),
    "calibrate/auditing/targets.py": ("_rows",),
    "calibrate/auditing/weekly.py": ("weekly_charts", "_notes"),
    "calibrate/cautions.py": ("warnings_of",),
    "calibrate/mechanisms.py": ("__str__",),
    "calibrate/summary.py": ("_demand", "_routing", "_staffing"),
    "calibrate/profiling/profile.py": ("_warnings", "_arrival_warnings", "_ending_warnings", "_only_closed"),
    "calibrate/reading/assemble.py": (*("instants", "counts", "_tickets", "_events", "_changes", "_log"),),
    "calibrate/reading/csv_file.py": ("csv_table", "_reason"),
    "calibrate/reading/field_history.py": ("_remarks",),
    "calibrate/reading/lifecycle.py": ("paired",),
    "calibrate/reading/ocel_file.py": ("ocel_table",),
    "calibrate/reading/parquet_file.py": ("parquet_table",),
    "calibrate/reading/xes_file.py": ("xes_table",),
    "business/monitoring.py": ("monitor", "moved_to"),
    "optimise/answer.py": ("_notes", "_importance"),
    "optimise/baselines.py": ("by_formula", "by_chance"),
    "optimise/contributions.py": ("contributions",),
    "optimise/definition.py": ("_undecidable",),
    "optimise/front.py": ("settle_front",),
    "optimise/finalists.py": ("settle", "_today", "reason", "why_none"),
    "optimise/objectives.py": ("judge", "_endless_growth"),
    "optimise/search.py": ("to_end", "_run_batch"),
    "optimise/evaluation.py": ("verdicts",),
}
"""Functions whose sentences come to pages, by module."""


def made_in_code() -> list[str]:
    found = {text for file in (PACKAGE / "model").rglob("*.py") for text in warned_of(file)}
    for module, names in TOLD.items():
        found |= sentences_of(PACKAGE / module, *names)
    return sorted(found)


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_sentence_from_below_is_said_in_the_language(name: str) -> None:
    with speaking(language_of(name)):
        said = {text: say_again(text) for text in made_in_code()}
    assert [text for text, again in said.items() if text == again or "-> " in again] == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_every_finding_of_a_calibration_is_called_in_the_language(name: str) -> None:
    tree = ast.parse((PACKAGE / "calibrate" / "summary.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = [node.args[0] for node in calls if getattr(node.func, "id", "") == "Finding"]
    constants = [node.value for node in called if isinstance(node, ast.Constant)]
    names = {value for value in constants if isinstance(value, str)}
    assert len(names) > 15
    assert sorted(names - set(language_of(name).texts)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_mechanisms_are_said_in_the_language_to_the_last_word(name: str) -> None:
    everything = Mechanisms(
        Waits.PACES, Correction.TIMES, Memory.TREND, Ways.BRANCHES, Duty.SHIFTS, Due.EARLIER
    )
    tried = [*CANDIDATES, everything, replace(everything, who=Who.CREWS, sees=Sees.ATTRIBUTE)]
    with speaking(language_of(name)):
        said = [say_again(str(mechanisms)) for mechanisms in tried]
    assert [text for text in said if re.search("[a-z]{3}", text)] == []


def test_sentences_are_found_in_the_code() -> None:
    made = made_in_code()
    assert "no ticket ever needs the team 7" in made
    assert "the ticket has no number" in made
    assert len(made) > 80


def test_a_place_and_a_path_stay_in_front_of_what_is_said() -> None:
    with speaking(language_of("zh")):
        said = say_again("a b.yaml:3:4: staffing.服务 台: no ticket ever needs the team 服务: 台")
        assert say_again("staffing.x: a sentence: that nobody foresaw").endswith("nobody foresaw")
    assert said == "a b.yaml:3:4: staffing.服务 台: 没有工单需要团队 服务: 台"
