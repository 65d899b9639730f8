"""The rules about a ticket: shares, choices and spells of work, computed by hand."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest

from simlab.model.calendars import ALWAYS, calendar_of
from simlab.model.codes import Field, ShiftEnd
from simlab.model.ticket_rules import choose, delay_end, due, share, time_left, work_end
from tests.desks import model_of, one_step

OPEN = calendar_of(np.array([[480.0, 960.0], [1920.0, 2400.0]]), 0.0, 2880.0)
"""08:00 to 16:00 on two days."""
WITH_BREAK = calendar_of(np.array([[480.0, 720.0], [780.0, 960.0], [1920.0, 2400.0]]), 0.0, 2880.0)


def facts(hops: int = 0, difficulty: float = 1.0, priority: int = 0) -> list[float]:
    known = [0.0] * len(Field)
    known[Field.HOPS], known[Field.DIFFICULTY], known[Field.PRIORITY] = hops, difficulty, priority
    return known


def rules(*written: dict[str, Any]) -> Any:  # noqa: ANN401 - a table and the number of its block
    """Rule table of a scenario whose one step has these rules, and the block of the step."""
    scenario = one_step({"rate": "1/hour"}, "1 min", {"people": 1}, "1 day")
    scenario["demand"]["tickets"]["priority"] = {"P1": "50 %", "P2": "50 %"}
    scenario["routing"]["steps"]["work"]["next"] = list(written)
    model = model_of(scenario)
    return model, int(model.steps.next_rules[model.names.steps.index("work")])


def chosen(u: float, known: list[float], *written: dict[str, Any]) -> str:
    model, block = rules(*written)
    target = choose(model.rules, block, known, u, 0.0, model.calendars, [0])
    return str(model.names.steps[target])


class TestShares:
    THIRD: ClassVar[dict[str, Any]] = {"to": "resolved", "share": "20 %", "harder": 2}

    @pytest.mark.parametrize(("difficulty", "expected"), [(1.0, 0.2), (2.0, 1 / 3), (3.0, 0.5), (0.0, 1 / 9)])
    def test_odds_double_with_each_unit_of_difficulty(self, difficulty: float, expected: float) -> None:
        model, block = rules(self.THIRD, {"to": "cancelled"})
        row = int(model.rules.first_row[block])
        assert share(model.rules, row, facts(difficulty=difficulty)) == pytest.approx(expected)

    @pytest.mark.parametrize(("hops", "expected"), [(0, 0.46), (1, 0.54), (2, 0.66), (9, 0.66)])
    def test_share_by_hops_stays_at_its_last_value(self, hops: int, expected: float) -> None:
        model, block = rules(
            {"to": "resolved", "share": {"by_hops": ["46 %", "54 %", "66 %"]}}, {"to": "cancelled"}
        )
        row = int(model.rules.first_row[block])
        assert share(model.rules, row, facts(hops)) == expected


class TestChoices:
    @pytest.mark.parametrize(
        ("u", "target"),
        [(0.0, "resolved"), (0.29, "resolved"), (0.3, "cancelled"), (0.79, "cancelled"), (0.8, "work")],
    )
    def test_rules_take_their_shares_of_the_uniform_in_order(self, u: float, target: str) -> None:
        written = ({"to": "resolved", "share": "30 %"}, {"to": "cancelled", "share": "50 %"}, {"to": "work"})
        assert chosen(u, facts(), *written) == target

    @pytest.mark.parametrize(
        ("priority", "u", "target"), [(0, 0.1, "resolved"), (1, 0.1, "work"), (0, 0.5, "work")]
    )
    def test_rules_that_do_not_hold_take_nothing(self, priority: int, u: float, target: str) -> None:
        written = ({"to": "resolved", "share": "30 %", "when": {"priority": "P1"}}, {"to": "work"})
        assert chosen(u, facts(priority=priority), *written) == target


class TestSpells:
    """From 15:00 (900) on the first day; 60 min are left of the shift."""

    @pytest.mark.parametrize(
        ("policy", "work", "expected"),
        [
            (ShiftEnd.PAUSE, 90.0, (1950.0, 0.0, 0.0)),
            (ShiftEnd.FINISH, 90.0, (990.0, 0.0, 30.0)),
            (ShiftEnd.HAND_OVER, 90.0, (960.0, 30.0, 0.0)),
            (ShiftEnd.PAUSE, 60.0, (960.0, 0.0, 0.0)),
            (ShiftEnd.FINISH, 60.0, (960.0, 0.0, 0.0)),
            (ShiftEnd.HAND_OVER, 60.0, (960.0, 0.0, 0.0)),
        ],
    )
    def test_spell_ends_by_the_policy(
        self, policy: ShiftEnd, work: float, expected: tuple[float, float, float]
    ) -> None:
        assert work_end(OPEN, OPEN, 960.0, policy, 900.0, work) == expected

    @pytest.mark.parametrize("policy", list(ShiftEnd))
    def test_a_break_is_no_end_of_the_shift(self, policy: ShiftEnd) -> None:
        assert work_end(WITH_BREAK, OPEN, 720.0, policy, 700.0, 60.0) == (820.0, 0.0, 0.0)


class TestClocks:
    def test_due_and_time_left_are_inverse(self) -> None:
        assert due(OPEN, 900.0, 120.0) == 1980.0
        assert time_left(OPEN, 930.0, 1980.0) == 90.0

    def test_no_target_is_never_due(self) -> None:
        assert due(OPEN, 900.0, math.inf) == math.inf
        assert time_left(OPEN, 900.0, math.inf) == math.inf

    def test_a_clock_that_ran_out_has_nothing_left(self) -> None:
        assert (time_left(OPEN, 980.0, 970.0), time_left(OPEN, 970.0, 970.0)) == (-1.0, 0.0)

    def test_a_delay_runs_on_one_calendar_and_ends_on_another(self) -> None:
        board = calendar_of(np.array([[2000.0, 2060.0]]), 0.0, 2880.0)
        assert delay_end(OPEN, board, 900.0, 900.0, 90.0) == 2000.0
        assert delay_end(OPEN, board, 900.0, 900.0, 150.0) == 2010.0
        assert delay_end(OPEN, board, 900.0, 900.0, 250.0) == math.inf

    def test_a_delay_counted_from_an_earlier_instant_ends_earlier_but_not_before_now(self) -> None:
        assert delay_end(ALWAYS, ALWAYS, 900.0, 700.0, 250.0) == 950.0
        assert delay_end(ALWAYS, ALWAYS, 900.0, 700.0, 150.0) == 900.0
