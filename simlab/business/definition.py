"""Experiment files of business cases: what a change would cost and give, and when it is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias, cast

from pydantic import BeforeValidator, Field, WithJsonSchema

from simlab import units
from simlab.business.amounts import Amount, Assumption, Kind, read_assumption
from simlab.business.correlations import Correlated, Correlation, read_correlations
from simlab.errors import InvalidInput, Problem
from simlab.experiments.definition import Alternative, Experiment, ExperimentFile, read_experiment
from simlab.experiments.demand_growth import Growth as DemandGrowth
from simlab.experiments.demand_growth import at_growth, read_demand
from simlab.experiments.study import Mistakes
from simlab.model.load import LoadedScenario
from simlab.scenario.nodes import MapNode, get_path, place_of
from simlab.scenario.quantities import Growth, Name, PositiveInt, Share
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.scenario import Evidence
from simlab.scenario.suggestions import remedy_for_unknown
from simlab.units import format_count

Benefit = Literal["cash", "capacity", "users"]
Measure = Literal["npv", "roi", "irr", "payback", "discounted_payback"]

LONGEST_HORIZON: Final = 50
FEWEST_DRAWS: Final = 100
MOST_DRAWS: Final = 200_000


def parse_years(written: object) -> int:
    """Read ``5 years`` or ``1 year``; ValueError otherwise."""
    match = re.fullmatch(r"\s*([0-9]{1,3})\s*years?\s*", written) if isinstance(written, str) else None
    if match is None or not 1 <= int(match[1]) <= LONGEST_HORIZON:
        raise ValueError(
            f"whole years are expected here, at most {LONGEST_HORIZON} -> write it like '5 years'"
        )
    return int(match[1])


Years: TypeAlias = Annotated[
    int,
    BeforeValidator(parse_years),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\s*[0-9]+\s*years?\s*$",
            "description": "A number of years.",
            "examples": ["5 years"],
        }
    ),
]
"""Whole years, 1 or more."""


class ReleasedHour(Block):
    """What an hour is worth in which people are paid but have no ticket to work on any more."""

    worth: Amount
    """Such as the cost of an hour: ``45 EUR/hour``, or a distribution."""
    cashable: Amount
    """Share of the released hours that saves money, since overtime, contractors or posts fall away: ``30 %``.
    The rest is capacity for other work, which is told apart and saves no money."""


class CaseCosts(Block):
    """What the proposal costs beside what its scenario states."""

    one_off: dict[Name, Amount] = Field(default={})
    """Paid at the start, by name: ``training: 8000 EUR``, or a distribution."""
    running: dict[Name, Amount] = Field(default={})
    """Paid every year in full, by name: ``licences: 900 EUR/month``, or a distribution."""


class BusinessCaseExperiment(ExperimentFile):
    """Works out what a change is worth over years."""

    experiment: Literal["business_case"]
    """``business_case``."""
    replications: PositiveInt = 20
    """Independent runs without and with the proposal; both meet the same tickets."""
    proposal: Alternative
    """The change whose worth is asked for."""
    do_nothing: Alternative = Field(default=Alternative())
    """What happens without it; the scenario as it is where not given."""
    horizon: Years
    """Years that count after the start: ``5 years``."""
    discount_rate: Amount
    """Rate a year at which later money is worth less: ``8 %``, or a distribution."""
    ramp: tuple[Share, ...] = Field(default=(1.0,), min_length=1)
    """Share of the full benefit that is reached in the first year, the second and so on; the last one
    stays."""
    growth: tuple[DemandGrowth, ...] = Field(default=(0.0,), min_length=1)
    """How much more demand than that of the scenario there is in the first year, the second and so on; the
    last one stays: ``[0 %, 5 %, 10 %]``. Each is simulated, without and with the proposal."""
    demand: tuple[str, ...] = ()
    """Key paths of the rates that grow; all arrival rates where not given."""
    realised: Amount = "100 %"
    """Share of the simulated benefit that is counted on, for what the scenario does not know: ``90 %``."""
    price_growth: Growth = 0.0
    """How all amounts after the first year grow: ``2 %/year``. Leave it out with a rate in constant
    prices."""
    costs: CaseCosts = CaseCosts()
    """Costs beside those that the scenario states."""
    benefits: dict[Name, Amount] = Field(default={})
    """Further savings of money a year, by name, such as ``retired_tool: 3000 EUR/year``."""
    released_hour: ReleasedHour | None = None
    """What a released hour is worth; such hours are not valued where not given."""
    waiting_user: dict[Name, Amount] = Field(default={})
    """What an hour is worth in which a user waits, by priority: ``P1: 60 EUR/hour``. The hours are business
    hours from creation to resolution. Nothing is assumed where it is not given."""
    downtime: dict[Name, Amount] = Field(default={})
    """What an hour is worth in which a service is down, by priority: from creation to resolution, at any time
    of day. Nothing is assumed where it is not given."""
    counts: tuple[Benefit, ...] = Field(default=("cash",), min_length=1)
    """Benefits that the figures count: ``cash``, ``capacity`` (released hours that save no money), ``users``
    (waiting and downtime). The others are told beside."""
    accept_if: tuple[str, ...] = ("npv >= 0 with 90 %",)
    """Rules that must all hold: ``npv >= 20000 EUR with 90 %``, ``roi >= 50 %``, ``irr >= 12 % with 80 %``,
    ``payback <= 2 years``, ``discounted_payback <= 3 years``; with 50 % of the draws where not said."""
    correlations: tuple[Correlated, ...] = ()
    """Uncertain amounts that go together; others are independent of each other."""
    draws: PositiveInt = 10_000
    """Draws of all that is uncertain together."""
    evidence: dict[str, Evidence] = Field(default={})
    """Where an amount comes from, by its key path in this file: ``costs.one_off.training: {kind:
    measured}``."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition under which a case is accepted."""

    text: str
    measure: Measure
    is_lower: bool
    """Whether the bound is the least value, else the greatest."""
    bound: float
    share: float
    """Share of the draws that must hold it."""


