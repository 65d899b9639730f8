from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simlab.cli.describing import description
from simlab.model.load import load

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""

RICH = """\
name: Rich
description: A desk with everything.
time: {length: 2 weeks, zone: Europe/Berlin}
calendars: {office: {hours: {mon-fri: "09:00-17:00"}}}
demand:
  mail:
    arrivals: {hourly: {mon-fri: {"09:00-17:00": 4/hour}}}
    classes: {easy: {share: 75 %, priority: P2}, hard: {share: 25 %, priority: {P1: 50 %, P2: 50 %}}}
staffing:
  desk: {people: 3, calendar: office, cost: 40 EUR/hour}
  experts: {shifts: {day: {people: 2, calendar: office}}}
routing:
  start: look
  steps:
    look:
      about: The desk reads it.
      team: desk
      work: {lognormal: {mean: 10 min, cv: 1}}
      next: [{to: deep, when: {class: hard, priority: [P1, P2]}}, {to: ask, share: 10 %}, {to: resolved}]
    ask: {wait: 4 h, pauses: [resolve], next: deep}
    deep: {team: experts, work: 30 min, next: closing}
    closing: {wait: 2 days, resolved: true, next: [{share: 5 %, to: objection}, {to: resolved}]}
    objection: {wait: 1 h, reopened: true, next: look}
automation:
  bot: {at: look, for: {class: easy}, level: on, levels: {"off": {}, "on": {coverage: 30 %, run_time: 1 min}}}
levers:
  standards:
    {about: One way to look., level: 50 %, effects: {routing.steps.*.work.cv: -40 %}, cost: {monthly: 80 EUR}}
targets: {P1: {resolve: 4 h, calendar: office}}
costs: {monthly: {licences: 500 EUR}}
evidence: {routing.steps.*.work: {kind: assumption, source: interview}}
"""


@pytest.fixture
def rich(folder: Path) -> Path:
    path = folder / "rich.yaml"
    path.write_text(RICH)
    return path


def test_init_writes_a_starter_that_is_valid_and_can_be_compared(simlab: Simlab, folder: Path) -> None:
    ended = simlab("init", "my-desk")
    assert ended.code == 0
    assert ended.out.split() == ["my-desk/experiment.yaml", "my-desk/scenario.yaml"]
    assert "next: simlab describe my-desk/scenario.yaml" in ended.err
    checked = simlab("validate", "my-desk/scenario.yaml")
    assert (checked.code, checked.err) == (0, "")
    assert simlab("compare", "my-desk/experiment.yaml", "--dry-run", "-n", "1").code == 0


def test_init_overwrites_nothing(simlab: Simlab, folder: Path) -> None:
    simlab("init", "my-desk")
    (folder / "my-desk" / "scenario.yaml").write_text("mine")
    ended = simlab("init", "my-desk")
    assert ended.code == 2
    assert "experiment.yaml and scenario.yaml already" in ended.err
    assert (folder / "my-desk" / "scenario.yaml").read_text() == "mine"


def test_validate_counts_what_a_scenario_has(simlab: Simlab) -> None:
    ended = simlab("validate", "desk.yaml")
    assert ended.code == 0
    assert (
        "desk.yaml: no mistakes, no warnings: 1 stream, 1 step, 1 team, 2 people, 0 automations, 2 what-ifs"
        in ended.out
    )


def test_validate_tells_all_mistakes_as_text_and_as_json(simlab: Simlab, folder: Path) -> None:
    text = (folder / "desk.yaml").read_text().replace("people: 2", "people: many").replace("20 %", "twenty")
    (folder / "desk.yaml").write_text(text)
    assert simlab("validate", "desk.yaml").err.count("desk.yaml:") == 2
    ended = simlab("validate", "desk.yaml", "--json")
    told = json.loads(ended.out)
    assert ended.code == 2
    assert (told["valid"], len(told["problems"])) == (False, 2)
    assert told["problems"][0]["place"]["line"] == 4


