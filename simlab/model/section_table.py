"""Table of the sections of a process in which the number of tickets is limited."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]


class SectionTable(NamedTuple):
    """Sections of the process in which the number of tickets is limited, a row each."""

    permits: Codes
    discipline: Codes
    """PRIORITY or FIFO: who is admitted next."""
    step: Codes
    """Step of the visits in which tickets wait to be admitted."""
