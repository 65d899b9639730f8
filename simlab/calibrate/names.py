"""Names in the written scenario, made of what the log calls activities, teams and classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from simlab.calibrate.clocks import EVERYBODY, Clock, Pace
from simlab.calibrate.deadlines import CREATION
from simlab.calibrate.decisions import own_hours_after
from simlab.calibrate.fit import Fitted
from simlab.scenario.schema.routing import CREATED

CALENDAR: Final = "work_hours"
"""Calendar of the usual hours of work."""
LONGEST: Final = 26
RESERVED: Final = frozenset({"resolved", "cancelled", "abandoned", "start", "join"})
OTHERS: Final = "other"


@dataclass(frozen=True, slots=True)
class Names:
    """What things are called in the scenario, by their codes in the fit."""

    activities: tuple[str, ...]
    transitions: tuple[str, ...]
    """By number; the first stands for none."""
    teams: tuple[str, ...]
    at_team: tuple[str, ...]
    """Step at which each team works."""
    goes_to: tuple[str, ...]
    """Decision by which a ticket stays with, or comes to, each team's step."""
    classes: tuple[str, ...]
    """By level; empty where there is one class only."""
    priorities: tuple[str, ...]
    channels: tuple[str, ...]
    """By level of the attribute that stands in the scenario as the channel; empty where none does."""
    clocks: tuple[str, ...]
    """Calendars on which waits run."""
    begins: Mapping[int, str]
    """By activity with which people begin, the step at which a ticket comes for it."""
    hours_after: Mapping[str, str]
    """By feature: calendar of the hours that decide what comes soon after an activity."""


def names_of(fitted: Fitted) -> Names:
    """Return the names that a scenario of a fit uses."""
    paths, chain = fitted.chain.paths, fitted.chain
    has_creation = any(each.since == CREATION for each in fitted.deadlines.values())
    taken = set(RESERVED) | ({CREATED} if has_creation else set())
    activities = distinct(paths.activities, taken)
    moves = []
    for each in chain.transitions:
        later = "_later" if each.is_divided and each.is_late else ""
        moves.append(_free(f"{activities[each.source]}_to_{activities[each.target]}{later}", taken))
    begins = {each: _free(f"comes_for_{activities[each]}", taken) for each in fitted.begins_with}
    teams = distinct(fitted.roles.names, set())
    at_team = distinct([f"at_{team}" for team in teams], taken)
    labels = [paths.classes[code] for code in fitted.classes]
    rest = fitted.facts.n_classes - len(labels)
    classes = distinct([*labels, *[OTHERS] * rest], set()) if fitted.facts.n_classes > 1 else ()
    return Names(
        tuple(activities),
        ("", *moves),
        tuple(teams),
        tuple(at_team),
        tuple(at_team),
        tuple(classes),
        tuple(distinct(paths.priorities, set())),
        tuple(distinct(fitted.facts.attribute.levels, set())) if fitted.facts.attribute else (),
        tuple(_clock_name(clock, fitted, activities) for clock in fitted.clocks.clocks),
        begins,
        {own_hours_after(each): f"hours_after_{activities[each]}" for each in fitted.next_hours},
    )


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken yet, with underscores behind it if need be; it is from now on."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _clock_name(clock: Clock, fitted: Fitted, activities: Sequence[str]) -> str:
    if clock.hours == fitted.work_hours:
        return CALENDAR
    whose = "work" if clock.activity == EVERYBODY else activities[clock.activity]
    if not clock.mode.runs:
        return f"hours_of_{whose}"
    return ("pace_of_" if isinstance(clock.hours, Pace) else "duty_for_") + whose


def distinct(labels: Iterable[str] | Sequence[str], taken: set[str]) -> list[str]:
    """Return a short name of letters, digits and underscores for each label, none twice."""
    names = []
    for label in labels:
        plain = "".join(map(_plain, unicodedata.normalize("NFC", str(label)))).lower()
        stem = re.sub(r"[\W_]+", "_", plain).strip("_")[:LONGEST].strip("_") or "unnamed"
        name, number = stem, 2
        while name in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _plain(letter: str) -> str:
    """Return a Latin letter without its accents, and any other as it is."""
    parts = unicodedata.normalize("NFKD", letter)
    return "".join(part for part in parts if part.isascii()) if parts[0].isascii() else letter
