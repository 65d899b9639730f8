"""Calendar rules: working hours as planners write them, in local time, and the intervals they stand for.

What holds on a local date, first match first: outside ``valid_from`` to ``valid_until`` it is closed; special
hours; make-up day; closed date; public holiday (closed) or its official make-up day; the weekly hours.
An interval belongs to the date on which it starts: a holiday cancels the night shift that starts on it, and
leaves alone the end of the one that started the evening before. Edges become instants by the rule of
`simlab.model.wall_clock`: a skipped time is the instant of the change, a repeated one its first occurrence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from simlab.model.wall_clock import MINUTES_PER_DAY, zone_info
from simlab.model.wall_clock import WallClock as WallClock  # part of what a rule is compiled with

Hours = tuple[tuple[int, int], ...]
"""Open intervals of one day as local minutes since its midnight; an end past 1440 is on the next day."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NUMBERS = {name: (i,) for i, day in enumerate(WEEKDAYS) for name in (day, day[:3])}
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH_NUMBERS = {name: (i,) for i, month in enumerate(MONTHS) for name in (month, month[:3])}
_DAY_GROUPS = {"daily": (0, 1, 2, 3, 4, 5, 6), "weekdays": (0, 1, 2, 3, 4), "weekend": (5, 6)}
_ALL_DAY: Hours = ((0, MINUTES_PER_DAY),)
_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """When something is open, in the local time of one zone.

    Raises
    ------
    ValueError
        For an unknown zone or holiday code, hours that are not ordered or overlap, a date that is given
        twice, and a validity that ends before it starts.
    """

    zone: str
    """Name in the IANA time zone database."""
    weekly: tuple[Hours, ...]
    """Hours of Monday to Sunday; see `parse_weekly`."""
    holidays: tuple[str, ...] = ()
    """Codes of countries or their subdivisions, such as ``DE-BY``; see `public_holidays`."""
    closed: frozenset[date] = frozenset()
    """Further dates on which nothing opens."""
    make_up: Mapping[date, int] = field(default_factory=dict)
    """Dates that take the hours of a weekday (0 is Monday), holiday or not."""
    special: Mapping[date, Hours] = field(default_factory=dict)
    """Dates with hours of their own; no hours means closed."""
    valid_from: date = date.min
    valid_until: date = date.max
    """Last valid date, included."""

    def __post_init__(self) -> None:
        zone_info(self.zone)
        if len(self.weekly) != 7:
            raise ValueError(f"weekly hours must be given for 7 days, Monday first; found {len(self.weekly)}")
        for hours in (*self.weekly, *self.special.values()):
            _check_hours(hours)
        for weekday in self.make_up.values():
            if weekday not in range(7):
                raise ValueError(f"a make-up day takes the hours of a weekday 0 to 6; found {weekday}")
        for one, other in (
            (self.closed, self.make_up),
            (self.closed, self.special),
            (self.make_up, self.special),
        ):
            if twice := set(one) & set(other):
                raise ValueError(f"{min(twice)} must be closed, a make-up day or special, not two of them")
        if self.valid_from > self.valid_until:
            raise ValueError(
                f"validity must not end ({self.valid_until}) before it starts ({self.valid_from})"
            )
        for code in self.holidays:
            public_holidays(code, 2026, 2026)


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """Public holidays of some years, with the weekend days on which people work in their stead."""

    closed: frozenset[date]
    make_up: Mapping[date, int]
    """Official make-up days, each with the weekday for which it stands."""


def parse_days(text: str) -> frozenset[int]:
    """Read days of the week: ``mon-fri``, ``fri-mon``, ``mon,wed``, ``saturday``, ``daily``, ``weekend``.

    Returns
    -------
    frozenset of int
        Weekdays, 0 for Monday to 6 for Sunday.

    Raises
    ------
    ValueError
        With the nearest word when one is not known.
    """
    return _cyclic(text, _DAY_NUMBERS, _DAY_GROUPS, ("day of the week", "mon-fri or mon,wed,fri"))


def parse_months(text: str) -> frozenset[int]:
    """Read months of the year: ``dec``, ``jun-aug``, ``nov-feb``, ``mar,september``.

    Returns
    -------
    frozenset of int
        Months, 0 for January to 11 for December.

    Raises
    ------
    ValueError
        With the nearest word when one is not known.
    """
    return _cyclic(text, _MONTH_NUMBERS, {}, ("month", "jun-aug or mar,sep"))


