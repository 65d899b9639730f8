"""What an optimisation found, as tables and as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simlab.cli.terminal import Table, terminal
from simlab.cli.values import NOTHING, goal_said, number_said, plain, said

if TYPE_CHECKING:
    from simlab.optimise.result import Candidate, OptimisationResult
    from simlab.statistics.comparison import PairedDifference
    from simlab.statistics.intervals import Estimate


def print_optimisation(result: OptimisationResult, currency: str) -> None:
    """Print what an optimisation found."""
    goals = " and ".join(result.goals)
    terminal.out(f"{result.name}: {goals}, {len(result.trials)} trials, {result.n_feasible} of them feasible")
    terminal.out(result.reason)
    if result.recommended is not None:
        _print_recommended(result, result.recommended, currency)
    elif result.today.requirements:
        terminal.table(_requirements(result.today, "today", currency))
        terminal.out(_nearest(result))
    if len(result.front) > 1:
        terminal.table(_front(result, currency))
    if result.recommended is None:
        return
    if result.ties:
        settings = "; ".join(
            ", ".join(f"{path}={value}" for path, value in tie.settings.items()) for tie in result.ties
        )
        terminal.out(f"As good as the recommended one: {settings}")
    terminal.out(f"The recommended scenario: {result.folder / 'recommended.yaml'}")


def _print_recommended(result: OptimisationResult, recommended: Candidate, currency: str) -> None:
    rows = [
        (each.path, each.before, each.after + (f" ({each.at_bound} value allowed)" if each.at_bound else ""))
        for each in result.changes
    ]
    if rows:
        terminal.table(Table("Recommended changes", ("", "today", "recommended"), rows))
    terminal.table(_figures(result, recommended, currency))
    if recommended.requirements:
        terminal.table(_requirements(recommended, "the recommended configuration", currency))
    terminal.table(_baselines(result, currency))
    if result.contributions is not None:
        terminal.table(_contributions(result, currency))
    if result.importance:
        terminal.table(_importance(result))


def _figures(result: OptimisationResult, recommended: Candidate, currency: str) -> Table:
    from simlab.metrics.responses import parse_response
    from simlab.reports.titles import title_of

    rows = []
    for name, estimate in recommended.figures.items():
        metric = parse_response(name).metric
        today = result.today.figures.get(name)
        change = result.improvement.get(name)
        rows.append(
            (
                title_of(name),
                said(metric, today, currency) if today else "",
                said(metric, estimate, currency),
                ""
                if change is None
                else number_said(
                    metric, change.difference.value, change.difference.half_width, currency, is_change=True
                ),
                "" if change is None or not change.significant else "shown",
            )
        )
    return Table("On new random numbers", ("", "today", "recommended", "difference", ""), rows)


def _requirements(candidate: Candidate, whose: str, currency: str) -> Table:
    """Each constraint with its figure: shares of runs with their lower bound, others with their interval."""
    from simlab.metrics.responses import parse_response

    rows = []
    for each in candidate.requirements:
        if each.is_share_of_runs:
            figure = (
                f"{100 * each.estimate.value:.0f} % of the runs, at least {100 * each.estimate.low:.0f} %"
            )
        else:
            figure = said(parse_response(each.response).metric, each.estimate, currency)
        rows.append((each.text, figure, str(each.standing)))
    return Table(f"Constraints of {whose}", ("", "figure", ""), rows)


def _nearest(result: OptimisationResult) -> str:
    """Say which trial came nearest to the constraints in the search."""
    from simlab.optimise.trials import by_merit

    trial = next(iter(by_merit(result.trials)), None)
    if trial is None:
        return "No trial came to its end."
    settings = ", ".join(f"{path}={value}" for path, value in result.settings[trial.number].items())
    missed = "; ".join(trial.verdict.infeasible) or "it kept them in the search"
    return f"Nearest to the constraints: trial {trial.number} ({settings}): {missed}"


def _baselines(result: OptimisationResult, currency: str) -> Table:
    """The answer beside simpler ones."""
    rows = [
        ("recommended", *_goal_cells(result.recommended, currency)),
        ("today", *_goal_cells(result.today, currency)),
    ]
    rows += [(each.name, *_goal_cells(each.candidate, currency)) for each in result.baselines]
    return Table("Beside simpler answers", ("", *result.goals, "constraints"), rows)


def _goal_cells(candidate: Candidate | None, currency: str) -> Iterator[str]:
    if candidate is None:
        yield "nothing feasible found"
        return
    yield from (goal_said(name, goal, currency) for name, goal in candidate.goals.items())
    broken = [each.text for each in candidate.requirements if each.standing == "broken"]
    yield "broken: " + ", ".join(broken) if broken else ("" if candidate.is_feasible else "not kept")


def _contributions(result: OptimisationResult, currency: str) -> Table:
    assert result.contributions is not None
    rows_of = result.contributions.rows
    changes = [each.change for each in rows_of[0].contributions]
    rows = [
        (
            change,
            *(
                goal_said(row.response, row.contributions[place].effect, currency, is_change=True)
                for row in rows_of
            ),
        )
        for place, change in enumerate(changes)
    ]
    rows.append(
        ("all together", *(goal_said(row.response, row.total, currency, is_change=True) for row in rows_of))
    )
    title = f"What each change adds, by {rows_of[0].total.n} runs of each combination"
    return Table(title, ("", *(row.response for row in rows_of)), rows)


def _importance(result: OptimisationResult) -> Table:
    paths = list(dict.fromkeys(path for of_goal in result.importance.values() for path in of_goal))
    rows = [(path, *(_share(of_goal.get(path)) for of_goal in result.importance.values())) for path in paths]
    return Table("Share of each parameter in the variation", ("", *result.importance), rows)


def _share(share: float | None) -> str:
    return NOTHING if share is None else f"{100.0 * share:.0f} %"


def _front(result: OptimisationResult, currency: str) -> Table:
    chosen = None if result.recommended is None else result.recommended.settings
    rows = [
        (
            ", ".join(f"{path}={value}" for path, value in candidate.settings.items())
            + (" (recommended)" if candidate.settings == chosen else ""),
            *(goal_said(name, goal, currency) for name, goal in candidate.goals.items()),
        )
        for candidate in result.front
    ]
    return Table("Best for some weighing of the goals", ("", *result.goals), rows)


def plain_optimisation(result: OptimisationResult) -> dict[str, Any]:
    """Return what an optimisation found as plain values."""
    return {
        "name": result.name,
        "scenario": result.scenario_name,
        "goals": list(result.goals),
        "constraints": list(result.constraints),
        "seed": result.seed,
        "trials": len(result.trials),
        "feasible_trials": result.n_feasible,
        "replications": result.used,
        "today": _plain_candidate(result.today),
        "recommended": _plain_candidate(result.recommended),
        "changes": [
            {"path": each.path, "before": each.before, "after": each.after, "at_bound": each.at_bound}
            for each in result.changes
        ],
        "improvement": _plain_differences(result.improvement),
        "front": [_plain_candidate(each) for each in result.front],
        "ties": [
            {"settings": dict(tie.settings), "difference": _plain(tie.difference.difference)}
            for tie in result.ties
        ],
        "choice": None
        if result.choice is None
        else {
            "finalists": result.choice.n_finalists,
            "confidence": result.choice.confidence,
            "indifference": result.choice.indifference,
            "replications": result.choice.replications,
            "reached": result.choice.is_sure,
        },
        "baselines": [
            {
                "name": each.name,
                "about": each.about,
                "replications": each.replications,
                "configuration": _plain_candidate(each.candidate),
                "difference": _plain_differences(each.difference),
            }
            for each in result.baselines
        ],
        "contributions": None
        if result.contributions is None
        else {
            row.response: {each.change: _plain(each.effect) for each in row.contributions}
            for row in result.contributions.rows
        },
        "importance": {goal: dict(shares) for goal, shares in result.importance.items()},
        "reason": result.reason,
        "notes": list(result.notes),
        "folder": str(result.folder),
    }


def _plain_candidate(candidate: Candidate | None) -> dict[str, Any] | None:
    from simlab.metrics.responses import parse_response

    if candidate is None:
        return None
    return {
        "settings": dict(candidate.settings),
        "feasible": candidate.is_feasible,
        "figures": {
            name: plain(estimate, parse_response(name).metric.unit)
            for name, estimate in candidate.figures.items()
        },
        "constraints": [
            {"constraint": each.text, "figure": _plain(each.estimate), "standing": str(each.standing)}
            for each in candidate.requirements
        ],
    }


def _plain_differences(differences: Mapping[str, PairedDifference]) -> dict[str, Any]:
    return {name: _plain(each.difference) for name, each in differences.items()}


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}
