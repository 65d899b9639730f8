from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simlab.experiments.decomposition import Contribution, DecomposedResponse, Decomposition
from simlab.optimise.objectives import Verdict
from simlab.optimise.requirements import RequirementFigure, Standing
from simlab.optimise.result import Baseline, Candidate, Changed, OptimisationResult
from simlab.optimise.trials import Trial
from simlab.reports import write_report
from simlab.reports.pages import beside
from simlab.reports.pages.optimisation import answer, optimisation_page
from simlab.reports.pages.parts import Exhibit, Grid, Paragraph
from simlab.reports.tables import optimisation as tables
from simlab.statistics.comparison import paired_difference
from simlab.statistics.intervals import Estimate, mean_interval
from tests.tracing import untraced

NBSP = "\N{NO-BREAK SPACE}"
PATH = "staffing.desk.people"
BEFORE = {"resolution_mean": [550.0, 540.0, 548.0], "cost_per_week": [900.0, 900.0, 900.0]}
AFTER = {"resolution_mean": [430.0, 432.0, 434.0], "cost_per_week": [1210.0, 1210.0, 1210.0]}


def candidate(people: int, values: dict[str, list[float]], trial: int) -> Candidate:
    figures: dict[str, Estimate] = {name: mean_interval(each) for name, each in values.items()}
    return Candidate({PATH: str(people)}, figures, figures, Verdict((1.0, 1.0)), trial)


@pytest.fixture
def result() -> OptimisationResult:
    today, best = candidate(4, BEFORE, 0), candidate(6, AFTER, 1)
    found = [Verdict((550.0, 900.0)), Verdict((425.0, 1210.0)), Verdict((), failure="no ticket")]
    return OptimisationResult(
        name="people",
        scenario_name="Small desk",
        goals=("resolution_mean", "cost_per_week"),
        maximised=(False, False),
        constraints=(),
        seed=3,
        sampler="tpe",
        replications=2,
        final_replications=3,
        trials=tuple(Trial(n, {PATH: 4 + 2 * n}, verdict, "tpe") for n, verdict in enumerate(found)),
        settings=tuple({PATH: str(4 + 2 * n)} for n in range(3)),
        today=today,
        recommended=best,
        reason="it is the fastest",
        improvement={name: paired_difference(BEFORE[name], AFTER[name]) for name in BEFORE},
        changes=(Changed(PATH, "4", "6", "highest"),),
        front=(best, today),
        ties=(),
        importance={"resolution_mean": {PATH: 0.8, "staffing.night.people": 0.2}},
        notes=("the time was over after 3 of 20 trials",),
        scenario_text="extends: desk.yaml\nstaffing:\n  desk:\n    people: 6\n",
        folder=Path("results"),
        n_simulated=12,
        seconds_per_replication=0.1,
    )


def test_the_answer_tells_each_goal_from_figures_that_the_search_never_saw(
    result: OptimisationResult,
) -> None:
    # Means: 546 and 432 min; the pairs differ by -120, -108, -114: half-width 4.303 * 6 / sqrt(3) = 14.9 min.
    assert answer(result, "EUR").replace(NBSP, " ") == (
        "The search recommends one change to Small desk: the mean resolution time then goes from 9.1 h "
        "to 7.2 h (−1.9 h, 95 % interval −2.1 to −1.7 h) and the running cost then goes from 900 EUR a week "
        "to 1 210 EUR a week (+310 EUR a week)."
    )


def test_without_a_feasible_configuration_the_reason_is_the_answer(result: OptimisationResult) -> None:
    none = replace(
        result, recommended=None, changes=(), improvement={}, front=(), reason="all break a constraint."
    )
    assert answer(none, "EUR") == "No configuration is recommended for Small desk: all break a constraint."
    assert optimisation_page(none).sections


def test_when_today_is_best_it_is_said(result: OptimisationResult) -> None:
    assert "Today’s configuration" in answer(replace(result, recommended=result.today, changes=()), "EUR")


def test_trials_have_their_goals_and_settings_and_failures_are_missing(result: OptimisationResult) -> None:
    table = tables.trials(result)
    assert table.texts(PATH) == ["4", "6", "8"]
    np.testing.assert_array_equal(table.numbers("cost_per_week"), [900.0, 1210.0, math.nan])
    assert table.texts("feasible") == ["yes", "yes", "no"]


def test_goals_to_be_made_large_are_told_as_people_read_them(result: OptimisationResult) -> None:
    table = tables.trials(replace(result, maximised=(False, True)))
    assert table.numbers("cost_per_week")[0] == -900.0


def test_the_front_is_told_beside_today_and_the_recommended_one(result: OptimisationResult) -> None:
    table = tables.front(result)
    assert table.texts("role") == ["today", "recommended", "front", "front"]
    assert table.numbers("cost_per_week low")[1] == 1210.0


def test_improvement_is_better_or_worse_by_the_direction_of_the_metric(result: OptimisationResult) -> None:
    table = tables.improvement(result, "EUR")
    assert table.texts("verdict") == ["better", "worse"]
    np.testing.assert_allclose(table.numbers("difference"), [-114.0, 310.0])
    np.testing.assert_allclose(table.numbers("relative"), [-114.0 / 546.0, 310.0 / 900.0])


