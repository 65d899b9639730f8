"""Demand: who makes tickets, when, and of which class, priority, channel and difficulty."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from simlab.scenario.quantities import (
    Date,
    DateTime,
    Growth,
    Name,
    NonNegativeNumber,
    PositiveDuration,
    PositiveInt,
    PositiveNumber,
    PositiveRate,
    Rate,
    Share,
)
from simlab.scenario.schema.base import Alternatives, Block
from simlab.scenario.schema.distributions import NumberDistribution, TimeDistribution
from simlab.scenario.schema.values import FilePath, by_shape

Shares = dict[Name, Share]
"""Names with shares that add up to 100 %."""

WeekWeights = dict[str, dict[str, NonNegativeNumber]]
"""Days to hours to weights."""

if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    NameOrShares: TypeAlias = Name | Shares
    Profile: TypeAlias = FilePath | WeekWeights
else:
    NameOrShares = by_shape(text=Name, map=Shares)
    Profile = by_shape(text=FilePath, map=WeekWeights)


class Peak(Block):
    """A period in which more (or fewer) tickets arrive."""

    from_: Date = Field(alias="from")
    """First day."""
    to: Date
    """Last day."""
    factor: PositiveNumber
    """The rate is multiplied with this."""

    @model_validator(mode="after")
    def _ends_after_its_beginning(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"a peak ends before it begins: from {self.from_} to {self.to} -> exchange them")
        return self


class Trace(Block):
    """Recorded arrivals in a CSV file: a row per ticket, with a header."""

    file: FilePath
    """The CSV file, relative to the file that names it."""
    at: str = "created"
    """Column with the instant of arrival, ISO date and time in local time, or minutes since the start."""
    ticket_class: str | None = Field(default=None, alias="class")
    """Column with the class; drawn where not given."""
    priority: str | None = None
    """Column with the priority; drawn where not given."""
    channel: str | None = None
    """Column with the channel; drawn where not given."""
    difficulty: str | None = None
    """Column with the difficulty; drawn where not given."""


class Population(Block):
    """A finite population: each member makes one ticket at a time, and the next one after it is closed."""

    size: PositiveInt
    """Number of members."""
    away: TimeDistribution
    """Time from the closing of a member's ticket (or the start) to its next ticket."""
    start_with: Literal["away", "ticket"] = "away"
    """Whether the members are away at the start, or all come at once."""


class Arrivals(Alternatives):
    """When tickets arrive: by a rate, independent gaps, a timetable, a recorded trace or a population."""

    ONE_OF: ClassVar[tuple[str, ...]] = (
        "rate",
        "hourly",
        "gaps",
        "timetable",
        "every",
        "trace",
        "population",
        "spawned",
    )

    rate: PositiveRate | None = None
    """Poisson arrivals with this average rate: ``1900/week``, ``12/hour``."""
    by_hour: Profile | None = None
    """Profile of the week for ``rate``: a CSV file (weekday, hour, share), or weights
    by days and hours: ``{mon-fri: {08:00-12:00: 3, 12:00-18:00: 2}}``; hours not named get none."""
    hourly: dict[str, dict[str, Rate]] | None = None
    """Poisson arrivals with rates by days and hours: ``{mon-fri: {08:00-18:00: 20/hour}}``."""
    day_cv: NonNegativeNumber = 0.0
    """Day-to-day variation of the rate beyond Poisson (gamma factor per day); desks show 0.11 to 0.14."""
    day_correlation: Share = 0.0
    """Correlation of the factor with that of the day before."""
    growth: Growth = 0.0
    """Growth of the rate from the start on: ``5 %/year``."""
    by_month: dict[str, NonNegativeNumber] = {}
    """Factors on the rate by months, such as ``{jun-aug: 0.7, dec: 1.3}``; others have 1."""
    peaks: tuple[Peak, ...] = ()
    """Periods with more or fewer tickets."""
    holidays: str | None = None
    """Public holidays with fewer tickets (see ``holiday_share``), such as ``DE-BY``."""
    holiday_share: Share = 0.0
    """Part of the usual rate that is left on a public holiday."""
    gaps: TimeDistribution | None = None
    """Renewal arrivals: independent gaps between arrivals."""
    timetable: tuple[DateTime, ...] | None = None
    """Arrivals at these local dates and times."""
    every: PositiveDuration | None = None
    """An arrival at the start, and again after each time of this length."""
    trace: Trace | None = None
    """Recorded arrivals from a file."""
    population: Population | None = None
    """Arrivals from a finite population whose members return."""
    spawned: Literal[True] | None = None
    """Its tickets arise only from other tickets (``spawns`` of a step)."""
    batch: NumberDistribution | None = None
    """Tickets per arrival (rounded to whole tickets); one where not given."""
    limit: PositiveInt | None = None
    """The stream ends after this many tickets."""
    from_: DateTime | None = Field(default=None, alias="from")
    """No arrivals before this local date."""
    until: DateTime | None = None
    """No arrivals from this local date on."""

    @model_validator(mode="after")
    def _rate_options_with_rates(self) -> Self:
        poisson = self.rate is not None or self.hourly is not None
        if self.by_hour is not None and self.rate is None:
            raise ValueError("by_hour shapes a rate: write rate beside it")
        options = {
            "day_cv": self.day_cv,
            "growth": self.growth,
            "by_month": self.by_month,
            "peaks": self.peaks,
            "holidays": self.holidays,
        }
        for key, value in options.items():
            if value and not poisson:
                raise ValueError(f"{key} belongs to Poisson arrivals: write rate or hourly beside it")
        return self


class Attributes(Block):
    """Attributes that a stream or a class of it may set."""

    kind: Name | None = None
    """Kind of the tickets: incident, request, or any name."""
    priority: NameOrShares | None = None
    """A priority, or priorities with shares."""
    impact: NameOrShares | None = None
    """Impact, for the priority matrix."""
    urgency: NameOrShares | None = None
    """Urgency, for the priority matrix."""
    channel: NameOrShares | None = None
    """A channel, or channels with shares."""
    difficulty: NumberDistribution | None = None
    """Difficulty of a ticket; 1 is usual."""

    @model_validator(mode="after")
    def _one_way_to_priority(self) -> Self:
        if self.priority is not None and (self.impact is not None or self.urgency is not None):
            raise ValueError("a priority is written directly or by impact and urgency, not both")
        return self


class TicketClass(Attributes):
    """A class of tickets; what it does not say is as in its stream."""

    share: Share
    """Share of the stream's tickets; the shares of all classes add up to 100 %."""


class Stream(Attributes):
    """A demand stream: tickets of one origin."""

    arrivals: Arrivals
    """When its tickets arrive."""
    classes: dict[Name, TicketClass] = {}
    """Classes with their shares; a stream without classes has one, of its own name."""
    start: Name | None = None
    """Step at which its tickets enter, where it is not the start of the routing."""


class Priorities(Block):
    """The priorities, most urgent first, and the matrix that finds them."""

    order: tuple[Name, ...]
    """All priorities, most urgent first."""
    matrix: dict[Name, dict[Name, Name]] = {}
    """Impact, then urgency, to priority: ``{high: {high: P1, low: P2}, low: {high: P2, low: P3}}``."""
