"""The answer of an optimisation: what was found, what it rests on, and how it compares."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simlab.errors import InvalidInput
from simlab.experiments.decomposition import Decomposition
from simlab.experiments.estimates import of_replications
from simlab.experiments.parameters import Number
from simlab.optimise.baselines import FoundBaseline, by_chance, by_formula
from simlab.optimise.contributions import contributions
from simlab.optimise.definition import Optimisation
from simlab.optimise.evaluation import Compile
from simlab.optimise.finalists import TELLING, Finals, Settled
from simlab.optimise.front import settle_front
from simlab.optimise.importance import importance
from simlab.optimise.result import Baseline, Changed, OptimisationResult
from simlab.optimise.scenario_file import extending_text
from simlab.optimise.search import Search
from simlab.optimise.space import Configuration
from simlab.scenario.nodes import get_path, written
from simlab.scenario.overrides import read_scenario
from simlab.statistics.comparison import PairedDifference, paired_difference

FEWEST_FOR_IMPORTANCE: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """Puts together what a finished search has found."""

    optimisation: Optimisation
    search: Search
    compile: Compile
    """Makes models of configurations, of overloaded ones too."""

    def result(self, folder: Path) -> OptimisationResult:
        """Return the result; simulates finalists, baselines and what is told."""
        plan, search = self.optimisation, self.search
        finals = Finals(plan, search.evaluator, self._left_to_choose(), search.hint)
        is_front = len(plan.aims.goals) > 1
        settled = settle_front(finals, search.trials) if is_front else finals.settle(search.trials)
        today, chosen = plan.present, settled.recommended
        finals.tell([today] if chosen is None else [chosen.configuration, today])
        recommended = None if chosen is None else finals.told(chosen.configuration, chosen)
        baselines = self._baselines(finals, None if chosen is None else chosen.configuration)
        shares, share_note = (
            (None, "") if chosen is None else self._contributions(today, chosen.configuration)
        )
        moves, move_note = self._importance()
        return OptimisationResult(
            name=plan.name,
            scenario_name=plan.scenario.label,
            goals=tuple(goal.name for goal in plan.aims.goals),
            maximised=tuple(goal.shown_sign < 0 for goal in plan.aims.goals),
            constraints=(
                *(each.text for each in plan.space.limits),
                *(each.text for each in plan.aims.limits),
            ),
            seed=plan.seed,
            sampler=plan.sampler,
            replications=plan.replications,
            final_replications=plan.budget.final_replications,
            trials=tuple(search.trials),
            settings=tuple(plan.space.texts(trial.configuration) for trial in search.trials),
            today=finals.told(today, None),
            recommended=recommended,
            reason=settled.reason,
            improvement={} if chosen is None else _difference(finals, today, chosen.configuration),
            changes=() if chosen is None else _changes(plan, chosen.configuration),
            front=settled.front or (() if recommended is None else (recommended,)),
            ties=settled.ties,
            importance=moves,
            notes=self._notes(settled, (move_note, share_note)),
            scenario_text="" if chosen is None else _scenario_text(plan, chosen.configuration, folder),
            folder=folder,
            choice=settled.choice,
            baselines=baselines,
            contributions=shares,
            used=search.used + finals.used + plan.told_replications,
            currency=plan.scenario.model.money.currency,
            evidence=plan.scenario.evidence,
            n_simulated=search.evaluator.n_simulated,
            seconds_per_replication=search.evaluator.seconds / max(search.evaluator.n_simulated, 1),
        )

    def _left_to_choose(self) -> int:
        plan = self.optimisation
        if plan.budget.replications is None:
            return max(plan.search_replications, 1)
        return plan.budget.replications - plan.told_replications - self.search.used

    def _baselines(self, finals: Finals, chosen: Configuration | None) -> tuple[Baseline, ...]:
        plan, search = self.optimisation, self.search
        found = [by_formula(search.trials), by_chance(plan, search.evaluator, search.used)]
        return tuple(_told_baseline(finals, each, chosen) for each in found if each is not None)

    def _contributions(self, today: Configuration, chosen: Configuration) -> tuple[Decomposition | None, str]:
        plan = self.optimisation
        numbers = range(TELLING, TELLING + plan.budget.final_replications)
        return contributions(plan, self.search.evaluator, self.compile, today, chosen, numbers)

    def _importance(self) -> tuple[dict[str, dict[str, float]], str]:
        plan, trials = self.optimisation, self.search.trials
        n_judged = sum(bool(trial.verdict.values) for trial in trials)
        if n_judged < FEWEST_FOR_IMPORTANCE:
            return (
                {},
                f"importance is told from {FEWEST_FOR_IMPORTANCE} judged trials on; there are {n_judged}",
            )
        goals = enumerate(plan.aims.goals)
        return {goal.name: importance(plan.space, trials, place, plan.seed) for place, goal in goals}, ""

    def _notes(self, settled: Settled, others: tuple[str, ...]) -> tuple[str, ...]:
        plan, search = self.optimisation, self.search
        failed = [trial for trial in search.trials if trial.verdict.failure]
        n_damaged = search.evaluator.ledger.n_damaged
        notes = [f"{each.message}\n    -> {each.remedy}" for each in plan.warnings]
        notes += others
        if outside := plan.space.why_outside(plan.scenario.node):
            notes.append(
                f"today's configuration is not one of those that may be chosen ({'; '.join(outside)}):"
                " it may be better than what is recommended"
            )
        if failed:
            first = failed[0]
            notes.append(
                f"one trial could not be judged, number {first.number}: {first.verdict.failure}"
                if len(failed) == 1
                else f"{len(failed)} trials could not be judged; the first is number {first.number}:"
                f" {first.verdict.failure}"
            )
        if search.ended:
            of = "" if plan.most_trials is None else f" of {plan.most_trials}"
            noun = "trial" if len(search.trials) == 1 and not of else "trials"
            notes.append(f"{search.ended} after {len(search.trials)}{of} {noun}")
        if n_damaged:
            notes.append(
                "one damaged record of the ledger was left out and simulated again"
                if n_damaged == 1
                else f"{n_damaged} damaged records of the ledger were left out and simulated again"
            )
        if settled.ties:
            notes.append(
                "one other configuration is as good as the recommended one"
                if len(settled.ties) == 1
                else f"{len(settled.ties)} other configurations are as good as the recommended one"
            )
        return tuple(note for note in notes if note)


def _told_baseline(finals: Finals, found: FoundBaseline, chosen: Configuration | None) -> Baseline:
    if found.trial is None:
        return Baseline(
            found.name, None, {}, found.replications, f"{found.about}; none keeps the constraints"
        )
    configuration = found.trial.configuration
    finals.tell([configuration])
    difference = {} if chosen is None else _difference(finals, configuration, chosen)
    candidate = finals.told(configuration, None)
    return Baseline(found.name, candidate, difference, found.replications, found.about)


def _difference(finals: Finals, base: Configuration, chosen: Configuration) -> Mapping[str, PairedDifference]:
    before = {each.replication: each for each in finals.told_summaries(base)}
    after = {each.replication: each for each in finals.told_summaries(chosen)}
    both = sorted(before.keys() & after.keys())
    if not both:
        return {}
    names = after[both[0]].names
    return {
        name: paired_difference(
            of_replications([before[i] for i in both], name), of_replications([after[i] for i in both], name)
        )
        for name in names
    }


def _changes(plan: Optimisation, chosen: Configuration) -> tuple[Changed, ...]:
    changes = []
    present = plan.space.present(plan.scenario.node)
    for each in plan.space.parameters:
        value = chosen[each.path]
        if present.get(each.path) == value:
            continue
        try:
            before = written(get_path(plan.scenario.node, each.path))
        except InvalidInput:
            before = "(not given)"
        at_bound = ""
        if isinstance(each, Number):
            at_bound = {each.low: "lowest", each.high: "highest"}.get(float(value), "")
        changes.append(Changed(each.path, before, each.text(value), at_bound))
    return tuple(changes)


def _scenario_text(plan: Optimisation, chosen: Configuration, folder: Path) -> str:
    """Return the recommended scenario as a file in the folder that extends the scenario's own.

    How long the search let it run is not part of it.
    """
    own = read_scenario(plan.scenario_path, root=plan.root).scenario
    changed = plan.space.applied(plan.scenario.node, chosen)
    if "time" in own.entries and not any(path.startswith("time") for path in chosen):
        changed = changed.with_entry("time", own.entries["time"])
    extends = os.path.relpath(plan.scenario_path, folder)
    comment = (
        f"The configuration that '{plan.name}' recommends.\n"
        "Move it beside the scenario that it extends, or name a root folder that holds both."
    )
    return extending_text(own, changed, Path(extends).as_posix(), comment)
