from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simlab.results.manifest import Manifest
from simlab.results.store import ResultStore

MANIFEST = Manifest(
    scenario="Regional service desk",
    resolved={"name": "Regional service desk", "staffing": {"desk": {"people": 3, "absence": 0.08}}},
    data_files={"profiles/office.csv": "ab" * 32},
    seed=7,
    engine="simpy",
    versions={"simlab": "0.1.0", "numpy": "2.1.0"},
    machine={"system": "Linux", "processor": "x86_64", "implementation": "CPython"},
    created="2026-01-05T08:00:00+00:00",
)


@pytest.fixture
def manifest() -> Manifest:
    return replace(MANIFEST)


@pytest.fixture
def store(tmp_path: Path, manifest: Manifest) -> ResultStore:
    return ResultStore.open_or_create(tmp_path / "results", manifest)


@pytest.fixture
def summary() -> dict[str, np.ndarray | list[str]]:
    return {"value": np.array([1.5, np.nan, -0.0]), "name": ["mean", "p90", "sla"]}
