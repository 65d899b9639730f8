"""Which decisions the compiled engine remembers, and by which facts of a ticket."""

from __future__ import annotations

from typing import Any

from simlab.engines.kernel_decision_tables import MOST_OUTCOMES, decision_tables
from simlab.engines.kernel_decisions import UNKNOWN
from simlab.model.codes import Field
from simlab.model.tables import Model
from tests.desks import model_of, one_step


def deciding(*rules: dict[str, Any], **more: Any) -> Model:  # noqa: ANN401
    """A desk of one step whose tickets, of the classes a, b and c, go on by rules."""
    scenario = one_step({"rate": "6/hour"}, {"exponential": "10 min"}, {"people": 2}, "1 day")
    stream = next(iter(scenario["demand"].values()))
    stream["classes"] = {
        name: {"share": share} for name, share in (("a", "20 %"), ("b", "30 %"), ("c", "50 %"))
    }
    scenario["routing"]["steps"]["work"]["next"] = [*rules, {"to": "resolved"}]
    scenario.update(more)
    return model_of(scenario)


def keys_of_first_step(model: Model) -> list[tuple[int, int, int, int]] | None:
    """Facts by which the decision behind the first step is remembered: field, least, most, stride."""
    tables = decision_tables(model.rules)
    decision = tables["decisions"][model.steps.next_rules[0]]
    if decision["first_outcome"] < 0:
        return None
    return [
        tuple(key) for key in tables["decision_keys"][decision["first_key"] : decision["end_key"]].tolist()
    ]


def test_decision_by_class_is_remembered_by_the_classes_that_rules_name_and_one_on_each_side() -> None:
    model = deciding({"when": {"class": "b"}, "share": "40 %", "to": "cancelled"})
    b = model.names.classes.index("b")
    assert keys_of_first_step(model) == [(Field.CLASS, b - 1, b + 1, 2)]


def test_decision_without_conditions_is_remembered_for_all_tickets() -> None:
    assert keys_of_first_step(deciding({"share": "40 %", "to": "cancelled"})) == []


def test_decision_by_the_length_of_a_queue_is_not_remembered() -> None:
    model = deciding(
        {"when": {"queue": {"team": "desk", "length": ">= 3"}}, "share": "40 %", "to": "cancelled"}
    )
    assert keys_of_first_step(model) is None


def test_nothing_is_known_before_a_run() -> None:
    tables = decision_tables(deciding({"share": "40 %", "to": "cancelled"}).rules)
    assert (tables["outcome_targets"] == UNKNOWN).all()


def test_decision_that_would_take_too_much_room_is_not_remembered() -> None:
    model = deciding(
        {"when": {"visits": "< 3"}, "to": "work"},
        {"when": {"visits": f"> {MOST_OUTCOMES}"}, "to": "cancelled"},
    )
    assert keys_of_first_step(model) is None
