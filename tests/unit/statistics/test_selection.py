"""Selection of the best, and tests that allow repeated looks."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.errors import UsageError
from simlab.statistics.selection import (
    KimNelson,
    RepeatedLooks,
    Sign,
    fewest_to_show,
    share_at_least,
    share_at_most,
)


def test_factor_is_that_of_kim_and_nelson() -> None:
    # Ten alternatives, ten first replications: eta = ((2 * 0.05 / 9) ** (-2 / 9) - 1) / 2, h^2 = 2 * 9 * eta.
    eta = ((2 * 0.05 / 9) ** (-2 / 9) - 1) / 2

    assert KimNelson(1.0, 0.95, 10).factor(10) == pytest.approx(18 * eta)


def test_differences_that_do_not_vary_decide_at_the_first_look() -> None:
    noise = np.random.default_rng(1).normal(size=10)

    standing = KimNelson(0.1).standing([noise + 3.0, noise + 1.0, noise + 2.0])

    assert standing.alive == (1,)
    assert standing.is_decided
    assert standing.left_out_at == {0: 10, 2: 10}


def test_alternatives_closer_than_what_matters_end_as_a_tie_after_the_needed_replications() -> None:
    draws = np.random.default_rng(2)
    rule = KimNelson(1.0, 0.95, 5)
    values = [draws.normal(size=400), draws.normal(size=400)]
    needed = rule.standing([each[:5] for each in values]).needed

    early = rule.standing([each[: needed - 1] for each in values])
    late = rule.standing([each[:needed] for each in values])

    assert len(early.alive) == 1 or not early.is_decided
    assert late.is_decided


def test_alternative_that_may_not_judge_leaves_others_alone_and_can_be_left_out_itself() -> None:
    noise = np.zeros(10)

    standing = KimNelson(0.1).standing([noise + 1.0, noise + 2.0, noise + 3.0], judges=[1])

    assert standing.alive == (0, 1)
    assert not standing.is_decided or standing.needed <= 10


def test_choice_depends_on_the_replications_and_not_on_the_looks_at_them() -> None:
    draws = np.random.default_rng(3)
    values = [draws.normal(shift, 1.0, 300) for shift in (0.0, 0.3, 0.6, 1.0)]
    rule = KimNelson(0.3)
    at_once = rule.standing(values)
    alive = list(range(4))
    left_out: dict[int, int] = {}
    for n in range(10, 301):
        standing = rule.standing([values[i][:n] for i in alive], among=4)
        left_out |= {alive[i]: n for i in standing.left_out_at}
        alive = [alive[i] for i in standing.alive]

    assert tuple(alive) == at_once.alive
    assert left_out == dict(at_once.left_out_at)


@pytest.mark.parametrize(
    ("indifference", "confidence", "first", "told"),
    [(0.0, 0.95, 10, "above 0"), (1.0, 1.0, 10, "between 0 and 1"), (1.0, 0.95, 1, "2 replications")],
)
def test_rule_that_cannot_be_is_refused(
    indifference: float, confidence: float, first: int, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        KimNelson(indifference, confidence, first)


def test_looks_grow_geometrically_to_the_last() -> None:
    assert RepeatedLooks.between(3, 20).looks == (3, 5, 8, 13, 20)
    assert RepeatedLooks.between(3, 2).looks == (2,)


def test_sign_is_told_at_looks_alone() -> None:
    test = RepeatedLooks((3, 6))

    assert test.sign(np.array([5.0, 5.1, 4.9])) is Sign.ABOVE
    assert test.sign(np.array([-5.0, -5.1, -4.9])) is Sign.BELOW
    assert test.sign(np.array([5.0, 5.1, 4.9, 5.0])) is Sign.OPEN
    assert test.sign(np.array([5.0, -5.1, 4.9])) is Sign.OPEN
    assert test.after(3) == 6
    assert test.after(6) is None


@pytest.mark.parametrize(("value", "sign"), [(2.0, Sign.ABOVE), (-2.0, Sign.BELOW), (0.0, Sign.OPEN)])
def test_values_that_do_not_vary_are_what_they_are(value: float, sign: Sign) -> None:
    assert RepeatedLooks((3,)).sign(np.full(3, value)) is sign


def test_bounds_of_a_probability_are_clopper_and_pearsons() -> None:
    # All of n: the lower bound p has p ** n = 5 %.
    assert share_at_least(20, 20) == pytest.approx(0.05 ** (1 / 20))
    assert share_at_most(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20))
    assert share_at_least(0, 20) == 0.0
    assert share_at_most(20, 20) == 1.0
    assert fewest_to_show(0.9) == 29
    assert fewest_to_show(0.95) == 59
