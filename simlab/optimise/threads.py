"""Linear algebra in one thread, so that a search proposes the same on machines with any number of cores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread_of_algebra() -> Iterator[None]:
    """Hold the libraries behind NumPy and SciPy to one thread; their sums depend on how many share them.

    Matrices of a search are small: more threads would only take the cores from the simulations.
    """
    import scipy.linalg  # noqa: F401 - what is loaded later is not held
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, "blas"):
        yield
