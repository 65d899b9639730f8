"""The event loop of the SimPy engine: in which order things happen, and how it ends."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from itertools import repeat
from typing import Any

import pytest
import simpy

from simlab.engines.simpy_events import DeskEnvironment, Entry, Occasion
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
    assert env.process_events(100) == 4
    assert seen == ["review", "completion", "arrival", "later arrival"]
    assert env.is_over


def test_the_end_comes_before_what_would_happen_at_its_instant(
    env: DeskEnvironment, seen: list[object]
) -> None:
    env.end_at(2.0)
    assert env.process_events(100) == 1
    assert seen == ["review"]
    assert env.is_over


def test_no_more_events_are_processed_than_asked_for(env: DeskEnvironment, seen: list[object]) -> None:
    env.end_at(math.inf)
    assert [env.process_events(3), env.now, env.is_over] == [3, 2.0, False]
    assert [env.process_events(3), env.is_over] == [1, True]


def test_a_stop_leaves_what_comes_next_for_later(env: DeskEnvironment, seen: list[object]) -> None:
    env.at(1.5, Order.TIMER, lambda occasion: env.stop(), None)
    env.end_at(math.inf)
    assert [env.process_events(100), env.now, env.is_over] == [2, 1.5, False]
    assert env.process_events(100) == 3
    assert seen == ["review", "completion", "arrival", "later arrival"]


def test_processes_of_simpy_run_beside_what_happens_on_occasion(
    env: DeskEnvironment, seen: list[object]
) -> None:
    def steps() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1.5)
        seen.append("first step")
        answer = yield env.timeout(1.0, "answer")
        seen.append(answer)

    done = env.process(steps())
    env.end_at(math.inf)
    env.process_events(100)
    assert seen == ["review", "first step", "completion", "arrival", "later arrival", "answer"]
    assert done.processed


def test_a_process_of_simpy_that_fails_ends_the_run(env: DeskEnvironment) -> None:
    def fails() -> Generator[simpy.Event, Any, None]:
        yield env.timeout(1.0)
        raise ValueError("no way out")

    env.process(fails())
    with pytest.raises(ValueError, match="no way out"):
        env.run()


def test_simpys_own_loop_runs_what_happens_on_occasion(env: DeskEnvironment, seen: list[object]) -> None:
    env.run(until=1.5)
    assert seen == ["review"]
    env.run()
    assert seen == ["review", "completion", "arrival", "later arrival"]


def known_ahead(env: DeskEnvironment, seen: list[object]) -> Iterator[Entry]:
    """Two arrivals, scheduled one after the other: at the instant of the events of `seen`, and later."""
    return zip(
        (2.0, 2.5), repeat(int(Order.ARRIVAL)), env._eid, repeat(seen.append), ("known", "last"), strict=False
    )


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_what_is_known_ahead_happens_by_instant_then_class_then_sequence(
    env: DeskEnvironment, seen: list[object], at_once: int
) -> None:
    env.let_come(known_ahead(env, seen))
    env.at(2.0, Order.ARRIVAL, lambda occasion: seen.append(occasion.subject), "latest arrival")
    env.end_at(math.inf)
    while not env.is_over:
        env.process_events(at_once)
    assert seen == ["review", "completion", "arrival", "later arrival", "known", "latest arrival", "last"]


def test_the_next_that_is_known_ahead_is_scheduled_when_the_one_before_happens(
    env: DeskEnvironment, seen: list[object]
) -> None:
    env.let_come(known_ahead(env, seen))
    env.at(2.5, Order.ARRIVAL, lambda occasion: seen.append(occasion.subject), "scheduled before")
    env.end_at(math.inf)
    env.process_events(100)
    assert seen[-2:] == ["scheduled before", "last"]


def test_simpys_own_loop_runs_what_is_known_ahead(env: DeskEnvironment, seen: list[object]) -> None:
    env.let_come(known_ahead(env, seen))
    env.run(until=2.25)
    assert [seen[-1], env.peek()] == ["known", 2.5]
    env.run()
    assert [seen[-1], env.peek()] == ["last", math.inf]


def test_a_stop_leaves_what_is_known_ahead_for_later(env: DeskEnvironment, seen: list[object]) -> None:
    env.let_come(known_ahead(env, seen))
    env.at(2.25, Order.TIMER, lambda occasion: env.stop(), None)
    env.end_at(math.inf)
    env.process_events(100)
    assert [env.now, seen[-1]] == [2.25, "known"]
    env.process_events(100)
    assert [env.now, seen[-1]] == [math.inf, "last"]
