"""Guards end a run that is beyond a limit; what there is then is kept, marked, and consistent."""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import pytest

from simlab.engines import guards as guards_module
from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import (
    MIB,
    MOST_COUNT,
    Guards,
    Watch,
    changed_limits,
    memory_in_use,
    rounds,
    with_limits,
)
from simlab.engines.interface import Engine
from simlab.engines.simpy_desk import SimpyEngine
from simlab.errors import UsageError
from simlab.metrics.invariants import check
from simlab.model.tables import Model
from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines, assert_equal

ENGINES = (SimpyEngine(), CompiledEngine())


def overloaded(length: str = "200 days", **arrivals: object) -> Model:
    return model_of(
        one_step(arrivals or {"rate": "60/hour"}, {"exponential": "10 min"}, {"people": 2}, length)
    )


# -- in the run


@pytest.mark.parametrize("most", [1, 7, 500])
@pytest.mark.parametrize(
    "arrivals",
    [
        pytest.param({"rate": "60/hour"}, id="Poisson"),
        pytest.param({"gaps": {"exponential": "1 min"}}, id="renewal"),
        pytest.param({"rate": "10/hour", "batch": {"uniform": {"min": 1, "max": 9}}}, id="batches"),
    ],
)
def test_run_ends_when_one_ticket_more_than_allowed_would_come(
    most: int, arrivals: dict[str, object]
) -> None:
    model = overloaded("20 days", **arrivals)
    logs = BothEngines().run(model, 1, 0, Guards(max_tickets=most))
    assert len(logs.tickets) <= most
    assert len(logs.tickets) >= most - 9  # those of one batch come together, or not at all
    assert logs.totals.truncated == f"stopped after {len(logs.tickets):,} tickets"
    assert all(result.holds for result in check(model, logs))


def test_tickets_before_the_limit_are_those_of_the_run_without_it() -> None:
    model = overloaded("3 days")
    whole, cut = (SimpyEngine().run(model, 1, 0, Guards(max_tickets=most)) for most in (10**6, 1_000))
    assert cut.tickets.created.tolist() == whole.tickets.created[:1_000].tolist()
    assert cut.totals.end == whole.tickets.created[1_000]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_run_that_needs_more_tickets_than_are_drawn_at_first_is_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = overloaded("3 days")
    expected = engine.run(model, 1, 0)
    monkeypatch.setattr(guards_module, "FIRST_TICKETS", 10)
    assert_equal(expected, engine.run(model, 1, 0))


def test_run_that_waits_for_its_last_ticket_is_cut_where_more_would_come() -> None:
    draining = one_step({"rate": "1/hour"}, "1 min", {"people": 9}, "20 days")
    draining["time"]["then"] = "drain"
    logs = BothEngines().run(model_of(draining), 1, 0, Guards(max_tickets=5))
    assert logs.totals.truncated == "stopped after 5 tickets"


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
@pytest.mark.parametrize(
    ("guards", "told"),
    [
        (Guards(max_seconds=1e-9), "stopped after 1e-09 s"),
        (Guards(max_memory=MIB), "stopped with more than 1 MiB in memory"),
    ],
    ids=["time", "memory"],
)
def test_run_ends_at_the_next_look_at_the_clock_and_the_memory(
    engine: Engine, guards: Guards, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simlab.engines.compiled.COMPILED_LOOK_EVENTS", 2_000)
    monkeypatch.setattr("simlab.engines.kernel_pattern.COMPILED_LOOK_EVENTS", 2_000)
    model = overloaded("30 days")
    logs = engine.run(model, 1, 0, guards)
    assert logs.totals.truncated == told
    assert 0 < logs.totals.events <= 4_096
    assert all(result.holds for result in check(model, logs))


def test_looks_between_events_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.engines.compiled.COMPILED_LOOK_EVENTS", 7)
    monkeypatch.setattr("simlab.engines.kernel_pattern.COMPILED_LOOK_EVENTS", 7)
    for guards in (Guards(), Guards(max_in_system=50), Guards(max_events=1_000)):
        BothEngines().run(overloaded("2 days"), 1, 0, guards)


# -- what there is


def test_tickets_drawn_ahead_grow_up_to_those_that_are_allowed() -> None:
    assert list(rounds(Guards(max_tickets=20_000_000))) == [1_000_000, 8_000_000, 20_000_000]
    assert list(rounds(Guards(max_tickets=300))) == [300]


def test_memory_in_use_is_about_what_the_process_holds() -> None:
    before = memory_in_use()
    held = bytearray(b"x" * (64 * MIB))
    assert 40 * MIB <= memory_in_use() - before <= 90 * MIB
    assert len(held) == 64 * MIB


@pytest.mark.skipif(sys.platform == "win32", reason="there is nothing to ask")
def test_memory_without_the_files_of_linux_is_the_most_that_was_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> object:
        raise FileNotFoundError

    now = memory_in_use()
    monkeypatch.setattr("builtins.open", absent)
    assert memory_in_use() >= 0.9 * now


def test_memory_is_not_watched_where_the_system_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards_module, "memory_in_use", lambda: 0)
    assert Watch(Guards(max_memory=1.0)).of_machine() == ""


# -- as they are written


def test_limits_are_read_with_their_units() -> None:
    written = ["events=1e6", "tickets = 5000", "open=300", "time=30 s", "memory=2 GiB"]
    assert with_limits(written) == Guards(
        max_events=1_000_000, max_tickets=5_000, max_in_system=300, max_seconds=30.0, max_memory=2_048 * MIB
    )


def test_none_takes_a_limit_away_and_others_stay() -> None:
    limits = with_limits(["memory=none", "events=none", "time=none"], Guards(max_in_system=3, max_seconds=1))
    assert limits == replace(
        Guards(), max_in_system=3, max_memory=math.inf, max_events=MOST_COUNT, max_seconds=math.inf
    )


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("evnts=5", "--limit sets one of events, tickets, open, time, memory; found 'evnts=5'"),
        ("events", "--limit events: write a whole number"),
        ("events=0", "--limit events: write a whole number"),
        ("events=-1", "--limit events: write a whole number"),
        ("events=1e99", "--limit events: write a whole number"),
        ("open=nan", "--limit open: write a whole number"),
        ("time=30", "--limit time: a duration needs a unit"),
        ("time=0 s", "--limit time: it must be longer than 0"),
        ("memory=2", "--limit memory: write it like '2 GiB' or '800 MiB'; found '2'"),
        ("memory=0 GiB", "--limit memory: write it like '2 GiB' or '800 MiB'; found '0 GiB'"),
    ],
)
def test_limit_that_cannot_be_read_is_refused_with_what_to_write(written: str, says: str) -> None:
    with pytest.raises(UsageError, match="--limit") as refusal:
        with_limits([written])
    assert says in str(refusal.value)


def test_all_limits_that_cannot_be_read_are_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"(?s)--limit events: .*\n--limit time: "):
        with_limits(["events=x", "time=x"])


def test_limits_that_were_changed_have_their_names() -> None:
    assert changed_limits(Guards()) == {}
    assert changed_limits(with_limits(["events=7", "memory=none"])) == {"events": "7", "memory": "inf"}
