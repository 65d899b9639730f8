"""The roadmap: changes that come at dates, at once or in a ramp."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from simlab.scenario.quantities import DateTime, PositiveDuration, PositiveInt, Share
from simlab.scenario.schema.base import Alternatives, Block

USUAL_STEPS = 8


class Learning(Alternatives):
    """How the change is gained over the time of a ramp: fast at first, then ever more slowly.

    With ``half`` what is missing halves in each such time (exponential approach). With ``rate`` what is
    missing falls to this share whenever experience doubles (power law of practice), experience being the time
    in units of ``unit``, plus one.
    """

    ONE_OF: ClassVar[tuple[str, ...]] = ("half", "rate")

    half: PositiveDuration | None = None
    """Time in which what is missing halves."""
    rate: Share | None = None
    """Share to which what is missing falls whenever experience doubles, such as 80 %."""
    unit: PositiveDuration | None = None
    """Time in which experience doubles first, for ``rate``."""

    @model_validator(mode="after")
    def _unit_of_a_rate(self) -> Self:
        if (self.unit is None) != (self.rate is None):
            raise ValueError("rate and unit go together -> write such as {rate: 80 %, unit: 1 week}")
        if self.rate is not None and not 0.0 < self.rate < 1.0:
            raise ValueError("a rate of learning lies between 0 and 100 % -> write such as 80 %")
        return self


class Milestone(Block):
    """Changes that come together, at an instant or bit by bit."""

    at: DateTime
    """When they come, or when their ramp begins."""
    label: str | None = None
    """The change in words, for reports."""
    set: dict[str, Any] = Field(min_length=1)
    """What changes from then on: maps as in the scenario, or key paths such as
    ``levers.standards.level: 1``. Later changes add to earlier ones."""
    ramp: PositiveDuration | None = None
    """Time over which quantities go evenly from their old to their new values; at once where not given."""
    steps: PositiveInt | None = None
    """Number of equal parts of the ramp, in each of which the values are its average; 8 where not given."""
    learning: Learning | None = None
    """Learning curve of the ramp, in place of a straight line; at its end the new values hold in full."""

    @model_validator(mode="after")
    def _steps_of_a_ramp(self) -> Self:
        if self.steps is not None and self.ramp is None:
            raise ValueError("steps are those of a ramp -> write the ramp, such as ramp: 8 weeks")
        if self.learning is not None and self.ramp is None:
            raise ValueError("learning takes the time of a ramp -> write the ramp, such as ramp: 12 weeks")
        return self
