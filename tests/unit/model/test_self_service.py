"""Self-service before there is a ticket: nested levels, identities kept, exact shares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simlab.errors import InvalidInput
from simlab.metrics.summary import summarise
from simlab.model.arrivals import draw_arrivals
from simlab.model.load import from_node
from simlab.model.streams import replication_key
from simlab.model.tables import Model
from simlab.model.traffic import estimate_traffic
from simlab.scenario.nodes import MapNode, from_plain
from tests.desks import Run, broken, model_of, one_step, run

KEY = replication_key(1, 0)


def scenario(settings: dict[str, Any] | None = None, **automation: object) -> dict[str, Any]:
    classes = {
        "password": {"share": "60 %", "channel": "web"},
        "network": {"share": "40 %", "channel": "web"},
    }
    written = one_step({"every": "10 min"}, "1 min", {"people": 1}, "10 days", stream={"classes": classes})
    written["time"]["start"] = "2026-01-05"
    if settings is not None:
        portal = {
            "before": "tickets",
            "for": {"class": "password"},
            "level": "on",
            "levels": {"off": {}, "on": settings},
        }
        written["automation"] = {"portal": {**portal, **automation}}
    return written


def subjects(model: Model) -> set[int]:
    return set(draw_arrivals(model, KEY).subject.tolist())


def ran_well(written: dict[str, Any] | Model) -> Run:
    ran = run(written)
    assert broken(ran.model, ran.logs) == []
    return ran


def with_coverage(share: str) -> Model:
    return model_of(scenario({"coverage": share, "success": "80 %"}))


def test_what_is_deflected_at_one_level_is_deflected_at_every_higher_one() -> None:
    tickets = [subjects(with_coverage(share)) for share in ("0 %", "20 %", "30 %", "90 %")]
    assert tickets[0] == set(range(1440))
    assert tickets[0] > tickets[1] > tickets[2] > tickets[3]


def test_tickets_that_still_come_are_as_they_were() -> None:
    before, after = (draw_arrivals(with_coverage(share), KEY) for share in ("0 %", "60 %"))
    rows = np.isin(before.subject, after.subject[~np.isin(after.subject, after.attempts.subject)])
    untouched = ~np.isin(after.subject, after.attempts.subject)
    np.testing.assert_array_equal(before.at[rows], after.at[untouched])
    for one, other in zip(before.attributes.columns(), after.attributes.columns(), strict=True):
        np.testing.assert_array_equal(one[rows], other[untouched])


def test_level_without_coverage_is_as_no_self_service() -> None:
    without = run(scenario())
    for settings, level in (({}, "on"), ({"coverage": "50 %"}, "off")):
        ran = run(scenario(settings, level=level))
        np.testing.assert_array_equal(ran.logs.tickets.closed, without.logs.tickets.closed)
        assert len(ran.logs.attempts) == 0


def test_shares_are_those_of_adoption_success_and_errors() -> None:
    level = {"coverage": "50 %", "success": "80 %", "errors": "10 %", "comes_back": "1 h"}
    ran = ran_well(scenario(level))
    n = 1440
    eligible = int((draw_arrivals(model_of(scenario()), KEY).attributes.ticket_class == 0).sum())
    results = np.bincount(ran.logs.attempts.result, minlength=3) / eligible
    for found, exact in zip(results, (0.5 * 0.8 * 0.9, 0.5 * 0.2, 0.5 * 0.8 * 0.1), strict=True):
        assert abs(found - exact) < 4.0 * np.sqrt(exact * (1.0 - exact) / eligible)
    assert len(ran.logs.tickets) == n - int((ran.logs.attempts.result == 0).sum())
    summary = summarise(ran.model, ran.logs)
    assert summary.of("contacts_per_week") == pytest.approx(n / (10.0 / 7.0))
    contained = int((ran.logs.attempts.result == 0).sum())
    assert summary.of("deflected_share") == pytest.approx(contained / n)
    assert summary.of("deflected_share[class=network]") == 0.0
    assert summary.of("automation_share[automation=portal]") == pytest.approx(
        contained / len(ran.logs.attempts)
    )
    # The estimate walks with a sample of 1000 contacts.
    expected = n * (1.0 - 0.6 * 0.5 * 0.8 * 0.9)
    assert estimate_traffic(ran.model).tickets == pytest.approx(expected, rel=0.05)


def test_failed_attempts_come_later_harder_and_by_another_channel() -> None:
    level = {"coverage": "100 %", "success": "0 %", "run_time": "5 min"}
    written = scenario(level, failed={"harder": 1.5, "channel": "phone"})
    written["routing"]["steps"]["work"]["difficulty_power"] = 1
    ran = ran_well(written)
    tickets, names = ran.logs.tickets, ran.model.names
    tried = tickets.ticket_class == names.classes.index("password")
    assert set((tickets.created[tried] % 10.0).tolist()) == {5.0}
    assert set((tickets.created[~tried] % 10.0).tolist()) == {0.0}
    assert set(tickets.touch_min[tried].tolist()) == {1.5}
    assert set(tickets.channel[tried].tolist()) == {names.channels.index("phone")}
    np.testing.assert_array_equal(np.sort(ran.logs.attempts.ticket_at), tickets.created[tried])


def test_money_of_attempts_months_and_the_beginning() -> None:
    cost = {"one_off": "500 EUR", "monthly": "100 EUR", "per_run": "2 EUR"}
    ran = ran_well(scenario({"coverage": "50 %"}, cost=cost))
    summary = summarise(ran.model, ran.logs)
    weeks = 10.0 / 7.0
    months = 10.0 / (365.25 / 12.0)
    paid = summary.of("cost_automation_per_week") * weeks
    assert paid == pytest.approx(2.0 * len(ran.logs.attempts) + 100.0 * months)
    assert summary.of("cost_one_off") == 500.0


def test_of_two_services_the_second_is_for_those_who_did_not_try_the_first() -> None:
    written = scenario({"coverage": "50 %", "success": "0 %"})
    written["automation"]["bot"] = {**written["automation"]["portal"], "for": {"class": "password"}}
    ran = ran_well(written)
    attempts = ran.logs.attempts
    assert len(set(attempts.subject.tolist())) == len(attempts)
    first, second = np.bincount(attempts.automation)
    assert abs(second - first / 2.0) < 4.0 * np.sqrt(second)


def test_a_roadmap_changes_the_level() -> None:
    written = scenario({"coverage": "100 %"}, level="off")
    written["roadmap"] = [
        {"at": "2026-01-08", "set": {"automation.portal.level": "on"}},
        {"at": "2026-01-12", "set": {"automation.portal.levels.on.success": "0 %"}},
    ]
    node = from_plain(written, "scenario")
    assert isinstance(node, MapNode)
    ran = ran_well(from_node(node, ".").model)
    day = 1440.0
    assert ran.logs.attempts.started.min() >= 3.0 * day
    results = {
        is_later: set(ran.logs.attempts.result[(ran.logs.attempts.started >= 7.0 * day) == is_later].tolist())
        for is_later in (False, True)
    }
    assert results == {False: {0}, True: {1}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"for": {"hops": 1}}, "before there is a ticket only stream, kind"),
        ({"before": "mails"}, "there is no stream of this name"),
        ({"level": "full"}, "there is no level of this name"),
        ({"at": "work"}, "either at"),
        ({"fall_back": {"extra": "1 min"}}, "then and fall_back belong to an automation at a step"),
    ],
)
def test_what_self_service_cannot_be_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        model_of(scenario({"coverage": "50 %"}, **change))


def test_members_of_a_population_cannot_be_deflected() -> None:
    written = scenario({"coverage": "50 %"})
    written["demand"]["tickets"]["arrivals"] = {"population": {"size": 3, "away": "1 h"}}
    with pytest.raises(InvalidInput, match="self-service stands before streams that come by themselves"):
        model_of(written)
