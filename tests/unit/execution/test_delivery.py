from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from simlab.execution.delivery import Delivery
from simlab.execution.interface import Interrupted, Job, JobResult

RESULT = JobResult(Job("m", 1, 0), 1.0, None, 0.1)


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


def on_sigterm(number: int, frame: FrameType | None) -> None:
    raise AssertionError("nobody sends this signal")


def deliver_with(n_signals: int, reached: list[str]) -> None:
    def take(result: JobResult[float]) -> None:
        for _ in range(n_signals):
            os.kill(os.getpid(), signal.SIGINT)
        reached.append("end of handing over")

    with Delivery(3, take) as deliver:
        deliver(RESULT)
        reached.append("next job")


def test_without_signals_everything_is_reached() -> None:
    reached: list[str] = []
    deliver_with(0, reached)
    assert reached == ["end of handing over", "next job"]


def test_signal_while_handing_over_stops_after_it() -> None:
    reached: list[str] = []
    with pytest.raises(Interrupted, match="after 1 of 3 replications; what is finished is kept"):
        deliver_with(1, reached)
    assert reached == ["end of handing over"]


def test_second_signal_does_not_wait_for_the_handing_over() -> None:
    reached: list[str] = []
    with pytest.raises(Interrupted, match="after 0 of 3"):
        deliver_with(2, reached)
    assert reached == []


def test_ignored_signal_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    reached: list[str] = []
    deliver_with(1, reached)
    assert reached == ["end of handing over", "next job"]


def test_handlers_are_as_before_afterwards() -> None:
    signal.signal(signal.SIGTERM, on_sigterm)
    with pytest.raises(Interrupted, match="interrupted"):
        deliver_with(1, [])
    assert signal.getsignal(signal.SIGTERM) is on_sigterm


def test_another_thread_than_the_main_one_can_deliver_too() -> None:
    reached: list[str] = []
    thread = threading.Thread(target=deliver_with, args=(0, reached))
    thread.start()
    thread.join()
    assert reached == ["end of handing over", "next job"]
