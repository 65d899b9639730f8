"""Whether the tickets of a log met the targets of a scenario, with clocks that pause as its clocks do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.auditing.names import codes_in, priority_codes
from simlab.calibrate.event_log import CaseTable, EventLog, Floats, Integers, Labels, LogKind
from simlab.calibrate.paths import EPOCH
from simlab.model.calendars import Calendar, worked_many
from simlab.model.codes import Field
from simlab.model.load import LoadedScenario
from simlab.model.tables import Model
from simlab.model.ticket_rules import choose
from simlab.scenario.schema.targets import Target

PAUSES: Final = ("user", "vendor", "other")
"""Who may be waited for in the waiting states of a mapping."""
_TOLD: Final = (Field.KIND, Field.CLASS, Field.PRIORITY, Field.CHANNEL)
_AT_CREATION: Final = (Field.HOPS, Field.REOPENS, Field.VISITS, Field.FLAW)
"""Facts that are 0 when a ticket comes, when its target is chosen."""
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TargetCheck:
    """How often a target was met."""

    priority: str
    """Priority that the target is for; of targets with conditions the number of the target, from 1."""
    target: str
    """``respond`` or ``resolve``."""
    limit_min: float
    """Within so many open minutes of its calendar."""
    n: int
    """Tickets that were judged: done, or overdue without being done."""
    met: float
    low: float
    high: float
    """95 % interval of the share."""
    n_overdue: int
    """Of those missed: still open when the log ends."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time of cases; those of one case do not overlap."""

    case: Integers
    start: Floats
    end: Floats
    """Infinite where it lasts."""

    def worked(self, calendar: Calendar, since: Floats, until: Floats) -> Floats:
        """Return the open minutes of each case's stretches between two instants of the case."""
        start, end = np.maximum(self.start, since[self.case]), np.minimum(self.end, until[self.case])
        inside = end > start
        minutes = worked_many(calendar, start[inside], end[inside])
        total: Floats = np.bincount(self.case[inside], minutes, len(since)).astype(np.float64)
        return total


def target_checks(
    loaded: LoadedScenario, log: EventLog, pauses: Collection[str], step_of: dict[int, int]
) -> tuple[tuple[TargetCheck, ...], tuple[str, ...]]:
    """Return how often each target was met in a log, and what to know about it.

    Parameters
    ----------
    pauses
        Clocks of the resolution stand still in waiting states in which one of these is waited for.
    step_of
        Step of the scenario that an activity of the log stands for; some pause the clocks.
    """
    model, cases = loaded.model, log.cases
    if model.targets.rules < 0:
        return (), ()
    row, notes = _rows(loaded, cases)
    shift = (model.clock.start - EPOCH).total_seconds() / 60.0
    created, now = cases.created - shift, log.observed()[1] - shift
    responded = np.fmin(cases.responded, cases.resolved) if _tells(cases.responded) else cases.responded
    steps = model.steps
    clocks = (
        ("respond", responded, model.targets.respond, _spans(log, (), steps.pauses_respond, step_of, shift)),
        ("resolve", cases.resolved, model.targets.resolve,
         _spans(log, pauses, steps.pauses_resolve, step_of, shift)),
    )  # fmt: skip
    checks = []
    for number, (name, _) in enumerate(_stated(loaded)):
        calendar = model.calendars[int(model.targets.calendar[number])]
        for target, done, limits, still in clocks:
            limit = float(limits[number])
            if np.isfinite(limit) and (target == "resolve" or _tells(done)):
                until = np.where(np.isnan(done), now, done - shift)
                ran = worked_many(calendar, created, until) - still.worked(calendar, created, until)
                check = _check(name, target, limit, ran, row == number, ~np.isnan(done))
                checks += [check] if check.n else []
    return tuple(checks), tuple(notes)


def resolutions_in_time(
    loaded: LoadedScenario, log: EventLog, pauses: Collection[str], step_of: dict[int, int]
) -> tuple[Flags, Flags]:
    """Return of which cases the resolution was due within a target, and of which it was in time.

    With clocks that pause as in :func:`target_checks`; nothing pauses where ``pauses`` and ``step_of`` are
    empty, but resolved cases rest until they are reopened.
    """
    model, cases = loaded.model, log.cases
    has_target, is_met = np.zeros(len(cases), bool), np.zeros(len(cases), bool)
    if model.targets.rules < 0:
        return has_target, is_met
    row, _ = _rows(loaded, cases)
    shift = (model.clock.start - EPOCH).total_seconds() / 60.0
    created, done = cases.created - shift, cases.resolved - shift
    still = _spans(log, pauses, model.steps.pauses_resolve, step_of, shift)
    for number in np.unique(row[row >= 0]).tolist():
        limit = float(model.targets.resolve[number])
        if np.isfinite(limit):
            calendar = model.calendars[int(model.targets.calendar[number])]
            mine = (row == number) & ~np.isnan(done)
            until = np.where(mine, done, created)
            ran = worked_many(calendar, created, until) - still.worked(calendar, created, until)
            has_target |= mine
            is_met |= mine & (ran <= limit + 1e-6)
    return has_target, is_met


def pausing(
    loaded: LoadedScenario, log: EventLog, pauses: Collection[str], step_of: dict[int, int]
) -> list[int]:
    """Return the activities in which the clock of the resolution stands still while a case is open."""
    does_pause = loaded.model.steps.pauses_resolve
    return [
        code
        for code, name in enumerate(log.activity.names)
        if log.waiting.get(name) in pauses or (code in step_of and bool(does_pause[step_of[code]]))
    ]


