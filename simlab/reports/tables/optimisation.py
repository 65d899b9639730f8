"""Tables of an optimisation: what was tried, the front, today against the recommendation, importance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from simlab.experiments.parameters import read_quantity
from simlab.metrics.catalogue import METRIC_BY_NAME, Better
from simlab.metrics.responses import parse_response
from simlab.optimise.present_value import NPV
from simlab.optimise.result import OptimisationResult
from simlab.optimise.trials import TODAY
from simlab.reports.language.catalogue import say
from simlab.reports.tables.responses import unit_of
from simlab.reports.tables.table import Cell, Table, table
from simlab.reports.titles import phrase_of, title_of
from simlab.statistics.comparison import PairedDifference
from simlab.statistics.intervals import Estimate


def goal_title(goal: str) -> str:
    """Return what a goal is called: the title of its response, or the weighted sum as written."""
    if goal == NPV:
        return say("Net present value against today")
    return title_of(goal) if _is_response(goal) else goal


def goal_phrase(goal: str) -> str:
    """Return how a sentence calls a goal."""
    if goal == NPV:
        return say("the net present value against today")
    return phrase_of(goal) if _is_response(goal) else goal


def goal_unit(goal: str, currency: str) -> str:
    """Return the unit of a goal; empty for a weighted sum."""
    if goal == NPV:
        return currency
    return unit_of(goal, currency) if _is_response(goal) else ""


def trials(result: OptimisationResult) -> Table:
    """Return every configuration tried, with the goals on the random numbers of the search."""
    paths = list(dict.fromkeys(path for settings in result.settings for path in settings))
    signs = [-1.0 if is_maximised else 1.0 for is_maximised in result.maximised]
    today = next((each.verdict.values for each in result.trials if each.proposer == TODAY), ())
    # A net present value is told against today's.
    zeros = [
        value if goal == NPV else 0.0
        for goal, value in zip(result.goals, today or [math.nan] * len(signs), strict=True)
    ]

    def values(number: int) -> list[float]:
        found = result.trials[number].verdict.values or [math.nan] * len(signs)
        return [sign * (value - zero) for sign, value, zero in zip(signs, found, zeros, strict=True)]

    return table(
        "trials",
        "Configurations tried, in order; goals on the random numbers of the search",
        ("trial", "proposed by", "feasible", *result.goals, *paths),
        (
            (
                trial.number,
                trial.proposer,
                "yes" if trial.verdict.is_feasible else "no",
                *values(place),
                *(result.settings[place].get(path, "") for path in paths),
            )
            for place, trial in enumerate(result.trials)
        ),
    )


def configurations(result: OptimisationResult) -> Table:
    """Return the feasible configurations tried, with the first goal; the recommended one stands out.

    Goals are those of the search. Settings that are numbers, in one unit, are numbers.
    """
    signed = -1.0 if result.maximised[0] else 1.0
    paths = list(dict.fromkeys(path for settings in result.settings for path in settings))
    chosen = result.recommended.trial if result.recommended else None
    kept = [place for place, trial in enumerate(result.trials) if trial.verdict.is_feasible]
    columns = [_numbers([result.settings[place].get(path, "") for place in kept]) for path in paths]
    values = [signed * result.trials[place].verdict.values[0] for place in kept]
    roles = ["chosen" if result.trials[place].number == chosen else "" for place in kept]
    return table(
        "configurations",
        "Feasible configurations tried, with the first goal on the random numbers of the search",
        (*paths, result.goals[0], "role"),
        zip(*columns, values, roles, strict=True),
    )


def _numbers(texts: list[str]) -> Sequence[Cell]:
    quantities = [read_quantity(text) for text in texts]
    known = [each for each in quantities if each is not None]
    if len(known) < len(texts) or len({unit for _, unit in known}) > 1:
        return texts
    return [number for number, _ in known]


def front(result: OptimisationResult) -> Table:
    """Return today, the recommended configuration and all of the front, estimated anew."""
    told = [("today", result.today)]
    if result.recommended is not None:
        told.append(("recommended", result.recommended))
    told += [("front", each) for each in result.front]
    return table(
        "front",
        "Best configurations and today, on random numbers that the search never saw",
        (
            "role",
            "trial",
            "settings",
            *(f"{goal}{end}" for goal in result.goals for end in ("", " low", " high")),
        ),
        (
            (
                role,
                -1 if each.trial is None else each.trial,
                settings_text(each.settings),
                *(cell for goal in result.goals for cell in _three(each.goals.get(goal))),
            )
            for role, each in told
        ),
    )


def changes(result: OptimisationResult) -> Table:
    """Return the values that the recommendation changes."""
    return table(
        "recommended_changes",
        "Values that the recommendation changes",
        ("parameter", "today", "recommended", "end of its range"),
        ((each.path, each.before, each.after, each.at_bound) for each in result.changes),
    )


def improvement(result: OptimisationResult, currency: str) -> Table:
    """Return every response, recommended less today, in the shape of the table of a comparison."""

    def row(name: str, paired: PairedDifference) -> tuple[Cell, ...]:
        base, best = result.today.figures.get(name), None
        if result.recommended is not None:
            best = result.recommended.figures.get(name)
        return (
            "recommended",
            title_of(name),
            name,
            unit_of(name, currency),
            base.value if base else math.nan,
            best.value if best else math.nan,
            paired.difference.value,
            paired.difference.low,
            paired.difference.high,
            paired.relative.value,
            paired.relative.low,
            paired.relative.high,
            paired.p_value,
            verdict(name, paired),
        )

    return table(
        "improvement",
        "Recommended configuration less today, paired by replication",
        (
            *("scenario", "response", "name", "unit", "base", "alternative", "difference", "low", "high"),
            *(("relative", "share"), ("relative low", "share"), ("relative high", "share"), "p", "verdict"),
        ),
        (row(name, paired) for name, paired in result.improvement.items()),
    )


def verdict(response: str, paired: PairedDifference) -> str:
    """Return what a difference shows: better, worse, higher, lower, or that it is not shown."""
    if paired.direction == "not shown":
        return "not shown"
    better = METRIC_BY_NAME[parse_response(response).metric.name].better
    if better is Better.NEITHER:
        return paired.direction
    return "better" if paired.direction == better.value else "worse"


def requirements(result: OptimisationResult) -> Table:
    """Return how the recommended configuration stands to each constraint."""
    chosen = result.recommended
    return table(
        "constraints",
        "Constraints of the recommended configuration, on random numbers that the search never saw",
        ("constraint", "figure", "value", "low", "high", "standing"),
        (
            (
                each.text,
                each.response,
                each.estimate.value,
                each.estimate.low,
                each.estimate.high,
                str(each.standing),
            )
            for each in (chosen.requirements if chosen else ())
        ),
    )


def baselines(result: OptimisationResult) -> Table:
    """Return the goals of the recommendation, of today and of simpler answers."""
    told = [("recommended", result.recommended, "", 0), ("today", result.today, "", 0)]
    told += [(each.name, each.candidate, each.about, each.replications) for each in result.baselines]
    return table(
        "simpler_answers",
        "The recommendation beside simpler answers, on random numbers that the search never saw",
        (
            "configuration",
            "keeps the constraints",
            *(f"{goal}{end}" for goal in result.goals for end in ("", " low", " high")),
            "replications to find it",
            "how it was found",
        ),
        (
            (
                name,
                "" if each is None else "yes" if each.is_feasible else "no",
                *(cell for goal in result.goals for cell in _three(each.goals.get(goal) if each else None)),
                n,
                about,
            )
            for name, each, about, n in told
        ),
    )


def contributions(result: OptimisationResult) -> Table:
    """Return what each change adds to each goal; the effects of all add up to the total."""
    parts = result.contributions
    return table(
        "contributions",
        "What each change adds, and all together",
        ("figure", "change", "effect", "low", "high"),
        (
            (row.response, change, effect.value, effect.low, effect.high)
            for row in (parts.rows if parts else ())
            for change, effect in (
                *((each.change, each.effect) for each in row.contributions),
                ("all together", row.total),
            )
        ),
    )


def importance(result: OptimisationResult) -> Table:
    """Return the share of each parameter in the variation of each goal, the largest first."""
    return table(
        "importance",
        "Share of each parameter in the variation of a goal over the trials",
        ("goal", "parameter", ("importance", "share")),
        (
            (goal_title(goal), path, share)
            for goal, shares in result.importance.items()
            for path, share in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )


def settings_text(settings: Mapping[str, str]) -> str:
    """Return the values of a configuration in a line."""
    return ", ".join(f"{path} = {value}" for path, value in settings.items())


def _three(estimate: Estimate | None) -> tuple[float, float, float]:
    return (math.nan,) * 3 if estimate is None else (estimate.value, estimate.low, estimate.high)


def _is_response(goal: str) -> bool:
    return goal.partition("[")[0] in METRIC_BY_NAME
