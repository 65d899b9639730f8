"""Defects, hand-offs, automatic triage and errors of automations, computed by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.desks import ran_well, run
from tests.unit.engines.three_teams import closed, path, process
from tests.unit.engines.week import at

MANY = tuple(f"mon {hour:02}:00" for hour in range(20))
CERTAIN = {"share": "100 %", "team": "c", "work": "5 min"}


def with_quality(
    steps: dict[str, Any] | None = None, moments: tuple[str, ...] = ("mon 10:00",), **quality: object
) -> dict[str, Any]:
    """Step ``a`` whose work is always wrong, but for what the keywords say."""
    block = {"defects": "100 %", "comes_back": {"after": "1 h"}, **quality}
    steps = steps or {}
    return process({**steps, "a": {"quality": block, **steps.get("a", {})}}, moments=moments)


class TestDefects:
    def test_a_defect_that_nobody_finds_comes_back_after_its_resolution(self) -> None:
        written = with_quality(comes_back={"after": "1 h", "to": "b"})
        ran = ran_well(written)
        assert path(ran) == "arb"
        assert closed(ran) == [at("mon 11:20")]
        assert ran.ticket(0)["reopens"] == 1
        assert ran.ticket(0)["dormant_min"] == 60.0

    def test_by_itself_it_comes_back_to_the_step_that_made_it(self) -> None:
        written = with_quality(defects={"by_hops": ["100 %", "0 %"]}, steps={"a": {"next": "b"}})
        # the second time a is reached by a hop from b and makes no defect
        assert path(ran_well(written)) == "abrab"

    def test_sound_work_does_not_come_back(self) -> None:
        assert path(ran_well(with_quality(defects="0 %"))) == "a"

    def test_an_audit_that_finds_a_defect_lets_the_work_be_done_again(self) -> None:
        ran = ran_well(with_quality(audit=CERTAIN, redo="b"))
        assert [(v.step, v.touch) for v in ran.visits()] == [
            ("a", 10.0),
            ("a~audit of flawed", 5.0),
            ("b", 10.0),
        ]
        assert closed(ran) == [at("mon 10:25")]
        assert ran.ticket(0)["reopens"] == 0

    def test_sound_work_is_audited_as_often(self) -> None:
        ran = ran_well(with_quality(defects="0 %", audit=CERTAIN))
        assert [v.step for v in ran.visits()] == ["a", "a~audit of sound"]

    def test_an_audit_that_detects_nothing_costs_its_time_alone(self) -> None:
        ran = ran_well(
            with_quality(audit={**CERTAIN, "detects": "0 %"}, comes_back={"after": "1 h", "to": "b"})
        )
        assert [v.step for v in ran.visits()][:2] == ["a", "a~audit of flawed"]
        assert ran.ticket(0)["reopens"] == 1

    @pytest.mark.parametrize("audit", [None, CERTAIN])
    def test_rules_behind_the_check_ask_for_the_step_before_and_its_visits(
        self, audit: dict[str, Any] | None
    ) -> None:
        rules = [{"when": {"visits": 1, "came_from": "b"}, "to": "c"}, {"to": "cancelled"}]
        more: dict[str, Any] = {} if audit is None else {"audit": audit}
        written = with_quality(defects="0 %", steps={"a": {"next": rules}, "b": {"next": "a"}}, **more)
        written["routing"]["start"] = "b"
        assert run(written).visits()[-1].step == "c"

    def test_what_follows_comes_from_the_checked_step(self) -> None:
        rules = [{"when": {"came_from": "a"}, "to": "c"}, {"to": "cancelled"}]
        written = with_quality(defects="0 %", steps={"a": {"next": "b"}, "b": {"next": rules}})
        assert path(run(written)) == "abc"

    def test_redone_work_comes_from_the_checked_step(self) -> None:
        rules = [{"when": {"came_from": "a"}, "to": "c"}, {"to": "cancelled"}]
        assert path(run(with_quality(audit=CERTAIN, redo="b", steps={"b": {"next": rules}}))) == "aabc"

    def test_a_ticket_that_is_cancelled_does_not_come_back(self) -> None:
        assert path(ran_well(with_quality(steps={"a": {"next": "cancelled"}}))) == "a"


class TestHandoffs:
    def handed(self, *handoffs: dict[str, Any], way: str = "abc") -> dict[str, Any]:
        """A ticket that goes from a to b to c."""
        follows = dict(zip(way, [*way[1:], "resolved"], strict=True))
        written = process({step: {"next": goal} for step, goal in follows.items()})
        written["routing"]["handoffs"] = list(handoffs)
        return written

    def test_delay_and_reading_are_added_between_teams(self) -> None:
        ran = ran_well(self.handed({"delay": "30 min", "reread": "4 min"}))
        assert [(v.step, v.arrived, v.touch) for v in ran.visits()] == [
            ("a", at("mon 10:00"), 10.0),
            ("b~transfer 1", at("mon 10:10"), 0.0),
            ("b", at("mon 10:40"), 14.0),
            ("c~transfer 1", at("mon 10:54"), 0.0),
            ("c", at("mon 11:24"), 14.0),
        ]
        assert ran.ticket(0)["delay_min"] == 60.0

    def test_lost_information_is_found_out_again(self) -> None:
        lost = self.handed({"reread": "4 min", "loss": {"share": "100 %", "redo": "6 min"}})
        assert [v.touch for v in ran_well(lost).visits()] == [10.0, 20.0, 20.0]
        kept = self.handed({"loss": {"share": "0 %", "redo": "6 min"}})
        assert [v.touch for v in ran_well(kept).visits()] == [10.0, 10.0, 10.0]

    def test_the_first_that_fits_applies(self) -> None:
        written = self.handed(
            {"from": "a", "to": ["b", "c"], "reread": "1 min"},
            {"to": "c", "delay": "20 min"},
            {"reread": "9 min", "delay": "1 day"},
        )
        ran = ran_well(written)
        assert [v.touch for v in ran.visits() if v.person] == [10.0, 11.0, 10.0]
        assert closed(ran) == [at("mon 10:10") + 11.0 + 20.0 + 10.0]

    def test_within_a_team_nothing_is_handed_on(self) -> None:
        written = self.handed({"delay": "1 h", "reread": "1 h"})
        for step in "bc":
            written["routing"]["steps"][step]["team"] = "a"
        assert closed(ran_well(written)) == [at("mon 10:30")]

    def test_a_new_ticket_is_not_handed_over(self) -> None:
        assert closed(ran_well(self.handed({"delay": "1 h"}, way="a"))) == [at("mon 10:10")]

    def test_a_misrouted_ticket_is_handed_back(self) -> None:
        written = self.handed({"delay": "30 min"}, way="a")
        written["routing"]["steps"]["a"]["misroute"] = {"share": "100 %", "to": "c", "look": "2 min"}
        assert closed(ran_well(written)) == [at("mon 10:42")]


class TestTriage:
    def triaged(self, matrix: dict[str, Any], **triage: object) -> dict[str, Any]:
        written = process({"t": {"triage": {"time": "1 min", "matrix": matrix, **triage}}}, "t", MANY)
        classes = {"mail": {"share": "50 %"}, "net": {"share": "50 %"}}
        written["demand"]["tickets"]["classes"] = classes
        return written

    def test_each_class_goes_where_its_row_says(self) -> None:
        ran = ran_well(self.triaged({"mail": {"a": "100 %"}, "net": {"b": "100 %", "c": "0 %"}}))
        log = ran.logs.tickets
        assert np.array_equal(log.first_team, log.ticket_class)
        assert set(log.automation_min.tolist()) == {1.0}
        assert set(log.hops.tolist()) == {0}

    def test_other_classes_go_elsewhere(self) -> None:
        ran = ran_well(self.triaged({"mail": {"a": "100 %"}}, otherwise="c"))
        log = ran.logs.tickets
        assert np.array_equal(log.first_team, log.ticket_class * 2)

    @pytest.mark.parametrize(
        "matrix",
        [
            {"mail": {"a": "90 %"}, "net": {"b": "100 %"}},
            {"mail": {"a": "100 %"}},
        ],
    )
    def test_rows_that_leave_tickets_out_are_refused(self, matrix: dict[str, Any]) -> None:
        from simlab.errors import InvalidInput

        with pytest.raises(InvalidInput, match="matrix"):
            run(self.triaged(matrix))


class TestErrorsOfAutomations:
    def automated(self, errors: str) -> dict[str, Any]:
        written = process({}, moments=MANY)
        level = {"coverage": "100 %", "errors": errors, "comes_back": "2 h", "run_time": "1 min"}
        written["automation"] = {"bot": {"at": "a", "level": "on", "levels": {"on": level}}}
        return written

    def test_an_error_that_nobody_notices_comes_back_to_people(self) -> None:
        ran = ran_well(self.automated("100 %"))
        # 1 min of the automation, 2 h until it comes back, 10 min of work
        assert (ran.logs.tickets.closed - ran.logs.tickets.created).tolist() == [131.0] * 20
        assert set(ran.logs.tickets.reopens.tolist()) == {1}
        assert set(ran.logs.tickets.touch_min.tolist()) == {10.0}

    def test_without_errors_nothing_comes_back(self) -> None:
        ran = ran_well(self.automated("0 %"))
        assert set(ran.logs.tickets.reopens.tolist()) == {0}
        assert set(ran.logs.tickets.touch_min.tolist()) == {0.0}

    def test_the_share_of_errors_is_of_the_successes(self) -> None:
        written = self.automated("100 %")
        written["automation"]["bot"]["levels"]["on"]["success"] = "0 %"
        assert set(ran_well(written).logs.tickets.reopens.tolist()) == {0}
