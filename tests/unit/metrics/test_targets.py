from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.targets import judge_resolution, judge_response
from simlab.metrics.window import Window
from simlab.model.codes import Outcome

LogsOf = Callable[..., RunLogs]
WINDOW = Window(100.0, 200.0)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": 160.0}, "met"),
        ({"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": 150.0}, "met"),
        ({"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": 500.0}, "met"),
        (
            {"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": np.inf},
            "not judged",
        ),
        ({"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": 140.0}, "missed"),
        (
            {"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED, "resolve_due": 90.0},
            "not judged",
        ),
        ({"resolved": 150.0, "closed": 150.0, "outcome": Outcome.RESOLVED}, "not judged"),
        ({"resolved": 90.0, "closed": 90.0, "outcome": Outcome.RESOLVED, "resolve_due": 120.0}, "not judged"),
        ({"outcome": Outcome.OPEN, "resolve_due": 200.0}, "missed"),
        ({"outcome": Outcome.OPEN, "resolve_due": 201.0}, "not judged"),
        ({"outcome": Outcome.OPEN, "resolve_due": 99.0}, "not judged"),
        ({"outcome": Outcome.OPEN}, "not judged"),
        ({"closed": 150.0, "outcome": Outcome.CANCELLED, "resolve_due": 160.0}, "not judged"),
        ({"closed": 150.0, "outcome": Outcome.ABANDONED, "resolve_due": 140.0}, "missed"),
        (
            {"resolved": 150.0, "closed": 150.0, "outcome": Outcome.CANCELLED, "resolve_due": 160.0},
            "not judged",
        ),
    ],
)
def test_resolution_is_judged_when_in_time_or_else_when_due(
    logs_of: LogsOf, facts: dict[str, float], verdict: str
) -> None:
    judgement = judge_resolution(logs_of([{"created": 0.0, **facts}], end=200.0), WINDOW)
    found = "not judged" if not judgement.judged[0] else "met" if judgement.met[0] else "missed"
    assert found == verdict
    assert judgement.missed[0] == (verdict == "missed")


def test_response_is_judged_by_the_first_response(logs_of: LogsOf) -> None:
    tickets = [
        {"created": 0.0, "responded": 110.0, "respond_due": 115.0},
        {"created": 0.0, "responded": 120.0, "respond_due": 115.0},
        {"created": 0.0, "respond_due": 115.0, "closed": 112.0, "outcome": Outcome.ABANDONED},
    ]
    judgement = judge_response(logs_of(tickets, end=200.0), WINDOW)
    assert judgement.judged.tolist() == [True, True, False]
    assert judgement.missed.tolist() == [False, True, False]
