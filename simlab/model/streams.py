"""Addressed random numbers: each one is a function of where it is used, not of what was drawn before.

A uniform is looked up by (seed, replication, subject, place, visit, purpose), so that two scenarios
see the same customers with the same needs, a change of staffing moves no ticket's draws, and the
order in which an engine asks does not matter. The generator is Philox4x32-10 of Salmon, Moraes, Dror
and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC'11), a bijection of a 128-bit counter
under a 64-bit key:

========  =======================================================================================
key       two words of ``numpy.random.SeedSequence(seed, spawn_key=(replication,))``
word 0    subject: index of the ticket in its stream, of the person in the team, of the day, ...
word 1    space: the address of what counts the subject (``address("stream:incidents")``)
word 2    place: the address of the step, router or other place that asks
word 3    visit (24 bits; how often the subject was there before) and purpose (8 bits)
========  =======================================================================================

A block of four output words gives two uniforms, exact multiples of 2**-53 strictly inside (0, 1).

The scalar functions use only int64 arithmetic that wraps or is masked, so the same source compiled
by numba gives the same bits as under CPython.
"""

from __future__ import annotations

import operator
import zlib
from array import array
from collections.abc import Iterable
from enum import IntEnum, unique
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Word = npt.NDArray[np.uint64]

MAX_SUBJECT = 2**32 - 1
MAX_VISIT = 2**24 - 1

_MASK = 0xFFFFFFFF
_ROUNDS = 10
_MULTIPLIER_0, _MULTIPLIER_1 = 0xD2511F53, 0xCD9E8D57
_WEYL_0, _WEYL_1 = 0x9E3779B9, 0xBB67AE85
_LATTICE = 2.0**-52
# Arrays without dimensions: NumPy takes half a microsecond longer over scalars.
_BY_0, _BY_1, _HALF, _LOW_HALF = (np.array(n, np.uint64) for n in (_MULTIPLIER_0, _MULTIPLIER_1, 32, _MASK))
# Subjects that are drawn at once: their intermediate words fit into a processor's cache.
_BLOCK = 4096

# A draw book computes pages of 2**PAGE_BITS subjects and keeps the last _MAX_PAGES of them.
PAGE_BITS = 12
PAGE_MASK = (1 << PAGE_BITS) - 1
_MAX_PAGES = 8
# Single draws from a page before it is computed as a whole: about the ratio of their costs.
_SINGLE_DRAWS = 16