def _cyclic(
    text: str,
    numbers: Mapping[str, tuple[int, ...]],
    groups: Mapping[str, tuple[int, ...]],
    told: tuple[str, str],
) -> frozenset[int]:
    """Read names of a cycle and ranges of them, which may go round its end.

    Parameters
    ----------
    told
        What a name is, and how text must read.
    """
    found: set[int] = set()
    size = 1 + max(number for (number,) in numbers.values())
    for part in text.lower().split(","):
        ends = [end.strip() for end in part.split("-")]
        if len(ends) == 1:
            found.update(_named(ends[0], {**numbers, **groups}, text, told[0]))
        elif len(ends) == 2:
            first, last = (_named(end, numbers, text, told[0])[0] for end in ends)
            found.update((first + i) % size for i in range((last - first) % size + 1))
        else:
            raise ValueError(f"{told[0].split()[0]}s must read like {told[1]}; found {text!r}")
    return frozenset(found)


def _named(word: str, known: Mapping[str, tuple[int, ...]], text: str, sort: str) -> tuple[int, ...]:
    if word in known:
        return known[word]
    nearest = get_close_matches(word, known, n=1)
    remedy = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(known)}"
    raise ValueError(f"{word!r} in {text!r} is not a {sort}; {remedy}")


def parse_hours(text: str) -> Hours:
    """Read the hours of a day: ``08:00-12:00, 13:00-17:30``, ``22:00-06:00``, ``24 h``, ``closed``.

    An interval that ends at or before its start in clock time ends on the next day; only the last can.

    Raises
    ------
    ValueError
        When a time does not exist, or intervals are empty, overlap or are not in order.
    """
    word = text.strip().lower()
    if word == "closed":
        return ()
    if word in ("24h", "24 h"):
        return _ALL_DAY
    hours = tuple(_parse_interval(part.strip()) for part in word.split(","))
    _check_hours(hours)
    return hours


def _parse_interval(text: str) -> tuple[int, int]:
    match = _INTERVAL.fullmatch(text)
    if match is None:
        raise ValueError(f"hours must read like 08:00-12:00, 13:00-17:30, or closed, or 24 h; found {text!r}")
    start, end = (_minute_of_day(match[i], match[i + 1]) for i in (1, 3))
    if start == end:
        raise ValueError(
            f"{text} is empty: it must end at another time than it starts; for all day write 24 h"
        )
    if start == MINUTES_PER_DAY:
        raise ValueError(f"{text} must not start at 24:00; write 00:00 on the next day")
    return (start, end) if end > start else (start, end + MINUTES_PER_DAY)


