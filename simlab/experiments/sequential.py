"""Running until chosen responses are precise enough: ``resolution_mean 5 %``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Unpack

from simlab.errors import InvalidInput, Place, Problem
from simlab.experiments.runner import RunOptions, run_all
from simlab.experiments.runs import ScenarioRun
from simlab.metrics.responses import Response, parse_response, resolve_response
from simlab.statistics.intervals import Estimate, replications_for
from simlab.statistics.stopping import Decision, PrecisionGoal, StoppingRule, Verdict
from simlab.units import parse_duration

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario

MOST_REPLICATIONS: Final = 200
"""The maximum where nobody says otherwise."""

_GOAL: Final = re.compile(r"\s*(?P<response>\w+(?:\s*\[[^\]]*\])?)\s+(?P<size>\S.*?)\s*")
_SIZE: Final = re.compile(r"±?\s*(?P<number>[0-9]*\.?[0-9]+)\s*(?P<unit>\S.*)?")
_EXAMPLE: Final = "write it like 'resolution_mean 5 %' or 'resolve_attainment[priority=P1] 1 point'"


@dataclass(frozen=True, slots=True)
class GoalReached:
    """How precise one response came out."""

    response: Response
    goal: PrecisionGoal
    estimate: Estimate
    needed: int | None
    """Forecast of the replications needed in all; None where it cannot be told."""

    @property
    def wanted(self) -> float:
        """Half-width wanted, in the unit of the response."""
        if self.goal.absolute is not None:
            return self.goal.absolute
        return (self.goal.relative or 0.0) * abs(self.estimate.value)

    @property
    def is_reached(self) -> bool:
        """Whether the half-width is at most the one wanted."""
        return self.needed is not None and self.needed <= self.estimate.n


@dataclass(frozen=True, slots=True)
class PreciseRun:
    """A run with a stopping rule, and how it ended."""

    run: ScenarioRun
    rule: StoppingRule
    decision: Decision
    goals: tuple[GoalReached, ...]
    """In the order of the rule."""

    @property
    def is_precise(self) -> bool:
        """Whether every goal was reached."""
        return self.decision.verdict is Verdict.PRECISE

    @property
    def still_needed(self) -> int | None:
        """Forecast of how many more replications all goals need; None where it cannot be told."""
        return self.decision.still_needed


def run_until_precise(
    loaded: LoadedScenario, rule: StoppingRule, confidence: float = 0.95, **options: Unpack[RunOptions]
) -> PreciseRun:
    """Run a scenario until a rule stops it.

    Replications come in blocks, each block on all workers; those that the store has are read instead. The
    looks do not depend on how many there are already, so a run that goes on stops where it would have.

    Parameters
    ----------
    loaded
        The scenario; it must have the rule's responses.
    rule
        What precision is wanted, and between how many replications.
    confidence
        Nominal coverage of the intervals.
    options
        As in `simlab.experiments.runner.run_all`; ``replications`` is the rule's business.
    """
    for goal in rule.goals:
        resolve_response(goal.response, loaded.model, "precision")
    names = [goal.response for goal in rule.goals]
    decisions: list[Decision] = []

    def look(runs: tuple[ScenarioRun, ...]) -> int:
        decisions.append(rule.decide(runs[0].n, runs[0].estimates(confidence, names)))
        return decisions[-1].run_next

    options["replications"] = rule.minimum
    (run,) = run_all([loaded], **options, more_after=look)
    estimates = run.estimates(confidence, names)
    return PreciseRun(run, rule, decisions[-1], tuple(_reached(goal, estimates) for goal in rule.goals))


def _reached(goal: PrecisionGoal, estimates: Mapping[str, Estimate]) -> GoalReached:
    estimate = estimates[goal.response]
    needed = replications_for(estimate, relative=goal.relative, absolute=goal.absolute)
    return GoalReached(parse_response(goal.response), goal, estimate, needed)


def parse_goal(text: str) -> PrecisionGoal:
    """Read a goal as ``resolution_mean 5 %``: a response and the half-width wanted of it.

    Raises
    ------
    InvalidInput
        When it cannot be read, or names no response of the catalogue.
    """
    match = _GOAL.fullmatch(text)
    if match is None:
        message = "a precision is a response and the radius wanted of its interval"
        raise InvalidInput(Problem(message, "--precision", found=text, remedy=_EXAMPLE))
    return goal_of(match["response"], match["size"], "--precision", Place(f"--precision {text}"))


def goal_of(name: str, written: object, path: str = "precision", place: Place | None = None) -> PrecisionGoal:
    """Make a goal of a response's name and the half-width wanted.

    ``5 %`` is a share of the value; a duration, an amount or a number is in the unit of the response; for a
    share, ``1 point`` is a percentage point.

    Raises
    ------
    InvalidInput
        When either cannot be read.
    """
    response = parse_response(name, path, place)

    def refusal(message: str, remedy: str) -> InvalidInput:
        return InvalidInput(Problem(message, path, place, str(written), remedy))

    match = _SIZE.fullmatch(str(written).strip())
    if match is None or float(match["number"]) <= 0.0:
        raise refusal("a precision is a radius above 0", _EXAMPLE)
    number, unit = float(match["number"]), match["unit"] or ""
    if response.metric.unit == "share":
        if unit not in ("point", "points"):
            said = "'%' of a share may mean points or a part of it" if unit == "%" else "a share has points"
            raise refusal(said, f"write '{match['number']} points'")
        return PrecisionGoal(response.name, absolute=number / 100.0)
    if unit == "%":
        return PrecisionGoal(response.name, relative=number / 100.0)
    if response.metric.unit != "min":
        # Money may be written with its currency, a count with its unit.
        return PrecisionGoal(response.name, absolute=number)
    try:
        return PrecisionGoal(response.name, absolute=parse_duration(str(written)))
    except ValueError as error:
        message, _, remedy = str(error).partition(" -> ")
        raise refusal(message, remedy or _EXAMPLE) from None
