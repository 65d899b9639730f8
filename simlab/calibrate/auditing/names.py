"""Which names of a log mean which names of a scenario."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from simlab.calibrate.event_log import Codes
from simlab.calibrate.names import distinct

_NUMBER = re.compile(r"\d+")


def codes_in(names: Sequence[str], wanted: Sequence[str]) -> Codes:
    """Return the code in ``wanted`` of each name of a log, -1 where it is none of them.

    Names are the same as they are written, or as the names that scenarios are given: ``3 - Moderate`` is
    ``3_moderate``.
    """
    written = {name: code for code, name in enumerate(wanted)}
    short = {name: code for code, name in enumerate(distinct(wanted, set()))}
    return np.array(
        [
            written.get(name, short.get(plain, -1))
            for name, plain in zip(names, distinct(names, set()), strict=True)
        ],
        np.int32,
    )


def priority_codes(names: Sequence[str], wanted: Sequence[str]) -> Codes:
    """Return the code in ``wanted`` of each priority of a log, -1 where it is none of them.

    Where no name is the same, those that have the same number are: ``3 - Moderate`` and ``P3``.
    """
    codes = codes_in(names, wanted)
    if (codes >= 0).any():
        return codes
    numbers = [_number(name) for name in wanted]
    if len(set(numbers)) < len(numbers):
        return codes
    place = {number: code for code, number in enumerate(numbers) if number}
    return np.array([place.get(_number(name), -1) for name in names], np.int32)


def _number(name: str) -> str:
    found = _NUMBER.search(name)
    return found[0].lstrip("0") if found else ""
