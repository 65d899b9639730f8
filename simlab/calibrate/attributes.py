"""Attributes of cases beside class and priority, and which of them tells most about the ways of cases."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simlab.calibrate.event_log import CaseTable, Floats, Integers, Labels

MOST_LEVELS: Final = 8
"""Levels of an attribute; those that are rarer are one, numbers are put into as many bins."""
RAREST: Final = 0.02
"""Share of the cases that a level of its own has at least."""
KNOWN: Final = 0.5
"""Share of the cases of which an attribute must be known."""
NUMERIC: Final = 0.95
"""Share of the values that must be numbers."""
OTHERS: Final = "other"
AT_THE_END: Final = re.compile(
    r"sla|clos|resol|solution|outcome|result|status|state|reopen|reassign", re.IGNORECASE
)
"""Names of what is known of a case only when it is over: no fact from its start."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A fact about each case, in few levels."""

    name: str
    level: Integers
    """By case."""
    levels: tuple[str, ...]

    def take(self, cases: NDArray[np.signedinteger]) -> Attribute:
        """Return that of some cases."""
        return replace(self, level=self.level[cases])


def attributes_of(cases: CaseTable) -> tuple[Attribute, ...]:
    """Return the attributes that may tell something: known of most cases, from their start, in few levels.

    Who has a case last, and how it stands, is known when it is over.
    """
    columns = {"channel": cases.channel, **cases.attributes}
    found = []
    for name, column in columns.items():
        if name in (cases.status, cases.person) or AT_THE_END.search(name):
            continue
        if not len(column) or (column.codes >= 0).mean() < KNOWN:
            continue
        attribute = _binned(name, column) or _common(name, column)
        if len(attribute.levels) > 1:
            found.append(attribute)
    return tuple(found)


def _binned(name: str, column: Labels) -> Attribute | None:
    """Return an attribute that is a number in bins of about as many cases; None where it is none."""
    if len(column.names) <= MOST_LEVELS:
        return None
    values = np.array([_number(text) for text in column.names])
    if np.isnan(values).mean() > 1.0 - NUMERIC:
        return None
    of_case = np.append(values, np.nan)[column.codes]
    known = of_case[~np.isnan(of_case)]
    cuts = np.unique(np.quantile(known, np.arange(1, MOST_LEVELS) / MOST_LEVELS, method="lower"))
    level = np.searchsorted(cuts, np.nan_to_num(of_case, nan=np.inf), side="left")
    texts = [f"{name} to {cut:g}" for cut in cuts] + [f"{name} over {cuts[-1]:g}"]
    used, level = np.unique(level, return_inverse=True)
    return Attribute(name, level.astype(np.int64), tuple(texts[each] for each in used))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _common(name: str, column: Labels) -> Attribute:
    counts = column.counts()
    most = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    kept = [int(code) for code in most if counts[code] >= RAREST * len(column)]
    place = np.full(len(column.names) + 1, len(kept), np.int64)
    place[kept] = np.arange(len(kept))
    level = place[column.codes]
    rest = (OTHERS,) if (level == len(kept)).any() else ()
    return Attribute(name, level, (*(column.names[code] for code in kept), *rest))


def most_telling(
    attributes: tuple[Attribute, ...], case: Integers, context: Integers, outcome: Integers
) -> Attribute | None:
    """Return the attribute that tells most about what follows, beyond what it costs to say; None for none.

    Parameters
    ----------
    case, context, outcome
        Of each decision about a case: the case, what is known otherwise, and what followed.
    """
    scores = [_gain(attribute.level[case], context, outcome) for attribute in attributes]
    if not scores or max(scores) <= 0.0:
        return None
    return attributes[int(np.argmax(scores))]


def _gain(level: Integers, context: Integers, outcome: Integers) -> float:
    """Return the log-likelihood that levels add in the contexts where they pay (Schwarz 1978)."""
    _, place = np.unique(context, return_inverse=True)
    n, n_levels, n_outcomes = int(place.max(initial=0)) + 1, int(level.max()) + 1, int(outcome.max()) + 1
    n_seen = np.bincount(place, minlength=n)
    of_level, levels = _sums(place * n_levels + level, n_levels, n)
    of_outcome, outcomes = _sums(place * n_outcomes + outcome, n_outcomes, n)
    of_both, _ = _sums((place * n_levels + level) * n_outcomes + outcome, n_levels * n_outcomes, n)
    gain = of_both - of_level - of_outcome + n_seen * np.log(np.maximum(n_seen, 1))
    charge = 0.5 * (levels - 1) * (outcomes - 1) * np.log(np.maximum(n_seen, 1))
    return float(np.maximum(gain - charge, 0.0).sum())


def _sums(key: Integers, per_context: int, n: int) -> tuple[Floats, Integers]:
    """Return for each context the sum of n log n over its keys, and how many there are."""
    keys, counts = np.unique(key, return_counts=True)
    context = keys // per_context
    sums: Floats = np.bincount(context, counts * np.log(counts), n).astype(np.float64)
    return sums, np.bincount(context, minlength=n).astype(np.int64)
