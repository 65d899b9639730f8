"""What an optimisation found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from simlab.experiments.decomposition import Decomposition
from simlab.optimise.objectives import Verdict
from simlab.optimise.requirements import RequirementFigure, Standing
from simlab.optimise.trials import Trial
from simlab.statistics.comparison import PairedDifference
from simlab.statistics.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Candidate:
    """A configuration, estimated anew on random numbers that the search never saw."""

    settings: Mapping[str, str]
    """Value by key path, as a scenario file says it; empty for today where today is none of those tried."""
    goals: Mapping[str, Estimate]
    """The goals by name, as people read them."""
    figures: Mapping[str, Estimate]
    """All responses that were watched, by name."""
    verdict: Verdict
    trial: int | None
    """Number of the trial in which it was found."""
    requirements: tuple[RequirementFigure, ...] = ()
    """Of each constraint on a response, the figure with its interval, in the order written."""

    @property
    def is_feasible(self) -> bool:
        """Whether the new random numbers do not show that a constraint is broken."""
        is_judged = bool(self.verdict.values)
        return is_judged and all(each.standing is not Standing.BROKEN for each in self.requirements)


@dataclass(frozen=True, slots=True)
class Choice:
    """How the recommended configuration was chosen among the finalists."""

    n_finalists: int
    confidence: float
    """Probability that the best of them, or one that differs by less than matters, is chosen."""
    indifference: float
    """Difference that does not matter, in the unit of the goal."""
    indifference_share: float
    """The same as a share of the goal's value."""
    replications: int
    """Independent runs that chose, of all finalists together."""
    is_sure: bool
    """Whether the confidence was reached within the budget."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Something simpler than the search, to judge its answer by."""

    name: str
    """``formula`` (the best that queueing formulas propose) or ``random search``."""
    candidate: Candidate | None
    """Its configuration on the replications that are told; None where it found none."""
    difference: Mapping[str, PairedDifference]
    """Recommended less this one, by response; empty where one of them is missing."""
    replications: int
    """Independent runs that it took to find."""
    about: str
    """A sentence on how it was found."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A configuration that cannot be told from the recommended one."""

    settings: Mapping[str, str]
    trial: int
    difference: PairedDifference
    """Its goal less that of the recommended one, in the direction in which less is better."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A value that the recommendation changes."""

    path: str
    before: str
    """As today's scenario says it; ``(not given)`` where it does not."""
    after: str
    at_bound: str = ""
    """``lowest`` or ``highest`` where the value is the last of its range: a wider one may hold better."""


@dataclass(frozen=True, slots=True)
class OptimisationResult:
    """The answer, and what it rests on."""

    name: str
    scenario_name: str
    goals: tuple[str, ...]
    maximised: tuple[bool, ...]
    """Of each goal, whether more is better."""
    constraints: tuple[str, ...]
    seed: int
    sampler: str
    replications: int
    """Of each trial."""
    final_replications: int
    trials: tuple[Trial, ...]
    settings: tuple[Mapping[str, str], ...]
    """Of each trial, the values as a scenario file says them."""
    today: Candidate
    recommended: Candidate | None
    """None where no configuration was found that satisfies the constraints."""
    reason: str
    """Why this one is recommended, or why none is; a sentence."""
    improvement: Mapping[str, PairedDifference]
    """Recommended less today, by response."""
    changes: tuple[Changed, ...]
    front: tuple[Candidate, ...]
    """Of several goals, what is best for some weighing of them; else the recommended one alone."""
    ties: tuple[Tie, ...]
    importance: Mapping[str, Mapping[str, float]]
    """Goal to key path to its share in the variation; empty where it could not be told."""
    notes: tuple[str, ...]
    """What the planner should know, one sentence each."""
    scenario_text: str
    """The recommended scenario as a file that extends today's; empty where there is none."""
    folder: Path
    n_simulated: int
    """Replications that this call simulated; others were read from the folder."""
    seconds_per_replication: float
    """Mean time of those; 0 where all were read."""
    choice: Choice | None = None
    """How it was chosen; None where nothing was, or of several goals."""
    baselines: tuple[Baseline, ...] = ()
    """Simpler ways to an answer."""
    contributions: Decomposition | None = None
    """What each change adds to the effect; None of fewer than two changes, or where it cannot be told."""
    used: int = 0
    """Replications that search, choice and the told figures rest on, each counted once."""
    currency: str = ""
    """Of amounts of money, as the scenario has it."""
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Where the numbers of the scenario come from, by key path: ``kind`` and ``source``."""

    @property
    def n_feasible(self) -> int:
        """Trials that satisfied the constraints."""
        return sum(trial.verdict.is_feasible for trial in self.trials)

    @property
    def n_failed(self) -> int:
        """Trials that could not be judged."""
        return sum(bool(trial.verdict.failure) for trial in self.trials)
