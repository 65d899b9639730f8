"""Measure how every broken file of the tests is refused: ``python -m tests.broken_files``.

Each has a process of its own, which must end with exit code 2, the name of the file and no traceback, in less
than `MOST_SECONDS` of processor time and `MOST_MIB` of memory, all that Python itself takes included. What is
beyond is told; the exit code says whether there was any.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import SCENARIO, surroundings
from tests.faults.test_experiments import CASES as EXPERIMENTS
from tests.faults.test_experiments import COMMANDS, KINDS
from tests.faults.test_reading import HOSTILE as ROWS
from tests.scenarios.test_broken import CASES, GOOD, HERE, HOSTILE, MARK

MOST_SECONDS = 1.0
"""On a machine that does nothing else; one that shares its cores takes up to twice as long: ``--times 2``."""
MOST_MIB = 200


@dataclass(frozen=True)
class Broken:
    """A file that must be refused, and the command that reads it."""

    name: str
    content: bytes
    command: tuple[str, ...] = ("validate", "broken.yaml")


@dataclass(frozen=True)
class Refused:
    """How a command ended, and what it took."""

    code: int
    told: str
    seconds: float
    mib: float

    def is_well(self, most_seconds: float) -> bool:
        """Whether the file was refused as it must be."""
        # Where the file is no scenario at all that an experiment names, that file is told.
        is_told = re.search(r"broken\.yaml|^simlab: \S+:1:1: ", self.told) and "Traceback" not in self.told
        return self.code == 2 and bool(is_told) and self.seconds < most_seconds and self.mib < MOST_MIB


def corpus() -> Iterator[Broken]:
    """All broken files of the tests."""
    for case in CASES:
        text = GOOD.replace(case["old"], case["new"], 1).replace(MARK, "")
        yield Broken(case["new"].strip(), text.encode())
    for name, (content, _) in HOSTILE.items():
        yield Broken(name, content)
    for row, (text, _) in ROWS.items():
        yield Broken(f"row {row}", text.encode())
    for kind, case in EXPERIMENTS:
        text = KINDS[kind]["good"].replace(case["old"], case["new"], 1)
        yield Broken(
            f"{kind}: {case['new']}", text.encode(), (COMMANDS.get(kind, kind), "broken.yaml", "--dry-run")
        )


def refused(broken: Broken, folder: Path) -> Refused:
    """Carry out the command on the file."""
    (folder / "broken.yaml").write_bytes(broken.content)
    with (folder / "told").open("wb+") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "simlab", *broken.command],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=told,
            env=surroundings(),
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        told.seek(0)
        text = told.read().decode(errors="replace")
    return Refused(process.returncode, text, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024.0)


def main() -> int:
    """Measure all; 0 where each was refused as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.broken_files", description=__doc__)
    parser.add_argument("--times", type=float, default=1.0, help="allow so many times the processor time")
    most_seconds = MOST_SECONDS * parser.parse_args().times
    every = list(corpus())
    seconds = mib = 0.0
    n_wrong = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "desk.yaml").write_text(SCENARIO, encoding="utf-8")
        for table in HERE.glob("*.csv"):
            shutil.copy(table, folder)
        for broken in every:
            found = refused(broken, folder)
            seconds, mib = max(seconds, found.seconds), max(mib, found.mib)
            if not found.is_well(most_seconds):
                n_wrong += 1
                print(f"{broken.name!r}: exit code {found.code}, {found.seconds:.2f} s, {found.mib:.0f} MiB")
                print(found.told)
    print(f"{len(every)} files, {n_wrong} not refused as they must be")
    print(f"at most {seconds:.2f} s of processor time and {mib:.0f} MiB")
    return int(n_wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
