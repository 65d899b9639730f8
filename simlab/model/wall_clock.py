"""Wall clocks: the local time of a zone against the elapsed minutes of a simulation.

One rule ties the two together: *a local time stands for the first instant at which the zone's clock shows
that time or a later one*. So a time that daylight saving skips is the instant of the change, and a time that
comes twice is its first occurrence.
"""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HOURS_PER_WEEK = 168
MINUTES_PER_DAY = 1440
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_HOURS_FROM_MONDAY_TO_EPOCH = 72
"""1970-01-01 was a Thursday."""


def hour_name(hour: int) -> str:
    """Say an hour of the week, 0 to 167: ``Mon 00:00``."""
    return f"{WEEKDAYS[hour // 24]} {hour % 24:02d}:00"


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock on the wall in one zone, on a time axis of elapsed minutes since `start`.

    Parameters
    ----------
    zone
        Name in the IANA time zone database, such as ``Europe/Berlin``.
    start
        The instant of minute 0. Without a time zone it is read as local time of `zone`.

    Raises
    ------
    ValueError
        When the zone is not known; the message has the nearest names.
    """

    zone: str
    start: datetime

    def __post_init__(self) -> None:
        zone_info(self.zone)
        if self.start.tzinfo is None:
            instant = self._utc_minutes(np.array([_wall_minutes(self.start)]))[0]
            start = _EPOCH + timedelta(minutes=float(instant))
        else:
            start = self.start.astimezone(UTC)
        object.__setattr__(self, "start", start)

    def in_zone(self, zone: str) -> WallClock:
        """Return the clock of another zone on the same time axis."""
        return WallClock(zone, self.start)

    def minutes_of(self, moment: datetime) -> float:
        """Return the elapsed minutes at a moment; one without a time zone is local (`fold` is ignored)."""
        if moment.tzinfo is None:
            return float(self.minutes_of_wall(np.array([_wall_minutes(moment)]))[0])
        return (moment - self.start) / _MINUTE

    def minutes_of_wall(self, wall_minutes: ArrayLike) -> FloatArray:
        """Return the elapsed minutes at local times, given as minutes since 1970-01-01 00:00 on the wall."""
        return self._utc_minutes(np.asarray(wall_minutes, np.float64)) - self._start_minutes

    def to_local(self, t: float) -> datetime:
        """Return the local time at t elapsed minutes, with its time zone, to the microsecond."""
        return (self.start + timedelta(minutes=float(t))).astimezone(ZoneInfo(self.zone))

    def ahead_of_utc(self, t: ArrayLike) -> FloatArray:
        """Return by how many minutes the clock is ahead of UTC at each instant."""
        instants = np.asarray(t, np.float64)
        if instants.size == 0:
            return np.zeros(instants.shape)
        since, offsets = self._offsets(float(instants.min()), float(instants.max()))
        return offsets[np.searchsorted(since, instants, side="right") - 1]

    def hour_of_week(self, t: ArrayLike) -> IntArray:
        """Return the local hour of week at each instant: 0 for Monday 00:00 to 01:00, up to 167."""
        instants = np.asarray(t, np.float64)
        if instants.size == 0:
            return np.zeros(instants.shape, np.int64)
        offset = self.ahead_of_utc(instants)
        hours = np.floor((instants + (self._start_minutes + offset)) / 60.0).astype(np.int64)
        return (hours + _HOURS_FROM_MONDAY_TO_EPOCH) % HOURS_PER_WEEK

    def edges_hour_of_week(self, start: float, end: float) -> tuple[FloatArray, IntArray]:
        """Cut a span at every full local hour and at every change of the zone's offset.

        Returns
        -------
        edges
            Elapsed minutes, n + 1 of them, from `start` to `end`.
        hours
            Hour of week of each of the n pieces. In autumn the repeated hour has two pieces, in spring the
            skipped hour has none; where the clock changes by half an hour, pieces are half as long.
        """
        if not start < end:
            raise ValueError(f"a span must end after it starts; found {start} to {end}")
        since, offsets = self._offsets(start, end)
        until = np.append(since[1:], np.inf)
        cuts = [np.array([start, end])]
        for low, high, offset in zip(np.maximum(since, start), np.minimum(until, end), offsets, strict=True):
            if low < high:
                shift = self._start_minutes + offset
                full_hours = np.arange(np.ceil((low + shift) / 60.0), np.ceil((high + shift) / 60.0))
                cuts += [np.array([low]), full_hours * 60.0 - shift]
        edges = np.unique(np.concatenate(cuts))
        return edges, self.hour_of_week(edges[:-1])

    @property
    def _start_minutes(self) -> float:
        return (self.start - _EPOCH) / _MINUTE

    def _offsets(self, low: float, high: float) -> tuple[FloatArray, FloatArray]:
        """Return the offset table that holds from `low` to `high`, both in elapsed minutes."""
        first, last = self.start + timedelta(minutes=low), self.start + timedelta(minutes=high)
        since, offsets = _offset_table(self.zone, first.year - 1, last.year + 1)
        return since - self._start_minutes, offsets

    def _utc_minutes(self, wall: FloatArray) -> FloatArray:
        if wall.size == 0:
            return wall
        years = [(_EPOCH + timedelta(minutes=float(minute))).year for minute in (wall.min(), wall.max())]
        since, offsets = _offset_table(self.zone, years[0] - 1, years[1] + 1)
        # What the wall shows when a piece ends. The first piece to end later than a local time is the first
        # to show it, unless it starts later still: then the time was skipped.
        shown_at_end = np.maximum.accumulate(np.append(since[1:], np.inf) + offsets)
        piece = np.searchsorted(shown_at_end, wall, side="right")
        return np.maximum(since[piece], wall - offsets[piece])


def zone_info(zone: str) -> ZoneInfo:
    """Return the named time zone; raise ValueError with the nearest names when there is none."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        names = sorted(available_timezones())
        by_city = {name.rpartition("/")[2].lower(): name for name in names if "/" in name}
        near = by_city.get(zone.strip().lower().replace(" ", "_"))
        nearest = [near] if near else get_close_matches(zone, names, n=3)
        remedy = f"did you mean {' or '.join(nearest)}?" if nearest else "write it as Europe/Berlin"
        raise ValueError(f"{zone!r} is not a time zone of the IANA database; {remedy}") from None


