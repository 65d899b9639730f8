"""Checks of what stands around the steps: parallel branches, limits on work in progress, batches."""

from __future__ import annotations

import numpy as np

from simlab.model.codes import StepKind
from simlab.model.findings import Findings, Process
from simlab.model.graph import branch_steps, reached, successors
from simlab.model.tables import PopulationArrivals


def check_branches(findings: Findings, process: Process) -> None:
    """Refuse branches that end where none began, and branches that begin within themselves."""
    model = process.model
    if len(model.forks.branch) == 0:
        return
    outside = successors(model, into_branches=False)
    around = reached(outside, (stream.entry for stream in model.streams))
    joins = {step for step in around if model.steps.kind[step] == StepKind.JOIN}
    for step in sorted(around):
        if joins.intersection(outside[step]):
            findings.refuse(
                process.path(step),
                f"tickets may come from {process.shown(step)} to 'join' outside of parallel branches",
                "lead them to a step or an end; only what a step with parallel leads to can join",
            )
    for fork in sorted(process.used):
        if model.steps.kind[fork] == StepKind.FORK and fork in branch_steps(model, process.following, fork):
            findings.refuse(
                process.path(fork),
                f"tickets may come to {process.shown(fork)} again within its own branches",
                "let the branches join, and lead back from the next of the parallel step",
            )


def check_limits(findings: Findings, process: Process, names: tuple[str, ...]) -> None:
    """Refuse limits on steps within parallel branches: the permit is the ticket's, not the branch's."""
    section = process.model.steps.section
    if not (section >= 0).any():
        return
    within = {step for step in branch_steps(process.model, process.following) if section[step] >= 0}
    for row, name in enumerate(names):
        steps = dict.fromkeys(process.shown(step) for step in sorted(within) if section[step] == row)
        if steps:
            findings.refuse(
                ("routing", "limits", name, "steps"),
                f"a limit cannot hold within parallel branches, where {', '.join(steps)} may be",
                "name the parallel step itself, to limit the tickets that are in its branches",
            )


def check_batches(findings: Findings, process: Process) -> None:
    """Warn of batches that can never be full."""
    model, gathers = process.model, process.model.gathers
    within = branch_steps(model, process.following)
    for row, step in enumerate(gathers.step.tolist()):
        has_end = np.isfinite(gathers.longest_wait[row]) or gathers.calendar[row] >= 0
        size, most = int(gathers.size[row]), _most_at_once(process, step)
        if step in process.used and step not in within and not has_end and most < size:
            findings.warn(
                (*process.path(step), "batch"),
                f"{size} tickets can never gather here: there are at most {most:.0f} of them at a time",
                "write a smaller size, or a longest_wait",
            )


def check_deadlines(findings: Findings, process: Process) -> None:
    """Warn of waits that are counted from a step that no ticket has been at before."""
    steps = process.model.steps
    within = branch_steps(process.model, process.following)
    for step in np.flatnonzero(steps.since > 0).tolist():
        finished = np.flatnonzero(steps.milestone == steps.since[step]).tolist()
        before = reached(process.following, process.used.intersection(finished))
        if step in process.used and step not in before | within:
            named = process.shown(finished[0])
            findings.warn(
                (*process.path(step), "since"),
                f"no ticket comes here from {named}: the wait is counted from its own start",
                "name a step that tickets may have finished before, or created",
            )


def _most_at_once(process: Process, step: int) -> float:
    """Most tickets that can be at a step at the same time, by finite populations and limits."""
    model = process.model
    most = 0.0
    for stream in model.streams:
        if step in reached(process.following, [stream.entry]):
            arrivals = stream.arrivals
            most += arrivals.size if isinstance(arrivals, PopulationArrivals) else np.inf
    section = int(model.steps.section[step])
    return min(most, float(model.sections.permits[section])) if section >= 0 else most
