"""The shipped example of continual improvement: too little and too much of it cost, by paired intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from simlab.engines.simpy_desk import SimpyEngine
from simlab.metrics.summary import summarise
from simlab.model.load import load
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import ListNode, get_path, to_plain
from simlab.statistics.intervals import mean_interval

ROOT: Final = Path(__file__).parents[2]
SCENARIO: Final = ROOT / "scenarios" / "improvement.yaml"
SWEEP: Final = ROOT / "experiments" / "improvement_sweep.yaml"
KNOB: Final = "feedback.improvements.review.every"
BEST, TOO_MUCH, TOO_LITTLE = "4 days", "18 h", "60 days"
REPLICATIONS: Final = 6
RESPONSES: Final = ("resolution_mean[kind=incident]", "cost_per_week")


def figures(every: str) -> dict[str, list[float]]:
    """Responses of replications in which improvement is reviewed every so often."""
    model = load(SCENARIO, assignments=(f"{KNOB}={every}",)).model
    runs = [summarise(model, SimpyEngine().run(model, 1, number)) for number in range(REPLICATIONS)]
    return {name: [run.of(name) for run in runs] for name in RESPONSES}


@pytest.mark.slow
def test_the_best_amount_of_improvement_lies_between_too_little_and_too_much() -> None:
    best = figures(BEST)
    for other in (TOO_MUCH, TOO_LITTLE):
        worse = figures(other)
        for name in RESPONSES:
            differences = [one - two for one, two in zip(worse[name], best[name], strict=True)]
            interval = mean_interval(differences, confidence=0.99)
            assert interval.low > 0.0, f"{name}: {other} against {BEST}"


def test_the_shipped_sweep_tries_the_best_amount_and_some_on_both_sides() -> None:
    node = get_path(parse_document(SWEEP.read_text(encoding="utf-8"), SWEEP.name), ("vary", KNOB))
    assert isinstance(node, ListNode)
    tried = [to_plain(item) for item in node.items]
    assert tried.index(TOO_MUCH) < tried.index(BEST) < tried.index(TOO_LITTLE)
