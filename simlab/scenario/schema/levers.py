"""Levers: named bundles of effects on the scenario that scale with a level."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from simlab.scenario.quantities import Money, Name, PositiveDuration, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.distributions import TimeDistribution
from simlab.scenario.schema.routing import NameOrNames
from simlab.scenario.schema.values import MoneyPerMonth
from simlab.units import parse_share

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


def parse_level(written: object) -> float:
    """Read a level as a number from 0 to 1 or as a share such as ``30 %``; ValueError otherwise."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        if not 0.0 <= written <= 1.0:
            raise ValueError("a level is from 0 to 1 -> write it like 0.3 or '30 %'")
        return float(written)
    return parse_share(written)


LeverLevel: TypeAlias = Annotated[
    float,
    BeforeValidator(parse_level),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^\s*[0-9.]+\s*%\s*$"},
            ],
            "description": "A number from 0 to 1, or a share.",
            "examples": [0.3, "30 %"],
        }
    ),
]
"""From 0 to 1."""


class LeverCost(Block):
    """What a lever costs at level 1; at another level in proportion."""

    one_off: Money | None = None
    """Once, such as training; reported apart from running cost."""
    monthly: MoneyPerMonth | None = None
    """Each month, such as upkeep."""


class LeverImprovement(Block):
    """How finished work moves the lever up, step by step: continual improvement."""

    at: NameOrNames
    """Step, or one of several, at whose end the lever may move."""
    by: LeverLevel
    """How far one improvement moves it."""
    up_to: LeverLevel = 1.0
    """It never moves beyond this level."""
    share: Share = 1.0
    """Share of the tickets there that move it."""
    after: TimeDistribution = Field(default="0", validate_default=True)
    """Time from the end of the work until the lever has moved."""
    decay: PositiveDuration | None = None
    """Without upkeep: each time that nothing has moved it for so long, it falls by one step, down to
    ``level``; never where not given."""


class Lever(Block):
    """A named bundle of effects, such as standard procedures, documentation, training.

    At level 0 nothing changes; at level 1 each value is changed as written, in between in proportion.
    Several levers on one value multiply their factors. A share stays within 100 %; of shares that add up to
    100 % those that no lever changes take what is left, in proportion.
    """

    about: str | None = None
    """What is done, in a sentence."""
    level: LeverLevel
    """How far the lever is moved: 0 to 1, or a share."""
    effects: dict[str, Change] = Field(min_length=1)
    """Key path to the change at level 1: ``-40 %``, ``+10 %`` or ``x0.6``. ``*`` stands for any key; ``mean``
    and ``cv`` behind the path of a time change the distribution as a whole, whatever its family:
    ``routing.steps.*.work.cv: -40 %``."""
    cost: LeverCost | None = None
    """What it costs."""
    improve: LeverImprovement | None = None
    """How finished work moves it up in the run, from ``level`` on; it stays there where not given."""


Levers = dict[Name, Lever]
"""Levers by name."""
