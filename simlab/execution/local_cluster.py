"""A cluster on this machine: a scheduler and workers under nannies, in a program of their own.

Nannies start workers as ``multiprocessing`` does, which imports the main module again. In a program of its
own that is harmless, so a script that calls simlab needs no ``if __name__ == "__main__"``. The program ends
with its standard input, and with it the workers: a coordinator that is killed leaves nothing behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

from simlab.execution.interface import WorkersLost
from simlab.execution.processes import MAX_ATTEMPTS, start_program

SILENCE: Final = "20s"
"""A worker that was not heard of for so long, because it hangs or was stopped, is started anew."""
_PROGRAM: Final = "from simlab.execution.local_cluster import main; main()"


class LocalClusterProgram:
    """The program as the coordinator sees it."""

    def __init__(self, n_workers: int) -> None:
        self._process = start_program(_PROGRAM, str(n_workers), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().decode().strip()
        """Address of the scheduler, on the loopback interface."""
        if not self.address:
            self.close()
            raise WorkersLost("the local cluster does not start")

    def close(self) -> None:
        """End the program and its workers at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def main() -> None:
    """Hold a cluster of as many workers as the only argument says, until standard input ends."""
    import logging

    import dask
    from distributed import LocalCluster

    # Ending at once leaves semaphores behind, which are cleaned up; nobody needs to be warned of that.
    os.environ["PYTHONWARNINGS"] = "ignore::UserWarning:multiprocessing.resource_tracker"
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": MAX_ATTEMPTS - 1,
            "distributed.scheduler.worker-ttl": SILENCE,
        }
    )
    cluster = LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.CRITICAL,  # what happens to workers is told by the coordinator
    )
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
    # The workers notice that their nannies are gone and end; there is nothing to hand over.
    os._exit(0)
