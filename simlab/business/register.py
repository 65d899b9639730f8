"""The improvement register: a row for each accepted change, and what came of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

import numpy as np

from simlab.business.case import BusinessCase
from simlab.business.period_figures import figures_by_period, judge_of, midnight, period_edges
from simlab.calibrate.event_log import EventLog
from simlab.errors import InvalidInput, Place, Problem, UsageError
from simlab.experiments.compare import compare_runs
from simlab.model.load import LoadedScenario
from simlab.results.export import csv_text, text_from_cell
from simlab.results.files import content_of, told_as_storage_error, write_whole
from simlab.statistics.intervals import Estimate, mean_interval

Outcome = Literal["reached", "in part", "not reached", "not shown"]

MEASURES: Final[Mapping[str, tuple[str, str]]] = {
    "resolution": ("resolution_mean", "min"),
    "attainment": ("resolve_attainment", "share"),
}
"""What is promised and checked later: the response of a run, its unit; the names are those of period
figures."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One accepted change."""

    id: str
    change: str
    measure: str
    """``resolution``: mean time to resolution; ``attainment``: share resolved within the target."""
    unit: str
    baseline: float
    target: float
    """The expected value with the change."""
    benefit: float
    """Target less baseline."""
    benefit_low: float
    benefit_high: float
    cost_at_start: float
    cost_a_year: float
    value: float
    """Net present value: P50."""
    value_low: float
    """P10."""
    value_high: float
    """P90."""
    currency: str
    confidence: float
    """Share of the draws in which the case is worth more than nothing."""
    owner: str
    accepted: str
    """Date."""
    review: str
    """Date at which it is checked."""


@dataclass(frozen=True, slots=True)
class Check:
    """What came of a change."""

    row: RegisterRow
    actual: Estimate
    """Mean over the whole weeks of the log after the change, with its interval."""
    weeks: int
    outcome: Outcome


def register_row(
    case: BusinessCase,
    identity: str,
    *,
    owner: str,
    accepted: date,
    review: date,
    measure: str = "resolution",
) -> RegisterRow:
    """Return the row of a case.

    Parameters
    ----------
    case
        The case; its base is the baseline, its proposal the target.
    identity
        Short name of the row, which tells it from others.
    owner
        Who answers for the benefit.
    accepted, review
        When it was accepted, and when it is to be checked.
    measure
        ``resolution`` or ``attainment``.

    Raises
    ------
    UsageError
        When the measure is not known or the scenario has none such, or the review comes before the
        acceptance.
    """
    if measure not in MEASURES:
        raise UsageError(f"a measure is {' or '.join(MEASURES)}; found '{measure}'")
    if review <= accepted:
        raise UsageError(f"a review comes after the acceptance\n    -> review after {accepted}")
    response, unit = MEASURES[measure]
    if response not in case.base.responses:
        raise UsageError(
            f"the scenario has no {response}\n    -> state targets in it, or choose another measure"
        )
    row = compare_runs(case.base, {"proposal": case.proposal}, responses=[response]).row(response)
    difference = row.changes[0].paired.difference
    npv = case.figures["npv"].joint
    costs = [line for line in case.lines if line.is_cost]
    return RegisterRow(
        id=identity,
        change=case.plan.proposal.label,
        measure=measure,
        unit=unit,
        baseline=row.base.value,
        target=row.changes[0].estimate.value,
        benefit=difference.value,
        benefit_low=difference.low,
        benefit_high=difference.high,
        cost_at_start=-math.fsum(line.amounts[0] for line in costs),
        cost_a_year=-math.fsum(line.amounts[-1] for line in costs),
        value=npv.median,
        value_low=npv.low,
        value_high=npv.high,
        currency=case.plan.currency,
        confidence=case.chance,
        owner=owner,
        accepted=accepted.isoformat(),
        review=review.isoformat(),
    )


