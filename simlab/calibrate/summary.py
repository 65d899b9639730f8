"""What a calibration found: each number with how it came about, measured, fitted or assumed."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simlab.calibrate.anchor import SurfaceRow
from simlab.calibrate.deadlines import CREATION
from simlab.calibrate.fit import Fitted
from simlab.calibrate.selection import Selection
from simlab.calibrate.validate import Compared, Validation
from simlab.calibrate.verdicts import Verdict
from simlab.calibrate.written_crews import crews_written
from simlab.units import format_duration, format_share


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the summary."""

    what: str
    value: str
    how: str
    """``measured``, ``fitted`` or ``assumed``."""


def findings(fitted: Fitted) -> tuple[Finding, ...]:
    """Return what was found, in the order in which a planner asks for it."""
    return (*_demand(fitted), *_routing(fitted), *_staffing(fitted))


def _demand(fitted: Fitted) -> list[Finding]:
    arrivals, paths = fitted.arrivals, fitted.cases
    low, high = arrivals.per_week_interval
    share = len(paths) / fitted.n_all
    kinds = ", ".join(format_share(float(part)) for part in fitted.kinds.share)
    found = [
        Finding(
            "cases used", f"{len(paths):,} of {fitted.n_all:,}, the last {format_share(share)}", "measured"
        ),
        Finding("arrivals a week", f"{arrivals.per_week:,.0f} ({low:,.0f} to {high:,.0f})", "measured"),
        Finding("day-to-day variation", f"CV {arrivals.day_cv:.3f} beyond Poisson", "measured"),
        Finding("classes, priorities", f"{fitted.facts.n_classes}, {len(paths.priorities)}", "measured"),
        Finding("kinds of tickets (difficulty)", f"{len(fitted.kinds)}: {kinds}", "fitted"),
    ]
    if arrivals.day_correlation:
        correlation = Finding(
            "correlation with the day before", f"{arrivals.day_correlation:.2f}", "measured"
        )
        found.insert(3, correlation)
    level = arrivals.level
    if level.season:
        least, most = format_share(min(level.season)), format_share(max(level.season))
        season = f"months bring {least} to {most} of the usual"
        found.insert(2, Finding("season of the year", season, "fitted"))
    if level.growth_per_year:
        found.insert(2, Finding("growth", f"{format_share(level.growth_per_year)} a year", "fitted"))
    if level.weeks > 0:
        foretold = f"{format_share(level.error)} off in the log; all weeks {format_share(level.error_of_all)}"
        found.insert(2, Finding("weeks that tell the rate", f"the last {level.weeks}: {foretold}", "fitted"))
    return found


def _routing(fitted: Fitted) -> list[Finding]:
    chain, roles = fitted.chain, fitted.roles
    changes = np.diff(roles.team, prepend=roles.team[:1]) != 0
    moved = np.bincount(chain.paths.case, changes & ~chain.paths.is_first)[: chain.n_cases]
    families: dict[str, int] = {}
    days = len(fitted.quiet)
    off = f"{days} in the log"
    if fitted.days_off.holidays is not None:
        off += f", public holidays of {fitted.days_off.holidays}"
    for timing in fitted.times.values():
        for time in timing.times:
            families[time.family] = families.get(time.family, 0) + 1
    told = ", ".join(f"{n} {family}" for family, n in sorted(families.items(), key=lambda each: -each[1]))
    n_rules = sum(len(decision.leaves) for decision in fitted.choices.next_of.values())
    return [
        Finding("activities", str(len(np.unique(fitted.cases.activity))), "measured"),
        Finding(
            "ways from one to the next", f"{len(chain.transitions)}, told apart by {n_rules} cases", "fitted"
        ),
        Finding(
            "hand-overs",
            f"{moved.mean():.2f} a ticket; none for {format_share(float((moved == 0).mean()))}",
            "measured",
        ),
        Finding("distributions of times", told, "fitted"),
        Finding("waits", str(fitted.mechanisms), "fitted"),
        *_deadlines(fitted),
        *_branches(fitted),
        *_attribute(fitted),
        *_trends(fitted),
        Finding(
            "hours in which work is taken up",
            ", ".join(f"{days} {hours}" for days, hours in fitted.work_hours.written().items()),
            "measured",
        ),
        Finding("days off", off, "measured"),
    ]


