"""Pages of sweeps, sensitivity and capacity studies, and of business cases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from simlab.business.case import business_case
from simlab.experiments.capacity import capacity
from simlab.experiments.sensitivity import sensitivity
from simlab.experiments.stored_studies import read_study
from simlab.experiments.sweep import Sweep, sweep
from simlab.reports.pages.business import business_page
from simlab.reports.pages.parts import Exhibit, Grid, Page
from simlab.reports.pages.render import file_names, page_html
from simlab.reports.pages.studies import capacity_page, sensitivity_page, sweep_page
from simlab.reports.tables.business import cash_flows
from tests.tracing import untraced

DESK = {
    "name": "Desk <b>",
    "time": {"length": "4 days", "warm_up": "1 day"},
    "demand": {"mail": {"arrivals": {"rate": "60/day"}, "priority": {"P1": "20 %", "P2": "80 %"}}},
    "staffing": {"desk": {"people": 2, "cost": "40 EUR/hour"}},
    "routing": {
        "start": "fix",
        "steps": {"fix": {"team": "desk", "work": {"exponential": "20 min"}, "next": "resolved"}},
    },
    "targets": {"P1": {"resolve": "1 h"}, "P2": {"resolve": "2 h"}},
    "evidence": {"staffing": {"kind": "measured", "source": "Roster of 2025"}},
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    (tmp_path / "desk.yaml").write_text(yaml.safe_dump(DESK))

    def write(**content: object) -> Path:
        path = tmp_path / "experiment.yaml"
        path.write_text(
            yaml.safe_dump({"scenario": "desk.yaml", "replications": 2, **content}, sort_keys=False)
        )
        return path

    return write


def html_of(page: Page) -> str:
    return page_html(page, file_names(page.all_tables), "tables")


def exhibits(page: Page) -> list[Exhibit]:
    return [block for section in page.sections for block in section.blocks if isinstance(block, Exhibit)]


def test_page_of_a_sweep_names_the_best_point_and_lists_all(written: Callable[..., Path]) -> None:
    study = sweep(
        written(experiment="sweep", vary={"staffing.desk.people": [2, 3]}, responses=["resolution_mean"]),
        jobs=1,
    )
    page = sweep_page(study)
    best = min(study.points, key=lambda point: point.estimates["resolution_mean"].value)
    assert f"staffing.desk.people = {best.settings['staffing.desk.people']} is best" in page.answer
    assert untraced(page, "sweep") == []
    grids = [block for section in page.sections for block in section.blocks if isinstance(block, Grid)]
    assert len(grids[0].rows) == 2
    html = html_of(page)
    assert "Roster of 2025" in html
    assert html == html_of(page)


def test_page_of_a_stored_study_says_what_the_numbers_of_the_scenario_rest_on(
    written: Callable[..., Path], tmp_path: Path
) -> None:
    vary = {"staffing.desk.people": {"from": 2, "to": 3}}
    file = written(experiment="sweep", vary=vary, responses=["resolution_mean"])
    study = sweep(file, jobs=1, store=tmp_path / "results")
    assert study.folder is not None
    stored = read_study(study.folder)
    assert isinstance(stored, Sweep)
    assert "Roster of 2025" in html_of(sweep_page(stored))


def test_page_of_a_sweep_of_three_settings_has_parallel_lines(written: Callable[..., Path]) -> None:
    vary = {
        "staffing.desk.people": [2, 3],
        "demand.mail.arrivals.rate": ["50/day", "60/day"],
        "routing.steps.fix.work.exponential": ["10 min", "20 min"],
    }
    page = sweep_page(sweep(written(experiment="sweep", vary=vary, responses=["resolution_mean"]), jobs=1))
    (exhibit,) = exhibits(page)
    assert exhibit.tables[0].name.startswith("configurations")
    assert exhibit.draw().axes


@pytest.mark.parametrize("method", ["tornado", "morris", "sobol", "uncertainty"])
def test_page_of_each_method_of_sensitivity_answers_in_a_sentence(
    written: Callable[..., Path], method: str
) -> None:
    uncertain = {
        "routing.steps.fix.work.exponential": {"uniform": {"min": "10 min", "max": "25 min"}},
        "demand.mail.arrivals.rate": {"uniform": {"min": "50/day", "max": "70/day"}},
    }
    path = written(
        experiment="sensitivity",
        method=method,
        uncertain=uncertain,
        responses=["resolution_mean"],
        trajectories=3,
        points=8,
    )
    page = sensitivity_page(sensitivity(path, jobs=1))
    assert page.answer.endswith(".")
    assert "the mean resolution time" in page.answer
    assert untraced(page, "sensitivity") == []
    assert all(exhibit.draw().axes for exhibit in exhibits(page))


def test_page_of_a_capacity_study_tells_people_and_targets(written: Callable[..., Path]) -> None:
    path = written(
        experiment="capacity",
        vary={"staffing.desk.people": {"from": 1, "to": 6}},
        constraints=["resolve_attainment >= 60 %"],
        growth=["0 %", "50 %"],
    )
    study = capacity(path, jobs=1)
    page = capacity_page(study)
    assert f"{study.points[0].n_people} people keep “Resolved within target” ≥ 60 %" in page.answer.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert untraced(page, "staffing", "capacity_figures") == []
    assert len(exhibits(page)) >= 2
    assert all(exhibit.draw().axes for exhibit in exhibits(page))


def test_page_of_a_business_case_traces_its_numbers_to_tables(written: Callable[..., Path]) -> None:
    tool = {"uniform": {"min": "1000 EUR/year", "max": "3000 EUR/year"}}
    path = written(
        experiment="business_case",
        proposal={"set": {"routing.steps.fix.work.exponential": "15 min"}},
        horizon="3 years",
        discount_rate="10 %",
        draws=200,
        benefits={"tool": tool},
        released_hour={"worth": "40 EUR/hour", "cashable": "20 %"},
    )
    case = business_case(path, jobs=1)
    page = business_page(case)
    assert ("is accepted" in page.answer) == case.is_accepted
    told = ("case_figures", "decision", "cash_flows", "break_even", "case_assumptions", "case_released")
    assert untraced(page, *told) == []
    assert page.tables[-1].distinct("scenario") == [case.base.label, case.proposal.label]
    flows = cash_flows(case).where(counted="yes")
    by_year = [sum(row[4] for row in flows.rows if row[3] == year) for year in range(4)]  # type: ignore[misc]
    assert by_year == pytest.approx(case.flows)
    html = html_of(page)
    assert "Desk &lt;b&gt;" in html
    assert "told apart and not counted" in html
    assert html == html_of(page)