@unique
class Purpose(IntEnum):
    """What a random number decides; the last 8 bits of its address.

    Numbers are part of every result: add new ones in the gaps, never renumber.
    """

    description: str

    def __new__(cls, value: int, description: str) -> Purpose:
        """Make a member of a number with what the draw decides."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    ARRIVAL_GAP = 0, "time from one arrival of a stream to the next"
    DAY_FACTOR = 3, "how busy a day is, as a factor on the arrival rate"
    BATCH_SIZE = 4, "number of tickets that arrive together"
    AWAY = 5, "time a member of a finite population stays away before the next ticket"

    CLASS = 10, "class of a ticket"
    PRIORITY = 11, "priority of a ticket, given its class"
    CHANNEL = 12, "channel by which a ticket comes"
    DIFFICULTY = 13, "difficulty of a ticket, a factor on its work"

    FAULT = 16, "fault behind an incident"
    FAULT_RATE = 17, "how many incidents a fault causes"
    NEW_FAULT = 18, "time until a new fault takes the place of a fixed one"

    SERVICE = 20, "hands-on time of a visit"
    EXTRA_SERVICE = 21, "added work of a visit: re-reading after a hand-off, re-briefing"
    DELAY = 22, "length of a wait that needs no person"
    FALL_BACK_SERVICE = 24, "added work of a visit after a failed automation"
    REREAD_SERVICE = 25, "time to read in after a hand-off"
    REDO_SERVICE = 26, "time to find out again what a hand-off lost"
    HANDOFF_LOSS = 27, "whether a hand-off loses information"

    ROUTE = 30, "where a ticket goes next"
    REOPEN = 32, "whether a resolved ticket comes back"
    REOPEN_DELAY = 33, "how long after its resolution a ticket comes back"

    HOOK = 34, "a number for a Python hook that decides where a ticket goes next"

    AUTOMATION_COVERAGE = 40, "whether an automation attempts a ticket"
    AUTOMATION_SUCCESS = 41, "whether an attempt of an automation succeeds"
    AUTOMATION_RUN_TIME = 42, "how long a run of an automation takes"
    AUTOMATION_ERROR = 43, "whether a finished run was wrong, unnoticed"
    SPAWN = 45, "whether a ticket gives rise to another, and that one's identity"
    SPAWN_DELAY = 46, "how long after its cause a spawned ticket comes"

    FAULT_WORK = 47, "whether work fixes a fault or finds a workaround"

    ABSENCE = 50, "whether a person is absent from a shift"

    PATIENCE = 60, "how long a customer waits in a queue before leaving"
    SURVEY = 62, "whether a customer answers the survey"
    SATISFACTION = 63, "what a customer answers to the survey"
    IMPROVE = 48, "whether finished work moves a lever, and when"
    REPEAT = 64, "whether a customer comes again, and the new ticket's identity"
    REPEAT_DELAY = 65, "how long after closing a ticket its customer comes again"


def replication_key(seed: int, replication: int) -> tuple[int, int]:
    """Philox key of a replication: two 32-bit words, independent across seeds and replications.

    Raises
    ------
    ValueError
        If the seed or the replication number is negative.
    """
    seed, replication = operator.index(seed), operator.index(replication)
    if seed < 0 or replication < 0:
        raise ValueError(f"seed and replication must not be negative; found {seed} and {replication}")
    first, second = np.random.SeedSequence(seed, spawn_key=(replication,)).generate_state(2).tolist()
    return first, second


def address(name: str) -> int:
    """Address of a subject space or place: the CRC-32 of its UTF-8 name, written ``kind:name``."""
    return zlib.crc32(name.encode())


def addresses(names: Iterable[str]) -> dict[str, int]:
    """Address of each name, checked to be distinct.

    Raises
    ------
    ValueError
        If two different names share an address; renaming either of them helps.
    """
    taken: dict[int, str] = {}
    for name in names:
        other = taken.setdefault(address(name), name)
        if other != name:
            raise ValueError(
                f"names must have distinct random-number addresses, but {other!r} and {name!r} "
                "share one; rename either"
            )
    return {name: at for at, name in taken.items()}


def philox4x32(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: the four output words of a counter (c0..c3) under a key, all 32-bit.

    Under numba the products wrap in int64 and the shifts keep their sign; the masks make both vanish.
    """
    for _ in range(_ROUNDS):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = ((product_1 >> 32) ^ c1 ^ k0) & _MASK
        c1 = product_1 & _MASK
        c2 = ((product_0 >> 32) ^ c3 ^ k1) & _MASK
        c3 = product_0 & _MASK
        k0 = (k0 + _WEYL_0) & _MASK
        k1 = (k1 + _WEYL_1) & _MASK
    return c0, c1, c2, c3


def uniform_pair(
    key: tuple[int, int], subject: int, space: int, place: int, visit: int, purpose: int
) -> tuple[float, float]:
    """Both uniforms of an address; the second is for decisions that belong to the first.

    Each is (k + 1/2) * 2**-52 with k from 52 bits: the midpoints of a lattice, exact in float64, from
    2**-53 to 1 - 2**-53. With 53 bits the largest midpoint would round to 1.

    Parameters
    ----------
    key
        From `replication_key`.
    subject, visit, purpose
        Below 2**32, 2**24 and 2**8; not checked here, for speed.
    space, place
        From `address`.
    """
    w0, w1, w2, w3 = philox4x32(subject, space, place, visit << 8 | purpose, key[0], key[1])
    return ((w0 << 20 | w1 >> 12) + 0.5) * _LATTICE, ((w2 << 20 | w3 >> 12) + 0.5) * _LATTICE


def uniform(key: tuple[int, int], subject: int, space: int, place: int, visit: int, purpose: int) -> float:
    """First uniform of an address; see `uniform_pair`."""
    return uniform_pair(key, subject, space, place, visit, purpose)[0]


def uniforms(
    key: tuple[int, int], subjects: npt.ArrayLike, space: int, place: int, visit: int, purpose: int
) -> npt.NDArray[np.float64]:
    """First uniform of each of many subjects at one place; the same bits as `uniform`.

    Parameters
    ----------
    subjects
        One-dimensional, integers from 0 to 2**32 - 1.
    """
    index = np.asarray(subjects, dtype=np.uint64)
    if index.size <= _BLOCK:
        return _block_of_uniforms(key, index, space, place, visit, purpose)
    drawn = np.empty(index.size)
    for first in range(0, index.size, _BLOCK):
        block = slice(first, first + _BLOCK)
        drawn[block] = _block_of_uniforms(key, index[block], space, place, visit, purpose)
    return drawn


