from __future__ import annotations

import sys

import pytest

from simlab.errors import ExitCode, MissingExtra, UsageError
from simlab.execution.cluster import executor_at, is_open_to_others
from simlab.execution.dask import WorkerRefused, require_same
from simlab.execution.local import SerialExecutor
from simlab.execution.processes import ProcessExecutor
from tests.servers import FOREIGN_ANSWERS, foreign_server


def work(model: object, seed: int, replication: int) -> int:
    return seed + replication


def test_no_cluster_means_this_machine() -> None:
    assert isinstance(executor_at(work, 1), SerialExecutor)
    assert isinstance(executor_at(work, 2), ProcessExecutor)


@pytest.mark.parametrize("cluster", ["local:0", "local:x", "here", "tcp://host", "http://host:80", ""])
def test_setting_that_cannot_be_read_is_refused_with_an_example(cluster: str) -> None:
    with pytest.raises(UsageError, match=r"write it like tcp://127\.0\.0\.1:8786"):
        executor_at(work, cluster=cluster)


def test_missing_dask_is_told_with_the_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "simlab.execution.dask")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtra, match=r"servicedesk-simlab\[cluster\]") as caught:
        executor_at(work, cluster="local:2")
    assert caught.value.exit_code is ExitCode.INVALID


def test_scheduler_that_does_not_answer_is_told_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.execution.dask.PATIENCE_S", 0.3)
    with pytest.raises(UsageError, match=r"no scheduler with a worker answers at tcp://127\.0\.0\.1:9"):
        executor_at(work, cluster="tcp://127.0.0.1:9")


@pytest.mark.parametrize("answer", FOREIGN_ANSWERS)
def test_server_of_another_kind_is_no_scheduler(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simlab.execution.dask.PATIENCE_S", 0.3)
    with (
        foreign_server(answer) as place,
        pytest.raises(UsageError, match=rf"no scheduler .* at tcp://{place}"),
    ):
        executor_at(work, cluster=f"tcp://{place}")


def test_tls_without_a_certificate_is_refused_at_once() -> None:
    with pytest.raises(UsageError, match=r"no certificate is set for tls://127\.0\.0\.1:9"):
        executor_at(work, cluster="tls://127.0.0.1:9")


def test_worker_is_refused_for_anything_that_decides_numbers() -> None:
    ours = {"simlab": "0.1.0", "code": "abc", "numpy": "2.1.0"}
    require_same(ours, {**ours, "another": "1"}, "tcp://worker:1")
    with pytest.raises(WorkerRefused, match=r"tcp://worker:1 is refused: it has code xyz in place of abc"):
        require_same(ours, {**ours, "code": "xyz"}, "tcp://worker:1")
    with pytest.raises(WorkerRefused, match=r"numpy unknown in place of 2\.1\.0"):
        require_same(ours, {"simlab": "0.1.0", "code": "abc"}, "tcp://worker:1")


@pytest.mark.parametrize(
    ("cluster", "is_open"),
    [
        (None, False),
        ("local:4", False),
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://[::1]:8786", False),
        ("tls://10.0.0.1:8786", False),
        ("tcp://10.0.0.1:8786", True),
        ("tcp://scheduler:8786", True),
        ("tcp://localhost.example.org:8786", True),
    ],
)
def test_scheduler_elsewhere_without_tls_is_open_to_others(cluster: str | None, is_open: bool) -> None:
    assert is_open_to_others(cluster) == is_open
