"""Addressed random numbers: published vectors, equal bits in every form, uniformity across addresses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simlab.model import streams
from simlab.model.rebinding import rebound
from simlab.model.streams import (
    MAX_SUBJECT,
    MAX_VISIT,
    DrawBook,
    Purpose,
    address,
    addresses,
    philox4x32,
    replication_key,
    uniform,
    uniform_pair,
    uniforms,
)

FALSE_ALARM = 1e-6

Philox = Callable[..., tuple[int, int, int, int]]

WORDS = st.integers(0, 2**32 - 1)
KEYS = st.tuples(WORDS, WORDS)
VISITS = st.integers(0, MAX_VISIT)
PURPOSES = st.sampled_from(Purpose)

FULL = 0xFFFFFFFF
# counter, key, output: kat_vectors of the authors' library Random123, philox4x32 with 10 rounds.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.fixture(scope="module")
def compiled() -> Philox:
    """The scalar generator, its very source compiled by numba."""
    numba = pytest.importorskip("numba")
    kernel: Philox = numba.njit(philox4x32)
    return kernel


@pytest.fixture(scope="module")
def compiled_pair(compiled: Philox) -> Callable[..., tuple[float, float]]:
    numba = pytest.importorskip("numba")
    kernel: Callable[..., tuple[float, float]] = numba.njit(rebound(uniform_pair, philox4x32=compiled))
    return kernel


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_at_published_vectors_gives_published_words(
    counter: tuple[int, int, int, int], key: tuple[int, int], expected: tuple[int, ...]
) -> None:
    assert philox4x32(*counter, *key) == expected


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_philox_compiled_by_numba_gives_published_words(
    compiled: Philox, counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert compiled(*counter, *key) == expected


@given(counter=st.tuples(WORDS, WORDS, WORDS, WORDS), key=KEYS)
def test_philox_compiled_by_numba_equals_cpython_everywhere(
    compiled: Philox, counter: tuple[int, int, int, int], key: tuple[int, int]
) -> None:
    assert compiled(*counter, *key) == philox4x32(*counter, *key)


@given(key=KEYS, subject=WORDS, space=WORDS, place=WORDS, visit=VISITS, purpose=PURPOSES)
def test_uniform_pair_compiled_by_numba_equals_the_cpython_bits(
    compiled_pair: Callable[..., tuple[float, float]],
    key: tuple[int, int],
    subject: int,
    space: int,
    place: int,
    visit: int,
    purpose: Purpose,
) -> None:
    at = (key, subject, space, place, visit, int(purpose))
    assert compiled_pair(*at) == uniform_pair(*at)


@given(
    key=KEYS,
    subjects=st.lists(WORDS, min_size=1, max_size=20),
    space=WORDS,
    place=WORDS,
    visit=VISITS,
    purpose=PURPOSES,
)
def test_uniforms_of_many_subjects_equal_the_scalar_bits(
    key: tuple[int, int], subjects: list[int], space: int, place: int, visit: int, purpose: Purpose
) -> None:
    drawn = uniforms(key, subjects, space, place, visit, purpose)
    assert drawn.tolist() == [uniform(key, s, space, place, visit, purpose) for s in subjects]


@pytest.mark.parametrize(("words", "expected"), [((0, 0, 0, 0), 2.0**-53), ((FULL,) * 4, 1.0 - 2.0**-53)])
def test_uniform_pair_of_extreme_words_stays_strictly_inside_the_unit_interval(
    monkeypatch: pytest.MonkeyPatch, words: tuple[int, int, int, int], expected: float
) -> None:
    monkeypatch.setattr(streams, "philox4x32", lambda *_: words)
    assert uniform_pair((0, 0), 0, 0, 0, 0, 0) == (expected, expected)
    assert 0.0 < expected < 1.0


def test_uniform_pair_at_published_vector_is_its_leading_52_bits() -> None:
    """By hand from the known answer: the leading 52 of 64 bits, put at the middle of their cell."""
    counter, key, words = KNOWN_ANSWERS[2]
    visit, purpose = divmod(counter[3], 256)
    first, second = uniform_pair(key, *counter[:3], visit, purpose)
    assert first == ((words[0] * 2**32 + words[1]) // 2**12 + 0.5) / 2**52
    assert second == ((words[2] * 2**32 + words[3]) // 2**12 + 0.5) / 2**52


def test_addressed_uniforms_fill_the_unit_square_evenly_across_every_part_of_the_address() -> None:
    """Chi-square on 16 x 16 cells of pairs neighbouring in one part of the address."""
    base = {"subject": 7, "space": 11, "place": 13, "visit": 0, "purpose": 20}
    count = 4096
    for part in ("subject", "space", "place", "visit"):
        pairs = [uniform_pair((1, 2), **{**base, part: base[part] + i}) for i in range(count)]
        first, second = np.array(pairs, dtype=np.float64).T
        for x, y in [(first, second), (first[::2], first[1::2])]:
            cells = np.histogram2d(x, y, bins=16, range=[[0, 1], [0, 1]])[0]
            p_value = stats.chisquare(cells.ravel()).pvalue
            assert p_value > FALSE_ALARM / 8, part


def test_uniforms_of_many_subjects_pass_kolmogorov_smirnov() -> None:
    drawn = uniforms(replication_key(3, 0), np.arange(200_000), address("stream:a"), 1, 0, 20)
    assert stats.kstest(drawn, "uniform").pvalue > FALSE_ALARM


def test_uniforms_of_neighbouring_replications_visits_purposes_are_uncorrelated() -> None:
    n = 50_000
    subjects = np.arange(n)
    columns = [
        uniforms(replication_key(3, replication), subjects, 5, 6, visit, purpose)
        for replication in (0, 1)
        for visit in (0, 1)
        for purpose in (Purpose.SERVICE, Purpose.ROUTE)
    ]
    correlations = np.asarray(np.corrcoef(columns))[np.triu_indices(len(columns), 1)]
    limit = stats.norm.isf(FALSE_ALARM / len(correlations) / 2) / np.sqrt(n)
    assert np.abs(correlations).max() < limit


def test_replication_key_is_stable_and_differs_by_seed_and_replication() -> None:
    assert replication_key(1, 2) == replication_key(1, 2)
    keys = {replication_key(seed, replication) for seed in range(30) for replication in range(30)}
    assert len(keys) == 900
    assert all(0 <= word <= FULL for key in keys for word in key)


def test_replication_key_of_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative; found -1 and 0"):
        replication_key(-1, 0)


def test_address_is_the_published_crc32_check_value() -> None:
    """0xCBF43926 is the check value of CRC-32/ISO-HDLC for the digits 1 to 9."""
    assert address("123456789") == 0xCBF43926
    assert address("step:Prüfung") == address("step:Pr\u00fcfung")


def test_addresses_of_distinct_names_are_given_by_name() -> None:
    assert addresses(["step:a", "step:b", "step:a"]) == {
        "step:a": address("step:a"),
        "step:b": address("step:b"),
    }


def test_addresses_of_colliding_names_are_refused_with_both_names() -> None:
    # A classic pair of English words with equal CRC-32.
    assert address("plumless") == address("buckeroo")
    with pytest.raises(ValueError, match="'plumless' and 'buckeroo' share one; rename either"):
        addresses(["plumless", "other", "buckeroo"])


def test_purposes_fit_their_eight_bits_and_are_described() -> None:
    assert all(0 <= purpose <= 255 for purpose in Purpose)
    assert all(purpose.description for purpose in Purpose)


@given(
    subjects=st.lists(st.integers(0, 40_000), max_size=300),
    dense_from=st.integers(0, MAX_SUBJECT - 3000),
    visit=st.integers(0, 3),
)
def test_draw_book_asked_in_any_order_gives_the_addressed_uniform(
    subjects: list[int], dense_from: int, visit: int
) -> None:
    book = DrawBook((8, 9), 5, 6, visit, Purpose.SERVICE)
    for subject in [*subjects, *range(dense_from, dense_from + 60), *reversed(subjects)]:
        assert book.get(subject) == uniform((8, 9), subject, 5, 6, visit, Purpose.SERVICE)


def test_draw_book_read_densely_far_and_back_keeps_few_pages_and_stays_right() -> None:
    book = DrawBook((8, 9), 5, 6, 0, Purpose.SERVICE)
    expected = uniforms((8, 9), np.arange(40_000), 5, 6, 0, Purpose.SERVICE).tolist()
    assert [book.get(i) for i in range(40_000)] == expected
    assert [book.get(i) for i in range(39_999, -1, -1)] == expected[::-1]
    assert len(book.pages) <= streams._MAX_PAGES


def test_draw_book_of_a_visit_beyond_its_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="must be from 0 to 16777215; found 16777216"):
        DrawBook((8, 9), 5, 6, MAX_VISIT + 1, Purpose.SERVICE)
