from __future__ import annotations

from simlab.model.matching import matched


def test_the_preferred_take_the_roles() -> None:
    assert matched([["ann", "bob"], ["ann", "bob"]]) == ["ann", "bob"]


def test_people_are_reassigned_to_fill_one_role_more() -> None:
    assert matched([["ann", "bob"], ["ann"]]) == ["bob", "ann"]
    assert matched([["ann", "bob"], ["ann", "cid"], ["ann"]]) == ["bob", "cid", "ann"]


def test_roles_that_nobody_is_left_for_stay_open() -> None:
    assert matched([["ann"], ["ann"]]) == ["ann", None]
    assert matched([[], ["ann"]]) == [None, "ann"]


def test_reserves_are_taken_only_for_roles_that_candidates_cannot_fill() -> None:
    assert matched([["ann", "bob"], []], [["cid"], ["ann"]]) == ["bob", "ann"]
    assert matched([["ann"]], [["bob"]]) == ["ann"]
