"""``simlab doctor`` and ``version``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from simlab.cli import options
from simlab.cli.terminal import Table, terminal
from simlab.errors import GateFailed

LIBRARIES = (
    "simpy",
    "numpy",
    "scipy",
    "matplotlib",
    "optuna",
    "pydantic",
    "numba",
    "pyarrow",
    "duckdb",
    "tzdata",
)
LEAST_DISK_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    is_well: bool
    found: str


def version() -> None:
    """Print the version."""
    from simlab.results.provenance import DISTRIBUTION, version_of

    terminal.out(f"simlab {version_of(DISTRIBUTION)}")


def doctor(as_json: options.Json = False) -> None:
    """Look whether this machine has what simlab needs."""
    findings = list(_findings())
    if as_json:
        terminal.json([asdict(finding) for finding in findings])
    else:
        rows = [(each.subject, f"{each.found}  {'well' if each.is_well else 'LOOK'}") for each in findings]
        terminal.table(Table("This machine", ("", "found"), rows))
    broken = [finding.subject for finding in findings if not finding.is_well]
    if broken:
        raise GateFailed(f"look at: {', '.join(broken)}")


def _findings() -> Iterator[Finding]:
    from simlab.execution.local import available_cores
    from simlab.results.provenance import DISTRIBUTION, NOT_INSTALLED, version_of

    yield Finding("Python", (3, 11) <= sys.version_info[:2] <= (3, 14), sys.version.split()[0])
    yield Finding("simlab", True, version_of(DISTRIBUTION))
    for library in LIBRARIES:
        found = version_of(library)
        yield Finding(library, found != NOT_INSTALLED, found)
    yield Finding("cores", True, str(available_cores()))
    yield _time_zones()
    yield _chinese_font()
    yield _script()
    yield _numba_cache()
    yield _disk()


def _time_zones() -> Finding:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return Finding("time zones", False, "no data: install tzdata")
    return Finding("time zones", True, "there")


def _chinese_font() -> Finding:
    """Look as reports do, the extra ``cjk`` included."""
    from simlab.reports.figures.fonts import fonts_for
    from simlab.reports.language.catalogue import language_of

    fonts = fonts_for([language_of("zh").characters])
    found = fonts.families[-1] if not fonts.missing else "none: install the extra cjk, or Noto Sans CJK"
    return Finding("font for Chinese", True, found)


def _script() -> Finding:
    """Another distribution may install a script of the same name, and the last one installed wins."""
    from importlib.metadata import distributions

    from simlab.results.provenance import DISTRIBUTION

    others = sorted(
        {
            distribution.metadata["Name"]
            for distribution in distributions()
            for point in distribution.entry_points
            if point.group == "console_scripts"
            and point.name == "simlab"
            and distribution.metadata["Name"] != DISTRIBUTION
        }
    )
    if others:
        return Finding(
            "command simlab", False, f"also installed by {', '.join(others)}: use python -m simlab"
        )
    return Finding("command simlab", True, "ours alone")


def _numba_cache() -> Finding:
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parents[1] / "__pycache__")
    place = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    is_writable = os.access(place, os.W_OK)
    found = str(folder) if is_writable else f"{folder} cannot be written: set NUMBA_CACHE_DIR"
    return Finding("cache of compiled code", is_writable, found)


def _disk() -> Finding:
    import shutil

    free = 0
    with suppress(OSError):
        free = shutil.disk_usage(Path.cwd()).free
    return Finding("free space here", free >= LEAST_DISK_BYTES, f"{free / 2**30:.1f} GiB")
