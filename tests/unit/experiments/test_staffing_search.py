from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from simlab.experiments.first_guess import Crew
from simlab.experiments.parameters import Number
from simlab.experiments.staffing_search import Judgement, Looks, StaffingSearch

Rule = Callable[[Mapping[str, int]], bool]


def crew(path: str, low: int, high: int, cost: float = 1.0) -> Crew:
    return Crew(Number(path, low, high, 1.0, True), 0, np.ones(168), 40.0, cost)


def searched(crews: list[Crew], rule: Rule, **start: int) -> tuple[dict[str, int], int]:
    seen: dict[tuple[tuple[str, int], ...], Judgement] = {}

    def judge(people: Mapping[str, int]) -> Judgement:
        return seen.setdefault(tuple(people.items()), Judgement(rule(people), (), "", range(1)))

    return StaffingSearch(crews, judge).least(start), len(seen)


@pytest.mark.parametrize("start", [0, 3, 37, 38, 39, 90, 100])
def test_search_finds_the_least_from_anywhere_in_few_steps(start: int) -> None:
    found, n_judged = searched([crew("a", 0, 100)], lambda people: people["a"] >= 38, a=start)
    assert found == {"a": 38}
    assert n_judged <= 16


@pytest.mark.parametrize("start", [1, 4, 8])
def test_nobody_of_the_answer_can_be_spared(start: int) -> None:
    def rule(people: Mapping[str, int]) -> bool:
        return people["a"] >= 2 and 2 * people["a"] + people["b"] >= 9

    found, _ = searched([crew("a", 1, 8), crew("b", 1, 8)], rule, a=start, b=start)
    assert rule(found)
    assert not any(rule({**found, path: n - 1}) for path, n in found.items())


def test_person_of_a_dear_crew_is_replaced_by_one_of_a_cheaper() -> None:
    # Crews do the same work, and the cheap one begins at its least.
    crews = [crew("cheap", 1, 9, cost=100.0), crew("dear", 0, 9, cost=150.0)]
    found, _ = searched(crews, lambda people: sum(people.values()) >= 6, cheap=1, dear=5)
    assert found == {"cheap": 6, "dear": 0}


def test_most_people_are_told_where_even_these_are_too_few() -> None:
    found, _ = searched([crew("a", 1, 4), crew("b", 1, 6)], lambda people: False, a=2, b=2)
    assert found == {"a": 4, "b": 6}


def test_least_allowed_is_told_where_it_is_enough() -> None:
    found, _ = searched([crew("a", 2, 9)], lambda people: True, a=7)
    assert found == {"a": 2}


def test_looks_double_up_to_the_most() -> None:
    assert Looks(10, 50).sizes() == (10, 20, 40, 50)
    assert Looks(10, 10).sizes() == (10,)
