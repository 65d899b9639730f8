from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simlab.execution.interface import Interrupted
from simlab.experiments.speed import Effort

Simlab = Callable[..., Any]
"""Runs a command: its exit code, its output and its messages."""


def test_run_prints_figures_and_says_where_they_are_and_what_comes_next(simlab: Simlab, folder: Path) -> None:
    ended = simlab("run", "desk.yaml", "-n", "2", "-j", "1")
    assert ended.code == 0
    for words in (
        "Desk: 2 replications, seed 1, 95 % confidence intervals",
        "Mean resolution time",
        "P2",
        "desk",
        "EUR",
    ):
        assert words in ended.out
    assert "stored in results/Desk-" in ended.err
    assert "next: simlab report results/Desk-" in ended.err
    assert "simlab compare desk.yaml --what-if one" in ended.err
    assert len(list((folder / "results").glob("Desk-*/r0000*"))) == 2


def test_run_with_quiet_prints_figures_alone(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "-n", "1", "-q", "--no-store")
    assert ended.err == ""
    assert "Desk: 1 replication, seed 1" in ended.out


def test_second_run_says_what_it_found(simlab: Simlab) -> None:
    simlab("run", "desk.yaml", "-n", "1")
    assert "(1 of 2 replications were there already)" in simlab("run", "desk.yaml", "-n", "2", "-j", "1").err


def test_run_as_json_has_every_response_and_nothing_else_on_stdout(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "-n", "2", "-j", "1", "--json", "--no-store", "--seed", "5")
    told = json.loads(ended.out)
    assert (told["scenario"], told["seed"], told["replications"], told["steady"]) == ("Desk", 5, 2, True)
    assert told["responses"]["resolution_mean"]["unit"] == "min"
    assert told["responses"]["resolution_mean"]["low"] < told["responses"]["resolution_mean"]["value"]
    # A response without any ticket has no value, for which JSON has null.
    assert told["responses"]["respond_attainment"]["value"] is None


def test_what_if_and_set_change_the_scenario(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "-n", "1", "--no-store", "--what-if", "four", "--set", "name=Other")
    assert ended.out.startswith("Four people + name=Other: 1 replication")


def test_verbose_run_prints_every_response(simlab: Simlab) -> None:
    assert ": P1" in simlab("run", "desk.yaml", "-n", "1", "--no-store", "-v").out


def test_team_that_cannot_keep_up_ends_with_3_unless_allowed(simlab: Simlab) -> None:
    arguments = ("run", "desk.yaml", "-n", "1", "--no-store", "--set", "demand.mail.arrivals.rate=200/day")
    ended = simlab(*arguments)
    assert ended.code == 3
    assert "the team desk cannot keep up" in ended.err
    assert "people in place of 2" in ended.err
    assert "--allow-unstable" in ended.err
    assert "Mean resolution time" in ended.out
    assert simlab(*arguments, "--allow-unstable").code == 0


def test_far_too_many_tickets_end_with_2(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "--set", "demand.mail.arrivals.rate=1000000/min")
    assert ended.code == 2
    assert "insist with --force" in ended.err


def test_dry_run_counts_and_estimates_and_stores_nothing(simlab: Simlab, folder: Path) -> None:
    ended = simlab("run", "desk.yaml", "--dry-run", "-n", "50", "-j", "2")
    assert ended.code == 0
    assert "replications       50 of each" in ended.out
    assert "expected tickets   12\N{NO-BREAK SPACE}000" in ended.out
    assert "estimated time" in ended.out
    assert not (folder / "results").exists()


def test_dry_run_tells_what_compiling_takes(simlab: Simlab, monkeypatch: pytest.MonkeyPatch) -> None:
    effort = Effort(seconds_per_replication=0.1, compiling_seconds=15.0)
    monkeypatch.setattr("simlab.experiments.speed.effort_of", lambda model, seed, n: effort)
    ended = simlab("run", "desk.yaml", "--dry-run", "-n", "100", "-j", "2")
    assert "estimated time     20 s, 15 s of it to compile the engine" in ended.out


