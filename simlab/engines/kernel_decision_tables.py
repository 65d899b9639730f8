"""Which decisions the compiled engine remembers, and how tickets that are alike in them are numbered.

Where codes and counts of a ticket alone decide which rules of a block take it, what was found out for one
holds for all that are alike. A fact that is below, or above, all that the rules of the block ask for is as
good as any other there, so that the facts that make a difference are a few whole numbers each.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_decisions import UNKNOWN
from simlab.engines.kernel_layout import ALIKE, CODE, DECISION
from simlab.model.codes import Field
from simlab.model.tables import RuleTable

MOST_OUTCOMES: Final = 4096
"""Places for outcomes of all decisions of a model; decisions beyond are not remembered."""
_OF_THE_MOMENT = frozenset(
    {Field.CALENDAR, Field.QUEUE, Field.CONTROL, Field.RUNG, Field.SCORE, Field.DIFFICULTY}
)
"""What changes without the ticket, or takes too many values to be remembered."""
_Facts = list[tuple[int, int, int]]
"""Fields that make a difference: least and greatest values of each that do."""


def decision_tables(rules: RuleTable) -> dict[str, NDArray[Any]]:
    """Tables of what is remembered, of which nothing is known yet."""
    plain = type(rules)(*(column.tolist() for column in rules))
    decisions = np.zeros(len(rules.first_row) - 1, DECISION)
    keys: list[tuple[int, int, int, int]] = []
    n_outcomes = 0
    for block, decision in enumerate(decisions):
        facts, n_rows = _facts_of(plain, block), max(1, plain.first_row[block + 1] - plain.first_row[block])
        n_wanted = n_rows * math.prod(most - least + 1 for _, least, most in facts or ())
        if facts is None or n_outcomes + n_wanted > MOST_OUTCOMES:
            decision["first_outcome"] = -1
            continue
        decision["first_outcome"], decision["first_key"] = n_outcomes, len(keys)
        n_outcomes += n_wanted
        stride = n_rows
        for field, least, most in facts:
            keys.append((field, least, most, stride))
            stride *= most - least + 1
        decision["end_key"] = len(keys)
    return {
        "decisions": decisions,
        "decision_keys": np.array(keys, ALIKE),
        "outcome_sums": np.zeros(n_outcomes),
        "outcome_targets": np.full(n_outcomes, UNKNOWN, CODE),
    }


def _facts_of(rules: RuleTable, block: int) -> _Facts | None:
    """Facts that decide in a block; None where others than codes and counts do."""
    rows = range(rules.first_row[block], rules.first_row[block + 1])
    values: dict[int, list[float]] = {}
    for test in range(rules.first_test[rows.start], rules.first_test[rows.stop]):
        argument, size = rules.test_argument[test], rules.test_size[test]
        asked = rules.set_member[argument : argument + size] or (rules.test_low[test], rules.test_high[test])
        values.setdefault(rules.test_field[test], []).extend(filter(math.isfinite, asked))
    for row in rows:
        n_hazards = rules.first_hazard[row + 1] - rules.first_hazard[row]
        if n_hazards > 0:
            values.setdefault(Field.HOPS, []).extend((0, n_hazards))
        if rules.odds_by_difficulty[row] != 1.0:
            return None
    if _OF_THE_MOMENT & values.keys():
        return None
    return [
        (field, math.floor(min(asked, default=0)) - 1, math.ceil(max(asked, default=0)) + 1)
        for field, asked in values.items()
    ]
