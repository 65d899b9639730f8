from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from simlab.engines.logs import RunLogs
from simlab.metrics.targets import applicable_targets, judge_resolution, judge_response
from simlab.metrics.window import Window
from simlab.model.codes import Field, Outcome
from simlab.model.tables import Model

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


def test_applicable_target_is_the_first_whose_rule_holds(model: Model, logs_of: LogsOf) -> None:
    pairs = [(0, 0), (0, 1), (1, 1), (1, 0)]
    tickets = [{"created": 0.0, "priority": priority, "ticket_class": kind} for priority, kind in pairs]
    assert applicable_targets(model, logs_of(tickets).tickets).tolist() == [0, 0, 1, -1]


def test_negated_test_and_facts_of_creation_choose_targets(model: Model, logs_of: LogsOf) -> None:
    rules = model.rules._replace(
        test_negated=np.array([True, False]),
        test_field=np.array([Field.PRIORITY, Field.HOPS]),
        test_low=np.array([0.0, 0.0]),
        test_high=np.array([0.0, 0.0]),
    )
    changed = replace(model, rules=rules)
    tickets = [{"created": 0.0, "priority": 0, "hops": 3}, {"created": 0.0, "priority": 1}]
    assert applicable_targets(changed, logs_of(tickets).tickets).tolist() == [1, 0]


def test_target_by_calendar_goes_by_the_instant_of_creation(model: Model, logs_of: LogsOf) -> None:
    rules = model.rules._replace(
        test_field=np.array([Field.CALENDAR, Field.CAME_FROM]),
        test_argument=np.array([1, -1]),
        test_size=np.array([0, 0]),
        test_low=np.array([1.0, -1.0]),
        test_high=np.array([1.0, -1.0]),
    )
    tickets = [{"created": at} for at in (479.0, 480.0, 1079.0, 1080.0, 99999.0)]
    found = applicable_targets(replace(model, rules=rules), logs_of(tickets).tickets)
    assert found.tolist() == [1, 0, 0, 1, 1]


def test_target_that_depends_on_a_queue_is_refused(model: Model, logs_of: LogsOf) -> None:
    rules = model.rules._replace(test_field=np.array([Field.QUEUE, Field.CLASS]))
    changed = replace(model, rules=rules)
    with pytest.raises(ValueError, match="what the ticket log tells; found a test of QUEUE"):
        applicable_targets(changed, logs_of([{"created": 0.0}]).tickets)


def test_scenario_without_targets_has_none_that_apply(model: Model, logs_of: LogsOf) -> None:
    bare = replace(model, targets=model.targets._replace(rules=-1))
    assert applicable_targets(bare, logs_of([{"created": 0.0}]).tickets).tolist() == [-1]
