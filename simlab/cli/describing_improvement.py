"""Faults in words: which part of the tickets they cause, and when problem tickets are raised."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simlab.units import format_duration, format_share

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario
    from simlab.scenario.schema.faults import Faults, Problems


def faults_in_words(loaded: LoadedScenario) -> Iterator[str]:
    """Say what each group of faults causes, how unevenly, and how its faults are found."""
    from simlab.model.faults import fault_shares
    from simlab.model.streams import replication_key

    for group, (name, faults) in enumerate(loaded.scenario.faults.items()):
        shares = sorted(fault_shares(loaded.model, replication_key(1, 0), group).tolist(), reverse=True)
        fifth = max(1, round(len(shares) / 5))
        about = f" {faults.about.strip()}" if faults.about else ""
        is_drawn = faults.rates.listed is None and faults.rates.zipf is None
        behind = f"{len(shares)} faults are behind {format_share(faults.share)} of {_tickets(faults)}"
        yield f"{name}:{about} {behind}"
        yield (
            f"  the worst causes {format_share(shares[0])} of them,"
            f" the worst {fifth} together {format_share(sum(shares[:fifth]))}"
            f"{' (drawn anew in each replication; so in the first)' if is_drawn else ''}"
        )
        if faults.problems is not None:
            yield from (f"  {sentence}" for sentence in _problems(faults.problems))
        if faults.new_after is not None:
            mean = loaded.model.distribution_list[_new_after(loaded, group)].mean
            yield f"  a new fault takes the place of a fixed one after {format_duration(mean)} on average"


def _tickets(faults: Faults) -> str:
    if faults.class_ is None:
        return faults.stream
    classes = (faults.class_,) if isinstance(faults.class_, str) else faults.class_
    return f"{faults.stream} of class {' or '.join(classes)}"


def _problems(problems: Problems) -> Iterator[str]:
    within = f" within {format_duration(problems.within)}" if problems.within is not None else ""
    raised = f"a ticket of {problems.stream} is raised"
    if problems.after is not None:
        yield f"after {problems.after} incidents of one fault{within}, {raised}"
    review = problems.review
    if review is not None:
        worst = "the fault" if review.worst == 1 else f"each of the {review.worst} faults"
        least = f"at least {review.at_least}{within}"
        yield f"every {format_duration(review.every)}, {raised} for {worst} with most incidents ({least})"


def _new_after(loaded: LoadedScenario, group: int) -> int:
    assert loaded.model.faults is not None
    return int(loaded.model.faults.new_after[group])
