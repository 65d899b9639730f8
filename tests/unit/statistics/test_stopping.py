from __future__ import annotations

import pytest

from simlab.errors import UsageError
from simlab.statistics.intervals import mean_interval, replications_for
from simlab.statistics.stopping import PrecisionGoal, StoppingRule, Verdict

WAIT = PrecisionGoal("wait", relative=0.05)
STEADY = mean_interval([10.0, 10.1] * 5)
NOISY = mean_interval([5.0, 15.0] * 5)


def test_looks_grow_geometrically_and_end_at_the_maximum() -> None:
    assert list(StoppingRule((WAIT,), minimum=10, maximum=60).looks()) == [10, 15, 23, 35, 53, 60]
    assert list(StoppingRule((WAIT,), minimum=10, maximum=10).looks()) == [10]
    assert list(StoppingRule((WAIT,), minimum=20, maximum=80, growth=2.0).looks()) == [20, 40, 80]


def test_rule_stops_when_every_response_is_precise() -> None:
    decision = StoppingRule((WAIT,)).decide(10, {"wait": STEADY, "cost": NOISY})
    assert (decision.verdict, decision.stop, decision.run_next, decision.still_needed) == (
        Verdict.PRECISE,
        True,
        0,
        0,
    )


def test_rule_goes_on_to_the_next_look_and_forecasts_while_a_response_is_not_precise() -> None:
    rule = StoppingRule((WAIT, PrecisionGoal("cost", absolute=1.0)))
    decision = rule.decide(10, {"wait": STEADY, "cost": NOISY})
    needed = replications_for(NOISY, absolute=1.0)
    assert needed is not None
    assert (decision.verdict, decision.stop, decision.run_next) == (Verdict.CONTINUE, False, 5)
    assert (decision.still_needed, decision.unmet) == (needed - 10, ("cost",))


def test_rule_never_stops_before_the_minimum() -> None:
    decision = StoppingRule((WAIT,), minimum=20).decide(10, {"wait": STEADY})
    assert (decision.stop, decision.run_next) == (False, 10)


def test_rule_tells_that_the_maximum_was_not_enough() -> None:
    decision = StoppingRule((WAIT,), maximum=10).decide(10, {"wait": NOISY})
    assert (decision.verdict, decision.stop, decision.run_next) == (Verdict.EXHAUSTED, True, 0)
    assert decision.unmet == ("wait",)


def test_response_that_half_of_the_replications_lack_needs_twice_as_many_of_them() -> None:
    with_gaps = mean_interval([5.0, 15.0, float("nan"), float("nan")] * 5)
    needed = replications_for(with_gaps, relative=0.05)
    assert needed is not None
    assert StoppingRule((WAIT,)).decide(20, {"wait": with_gaps}).still_needed == 2 * needed - 20


def test_response_without_interval_is_not_precise_and_has_no_forecast() -> None:
    decision = StoppingRule((WAIT,)).decide(10, {"wait": mean_interval([float("nan")] * 10)})
    assert (decision.verdict, decision.still_needed) == (Verdict.CONTINUE, None)


def test_rules_that_cannot_hold_are_refused() -> None:
    with pytest.raises(UsageError, match="10 <= minimum <= maximum; found minimum 5, maximum 1000"):
        StoppingRule((WAIT,), minimum=5)
    with pytest.raises(UsageError, match="at least one precision goal"):
        StoppingRule(())
    with pytest.raises(UsageError, match="growth between looks must be above 1"):
        StoppingRule((WAIT,), growth=1.0)
    with pytest.raises(UsageError, match="'wait' is either relative or absolute"):
        PrecisionGoal("wait", relative=0.1, absolute=1.0)
    with pytest.raises(UsageError, match="'wait' must be above 0"):
        PrecisionGoal("wait", absolute=-1.0)
    with pytest.raises(UsageError, match="no estimate of 'wait'; there are: cost"):
        StoppingRule((WAIT,)).decide(10, {"cost": NOISY})
