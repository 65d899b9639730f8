"""Attributes of cases, and which of them tells what follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simlab.calibrate.attributes import MOST_LEVELS, attributes_of, most_telling
from simlab.calibrate.event_log import CaseTable, Labels
from tests.unit.calibrate.paths_for_tests import log_from

N = 800


def cases_with(**columns: list[str]) -> CaseTable:
    """Cases with attributes."""
    log = log_from([[("open", float(number), float(number))] for number in range(N)])
    return replace(log.cases, attributes={name: Labels.of(texts) for name, texts in columns.items()})


def test_numbers_are_put_into_bins_of_equally_many_cases() -> None:
    (found,) = attributes_of(cases_with(amount=[str(100 * number) for number in range(N)]))
    assert len(found.levels) == MOST_LEVELS
    assert np.bincount(found.level).tolist() == [N // MOST_LEVELS] * MOST_LEVELS
    assert found.levels[0] == "amount to 9900"
    assert found.levels[-1] == "amount over 69900"


def test_rare_levels_are_one() -> None:
    texts = ["web"] * (N // 2) + ["shop"] * (N // 2 - 10) + [f"agent {number}" for number in range(10)]
    (found,) = attributes_of(cases_with(source=texts))
    assert found.levels == ("web", "shop", "other")
    assert np.bincount(found.level).tolist() == [N // 2, N // 2 - 10, 10]


def test_what_is_known_at_the_end_only_is_no_attribute_nor_what_is_mostly_unknown() -> None:
    halves = ["a", "b"] * (N // 2)
    unknown = [*halves[: N // 4], *[""] * (N - N // 4)]
    assert attributes_of(cases_with(made_sla=halves, closed_code=halves, seldom=unknown)) == ()


def test_who_has_a_ticket_last_and_how_it_stands_is_no_attribute() -> None:
    halves = ["a", "b"] * (N // 2)
    cases = replace(cases_with(Statut=halves, Wer=halves, Ort=halves), status="Statut", person="Wer")
    assert [each.name for each in attributes_of(cases)] == ["Ort"]


def test_the_attribute_on_which_what_follows_depends_is_found() -> None:
    rng = np.random.default_rng(1)
    large, colour = rng.random(N) < 0.5, rng.random(N) < 0.5
    outcome = np.where(rng.random(N) < np.where(large, 0.8, 0.3), 1, 0)
    attributes = attributes_of(
        cases_with(
            colour=np.where(colour, "red", "blue").tolist(), size=np.where(large, "large", "small").tolist()
        )
    )
    found = most_telling(attributes, np.arange(N), np.zeros(N, np.int64), outcome)
    assert found is not None
    assert found.name == "size"
    by_chance = rng.permutation(outcome)
    assert most_telling(attributes, np.arange(N), np.zeros(N, np.int64), by_chance) is None
