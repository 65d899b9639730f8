"""The business case of a change: cash flows by year, their worth, how sure that is, what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Unpack

import numpy as np
from numpy.typing import NDArray

from simlab.business.amounts import Assumption
from simlab.business.cash_flow import (
    discounted,
    internal_rate_of_return,
    net_present_value,
    payback,
    return_on_investment,
)
from simlab.business.definition import CasePlan, Measure, Rule, read_case
from simlab.business.effects import (
    ONE_OFF,
    RELEASED,
    USERS,
    WeeklyEffects,
    one_off_cost,
    weekly_effects,
)
from simlab.engines.guards import DEFAULTS
from simlab.experiments.runner import run_all
from simlab.experiments.runs import ScenarioRun
from simlab.experiments.study import StudyOptions
from simlab.statistics.designs import latin_hypercube
from simlab.statistics.intervals import Estimate, mean_interval

Floats = NDArray[np.float64]
Part = Literal["one-off", "running", "cash", "capacity", "users"]

WEEKS_PER_YEAR: Final = 365.25 / 7.0
LEVELS: Final = (0.1, 0.5, 0.9)
"""What is told of everything uncertain: P10, P50 and P90."""
SIMULATION: Final = "simulation"
"""Name of the tornado's bar for what the replications leave open."""
MEASURES: Final[tuple[Measure, ...]] = ("npv", "roi", "irr", "payback", "discounted_payback")


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of money by year, all assumptions at their most likely values."""

    name: str
    """As in the experiment file, or a part of the scenario's cost."""
    part: Part
    amounts: tuple[float, ...]
    """At the start and at the end of each year; costs are negative."""
    is_cost: bool
    is_counted: bool
    """Whether the figures of the case count it."""


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
    base: ScenarioRun
    proposal: ScenarioRun
    lines: tuple[Line, ...]
    cumulated: tuple[Spread, ...]
    """Discounted money so far, at the start and at the end of each year."""
    figures: Mapping[Measure, Figure]
    chance: float
    """Share of the draws with a net present value above 0."""
    from_simulation: float
    """Share of the variance of the net present value that more replications would take away."""
    released_hours: Estimate
    """Paid hours a year without tickets that the full change adds."""
    yearly_cash: Spread
    """Money saved less running cost in the last year."""
    do_nothing: tuple[float, ...]
    """Running cost by year without the change, as the scenario states it; the first is 0."""
    bars: tuple[Bar, ...]
    """The longest first."""
    break_evens: tuple[BreakEven, ...]
    """The key assumption first."""
    verdicts: tuple[Judged, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether all rules hold."""
        return all(each.is_held for each in self.verdicts)

    @property
    def flows(self) -> tuple[float, ...]:
        """What the figures count, by year, all assumptions at their most likely values."""
        counted = [line.amounts for line in self.lines if line.is_counted]
        return tuple(float(sum(amounts)) for amounts in zip(*counted, strict=True))


def business_case(path: Path | str, **options: Unpack[StudyOptions]) -> BusinessCase:
    """Work out the business case of an experiment file.

    Parameters
    ----------
    path
        The experiment file (``experiment: business_case``).
    options
        As in `simlab.experiments.study.StudyOptions`.

    Raises
    ------
    InvalidInput
        With all mistakes in the experiment and the scenarios.
    """
    plan = read_case(path, options.get("replications"), options.get("seed"))
    base, proposal = run_all(
        [plan.base, plan.proposal],
        replications=plan.replications,
        seed=plan.seed,
        executor=options.get("executor"),
        jobs=options.get("jobs"),
        guards=options.get("guards", DEFAULTS),
        store=options.get("store"),
        progress=options.get("progress"),
    )
    return case_of(plan, base, proposal)


def case_of(plan: CasePlan, base: ScenarioRun, proposal: ScenarioRun) -> BusinessCase:
    """Work out a case from its two runs, which are paired."""
    effects = weekly_effects(base, proposal, tuple(plan.of("waiting_user")), tuple(plan.of("downtime")))
    sums = _Sums(plan, effects, one_off_cost(proposal) - one_off_cost(base))
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
    released = effects.saved[:, effects.names.index(RELEASED)] * WEEKS_PER_YEAR
    return BusinessCase(
        plan=plan,
        base=base,
        proposal=proposal,
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
        do_nothing=_yearly_cost(plan, base),
        bars=bars,
        break_evens=tuple(_break_evens(sums, bars)),
        verdicts=tuple(Judged(rule, _held(rule, sources["joint"][rule.measure])) for rule in plan.rules),
    )


class _Sums:
    """The arithmetic of a case, for many draws at once.

    Values of assumptions are (n,) or (1,) by key path, weekly savings (n, n_effects) or (1, n_effects).
    """

    def __init__(self, plan: CasePlan, effects: WeeklyEffects, one_off: float) -> None:
        file = plan.experiment.file
        self.plan = plan
        self.effects = effects
        self.one_off = one_off
        years = np.arange(1, file.horizon + 1)
        prices = (1.0 + file.price_growth) ** (years - 1)
        self.full = np.concatenate([[0.0], prices])
        """(n_years + 1,) what 1 a year amounts to."""
        self.ramped = np.concatenate([[0.0], prices * [plan.ramp(year) for year in years.tolist()]])
        self.counted = {"one-off", "running", *file.counts}

    def likely(self) -> dict[str, Floats]:
        """Return all assumptions at their most likely values."""
        return {path: np.array([each.base]) for path, each in self.plan.assumptions.items()}

    def drawn(self, n: int) -> dict[str, Floats]:
        """Return n draws of the assumptions, which are independent, from a Latin hypercube."""
        uncertain = [each for each in self.plan.assumptions.values() if each.is_uncertain]
        values = self.likely()
        if uncertain:
            shares = latin_hypercube(n, len(uncertain), self.plan.seed)
            values |= {each.path: each.at(shares[:, place]) for place, each in enumerate(uncertain)}
        return values

    def lines(self, values: Mapping[str, Floats], saved: Floats) -> Iterator[tuple[str, Part, bool, Floats]]:
        """Yield name, part, whether it is a cost, and amounts, shape (n, n_years + 1), of every line."""
        if self.one_off:
            yield ONE_OFF, "one-off", self.one_off > 0.0, self._at_start(np.array([-self.one_off]))
        for name in self.plan.of("costs.one_off"):
            yield name, "one-off", True, self._at_start(-values[f"costs.one_off.{name}"])
        for name in self.plan.of("costs.running"):
            yield name, "running", True, self._in_full(-values[f"costs.running.{name}"])
        for place, name in enumerate(self.effects.names):
            yield from self._effect(name, float(self.effects.mean[place]), saved[:, place], values)
        for name in self.plan.of("benefits"):
            yield name, "cash", False, self._reached(values[f"benefits.{name}"], values)

    def _effect(
        self, name: str, mean: float, saved: Floats, values: Mapping[str, Floats]
    ) -> Iterator[tuple[str, Part, bool, Floats]]:
        yearly = saved * WEEKS_PER_YEAR
        if name == RELEASED:
            yield from self._released(mean, yearly, values)
        elif name.partition(".")[0] in ("waiting_user", "downtime"):
            yield name, "users", mean < 0.0, self._reached(yearly * values[name], values, mean)
        elif mean != 0.0:
            part: Part = "users" if name == USERS else "running" if mean < 0.0 else "cash"
            yield name, part, mean < 0.0, self._reached(yearly, values, mean)

    def _released(
        self, mean: float, hours: Floats, values: Mapping[str, Floats]
    ) -> Iterator[tuple[str, Part, bool, Floats]]:
        """Released hours in part save money; hours that people need more never give money back."""
        if "released_hour.worth" not in values:
            return
        worth = hours * values["released_hour.worth"]
        cashable = values["released_hour.cashable"] if mean > 0.0 else np.array([0.0])
        if mean > 0.0:
            yield "released hours, cashable", "cash", False, self._reached(worth * cashable, values, mean)
        yield (
            "released hours, capacity",
            "capacity",
            mean < 0.0,
            self._reached(worth * (1.0 - cashable), values, mean),
        )

    def _at_start(self, amounts: Floats) -> Floats:
        flows: Floats = amounts[:, np.newaxis] * np.eye(1, len(self.full))
        return flows

    def _in_full(self, yearly: Floats) -> Floats:
        flows: Floats = yearly[:, np.newaxis] * self.full
        return flows

    def _reached(self, yearly: Floats, values: Mapping[str, Floats], mean: float = 1.0) -> Floats:
        """Benefits come as the ramp says, as far as they are realised; what gets dearer does so in full."""
        if mean < 0.0:
            return self._in_full(yearly)
        flows: Floats = (yearly * values["realised"])[:, np.newaxis] * self.ramped
        return flows

    def named(self, values: Mapping[str, Floats], saved: Floats) -> Iterator[Line]:
        """Yield the lines of one draw."""
        for name, part, is_cost, flows in self.lines(values, saved):
            amounts = tuple((flows[0] + 0.0).tolist())  # no -0
            yield Line(name, part, amounts, is_cost, part in self.counted)

    def flows(self, values: Mapping[str, Floats], saved: Floats) -> tuple[Floats, Floats]:
        """Return counted benefits and counted costs, both shape (n, n_years + 1), costs positive."""
        n = max(len(saved), *(len(each) for each in values.values()))
        benefits, costs = np.zeros((n, len(self.full))), np.zeros((n, len(self.full)))
        for _, part, is_cost, flows in self.lines(values, saved):
            if part not in self.counted:
                continue
            if is_cost:
                costs -= flows
            else:
                benefits += flows
        return benefits, costs

    def measures(self, values: Mapping[str, Floats], saved: Floats) -> dict[Measure, Floats]:
        """Return every measure, shape (n,)."""
        benefits, costs = self.flows(values, saved)
        net, rate = benefits - costs, values["discount_rate"]
        return {
            "npv": net_present_value(net, rate),
            "roi": return_on_investment(net_present_value(benefits, rate), net_present_value(costs, rate)),
            "irr": internal_rate_of_return(net),
            "payback": payback(net),
            "discounted_payback": payback(discounted(net, rate)),
        }

    def npv(self, values: Mapping[str, Floats], saved: Floats) -> float:
        """Return the net present value of one draw."""
        benefits, costs = self.flows(values, saved)
        return float(net_present_value(benefits - costs, values["discount_rate"])[0])

    def present(self, values: Mapping[str, Floats], saved: Floats) -> Floats:
        """Return the discounted net flows, shape (n, n_years + 1)."""
        benefits, costs = self.flows(values, saved)
        return discounted(benefits - costs, values["discount_rate"])

    def last_cash(self, values: Mapping[str, Floats], saved: Floats) -> Floats:
        """Return the money saved less running cost in the last year, shape (n,)."""
        return sum(
            (flows[:, -1] for _, part, _, flows in self.lines(values, saved) if part in ("running", "cash")),
            np.zeros(1),
        )


def _bars(sums: _Sums, simulated: Floats) -> Iterator[Bar]:
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


def _break_evens(sums: _Sums, bars: Sequence[Bar]) -> Iterator[BreakEven]:
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


def _yearly_cost(plan: CasePlan, run: ScenarioRun) -> tuple[float, ...]:
    """Running cost by year of a scenario; nothing without prices."""
    file = plan.experiment.file
    if not run.model.money.currency:
        return (0.0,) * (file.horizon + 1)
    yearly = float(np.mean(run.values("cost_per_week"))) * WEEKS_PER_YEAR
    return (0.0, *(yearly * (1.0 + file.price_growth) ** year for year in range(file.horizon)))


def _spread(values: Floats) -> Spread:
    """Return P10, P50 and P90; a value that does not exist counts as the worst."""
    known = np.where(np.isnan(values), -np.inf, values)
    if np.all(np.isfinite(known)):
        return Spread(*np.quantile(known, LEVELS).tolist())
    levels = np.quantile(known, LEVELS, method="inverted_cdf")
    return Spread(*np.where(np.isneginf(levels), np.nan, levels).tolist())


def _share_of_variance(simulation: Floats, assumptions: Floats) -> float:
    """Share of the first in the sum of two variances; 0 where nothing varies."""
    first, second = float(np.var(simulation)), float(np.var(assumptions))
    return first / (first + second) if first + second > 0.0 else 0.0


def _held(rule: Rule, values: Floats) -> float:
    """Return the share of the draws that hold a rule; what does not exist holds none."""
    holds = values >= rule.bound if rule.is_lower else values <= rule.bound
    return float(np.mean(np.broadcast_to(holds & ~np.isnan(values), np.shape(values))))
