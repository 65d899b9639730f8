"""Rows 16 to 24: processes that cannot work, and searches whose trials fail."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput
from tests.commands import SCENARIO, Simlab
from tests.desks import model_of, one_step

ENGINES = (SimpyEngine(), CompiledEngine())


def written(folder: Path, *changes: tuple[str, str]) -> str:
    text = SCENARIO
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "changed.yaml").write_text(text)
    return "changed.yaml"


@pytest.mark.parametrize(("rate", "people"), [("147/day", "3"), ("720/day", "12")], ids=["1.02", "5"])
def test_row_19_team_that_cannot_keep_up_is_named_with_its_load_and_the_people_it_needs(
    simlab: Simlab, folder: Path, rate: str, people: str
) -> None:
    ended = simlab("run", written(folder, ("60/day", rate)), "-n", "2")
    assert ended.code == 3
    assert "desk" in ended.err
    assert f"with about {people} people in place of 2" in ended.err


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_row_20_run_that_never_ends_is_stopped_and_marked(engine: Engine) -> None:
    flooded = model_of(one_step({"rate": "3000/hour"}, "10 h", {"people": 1}, "30 days"))
    logs = engine.run(flooded, 1, 0, Guards(max_in_system=2_000))
    assert logs.totals.truncated == "stopped with 2,001 tickets in the system"
    assert len(logs.tickets) == 2_001


def test_row_20_far_too_many_tickets_are_refused_before_they_fill_the_memory(
    simlab: Simlab, folder: Path
) -> None:
    ended = simlab("run", written(folder, ("60/day", "1e5/hour"), ("length: 4 days", "length: 52 weeks")))
    assert ended.code == 2
    assert "tickets" in ended.err
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1024 * 1024 * 2


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_row_21_loop_without_time_is_stopped_and_its_steps_are_named(engine: Engine) -> None:
    looping = one_step({"every": "1 h"}, "0", {"people": 1}, "1 day")
    looping["routing"]["steps"]["work"]["next"] = [
        {"when": {"hops": ">= 1"}, "to": "resolved"},
        {"to": "work"},
    ]
    with pytest.raises(InvalidInput, match="1000 steps without any time passing"):
        engine.run(model_of(looping), 1, 0)


def test_row_22_process_that_no_ticket_leaves_is_refused_with_its_circle(
    simlab: Simlab, folder: Path
) -> None:
    steps = (
        "{a: {wait: 1 h, next: b}, b: {wait: 1 h, next: c}, c: {wait: 1 h, next: a},\n"
        "    fix: {team: desk, work: 5 min, next: a}}"
    )
    name = written(
        folder,
        ("steps:\n    fix: {team: desk, work: {exponential: 20 min}, next: resolved}", f"steps: {steps}"),
    )
    ended = simlab("validate", name)
    assert ended.code == 2
    assert "never leave" in ended.err
    assert "a -> b -> c" in ended.err


@pytest.mark.parametrize(
    "staff",
    ["{people: 0}", "{people: 2, calendar: feast, cost: 40 EUR/hour}"],
    ids=["nobody", "only on a day that never comes"],
)
def test_row_23_step_that_nobody_ever_serves_is_refused(simlab: Simlab, folder: Path, staff: str) -> None:
    feast = 'calendars: {feast: {hours: {sun: "08:00-09:00"}}}\n'
    name = written(folder, ("{people: 2, cost: 40 EUR/hour}", staff), ("demand:", f"{feast}demand:"))
    ended = simlab("validate", name)
    assert ended.code == 2
    assert "fix can never be served" in ended.err


def test_row_24_skill_that_nobody_has_is_refused_with_the_steps_that_need_it(
    simlab: Simlab, folder: Path
) -> None:
    ended = simlab("validate", written(folder, ("{team: desk, work", "{team: desk, skill: welding, work")))
    assert ended.code == 2
    assert "welding" in ended.err
    assert "fix" in ended.err


def test_row_17_and_18_figures_that_are_not_numbers_are_null_in_json(simlab: Simlab, folder: Path) -> None:
    name = written(folder, ("60/day", "1/week"), ("4 days", "2 days"))
    ended = simlab("run", name, "-n", "2", "--json", "--allow-unstable")
    assert ended.code == 0, ended.err
    assert "NaN" not in ended.out
    assert "Infinity" not in ended.out
    json.loads(ended.out)
