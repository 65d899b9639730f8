"""Faults, feedback and improvement in words: what is behind tickets, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from simlab.scenario.schema.values import names_in
from simlab.units import format_duration, format_share

if TYPE_CHECKING:
    from simlab.model.load import LoadedScenario
    from simlab.scenario.schema.faults import Faults, Problems
    from simlab.scenario.schema.levers import Lever

_POINTS: Final = {
    "per_hour": "for each hour until the resolution",
    "per_hour_to_response": "for each hour until the response",
    "per_hop": "for each change of team",
    "per_reopen": "for each reopening",
    "late_response": "for a late response",
    "late_resolution": "for a late resolution",
}


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
            f"  the worst causes {format_share(shares[0])} of them"
            f"{f', the worst {fifth} together {format_share(sum(shares[:fifth]))}' if fifth > 1 else ''}"
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
    return f"{faults.stream} of class {' or '.join(names_in(faults.class_))}"


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


def feedback_in_words(loaded: LoadedScenario) -> Iterator[str]:
    """Say how the score of a ticket comes about, and what follows from it."""
    feedback = loaded.scenario.feedback
    if feedback is None:
        return
    points = ", ".join(
        f"{getattr(feedback.score, name):g} {words}"
        for name, words in _POINTS.items()
        if getattr(feedback.score, name)
    )
    less = f", less {points}" if points else ""
    yield f"the score of a closed ticket, from 1 to 5, is {feedback.score.at_best:g}{less}"
    if feedback.score.spread:
        yield f"customers differ by {feedback.score.spread:g} (standard deviation)"
    if feedback.score.abandoned is not None:
        yield f"who gives up has a score of {feedback.score.abandoned:g}"
    response = feedback.survey.response if feedback.survey is not None else 1.0
    if isinstance(response, float):
        yield f"{format_share(response)} of the customers are heard"
    else:
        yield "who answers the survey depends on the ticket"
    for repeat in feedback.repeat:
        who = "of the customers" if repeat.when is None else "of the customers of some tickets"
        goal = f", to {repeat.stream}" if repeat.stream is not None else ""
        yield f"{format_share(repeat.share)} {who} come again{goal}"
    raised = feedback.improvements
    if raised is not None and raised.after is not None:
        yield f"after {raised.after} low scores, a ticket of {raised.stream} is raised"
    elif raised is not None and raised.review is not None:
        often, least = format_duration(raised.review.every), raised.review.at_least
        yield f"every {often}, a ticket of {raised.stream} is raised where there were {least} low scores"


def improvement_in_words(lever: Lever) -> Iterator[str]:
    """Say what moves a lever in the run; nothing where it stays as it is."""
    improve = lever.improve
    if improve is None:
        return
    steps = improve.at if isinstance(improve.at, str) else " or ".join(improve.at)
    share = "" if improve.share == 1.0 else f", in {format_share(improve.share)} of the cases"
    yield f"each end of {steps} moves it up by {improve.by:g}{share}, up to {improve.up_to:g}"
    if improve.decay is not None:
        yield f"it falls by as much each time that nothing has moved it for {format_duration(improve.decay)}"