def _deadlines(fitted: Fitted) -> list[Finding]:
    """Return the waits that are counted from an earlier event, and how much more that tells."""
    names, found = fitted.chain.paths.activities, []
    for number, deadline in fitted.deadlines.items():
        transition = fitted.chain.transitions[number - 1]
        way = f"from {names[transition.source]} to {names[transition.target]}"
        since = "since creation" if deadline.since == CREATION else f"since {names[deadline.since]}"
        closer = f"{math.exp(deadline.gain):.3g} times closer together"
        found.append(Finding("deadline", f"{way}, {since}: {closer}", "fitted"))
    return found


def _branches(fitted: Fitted) -> list[Finding]:
    """Return which activities are in parallel branches, and how often."""
    chain, branching = fitted.chain, fitted.chain.branching
    names, found = fitted.cases.activities, []
    for block in np.flatnonzero(branching.is_whole).tolist():
        whole = np.flatnonzero((chain.paths.activity == block) & (branching.variant >= 0))
        if len(whole):
            variants = [branching.variants[number] for number in np.unique(branching.variant[whole])]
            inside = {member for variant in variants for member in variant.members}
            told = ", ".join(names[branching.original[each]] for each in sorted(inside))
            n_cases = len(np.unique(chain.paths.case[whole]))
            share = format_share(n_cases / chain.n_cases)
            found.append(Finding("in parallel branches", f"{told}: in {share} of the cases", "fitted"))
    return found


def _attribute(fitted: Fitted) -> list[Finding]:
    """Return the attribute by which ways and times differ, where one is used."""
    attribute = fitted.facts.attribute
    if attribute is None:
        return []
    told = f"{attribute.name}, {len(attribute.levels)} levels: the channel of the scenario"
    return [Finding("attribute that tells what follows", told, "fitted")]


def _trends(fitted: Fitted) -> list[Finding]:
    """Return how far waits changed over the log, where their trend is used."""
    changed = fitted.trend != 1.0
    if not changed.any():
        return []
    low, high = float(fitted.trend.min()), float(fitted.trend.max())
    n = len(np.unique(fitted.chain.transition[changed]))
    return [
        Finding(
            "waits with a trend", f"{n} ways; early ones are multiplied by {low:.2f} to {high:.2f}", "fitted"
        )
    ]


def _staffing(fitted: Fitted) -> list[Finding]:
    anchor, teams = fitted.anchor, fitted.teams
    seen = sum(team.people_a_day for team in teams)
    together = (
        f", {fitted.roles.put_together} of the log put together" if fitted.roles.put_together > 1 else ""
    )
    return [
        Finding("teams", f"{len(teams)}{together}", "measured"),
        Finding(
            "people seen on an average day", "not told" if math.isnan(seen) else f"{seen:.0f}", "measured"
        ),
        Finding(
            "hands-on time of a ticket",
            format_duration(anchor.touch_per_ticket),
            "measured" if anchor.is_measured else "assumed",
        ),
        *_orders(fitted),
        *_shared(fitted),
        *_utilisation(fitted),
        Finding(
            "people on duty for these tickets",
            str(sum(anchor.people)),
            "measured" if fitted.has_shifts else "assumed",
        ),
        *_shifts(fitted),
    ]


def _shifts(fitted: Fitted) -> list[Finding]:
    """Return the shifts of each team, where people work in shifts of their own."""
    if not fitted.has_shifts:
        return []
    found = []
    for team in fitted.teams:
        shifts = [
            f"{shift.people}: {', '.join(f'{day} {hours}' for day, hours in shift.hours.written().items())}"
            for shift in team.shifts
        ]
        found.append(Finding(f"shifts of {team.name}", "; ".join(shifts), "measured"))
    return found


def _orders(fitted: Fitted) -> list[Finding]:
    """Return who is next in the queues, where the log tells."""
    return [
        Finding(
            f"who is next: {team.name}",
            f"{order.discipline}, {format_share(order.share)} of {order.n_starts:,} starts with a choice",
            "fitted",
        )
        for team, order in zip(fitted.teams, fitted.orders, strict=True)
        if order.is_found
    ]