def _wall_minutes(local: datetime) -> float:
    return (local.replace(tzinfo=UTC) - _EPOCH) / _MINUTE


@lru_cache(maxsize=1024)
def _offset_table(zone: str, first_year: int, last_year: int) -> tuple[FloatArray, FloatArray]:
    """Return when each UTC offset of a zone began (UTC minutes since 1970; first -inf) and its minutes."""
    since, offsets = [-np.inf], [_offset_at(ZoneInfo(zone), datetime(first_year, 1, 1, tzinfo=UTC))]
    for year in range(first_year, last_year + 1):
        for changed_at, offset in _changes(zone, year):
            since.append(changed_at)
            offsets.append(offset)
    return np.array(since), np.array(offsets)


@lru_cache(maxsize=4096)
def _changes(zone: str, year: int) -> tuple[tuple[float, float], ...]:
    """Find the offset changes of one UTC year, which zoneinfo does not list: look daily, then bisect."""
    known = ZoneInfo(zone)
    n_days = 366 if isleap(year) else 365
    midnights = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(n_days + 1)]
    changes = []
    for midnight, (before, after) in zip(
        midnights, pairwise(_offset_at(known, m) for m in midnights), strict=False
    ):
        if before != after:
            low, high = 0, 86400
            while high - low > 1:
                middle = (low + high) // 2
                is_changed = _offset_at(known, midnight + timedelta(seconds=middle)) != before
                low, high = (low, middle) if is_changed else (middle, high)
            changes.append(((midnight + timedelta(seconds=high) - _EPOCH) / _MINUTE, after))
    return tuple(changes)


def _offset_at(zone: ZoneInfo, instant: datetime) -> float:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None  # a ZoneInfo always has one
    return offset / _MINUTE
