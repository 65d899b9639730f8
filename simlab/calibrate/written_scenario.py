"""The scenario of a fit: a file to read and change, with its data files, and where each number comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

import numpy as np

from simlab.calibrate.days_off import arrival_share, public_days
from simlab.calibrate.deadlines import CREATION
from simlab.calibrate.decisions import END, Timing
from simlab.calibrate.fit import Fitted
from simlab.calibrate.fit_times import FittedTime, minutes_text
from simlab.calibrate.names import CALENDAR, Names, names_of
from simlab.calibrate.paths import EPOCH
from simlab.calibrate.work_hours import HOURS_PER_WEEK, local_day
from simlab.calibrate.written_branches import (
    comes_to,
    leading_inside,
    steps_of_branches,
    teams_of_branches,
)
from simlab.calibrate.written_crews import skill_needed
from simlab.calibrate.written_decisions import arrival_calendars, decisions_of, start_of, ways_to
from simlab.calibrate.written_evidence import day_of, evidence_of
from simlab.calibrate.written_resolution import tell_resolution
from simlab.calibrate.written_rules import chosen, conditions_of, rules_of, shares_of
from simlab.calibrate.written_staffing import staffing_of, team_calendars
from simlab.calibrate.yaml_text import Named, block, flow
from simlab.model.calendar_rules import MONTHS
from simlab.model.wall_clock import WallClock
from simlab.results.export import csv_text
from simlab.scenario.schema.routing import CREATED

STREAM: Final = "tickets"
TIMES_FILE: Final = "times.csv"
WEEK_FILE: Final = "arrivals_week.csv"
SCENARIO_FILE: Final = "scenario.yaml"
TOUCH_CV: Final = 1.0
LEAST_FACTOR: Final = 0.0001
PRIOR_CASES: Final = 20.0
"""Cases that the shares of all classes are worth in those of each."""
WARM_UP_WEEKS: Final = 4
LENGTH_WEEKS: Final = 17
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = tuple(month[:3] for month in MONTHS)
MOST_REPEATED: Final = 8_000
"""Values that a scenario may repeat by aliases, about."""
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WrittenScenario:
    """A scenario as files, and what its steps stand for."""

    files: Mapping[str, str]
    """Text of each file by its name; the scenario itself is `SCENARIO_FILE`."""
    activity_of: Mapping[str, int]
    """Activity that a visit to a step stands for."""
    transition_of: Mapping[str, int]
    """Transition that a wait stands for."""
    team_of: Mapping[str, int]
    """Team whose work a step is."""
    in_branches: frozenset[str]
    """Of those that stand for activities, the ones within branches."""
    leads_to: Mapping[str, int]
    """Activity within branches that a step stands for, or leads to by a wait or by work."""
    begins: frozenset[str]
    """Waits with which branches begin that are measured since the first of them began."""
    to_blocks: frozenset[str]
    """Waits that lead to blocks of branches."""


@dataclass(slots=True)
class _Steps:
    """Steps under construction, and the times that go to the data file."""

    fitted: Fitted
    names: Names
    columns: dict[str, list[float]] = field(default_factory=dict)

    def time(self, timing: Timing, name: str) -> object:
        """Return how long something takes: one distribution, or one for each leaf."""
        if len(timing.leaves) == 1:
            return self._one(timing.times[0], name)
        rules = []
        for number, (leaf, time) in enumerate(zip(timing.leaves, timing.times, strict=True)):
            is_rest = number == len(timing.leaves) - 1
            conditions = {} if is_rest else conditions_of(leaf, timing.features, timing.seen, self.names)
            rules.append({**conditions, "time": self._one(time, f"{name}_{number + 1}")})
        return rules

    def _one(self, time: FittedTime, column: str) -> object:
        if time.written is not None:
            return time.written
        self.columns[column] = [float(f"{value:.6g}") for value in time.slices]
        return {"empirical": {"file": TIMES_FILE, "column": column, "unit": "min"}}


def write_scenario(
    fitted: Fitted,
    name: str,
    *,
    source: str = "the log",
    waiting: Sequence[str] = (),
    finished: Sequence[str] = (),
) -> WrittenScenario:
    """Return the scenario of a fit.

    Parameters
    ----------
    name, source
        What the scenario is called, and what its evidence names as the source of what was measured.
    waiting, finished
        Activities after which the ticket waits for somebody outside, where the clock of the resolution target
        stands still, and those with which it is resolved, though it may still be closed or come back.
    """
    names = names_of(fitted)
    making = _Steps(fitted, names)
    steps = _team_steps(making) | decisions_of(fitted, names) | _markers(making)
    steps |= _transitions(making, waiting)
    tell_resolution(fitted, names, steps, finished)
    if fitted.chain.branching:
        steps |= steps_of_branches(fitted, names, lambda activity: _work(making, activity, {}))
    scenario: Plain = {"name": name, "time": _time(fitted), "calendars": _calendars(fitted, names)}
    if names.priorities:
        scenario["priorities"] = list(names.priorities)
    scenario["demand"] = {STREAM: _demand(fitted, names)}
    scenario["staffing"] = staffing_of(fitted, names)
    scenario["routing"] = {"start": start_of(fitted), "steps": steps}
    scenario["evidence"] = evidence_of(fitted, names, source)
    files = {SCENARIO_FILE: _text(scenario, fitted, source), WEEK_FILE: _week(fitted)}
    if making.columns:
        files[TIMES_FILE] = csv_text(making.columns)
    branching = fitted.chain.branching
    present = [code for code in np.unique(branching.paths.activity).tolist() if branching.original[code] >= 0]
    worked = {step: number for number, step in enumerate(names.at_team)} | teams_of_branches(fitted, names)
    return WrittenScenario(
        files,
        {names.activities[code]: int(branching.original[code]) for code in present},
        {step: number for number, step in enumerate(names.transitions) if number},
        worked,
        frozenset(names.activities[code] for code in present if branching.is_inside[code]),
        leading_inside(fitted, names),
        frozenset(
            names.transitions[number]
            for number, each in enumerate(fitted.chain.transitions, start=1)
            if branching.is_timed_from_first[each.source]
        ),
        frozenset(
            names.transitions[number]
            for number, each in enumerate(fitted.chain.transitions, start=1)
            if branching.is_whole[each.target]
        ),
    )


def _calendars(fitted: Fitted, names: Names) -> Plain:
    """Return the calendars of work, of waits, of arrivals and of teams."""
    after = zip(names.hours_after.values(), fitted.next_hours.values(), strict=True)
    return {
        CALENDAR: {"hours": fitted.work_hours.written(), **fitted.days_off.written()},
        **{name: clock.written() for name, clock in zip(names.clocks, fitted.clocks.clocks, strict=True)},
        **{name: {"hours": hours.written(), **fitted.days_off.written()} for name, hours in after},
        **{name: {"hours": hours.written()} for name, hours in arrival_calendars(fitted).items()},
        **team_calendars(fitted, names),
    }


def _time(fitted: Fitted) -> Plain:
    paths = fitted.cases
    last = WallClock(paths.zone, EPOCH).to_local(float(paths.created.max())).date()
    monday = last + timedelta(days=7 - last.weekday())
    return {
        "zone": paths.zone,
        "start": monday.isoformat(),
        "warm_up": f"{WARM_UP_WEEKS} weeks",
        "length": f"{LENGTH_WEEKS} weeks",
        "business_hours": CALENDAR,
    }


def _demand(fitted: Fitted, names: Names) -> Plain:
    arrivals = fitted.arrivals
    written: Plain = {"rate": f"{arrivals.per_week:.5g}/week", "by_hour": WEEK_FILE}
    if arrivals.day_cv > 0.0:
        written["day_cv"] = arrivals.day_cv
    if arrivals.day_correlation > 0.0:
        written["day_correlation"] = f"{100.0 * arrivals.day_correlation:.4g} %"
    if arrivals.level.growth_per_year:
        written["growth"] = f"{100.0 * arrivals.level.growth_per_year:.4g} %/year"
    if arrivals.level.season:
        written["by_month"] = dict(zip(_MONTHS, arrivals.level.season, strict=True))
    written |= _arrivals_on_days_off(fitted)
    demand: Plain = {"kind": "ticket", "arrivals": written}
    facts = fitted.facts
    everyone = np.arange(len(facts.case_class)) < fitted.chain.n_cases
    if not names.classes:
        return demand | _attributes(fitted, names, everyone)
    counts = np.bincount(facts.case_class[everyone], minlength=facts.n_classes)
    shares = shares_of(
        {name: count / counts.sum() for name, count in zip(names.classes, counts, strict=True)}
    )
    demand["classes"] = {
        name: {"share": shares[name]} | _attributes(fitted, names, everyone & (facts.case_class == level))
        for level, name in enumerate(names.classes)
    }
    return demand


def _arrivals_on_days_off(fitted: Fitted) -> Plain:
    """How many tickets come on days without work."""
    paths, off = fitted.cases, fitted.days_off
    days = local_day(paths.created, paths.zone)
    written: Plain = {}
    if off.holidays is not None:
        share = arrival_share(days, public_days(off.holidays, days))
        written |= {"holidays": off.holidays, "holiday_share": f"{100.0 * share:.3g} %"}
    if off.dates:
        factor = max(round(arrival_share(days, off.dates), 4), LEAST_FACTOR)
        written["peaks"] = [
            {"from": day.isoformat(), "to": day.isoformat(), "factor": factor} for day in off.dates
        ]
    return written


def _attributes(fitted: Fitted, names: Names, cases: np.ndarray[Any, np.dtype[np.bool_]]) -> Plain:
    """Priorities and difficulty of some cases."""
    facts = fitted.facts
    written: Plain = {}
    if names.priorities:
        n = len(names.priorities)
        overall = np.bincount(facts.priority[: fitted.chain.n_cases], minlength=n) / fitted.chain.n_cases
        counts = np.bincount(facts.priority[cases], minlength=n) + 1e-9 * overall
        written["priority"] = shares_of(dict(zip(names.priorities, counts / counts.sum(), strict=True)))
    if facts.attribute is not None:
        seen = np.bincount(facts.attribute.level[cases], minlength=len(names.channels))
        written["channel"] = shares_of(dict(zip(names.channels, seen / seen.sum(), strict=True)))
    if facts.kind.shape[1] > 1:
        shares = facts.kind[cases].sum(0) + PRIOR_CASES * facts.kind[: fitted.chain.n_cases].mean(0)
        shares = shares / shares.sum()
        written["difficulty"] = {
            "empirical": {
                "values": list(range(1, len(shares) + 1)),
                "weights": [float(f"{share:.4g}") for share in shares],
            }
        }
    return written


def _team_steps(making: _Steps) -> Plain:
    """Work of each team: whatever the ticket came for. Rules behind it still see by which way it came."""
    fitted, names = making.fitted, making.names
    paths = fitted.chain.paths
    firsts = paths.activity[fitted.chain.starts]
    firsts = firsts[fitted.chain.branching.original[firsts] >= 0]
    starts = np.bincount(firsts, minlength=len(paths.activities)) / max(len(firsts), 1)
    rules: list[Plain] = []
    for activity, came in ways_to(fitted, names).items():
        rules += _work(making, activity, {"came_from": came})
    usual = int(np.argmax(starts))
    if start_of(fitted) == "received":
        rules.append({"time": "0 min"})  # nothing is left that gets here
    elif fitted.anchor.is_measured:
        rules += _work(making, usual, {})
    else:
        rules.append({"time": _touch(float(starts @ fitted.anchor.touch_min))})
    shares = len(flow(rules)) / 8 * len(names.teams) < MOST_REPEATED
    return {
        names.at_team[number]: {
            "team": names.teams[number],
            **skill_needed(fitted, names, number),
            "transparent": True,
            "work": Named("touch", rules, is_first=number == 0) if shares else rules,
            "next": "recorded",
        }
        for number in range(len(names.teams))
    }


def _work(making: _Steps, activity: int, when: Plain) -> list[Plain]:
    """Hands-on times of an activity: as measured, or log-normal with the mean of the anchor."""
    anchor = making.fitted.anchor
    if not anchor.is_measured:
        conditions = {"when": when} if when else {}
        return [conditions | {"time": _touch(float(anchor.touch_min[activity]))}]
    name = f"{making.names.activities[activity]}_work"
    times = making.time(making.fitted.durations[activity], name)
    rules: list[Plain] = []
    each: list[Plain] = times if isinstance(times, list) else [{"time": times}]
    for rule in each:
        wanted = {**when, **rule.get("when", {})}
        rules.append(({"when": wanted} if wanted else {}) | {"time": rule["time"]})
    return rules


def _touch(mean: float) -> object:
    if mean <= 0.0:
        return "0 min"
    return {"lognormal": {"mean": minutes_text(mean), "cv": TOUCH_CV}}


def _markers(making: _Steps) -> Plain:
    """Activities: where the log has a row. What comes next may depend on how the ticket came here."""
    fitted, names = making.fitted, making.names

    branching = fitted.chain.branching
    is_inside = branching.is_inside
    told = np.flatnonzero(branching.original >= 0)

    def following(code: int, end: str) -> str:
        return end if code == END else names.transitions[code]

    measured = fitted.anchor.is_measured
    steps: Plain = {}
    for activity in np.intersect1d(fitted.chain.paths.activity, told).tolist():
        end = "join" if is_inside[activity] else "resolved"
        decision = fitted.choices.next_of.get(activity)
        automatic = fitted.roles.is_automatic[activity]
        name = names.activities[activity]
        timing = fitted.durations.get(activity)
        label = str(fitted.cases.activities[branching.original[activity]])
        steps[name] = {
            "about": label,
            "activity": label,
            "wait": making.time(timing, f"{name}_lasts")
            if timing and (automatic or not measured)
            else "0 min",
            "next": end
            if decision is None
            else chosen(rules_of(decision, names, partial(following, end=end))),
        }
    return steps


def _transitions(making: _Steps, waiting: Sequence[str]) -> Plain:
    fitted, names = making.fitted, making.names
    paths = fitted.chain.paths
    branching = fitted.chain.branching
    labels = [paths.activities[code] if code >= 0 else "" for code in branching.original.tolist()]
    resting = {code for code, label in enumerate(labels) if label in waiting}
    is_inside = branching.is_inside
    who = "same_team" if fitted.choices.stay_or_move is None else "which_team"
    steps: Plain = {}
    for number, transition in enumerate(fitted.chain.transitions, start=1):
        step: Plain = {"wait": making.time(fitted.times[number], names.transitions[number])}
        clock = int(fitted.clocks.of_transition[number])
        if clock >= 0:
            key = "calendar" if fitted.clocks.clocks[clock].mode.runs else "until"
            step[key] = names.clocks[clock]
        if number in fitted.deadlines:
            since = fitted.deadlines[number].since
            step["since"] = CREATED if since == CREATION else names.activities[since]
        if transition.source in resting:
            step["pauses"] = ["resolve"]
        automatic = fitted.roles.is_automatic[transition.target]
        whose = comes_to(names, transition.target) if is_inside[transition.target] else who
        step["next"] = names.activities[transition.target] if automatic else whose
        steps[names.transitions[number]] = step
    return steps


def _week(fitted: Fitted) -> str:
    hours = range(HOURS_PER_WEEK)
    return csv_text(
        {
            "weekday": [_DAYS[hour // 24] for hour in hours],
            "hour": [hour % 24 for hour in hours],
            "share": [float(f"{fitted.arrivals.by_hour[hour]:.6g}") for hour in hours],
        }
    )


_HEADINGS: Final = {
    "demand": "Measured: rates, classes, priorities. Difficulty: kinds of tickets told apart by how they go.",
    "staffing": "Hours measured; people assumed, with the hands-on times: see evidence, at the end.",
    "routing": "Fitted. A ticket goes from activity to activity by waits named after both; between them"
    " its team works.",
    "evidence": "Where the numbers come from; the more precise path counts.",
}
_DEPTHS: Final = {"routing": 4, "demand": 4, "staffing": 2, "evidence": 1, "calendars": 1}


def _text(scenario: Plain, fitted: Fitted, source: str) -> str:
    paths = fitted.cases
    lines = [
        f"# Made by `simlab calibrate` from {source}: {len(paths)} of {fitted.n_all} complete cases,"
        f" created {day_of(paths, 0)} to {day_of(paths, -1)}.",
    ]
    for key, value in scenario.items():
        if isinstance(value, dict) and key != "time":
            lines.append("")
        if key in _HEADINGS:
            lines.append(f"# {_HEADINGS[key]}")
        lines += block(key, value, 0, _DEPTHS.get(key, 0))
    return "\n".join(lines) + "\n"
