"""The arithmetic of a business case: lines of money by year, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simlab.business.cash_flow import (
    discounted,
    internal_rate_of_return,
    net_present_value,
    payback,
    return_on_investment,
)
from simlab.business.correlations import correlated, correlation_matrix
from simlab.business.definition import CasePlan, Measure
from simlab.business.effects import ONE_OFF, RELEASED, USERS, WeeklyEffects
from simlab.statistics.designs import latin_hypercube
from simlab.units import WEEKS_PER_YEAR

Floats = NDArray[np.float64]
Part = Literal["one-off", "running", "cash", "capacity", "users"]


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


class Sums:
    """The arithmetic of a case, for many draws at once.

    Values of assumptions are (n,) or (1,) by key path, weekly savings (n, n_levels, n_effects) or
    (1, n_levels, n_effects), a level for each different demand.
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
        levels = list(plan.levels)
        self.level = np.array([0, *(levels.index(growth) for growth in plan.growth)])
        """(n_years + 1,) place of the demand of each year among the levels."""
        self.counted = {"one-off", "running", *file.counts}

    def likely(self) -> dict[str, Floats]:
        """Return all assumptions at their most likely values."""
        return {path: np.array([each.base]) for path, each in self.plan.assumptions.items()}

    def drawn(self, n: int) -> dict[str, Floats]:
        """Return n draws of the assumptions, from a Latin hypercube; correlated as the plan says."""
        uncertain = [path for path, each in self.plan.assumptions.items() if each.is_uncertain]
        values = self.likely()
        if uncertain:
            shares = latin_hypercube(n, len(uncertain), self.plan.seed)
            shares = correlated(shares, correlation_matrix(uncertain, self.plan.correlations))
            for place, path in enumerate(uncertain):
                values[path] = self.plan.assumptions[path].at(shares[:, place])
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
            yield from self._effect(name, self.effects.mean[:, place], saved[:, :, place], values)
        for name in self.plan.of("benefits"):
            yearly = values[f"benefits.{name}"] * values["realised"]
            yield name, "cash", False, yearly[:, np.newaxis] * self.ramped

    def _effect(
        self, name: str, mean: Floats, saved: Floats, values: Mapping[str, Floats]
    ) -> Iterator[tuple[str, Part, bool, Floats]]:
        """Yield the lines of one effect, given by level."""
        is_dearer = self._in_all(mean) < 0.0
        yearly = saved * WEEKS_PER_YEAR
        if name == RELEASED:
            yield from self._released(mean, yearly, values)
        elif name.partition(".")[0] in ("waiting_user", "downtime"):
            worth = yearly * values[name][:, np.newaxis]
            yield name, "users", is_dearer, self._reached(worth, values, mean)
        elif np.any(mean != 0.0):
            part: Part = "users" if name == USERS else "running" if is_dearer else "cash"
            yield name, part, is_dearer, self._reached(yearly, values, mean)

    def _released(
        self, mean: Floats, hours: Floats, values: Mapping[str, Floats]
    ) -> Iterator[tuple[str, Part, bool, Floats]]:
        """Released hours in part save money; hours that people need more never give money back."""
        if "released_hour.worth" not in values:
            return
        worth = hours * values["released_hour.worth"][:, np.newaxis]
        is_more = self._in_all(mean) > 0.0
        cashable = (values["released_hour.cashable"] if is_more else np.zeros(1))[:, np.newaxis]
        if is_more:
            cash = self._reached(worth * cashable, values, mean)
            yield "released hours, cashable", "cash", False, cash
        capacity = self._reached(worth * (1.0 - cashable), values, mean)
        yield "released hours, capacity", "capacity", self._in_all(mean) < 0.0, capacity

    def _in_all(self, mean: Floats) -> float:
        """Return the sum over the years of a mean by level."""
        return float(np.sum(mean[self.level] * self.full))

    def _at_start(self, amounts: Floats) -> Floats:
        flows: Floats = amounts[:, np.newaxis] * np.eye(1, len(self.full))
        return flows

    def _in_full(self, yearly: Floats) -> Floats:
        flows: Floats = yearly[:, np.newaxis] * self.full
        return flows

    def _reached(self, yearly: Floats, values: Mapping[str, Floats], mean: Floats) -> Floats:
        """Return amounts by year of what a year at each level brings, shape (n, n_levels).

        Benefits come as the ramp says, as far as they are realised; what gets dearer does so in full.
        """
        share = np.where(mean[self.level] < 0.0, self.full, values["realised"][:, np.newaxis] * self.ramped)
        flows: Floats = yearly[:, self.level] * share
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