def test_the_page_shows_changes_front_importance_and_the_scenario_file(
    result: OptimisationResult, tmp_path: Path
) -> None:
    page = optimisation_page(result)
    titles = [
        block.title for section in page.sections for block in section.blocks if isinstance(block, Exhibit)
    ]
    assert untraced(page, "improvement", "recommended_changes") == []
    assert titles == [
        "Recommended against today",
        "What was tried, and the best of it",
        "Which parameters matter",
    ]
    html = write_report(result, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "staffing:\n  desk:\n    people: 6" in html
    assert "highest allowed" in html
    assert "The time was over after 3 of 20 trials." in html


def test_one_goal_is_shown_as_progress(result: OptimisationResult) -> None:
    one = replace(
        result,
        goals=("resolution_mean",),
        maximised=(False,),
        trials=tuple(
            replace(t, verdict=replace(t.verdict, values=t.verdict.values[:1])) for t in result.trials
        ),
    )
    blocks = [block for section in optimisation_page(one).sections for block in section.blocks]
    assert "Progress of the search" in [block.title for block in blocks if isinstance(block, Exhibit)]


def texts(grid: object) -> list[list[str]]:
    assert isinstance(grid, Grid)
    assert grid.source is not None
    return [[cell.text.replace(NBSP, " ") for cell in row] for row in grid.rows]


def test_goals_stand_side_by_side_in_one_unit(result: OptimisationResult) -> None:
    grid = beside.goals_grid(result, tables.front(result), "EUR")
    assert grid.headings == ("Goal", "Today", "Recommended")
    times, costs = texts(grid)
    assert [text.partition(" (")[0] for text in times[1:]] == ["9.1 h", "7.20 h"]
    assert costs[1:] == ["900 EUR a week", "1 210 EUR a week"]


def test_constraints_are_told_in_a_sentence_where_no_figures_are_known(result: OptimisationResult) -> None:
    told = replace(result, constraints=("staffing.desk.people <= 6",))
    (kept,) = beside.constraints_of(told, "EUR")
    assert isinstance(kept, Paragraph)
    assert kept.text.startswith("The constraints hold on new random numbers: ")
    (broken,) = beside.constraints_of(replace(told, recommended=None), "EUR")
    assert isinstance(broken, Paragraph)
    assert "do not all hold" in broken.text
    assert beside.constraints_of(result, "EUR") == []


def test_a_broken_constraint_is_marked_with_its_figure(result: OptimisationResult) -> None:
    share = Estimate(0.75, 0.70, 0.80, 0.05, 10, 0.95, "t")
    figures = (
        RequirementFigure(
            "resolve_attainment >= 80 %", "resolve_attainment", share, 0.8, False, Standing.BROKEN
        ),
        RequirementFigure("P(wip_mean <= 9) >= 70 %", "wip_mean", share, 0.7, True, Standing.KEPT),
    )
    assert result.recommended is not None
    chosen = replace(result.recommended, requirements=figures)
    told = replace(result, recommended=chosen, constraints=tuple(each.text for each in figures))
    (grid,) = beside.constraints_of(told, "EUR")
    assert texts(grid) == [
        ["“Resolved within target” ≥ 80 %", "75 % (70 to 80)", "broken"],
        ["“Tickets in the system, mean” ≤ 9 in 70 % of the runs", "75 % (70 to 80)", "kept"],
    ]
    assert isinstance(grid, Grid)
    assert [row[2].look for row in grid.rows] == ["worse mark", ""]


def test_simpler_answers_stand_beside_the_recommendation(result: OptimisationResult) -> None:
    formula = Baseline("formula", candidate(5, AFTER, 2), {}, 4, "what queueing formulas propose")
    chance = Baseline("random search", None, {}, 4, "nothing found")
    told = replace(result, baselines=(formula, chance))
    (grid,) = beside.simpler_answers(told, "EUR")
    rows = texts(grid)
    assert [row[0] for row in rows] == ["recommended", "today", "formula", "random search"]
    assert rows[2][2] == "1 210 EUR a week"
    assert rows[3][1:] == ["nothing feasible found", "nothing feasible found", "–"]
    assert beside.simpler_answers(result, "EUR") == []


def test_what_each_change_adds_adds_up_to_all_together(result: OptimisationResult) -> None:
    def minutes(value: float) -> Estimate:
        return Estimate(value, value - 6.0, value + 6.0, 6.0, 10, 0.95, "t")

    rows = (
        DecomposedResponse(
            "resolution_mean",
            minutes(-105.0),
            (Contribution("more people", minutes(-75.0)), Contribution("a bot", minutes(-30.0))),
        ),
    )
    shared = Decomposition("best", "Best", "shapley", False, rows, 0.95)
    (grid,) = beside.what_each_adds(replace(result, contributions=shared), "EUR")
    assert [row[0] for row in texts(grid)] == ["more people", "a bot", "all together"]
    assert [row[1].partition(" (")[0] for row in texts(grid)] == ["−1.25 h", "−0.50 h", "−1.75 h"]
    section = beside.beside(replace(result, contributions=shared), "EUR")
    assert section is not None
    assert section.title == "How good the answer is"
    assert beside.beside(result, "EUR") is None