def test_run_experiment_is_run_as_it_says(simlab: Simlab, folder: Path) -> None:
    (folder / "x.yaml").write_text(
        "experiment: run\nscenario: desk.yaml\nreplications: 2\nseed: 4\nset: {staffing.desk.people: 3}\n"
    )
    told = json.loads(simlab("run", "x.yaml", "--json", "--no-store", "-j", "1").out)
    assert (told["replications"], told["seed"]) == (2, 4)
    assert (
        json.loads(simlab("run", "x.yaml", "--json", "--no-store", "-n", "1", "--seed", "0").out)["seed"] == 0
    )


def test_every_mistake_is_told_with_its_place_and_2(simlab: Simlab, folder: Path) -> None:
    text = (
        (folder / "desk.yaml")
        .read_text()
        .replace("people: 2", "peple: 2")
        .replace("start: fix", "start: fixx")
    )
    (folder / "desk.yaml").write_text(text)
    ended = simlab("run", "desk.yaml")
    assert ended.code == 2
    assert "desk.yaml:6:" in ended.err
    assert "did you mean 'people'" in ended.err
    assert "Traceback" not in ended.err
    assert ended.out == ""


def test_storage_trouble_ends_with_6(simlab: Simlab, folder: Path) -> None:
    (folder / "results").write_text("not a folder")
    ended = simlab("run", "desk.yaml", "-n", "1")
    assert ended.code == 6
    assert "results" in ended.err


def test_interruption_ends_with_130_and_says_how_to_go_on(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise Interrupted("interrupted after 3 of 20 replications; what is finished is kept")

    monkeypatch.setattr("simlab.experiments.runner.run", interrupted)
    ended = simlab("run", "desk.yaml")
    assert ended.code == 130
    assert "after 3 of 20" in ended.err
    assert "the same command goes on from there" in ended.err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (ValueError("odd"), 1)])
def test_whatever_else_happens_is_told_without_a_traceback(
    simlab: Simlab, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fails(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("simlab.experiments.runner.run", fails)
    ended = simlab("run", "desk.yaml")
    assert ended.code == code
    assert "Traceback" not in ended.err
    if code == 1:
        assert "a defect: ValueError: odd" in ended.err
        assert "Traceback" in simlab("run", "desk.yaml", "--debug").err


def test_unknown_choice_of_logs_is_refused(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "--logs", "some")
    assert ended.code == 2
    assert "--logs is one of first, all, none; found 'some'" in ended.err


def test_unknown_option_ends_with_2(simlab: Simlab) -> None:
    assert simlab("run", "desk.yaml", "--sed", "1").code == 2


def test_terminal_codes_in_names_do_not_reach_the_terminal(simlab: Simlab, folder: Path) -> None:
    text = (folder / "desk.yaml").read_text().replace("name: Desk", 'name: "A\\u202edesk"')
    (folder / "desk.yaml").write_text(text)
    ended = simlab("run", "desk.yaml", "-n", "1", "--no-store")
    assert "\u202e" not in ended.out + ended.err


def test_control_variates_tell_what_they_gained(simlab: Simlab) -> None:
    ended = simlab("run", "desk.yaml", "-n", "12", "-j", "1", "--no-store", "--controls")
    assert ended.code == 0
    assert "Control variates: the variance is smaller" in ended.out
    told = json.loads(
        simlab("run", "desk.yaml", "-n", "12", "-j", "1", "--no-store", "--controls", "--json").out
    )
    assert told["responses"]["utilisation"]["variance_reduction"] > 2.0
    assert "variance_reduction" not in told["responses"]["resolution_p90"]


@pytest.mark.parametrize("rate", ["146.9/day", "720/day"])
def test_overload_is_told_with_the_team_and_the_people_it_needs(simlab: Simlab, rate: str) -> None:
    # Two people do 144 tickets of 20 minutes a day: loads of 1.02 and of 5.
    command = (
        "run",
        "desk.yaml",
        "-n",
        "2",
        "-j",
        "1",
        "--no-store",
        "--set",
        f"demand.mail.arrivals.rate={rate}",
    )
    loud, quiet = simlab(*command), simlab(*command, "-q")
    for ended in (loud, quiet):
        assert ended.code == 3
        assert "the team desk cannot keep up" in ended.err
        assert "people in place of 2" in ended.err
