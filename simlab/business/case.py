"""The business case of a change: cash flows by year, their worth, how sure that is, what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Unpack

import numpy as np
from numpy.typing import NDArray

from simlab.business.amounts import Assumption
from simlab.business.definition import CasePlan, Measure, Rule, read_case
from simlab.business.effects import (
    RELEASED,
    USERS,
    one_off_cost,
    weekly_effects,
)
from simlab.business.sums import Line, Sums
from simlab.engines.guards import DEFAULTS
from simlab.experiments.runner import run_all
from simlab.experiments.runs import ScenarioRun, require_whole
from simlab.experiments.study import SimulationOptions
from simlab.statistics.intervals import Estimate, mean_interval
from simlab.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]

LEVELS: Final = (0.1, 0.5, 0.9)
"""What is told of everything uncertain: P10, P50 and P90."""
SIMULATION: Final = "simulation"
"""Name of the tornado's bar for what the replications leave open."""
MEASURES: Final[tuple[Measure, ...]] = ("npv", "roi", "irr", "payback", "discounted_payback")


@dataclass(frozen=True, slots=True)
class Spread:
    """Quantiles of something uncertain."""

    low: float
    """One in ten draws lies below: P10."""
    median: float
    high: float
    """One in ten draws lies above: P90."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of the case. NaN where there is none, infinite for a payback that does not come."""

    base: float
    """All assumptions at their most likely values, effects at their simulated means."""
    joint: Spread
    """Of all that is uncertain."""
    simulation: Spread
    """Of what the replications leave open alone, assumptions at their most likely values."""
    assumptions: Spread
    """Of the assumptions alone, effects at their simulated means."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What one assumption does to the net present value, the others at their most likely values."""

    name: str
    low: float
    """Its P10; NaN for the simulation."""
    high: float
    npv_at_low: float
    npv_at_high: float

    @property
    def swing(self) -> float:
        """How far it moves the net present value."""
        return abs(self.npv_at_high - self.npv_at_low)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where an assumption would have to be for the net present value to be 0."""

    assumption: Assumption
    value: float
    """NaN where no possible value does it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule, and how the case stands to it."""

    rule: Rule
    share: float
    """Share of the draws that hold it."""

    @property
    def is_held(self) -> bool:
        """Whether enough draws hold it."""
        return self.share >= self.rule.share


@dataclass(frozen=True, slots=True)
class BusinessCase:
    """What a change costs and gives over years, against doing nothing."""

    plan: CasePlan
    runs: tuple[tuple[ScenarioRun, ScenarioRun], ...]
    """Without and with the proposal, by level of the demand as in the plan."""
    lines: tuple[Line, ...]
    cumulated: tuple[Spread, ...]
    """Discounted money so far, at the start and at the end of each year."""
    figures: Mapping[Measure, Figure]
    chance: float
    """Share of the draws with a net present value above 0."""
    from_simulation: float
    """Share of the variance of the net present value that is due to the simulation; NaN without variance."""
    released_hours: Estimate
    """Paid hours a year without tickets that the full change adds, on average over the years."""
    yearly_cash: Spread
    """Money saved less running cost in the last year."""
    do_nothing: tuple[float, ...]
    """Running cost by year without the change, as the scenario states it; the first is 0.

    What users bear is a part of it where the case counts it.
    """
    bars: tuple[Bar, ...]
    """The longest first."""
    break_evens: tuple[BreakEven, ...]
    """The key assumption first."""
    verdicts: tuple[Judged, ...]

    @property
    def base(self) -> ScenarioRun:
        """Without the proposal, at the demand of the first year."""
        return self.runs[0][0]

    @property
    def proposal(self) -> ScenarioRun:
        """With the proposal, at the demand of the first year."""
        return self.runs[0][1]

    @property
    def is_accepted(self) -> bool:
        """Whether all rules hold."""
        return all(each.is_held for each in self.verdicts)

    @property
    def flows(self) -> tuple[float, ...]:
        """What the figures count, by year, all assumptions at their most likely values."""
        counted = [line.amounts for line in self.lines if line.is_counted]
        return tuple(float(sum(amounts)) for amounts in zip(*counted, strict=True))


def business_case(path: Path | str, **options: Unpack[SimulationOptions]) -> BusinessCase:
    """Work out the business case of an experiment file.

    Parameters
    ----------
    path
        The experiment file (``experiment: business_case``).
    options
        As in `simlab.experiments.study.SimulationOptions`.

    Raises
    ------
    InvalidInput, UsageError
        With all mistakes in the experiment and the scenarios; when far too many tickets are expected.
    GateFailed
        When a replication was ended early.
    """
    plan = read_case(path, options.get("replications"), options.get("seed"))
    runs = run_all(
        [each for pair in plan.levels.values() for each in pair],
        replications=plan.replications,
        seed=plan.seed,
        executor=options.get("executor"),
        jobs=options.get("jobs"),
        cluster=options.get("cluster"),
        force=options.get("force", False),
        guards=options.get("guards", DEFAULTS),
        store=options.get("store"),
        progress=options.get("progress"),
    )
    return case_of(plan, tuple(zip(runs[::2], runs[1::2], strict=True)))


def case_of(plan: CasePlan, runs: tuple[tuple[ScenarioRun, ScenarioRun], ...]) -> BusinessCase:
    """Work out a case from its runs, without and with the proposal by level of the demand, all paired."""
    require_whole([run for pair in runs for run in pair], "a business case")
    effects = weekly_effects(runs, tuple(plan.of("waiting_user")), tuple(plan.of("downtime")))
    base, proposal = runs[0]
    sums = Sums(plan, effects, one_off_cost(proposal) - one_off_cost(base))
    likely, mean = sums.likely(), effects.mean[np.newaxis]
    n = plan.experiment.file.draws
    drawn, simulated = sums.drawn(n), effects.draws(n, plan.seed)
    sources = {
        "joint": sums.measures(drawn, simulated),
        "simulation": sums.measures(likely, simulated),
        "assumptions": sums.measures(drawn, mean),
    }
    central = sums.measures(likely, mean)
    bars = tuple(sorted(_bars(sums, sources["simulation"]["npv"]), key=lambda bar: -bar.swing))
    by_year = effects.saved[:, sums.level[1:], effects.names.index(RELEASED)]
    released = by_year.mean(axis=1) * WEEKS_PER_YEAR
    return BusinessCase(
        plan=plan,
        runs=runs,
        lines=tuple(sums.named(likely, mean)),
        cumulated=tuple(map(_spread, np.cumsum(sums.present(drawn, simulated), axis=-1).T)),
        figures={
            name: Figure(
                float(central[name][0]), **{key: _spread(each[name]) for key, each in sources.items()}
            )
            for name in MEASURES
        },
        chance=float(np.mean(sources["joint"]["npv"] > 0.0)),
        from_simulation=_share_of_variance(sources["simulation"]["npv"], sources["assumptions"]["npv"]),
        released_hours=mean_interval(released, 0.95),
        yearly_cash=_spread(sums.last_cash(drawn, simulated)),
        do_nothing=_yearly_cost(sums, [each for each, _ in runs]),
        bars=bars,
        break_evens=tuple(_break_evens(sums, bars)),
        verdicts=tuple(Judged(rule, _held(rule, sources["joint"][rule.measure])) for rule in plan.rules),
    )


def _bars(sums: Sums, simulated: Floats) -> Iterator[Bar]:
    likely, mean = sums.likely(), sums.effects.mean[np.newaxis]
    for path, each in sums.plan.assumptions.items():
        if not each.is_uncertain:
            continue
        low, high = each.at(np.array([LEVELS[0], LEVELS[-1]])).tolist()
        at_low, at_high = (sums.npv({**likely, path: np.array([value])}, mean) for value in (low, high))
        yield Bar(path, low, high, at_low, at_high)
    if sums.effects.n > 1:
        spread = _spread(simulated)
        yield Bar(SIMULATION, np.nan, np.nan, spread.low, spread.high)


def _break_evens(sums: Sums, bars: Sequence[Bar]) -> Iterator[BreakEven]:
    """Yield where the value is 0 for each assumption: those with the longest bars first, then the known ones.

    The net present value is linear in every assumption but the discount rate, whose break-even is the
    internal rate of return.
    """
    likely, mean = sums.likely(), sums.effects.mean[np.newaxis]
    npv = sums.npv(likely, mean)
    order = [bar.name for bar in bars if bar.name != SIMULATION]
    rest = [path for path in sums.plan.assumptions if path not in order]
    for path in (*order, *rest):
        each = sums.plan.assumptions[path]
        if path == "discount_rate":
            value = float(sums.measures(likely, mean)["irr"][0])
        else:
            step = 0.5 if each.kind == "share" and each.base > 0.5 else 1.0
            moved = each.base - step if each.base >= step else each.base + step
            slope = (sums.npv({**likely, path: np.array([moved])}, mean) - npv) / (moved - each.base)
            value = each.base - npv / slope if slope else np.nan
        yield BreakEven(each, value if each.holds(value) else np.nan)


def _yearly_cost(sums: Sums, runs: Sequence[ScenarioRun]) -> tuple[float, ...]:
    """Running cost by year of the scenario at the demand of each; nothing without prices.

    The time of users who wait is a part of it only where the case counts it, as in its cash flow.
    """
    if not runs[0].model.money.currency:
        return (0.0,) * len(sums.full)
    of_users = f"cost_{USERS}_per_week"
    weekly = [
        float(np.mean(run.values("cost_per_week")))
        - (0.0 if "users" in sums.counted else float(np.mean(run.values(of_users))))
        for run in runs
    ]
    levels = np.array(weekly) * WEEKS_PER_YEAR
    return tuple((levels[sums.level] * sums.full).tolist())


def _spread(values: Floats) -> Spread:
    """Return P10, P50 and P90; a value that does not exist counts as the worst."""
    known = np.where(np.isnan(values), -np.inf, values)
    if np.all(np.isfinite(known)):
        return Spread(*np.quantile(known, LEVELS).tolist())
    levels = np.quantile(known, LEVELS, method="inverted_cdf")
    return Spread(*np.where(np.isneginf(levels), np.nan, levels).tolist())


def _share_of_variance(simulation: Floats, assumptions: Floats) -> float:
    """Share of the first in the sum of two variances; NaN where nothing varies but by rounding."""
    first, second = float(np.var(simulation)), float(np.var(assumptions))
    rounding = (1e-9 * float(np.max(np.abs(simulation)))) ** 2
    return first / (first + second) if first + second > rounding else math.nan


def _held(rule: Rule, values: Floats) -> float:
    """Return the share of the draws that hold a rule; what does not exist holds none."""
    holds = values >= rule.bound if rule.is_lower else values <= rule.bound
    return float(np.mean(np.broadcast_to(holds & ~np.isnan(values), np.shape(values))))
