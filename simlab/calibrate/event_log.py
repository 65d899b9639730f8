"""The one form of every log that is read: cases and their events, as columns of codes and instants.

Whatever an export looks like (events with start and end, changes of status, one row a ticket), readers
turn it into an :class:`EventLog`; profiles, fits, distances and writers know nothing else.

Instants are minutes since 1970-01-01 00:00 UTC (float64), NaN where not known. A log of a desk in one zone is
looked at on that zone's clock: :attr:`EventLog.zone`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int32]
Rows = NDArray[np.intp] | NDArray[np.bool_]
"""Which rows: their numbers in ascending order, or a flag for each."""


class LogKind(Enum):
    """What a row of the source was."""

    EVENTS = "events"
    """An activity, with start and end, or one of them."""
    CHANGES = "changes"
    """A change of the ticket: from then on it has the status, team and person of the row."""
    TICKETS = "tickets"
    """A whole ticket; the log has no events."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of names: a code for each row, -1 for none, and the names behind the codes."""

    codes: Codes
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.codes) and not -1 <= int(self.codes.min()) <= int(self.codes.max()) < len(self.names):
            raise ValueError("a code has no name")

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def none(cls, n_rows: int) -> Labels:
        """Return a column that says nothing."""
        return cls(np.full(n_rows, -1, np.int32))

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> Labels:
        """Return the column of texts; None and empty ones are none; codes in order of first appearance."""
        code_of: dict[str, int] = {}
        codes = [code_of.setdefault(text, len(code_of)) if text else -1 for text in texts]
        return cls(np.array(codes, np.int32), tuple(code_of))

    @property
    def is_known(self) -> bool:
        """Whether any row has a name."""
        return bool((self.codes >= 0).any())

    def take(self, rows: Rows) -> Labels:
        """Return some rows; the names stay, so that codes mean the same."""
        return Labels(self.codes[rows], self.names)

    def used(self) -> Labels:
        """Return the column without names that no row has."""
        is_used = self.counts() > 0
        if is_used.all():
            return self
        new_code = np.append(np.where(is_used, np.cumsum(is_used) - 1, -1), -1).astype(np.int32)
        return Labels(new_code[self.codes], tuple(np.array(self.names, object)[is_used]))

    def text(self, row: int) -> str:
        """Return the name of one row, empty for none."""
        code = int(self.codes[row])
        return self.names[code] if code >= 0 else ""

    def texts(self) -> list[str]:
        """Return the name of every row, empty for none."""
        names = np.array([*self.names, ""], object)  # code -1 picks the last
        return list(names[self.codes])

    def counts(self) -> Integers:
        """Return how many rows each name has."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.names)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class CaseTable:
    """A row per case (ticket), in order of creation; equally long columns."""

    ids: tuple[str, ...]
    created: Floats
    """Creation; where the source does not say, the first event."""
    responded: Floats
    """First response to the customer; NaN: not yet, or not told."""
    resolved: Floats
    """Last resolution; NaN: still open when the log was taken, or not told."""
    closed: Floats
    """Final closing, often automatic days after the resolution; NaN: not yet, or not told."""
    case_class: Labels
    """What the case is about; the finest column that the mapping names as class."""
    priority: Labels
    channel: Labels
    team: Labels
    """Team that had the case last."""
    reassignments: Codes
    """Changes of team as the source counts them; -1: not told."""
    reopens: Codes
    """Returns after a resolution as the source counts them; -1: not told."""
    attributes: Mapping[str, Labels] = field(default_factory=dict)
    """Further columns of names, by the source's own column name."""
    status: str = ""
    """Attribute that tells how a case stands when the log is taken, where there is one."""
    person: str = ""
    """Attribute that tells who has or had it last, where there is one."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Whether a case has no resolution in the log."""
        return np.isnan(self.resolved)

    def take(self, rows: Rows) -> CaseTable:
        """Return some cases."""
        kept = np.arange(len(self))[rows]
        columns = {
            each.name: getattr(self, each.name)[rows]
            for each in fields(self)
            if isinstance(getattr(self, each.name), np.ndarray)
        }
        labels = {
            each.name: getattr(self, each.name).take(rows)
            for each in fields(self)
            if isinstance(getattr(self, each.name), Labels)
        }
        attributes = {name: column.take(rows) for name, column in self.attributes.items()}
        return replace(
            self, ids=tuple(self.ids[row] for row in kept), attributes=attributes, **columns, **labels
        )