def _check(name: str, target: str, limit: float, ran: Floats, is_mine: Flags, is_done: Flags) -> TargetCheck:
    in_time = ran <= limit + 1e-6
    judged = is_mine & (is_done | ~in_time)
    n, met = int(judged.sum()), int((judged & in_time).sum())
    low, high = interval(met, n) if n else (0.0, 1.0)
    overdue = int((judged & ~is_done).sum())
    return TargetCheck(name, target, limit, n, met / max(n, 1), low, high, overdue)


def interval(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    share, z = hits / n, 1.959964
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _tells(instants: Floats) -> bool:
    return bool((~np.isnan(instants)).any())


def _stated(loaded: LoadedScenario) -> list[tuple[str, Target]]:
    targets = loaded.scenario.targets
    if isinstance(targets, dict):
        return list(targets.items())
    return [(str(number), each) for number, each in enumerate(targets, start=1)]


def _rows(loaded: LoadedScenario, cases: CaseTable) -> tuple[Integers, list[str]]:
    """Return the number of the target of each case, -1 for none."""
    model = loaded.model
    asked = _fields(model)
    unknown = [field for field in asked if field not in (*_TOLD, *_AT_CREATION)]
    if unknown:
        names = ", ".join(sorted(field.name.lower().replace("_", " ") for field in unknown))
        return np.full(len(cases), -1), [
            f"targets are not judged: they depend on what a log does not tell ({names})"
        ]
    notes = []
    columns = {
        Field.KIND: _coded(cases.attributes.get("kind"), model.names.kinds, len(cases)),
        Field.CLASS: _coded(cases.case_class, model.names.classes, len(cases)),
        Field.PRIORITY: _coded(cases.priority, model.names.priorities, len(cases), is_priority=True),
        Field.CHANNEL: _coded(cases.channel, model.names.channels, len(cases)),
    }
    if len(model.names.kinds) == 1:
        columns[Field.KIND][:] = 0
    for field in (field for field in _TOLD if field in asked):
        strange = int((columns[field] < 0).sum())
        if strange:
            what = field.name.lower()
            notes.append(f"{strange:,} tickets have no {what} that the targets of the scenario know")
    facts = np.stack([columns[field] for field in _TOLD])
    alike, which = np.unique(facts, axis=1, return_inverse=True)
    rows = np.array([_target(model, of_one) for of_one in alike.T.tolist()], np.int64)
    return rows[which.ravel()], notes


def _target(model: Model, told: list[int]) -> int:
    facts = [0.0] * len(Field)
    for field, code in zip(_TOLD, told, strict=True):
        facts[field] = float(code)
    return int(choose(model.rules, model.targets.rules, facts, 0.0, 0.0, model.calendars, ()))


def _fields(model: Model) -> set[Field]:
    """Return the facts that the targets ask for."""
    rules, block = model.rules, model.targets.rules
    rows = range(int(rules.first_row[block]), int(rules.first_row[block + 1]))
    tests = range(int(rules.first_test[rows.start]), int(rules.first_test[rows.stop]))
    return {Field(int(rules.test_field[test])) for test in tests}


def _coded(labels: Labels | None, wanted: tuple[str, ...], n: int, *, is_priority: bool = False) -> Integers:
    if labels is None:
        return np.full(n, -1, np.int64)
    codes = (priority_codes if is_priority else codes_in)(labels.names, wanted)
    return np.append(codes, -1)[labels.codes].astype(np.int64)


def _spans(
    log: EventLog, pauses: Collection[str], does_pause: Flags, step_of: dict[int, int], shift: float
) -> Spans:
    """Return when the clock of each case stood still, in minutes of the scenario.

    Of changes a state lasts until the next one; of events with both, from start to end. Resolved cases rest
    until they are reopened.
    """
    names = log.activity.names
    still = [
        code
        for code, name in enumerate(names)
        if log.waiting.get(name) in pauses
        or bool(does_pause[step_of[code]] if code in step_of else False)
        or (log.kind is LogKind.CHANGES and name in log.finished)
    ]
    rows = np.flatnonzero(np.isin(log.activity.codes, still))
    if log.kind is LogKind.CHANGES:
        is_followed = np.append(np.diff(log.case) == 0, False)
        start, end = log.end, np.where(is_followed, np.append(log.end[1:], np.inf)[: len(log)], np.inf)
    else:
        start, end = log.start, np.where(np.isnan(log.end), np.inf, log.end)
        rows = rows[~np.isnan(start[rows])]
    spans = np.array(list(_merged(log.case[rows], start[rows], end[rows])), np.float64).reshape(-1, 3)
    return Spans(spans[:, 0].astype(np.int64), spans[:, 1] - shift, spans[:, 2] - shift)


def _merged(case: NDArray[np.int32], start: Floats, end: Floats) -> Iterator[tuple[float, float, float]]:
    """Yield stretches sorted by case and start without what overlaps."""
    last, reached = -1, -np.inf
    for each, begin, stop in zip(case.tolist(), start.tolist(), end.tolist(), strict=True):
        reached = reached if each == last else -np.inf
        last = each
        if stop > max(begin, reached):
            yield each, max(begin, reached), stop
            reached = stop
