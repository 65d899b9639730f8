"""The event loop of the SimPy engine: in which order things happen, and how it ends."""

from __future__ import annotations

import math

import pytest

from simlab.engines.simpy_events import DeskEnvironment, Occasion
from simlab.model.codes import Order


@pytest.fixture
def env() -> DeskEnvironment:
    return DeskEnvironment()


@pytest.fixture
def seen(env: DeskEnvironment) -> list[object]:
    happened: list[object] = []

    def note(occasion: Occasion) -> None:
        happened.append(occasion.subject)

    env.at(2.0, Order.ARRIVAL, note, "arrival")
    env.at(2.0, Order.COMPLETION, note, "completion")
    env.at(1.0, Order.REVIEW, note, "review")
    env.at(2.0, Order.ARRIVAL, note, "later arrival")
    return happened


def test_events_happen_by_instant_then_class_then_sequence(env: DeskEnvironment, seen: list[object]) -> None:
    env.end_at(math.inf)
    assert env.process(100) == 4
    assert seen == ["review", "completion", "arrival", "later arrival"]
    assert env.is_over


def test_the_end_comes_before_what_would_happen_at_its_instant(
    env: DeskEnvironment, seen: list[object]
) -> None:
    env.end_at(2.0)
    assert env.process(100) == 1
    assert seen == ["review"]
    assert env.is_over


def test_no_more_events_are_processed_than_asked_for(env: DeskEnvironment, seen: list[object]) -> None:
    env.end_at(math.inf)
    assert [env.process(3), env.now, env.is_over] == [3, 2.0, False]
    assert [env.process(3), env.is_over] == [1, True]


def test_a_stop_leaves_what_comes_next_for_later(env: DeskEnvironment, seen: list[object]) -> None:
    env.at(1.5, Order.TIMER, lambda occasion: env.stop(), None)
    env.end_at(math.inf)
    assert [env.process(100), env.now, env.is_over] == [2, 1.5, False]
    assert env.process(100) == 3
    assert seen == ["review", "completion", "arrival", "later arrival"]
