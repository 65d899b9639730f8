"""Scores, answers to the survey, repeat contacts and improvement tickets, computed by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.codes import Origin
from tests.desks import Run, model_of, ran_well, run
from tests.unit.engines.three_teams import process
from tests.unit.engines.week import at

FOUR = tuple(f"mon {hour:02}:00" for hour in (10, 11, 12, 13))


def heard(
    score: dict[str, Any] | None = None,
    steps: dict[str, Any] | None = None,
    moments: tuple[str, ...] = FOUR,
    **feedback: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Tickets of 10 min at ``a``, scored; improvement tickets of 10 min at ``c``."""
    written = process(steps or {}, moments=moments)
    written["demand"]["tickets"]["kind"] = "incident"
    written["demand"]["improvements"] = {"arrivals": {"spawned": True}, "start": "c", "kind": "improvement"}
    written["feedback"] = {
        "of": {"kind": "incident"},
        "score": {"at_best": 5, **(score or {})},
        "satisfied": ">= 4",
        **feedback,
    }
    return written


def scores(ran: Run) -> list[float]:
    values: list[float] = ran.logs.tickets.score.tolist()
    return values


def created(ran: Run, origin: Origin) -> list[float]:
    tickets = ran.logs.tickets
    times: list[float] = tickets.created[tickets.origin == origin].tolist()
    return times


def test_a_score_loses_points_for_hours_hops_and_missed_targets() -> None:
    weights = {"per_hour": 0.6, "per_hour_to_response": 3, "per_hop": 0.25, "late_resolution": 1.0}
    written = heard(weights, {"a": {"next": "b"}}, moments=("mon 10:00", "mon 10:00"))
    written["staffing"]["a"] = {"people": 1}
    written["targets"] = {"P3": {"resolve": "25 min"}}
    # The first: 20 min, one hop. The second waits 10 min for its response, and misses its target.
    assert scores(ran_well(written)) == pytest.approx([5 - 0.2 - 0.25, 5 - 0.3 - 0.5 - 0.25 - 1.0])


def test_a_score_loses_points_for_reopening_and_a_late_response() -> None:
    steps = {"resolved": {"end": "resolved", "reopen": {"share": "100 %", "to": "a", "at_most": 1}}}
    written = heard({"per_reopen": 0.75, "late_response": 0.5}, steps, moments=("mon 10:00", "mon 10:00"))
    written["staffing"]["a"] = {"people": 1}
    written["targets"] = {"P3": {"respond": "5 min"}}
    assert scores(ran_well(written)) == [4.25, 3.75]


def test_a_score_never_leaves_the_scale() -> None:
    assert scores(ran_well(heard({"per_hour": 100}))) == [1.0] * 4
    spread = scores(ran_well(heard({"spread": 3}, moments=tuple(f"mon {h:02}:00" for h in range(24)))))
    assert min(spread) == 1.0
    assert max(spread) == 5.0


def test_who_gave_up_has_the_score_that_is_written_or_none() -> None:
    steps = {"a": {"patience": {"time": "5 min"}}}
    for written, expected in (({"abandoned": 1.5}, 1.5), ({}, math.nan)):
        scenario = heard(written, steps, moments=("mon 10:00", "mon 10:00"))
        scenario["staffing"]["a"] = {"people": 1}
        assert np.array_equal(scores(ran_well(scenario)), [5.0, expected], equal_nan=True)


def test_only_the_tickets_that_are_asked_about_are_scored_and_cancelled_ones_are_not() -> None:
    written = heard(of={"stream": "improvements"})
    assert np.isnan(scores(ran_well(written))).all()
    assert np.isnan(scores(ran_well(heard(steps={"a": {"next": "cancelled"}})))).all()


def test_without_a_survey_every_score_is_heard_at_once() -> None:
    ran = ran_well(heard())
    assert ran.logs.tickets.answered.tolist() == [at(f"mon {hour}:10") for hour in (10, 11, 12, 13)]


def test_answers_come_later_and_only_from_those_who_answer() -> None:
    ran = ran_well(heard(survey={"response": "100 %", "after": "1 day"}))
    assert ran.logs.tickets.answered.tolist() == [at(f"tue {hour}:10") for hour in (10, 11, 12, 13)]
    assert np.isnan(ran_well(heard(survey={"response": "0 %"})).logs.tickets.answered).all()


def test_who_answers_may_depend_on_the_score() -> None:
    rules = [{"when": {"score": "<= 2"}, "share": "100 %"}, {"share": "0 %"}]
    written = heard(
        {"spread": 2}, moments=tuple(f"mon {h:02}:00" for h in range(24)), survey={"response": rules}
    )
    tickets = ran_well(written).logs.tickets
    assert 0 < np.sum(tickets.score <= 2) < 24
    assert np.array_equal(~np.isnan(tickets.answered), tickets.score <= 2)


def test_every_second_low_score_raises_an_improvement_ticket() -> None:
    improvements = {"stream": "improvements", "low": "<= 3", "after": 2}
    ran = ran_well(heard({"at_best": 2}, improvements=improvements))
    assert created(ran, Origin.IMPROVEMENT) == [at("mon 11:10"), at("mon 13:10")]
    assert ran.logs.tickets.parent[ran.logs.tickets.origin == Origin.IMPROVEMENT].tolist() == [1, 4]
    assert [v.step for v in ran.visits("c")] == ["c", "c"]


def test_low_scores_that_nobody_hears_raise_nothing() -> None:
    improvements = {"stream": "improvements", "low": "<= 3", "after": 1}
    written = heard({"at_best": 2}, improvements=improvements, survey={"response": "0 %"})
    assert created(ran_well(written), Origin.IMPROVEMENT) == []


