from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from simlab.results.provenance import git_state, machine, versions

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=planner", "-c", "user.email=planner@example.org"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, env=environment, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "planning"
    (folder / "desk").mkdir(parents=True)
    (folder / "base.yaml").write_text("name: base\n")
    (folder / "desk" / "服务 [1].yaml").write_text("name: desk\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def sources(repository: Path) -> list[Path]:
    return [repository / "desk" / "服务 [1].yaml", repository / "base.yaml"]


def test_committed_files_are_clean(repository: Path) -> None:
    state = git_state(sources(repository))
    assert state is not None
    assert state.commit == git(repository, "rev-parse", "HEAD")
    assert not state.is_dirty


def test_changed_file_is_dirty(repository: Path) -> None:
    (repository / "base.yaml").write_text("name: changed\n")
    state = git_state(sources(repository))
    assert state is not None
    assert state.is_dirty


def test_file_that_is_not_in_the_commit_is_dirty(repository: Path) -> None:
    new = repository / "new.yaml"
    new.write_text("name: new\n")
    state = git_state([new])
    assert state is not None
    assert state.is_dirty


def test_change_of_a_file_that_the_scenario_does_not_use_leaves_it_clean(repository: Path) -> None:
    (repository / "base.yaml").write_text("name: changed\n")
    state = git_state(sources(repository)[:1])
    assert state is not None
    assert not state.is_dirty


def test_no_state_outside_a_repository_or_before_the_first_commit(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("name: x\n")
    assert git_state([file]) is None
    git(tmp_path, "init", "-q")
    assert git_state([file]) is None
    assert git_state([]) is None


def test_programs_that_the_repository_configures_do_not_run(repository: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    git(repository, "config", "core.fsmonitor", f"touch {marker}")
    git(repository, "config", "filter.evil.clean", f"touch {marker}")
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    (repository / "base.yaml").write_text("name: changed\n")
    assert git_state(sources(repository)) is not None
    assert not marker.exists()


def test_versions_name_the_libraries_that_numbers_depend_on() -> None:
    assert {"simlab", "code", "python", "numpy", "scipy", "simpy"} <= set(versions())


def test_machine_tells_three_facts() -> None:
    assert set(machine()) == {"system", "processor", "implementation"}
