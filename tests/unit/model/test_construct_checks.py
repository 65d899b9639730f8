from __future__ import annotations

from typing import Any

import pytest

from simlab.errors import InvalidInput
from simlab.model.checks import check_model
from simlab.model.compile import compile_model
from simlab.model.findings import Findings
from tests.desks import model_of, scenario_of
from tests.unit.engines.three_teams import process


def found(written: dict[str, Any]) -> Findings:
    scenario = scenario_of(written)
    return check_model(scenario, compile_model(scenario))


def with_branches(**steps: dict[str, Any]) -> dict[str, Any]:
    fork = {"p": {"parallel": {"branches": ["a", "b"]}, "next": "c"}}
    return process({**fork, "a": {"next": "join"}, "b": {"next": "join"}, **steps}, "p")


def test_branches_that_join_are_in_order() -> None:
    problems = found(with_branches())
    assert (problems.mistakes, problems.warnings) == ([], [])


def test_join_outside_of_branches_is_refused_where_it_is_written() -> None:
    (mistake,) = found(with_branches(c={"next": {"join": "50 %", "resolved": "50 %"}})).mistakes
    assert mistake.path == "routing.steps.c"
    assert "from c to 'join' outside of parallel branches" in mistake.message


def test_a_step_that_branches_and_others_come_to_cannot_join() -> None:
    written = with_branches()
    written["routing"]["start"] = {"p": "50 %", "a": "50 %"}
    (mistake,) = found(written).mistakes
    assert mistake.path == "routing.steps.a"


def test_a_branch_that_comes_back_to_its_parallel_step_is_refused() -> None:
    (mistake,) = found(with_branches(a={"next": {"p": "10 %", "join": "90 %"}})).mistakes
    assert "p again within its own branches" in mistake.message


def test_a_limit_on_a_step_within_a_branch_is_refused() -> None:
    written = with_branches()
    written["routing"]["limits"] = {"few": {"at_most": 2, "steps": ["a", "c"]}}
    (mistake,) = found(written).mistakes
    assert mistake.path == "routing.limits.few.steps"
    assert "where a may be" in mistake.message


def test_a_batch_larger_than_its_population_is_warned_of() -> None:
    written = process({"a": {"batch": {"size": 5}}})
    written["demand"]["tickets"]["arrivals"] = {"population": {"size": 4, "away": "1 h"}}
    assert any("5 tickets can never gather here" in w.message for w in found(written).warnings)
    written["routing"]["steps"]["a"]["batch"]["longest_wait"] = "1 h"
    assert not any("gather" in w.message for w in found(written).warnings)


def test_a_batch_larger_than_its_limit_is_warned_of() -> None:
    written = process({"a": {"batch": {"size": 5}}})
    written["routing"]["limits"] = {"few": {"at_most": 4, "steps": ["a"]}}
    assert any("at most 4 of them" in w.message for w in found(written).warnings)


def test_a_stream_that_nobody_spawns_is_warned_of() -> None:
    written = process({})
    written["demand"]["changes"] = {"arrivals": {"spawned": True}}
    assert any("nothing gives rise to tickets of changes" in w.message for w in found(written).warnings)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"staffing": {"a": {"people": 1, "preempted_by": ["P9"]}}}, "P9"),
        ({"routing": {"limits": {"few": {"at_most": 1, "steps": ["nowhere"]}}}}, "nowhere"),
        ({"routing": {"handoffs": [{"from": "nobody", "reread": "1 min"}]}}, "nobody"),
    ],
)
def test_unknown_names_are_refused(change: dict[str, Any], name: str) -> None:
    written = process({})
    for block, values in change.items():
        written[block] = {**written[block], **values}
    with pytest.raises(InvalidInput, match=name):
        model_of(written)


def test_a_step_is_in_one_limit_at_most() -> None:
    written = process({})
    limit = {"at_most": 1, "steps": ["a"]}
    written["routing"]["limits"] = {"few": limit, "fewer": limit}
    with pytest.raises(InvalidInput, match="in the limit 'few' already"):
        model_of(written)


@pytest.mark.parametrize(("since", "n_warnings"), [("a", 0), ("created", 0), ("b", 0), ("c", 1)])
def test_waits_counted_from_steps_that_come_later_are_warned_of(since: str, n_warnings: int) -> None:
    written = process({"a": {"next": "b"}, "b": {"next": "late"}, "c": {}}, "a")
    written["routing"]["steps"]["late"] = {"wait": "1 h", "since": since, "next": "c"}
    warnings = [each for each in found(written).warnings if each.path == "routing.steps.late.since"]
    assert len(warnings) == n_warnings
    assert all("no ticket comes here from c" in each.message for each in warnings)
