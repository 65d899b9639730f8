"""Searching the least people: up together until targets are kept, then down crew by crew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from simlab.experiments.estimates import estimate
from simlab.experiments.first_guess import Crew
from simlab.experiments.limits import OutputLimit
from simlab.experiments.overload import hopeless_team
from simlab.experiments.runs import truncations
from simlab.experiments.workbench import Case, Workbench
from simlab.metrics.summary import ReplicationSummary
from simlab.statistics.intervals import Estimate

Standing = Literal["kept", "missed", "not shown"]


@dataclass(frozen=True, slots=True)
class TargetStanding:
    """How a staffing stands against one target."""

    text: str
    """The target, as written."""
    response: str
    estimate: Estimate
    """With the two-sided interval of which each end holds by itself with the stated confidence."""
    standing: Standing
    """``kept`` where the whole interval keeps the bound, ``missed`` where none of it does."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a staffing keeps all targets with the stated confidence."""

    is_kept: bool
    targets: tuple[TargetStanding, ...]
    reason: str
    """Why not; empty where they are kept."""
    seen: range
    """Replications with which it was judged; none where the queue would grow without end."""

    @property
    def replications(self) -> int:
        """Number of them."""
        return len(self.seen)


@dataclass(frozen=True, slots=True)
class Looks:
    """With how many replications a staffing is judged: twice as many, again and again, while undecided."""

    first: int
    most: int
    begin: int = 0
    """Number of the first replication."""

    def sizes(self) -> tuple[int, ...]:
        """Return the numbers of replications at which to look."""
        found = [self.first]
        while found[-1] < self.most:
            found.append(min(2 * found[-1], self.most))
        return tuple(found)


Judge = Callable[[Mapping[str, int]], Judgement]


def judged(
    case: Case, limits: Sequence[OutputLimit], bench: Workbench, looks: Looks, confidence: float
) -> Judgement:
    """Judge a staffing at looks, until it is decided.

    A staffing that is undecided at last counts as not enough: it is not shown to be. That all targets are
    kept is shown where each of them is with the confidence, for it is wrong only where one of them is not
    kept (an intersection-union test).
    """
    worst = hopeless_team(case.model())
    if worst is not None:
        reason = f"the queue of the team {worst.team} grows without end"
        return Judgement(False, (), reason, range(0))
    for n in looks.sizes():
        replications = range(looks.begin, looks.begin + n)
        bench.simulate([(case, replications)])
        summaries = bench.summaries(case, replications)
        ended = truncations(summaries)
        if ended:
            return Judgement(False, (), ended[0], replications)
        targets = tuple(standing_of(limit, summaries, confidence) for limit in limits)
        standings = {target.standing for target in targets}
        if standings == {"kept"}:
            return Judgement(True, targets, "", replications)
        if "missed" in standings:
            break
    open_ = [target.text for target in targets if target.standing != "kept"]
    told = "missed" if "missed" in standings else f"not shown to be kept in {n} replications"
    return Judgement(False, targets, f"{', '.join(open_)}: {told}", replications)


def standing_of(
    limit: OutputLimit, summaries: Sequence[ReplicationSummary], confidence: float
) -> TargetStanding:
    """Return how a target stands by the one-sided interval of its response."""
    told = estimate(summaries, limit.response, 2.0 * confidence - 1.0)
    standing: Standing = "not shown"
    if told.has_interval:
        near, far = (told.high, told.low) if limit.is_upper else (told.low, told.high)
        sign = 1.0 if limit.is_upper else -1.0
        if sign * (near - limit.bound) <= 0.0:
            standing = "kept"
        elif sign * (far - limit.bound) > 0.0:
            standing = "missed"
    return TargetStanding(limit.text, limit.response, told, standing)


@dataclass(frozen=True, slots=True)
class StaffingSearch:
    """Seeks the least people, taking it that more people never do harm.

    Where that holds, no single person of the answer can be spared, nor be replaced by one of a cheaper crew.
    """

    crews: Sequence[Crew]
    judge: Judge

    def least(self, start: Mapping[str, int]) -> dict[str, int]:
        """Return the least people that keep the targets; the most allowed where even these do not."""
        people = self._enough(start)
        if not self.judge(people).is_kept:
            return people
        by_cost = sorted(self.crews, key=_weight, reverse=True)
        while True:
            before = dict(people)
            for crew in by_cost:
                people = self._lowered(people, crew)
            people = self._exchanged(people)
            if people == before:
                return people

    def _enough(self, start: Mapping[str, int]) -> dict[str, int]:
        """Add people to all crews, ever more, until the targets are kept or all are at their most."""
        people, step = dict(start), 1
        most = {crew.number.path: int(crew.number.high) for crew in self.crews}
        while people != most and not self.judge(people).is_kept:
            people = {path: min(n + step, most[path]) for path, n in people.items()}
            step *= 2
        return people

    def _lowered(self, people: Mapping[str, int], crew: Crew) -> dict[str, int]:
        """Return the people with the fewest of one crew: down in ever larger steps, then halving."""
        path, low = crew.number.path, int(crew.number.low)
        enough, too_few, step = people[path], low - 1, 1
        while enough > low and too_few < low:
            tried = max(enough - step, low)
            if self.judge({**people, path: tried}).is_kept:
                enough, step = tried, 2 * step
            else:
                too_few = tried
        while enough - too_few > 1 and too_few >= low:
            middle = (enough + too_few) // 2
            if self.judge({**people, path: middle}).is_kept:
                enough = middle
            else:
                too_few = middle
        return {**people, path: enough}

    def _exchanged(self, people: Mapping[str, int]) -> dict[str, int]:
        """Replace a person by one of a cheaper crew, as long as that keeps the targets."""
        for dear, cheap in permutations(self.crews, 2):
            one, other = dear.number, cheap.number
            is_open = people[one.path] > one.low and people[other.path] < other.high
            if is_open and _weight(dear) > _weight(cheap) * (1.0 + 1e-9):
                tried = {**people, one.path: people[one.path] - 1, other.path: people[other.path] + 1}
                if self.judge(tried).is_kept:
                    return tried
        return dict(people)


def _weight(crew: Crew) -> float:
    return crew.cost if crew.cost > 0.0 else crew.paid_hours
