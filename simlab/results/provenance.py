"""What numbers depend on besides the scenario: code, libraries, machine; and where the scenario came from."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DISTRIBUTION = "servicedesk-simlab"
NOT_INSTALLED = "not installed"
_LIBRARIES = ("numpy", "scipy", "simpy", "numba")
_CODE_BEHIND_NUMBERS = ("units.py", "scenario", "model", "engines", "metrics")
_GIT_TIMEOUT_S = 5.0


@cache
def versions() -> dict[str, str]:
    """Versions of simlab, its code, Python and the libraries that numbers depend on."""
    return {
        "simlab": version_of(DISTRIBUTION),
        "code": code_digest()[:16],
        "python": platform.python_version(),
        **{library: version_of(library) for library in _LIBRARIES},
    }


def machine() -> dict[str, str]:
    """Kind of machine: these three facts and no other, so that nothing private gets into a manifest."""
    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "implementation": platform.python_implementation(),
    }


@cache
def code_digest() -> str:
    """SHA-256 of the modules that decide the numbers, so that changed code never resumes older results."""
    root = Path(__file__).parents[1]
    modules = [root / name for name in _CODE_BEHIND_NUMBERS if name.endswith(".py")]
    for name in _CODE_BEHIND_NUMBERS:
        modules += sorted((root / name).rglob("*.py"))
    digest = hashlib.sha256()
    for module in modules:
        digest.update(module.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(module.read_bytes()).digest())
    return digest.hexdigest()


def version_of(distribution: str) -> str:
    """Return the version of an installed distribution, or `NOT_INSTALLED`."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return NOT_INSTALLED


@dataclass(frozen=True, slots=True)
class GitState:
    """Commit of the repository that holds the scenario, and whether its files differ from it."""

    commit: str
    is_dirty: bool


def git_state(files: Sequence[Path]) -> GitState | None:
    """Git state of a scenario's files; None where there is no git, no repository or no commit.

    Only reads objects: unlike ``git status`` it runs no filter or monitor that a stranger's repository
    may have configured.
    """
    if not files:
        return None
    sources = [file.resolve() for file in files]
    try:
        top, commit = _git(sources[0].parent, "rev-parse", "--show-toplevel", "HEAD").splitlines()
        paths = [os.path.relpath(source, top) for source in sources]
        inside = [path for path in paths if not path.startswith("..")]
        listed = _git(Path(top), "ls-tree", "-z", "--full-tree", "HEAD", "--", *inside)
        committed = {
            path: entry.split()[2]
            for entry, _, path in (line.partition("\t") for line in listed.split("\0"))
            if path
        }
        current = {path: _blob_id(source, len(commit)) for path, source in zip(paths, sources, strict=True)}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return GitState(commit, is_dirty=current != committed)


def _git(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    finished = subprocess.run(
        ["git", "--literal-pathspecs", "-C", str(folder), *arguments],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=environment,
        timeout=_GIT_TIMEOUT_S,
    )
    return finished.stdout


def _blob_id(file: Path, n_digits: int) -> str:
    """Name under which git would keep the file's content."""
    content = file.read_bytes()
    framed = b"blob %d\0%b" % (len(content), content)
    if n_digits == 64:
        return hashlib.sha256(framed).hexdigest()
    return hashlib.sha1(framed, usedforsecurity=False).hexdigest()
