"""Who proposes the next configuration: warm starts, an Optuna sampler, the local search.

The study that the samplers learn from lives in memory; it is filled from the journal when a search is taken
up again. A sampler is made anew for each trial, seeded by the trial's number: what it proposes depends on the
finished trials alone, not on how often the search was interrupted.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from simlab.errors import MissingExtra
from simlab.experiments.parameters import Value
from simlab.optimise.objectives import Aims, Verdict
from simlab.optimise.space import Configuration, Key, Space

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial, TrialState
    from optuna.trial import Trial as OptunaTrial

Direction = Literal["minimize", "maximize"]

_NEEDS: Final = {"gp": "torch", "cmaes": "cmaes"}
"""Packages beyond simlab's own that a sampler needs."""
_ATTEMPTS: Final = 8
"""Times that a sampler is asked for a configuration that is new and within the limits."""
_RANDOM_ATTEMPTS: Final = 200
WITHOUT_VALUES: Final = "comes to its end"
"""Name of the constraint that a trial without values breaks."""


def check_available(sampler: str) -> None:
    """Raise MissingExtra where a package that the sampler needs is not installed."""
    package = _NEEDS.get(sampler)
    if package is not None and importlib.util.find_spec(package) is None:
        raise MissingExtra(
            f"the sampler {sampler} needs the package {package}, which is not installed\n"
            f"    -> install it (pip install {package}), or use sampler: tpe"
        )


class Proposals:
    """The study in memory: asks samplers for configurations and tells them the verdicts."""

    def __init__(self, space: Space, aims: Aims, sampler: str, seed: int) -> None:
        import optuna

        check_available(sampler)
        self._space = space
        self._aims = aims
        self._sampler = sampler
        self._seed = seed
        self._study: Study = optuna.create_study(directions=directions(aims), sampler=_given(space, {}))
        self._open: dict[int, OptunaTrial] = {}

    def ask(self, number: int, taken: Set[Key]) -> dict[str, Value]:
        """Return what the sampler proposes for the next trial, new and within the limits where possible."""
        draws = np.random.default_rng([self._seed, number])
        inner = _make_sampler(self._sampler, int(draws.integers(2**31)), len(self._aims.goals))
        return self._ask(number, _fresh(inner, self._space, taken, draws))

    def place(self, number: int, configuration: Configuration) -> dict[str, Value]:
        """Enter a configuration that somebody else proposes as the next trial."""
        return self._ask(number, _given(self._space, configuration))

    def tell(self, number: int, verdict: Verdict, facts: Mapping[str, Any]) -> FrozenTrial:
        """Tell the verdict of an open trial; returns the finished trial for the journal."""
        from optuna.trial import TrialState

        trial = self._open.pop(number)
        for key, value in facts.items():
            trial.set_user_attr(key, value)
        has_values = bool(verdict.values)
        if not verdict.failure:
            trial.set_constraint(WITHOUT_VALUES, 0.0 if has_values else 1.0)
            for limit, violation in zip(self._aims.limits, verdict.violations, strict=False):
                trial.set_constraint(limit.text, violation / (abs(limit.bound) or 1.0))
        values = [
            goal.shown_sign * value for goal, value in zip(self._aims.goals, verdict.values, strict=False)
        ]
        if has_values:
            return self._study.tell(trial, values)
        state = TrialState.FAIL if verdict.failure else TrialState.PRUNED
        return self._study.tell(trial, state=state)

    def restore(self, trial: FrozenTrial) -> None:
        """Take in a trial that was finished before."""
        self._study.add_trial(trial)

    def _ask(self, number: int, sampler: BaseSampler) -> dict[str, Value]:
        self._study.sampler = sampler
        trial = self._study.ask({each.path: each.distribution() for each in self._space.parameters})
        assert trial.number == number
        self._open[number] = trial
        return {each.path: trial.params[each.path] for each in self._space.parameters}


