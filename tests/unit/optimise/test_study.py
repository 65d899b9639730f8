"""Whole searches of a desk whose optimum is known."""

from __future__ import annotations

import itertools
import json
import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np
import pytest

from simlab.errors import StorageError, UsageError
from simlab.execution.local import local_executor
from simlab.experiments.runs import Replicated
from simlab.optimise.definition import read_optimisation
from simlab.optimise.result import OptimisationResult
from simlab.optimise.study import Means, carry_out, optimize
from simlab.scenario.nodes import get_path, to_plain
from simlab.scenario.overrides import read_scenario


def run(toy: ModuleType, model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
    return cast(Replicated, toy.work(model, seed, replication))


def told(result: OptimisationResult) -> list[tuple[Any, ...]]:
    """Everything about the trials."""
    return [(t.number, t.proposer, dict(t.configuration), t.verdict) for t in result.trials]


def cheapest(toy: ModuleType) -> dict[str, str]:
    settings = itertools.product(range(1, 10), range(1, 10), ("off", "full"))
    best = min((s for s in settings if toy.attainment(*s) >= 0.8), key=lambda s: toy.cost(*s))
    return dict(zip(toy.BEST, map(str, best), strict=True))


def test_search_finds_the_cheapest_feasible_configuration(toy: ModuleType, tmp_path: Path) -> None:
    assert cheapest(toy) == toy.BEST

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study")

    assert result.recommended is not None
    assert dict(result.recommended.settings) == toy.BEST
    assert result.recommended.is_feasible
    assert len(result.trials) == 22
    assert [trial.number for trial in result.trials] == list(range(22))
    assert result.trials[0].proposer == "today"
    saved = result.improvement["cost_per_week"].difference
    today, best = toy.cost(4, 5, "off"), toy.cost(3, 4, "full")
    assert saved.value == pytest.approx(best - today)
    assert not result.notes


def test_told_figures_come_from_replications_that_the_search_never_saw(
    toy: ModuleType, tmp_path: Path
) -> None:
    seen: set[int] = set()

    def noting(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        seen.add(replication)
        return run(toy, model, seed, replication)

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study", function=noting)

    search, fresh = {0, 1, 2}, set(range(2_000_000, 2_000_006))
    assert search | fresh <= seen
    noise = [
        toy.figures({"front": 4, "back": 5, "bot": "off"}, result.seed, i)["cost_per_week"] for i in fresh
    ]
    assert result.today.goals["cost_per_week"].value == pytest.approx(np.mean(noise))


def test_no_replication_of_a_configuration_is_simulated_twice(toy: ModuleType, tmp_path: Path) -> None:
    runs: list[tuple[Any, ...]] = []

    def noting(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        runs.append((model["front"], model["back"], model["bot"], replication))
        return run(toy, model, seed, replication)

    path = toy.write(tmp_path)
    first = toy.optimise(path, tmp_path / "study", function=noting)
    n_first = len(runs)
    again = toy.optimise(path, tmp_path / "study", function=noting)
    anew = toy.optimise(path, tmp_path / "study", function=noting, resume=False)

    assert len(set(runs)) == len(runs) == n_first == first.n_simulated
    assert again.n_simulated == anew.n_simulated == 0
    assert told(first) == told(again) == told(anew)


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2"])
def test_search_killed_at_random_moments_ends_as_if_undisturbed(
    toy: ModuleType, tmp_path: Path, sampler: str
) -> None:
    text = toy.EXPERIMENT + f"sampler: {sampler}\n"
    path = toy.write(tmp_path, text)
    undisturbed = toy.optimise(path, tmp_path / "undisturbed")
    program = [sys.executable, str(toy.__file__), str(path), str(tmp_path / "killed"), "0.004"]
    moments = random.Random(sampler)
    for _ in range(2):
        with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:
            wait_for(tmp_path / "killed" / "replications.ledger", process)
            time.sleep(moments.uniform(0.0, 0.25))
            process.send_signal(signal.SIGKILL)

    resumed = toy.optimise(path, tmp_path / "killed")

    assert told(resumed) == told(undisturbed)
    assert resumed.recommended == undisturbed.recommended
    assert journal_numbers(tmp_path / "killed") == 22


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    while not path.exists() and process.poll() is None:
        time.sleep(0.01)


def journal_numbers(folder: Path) -> int:
    """Trials in the journal."""
    (journal,) = folder.glob("*.journal")
    return sum("params" in json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines())


def test_half_a_line_at_the_end_of_journal_and_ledger_is_dropped(toy: ModuleType, tmp_path: Path) -> None:
    path = toy.write(tmp_path)
    whole = toy.optimise(path, tmp_path / "study")
    for name in ("*.journal", "*.ledger"):
        (file,) = (tmp_path / "study").glob(name)
        file.write_bytes(file.read_bytes()[:-40])

    again = toy.optimise(path, tmp_path / "study")

    assert told(again) == told(whole)
    assert again.recommended == whole.recommended
    assert again.n_simulated == 1


def test_damaged_record_of_the_ledger_is_simulated_again(toy: ModuleType, tmp_path: Path) -> None:
    path = toy.write(tmp_path)
    whole = toy.optimise(path, tmp_path / "study")
    ledger = tmp_path / "study" / "replications.ledger"
    content = bytearray(ledger.read_bytes())
    content[len(content) // 2] ^= 1
    ledger.write_bytes(content)

    again = toy.optimise(path, tmp_path / "study")

    assert told(again) == told(whole)
    assert again.n_simulated >= 1
    assert "damaged" in " ".join(again.notes)


@pytest.mark.parametrize(("old", "new"), [('"params"', '"parems"'), ("staffing.front", "staffing.frond")])
def test_damaged_journal_is_told_and_can_be_deleted(
    toy: ModuleType, tmp_path: Path, old: str, new: str
) -> None:
    path = toy.write(tmp_path)
    whole = toy.optimise(path, tmp_path / "study")
    (journal,) = (tmp_path / "study").glob("*.journal")
    journal.write_text(journal.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    with pytest.raises(StorageError, match=r"journal of trials is damaged[\s\S]*delete it and run again"):
        toy.optimise(path, tmp_path / "study")
    journal.unlink()

    assert told(toy.optimise(path, tmp_path / "study")) == told(whole)


def test_result_does_not_depend_on_the_number_of_workers(toy: ModuleType, tmp_path: Path) -> None:
    path = toy.write(tmp_path)
    alone = toy.optimise(path, tmp_path / "alone")
    optimisation = read_optimisation(path)
    with local_executor(toy.work, 2) as executor:
        together = carry_out(
            optimisation, tmp_path / "together", toy.compile_toy(optimisation), executor, Means()
        )

    assert told(together) == told(alone)
    assert together.recommended == alone.recommended


@pytest.mark.slow
def test_result_on_a_cluster_is_that_of_one_process(toy: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    text = toy.EXPERIMENT.replace("trials: 22, final_replications: 6", "trials: 8, final_replications: 4")
    path = toy.write(tmp_path, text)

    alone = optimize(path, folder=tmp_path / "alone", jobs=1)
    spread = optimize(path, folder=tmp_path / "spread", cluster="local:2")

    assert told(spread) == told(alone)
    assert spread.recommended == alone.recommended


def test_budget_of_replications_is_never_exceeded_and_is_the_same_when_resumed(
    toy: ModuleType, tmp_path: Path
) -> None:
    text = toy.EXPERIMENT.replace("trials: 22", "replications: 90, random_search: 0 %")
    path = toy.write(tmp_path, text)

    result = toy.optimise(path, tmp_path / "study")
    again = toy.optimise(path, tmp_path / "study")

    assert result.used <= 90
    assert again.used == result.used
    assert again.n_simulated == 0


def test_clearly_worse_configurations_are_given_fewer_replications(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace("replications: 3", "replications: 10", 1)

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    early = [trial for trial in result.trials if trial.left_early]
    assert early
    assert all(trial.replications == 3 for trial in early)
    assert all(
        "clearly worse than trial" in trial.left_early or "is clearly broken" in trial.left_early
        for trial in early
    )
    assert dict(result.recommended.settings) == toy.BEST


def test_answer_stands_beside_baselines_and_tells_what_each_change_adds(
    toy: ModuleType, tmp_path: Path
) -> None:
    result = toy.optimise(toy.write(tmp_path), tmp_path / "study")

    assert [each.name for each in result.baselines] == ["formula", "random search"]
    for each in result.baselines:
        assert each.candidate is not None
        assert each.candidate.goals["cost_per_week"].value >= result.recommended.goals["cost_per_week"].value
    cost = result.contributions.rows[0]
    assert {each.change: round(each.effect.value, 6) for each in cost.contributions} == {
        "staffing.front.people": -40.0,
        "staffing.back.people": -60.0,
        "automation.bot.level": 15.0,
    }
    assert result.choice.is_sure
    (limit,) = result.recommended.requirements
    assert limit.standing == "kept"


def test_chance_constraint_asks_for_more_than_the_mean(toy: ModuleType, tmp_path: Path) -> None:
    wide = "resolve_attainment >= 80 %"
    text = toy.EXPERIMENT.replace(f"[{wide}]", f'["P({wide}) >= 90 %"]')

    def noisy(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        figures = toy.figures(model, seed, replication)
        figures["resolve_attainment"] += 0.03 * float(np.random.default_rng([seed, replication, 1]).normal())
        return Replicated(toy.summary(model["names"], figures, replication), None)

    mean = toy.optimise(toy.write(tmp_path), tmp_path / "mean", function=noisy)
    most = toy.optimise(toy.write(tmp_path, text), tmp_path / "most", function=noisy)

    assert mean.recommended is not None
    assert most.recommended is not None
    reached = most.recommended.figures["resolve_attainment"].value
    assert reached > 0.8 + 0.03  # one run in ten lies 1.28 standard deviations, 0.038, below the mean
    assert reached > mean.recommended.figures["resolve_attainment"].value


@pytest.mark.parametrize("worst", [math.nan, math.inf, -math.inf])
def test_figure_that_is_not_finite_never_wins(toy: ModuleType, tmp_path: Path, worst: float) -> None:
    def spoilt(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        if model["front"] == 3:
            names = model["names"]
            return Replicated(
                toy.summary(names, {"cost_per_week": worst, "resolve_attainment": 1.0}, replication), None
            )
        return run(toy, model, seed, replication)

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study", function=spoilt)

    spoilt_trials = [t for t in result.trials if t.configuration["staffing.front.people"] == 3]
    assert spoilt_trials
    assert all("no finite figure" in trial.verdict.failure for trial in spoilt_trials)
    assert result.recommended is not None
    assert result.recommended.settings["staffing.front.people"] != "3"
    assert len(result.trials) > 12
    again = toy.optimise(toy.write(tmp_path), tmp_path / "study", function=spoilt)
    assert [t.verdict.failure for t in again.trials] == [t.verdict.failure for t in result.trials]


def test_failing_trial_is_recorded_and_the_search_goes_on(toy: ModuleType, tmp_path: Path) -> None:
    def failing(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        if model["bot"] == "full":
            raise RuntimeError("the bot broke")
        return run(toy, model, seed, replication)

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study", function=failing)

    assert len(result.trials) == 22
    assert (
        result.n_failed == sum(t.configuration["automation.bot.level"] == "full" for t in result.trials) > 0
    )
    assert "the bot broke" in " ".join(result.notes)
    assert result.recommended is not None
    assert result.recommended.settings["automation.bot.level"] == "off"


def test_search_in_which_every_trial_fails_ends_with_its_budget(toy: ModuleType, tmp_path: Path) -> None:
    def failing(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        raise RuntimeError("the desk broke")

    text = toy.EXPERIMENT.replace("trials: 22", "replications: 92")
    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study", function=failing)

    # But for those told 80 are left, 60 of them for the search: at most 40 trials of 3, half of them free.
    assert 20 <= result.n_failed == len(result.trials) <= 40
    assert result.recommended is None


def test_replication_that_was_cut_short_makes_its_trial_infeasible(toy: ModuleType, tmp_path: Path) -> None:
    def cut(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        from dataclasses import replace

        done = run(toy, model, seed, replication)
        cut_short = replace(done.summary, truncated="the queue of back only grows")
        return Replicated(cut_short, None) if model["back"] < 6 else done

    result = toy.optimise(toy.write(tmp_path), tmp_path / "study", function=cut)

    assert any("only grows" in reason for t in result.trials for reason in t.verdict.infeasible)
    assert result.recommended is not None
    assert int(result.recommended.settings["staffing.back.people"]) >= 6


def test_no_feasible_configuration_gives_no_recommendation_and_the_reason(
    toy: ModuleType, tmp_path: Path
) -> None:
    text = toy.EXPERIMENT.replace(">= 80 %", ">= 99.9 %")

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    assert result.recommended is None
    assert result.front == ()
    assert result.scenario_text == ""
    assert "none of the 22 configurations" in result.reason
    assert "resolve_attainment >= 99.9 % does not hold" in result.reason


def test_input_limit_is_kept_by_every_trial(toy: ModuleType, tmp_path: Path) -> None:
    limit = "staffing.front.people + staffing.back.people <= 9"
    text = toy.EXPERIMENT.replace("constraints: [", f"constraints: ['{limit}', ")

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    for trial in result.trials:
        front, back = (trial.configuration[f"staffing.{team}.people"] for team in ("front", "back"))
        assert int(front) + int(back) <= 9
    assert result.recommended is not None
    assert dict(result.recommended.settings) == toy.BEST


def test_fixed_sum_is_kept_by_every_trial(toy: ModuleType, tmp_path: Path) -> None:
    people = "[staffing.front.people, staffing.back.people]"
    text = toy.EXPERIMENT + f"sum: [{{of: {people}, total: 9}}]\n"

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    for trial in result.trials:
        front, back = (trial.configuration[f"staffing.{team}.people"] for team in ("front", "back"))
        assert int(front) + int(back) == 9


def test_several_goals_give_a_front_on_which_nothing_is_beaten(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace("minimise: cost_per_week", "minimise: [cost_per_week, resolution_mean]")

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    points = [tuple(each.value for each in candidate.goals.values()) for candidate in result.front]
    assert len(points) > 2
    assert all(one[0] < other[0] and one[1] > other[1] for one, other in itertools.pairwise(points))
    assert all(estimate.has_interval for candidate in result.front for estimate in candidate.goals.values())
    assert result.recommended is not None
    assert result.recommended.settings in [candidate.settings for candidate in result.front]
    assert set(result.importance) == {"cost_per_week", "resolution_mean"}


def test_weights_make_one_goal_of_several_responses(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace(
        "minimise: cost_per_week", "minimise: {cost_per_week: 1, resolution_mean: 20}"
    )

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    assert len(result.goals) == 1
    values = [trial.verdict.values[0] for trial in result.trials if trial.verdict.is_feasible]
    best = min(
        toy.cost(*s) + 20 * 300 / (s[0] + s[1])
        for s in itertools.product(range(1, 10), range(1, 10), ("off", "full"))
        if toy.attainment(*s) >= 0.8
    )
    assert min(values) == pytest.approx(best, rel=0.05)


def test_recommended_file_is_the_scenario_with_the_recommended_values(
    toy: ModuleType, tmp_path: Path
) -> None:
    text = toy.EXPERIMENT + "set: {time.length: 3 days, demand.calls.arrivals.rate: 5/hour}\n"
    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")
    written = read_scenario(tmp_path / "study" / "recommended.yaml", root=tmp_path).scenario
    base = read_scenario(tmp_path / "scenario.yaml").scenario

    assert {path: str(to_plain(get_path(written, path))) for path in toy.BEST} == toy.BEST
    assert {change.path: (change.before, change.after) for change in result.changes} == {
        "staffing.front.people": ("4", "3"),
        "staffing.back.people": ("5", "4"),
        "automation.bot.level": ("'off'", "full"),
    }
    assert to_plain(get_path(written, "demand.calls.arrivals.rate")) == "5/hour"
    assert to_plain(get_path(written, "time")) == to_plain(get_path(base, "time"))


def test_folder_of_another_optimisation_is_refused(toy: ModuleType, tmp_path: Path) -> None:
    toy.optimise(toy.write(tmp_path), tmp_path / "study")
    other = toy.write(tmp_path / "other", toy.EXPERIMENT + "seed: 2\n")

    with pytest.raises(UsageError, match="holds another optimisation"):
        toy.optimise(other, tmp_path / "study")


def test_search_whose_time_is_over_tells_what_it_has(toy: ModuleType, tmp_path: Path) -> None:
    text = toy.EXPERIMENT.replace("trials: 22", "trials: 22, wall: 1 ms")

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    assert len(result.trials) < 22
    assert any("the time was over" in note for note in result.notes)


def test_today_is_the_answer_where_it_alone_keeps_the_constraints_on_new_random_numbers(
    toy: ModuleType, tmp_path: Path
) -> None:
    def unlucky(model: Mapping[str, Any], seed: int, replication: int) -> Replicated:
        is_today = (model["front"], model["back"], model["bot"]) == (4, 5, "off")
        found = toy.figures(model, seed, replication)
        is_search = replication < 1_000_000
        found["resolve_attainment"] = 0.5 if is_today is is_search else 0.9
        return Replicated(toy.summary(model["names"], found, replication), None)

    text = toy.EXPERIMENT.replace("trials: 22", "trials: 12")
    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study", function=unlucky)

    assert result.recommended is not None
    assert result.recommended.trial == 0
    assert not result.changes
    assert result.reason == (
        "today's configuration keeps the constraints; the configurations that satisfied the constraints in"
        " the search do not on new random numbers; most often: resolve_attainment >= 80 % does not hold"
    )
