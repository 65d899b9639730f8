"""Control: rules that watch the desk every so often, act when a measure is reached, and stop acting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simlab import units
from simlab.scenario.quantities import Duration, HourlyCost, Money, Name, PositiveDuration, PositiveInt
from simlab.scenario.schema.base import Alternatives, Block
from simlab.scenario.schema.values import by_shape

if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    NameOrNames: TypeAlias = Name | tuple[Name, ...]
else:
    NameOrNames = by_shape(text=Name, list=Annotated[tuple[Name, ...], Field(min_length=1)])


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of tickets, or minutes."""

    value: float
    is_time: bool


def parse_threshold(written: object) -> Threshold:
    """Read ``20`` (tickets) or ``4 h`` (a time); ValueError otherwise."""
    text = written.strip() if isinstance(written, str) else written
    try:
        number = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(text, bool) or number < 0.0:
        try:
            return Threshold(units.parse_duration(text), is_time=True)
        except ValueError:
            raise ValueError("a number of tickets or a time is expected here -> write 20 or 4 h") from None
    return Threshold(number, is_time=False)


Level: TypeAlias = Annotated[
    Threshold,
    BeforeValidator(parse_threshold),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": r"^\s*[0-9.]+.*$"}],
            "description": "A number of tickets, or a time.",
            "examples": [20, "4 h"],
        }
    ),
]
"""A :class:`Threshold`."""


class AtRisk(Block):
    """Open tickets whose target is due soon."""

    within: PositiveDuration
    """Time from now in which the target is missed, unless it is met; what is missed already is left out."""
    target: Literal["respond", "resolve"] = "resolve"
    """Which target."""


class Watch(Alternatives):
    """What a rule looks at."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("queue", "oldest", "open", "at_risk")

    queue: NameOrNames | None = None
    """Tickets that wait for a team, or for several teams together."""
    oldest: NameOrNames | None = None
    """Longest time for which a ticket has been waiting for a team, or for one of several."""
    open: Literal[True] | None = None
    """Tickets in the system that are not resolved."""
    at_risk: AtRisk | None = None
    """Open tickets whose target is due soon."""


class Start(Block):
    """When a rule begins to act."""

    at_least: Level
    """The measure is at least this."""
    lag: Duration = 0.0
    """Time from the review that decides until it takes effect."""


class Stop(Block):
    """When a rule stops acting."""

    at_most: Level
    """The measure is at most this."""
    lag: Duration = 0.0
    """Time from the review that decides until it takes effect."""


class Borrow(Block):
    """People of one team who work for another one while the rule acts."""

    from_: Name = Field(alias="from")
    """Team that lends."""
    to: Name
    """Team that borrows: its queue is served before their own."""
    people: PositiveInt
    """Most people who do so at a time."""


class CallIn(Block):
    """People on call who come while the rule acts; they finish what they hold before they leave."""

    team: Name
    """Team for which they work."""
    people: PositiveInt
    """Number of people."""
    cost: HourlyCost | None = None
    """Cost of an hour of one of them, from coming to leaving; that of the team where not given."""
    call_out: Money | None = None
    """Paid to each of them every time they are called in."""


class Overflow(Block):
    """New tickets for a step that go to another one while the rule acts."""

    at: Name
    """Step that they would join."""
    to: Name
    """Step to which they go."""


class ControlRule(Block):
    """A rule of monitoring: reviewed every so often, it acts from one threshold on, and stops at another.

    Routing can ask whether it acts: ``when: {control: its name}``.
    """

    about: str | None = None
    """The rule in a sentence."""
    watch: Watch
    """What is measured."""
    every: PositiveDuration
    """Time from review to review; the first is at the start of the run."""
    during: Name | None = None
    """Calendar outside of which there are no reviews."""
    outside: Literal["go_on", "stop"] = "go_on"
    """Whether a rule that acts when this calendar closes will ``go_on``, or ``stop`` at once."""
    start: Start
    """When it begins to act."""
    stop: Stop
    """When it stops acting."""
    borrow: Borrow | None = None
    """People of another team help."""
    call_in: CallIn | None = None
    """People on call come."""
    overflow: Overflow | None = None
    """New tickets go elsewhere."""

    @model_validator(mode="after")
    def _thresholds_fit(self) -> Self:
        if self.outside == "stop" and self.during is None:
            raise ValueError("outside goes with during -> write the calendar of the reviews")
        is_time = self.watch.oldest is not None
        for key, level in (("start.at_least", self.start.at_least), ("stop.at_most", self.stop.at_most)):
            if level.is_time != is_time:
                wanted = "a time, such as 4 h" if is_time else "a number of tickets, such as 20"
                raise ValueError(f"{key} must be {wanted}, to fit what is watched")
        if self.stop.at_most.value >= self.start.at_least.value:
            raise ValueError(
                "stop.at_most must be less than start.at_least -> leave a distance, so that it does not "
                "start and stop at every review"
            )
        return self