def read_register(path: Path) -> tuple[RegisterRow, ...]:
    """Read a register; none where there is no file.

    Raises
    ------
    InvalidInput
        With all rows that cannot be read.
    """
    if not path.exists():
        return ()
    with told_as_storage_error("read it", path):
        content = content_of(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        remedy = "save it as CSV UTF-8"
        raise InvalidInput(Problem("a register is UTF-8", place=Place(str(path)), remedy=remedy)) from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [each.name for each in fields(RegisterRow)]
    if list(reader.fieldnames or ()) != names:
        message = f"a register begins with the columns {', '.join(names)}"
        raise InvalidInput(Problem(message, place=Place(str(path), 1, 1)))
    rows, problems = [], []
    for line, cells in enumerate(reader, start=2):
        try:
            rows.append(_row(cells))
        except (TypeError, ValueError) as error:
            problems.append(Problem(f"this row cannot be read: {error}", place=Place(str(path), line, 1)))
    if problems:
        raise InvalidInput(problems)
    return tuple(rows)


def write_register(rows: Sequence[RegisterRow], path: Path) -> None:
    """Write a register as CSV, in which spreadsheets find texts and numbers and no formulas."""
    names = [each.name for each in fields(RegisterRow)]
    write_whole(path, csv_text({name: [getattr(row, name) for row in rows] for name in names}).encode())


def with_row(rows: Iterable[RegisterRow], row: RegisterRow) -> tuple[RegisterRow, ...]:
    """Return rows with one added, in place of that with the same id."""
    kept = {each.id: each for each in rows}
    kept[row.id] = row
    return tuple(kept.values())


def check(row: RegisterRow, loaded: LoadedScenario, log: EventLog) -> Check:
    """Compare what was expected of a change with a log that was taken after it.

    Parameters
    ----------
    row
        The change.
    loaded
        The scenario, for its targets.
    log
        Tickets created since the acceptance count, by whole weeks.

    Raises
    ------
    UsageError
        When the log has fewer than two whole weeks after the acceptance.
    """
    first, last = log.observed()
    begin = midnight(date.fromisoformat(row.accepted), ZoneInfo(log.zone))
    edges = period_edges(log.zone, max(first, begin), last, "week")
    if len(edges) < 3:
        raise UsageError(
            f"{row.id}: the log has no two whole weeks after {row.accepted}\n    -> take the log at a later "
            f"time"
        )
    values = figures_by_period(log, edges, judge_of(loaded, log)).values[row.measure]
    known = values[~np.isnan(values)]
    actual = mean_interval(known, 0.95)
    return Check(row, actual, len(known), _outcome(row, actual))


def _outcome(row: RegisterRow, actual: Estimate) -> Outcome:
    """Judge the change by the interval of what happened.

    ``reached``: it may be as good as expected or better; ``in part``: better than before, yet less than
    expected; ``not reached``: no better than before; ``not shown``: it may be both as before and as expected.
    """
    sign = 1.0 if row.benefit >= 0.0 else -1.0
    gains = sorted(sign * (end - row.baseline) for end in (actual.low, actual.high))
    least = min(sign * row.benefit_low, sign * row.benefit_high)
    if np.isnan(gains).any():
        return "not shown"
    if gains[1] >= least:
        return "reached" if gains[0] > 0.0 else "not shown"
    return "in part" if gains[0] > 0.0 else "not reached"


def _row(cells: Mapping[str, str | None]) -> RegisterRow:
    def read(name: str, kind: str) -> str | float:
        text = cells[name] or ""
        if kind == "float":
            return float(text) if text else float("nan")
        return text_from_cell(text)

    values = {each.name: read(each.name, str(each.type)) for each in fields(RegisterRow)}
    row = RegisterRow(**values)  # type: ignore[arg-type]  # of the types that `read` was told
    if row.measure not in MEASURES:
        raise ValueError(f"the measure '{row.measure}' is not known")
    for day in (row.accepted, row.review):
        date.fromisoformat(day)
    return row


def plain_row(row: RegisterRow) -> dict[str, str | float]:
    """Return a row as plain values."""
    return asdict(row)
