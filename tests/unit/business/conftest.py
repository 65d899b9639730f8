"""A desk whose business case can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from simlab.business.case import BusinessCase, business_case

DESK: dict[str, Any] = {
    "name": "Desk",
    "time": {"zone": "UTC", "start": "2026-01-05", "warm_up": "7 days", "length": "21 days"},
    "calendars": {"office": {"hours": {"mon-fri": "08:00-16:00"}}},
    "demand": {
        "mail": {
            "arrivals": {"rate": "100/week", "by_hour": {"mon-fri": {"08:00-16:00": 1}}},
            "priority": {"P1": "20 %", "P2": "80 %"},
        }
    },
    "staffing": {"desk": {"people": 2, "calendar": "office", "cost": "40 EUR/hour"}},
    "routing": {
        "start": "fix",
        "steps": {"fix": {"team": "desk", "work": {"exponential": "20 min"}, "next": "resolved"}},
    },
    "automation": {
        "bot": {
            "at": "fix",
            "level": "off",
            "levels": {"off": {}, "on": {"coverage": "50 %", "run_time": "1 min"}},
            "cost": {"one_off": "10000 EUR", "monthly": "100 EUR"},
        }
    },
    "what_if": {
        "bot": {"label": "A bot", "set": {"automation.bot.level": "on"}},
        "bot_and_one_less": {"set": {"automation.bot.level": "on", "staffing.desk.people": 1}},
        "one_more": {"set": {"staffing.desk.people": 3}},
    },
}
CASE: dict[str, Any] = {
    "experiment": "business_case",
    "scenario": "scenario.yaml",
    "replications": 3,
    "proposal": {"what_if": ["bot"]},
    "horizon": "3 years",
    "discount_rate": "10 %",
    "draws": 500,
}


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Return the function that writes a case beside the desk's scenario."""

    def write(**changes: object) -> Path:
        (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(DESK, sort_keys=False))
        path = tmp_path / "case.yaml"
        path.write_text(yaml.safe_dump({**deepcopy(CASE), **changes}, sort_keys=False))
        return path

    return write


@pytest.fixture
def worked_out(written: Callable[..., Path]) -> Callable[..., BusinessCase]:
    """Return the function that works out a case."""
    return lambda **changes: business_case(written(**changes), jobs=1)
