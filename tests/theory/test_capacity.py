"""The capacity search against Erlang C."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simlab.experiments.capacity import capacity
from simlab.statistics.queueing.staffing import agents_needed

CALLS = {
    "name": "Calls",
    "time": {"length": "7 days", "warm_up": "1 day"},
    "demand": {"calls": {"arrivals": {"rate": "120/hour"}}},
    "staffing": {"desk": {"people": 10}},
    "routing": {
        "start": "talk",
        "steps": {"talk": {"team": "desk", "work": {"exponential": "300 s"}, "next": "resolved"}},
    },
    "targets": [{"respond": "20 s"}],
}
STUDY = {
    "experiment": "capacity",
    "scenario": "calls.yaml",
    "vary": {"staffing.desk.people": {"from": 1, "to": 40}},
    "constraints": ["respond_attainment >= 80 %"],
    "growth": ["0 %", "50 %"],
    "replications": 6,
    "responses": ["utilisation"],
}


@pytest.mark.slow
def test_simulation_finds_the_agents_of_erlang_c(tmp_path: Path) -> None:
    (tmp_path / "calls.yaml").write_text(yaml.safe_dump(CALLS))
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(STUDY))
    told = capacity(tmp_path / "study.yaml", jobs=2)
    exact = [
        agents_needed(rate, 5.0, target_share=0.8, within=1 / 3).on_duty
        # 120 and 180 calls an hour; with one agent less the level is well below 80 %.
        for rate in (2.0, 3.0)
    ]
    assert exact[0] == 14
    assert [point.n_people for point in told.points] == exact
    assert [point.crews[0].first_guess for point in told.points] == exact
    assert told.is_kept
