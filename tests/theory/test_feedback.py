"""Surveys and repeat contacts against exact expectations; see `tests.theory.agreement`."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm

from simlab.model.codes import Origin
from tests.desks import Run
from tests.theory.agreement import assert_all_agree

AT_BEST, SPREAD = 3.4, 1.1


def scored(**feedback: Any) -> dict[str, Any]:  # noqa: ANN401
    """Tickets that need nobody and no time, so that only customers make the difference."""
    return {
        "name": "feedback",
        "time": {"length": "110 h", "warm_up": "10 h"},
        "demand": {"tickets": {"arrivals": {"rate": "10/hour"}}},
        "feedback": {"score": {"at_best": AT_BEST, "spread": SPREAD}, "satisfied": ">= 4", **feedback},
        "routing": {"start": "pass", "steps": {"pass": {"wait": "0 min", "next": "resolved"}}},
    }


def mean_between(low: float, high: float) -> float:
    """Integral of a score, cut off at 1 and 5, over customers whose own score is between two values."""
    own = norm(AT_BEST, SPREAD)
    grid = np.linspace(norm.cdf(low, AT_BEST, SPREAD), norm.cdf(high, AT_BEST, SPREAD), 200_001)
    middle = (grid[:-1] + grid[1:]) / 2.0
    return float((np.clip(own.ppf(middle), 1.0, 5.0) * np.diff(grid)).sum())


def test_a_survey_that_the_angry_answer_is_worse_than_the_truth_by_as_much_as_expected() -> None:
    angry = float(norm.cdf(2.5, AT_BEST, SPREAD))
    answers = 0.6 * angry + 0.2 * (1.0 - angry)
    written = scored(survey={"response": [{"when": {"score": "<= 2.5"}, "share": "60 %"}, {"share": "20 %"}]})

    def heard(ran: Run) -> Any:  # noqa: ANN401
        return ran.logs.tickets.score[~np.isnan(ran.logs.tickets.answered)]

    assert_all_agree(
        written,
        {
            "all": mean_between(-np.inf, np.inf),
            "heard": (0.6 * mean_between(-np.inf, 2.5) + 0.2 * mean_between(2.5, np.inf)) / answers,
            "answers": answers,
            "satisfied": float(norm.sf(4.0, AT_BEST, SPREAD)),
        },
        {
            "all": lambda ran: float(np.nanmean(ran.logs.tickets.score)),
            "heard": lambda ran: float(heard(ran).mean()),
            "answers": lambda ran: len(heard(ran)) / len(ran.logs.tickets),
            "satisfied": lambda ran: float((ran.logs.tickets.score >= 4.0).mean()),
        },
        precision=0.03,
    )


def test_repeat_contacts_are_a_branching_process() -> None:
    """Each ticket makes another with chance p, that one too: 1/(1 - p) tickets for each need."""
    p = 0.7 * float(norm.cdf(3.0, AT_BEST, SPREAD))
    written = scored(
        repeat=[{"when": {"score": "<= 3"}, "share": "70 %", "after": {"exponential": "30 min"}}]
    )

    def since_warm_up(ran: Run) -> Any:  # noqa: ANN401
        return ran.logs.tickets.origin[ran.logs.tickets.created >= ran.model.warm_up]

    assert_all_agree(
        written,
        {"rate": 10.0 / (1.0 - p), "share": p},
        {
            "rate": lambda ran: len(since_warm_up(ran)) / 100.0,
            "share": lambda ran: float((since_warm_up(ran) == Origin.REPEAT).mean()),
        },
        precision=0.03,
    )
