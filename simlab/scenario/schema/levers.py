"""Levers: named bundles of effects on the scenario that scale with a level."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from simlab.scenario.quantities import Money, Name
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.values import MoneyPerMonth

_PERCENT: Final = re.compile(r"([+-])\s*(\d+(?:\.\d+)?)\s*%")
_TIMES: Final = re.compile(r"x\s*(\d+(?:\.\d+)?)")


def parse_change(written: object) -> float:
    """Read ``-40 %``, ``+10 %`` or ``x0.6`` as a factor, 0 or more; ValueError otherwise."""
    text = written.strip() if isinstance(written, str) else ""
    if match := _TIMES.fullmatch(text):
        return float(match[1])
    if match := _PERCENT.fullmatch(text):
        change = float(match[2]) / 100.0
        if match[1] == "-" and change > 1.0:
            raise ValueError("a value cannot fall by more than 100 % -> write -100 % or less")
        return 1.0 - change if match[1] == "-" else 1.0 + change
    raise ValueError("a change is expected here -> write it like '-40 %', '+10 %' or 'x0.6'")


Change: TypeAlias = Annotated[
    float,
    BeforeValidator(parse_change),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A change of a value: by a share of it, or to so many times of it.",
            "pattern": r"^\s*([+-]\s*[0-9.]+\s*%|x\s*[0-9.]+)\s*$",
            "examples": ["-40 %", "+10 %", "x0.6"],
        }
    ),
]
"""A factor, 0 or more."""


class LeverCost(Block):
    """What a lever costs at level 1; at another level in proportion."""

    one_off: Money | None = None
    """Once, such as training; reported apart from running cost."""
    monthly: MoneyPerMonth | None = None
    """Each month, such as upkeep."""


class Lever(Block):
    """A named bundle of effects, such as standard procedures, documentation, training.

    At level 0 nothing changes; at level 1 each value is changed as written, in between in proportion.
    Several levers on one value multiply their factors.
    """

    about: str | None = None
    """What is done, in a sentence."""
    level: Annotated[float, Field(ge=0.0, le=1.0)]
    """How far the lever is moved: 0 to 1."""
    effects: dict[str, Change] = Field(min_length=1)
    """Key path to the change at level 1. ``*`` stands for any key; ``mean`` and ``cv`` behind the path of a
    time change the distribution as a whole: ``routing.steps.*.work.cv: -40 %``."""
    cost: LeverCost | None = None
    """What it costs."""


Levers = dict[Name, Lever]
"""Levers by name."""
