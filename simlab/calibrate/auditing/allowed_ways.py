"""What may follow what in a scenario, as far as the step before decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from simlab.model.codes import Field, StepKind
from simlab.model.graph import successors
from simlab.model.tables import Model

START: Final = -1
END: Final = -2
Pair = tuple[int, int]
"""An activity and the next; `START` before the first, `END` after the last."""
_State = tuple[int, int]
"""A step, and the step before it (-1: none)."""


def allowed_pairs(model: Model, activity_of: Mapping[int, int]) -> frozenset[Pair]:
    """Return which activities a scenario lets follow each other.

    Rules count that can take a ticket, whatever its class, history or time; only conditions on the step
    before are looked at one by one.

    Parameters
    ----------
    activity_of
        Activity that a step of the model stands for; other steps leave no trace in a log.
    """
    following = _Following(model)
    pairs: set[Pair] = set()
    begun: set[tuple[int, _State]] = set()
    waiting: list[tuple[int, _State]] = [(START, (stream.entry, -1)) for stream in model.streams]
    while waiting:
        last, state = waiting.pop()
        if (last, state) in begun:
            continue
        begun.add((last, state))
        step, _ = state
        kind = model.steps.kind[step]
        activity = activity_of.get(step, START)
        if activity >= 0:
            pairs.add((last, activity))
            last = activity
        if kind in (StepKind.RESOLVE, StepKind.EXIT):
            pairs.add((last, END))
        waiting += [(last, each) for each in following.of(state)]
    return frozenset(pairs)


class _Following:
    """Where a ticket may go from a step, given the step before."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._all = successors(model)
        self._known: dict[_State, tuple[_State, ...]] = {}

    def of(self, state: _State) -> tuple[_State, ...]:
        if state not in self._known:
            self._known[state] = tuple(dict.fromkeys(self._states(state)))
        return self._known[state]

    def _states(self, state: _State) -> Iterator[_State]:
        steps, (step, came) = self._model.steps, state
        by_rules = set(self._by_rules(int(steps.next_rules[step]), came))
        is_left = (
            steps.kind[step] in (StepKind.WORK, StepKind.DELAY, StepKind.FORK) and steps.is_passage[step]
        )
        sets = is_left or steps.kind[step] == StepKind.REOPEN or steps.responds[step]
        before = int(steps.shown_as[step]) if sets else came
        of_block = {goal for goal in self._all[step] if goal in self._goals(int(steps.next_rules[step]))}
        for goal in self._all[step]:
            if goal in by_rules or goal not in of_block:  # timers and branches ask no rules
                yield goal, before

    def _goals(self, block: int) -> set[int]:
        rules = self._model.rules
        return (
            set(rules.target[rules.first_row[block] : rules.first_row[block + 1]].tolist())
            if block >= 0
            else set()
        )

    def _by_rules(self, block: int, came: int) -> Iterator[int]:
        if block < 0:
            return
        rules = self._model.rules
        for row in range(int(rules.first_row[block]), int(rules.first_row[block + 1])):
            tests = range(int(rules.first_test[row]), int(rules.first_test[row + 1]))
            answers = [self._holds(test, came) for test in tests]
            if False in answers:
                continue
            yield int(rules.target[row])
            has_hazard = rules.first_hazard[row + 1] > rules.first_hazard[row]
            if rules.share[row] >= 1.0 and not has_hazard and all(answers):
                return

    def _holds(self, test: int, came: int) -> bool | None:
        """Whether a test holds; None where that depends on more than the step before."""
        rules = self._model.rules
        if rules.test_field[test] != Field.CAME_FROM:
            return None
        size, first = int(rules.test_size[test]), int(rules.test_argument[test])
        if size > 0:
            inside = came in rules.set_member[first : first + size].tolist()
        else:
            inside = bool(rules.test_low[test] <= came <= rules.test_high[test])
        return inside != bool(rules.test_negated[test])