@pytest.mark.parametrize(("each", "expected"), [(False, ["mon 14:00"]), (True, ["mon 14:00"] * 2)])
def test_a_review_raises_improvement_tickets_for_the_low_scores_since_the_last(
    each: bool, expected: list[str]
) -> None:
    review = {"every": "14 h", "at_least": 2, "each": each}
    written = heard({"at_best": 2}, improvements={"stream": "improvements", "low": "<= 3", "review": review})
    assert created(ran_well(written), Origin.IMPROVEMENT) == [at(moment) for moment in expected]


def test_a_review_without_low_scores_raises_nothing() -> None:
    improvements = {"stream": "improvements", "low": "<= 3", "review": {"every": "1 h"}}
    assert created(ran_well(heard(improvements=improvements)), Origin.IMPROVEMENT) == []


def test_dissatisfied_customers_come_again_with_a_ticket_alike() -> None:
    rules = [{"when": {"score": "<= 2"}, "share": "100 %", "after": "3 h"}]
    written = heard({"at_best": 2, "per_hour_to_response": 0}, repeat=rules, moments=("mon 10:00",))
    written["demand"]["tickets"] |= {
        "difficulty": {"exponential": 2},
        "priority": {"P1": "50 %", "P2": "50 %"},
    }
    written["time"] = {"length": "12 h", "start": "2026-01-05"}
    ran = ran_well(written)
    assert created(ran, Origin.REPEAT) == []  # it would come after the end
    written["time"] = {"length": "20 h", "start": "2026-01-05"}
    ran = ran_well(written)
    assert created(ran, Origin.REPEAT) == [at("mon 13:10"), at("mon 16:20"), at("mon 19:30")]
    tickets = ran.logs.tickets
    assert tickets.parent.tolist() == [-1, 0, 1, 2]
    assert len(set(tickets.subject.tolist())) == 4
    for column in (tickets.difficulty, tickets.priority, tickets.ticket_class, tickets.stream):
        assert len(set(column.tolist())) == 1


def test_who_comes_again_may_come_to_another_stream() -> None:
    written = heard(
        {"at_best": 2}, repeat=[{"share": "100 %", "stream": "complaints"}], moments=("mon 10:00",)
    )
    written["demand"]["complaints"] = {"arrivals": {"spawned": True}, "start": "b", "kind": "complaint"}
    ran = ran_well(written)
    assert [ran.model.names.streams[code] for code in ran.logs.tickets.stream] == ["tickets", "complaints"]


def test_satisfied_customers_do_not_come_again() -> None:
    rules = [{"when": {"score": ">= 4"}, "share": "0 %"}, {"share": "100 %"}]
    assert created(ran_well(heard(repeat=rules)), Origin.REPEAT) == []


def test_feedback_that_nothing_follows_from_changes_nothing_but_its_columns() -> None:
    written = heard({"spread": 1})
    plain = {key: value for key, value in written.items() if key != "feedback"}
    one, other = run(written).logs, run(plain).logs
    for column in one.tickets.columns():
        if column.name not in ("score", "answered"):
            same = getattr(one.tickets, column.name), getattr(other.tickets, column.name)
            assert np.array_equal(*same, equal_nan=column.dtype is np.float64)


def test_figures_of_satisfaction_are_those_of_the_scores() -> None:
    rules = [{"when": {"score": "<= 2"}, "share": "100 %"}, {"share": "25 %"}]
    moments = tuple(f"{day} {hour:02}:00" for day in ("mon", "tue", "wed") for hour in range(24))
    ran = ran_well(heard({"at_best": 3, "spread": 1.5}, moments=moments, survey={"response": rules}))
    figures, tickets = summarise(ran.model, ran.logs), ran.logs.tickets
    answered = ~np.isnan(tickets.answered)
    assert figures.of("satisfaction_mean") == pytest.approx(tickets.score.mean())
    assert figures.of("satisfied_share") == pytest.approx((tickets.score >= 4).mean())
    assert figures.of("survey_mean") == pytest.approx(tickets.score[answered].mean())
    assert figures.of("survey_satisfied_share") == pytest.approx((tickets.score[answered] >= 4).mean())
    assert figures.of("survey_response_share") == pytest.approx(answered.mean())
    assert figures.of("repeat_share") == 0.0
    # Those who are angry answer more often: the survey is worse than the truth.
    assert figures.of("survey_mean") < figures.of("satisfaction_mean")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": {"at_best": 6}}, "a score from 1 to 5 is expected"),
        (
            {"improvements": {"stream": "improvements", "low": "<= 2"}},
            "after a number of low scores, or by a review",
        ),
        (
            {"improvements": {"stream": "nowhere", "low": "<= 2", "after": 1}},
            "there is no stream of this name",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    written = heard()
    written["feedback"] |= change
    with pytest.raises(InvalidInput, match=message):
        model_of(written)


def test_a_score_is_not_known_on_the_way() -> None:
    written = heard(steps={"a": {"next": [{"when": {"score": "<= 2"}, "to": "b"}, {"to": "resolved"}]}})
    with pytest.raises(InvalidInput, match="a ticket has a score only when it is closed"):
        model_of(written)


def test_members_of_a_population_make_no_second_ticket() -> None:
    written = heard(repeat=[{"share": "50 %"}])
    written["demand"]["tickets"]["arrivals"] = {"population": {"size": 2, "away": "1 h"}}
    with pytest.raises(InvalidInput, match="make no second ticket"):
        model_of(written)
