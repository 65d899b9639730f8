"""Differences of two versions of a scenario."""

from __future__ import annotations

import pytest

from simlab.scenario.versions import Difference, differences, flow_text


def test_equal_versions_do_not_differ() -> None:
    assert differences({"a": {"b": 1}}, {"a": {"b": 1}}) == ()


def test_changes_are_told_value_by_value() -> None:
    before = {"staffing": {"desk": {"people": 2}}, "name": "Desk"}
    after = {"staffing": {"desk": {"people": 3}}, "name": "Desk"}
    assert differences(before, after) == (Difference("staffing.desk.people", "changed", "2", "3"),)


def test_keys_that_come_and_go_are_told_as_a_whole() -> None:
    found = differences({"a": {"x": [1, 2]}, "b": 1}, {"b": 1, "c": {"y": True}})
    assert found == (
        Difference("a", "removed", "{x: [1, 2]}", ""),
        Difference("c", "added", "", "{y: true}"),
    )


def test_lists_of_one_length_are_compared_item_by_item_and_others_as_a_whole() -> None:
    found = differences({"r": [{"to": "a"}, {"to": "b"}]}, {"r": [{"to": "a"}, {"to": "c"}]})
    assert found == (Difference("r.1.to", "changed", "b", "c"),)
    assert differences({"r": [1]}, {"r": [1, 2]}) == (Difference("r", "changed", "[1]", "[1, 2]"),)


@pytest.mark.parametrize(
    ("value", "text"), [(None, "null"), (False, "false"), (1.5, "1.5"), ("4 h", "4 h"), ({}, "{}")]
)
def test_values_are_said_as_in_a_file(value: object, text: str) -> None:
    assert flow_text(value) == text