@dataclass(frozen=True, slots=True)
class CasePlan:
    """A business case that holds no mistakes."""

    experiment: Experiment[BusinessCaseExperiment]
    levels: Mapping[float, tuple[LoadedScenario, LoadedScenario]]
    """Without and with the proposal, by the growth of the demand; in the order in which they come."""
    assumptions: Mapping[str, Assumption]
    """By key path."""
    correlations: tuple[Correlation, ...]
    rules: tuple[Rule, ...]
    currency: str
    seed: int
    replications: int

    @property
    def base(self) -> LoadedScenario:
        """The scenario without the proposal, at the demand of the first year."""
        return next(iter(self.levels.values()))[0]

    @property
    def proposal(self) -> LoadedScenario:
        """The scenario with the proposal, at the demand of the first year."""
        return next(iter(self.levels.values()))[1]

    @property
    def growth(self) -> tuple[float, ...]:
        """How much more demand there is in each year, the first one first."""
        stated = self.experiment.file.growth
        return tuple(stated[min(year, len(stated) - 1)] for year in range(self.experiment.file.horizon))

    def of(self, group: str) -> dict[str, Assumption]:
        """Return the assumptions below a key, by the rest of their path."""
        return {
            path.removeprefix(f"{group}."): each
            for path, each in self.assumptions.items()
            if path.startswith(f"{group}.")
        }

    def ramp(self, year: int) -> float:
        """Return the share of the full benefit in a year, counted from 1."""
        shares = self.experiment.file.ramp
        return shares[min(year, len(shares)) - 1]


_GROUPS: Final[Mapping[str, Kind]] = {
    "costs.one_off": "money",
    "costs.running": "money a year",
    "benefits": "money a year",
    "waiting_user": "money an hour",
    "downtime": "money an hour",
}
_SINGLE: Final[Mapping[str, Kind]] = {
    "discount_rate": "share",
    "realised": "share",
    "released_hour.worth": "money an hour",
    "released_hour.cashable": "share",
}
_RULE: Final = re.compile(
    r"(npv|roi|irr|payback|discounted_payback)\s*(>=|<=)\s*([^\s].*?)(?:\s+with\s+([0-9.]+\s*%))?"
)


def read_case(path: Path | str, replications: int | None = None, seed: int | None = None) -> CasePlan:
    """Read a business case and the scenarios that it names; InvalidInput tells all mistakes."""
    experiment = read_experiment(path, BusinessCaseExperiment)
    file = experiment.file
    base = experiment.with_change(file.do_nothing, "do_nothing")
    proposal = experiment.with_change(file.proposal, "proposal")
    mistakes = Mistakes(experiment)
    currencies: dict[str, str] = {}
    for loaded in (base, proposal):
        if loaded.model.money.currency:
            currencies.setdefault(loaded.model.money.currency, str(loaded.path or loaded.name))
    if len(currencies) > 1:
        message = "do_nothing and the proposal must have one currency"
        mistakes.note("proposal", message, found=" and ".join(currencies))
    found: dict[str, Assumption] = {}
    for where, kind in _asked(experiment.node):
        node = get_path(experiment.node, where)
        each = mistakes.attempt(partial(read_assumption, where, node, kind, currencies), None)
        if each is not None:
            found[where] = each
    found.setdefault("realised", Assumption("realised", "share", 1.0))
    _check(mistakes, file, base)
    correlations = read_correlations(mistakes, file.correlations, found)
    demand = read_demand(mistakes, experiment.node, base, file.demand, file.growth)
    for where in file.evidence:
        if where not in found:
            remedy = remedy_for_unknown(where, found)
            mistakes.note(f"evidence.{where}", "there is no amount at this key path", remedy)
    rules = [
        mistakes.attempt(partial(_rule, text, f"accept_if.{number}", experiment.node, currencies), None)
        for number, text in enumerate(file.accept_if)
    ]
    if not currencies:
        mistakes.note("experiment", "nothing has a price", "state costs in the scenario, or amounts here")
    mistakes.tell()
    told = proposal.label if proposal.label != base.label else experiment.name
    named = (
        replace(base, label=file.do_nothing.label or base.label),
        replace(proposal, label=file.proposal.label or told),
    )
    return CasePlan(
        experiment,
        {growth: _at(named, demand, growth) for growth in file.growth[: file.horizon]},
        found,
        correlations,
        tuple(rule for rule in rules if rule is not None),
        next(iter(currencies)),
        file.seed if seed is None else seed,
        replications or file.replications,
    )