def _block_of_uniforms(
    key: tuple[int, int], index: npt.NDArray[np.uint64], space: int, place: int, visit: int, purpose: int
) -> npt.NDArray[np.float64]:
    """First uniforms of subjects: the rounds of `philox4x32` on whole arrays, in place."""
    c0, c2 = index.astype(np.uint64), np.full(index.size, place, np.uint64)
    c1, c3 = np.full(index.size, space, np.uint64), np.full(index.size, visit << 8 | purpose, np.uint64)
    product_0, product_1 = np.empty_like(c0), np.empty_like(c0)
    for k0, k1 in _round_keys(*key):
        np.multiply(c0, _BY_0, out=product_0)
        np.multiply(c2, _BY_1, out=product_1)
        np.right_shift(product_1, _HALF, out=c0)
        np.right_shift(product_0, _HALF, out=c2)
        c0 ^= c1
        c0 ^= k0
        c2 ^= c3
        c2 ^= k1
        product_0 &= _LOW_HALF
        product_1 &= _LOW_HALF
        c1, product_1 = product_1, c1
        c3, product_0 = product_0, c3
    c0 <<= np.uint64(20)
    c1 >>= np.uint64(12)
    c0 |= c1
    return np.asarray((c0 + 0.5) * _LATTICE, np.float64)


@lru_cache(maxsize=64)
def _round_keys(k0: int, k1: int) -> tuple[tuple[Word, Word], ...]:
    """Both key words of every round."""
    return tuple(
        (np.array(k0 + i * _WEYL_0 & _MASK, np.uint64), np.array(k1 + i * _WEYL_1 & _MASK, np.uint64))
        for i in range(_ROUNDS)
    )


class DrawBook:
    """First uniforms of many subjects at one (space, place, visit, purpose), for one caller in Python.

    Draws are asked for by position: in a list of subjects, or the subject itself where no list is given.
    Positions come in roughly increasing order, densely at a first step and sparsely at rare ones. A page of
    neighbours is computed at once as soon as single draws from it have cost about as much, or at its first
    draw where the page before it has paid; so a book costs at most about twice the better of both ways.
    The oldest pages are dropped; a draw from a dropped one is computed again.
    """

    __slots__ = (
        "_asked",
        "_key",
        "_newest",
        "_place",
        "_purpose",
        "_space",
        "_subjects",
        "_visit",
        "pages",
    )

    def __init__(
        self,
        key: tuple[int, int],
        space: int,
        place: int,
        visit: int,
        purpose: int,
        subjects: npt.NDArray[np.int64] | None = None,
    ) -> None:
        if not 0 <= visit <= MAX_VISIT:
            raise ValueError(f"a visit number must be from 0 to {MAX_VISIT}; found {visit}")
        self._key = key
        self._space = space
        self._place = place
        self._visit = visit
        self._purpose = int(purpose)
        self._subjects = subjects
        self.pages: dict[int, array[float]] = {}
        """By position without its last `PAGE_BITS`: the draws of a page, to be looked up without a call."""
        self._asked: dict[int, int] = {}
        self._newest = -1

    def get(self, position: int) -> float:
        """First uniform of a subject, equal to `uniform` at the same address."""
        page = self.pages.get(position >> PAGE_BITS)
        return self.miss(position) if page is None else page[position & PAGE_MASK]

    def miss(self, position: int) -> float:
        """First uniform of a subject that is on none of the pages."""
        number = position >> PAGE_BITS
        asked = self._asked.get(number, 0) + 1
        is_dense = number > self._newest and number - 1 in self.pages
        self._newest = max(self._newest, number)
        if asked <= _SINGLE_DRAWS and not is_dense:
            self._asked[number] = asked
            subject = position if self._subjects is None else int(self._subjects[position])
            return uniform(self._key, subject, self._space, self._place, self._visit, self._purpose)
        self._asked.pop(number, None)
        if len(self.pages) >= _MAX_PAGES:
            del self.pages[next(iter(self.pages))]
        first = number << PAGE_BITS
        if self._subjects is None:
            neighbours: npt.ArrayLike = np.arange(first, first + PAGE_MASK + 1, dtype=np.uint64)
        else:
            neighbours = self._subjects[first : first + PAGE_MASK + 1]
        drawn = uniforms(self._key, neighbours, self._space, self._place, self._visit, self._purpose)
        page = array("d", drawn.tobytes())  # most of it is never read: as a list it would be made of objects
        self.pages[number] = page
        return page[position & PAGE_MASK]
