"""The roadmap: changes that come at dates, at once or in a ramp."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from simlab.scenario.quantities import DateTime, PositiveDuration, PositiveInt
from simlab.scenario.schema.base import Block

USUAL_STEPS = 8


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
    """Number of equal parts of the ramp, in each of which the values are those of its middle; 8 where not
    given."""

    @model_validator(mode="after")
    def _steps_of_a_ramp(self) -> Self:
        if self.steps is not None and self.ramp is None:
            raise ValueError("steps are those of a ramp -> write the ramp, such as ramp: 8 weeks")
        return self
