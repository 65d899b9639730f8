"""Compiling feedback: scores, survey, repeat contacts and improvement tickets."""

from __future__ import annotations

import numpy as np

from simlab.model.compiling.context import Path
from simlab.model.compiling.distributions import distribution_id
from simlab.model.compiling.faults import raised_stream
from simlab.model.compiling.graph import Graph
from simlab.model.compiling.rules import Row, tests_of
from simlab.model.improvement_tables import FeedbackTable, ScoreWeights
from simlab.scenario.schema.feedback import Feedback, Repeat
from simlab.scenario.schema.routing import Condition

_RAISED: Path = ("feedback", "improvements", "stream")


def compile_feedback(graph: Graph) -> FeedbackTable | None:
    """Return the feedback of the scenario; None where it has none."""
    feedback = graph.scenario.feedback
    if feedback is None:
        return None
    survey, response, delay = _survey(graph, feedback)
    repeat, raised = feedback.repeat, feedback.improvements
    paths: list[Path] = [("feedback", "repeat", i) for i in range(len(repeat))]
    review = raised.review if raised is not None else None
    score = feedback.score
    return FeedbackTable(
        weights=ScoreWeights(
            **{name: getattr(score, name) for name in ScoreWeights._fields if name != "abandoned"},
            abandoned=np.nan if score.abandoned is None else score.abandoned,
        ),
        scored=_block(graph, [feedback.of], [("feedback", "of")]),
        satisfied=(feedback.satisfied.low, feedback.satisfied.high),
        survey=survey,
        response=np.array(response, np.float64),
        answer_delay=delay,
        repeat=_block(graph, [each.when for each in repeat], [(*path, "when") for path in paths]),
        repeat_share=np.array([each.share for each in repeat], np.float64),
        repeat_delay=np.array(
            [
                distribution_id(graph.context, each.after, (*path, "after"))
                for each, path in zip(repeat, paths, strict=True)
            ],
            np.int64,
        ),
        repeat_stream=np.array(
            [_stream(graph, each, path) for each, path in zip(repeat, paths, strict=True)], np.int64
        ),
        improvement_stream=-1 if raised is None else raised_stream(graph, raised.stream, _RAISED),
        low=(np.nan, np.nan) if raised is None else (raised.low.low, raised.low.high),
        after=0 if raised is None else raised.after or 0,
        review=np.inf if review is None else review.every,
        at_least=0 if review is None else review.at_least,
        each=review is not None and review.each,
    )


def _survey(graph: Graph, feedback: Feedback) -> tuple[int, list[float], int]:
    """Rules of who answers, the shares who do, and the distribution of the time until then."""
    if feedback.survey is None:
        return -1, [], -1
    response = feedback.survey.response
    path: Path = ("feedback", "survey", "response")
    delay = distribution_id(graph.context, feedback.survey.after, ("feedback", "survey", "after"))
    if isinstance(response, float):
        return _block(graph, [None], [path]), [response], delay
    paths: list[Path] = [(*path, i, "when") for i in range(len(response))]
    block = _block(graph, [each.when for each in response], paths)
    return block, [each.share for each in response], delay


def _block(graph: Graph, conditions: list[Condition | None], paths: list[Path]) -> int:
    """Rules that name the first of several conditions that holds; -1 for no rules."""
    rows = [
        Row(i, tests_of(graph.context, condition, path))
        for i, (condition, path) in enumerate(zip(conditions, paths, strict=True))
    ]
    return graph.rules.block(rows) if rows else -1


def _stream(graph: Graph, repeat: Repeat, path: Path) -> int:
    if repeat.stream is not None:
        return raised_stream(graph, repeat.stream, (*path, "stream"))
    if any(stream.arrivals.population is not None for stream in graph.scenario.demand.values()):
        graph.context.problem(
            path,
            "members of a population come by themselves, and make no second ticket",
            remedy="name the stream of the new ticket",
        )
    return -1