def directions(aims: Aims) -> list[Direction]:
    """Return Optuna's word for the direction of each goal, as people read it."""
    return ["maximize" if goal.shown_sign < 0 else "minimize" for goal in aims.goals]


def configuration_of(space: Space, trial: FrozenTrial) -> dict[str, Value]:
    """Return the configuration of a stored trial; KeyError where it has other parameters."""
    return {each.path: trial.params[each.path] for each in space.parameters}


def _make_sampler(name: str, seed: int, n_goals: int) -> BaseSampler:
    from optuna import samplers

    match name:
        case "tpe":
            return samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=10)
        case "gp":
            return samplers.GPSampler(seed=seed, warn_independent_sampling=False)
        case "cmaes":
            return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        case "nsga2":
            return samplers.NSGAIISampler(seed=seed, population_size=20 if n_goals > 1 else 10)
        case "nsga3":
            return samplers.NSGAIIISampler(seed=seed, population_size=20 if n_goals > 1 else 10)
        case _:
            return samplers.RandomSampler(seed=seed)


def _given(space: Space, configuration: Configuration) -> BaseSampler:
    """Return a sampler that proposes just this configuration."""
    from optuna.samplers import BaseSampler

    class Given(BaseSampler):
        def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, Any]:
            return {each.path: each.distribution() for each in space.parameters}

        def sample_relative(
            self, study: Study, trial: FrozenTrial, search_space: dict[str, Any]
        ) -> dict[str, Any]:
            return dict(configuration)

        def sample_independent(
            self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
        ) -> Any:  # noqa: ANN401 - as in Optuna
            raise KeyError(param_name)

    return Given()


def _fresh(inner: BaseSampler, space: Space, taken: Set[Key], draws: np.random.Generator) -> BaseSampler:
    """Return a sampler that asks another one until its proposal is new and within the limits.

    Fixed sums are kept by moving each proposal to the nearest one that has them.
    """
    from optuna.samplers import BaseSampler

    class Fresh(BaseSampler):
        def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, Any]:
            return {each.path: each.distribution() for each in space.parameters}

        def sample_relative(
            self, study: Study, trial: FrozenTrial, search_space: dict[str, Any]
        ) -> dict[str, Any]:
            together = inner.infer_relative_search_space(study, trial)
            proposal: dict[str, Any] = {}
            for _ in range(_ATTEMPTS):
                proposal = inner.sample_relative(study, trial, together) if together else {}
                for name, distribution in search_space.items():
                    if name not in proposal:
                        proposal[name] = inner.sample_independent(study, trial, name, distribution)
                proposal = space.repaired({each.path: proposal[each.path] for each in space.parameters})
                if _is_new(space, proposal, taken):
                    return proposal
            return _another(space, proposal, taken, draws)

        def sample_independent(
            self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
        ) -> Any:  # noqa: ANN401 - as in Optuna
            return inner.sample_independent(study, trial, param_name, param_distribution)

        def before_trial(self, study: Study, trial: FrozenTrial) -> None:
            inner.before_trial(study, trial)

        def after_trial(
            self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
        ) -> None:
            inner.after_trial(study, trial, state, values)

    return Fresh()


def _another(
    space: Space, proposal: dict[str, Value], taken: Set[Key], draws: np.random.Generator
) -> dict[str, Value]:
    """Return a new configuration near a proposal that is not new, else anywhere, else the proposal."""
    near = [each for each in space.neighbours(proposal, 0) if _is_new(space, each, taken)]
    if near:
        return near[int(draws.integers(len(near)))]
    anywhere = (space.random(draws) for _ in range(_RANDOM_ATTEMPTS))
    return next((each for each in anywhere if _is_new(space, each, taken)), proposal)


def _is_new(space: Space, configuration: Configuration, taken: Set[Key]) -> bool:
    return space.key(configuration) not in taken and not space.broken_limits(configuration)
