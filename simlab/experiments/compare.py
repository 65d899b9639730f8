"""Alternatives against a base, paired by replication under common random numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Unpack

from simlab.errors import UsageError
from simlab.experiments.estimates import estimate
from simlab.experiments.runner import RunOptions, run_all
from simlab.experiments.runs import ScenarioRun
from simlab.metrics.catalogue import Better, Metric
from simlab.metrics.responses import Response, parse_response
from simlab.statistics.comparison import ComparedAlternative, PairedDifference, compare_to_base
from simlab.statistics.intervals import Estimate

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario
    from simlab.model.tables import Model

Verdict = Literal["better", "worse", "higher", "lower", "not shown"]


@dataclass(frozen=True, slots=True)
class Change:
    """One response of one alternative, against the base."""

    alternative: str
    """Name of the alternative."""
    estimate: Estimate
    """The response of the alternative."""
    paired: PairedDifference
    """Alternative minus base; intervals hold for all alternatives of the response together."""
    adjusted_p: float
    """p value after Holm's correction for the number of alternatives."""
    verdict: Verdict
    """What is shown at the joint confidence: ``not shown`` unless the difference is significant; ``higher``
    and ``lower`` where neither direction is an improvement."""

    @property
    def is_significant(self) -> bool:
        """Whether a difference is shown."""
        return self.verdict != "not shown"


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One response of the base and of every alternative."""

    response: Response
    base: Estimate
    changes: tuple[Change, ...]
    """In the order of the alternatives."""

    @property
    def name(self) -> str:
        """Name of the response."""
        return self.response.name

    @property
    def metric(self) -> Metric:
        """Its metric: unit, meaning, direction."""
        return self.response.metric


@dataclass(frozen=True, slots=True)
class Comparison:
    """A base and its alternatives, response by response."""

    base: ScenarioRun
    alternatives: Mapping[str, ScenarioRun]
    rows: tuple[ComparisonRow, ...]
    """In the order of the catalogue; responses that only some of the scenarios have are left out."""
    confidence: float
    """Joint confidence of what is said about one response, over all alternatives."""

    def row(self, response: str) -> ComparisonRow:
        """Return the row of a response; KeyError when there is none."""
        try:
            return next(row for row in self.rows if row.name == response)
        except StopIteration:
            raise KeyError(response) from None

    @property
    def runs(self) -> tuple[ScenarioRun, ...]:
        """All runs, the base first."""
        return (self.base, *self.alternatives.values())


def compare(
    base: LoadedScenario,
    alternatives: Mapping[str, LoadedScenario],
    *,
    confidence: float = 0.95,
    responses: Sequence[str] | None = None,
    **options: Unpack[RunOptions],
) -> Comparison:
    """Run a base and its alternatives under common random numbers, and compare them.

    Parameters
    ----------
    base
        What the alternatives are compared with.
    alternatives
        Scenarios by the name under which they are told.
    confidence
        Joint confidence of what is said about one response, over all alternatives.
    responses
        Responses wanted; all where not given.
    options
        As in :func:`simlab.experiments.runner.run`. With ``controls``, those of the base serve all: scenarios
        meet the same tickets, and differences are then those of the estimates.
    """
    _refuse_two_currencies(base.model, {name: loaded.model for name, loaded in alternatives.items()})
    with_controls = options.pop("controls", False)
    runs = run_all([base, *alternatives.values()], **options)
    if with_controls:
        runs = _controlled_alike(runs)
    return compare_runs(runs[0], dict(zip(alternatives, runs[1:], strict=True)), confidence, responses)


def _controlled_alike(runs: Sequence[ScenarioRun]) -> tuple[ScenarioRun, ...]:
    """Give all runs the control variates of the first."""
    from simlab.experiments.controls import with_controls

    first = with_controls(runs[0])
    return (first, *(replace(run, controls=first.controls) for run in runs[1:]))


def compare_runs(
    base: ScenarioRun,
    alternatives: Mapping[str, ScenarioRun],
    confidence: float = 0.95,
    responses: Sequence[str] | None = None,
) -> Comparison:
    """Compare runs that share their seed and their replications, with the control variates of the base.

    Raises
    ------
    UsageError
        When there is no alternative, when replications cannot be paired, or with money of two currencies.
    """
    if not alternatives:
        raise UsageError("a comparison needs at least one alternative")
    ours = (base.seed, [summary.replication for summary in base.summaries])
    for name, run in alternatives.items():
        if (run.seed, [summary.replication for summary in run.summaries]) != ours:
            raise UsageError(
                f"'{name}' and the base have other seeds or replications: they cannot be paired\n"
                "    -> run both with the same --seed and --replications"
            )
    _refuse_two_currencies(base.model, {name: run.model for name, run in alternatives.items()})
    shared = [name for name in base.responses if all(name in run.responses for run in alternatives.values())]
    rows = tuple(
        _row(name, base, alternatives, confidence) for name in (shared if responses is None else responses)
    )
    return Comparison(base, alternatives, rows, confidence)


def _refuse_two_currencies(base: Model, alternatives: Mapping[str, Model]) -> None:
    for name, other in alternatives.items():
        currencies = base.money.currency, other.money.currency
        if all(currencies) and len(set(currencies)) > 1:
            raise UsageError(
                f"the base counts in {currencies[0]} and '{name}' in {currencies[1]}: their money cannot be "
                "compared\n    -> convert the amounts of one of them"
            )


def _row(
    name: str, base: ScenarioRun, alternatives: Mapping[str, ScenarioRun], confidence: float
) -> ComparisonRow:
    response = parse_response(name)
    values = {alternative: run.values(name) for alternative, run in alternatives.items()}
    compared = compare_to_base(base.values(name), values, confidence, base.controls)
    changes = tuple(
        Change(
            alternative=each.name,
            estimate=estimate(alternatives[each.name].summaries, name, confidence, base.controls),
            paired=each.paired,
            adjusted_p=each.adjusted_p,
            verdict=_verdict(each, response.metric.better),
        )
        for each in compared
    )
    return ComparisonRow(response, estimate(base.summaries, name, confidence, base.controls), changes)


def _verdict(compared: ComparedAlternative, better: Better) -> Verdict:
    direction = compared.direction
    if direction == "not shown" or math.isnan(compared.paired.difference.value):
        return "not shown"
    if better is Better.NEITHER:
        return direction
    return "better" if direction == better.value else "worse"
