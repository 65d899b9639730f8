"""Pages about logs: profile, calibration, monitoring; their numbers stand in their tables."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simlab.business.monitoring import Signal, monitor
from simlab.calibrate.event_log import EventLog
from simlab.calibrate.profiling.profile import profile
from simlab.calibrate.read import ReadLog, read_log
from simlab.calibrate.simulated import simulated_log
from simlab.experiments.runner import run
from simlab.model.load import LoadedScenario, from_node
from simlab.reports.language.catalogue import language_of, speaking
from simlab.reports.pages.calibration import _said, calibration_page
from simlab.reports.pages.log_profile import profile_page
from simlab.reports.pages.monitoring import monitoring_page
from simlab.reports.pages.parts import Grid, Page
from simlab.scenario.nodes import MapNode, from_plain
from tests.tracing import untraced

DESK: dict[str, Any] = {
    "name": "Desk",
    "time": {"start": "2026-01-05", "warm_up": "7 days", "length": "49 days"},
    "demand": {"mail": {"arrivals": {"rate": "40/week"}, "priority": {"P1": "20 %", "P2": "80 %"}}},
    "staffing": {"desk": {"people": 3, "hours": {"mon-fri": "08:00-16:00"}}},
    "routing": {
        "start": "fix",
        "steps": {"fix": {"team": "desk", "work": {"exponential": "30 min"}, "next": "resolved"}},
    },
    "targets": {"P1": {"resolve": "1 h"}},
    "evidence": {"staffing.desk": {"kind": "measured", "source": "Rota"}},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> LoadedScenario:
    node = from_plain(DESK, "test")
    assert isinstance(node, MapNode)
    return from_node(node, tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def log(desk: LoadedScenario) -> EventLog:
    simulated = run(desk, replications=1, seed=5, jobs=1, logs="all", store=None)
    return simulated_log(simulated.logs(0), desk.model)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> ReadLog:
    """400 tickets that are called in, and repaired or not, then closed; two rows cannot be used."""
    rng = np.random.default_rng(3)
    lines = ["case_id,activity,start_time,end_time,team,resource,priority"]
    at = np.datetime64("2024-01-01T08:00:00")
    for number in range(400):
        now = at + np.timedelta64(24 * (number // 10 + 2 * (number // 50)), "h")
        now += np.timedelta64(int(rng.integers(0, 480)), "m")
        for activity in ("call", "repair", "close") if rng.random() < 0.4 else ("call", "close"):
            end = now + np.timedelta64(int(rng.integers(5, 30)), "m")
            person = f"desk{int(rng.integers(0, 3))}"
            lines.append(f"T{number},{activity},{now},{end},desk,{person},P{1 + number % 2}")
            now = end + np.timedelta64(int(rng.integers(1, 90)), "m")
    lines += ["T1,call,,,desk,desk1,P1", ",call,2024-01-02T08:00:00,2024-01-02T09:00:00,desk,desk1,P1"]
    path = tmp_path_factory.mktemp("log") / "tickets.csv"
    path.write_text("\n".join(lines) + "\n")
    return read_log(path)


def shown(page: Page, title: str) -> Grid:
    sections = (block for section in page.sections for block in section.blocks)
    return next(block for block in sections if isinstance(block, Grid) and block.title == title)


def test_numbers_of_a_profile_are_in_its_tables(read: ReadLog) -> None:
    page = profile_page(profile(read.log), read)
    assert "400 cases" in page.answer
    assert untraced(page, "profile", "resolution_times", "weekly_arrivals") == []


def test_every_table_of_a_profile_is_exported(read: ReadLog) -> None:
    page = profile_page(profile(read.log), read)
    grids = [block for section in page.sections for block in section.blocks if isinstance(block, Grid)]
    assert len(grids) >= 4
    assert all(grid.source is not None and len(grid.source) for grid in grids)


def test_a_profile_in_chinese_tells_states_and_what_was_kept_apart(read: ReadLog) -> None:
    with speaking(language_of("zh")):
        page = profile_page(profile(read.log), read)
    (reading,) = (section for section in page.sections if section.title == "日志如何读取")
    told = " ".join(str(block) for block in reading.blocks)
    assert "事件没有时间" in told
    assert "事件没有案例" in told
    assert "正在进行活动" in {row[0].text for row in shown(page, "解决前的时间去向").rows}


def test_numbers_of_a_calibration_are_in_its_tables_and_its_evidence_is_told(read: ReadLog) -> None:
    from simlab.calibrate.anchor import surface
    from simlab.calibrate.fit import fit
    from simlab.calibrate.paths import paths_of
    from simlab.calibrate.validate import validate

    paths = paths_of(read.log)
    fitted = fit(paths, utilisation=0.6)
    validation = validate(paths, utilisation=0.6, replications=2)
    rows = surface(fitted.chain, fitted.roles, fitted.teams, fitted.weeks)
    evidence = {"evidence": {"staffing.desk.people": {"kind": "assumption", "source": "Asked the lead"}}}
    page = calibration_page(fitted, validation.selection, validation, rows, (), "tickets.csv", None, evidence)
    assert untraced(page, "distances") == []
    grid = shown(page, "What the numbers of the scenario rest on")
    assert [cell.text for cell in grid.rows[0]] == ["staffing.desk.people", "assumption", "Asked the lead"]
    wrong = replace(page, answer=re.sub(r"\d\.\d+", "9.87654", page.answer, count=1))
    assert [each.partition(" in: ")[0] for each in untraced(wrong, "distances")] == ["9.87654"]


@pytest.mark.parametrize("is_changed", [False, True])
def test_numbers_of_monitoring_are_in_its_tables(
    desk: LoadedScenario, log: EventLog, is_changed: bool
) -> None:
    found = monitor(desk, log, "log.csv", replications=3, forecast_weeks=2, jobs=1)
    if is_changed:
        signals = (
            Signal("created", 1, "beyond a control limit"),
            Signal("open", 2, "beyond a control limit"),
        )
        found = replace(found, signals=signals)
    page = monitoring_page(found)
    assert ("2 signals" in page.answer) == is_changed
    assert untraced(page, "control_chart", "forecast", "open_tickets") == []


def test_monitoring_tells_the_evidence_of_its_scenario(
    desk: LoadedScenario, log: EventLog, tmp_path: Path
) -> None:
    page = monitoring_page(monitor(desk, log, "log.csv", replications=2, forecast_weeks=0, jobs=1))
    grid = shown(page, "What the numbers of the scenario rest on")
    assert [cell.text for cell in grid.rows[0]] == ["staffing.desk", "measured", "Rota"]
    assert not [each for each in page.all_tables if each.name in ("forecast", "open_tickets")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2 fixed, 1 observed", "2 个固定值、1 个观测分布"),
        ("waits in working hours, corrected by queues", "等待按工作时间计、以排队校正"),
        (
            "waits in working hours, corrected by queues, of the recent half",
            "等待按工作时间计、以排队校正、仅用近期的一半",
        ),
        (
            "the last 13: 4 % off in the log; all weeks 12 %",
            "最后 13 周：在日志中偏差 4 %；全部各周偏差 12 %",
        ),
        ("who is next: desk", "谁是下一个：desk"),
        ("lifo, 98 % of 1,204 starts with a choice", "lifo，占 1,204 次有选择的开始的 98 %"),
        ("1 h 30 min", "1 小时 30 分钟"),
        ("423 (412 to 434)", "423（412 至 434）"),
        ("6,207 of 8,166, the last 76 %", "8,166 个中的 6,207 个，即最后 76 %"),
        ("mon-fri 08:00-17:00", "mon-fri 08:00-17:00"),
    ],
)
def test_what_was_found_is_said_in_the_language(text: str, said: str) -> None:
    with speaking(language_of("zh")):
        assert _said(text).replace("\N{NO-BREAK SPACE}", " ") == said
