"""The models on which engines are compared, as scenarios."""

from __future__ import annotations

import math
from typing import Any

from simlab.model.compile import compile_model
from simlab.model.tables import Model
from simlab.scenario.nodes import from_plain
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate

N_CUSTOMERS = 200_000
ARRIVAL_RATE, SERVERS = 7.2, 8
N_TICKETS = 100_000
MEAN_GAP = 5.256
PRIORITIES = {"P0": 10, "P1": 30, "P2": 60}
CATEGORIES = {"c0": 35, "c1": 30, "c2": 20, "c3": 15}
RESOLVED_AT_FIRST_LEVEL = {"c0": 0.55, "c1": 0.45, "c2": 0.35, "c3": 0.25}
TEAM_OF_CATEGORY = {"c0": "A", "c1": "B", "c2": "C", "c3": "C"}
PEOPLE = {"L1": 10, "A": 3, "B": 4, "C": 6}
MEANS = {"L1": 41.0, "A": 72.0, "B": 92.0, "C": 95.0}
SIGMA = 0.8
LOOK_MEAN, LOOK_SIGMA = 20.0, 0.6
MISROUTED, REOPENED, MOST_PASSES = 0.05, 0.08, 8
HOURS = {"mon-fri": "08:00-18:00"}
WORKING_SHARE = 50.0 / 168.0
"""m3: people work 50 of 168 hours, and services are shorter in proportion."""


def queue(n: int = N_CUSTOMERS) -> dict[str, Any]:
    """m1: M/M/8 from empty until all customers are served."""
    return {
        "name": "m1",
        "time": {"length": f"{2 * n / ARRIVAL_RATE:.0f} min", "then": "drain"},
        "demand": {
            "customers": {"arrivals": {"gaps": {"exponential": f"{1 / ARRIVAL_RATE!r} min"}, "limit": n}}
        },
        "staffing": {"servers": {"people": SERVERS, "queue": "fifo"}},
        "routing": {
            "start": "service",
            "steps": {"service": {"team": "servers", "work": {"exponential": "1 min"}, "next": "resolved"}},
        },
    }


def desk(n: int = N_TICKETS, office_hours: bool = False) -> dict[str, Any]:
    """m2: a service desk of four teams; m3: the same with people who work from Monday to Friday."""
    scale = WORKING_SHARE if office_hours else 1.0

    def time_of(mean: float, sigma: float) -> dict[str, Any]:
        cv = math.sqrt(math.expm1(sigma**2))
        return {"lognormal": {"mean": f"{mean * scale!r} min", "cv": cv}}

    steps: dict[str, Any] = {
        "first": {
            "team": "L1",
            "work": time_of(MEANS["L1"], SIGMA),
            "next": [
                *(
                    {"when": {"class": name}, "share": f"{share:.0%}", "to": "resolved"}
                    for name, share in RESOLVED_AT_FIRST_LEVEL.items()
                ),
                {"to": "second"},
            ],
        },
        "second": {
            "decide": [
                *(
                    {
                        "when": {"class": [name for name, team in TEAM_OF_CATEGORY.items() if team == right]},
                        "share": f"{MISROUTED / 2:.1%}",
                        "to": f"look_{wrong}",
                    }
                    for right in "ABC"
                    for wrong in "ABC"
                    if wrong != right
                ),
                {"to": "third"},
            ],
        },
        "third": {
            "decide": [
                {"when": {"class": "c0"}, "to": "fix_A"},
                {"when": {"class": "c1"}, "to": "fix_B"},
                {"to": "fix_C"},
            ],
        },
        **{
            f"look_{team}": {"team": team, "work": time_of(LOOK_MEAN, LOOK_SIGMA), "next": "third"}
            for team in "ABC"
        },
        **{
            f"fix_{team}": {"team": team, "work": time_of(MEANS[team], SIGMA), "next": "resolved"}
            for team in "ABC"
        },
        "resolved": {
            "end": "resolved",
            "reopen": {"share": f"{REOPENED:.0%}", "after": "0", "to": "first", "at_most": MOST_PASSES - 1},
        },
    }
    people: dict[str, Any] = {"queue": "priority", "at_shift_end": "pause"}
    if office_hours:
        people["hours"] = HOURS
    return {
        "name": "m3" if office_hours else "m2",
        "time": {
            "start": "2026-01-05",
            "zone": "UTC",
            "length": f"{2 * n * MEAN_GAP:.0f} min",
            "then": "drain",
        },
        "demand": {
            "tickets": {
                "arrivals": {"gaps": {"exponential": f"{MEAN_GAP} min"}, "limit": n},
                "classes": {
                    name: {
                        "share": f"{share} %",
                        "priority": {p: f"{percent} %" for p, percent in PRIORITIES.items()},
                    }
                    for name, share in CATEGORIES.items()
                },
            }
        },
        "staffing": {team: {"people": count, **people} for team, count in PEOPLE.items()},
        "routing": {"start": "first", "steps": steps},
    }


def model_of(scenario: dict[str, Any]) -> Model:
    """Compile a scenario."""
    return compile_model(validate(Scenario, from_plain(scenario, scenario["name"])))
