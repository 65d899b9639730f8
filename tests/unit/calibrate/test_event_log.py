"""The event log: order, selection, splitting."""

from __future__ import annotations

import numpy as np
import pytest

from simlab.calibrate.event_log import CaseTable, EventLog, Labels, LogKind

NAN = np.nan


def three_cases() -> EventLog:
    """Case a comes last and is open; b has two events given in the wrong order; c has none."""
    counts = np.full(3, -1, np.int32)
    cases = CaseTable(
        ids=("a", "b", "c"),
        created=np.array([300.0, 100.0, 200.0]),
        responded=np.array([310.0, 120.0, NAN]),
        resolved=np.array([NAN, 180.0, 260.0]),
        closed=np.array([NAN, 400.0, NAN]),
        case_class=Labels.of(["x", "y", "x"]),
        priority=Labels.of(["P1", None, "P3"]),
        channel=Labels.none(3),
        team=Labels.of(["desk", "desk", "network"]),
        reassignments=counts,
        reopens=counts,
        attributes={"site": Labels.of(["s1", "s2", ""])},
    )
    return EventLog.sorted_from(
        LogKind.EVENTS,
        "Europe/Berlin",
        cases,
        case=np.array([0, 1, 1], np.int32),
        activity=Labels.of(["look", "fix", "look"]),
        start=np.array([310.0, NAN, 110.0]),
        end=np.array([NAN, 170.0, 120.0]),
        team=Labels.of(["desk", "network", "desk"]),
    )


def test_cases_are_in_order_of_creation_and_events_in_order_within_them() -> None:
    log = three_cases()
    assert log.cases.ids == ("b", "c", "a")
    assert log.case.tolist() == [0, 0, 2]
    assert log.activity.texts() == ["look", "fix", "look"]
    assert log.team.texts() == ["desk", "network", "desk"]
    assert log.at.tolist() == [110.0, 170.0, 310.0]
    assert log.offsets().tolist() == [0, 2, 2, 3]
    assert log.cases.priority.texts() == ["", "P3", "P1"]
    assert log.cases.attributes["site"].texts() == ["s2", "", "s1"]


def test_window_and_last_seen_cover_events_and_cases() -> None:
    log = three_cases()
    assert log.observed() == (100.0, 400.0)
    assert log.last_seen().tolist() == [400.0, 260.0, 310.0]


def test_selected_cases_take_their_events_with_them() -> None:
    log = three_cases().select(np.array([0, 2]))
    assert log.cases.ids == ("b", "a")
    assert log.case.tolist() == [0, 0, 1]
    assert log.select(np.array([False, True])).activity.texts() == ["look"]


def test_split_puts_a_case_created_at_the_instant_into_the_second_part() -> None:
    early, late = three_cases().split_at(200.0)
    assert (early.cases.ids, late.cases.ids) == (("b",), ("c", "a"))
    assert (len(early), len(late)) == (2, 1)


def test_share_of_cases_gives_the_creation_of_the_first_case_after_it() -> None:
    log = three_cases()
    assert log.instant_of_share(0.5) == 200.0
    assert log.instant_of_share(0.99) == 300.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        log.instant_of_share(1.0)


def test_log_as_known_earlier_has_open_cases_and_no_later_event() -> None:
    log = three_cases().as_known_at(170.0)
    assert log.cases.ids == ("b",)
    assert np.isnan(log.cases.resolved).all()
    assert np.isnan(log.cases.closed).all()
    assert log.activity.texts() == ["look"]


def test_activity_that_goes_on_at_the_time_of_looking_has_no_end() -> None:
    log = three_cases().as_known_at(115.0)
    assert (len(log), np.isnan(log.end).tolist()) == (1, [True])


def test_empty_log_has_no_window() -> None:
    log = three_cases().select(np.zeros(3, bool))
    assert (len(log), len(log.cases), log.offsets().tolist()) == (0, 0, [0])
    assert np.isnan(log.observed()).all()


def test_label_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="no name"):
        Labels(np.array([0, 1], np.int32), ("only",))


def test_labels_count_their_rows() -> None:
    labels = Labels.of(["b", "", "a", "b"])
    assert (labels.names, labels.counts().tolist(), labels.text(1)) == (("b", "a"), [2, 1], "")
    assert labels.is_known
    assert not Labels.none(3).is_known
