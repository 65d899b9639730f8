"""Rows 16 to 24: processes that cannot work, and searches whose trials fail."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import InvalidInput
from tests.commands import SCENARIO, Simlab, program
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
    assert logs.totals.truncated == "stopped with 2001 tickets in the system"
    assert len(logs.tickets) == 2_001


MEASURED = """\
import re, sys, time
from simlab.cli import main
sys.argv[1:] = {arguments!r}
try:
    main()
finally:
    most = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
    print(time.process_time(), most, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_row_20_flood_of_a_year_is_stopped_in_seconds_and_with_little_memory(
    folder: Path, engine: str
) -> None:
    name = written(folder, ("60/day", "1e5/day"), ("length: 4 days", "length: 52 weeks"))
    CompiledEngine().prepare(model_of(one_step({"every": "1 h"}, "0", {"people": 1}, "1 day")))  # kept
    command = ["run", name, "-n", "1", "--force", "--json", "--engine", engine]
    ended = program(folder, sys.executable, "-c", MEASURED.format(arguments=command))
    assert ended.code == 3, ended.err
    told = json.loads(ended.out)
    assert told["steady"] is False
    assert "ended early: stopped with 200\N{NO-BREAK SPACE}001 tickets in the system" in told["warnings"][-1]
    seconds, most_kib = ended.err.split()[-2:]
    assert float(seconds) < 10.0, "of processor time"
    assert int(most_kib) < 1024 * 1024


def test_row_20_limits_are_set_and_partial_results_are_kept_apart_and_marked(
    simlab: Simlab, folder: Path
) -> None:
    command = ("run", "desk.yaml", "-n", "2", "-q", "--json")
    whole = simlab(*command)
    cut = simlab(*command, "--limit", "events=100", "--limit", "memory=none")
    assert (whole.code, cut.code) == (0, 3)
    assert "2 of 2 replications ended early: stopped after 100 events" in cut.err
    told = json.loads(cut.out)
    assert told["steady"] is False
    assert "2 of 2 replications ended early" in told["warnings"][-1]
    assert told["folder"] != json.loads(whole.out)["folder"]
    assert json.loads(simlab(*command).out) == json.loads(whole.out)
    assert simlab("report", told["folder"], "-o", "report.html").code == 0
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "2 of 2 replications ended early: stopped after 100 events" in page


VARIED = "replications: 2\nvary: {staffing.desk.people: {from: 2, to: 3}}\n"
LOG = "Number,Opened,Resolved,Priority\n" + "".join(
    f"T{day},2024-01-{day:02} 08:00,2024-01-{day:02} 09:00,P2\n" for day in range(1, 6)
)
EXPERIMENTS = {
    ("run", "desk.yaml", "-n", "2"): "",
    ("compare", "desk.yaml", "--what-if", "four", "-n", "2"): "",
    ("warm-up", "desk.yaml", "-n", "2"): "",
    ("monitor", "desk.yaml", "log.csv", "-n", "2", "--by", "day", "--forecast", "1"): "",
    ("sweep", "x.yaml"): f"experiment: sweep\n{VARIED}",
    ("sensitivity", "x.yaml"): f"experiment: sensitivity\nmethod: tornado\n{VARIED}",
    ("capacity", "x.yaml"): f"experiment: capacity\n{VARIED}constraints: [resolve_attainment >= 50 %]\n",
    ("optimize", "x.yaml"): f"experiment: optimize\n{VARIED}minimise: cost_per_week\n"
    "budget: {trials: 2, final_replications: 2}\n",
    ("case", "x.yaml"): "experiment: business_case\nreplications: 2\nproposal: {what_if: [four]}\n"
    "horizon: 1 year\ndiscount_rate: 8 %\n",
}

each_experiment = pytest.mark.parametrize(
    ("command", "experiment"), EXPERIMENTS.items(), ids=[command[0] for command in EXPERIMENTS]
)


def described(folder: Path, experiment: str) -> None:
    (folder / "x.yaml").write_text(f"scenario: desk.yaml\n{experiment}")
    (folder / "log.csv").write_text(LOG)


@each_experiment
def test_row_20_limits_hold_in_every_kind_of_experiment(
    simlab: Simlab, folder: Path, command: tuple[str, ...], experiment: str
) -> None:
    described(folder, experiment)
    assert simlab(*command, "-q", "--limit", "nonsense=1").code == 2
    ended = simlab(*command, "-j", "1", "--limit", "tickets=20")
    assert ended.code in (3, 4) or command[0] in ("sweep", "sensitivity")
    assert "replications ended early" in ended.err + ended.out


@each_experiment
def test_row_28_every_kind_of_experiment_is_estimated_before_it_runs_and_refused_if_endless(
    simlab: Simlab, folder: Path, command: tuple[str, ...], experiment: str
) -> None:
    described(folder, experiment)
    ended = simlab(*command, "--dry-run")
    assert ended.code == 0, ended.err
    assert "expected tickets" in ended.out
    assert "estimated time" in ended.out
    written(folder, ("60/day", "1e5/day"), ("length: 4 days", "length: 450 weeks"))
    (folder / "changed.yaml").rename(folder / "desk.yaml")
    if command[0] == "monitor":  # it simulates the days of the log only
        return
    ended = simlab(*command, "-q")
    assert ended.code == 2
    assert "insist with --force" in ended.err
    assert not (folder / "results").exists()


def test_row_28_far_too_many_tickets_are_estimated_and_have_to_be_insisted_on(
    simlab: Simlab, folder: Path
) -> None:
    name = written(folder, ("60/day", "1e5/day"), ("length: 4 days", "length: 52 weeks"))
    ended = simlab("run", name, "-n", "1")
    assert ended.code == 2
    told = ended.err.replace("\N{NO-BREAK SPACE}", " ")
    assert "would make about 36 400 000 tickets in 1 replication, more than 20 000 000" in told
    assert "insist with --force" in ended.err
    assert not (folder / "results").exists()
    assert simlab("run", name, "-n", "1", "--force", "--limit", "tickets=50", "--no-store", "-q").code == 3


def test_row_19_validate_tells_an_overload_before_anything_runs(simlab: Simlab, folder: Path) -> None:
    ended = simlab("validate", written(folder, ("60/day", "147/day")))
    assert ended.code == 0
    assert "the team desk cannot keep up" in ended.err
    assert "(load about 102 %)" in ended.err  # 147 tickets of 20 min a day for 2 people
    assert "with about 3 people in place of 2" in ended.err


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_row_21_loop_without_time_is_stopped_and_its_steps_are_named(engine: Engine) -> None:
    looping = one_step({"every": "1 h"}, "0", {"people": 1}, "1 day")
    steps = looping["routing"]["steps"]
    steps["work"]["next"] = [{"when": {"hops": ">= 1"}, "to": "resolved"}, {"to": "second"}]
    steps["second"] = {**steps["work"], "next": "third"}
    steps["third"] = {**steps["work"], "next": "work"}
    circle = r"(work -> second -> third|second -> third -> work|third -> work -> second) -> "
    said = f"1000 steps without any time passing; found a loop such as {circle}"
    with pytest.raises(InvalidInput, match=said):
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
