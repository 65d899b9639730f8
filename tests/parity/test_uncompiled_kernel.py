"""The kernel's functions say the same when they are not compiled."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.fuzzing import ROOT

PROGRAM = """
from tests.desks import model_of, one_step
from tests.parity.comparison import BothEngines

BothEngines().run(model_of(one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1 day")), 0, 0)
"""


def test_uncompiled_kernel_leaves_the_logs_of_the_reference() -> None:
    plain = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, cwd=ROOT, env=plain)
