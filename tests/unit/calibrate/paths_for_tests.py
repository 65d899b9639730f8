"""Small paths for tests of calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simlab.calibrate.event_log import CaseTable, EventLog, Labels, LogKind
from simlab.calibrate.paths import Paths, paths_of

HOUR = 60.0
MONDAY = 4 * 1440.0
"""1970-01-05 00:00 UTC."""


def paths_from(cases: Sequence[Sequence[tuple[str, float, float]]], zone: str = "UTC") -> Paths:
    """Paths of cases: for each, its activities with start and end."""
    return paths_of(log_from(cases, zone))


def log_from(cases: Sequence[Sequence[tuple[str, float, float]]], zone: str = "UTC") -> EventLog:
    """An event log of cases: for each, its activities with start and end."""
    rows = [(number, *event) for number, events in enumerate(cases) for event in events]
    n = len(cases)
    unknown = np.full(n, np.nan)
    table = CaseTable(
        ids=tuple(f"case {number}" for number in range(n)),
        created=np.array([min(start for _, start, _ in events) for events in cases], np.float64),
        responded=unknown,
        resolved=np.array([max(end for _, _, end in events) for events in cases], np.float64),
        closed=unknown,
        case_class=Labels.none(n),
        priority=Labels.none(n),
        channel=Labels.none(n),
        team=Labels.none(n),
        reassignments=np.full(n, -1, np.int32),
        reopens=np.full(n, -1, np.int32),
    )
    return EventLog.sorted_from(
        LogKind.EVENTS,
        zone,
        table,
        np.array([row[0] for row in rows], np.int32),
        Labels.of([row[1] for row in rows]),
        np.array([row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.float64),
    )


def random_paths(n_cases: int, seed: int) -> Paths:
    """Cases of a few random activities, to the minute, within two weeks."""
    rng = np.random.default_rng(seed)
    cases = []
    for _ in range(n_cases):
        at = MONDAY + float(rng.integers(0, 14 * 1440))
        events = []
        for _ in range(int(rng.integers(1, 6))):
            end = at + float(rng.integers(0, 300))
            events.append((str(rng.choice(["open", "work", "wait", "close"])), at, end))
            at = end + float(rng.integers(1, 2000))
        cases.append(events)
    return paths_from(cases)