def _at(
    named: tuple[LoadedScenario, LoadedScenario], demand: tuple[str, ...], growth: float
) -> tuple[LoadedScenario, LoadedScenario]:
    base, proposal = (at_growth(each, demand, growth) for each in named)
    return base, proposal


def _asked(node: MapNode) -> Iterator[tuple[str, Kind]]:
    """Yield the key path of every amount in the file, with what it must be."""
    for path, kind in _SINGLE.items():
        if _has(node, path):
            yield path, kind
    for group, kind in _GROUPS.items():
        if _has(node, group):
            entries = get_path(node, group)
            assert isinstance(entries, MapNode)
            yield from ((f"{group}.{name}", kind) for name in entries.entries)


def _has(node: MapNode, path: str) -> bool:
    try:
        get_path(node, path)
    except InvalidInput:
        return False
    return True


def _check(mistakes: Mistakes, file: BusinessCaseExperiment, base: LoadedScenario) -> None:
    known = base.model.names.priorities
    for group in ("waiting_user", "downtime"):
        for name in getattr(file, group):
            if name not in known:
                message = "hours are valued by priorities of the scenario"
                mistakes.note(f"{group}.{name}", message, remedy_for_unknown(name, known))
    for name in set(file.waiting_user) & set(known):
        if base.model.money.user_waiting_per_hour[known.index(name)] > 0.0:
            message = "the scenario has a price for waiting users of this priority already"
            mistakes.note(f"waiting_user.{name}", message, "leave one of the two out: both would count")
    if not FEWEST_DRAWS <= file.draws <= MOST_DRAWS:
        mistakes.note(
            "draws", f"draws are from {FEWEST_DRAWS} to {format_count(MOST_DRAWS)}", found=str(file.draws)
        )


_MONEY_MEASURES: Final = ("npv",)
_TIME_MEASURES: Final = ("payback", "discounted_payback")


def _rule(text: str, path: str, root: MapNode, currencies: dict[str, str]) -> Rule:
    """Read a rule such as ``npv >= 20000 EUR with 90 %``."""
    place = place_of(root, path)
    match = _RULE.fullmatch(text.strip())
    if match is None:
        message = "a rule says a figure, its bound and how sure it must be"
        raise InvalidInput(Problem(message, path, place, text, "write it like 'npv >= 0 with 90 %'"))
    measure, sign, bound, share = match.groups()
    if (sign == ">=") == (measure in _TIME_MEASURES):
        worse = "more" if measure in _TIME_MEASURES else "less"
        remedy = f"write {measure} {'<=' if sign == '>=' else '>='} {bound}"
        raise InvalidInput(Problem(f"{worse} is worse for {measure}", path, place, text, remedy))
    try:
        number = _bound(measure, bound, currencies)
        needed = 0.5 if share is None else units.parse_share(share)
    except ValueError as refusal:
        rule, _, remedy = str(refusal).partition(" -> ")
        raise InvalidInput(Problem(rule, path, place, text, remedy or None)) from None
    return Rule(text.strip(), cast(Measure, measure), sign == ">=", number, needed)


def _bound(measure: str, text: str, currencies: dict[str, str]) -> float:
    if measure in _TIME_MEASURES:
        match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*years?", text)
        if match is None:
            raise ValueError("years are expected here -> write them like '2.5 years'")
        return float(match[1])
    if measure not in _MONEY_MEASURES:
        match = re.fullmatch(r"([+-]?[0-9]+(?:\.[0-9]+)?)\s*%", text)
        if match is None:
            raise ValueError("a share is expected here -> write it like '12 %'")
        return float(match[1]) / 100.0
    if text == "0":
        return 0.0
    sign = -1.0 if text.startswith("-") else 1.0
    money = units.parse_money(text.removeprefix("-").strip())
    if currencies and money.currency not in currencies:
        raise ValueError(f"a business case has one currency -> write it in {next(iter(currencies))}")
    return sign * money.amount
