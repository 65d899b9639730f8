"""Uncertain assumptions that go together: correlations between them, by normal scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simlab.business.amounts import Assumption
from simlab.experiments.study import Mistakes
from simlab.scenario.schema.base import Block
from simlab.scenario.suggestions import remedy_for_unknown

Floats = NDArray[np.float64]

STRONGEST: Final = 0.99
"""Correlations beyond it say that two assumptions are one."""


class Correlated(Block):
    """Two uncertain amounts that go together."""

    between: tuple[str, str]
    """Key paths of two uncertain amounts: ``[costs.one_off.training, costs.running.upkeep]``."""
    correlation: Annotated[float, Field(ge=-STRONGEST, le=STRONGEST)]
    """From -0.99 to 0.99: above 0 where one tends to be high when the other is, below 0 where it tends to be
    low. It is that of the normal scores, near the rank correlation."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A stated correlation between two assumptions."""

    first: str
    second: str
    value: float


def read_correlations(
    mistakes: Mistakes, stated: Sequence[Correlated], known: Mapping[str, Assumption]
) -> tuple[Correlation, ...]:
    """Return the correlations of a file, after noting what is wrong with them."""
    found: dict[frozenset[str], Correlation] = {}
    for number, each in enumerate(stated):
        where = f"correlations.{number}"
        pair = frozenset(each.between)
        for path in each.between:
            if path not in known:
                message = "there is no amount at this key path"
                mistakes.note(f"{where}.between", message, remedy_for_unknown(path, known), path)
            elif not known[path].is_uncertain:
                message, remedy = "this amount is taken for sure", "give it a distribution first"
                mistakes.note(f"{where}.between", message, remedy, path)
        if len(pair) == 1:
            mistakes.note(f"{where}.between", "an amount goes with another one", found=each.between[0])
        elif pair in found:
            remedy = "leave one of the two out"
            mistakes.note(where, "the correlation of these two is stated twice", remedy)
        found[pair] = Correlation(*each.between, each.correlation)
    if found and not _can_hold(tuple(found.values())):
        remedy = "state weaker ones: what goes with the same amount also goes together"
        mistakes.note("correlations", "these correlations cannot hold all at once", remedy)
    return tuple(found.values())


def correlation_matrix(paths: Sequence[str], stated: Sequence[Correlation]) -> Floats:
    """Return the matrix of correlations between amounts, shape (n, n); what is not stated is 0."""
    matrix: Floats = np.eye(len(paths))
    places = {path: place for place, path in enumerate(paths)}
    for each in stated:
        first, second = places[each.first], places[each.second]
        matrix[first, second] = matrix[second, first] = each.value
    return matrix


def correlated(shares: Floats, matrix: Floats) -> Floats:
    """Put the shares of each column into an order in which columns go together.

    Every column keeps its values, so that each amount keeps its distribution and the evenness of the
    design; the scores ``ndtri(share)`` of two columns then have about the correlation of the matrix.

    Parameters
    ----------
    shares
        (n, k) shares within 0 and 1, columns independent.
    matrix
        (k, k) positive definite, ones on the diagonal.

    References
    ----------
    Iman and Conover (1982), A distribution-free approach to inducing rank correlation among input variables,
    *Communications in Statistics* B11.
    """
    from scipy.special import ndtri

    if np.array_equal(matrix, np.eye(len(matrix))):
        return shares
    scores = ndtri(shares)
    # What correlation the columns have by chance is taken out first, so that the result has the stated one.
    own = np.linalg.cholesky(np.corrcoef(scores, rowvar=False))
    wanted = np.linalg.solve(own, scores.T).T @ np.linalg.cholesky(matrix).T
    ranks = np.argsort(np.argsort(wanted, axis=0, kind="stable"), axis=0, kind="stable")
    ordered: Floats = np.take_along_axis(np.sort(shares, axis=0), ranks, axis=0)
    return ordered


def _can_hold(stated: Sequence[Correlation]) -> bool:
    paths = list(dict.fromkeys(path for each in stated for path in (each.first, each.second)))
    if any(each.first == each.second for each in stated):
        return True  # told as a mistake of its own
    return bool(np.linalg.eigvalsh(correlation_matrix(paths, stated))[0] > 1e-9)
