"""Two real desks, the last fifth of each foretold: nearer than replay, and near the noise floor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simlab.calibrate.paths import paths_of
from simlab.calibrate.read import read_log
from simlab.calibrate.validate import validate

LOGS = Path(os.environ.get("SIMLAB_DATA", Path(__file__).parents[3] / "shared" / "data"))


@pytest.mark.slow
@pytest.mark.skipif(not LOGS.is_dir(), reason="the real logs are not on this machine")
@pytest.mark.parametrize("name", ["uci_servicenow_incidents.csv.gz", "bpic2013_volvo_incidents.csv.gz"])
def test_the_rest_of_a_real_log_is_foretold_better_than_by_replay(name: str) -> None:
    result = validate(paths_of(read_log(LOGS / name, keep_mapping=False).log))
    for verdict in result.verdicts:
        assert verdict.beats_replay, verdict
        assert verdict.is_near_floor, verdict