def _minute_of_day(hour: str, minute: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > MINUTES_PER_DAY:
        raise ValueError(f"{hour}:{minute} is not a time of day; times go from 00:00 to 24:00")
    return minutes


def _check_hours(hours: Hours) -> None:
    latest = 0
    for i, (start, end) in enumerate(hours):
        if not 0 <= start < MINUTES_PER_DAY or not start < end <= start + MINUTES_PER_DAY:
            raise ValueError(
                f"hours must start within the day and last at most 24 h; found minutes {start} to {end}"
            )
        if start < latest:
            before = _clock_times(*hours[i - 1])
            raise ValueError(
                f"{_clock_times(start, end)} must start after {before} ends; "
                "write the hours of a day in order and without overlap"
            )
        latest = end


def _clock_times(start: int, end: int) -> str:
    shown = end if end <= MINUTES_PER_DAY else end - MINUTES_PER_DAY
    return f"{start // 60:02}:{start % 60:02}-{shown // 60:02}:{shown % 60:02}"


def parse_weekly(hours: Mapping[str, str]) -> tuple[Hours, ...]:
    """Read hours by days, such as ``{"mon-thu": "08:00-17:00", "fri": "08:00-15:00"}``; else closed.

    Raises
    ------
    ValueError
        As `parse_days` and `parse_hours` do, and when a day is given twice.
    """
    weekly: dict[int, Hours] = {}
    for days, text in hours.items():
        for day in sorted(parse_days(days)):
            if day in weekly:
                raise ValueError(f"{WEEKDAYS[day]} must have its hours once; {days!r} gives them again")
            weekly[day] = parse_hours(text)
    return tuple(weekly.get(day, ()) for day in range(7))


@lru_cache(maxsize=256)
def public_holidays(code: str, first_year: int, last_year: int) -> PublicHolidays:
    """Return the holidays of a country or subdivision (``CN``, ``DE-BY``, ``GB-ENG``), both years included.

    An official make-up day, as in China, takes the hours of the weekday that it replaces, or those of Monday
    where the source does not name it. Make-up days are decreed year by year: none are known for years ahead.
    Source: the `holidays` package, its category of public holidays.

    Raises
    ------
    ValueError
        For an unknown code, with the nearest known ones.
    """
    import holidays

    country, dash, subdivision = code.partition("-")
    # Adjacent years are loaded too: a substitute may fall in the year before or after.
    years = range(first_year - 1, last_year + 2)
    if country not in holidays.list_supported_countries():
        _refuse_country(code)
    if dash and not subdivision:
        _refuse_subdivision(code, country, subdivision)
    try:
        known = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    except NotImplementedError:
        _refuse_subdivision(code, country, subdivision)
    weekday_replaced: dict[date, int] = {}
    for worked_on in known.weekend_workdays:
        label = known.tr(known.substituted_label) % worked_on.strftime(
            known.tr(known.substituted_date_format)
        )
        day_off = known.get_named(label, lookup="exact")
        weekday_replaced[worked_on] = day_off[0].weekday() if day_off else 0
    return PublicHolidays(frozenset(known), weekday_replaced)


def _refuse_country(code: str) -> NoReturn:
    from holidays.registry import COUNTRIES

    wanted = code.upper().replace("_", "-")
    country = wanted.partition("-")[0]
    by_name = {name: codes[1] for name, codes in COUNTRIES.items()}
    codes = set(by_name.values())
    if country in codes:
        nearest = [wanted]
    else:
        names = get_close_matches(code.lower().replace(" ", "_"), sorted(by_name), n=1, cutoff=0.8)
        nearest = [by_name[name] for name in names] or get_close_matches(country, sorted(codes), cutoff=0.5)
    remedy = (
        f"did you mean {' or '.join(nearest)}?" if nearest else "write a country as DE, a region as DE-BY"
    )
    raise ValueError(f"holidays are not known for {code!r}; {remedy}")


def _refuse_subdivision(code: str, country: str, subdivision: str) -> NoReturn:
    import holidays

    known = holidays.list_supported_countries()[country]
    if not known:
        raise ValueError(
            f"holidays are not known by region for {country}; write {country} instead of {code!r}"
        )
    near = get_close_matches(subdivision.upper(), known, n=1)
    remedy = (
        f"did you mean {country}-{near[0]}?" if near else f"known after {country}- are {', '.join(known)}"
    )
    raise ValueError(f"holidays are not known for {code!r}; {remedy}")


def open_intervals(rule: CalendarRule, clock: WallClock, start: float, end: float) -> NDArray[np.float64]:
    """Return the intervals of a rule that touch a span of elapsed minutes.

    Returns
    -------
    array of shape (n, 2)
        Rows ``[start, end)`` in minutes on the time axis of `clock`, whatever its zone, sorted by start. They
        may overlap, touch, be empty (a skipped hour) or reach out of the span.
    """
    local = clock.in_zone(rule.zone)
    # An interval may start a day before it ends, and last a day.
    first = local.to_local(start).date() - timedelta(days=2)
    last = local.to_local(end).date()
    wall = [
        (midnight + opens, midnight + closes)
        for day, hours in _hours_by_date(rule, first, last).items()
        for midnight in [(day.toordinal() - _EPOCH_ORDINAL) * MINUTES_PER_DAY]
        for opens, closes in hours
    ]
    return local.minutes_of_wall(np.array(wall, np.float64).reshape(-1, 2))


def _hours_by_date(rule: CalendarRule, first: date, last: date) -> dict[date, Hours]:
    """Return the hours of every date from `first` to `last`."""
    public = [public_holidays(code, first.year, last.year) for code in rule.holidays]
    closed = frozenset[date]().union(*(known.closed for known in public))
    stands_for = {day: weekday for known in public for day, weekday in known.make_up.items()}
    by_date = {}
    for day in (first + timedelta(days=i) for i in range((last - first).days + 1)):
        if not rule.valid_from <= day <= rule.valid_until:
            hours: Hours = ()
        elif day in rule.special:
            hours = rule.special[day]
        elif day in rule.make_up:
            hours = rule.weekly[rule.make_up[day]]
        elif day in rule.closed or day in closed:
            hours = ()
        else:
            hours = rule.weekly[stands_for.get(day, day.weekday())]
        by_date[day] = hours
    return by_date
