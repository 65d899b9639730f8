"""Handing over results, and stopping between two of them when a signal asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Generic, Self, TypeVar

from simlab.execution.interface import Interrupted, JobResult

Result = TypeVar("Result")

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Delivery(Generic[Result]):
    """Context of one run: calls ``on_done`` for each result; on SIGINT or SIGTERM leaves by `Interrupted`.

    A signal breaks off a computation or a wait at once, but not ``on_done``, which may be writing files:
    that is completed first (unless a second signal insists). In a thread other than the main one Python
    allows no signal handlers; the program's own handling is left in place there.
    """

    def __init__(self, n_jobs: int, on_done: Callable[[JobResult[Result]], None]) -> None:
        self._n_jobs = n_jobs
        self._on_done = on_done
        self._n_done = 0
        self._is_handing_over = False
        self._is_asked_to_stop = False
        self._former: dict[signal.Signals, Any] = {}

    def __call__(self, result: JobResult[Result]) -> None:
        """Hand a result over."""
        self._is_handing_over = True
        try:
            self._on_done(result)
            self._n_done += 1
        finally:
            self._is_handing_over = False
        if self._is_asked_to_stop:
            raise KeyboardInterrupt

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _STOPS:
                # A signal that is ignored, as under nohup, stays ignored.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._former[number] = signal.signal(number, self._stop)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(
                f"interrupted after {self._n_done} of {self._n_jobs} replications; what is finished is kept"
            ) from error

    def _stop(self, number: int, frame: FrameType | None) -> None:
        insists = self._is_asked_to_stop
        self._is_asked_to_stop = True
        if insists or not self._is_handing_over:
            # Not Interrupted itself: work may catch every Exception, but leaves this one alone.
            raise KeyboardInterrupt
