"""Linear algebra of a search runs in one thread."""

from __future__ import annotations

import scipy.linalg  # noqa: F401 - its libraries are those that are looked at
from threadpoolctl import threadpool_info, threadpool_limits

from simlab.optimise.threads import one_thread_of_algebra


def n_threads() -> set[int]:
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_algebra_has_one_thread_in_a_search_and_as_many_as_before_behind_it() -> None:
    with threadpool_limits(2, "blas"):
        before = n_threads()
        with one_thread_of_algebra():
            assert n_threads() == {1}
        assert n_threads() == before