def test_validate_warns_of_what_ifs_that_cannot_be_applied(simlab: Simlab, folder: Path) -> None:
    text = (folder / "desk.yaml").read_text()
    (folder / "off.yaml").write_text(
        "extends: desk.yaml\nwhat_if:\n  typo: {set: {staffing.dsk.people: 3}}\n"
        "  slip: {set: {staffing.desk.people: many}}\n"
    )
    assert "what_if" in text
    ended = simlab("validate", "off.yaml")
    assert ended.code == 0
    assert "2 warnings" in ended.out
    assert "off.yaml:3:16: " in ended.err
    assert "the what-if typo cannot be applied by itself: there is no key 'dsk' in 'staffing'" in ended.err
    assert "the what-if slip cannot be applied by itself: " in ended.err


def test_valid_scenario_as_json(simlab: Simlab) -> None:
    told = json.loads(simlab("validate", "desk.yaml", "--json").out)
    assert (told["valid"], told["teams"], told["warnings"]) == (True, 1, [])


def test_describe_tells_every_part_in_words(simlab: Simlab, rich: Path) -> None:
    ended = simlab("describe", "rich.yaml")
    assert ended.code == 0
    for words in (
        "Rich\nA desk with everything.",
        "mail: about 160 tickets a week, 320 in the run",
        "hard: 25 %; P1 50 %, P2 50 %",
        "look: The desk reads it. Team desk works on it (lognormal: mean 10 min, cv 1).",
        "- to deep, if class hard and priority P1 or P2",
        "- 10 % to ask",
        "- the others to resolved",
        "ask: It waits (4 h). The clocks stand still: resolve. Then deep.",
        "closing: It waits (2 days). It counts as resolved from here on.",
        "objection: It waits (1 h). It is open again then. Then look.",
        "bot: before look, for class easy; level on: coverage 30 %, run time 1 min",
        "standards: One way to look. Level 0.5 of 1; cost at level 1: monthly 80 EUR",
        "routing.steps.*.work.cv: -20 % now, -40 % at level 1",
        "desk: 3 people; calendar office, cost 40 EUR/hour",
        "shift day: people 2, calendar office",
        "first guess (Erlang C):",
        "P1: resolve 4 h, calendar office",
        "monthly: licences 500 EUR",
        "routing.steps.*.work: assumption (interview)",
    ):
        assert words in ended.out


def test_describe_tells_how_people_work_together(simlab: Simlab, rich: Path) -> None:
    changes = (
        "staffing.desk.skills=[german, french]",
        "staffing.desk.at_once=2",
        "routing.steps.look.skill=[{skill: german, when: {class: easy}}, {skill: french}]",
        "routing.steps.deep.swarm={people: 2, hold: true}",
    )
    ended = simlab("describe", "rich.yaml", *(part for change in changes for part in ("--set", change)))
    for words in (
        "It needs the skill german, if class easy. It needs the skill french.",
        "Several people do it together: people 2, hold true.",
        "skills german, french",
        "at once 2",
    ):
        assert words in ended.out


def test_describe_tells_until_when_tickets_wait_and_what_is_watched(simlab: Simlab, rich: Path) -> None:
    watch = "{watch: {at_risk: {within: 2 h}}, every: 1 h, start: {at_least: 3}, stop: {at_most: 0}}"
    changes = (
        "calendars.board={hours: {wed: '10:00-11:00'}}",
        "calendars.never={hours: {}}",
        "routing.steps.ask={wait: 4 h, calendar: office, until: board, next: deep}",
        f"control={{late: {watch}}}",
        "levers.standards.about=One way",
    )
    ended = simlab("describe", "rich.yaml", *(part for change in changes for part in ("--set", change)))
    for words in (
        "ask: It waits (4 h, on the clock of office) until board is open. Then deep.",
        "late: Every 1 h it looks at the tickets whose time to resolve ends within 2 h; it acts from 3 on",
        "never: hours: none",
        "standards: One way. Level 0.5 of 1",
    ):
        assert words in ended.out


def test_describe_tells_what_a_roadmap_changes_when(simlab: Simlab, rich: Path) -> None:
    milestone = "{at: 2026-01-12, label: Standards, ramp: 3 days, set: {levers.standards.level: 100 %}}"
    rich.write_text(
        f"{RICH}time: {{start: 2026-01-05, length: 2 weeks}}\nroadmap: [{milestone}]\n".replace(
            "time: {length: 2 weeks, zone: Europe/Berlin}\n", ""
        )
    )
    told = simlab("describe", "rich.yaml").out
    assert "2026-01-12 00:00, over 3 days: Standards: levers.standards.level to 100 %" in told
    assert "desk: 3 people over time" in told


