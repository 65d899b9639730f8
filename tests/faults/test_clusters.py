"""Row 53: who may connect to a cluster."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.commands import Simlab, called, surroundings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def certified(folder: Path) -> dict[str, str]:
    """Return the settings of Dask with which it talks to holders of one certificate only."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    files = "-keyout key.pem -out cert.pem"
    request = f"openssl req -x509 -newkey rsa:2048 -nodes {files} -days 1 -subj /CN=127.0.0.1"
    subprocess.run(request.split(), cwd=folder, check=True, capture_output=True)
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    settings = {"DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true", f"{tls}CA_FILE": cert}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        settings |= {f"{tls}{role}__CERT": cert, f"{tls}{role}__KEY": key}
    return settings


@pytest.fixture
def address(folder: Path, certified: dict[str, str]) -> Iterator[str]:
    """Return the address of a scheduler with a worker that ask for the certificate."""
    at = folder / "scheduler.json"
    with ExitStack() as stack:
        for command in (
            ["dask_scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"],
            ["dask_worker", "--nthreads", "1", "--no-dashboard"],
        ):
            process = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.{command[0]}", *command[1:], "--scheduler-file", at],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=surroundings(**certified),
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
            until = time.monotonic() + 60
            while not (at.exists() and at.read_text(encoding="utf-8").endswith("}")):
                assert time.monotonic() < until, "no scheduler"
                time.sleep(0.1)
        yield at.read_text(encoding="utf-8").partition('"address": "')[2].partition('"')[0]


def test_row_53_only_holders_of_the_certificate_run_on_a_cluster_with_tls(
    simlab: Simlab, folder: Path, certified: dict[str, str], address: str
) -> None:
    assert address.startswith("tls://127.0.0.1:")
    command = ("run", "desk.yaml", "-n", "2", "-q", "--no-store")
    ours = called(folder, *command, "--cluster", address, **certified)
    assert ours.code == 0, ours.err
    assert ours.out == simlab(*command).out
    for stranger in (address, address.replace("tls:", "tcp:")):
        ended = called(folder, *command, "--cluster", stranger)
        assert ended.code == 2, ended.err
        assert "no certificate is set" in ended.err or "no scheduler with a worker answers" in ended.err
