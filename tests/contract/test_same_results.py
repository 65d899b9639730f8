"""The same figures, bit for bit, wherever and with however many workers they were computed."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pytest

import simlab as sl
from simlab.experiments.runs import ScenarioRun
from tests.commands import program

SCENARIO = {
    "name": "Desk",
    "time": {"zone": "Europe/Berlin", "start": "2026-03-27", "length": "4 days"},
    "calendars": {"office": {"hours": {"daily": "08:00-17:00"}}},
    "demand": {
        "mail": {
            "arrivals": {"rate": "150/day"},
            "classes": {"question": {"share": "70 %"}, "fault": {"share": "30 %"}},
            "priority": {"P1": "20 %", "P2": "80 %"},
        }
    },
    "staffing": {"desk": {"people": 3, "calendar": "office", "absence": "10 %"}, "experts": {"people": 1}},
    "routing": {
        "start": "fix",
        "steps": {
            "fix": {
                "team": "desk",
                "work": {"lognormal": {"mean": "12 min", "cv": 0.8}},
                "next": {"resolved": "80 %", "dig": "20 %"},
            },
            "dig": {"team": "experts", "work": {"exponential": "20 min"}, "next": "resolved"},
        },
    },
    "targets": {"P1": {"resolve": "1 h"}, "P2": {"resolve": "4 h"}},
}
REPLICATIONS = 8


def digest(run: ScenarioRun) -> str:
    content = hashlib.sha256()
    for summary in run.summaries:
        content.update(repr((summary.replication, summary.names)).encode())
        content.update(summary.value.tobytes())
        content.update(summary.numerator.tobytes())
    return content.hexdigest()


@pytest.fixture(scope="module")
def expected() -> str:
    return digest(sl.run(sl.from_values(SCENARIO), replications=REPLICATIONS, jobs=1))


@pytest.mark.parametrize("jobs", [2, 4])
def test_worker_processes_change_nothing(expected: str, jobs: int) -> None:
    assert digest(sl.run(sl.from_values(SCENARIO), replications=REPLICATIONS, jobs=jobs)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("n_workers", [1, 2, 4])
def test_cluster_changes_nothing(expected: str, n_workers: int, tmp_path: Path) -> None:
    scenario = sl.from_values(SCENARIO)
    run = sl.run(scenario, replications=REPLICATIONS, cluster=f"local:{n_workers}", store=tmp_path)
    assert digest(run) == expected
    assert run.folder is not None
    assert digest(sl.read_run(run.folder)) == expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hash_seed", "zone", "place"),
    [
        ("0", "UTC", "jobs=1"),
        ("1", "Asia/Kolkata", "jobs=2"),
        ("42", "America/New_York", "cluster='local:2'"),
    ],
)
def test_hash_seed_and_time_zone_change_nothing(
    expected: str, hash_seed: str, zone: str, place: str, tmp_path: Path
) -> None:
    code = (
        "import json, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "import simlab as sl\n"
        "from test_same_results import digest\n"
        f"run = sl.run(sl.from_values(json.loads(sys.argv[2])), replications={REPLICATIONS}, {place})\n"
        "print(digest(run))\n"
    )
    command = (sys.executable, "-c", code, str(Path(__file__).parent), json.dumps(SCENARIO))
    ended = program(tmp_path, *command, PYTHONHASHSEED=hash_seed, TZ=zone)
    assert ended.out.strip() == expected, ended.err