def test_load_is_the_work_that_comes_per_person_on_duty(rich: Path) -> None:
    # 4 an hour, 30 % of the easy three quarters done by the bot: 3.1 an hour of 10 min for 3 people, 17.2 %.
    load_of_desk = next(line for line in description(load(rich))["Load"] if line.startswith("desk"))
    share = float(load_of_desk.split()[1])
    assert share == pytest.approx(17.2, abs=1.5)


def test_describe_as_json_has_the_same_sections(simlab: Simlab, rich: Path) -> None:
    told = json.loads(simlab("describe", "rich.yaml", "--json").out)
    assert list(told["sections"]) == [
        "Demand",
        "Process",
        "Automation",
        "Levers",
        "Teams",
        "Load",
        "Calendars",
        "Targets",
        "Cost beside people",
        "Assumptions",
    ]


def test_set_changes_what_is_described(simlab: Simlab) -> None:
    assert "desk: 7 people" in simlab("describe", "desk.yaml", "--set", "staffing.desk.people=7").out


EXPERIMENTS = {
    "run": "precision: {resolution_mean: 5 %}",
    "compare": "alternatives: {few: {what_if: [one]}}",
    "sweep": "vary: {staffing.desk.people: [2, 3]}\nresponses: [resolution_mean]",
    "sensitivity": "method: tornado\nvary: {staffing.desk.people: {from: 1, to: 3}}\nresponses: [wait_mean]",
    "capacity": "vary: {staffing.desk.people: {from: 1, to: 5}}\nconstraints: [wait_mean <= 1 h]",
    "optimize": "vary: {staffing.desk.people: {from: 1, to: 5}}\nminimise: cost_per_week\n"
    "constraints: ['P(resolve_attainment >= 50 %) >= 80 %']\nbudget: {trials: 5, final_replications: 6}",
    "business_case": "proposal: {what_if: [four]}\nhorizon: 2 years\ndiscount_rate: 8 %",
}


@pytest.mark.parametrize("kind", EXPERIMENTS)
def test_validate_checks_experiments_of_every_kind(simlab: Simlab, folder: Path, kind: str) -> None:
    text = f"experiment: {kind}\nscenario: desk.yaml\n{EXPERIMENTS[kind]}\n"
    (folder / "x.yaml").write_text(text)
    ended = simlab("validate", "x.yaml")
    assert ended.code == 0, ended.err
    assert ended.out.startswith("x.yaml: no mistakes, ")
    assert json.loads(simlab("validate", "x.yaml", "--json").out)["experiment"] == kind
    (folder / "x.yaml").write_text(text.replace("horizon", "horzon") + "seeds: 3\n")
    refused = simlab("validate", "x.yaml")
    assert refused.code == 2
    assert "there is no key 'seeds' here" in refused.err


def test_chance_that_too_few_runs_could_show_is_warned_of(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(f"experiment: optimize\nscenario: desk.yaml\n{EXPERIMENTS['optimize']}\n")
    ended = simlab("validate", "x.yaml")
    assert "1 warning" in ended.out
    # 0.05 ** (1 / 6) is 61 %; 14 is the first n with 0.05 ** (1 / n) >= 80 %.
    assert "x.yaml:5:15: constraints.0: " in ended.err
    assert "even if all 6 runs that are told keep it, that shows 61 % at most" in ended.err
    assert "set budget.final_replications to 14 or more" in ended.err
    enough = (folder / "x.yaml").read_text().replace("final_replications: 6", "final_replications: 14")
    (folder / "x.yaml").write_text(enough)
    assert "no warnings" in simlab("validate", "x.yaml").out


def test_experiment_in_place_of_a_scenario_is_told_in_one_message(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text("experiment: compare\nscenario: desk.yaml\n")
    ended = simlab("describe", "x.yaml")
    assert ended.code == 2
    assert ended.err.count("x.yaml:") == 1
    assert "this is an experiment, where a scenario is wanted" in ended.err
    assert "name its scenario: desk.yaml" in ended.err


def test_business_case_takes_no_changes_from_outside(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        f"experiment: business_case\nscenario: desk.yaml\n{EXPERIMENTS['business_case']}\n"
    )
    refused = simlab("validate", "x.yaml", "--set", "staffing.desk.people=3")
    assert refused.code == 2
    assert "states its changes itself" in refused.err
