"""Staffing: teams, their people and shifts, what they cost, and how they take tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from pydantic import model_validator

from simlab.scenario.quantities import (
    ClockTime,
    Duration,
    HourlyCost,
    Name,
    NonNegativeInt,
    PositiveDuration,
    PositiveNumber,
    Share,
)
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.teamwork import AtOnce, Skills
from simlab.scenario.schema.time import WeeklyHours
from simlab.scenario.schema.values import by_shape

Discipline = Literal["priority", "fifo", "lifo", "earliest_due", "shortest"]
Dispatch = Literal["longest_idle", "fastest", "cheapest", "least_loaded"]
ShiftEnd = Literal["finish", "pause", "hand_over"]


class Break(Block):
    """A daily break; work in hand waits for the person."""

    at: ClockTime
    """Local time at which the first person's break begins."""
    length: PositiveDuration
    """Length of the break."""
    spread: Duration = 0.0
    """The people's breaks begin evenly spread over this time after ``at``."""


class Person(Block):
    """A named person; what is not said is as in the shift."""

    speed: PositiveNumber = 1.0
    """Work done per time, 1 is usual: at 1.25 a work of 10 min takes 8 min."""
    cost: HourlyCost | None = None
    """Cost of an hour."""
    absence: Share | None = None
    """Share of the shifts in which the person is absent."""
    skills: Skills | None = None
    """Skills by preference, or as a map with the speed at work that needs them: ``{voice: 1, mail: 0.8}``."""


if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    People: TypeAlias = NonNegativeInt | dict[Name, Person]
else:
    People = by_shape(text=NonNegativeInt, map=dict[Name, Person])


class Terms(Block):
    """What a team says for all of its shifts, and a shift may say otherwise."""

    cost: HourlyCost | None = None
    """Cost of a paid hour of one person: ``42 EUR/hour``; absence and breaks are paid."""
    overtime: PositiveNumber | None = None
    """Factor on the cost for hours after the end of the shift; 1 where not given."""
    absence: Share | None = None
    """Share of shifts in which a person is absent (illness, leave, training), drawn per person and shift."""
    breaks: tuple[Break, ...] | None = None
    """Daily breaks."""
    also_serves: tuple[Name, ...] | None = None
    """Teams whose queues these people serve too, in this order, when their own queue is empty."""
    skills: Skills | None = None
    """Skills of these people, in order of preference; as a map with the speed at work that needs them."""
    at_once: AtOnce | None = None
    """Tickets that one person may hold at a time, such as chats; one where not given."""


class Shift(Terms):
    """People who work the same hours."""

    people: People
    """Number of people, or people by name."""
    hours: WeeklyHours | None = None
    """Weekly hours; round the clock where neither hours nor calendar is given."""
    calendar: Name | None = None
    """Calendar in place of hours."""
    holidays: str | None = None
    """Public holidays without work, such as ``DE-BY``, for ``hours``."""

    @model_validator(mode="after")
    def _hours_or_calendar(self) -> Self:
        if self.hours is not None and self.calendar is not None:
            raise ValueError("a shift has hours or a calendar, not both")
        if self.holidays is not None and self.hours is None:
            raise ValueError("holidays of a shift go with its hours; a calendar has holidays of its own")
        return self


class Team(Terms):
    """A team: one queue, and the people who serve it."""

    people: People | None = None
    """People of a team without shifts."""
    hours: WeeklyHours | None = None
    """Hours of a team without shifts; round the clock where neither hours nor calendar is given."""
    calendar: Name | None = None
    """Calendar of a team without shifts."""
    holidays: str | None = None
    """Public holidays for the team's hours and shifts, such as ``DE-BY``."""
    shifts: dict[Name, Shift] = {}
    """Shifts, in place of ``people``."""
    queue: Discipline = "priority"
    """Who is next: ``priority`` (first come first served within), ``fifo``, ``lifo``, ``earliest_due`` or
    ``shortest``."""
    who: Dispatch = "longest_idle"
    """Which of several idle people takes a ticket: ``longest_idle``, ``fastest``, ``cheapest`` or
    ``least_loaded``."""
    at_shift_end: ShiftEnd = "pause"
    """Work in hand when the shift ends: ``pause`` until the same person is back, ``finish`` in overtime,
    or ``hand_over`` to whoever takes it next."""
    hand_over: TimeDistribution | None = None
    """Time that the next person needs to read in after a hand-over."""
    preempted_by: tuple[Name, ...] = ()
    """Priorities (major incidents) whose tickets interrupt the work on less urgent ones when nobody is free;
    the interrupted work is resumed later where it stopped, by whoever is next."""
    serves_first: Literal["own_queue", "best_rank", "preferred_skill"] = "own_queue"
    """People with several queues serve them in order, or take the best-ranked ticket of all; or they take
    tickets that need their first skill before those that need their second, and so on."""

    @model_validator(mode="after")
    def _people_or_shifts(self) -> Self:
        if (self.people is None) == (not self.shifts):
            raise ValueError(
                "a team has either people or shifts -> write people: 3, or shifts: {day: {people: 3}}"
            )
        if self.shifts and (self.hours is not None or self.calendar is not None):
            raise ValueError("a team with shifts has its hours in the shifts")
        if self.hours is not None and self.calendar is not None:
            raise ValueError("a team has hours or a calendar, not both")
        return self