def _shared(fitted: Fitted) -> list[Finding]:
    """Return who works for other teams, or on classes of their own."""
    names, pattern = fitted.roles.names, fitted.pattern
    helping = [
        Finding(
            f"people of {names[each.team]} who work for {names[each.other]}",
            f"{format_share(each.share)} of their work",
            "measured",
        )
        for each in pattern.helping
    ]
    special = [
        Finding(
            f"people of {names[team]} with classes of their own",
            f"{format_share(share)} of a person's work is not as the team's; {_crews(fitted, team)}",
            "measured",
        )
        for team, share in pattern.specialised
    ]
    return helping + special


def _crews(fitted: Fitted, team: int) -> str:
    crews = crews_written(fitted, team)
    return f"{len(crews)} crews with skills" if crews else "the scenario has no skills of it"


def _utilisation(fitted: Fitted) -> list[Finding]:
    """Return the utilisation that was assumed, if any, and that of the people whom busy hours take."""
    anchor = fitted.anchor
    if anchor.is_measured and not anchor.is_given:
        return [Finding("utilisation of the people", format_share(_share_of_duty(fitted)), "measured")]
    return [
        Finding("utilisation of the people", format_share(anchor.utilisation), "assumed"),
        Finding("utilisation with so many people", format_share(_share_of_duty(fitted)), "assumed"),
    ]


def _share_of_duty(fitted: Fitted) -> float:
    """Return the part of the time on duty, that on standby included, that hands-on work takes."""
    anchor = fitted.anchor
    work = anchor.touch_per_ticket * len(fitted.cases) / fitted.weeks
    if fitted.has_shifts:
        on_duty = sum(
            60.0 * shift.people * shift.hours.hours_per_week for team in fitted.teams for shift in team.shifts
        )
    else:
        on_duty = sum(
            60.0 * people * team.hours.hours_per_week
            for people, team in zip(anchor.people, fitted.teams, strict=True)
        )
        on_duty += sum(60.0 * team.standby.hours_per_week for team in fitted.teams if team.standby)
    return work / on_duty


def as_plain(
    fitted: Fitted, surface: list[SurfaceRow], selection: Selection, validation: Validation | None
) -> dict[str, Any]:
    """Return a calibration as JSON has it: times in minutes, distances in hours."""
    plain: dict[str, Any] = {
        "cases_used": len(fitted.cases),
        "cases": fitted.n_all,
        "findings": [asdict(finding) for finding in findings(fitted)],
        "anchor": {
            "utilisation": fitted.anchor.utilisation,
            "touch_min_per_ticket": fitted.anchor.touch_per_ticket,
            "part_of_sitting": fitted.anchor.part_of_sitting,
            "given": fitted.anchor.is_given,
        },
        "surface": [asdict(row) for row in surface],
        "mechanisms": {
            "chosen": str(selection.chosen),
            "foretold_cases": selection.n_foretold,
            "tried": [
                {
                    "mechanisms": str(trial.mechanisms),
                    "loss": trial.loss,
                    "distances": asdict(trial.distances),
                }
                for trial in selection.trials
            ],
        },
        "validation": None,
    }
    if validation is not None:
        plain["validation"] = {
            "foretold_cases": len(validation.real),
            "simulated_logs": validation.n_logs,
            "simulated_utilisation": validation.utilisation,
            "groups": [_group(group) for group in validation.groups],
            "verdicts": [_verdict(verdict) for verdict in validation.verdicts],
        }
    return plain


def _group(group: Compared) -> dict[str, object]:
    """Return a group of cases with the distances of the average simulated log."""
    return asdict(group) | {"one_log": asdict(group.one_log)}


def _verdict(verdict: Verdict) -> dict[str, object]:
    """Return a judgement with what follows from it."""
    return asdict(verdict) | {
        "one_log": verdict.one_log,
        "logs_nearer_than_replay": verdict.n_nearer,
        "standing": verdict.standing.value,
        "beats_replay": verdict.beats_replay,
        "is_near_floor": verdict.is_near_floor,
    }