@dataclass(frozen=True, slots=True)
class EventLog:
    """Cases and their events. Events are sorted by case, then by instant, then as in the source.

    Build one with :meth:`sorted_from`, which sorts; the constructor checks nothing.
    """

    kind: LogKind
    zone: str
    """IANA name of the zone on whose clock the desk works."""
    cases: CaseTable
    case: Codes
    """Row of the case table, for each event."""
    activity: Labels
    """What was done; of changes, what was changed to: the status, with its detail where there is one."""
    team: Labels
    person: Labels
    start: Floats
    """When the activity began; NaN where the source has ends (or changes) only."""
    end: Floats
    """When it was done, or the change was made; NaN where it was still going on."""
    state: Labels
    """Of changes: the status in which the case is from then on; else none."""
    enabled: Floats
    """When the case came to the activity and began to queue for it; NaN where not told."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Names of states (or activities) in which nobody works, and who is waited for: user, vendor, other."""
    finished: frozenset[str] = frozenset()
    """Names of states (or activities) in which a case counts as resolved."""

    def __len__(self) -> int:
        return len(self.case)

    @classmethod
    def sorted_from(
        cls,
        kind: LogKind,
        zone: str,
        cases: CaseTable,
        case: Codes,
        activity: Labels,
        start: Floats,
        end: Floats,
        team: Labels | None = None,
        person: Labels | None = None,
        state: Labels | None = None,
        enabled: Floats | None = None,
        waiting: Mapping[str, str] | None = None,
        finished: frozenset[str] = frozenset(),
    ) -> Self:
        """Return a log of columns in any order of rows; cases are put in order of creation."""
        n_events = len(case)
        rank = np.argsort(cases.created, kind="stable")
        new_row = np.empty(len(cases), np.int32)
        new_row[rank] = np.arange(len(cases), dtype=np.int32)
        case = new_row[case] if n_events else np.empty(0, np.int32)
        order = np.lexsort((np.where(np.isnan(start), end, start), case))
        none = Labels.none(n_events)
        return cls(
            kind=kind,
            zone=zone,
            cases=cases.take(rank),
            case=case[order],
            activity=activity.take(order),
            team=(team or none).take(order),
            person=(person or none).take(order),
            start=start[order],
            end=end[order],
            state=(state or none).take(order),
            enabled=np.full(n_events, np.nan) if enabled is None else enabled[order],
            waiting=waiting or {},
            finished=finished,
        )

    @property
    def at(self) -> Floats:
        """Instant by which events are ordered: the start where it is known, else the end."""
        return np.where(np.isnan(self.start), self.end, self.start)

    def offsets(self) -> Integers:
        """Return where the events of each case begin; those of case i end before offsets[i + 1]."""
        return np.searchsorted(self.case, np.arange(len(self.cases) + 1)).astype(np.int64)

    def observed(self) -> tuple[float, float]:
        """Return the first and the last instant in the log; NaN for an empty one."""
        instants = (self.cases.created, self.cases.resolved, self.cases.closed, self.start, self.end)
        known = [column[~np.isnan(column)] for column in instants]
        filled = [column for column in known if column.size]
        if not filled:
            return (np.nan, np.nan)
        return min(float(c.min()) for c in filled), max(float(c.max()) for c in filled)

    def last_seen(self) -> Floats:
        """Return the last known instant of each case: of its events, resolution and closing."""
        cases = self.cases
        seen = np.fmax(cases.created, np.fmax(cases.resolved, cases.closed))
        np.fmax.at(seen, self.case, np.fmax(self.start, self.end))
        return seen

    def select(self, rows: Rows) -> EventLog:
        """Return some cases with their events; names stay, so that codes mean the same.

        Parameters
        ----------
        rows
            Rows of the case table in ascending order, or a flag for each case.
        """
        kept = np.zeros(len(self.cases), bool)
        kept[rows] = True
        new_row = (np.cumsum(kept) - 1).astype(np.int32)
        events = kept[self.case]
        return self._with_events(events, self.cases.take(kept), new_row[self.case[events]])

    def split_at(self, instant: float) -> tuple[EventLog, EventLog]:
        """Return the cases created before an instant, and those created at it or later."""
        is_early = self.cases.created < instant
        return self.select(is_early), self.select(~is_early)

    def instant_of_share(self, share: float) -> float:
        """Return the creation of the first case after a share (in (0, 1)) of all cases."""
        if not 0.0 < share < 1.0 or not len(self.cases):
            raise ValueError(f"a share of cases lies between 0 and 1, and needs cases; found {share}")
        return float(self.cases.created[min(int(share * len(self.cases)), len(self.cases) - 1)])

    def as_known_at(self, instant: float) -> EventLog:
        """Return the log as it would have been taken at an earlier instant.

        Later cases and events are left out, later ends, responses, resolutions and closings become NaN.
        Counts of reassignments and reopens, class, priority and team stay what they became, since their
        history is not told.
        """
        cases = self.cases
        early = self.select(cases.created < instant)
        known = replace(
            early.cases,
            responded=_until(early.cases.responded, instant),
            resolved=_until(early.cases.resolved, instant),
            closed=_until(early.cases.closed, instant),
        )
        events = early.at < instant
        cut = early._with_events(events, known, early.case[events])
        return replace(cut, end=_until(cut.end, instant))

    def _with_events(self, rows: NDArray[np.bool_], cases: CaseTable, case: Codes) -> EventLog:
        return replace(
            self,
            cases=cases,
            case=case,
            activity=self.activity.take(rows),
            team=self.team.take(rows),
            person=self.person.take(rows),
            start=self.start[rows],
            end=self.end[rows],
            state=self.state.take(rows),
            enabled=self.enabled[rows],
        )


def _until(instants: Floats, latest: float) -> Floats:
    return np.where(instants < latest, instants, np.nan)
