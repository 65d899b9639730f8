"""How people work together: several on one ticket, several tickets with one person, skills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, model_validator

from simlab.scenario.quantities import Name, NonNegativeNumber, PositiveInt, PositiveNumber, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import by_shape

if TYPE_CHECKING:  # what `by_shape` makes, for type checkers
    Skills: TypeAlias = tuple[Name, ...] | dict[Name, PositiveNumber]
    Pace: TypeAlias = Literal["shared"] | dict[str, Share]
else:
    Skills = by_shape(list=tuple[Name, ...], map=dict[Name, PositiveNumber])
    Pace = by_shape(text=Literal["shared"], map=dict[str, Share])


class Beside(Block):
    """Several tickets at a time, such as chats: how many one person holds, and how much each slows down."""

    tickets: PositiveInt
    """Most tickets that one person holds at a time."""
    speed: Pace = {}
    """Speed at each of them by how many are held, ``{2: 80 %, 3: 65 %}``: a number that is not written has
    the speed of the next lower one, and 1 has 100 %. ``shared`` divides one person's speed among them.
    Numbers above ``tickets`` may stand here too, so that ``tickets`` can be varied."""

    @model_validator(mode="after")
    def _numbers_that_can_be(self) -> Self:
        if isinstance(self.speed, str):
            return self
        for number, speed in self.speed.items():
            if not number.isdecimal() or int(number) < 2:
                raise ValueError(
                    f"a speed is for 2 or more tickets at a time; found {number!r}"
                    " -> write it like {2: 80 %, 3: 65 %}"
                )
            if speed <= 0.0:
                raise ValueError("the speed must be above 0 %: work would never end")
        return self


if TYPE_CHECKING:
    AtOnce: TypeAlias = PositiveInt | Beside
else:
    AtOnce = by_shape(text=PositiveInt, map=Beside)


class Swarm(Block):
    """Several people who work on a ticket together, all of them for the whole time."""

    people: PositiveInt = 1
    """People of the step's team."""
    with_: dict[Name, PositiveInt] = Field(default={}, alias="with")
    """People of other teams, by team: ``{network: 1, database: 1}``."""
    hold: StrictBool = False
    """Whether people who are free wait for the others; else they take other tickets meanwhile."""
    if_free: dict[Name, PositiveInt] = {}
    """People, by team, who join where they are free when the work begins; nobody waits for them."""
    faster: NonNegativeNumber = 0.0
    """By how much each of those makes the work faster: 0.25 for a quarter."""

    @model_validator(mode="after")
    def _more_than_one(self) -> Self:
        if self.people == 1 and not self.with_ and not self.if_free:
            raise ValueError("a swarm has more than one person -> write people: 2, or with: {team: 1}")
        if self.faster and not self.if_free:
            raise ValueError("faster is for those who join if_free")
        return self
