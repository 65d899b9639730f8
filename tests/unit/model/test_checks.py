from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simlab.errors import InvalidInput
from simlab.model.load import load

GOOD = Path(__file__).parents[2] / "scenarios" / "broken" / "good.yaml"


def warnings(*assignments: str) -> dict[str, str]:
    return {problem.path: problem.message for problem in load(GOOD, assignments=assignments).warnings}


@pytest.mark.parametrize(
    ("assignment", "path", "says"),
    [
        ("routing.steps.spare={wait: 1 h, next: triage}", "routing.steps.spare", "no ticket ever comes"),
        ("staffing.spare={people: 1}", "staffing.spare", "no ticket ever needs"),
        ("routing.steps.network_fix.work=40 d", "routing.steps.network_fix.work", "40 days"),
        ("demand.incidents.arrivals.until=2025-01-01", "demand.incidents.arrivals", "no ticket of incidents"),
        ("demand.changes.arrivals.from=2027-01-01", "demand.changes.arrivals", "no ticket of changes"),
        (
            "roadmap=[{at: 2031-01-01, set: {targets.P1.resolve: 9 h}}]",
            "roadmap.0.at",
            "this change never comes: the run ends on",
        ),
        ("targets.P1.resolve=1 min", "targets.P1", "longer than the time to resolve"),
        (
            "routing.steps.network_fix.next=[{to: ask_user}, {when: {priority: P1}, to: resolved}]",
            "routing.steps.network_fix.next.1",
            "no ticket ever takes this rule to resolved",
        ),
        (
            "routing.steps.network_fix.next=[{when: {hops: '>= 0'}, to: ask_user}, {to: resolved}]",
            "routing.steps.network_fix.next.1",
            "no ticket ever takes",
        ),
        (
            "routing.steps.review={decide: [{when: {open: board}, to: network_fix}, {to: review}]}",
            "routing.steps.review",
            "without time passing: review -> review",
        ),
    ],
)
def test_what_is_probably_not_meant_is_warned_of(assignment: str, path: str, says: str) -> None:
    assert says in warnings(assignment)[path]


def test_change_at_the_very_end_of_the_run_never_comes_and_one_before_it_does() -> None:
    changes = "set: {targets.P1.resolve: 9 h}"
    at_end, before = (f"{{at: '{at}', {changes}}}" for at in ("2026-01-19 00:00", "2026-01-18 23:59"))
    time = ("time.start=2026-01-05", "time.length=2 weeks", "time.warm_up=0 min")
    found = warnings(*time, f"roadmap=[{before}, {at_end}]")
    assert [path for path in found if path.startswith("roadmap")] == ["roadmap.1.at"]
    assert "2026-01-19 at 00:00" in found["roadmap.1.at"]


@pytest.mark.parametrize(
    "rules",
    [
        "[{when: {class: [network, changes]}, to: resolved}, {when: {class: password}, to: ask_user}]",
        "[{when: {came_from: [triage, desk_fix, review]}, to: resolved}]",
        "[{when: {open: office}, to: resolved}, {when: {closed: office}, to: ask_user}]",
        "[{when: {hops: '< 2'}, to: resolved, share: 3%}, {when: {hops: '> 1'}, to: resolved}, {to: review}]",
        "[{share: {by_hops: [30 %, 60 %, 100 %]}, to: resolved}, {to: ask_user}]",
        "[{unless: {class: network, priority: P1}, to: resolved}, {to: ask_user}]",
        "[{when: {team: network_team}, to: resolved}]",
        "[{when: {visits: 1}, to: ask_user}, {when: {visits: '>= 2'}, to: resolved}]",
    ],
)
def test_rules_that_take_every_ticket_that_can_come_are_right(rules: str) -> None:
    assert warnings(f"routing.steps.network_fix.next={rules}") == {}


def test_share_of_nothing_is_a_rule_switched_off_on_purpose() -> None:
    off = "routing.steps.network_fix.next={resolved: 100 %, spare: 0 %}"
    assert warnings(off, "routing.steps.spare={wait: 1 h, next: triage}") == {}


def test_also_serves_in_a_circle_is_no_mistake() -> None:
    assert warnings("staffing.service_desk.also_serves=[network_team]") == {}


def test_queue_that_only_others_serve_is_no_mistake() -> None:
    assert (
        warnings("staffing.network_team.people=0", "staffing.service_desk.also_serves=[network_team]") == {}
    )


def test_closed_calendar_of_the_only_team_means_that_a_step_is_never_served() -> None:
    with pytest.raises(InvalidInput, match="step network_fix can never be served"):
        warnings(
            "staffing.network_team.calendar=sunday",
            "calendars.sunday={hours: {sun: 24 h}}",
            "time.length=5 days",
            "time.warm_up=0 days",
        )


def test_mistakes_of_names_and_of_evidence_are_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    for table in GOOD.parent.glob("*.csv"):
        shutil.copy(table, tmp_path)
    text = GOOD.read_text(encoding="utf-8").replace(
        "to: network_fix, share: 40 %", "to: nowhere, share: 40 %"
    )
    file = tmp_path / "scenario.yaml"
    file.write_text(text.replace("routing.steps.*.work", "routing.*.wrok"))
    with pytest.raises(InvalidInput, match="no step of this name") as refusal:
        load(file)
    assert [problem.path for problem in refusal.value.problems] == [
        "routing.steps.triage.next.0.to",
        "evidence.routing.*.wrok",
    ]
