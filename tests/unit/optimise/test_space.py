"""Configurations: drawn, repaired, moved, written into a scenario."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.experiments.parameters import Choice, Number
from simlab.optimise.space import FixedSum, InputLimit, Space
from simlab.scenario.nodes import MapNode, Node, from_plain, to_plain


def as_nodes(*options: object) -> tuple[Node, ...]:
    return tuple(from_plain(option, "test") for option in options)


PEOPLE = tuple(Number(f"staffing.{name}.people", 1.0, 8.0, 1.0, is_whole=True) for name in "abc")
SHARES = tuple(Number(f"share.{name}", 0.0, 60.0, None, is_whole=False, unit="%") for name in "abc")
LEVEL = Choice("bot.level", as_nodes("off", "low", "full"), ("off", "low", "full"))
ORDER = Choice("size", as_nodes(1, 2, 4, 8), ("1", "2", "4", "8"), is_ordered=True)
SPACE = Space((*PEOPLE, LEVEL, ORDER), (FixedSum(PEOPLE, 12.0),))


@given(values=st.lists(st.integers(1, 8), min_size=3, max_size=3))
def test_repaired_whole_numbers_add_up_within_their_bounds(values: list[int]) -> None:
    repaired = FixedSum(PEOPLE, 12.0).repaired(
        {each.path: value for each, value in zip(PEOPLE, values, strict=True)}
    )

    assert sum(map(int, repaired.values())) == 12
    assert all(1 <= int(value) <= 8 for value in repaired.values())


@given(values=st.lists(st.floats(0.0, 60.0), min_size=3, max_size=3))
def test_repaired_real_numbers_add_up_within_their_bounds(values: list[float]) -> None:
    repaired = FixedSum(SHARES, 100.0).repaired(
        {each.path: value for each, value in zip(SHARES, values, strict=True)}
    )

    assert sum(map(float, repaired.values())) == pytest.approx(100.0)
    assert all(0.0 <= float(value) <= 60.0 for value in repaired.values())


def test_configuration_that_keeps_its_sum_is_not_repaired() -> None:
    kept = {each.path: value for each, value in zip(PEOPLE, (2, 2, 8), strict=True)}

    assert FixedSum(PEOPLE, 12.0).repaired(kept) == kept


@given(seed=st.integers(0, 1000), level=st.integers(0, 2))
def test_neighbours_are_allowed_and_differ(seed: int, level: int) -> None:
    here = SPACE.random(np.random.default_rng(seed))
    near = list(SPACE.neighbours(here, level))

    assert SPACE.holds(here)
    assert all(SPACE.holds(each) for each in near)
    assert all(1 <= sum(each[path] != here[path] for path in here) <= 2 for each in near)
    assert len({SPACE.digest(each) for each in near}) == len(near)


def test_neighbours_of_a_small_space_are_all_that_one_or_two_moves_reach() -> None:
    space = Space((LEVEL, Number("n", 1.0, 3.0, 1.0, is_whole=True)))

    near = {(each["bot.level"], each["n"]) for each in space.neighbours({"bot.level": "low", "n": 1}, 0)}

    assert near == {("off", 1), ("full", 1), ("low", 2), ("off", 2), ("full", 2)}


def test_configuration_becomes_scenario_and_is_found_in_it_again() -> None:
    space = Space((SHARES[0], LEVEL, ORDER))
    node = from_plain({"share": {"a": "5 %"}, "bot": {"level": "off"}, "size": 2}, "test")
    assert isinstance(node, MapNode)

    changed = space.applied(node, {"share.a": 12.5, "bot.level": "full", "size": 3})

    assert to_plain(changed) == {"share": {"a": "12.5 %"}, "bot": {"level": "full"}, "size": 8}
    assert space.present(changed) == {"share.a": 12.5, "bot.level": "full", "size": 3}
    assert space.applied(node, {}) is node


def test_shares_beside_one_that_varies_take_what_it_leaves() -> None:
    space = Space((Number("routing.start.a", 0.0, 60.0, None, is_whole=False, unit="%"),))
    node = from_plain({"routing": {"start": {"a": "20 %", "b": "60 %", "c": "20 %"}}}, "test")
    assert isinstance(node, MapNode)

    changed = space.applied(node, {"routing.start.a": 60.0})

    assert to_plain(changed) == {"routing": {"start": {"a": "60 %", "b": "30 %", "c": "10 %"}}}


def test_present_value_outside_the_range_is_told_and_not_held() -> None:
    space = Space((PEOPLE[0],))
    node = from_plain({"staffing": {"a": {"people": 20}}}, "test")
    assert isinstance(node, MapNode)

    assert space.present(node) == {"staffing.a.people": 20}
    assert not space.holds(space.present(node))
    assert space.nearest(space.present(node)) == {"staffing.a.people": 8}


def test_value_in_another_unit_or_form_is_not_taken_for_present() -> None:
    space = Space((SHARES[0], PEOPLE[0]))
    node = from_plain({"share": {"a": "5 min"}, "staffing": {"a": {"people": {"Ann": {}}}}}, "test")
    assert isinstance(node, MapNode)

    assert space.present(node) == {}


def test_input_limit_is_told_as_written_where_it_is_broken() -> None:
    limit = InputLimit(("staffing.a.people", "staffing.b.people"), True, 9.0, "a + b <= 9")
    space = Space(PEOPLE[:2], limits=(limit,))

    assert space.broken_limits({"staffing.a.people": 5, "staffing.b.people": 5}) == ("a + b <= 9",)
    assert space.broken_limits({"staffing.a.people": 4, "staffing.b.people": 5}) == ()


def test_reasons_why_a_scenario_lies_outside_name_values_and_sums() -> None:
    def scenario(a: int, level: str) -> MapNode:
        people = {name: {"people": n} for name, n in zip("abc", (a, 2, 3), strict=True)}
        node = from_plain({"staffing": people, "bot": {"level": level}, "size": 4}, "memory")
        assert isinstance(node, MapNode)
        return node

    assert SPACE.why_outside(scenario(7, "low")) == ()
    assert SPACE.why_outside(scenario(9, "high")) == (
        "staffing.a.people is 9",
        "bot.level has a value that is not one of the choices, or none",
        "staffing.a.people + staffing.b.people + staffing.c.people is 14, not 12",
    )
