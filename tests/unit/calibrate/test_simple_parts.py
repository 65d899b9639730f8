"""Hours, arrivals, names and YAML: by hand."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from simlab.calibrate.censoring import open_cases
from simlab.calibrate.fit_arrivals import fit_arrivals
from simlab.calibrate.names import distinct
from simlab.calibrate.paths import urgency
from simlab.calibrate.transitions import chain_of
from simlab.calibrate.work_hours import hours_of_activity
from simlab.calibrate.written_rules import percent, shares_of
from simlab.calibrate.yaml_text import Named, block, flow
from tests.unit.calibrate.paths_for_tests import MONDAY, log_from, paths_from


def test_hours_are_the_shortest_that_cover_most_activity() -> None:
    hours = [24 * day + hour for day in range(5) for hour in range(8, 18) for _ in range(10)] + [3]
    found = hours_of_activity(np.array(hours))
    assert found.written() == {"mon-fri": "08:00-18:00"}
    assert found.hours_per_week == 50.0


def test_weekends_have_hours_of_their_own() -> None:
    hours = [24 * day + hour for day in range(5) for hour in (8, 9)] + [24 * 5 + 12]
    assert hours_of_activity(np.array(hours)).written() == {"mon-fri": "08:00-10:00", "sat": "12:00-13:00"}


def test_joint_hours_are_open_wherever_either_is() -> None:
    one, two = (hours_of_activity(np.array([24 * day + hour])) for day, hour in ((0, 8), (0, 11)))
    assert one.with_hours_of(two).written() == {"mon": "08:00-12:00"}


def test_rate_and_profile_of_even_arrivals() -> None:
    # Six whole weeks of 5 tickets at 9:30 on every weekday, and stragglers long after.
    days = [MONDAY + 1440.0 * (7 * week + day) + 570.0 for week in range(6) for day in range(5)]
    created = np.sort(np.repeat(days, 5))
    found = fit_arrivals(np.append(created, [MONDAY + 300 * 1440.0, MONDAY + 310 * 1440.0]), "UTC")
    assert found.per_week == pytest.approx(25.0)
    assert found.day_cv == 0.0
    assert found.by_hour[[9, 33, 57, 81, 105]] == pytest.approx([0.2] * 5)
    assert not found.is_snapshot


def test_a_log_whose_cases_came_at_the_end_is_a_snapshot() -> None:
    rng = np.random.default_rng(1)
    created = np.concatenate([rng.uniform(0.0, 900.0, 100), rng.uniform(950.0, 1000.0, 400)]) * 1440.0
    assert fit_arrivals(np.sort(created), "UTC").is_snapshot


def test_names_are_short_plain_and_distinct() -> None:
    assert distinct(["Wait - User", "wait user", "Büro (Süd)", "resolved"], {"resolved"}) == [
        "wait_user",
        "wait_user_2",
        "buro_sud",
        "resolved_2",
    ]


def test_names_in_other_scripts_stay_as_they_are() -> None:
    labels = ["服务台 (一线)", "Служба-поддержки", "ガイド", "한국"]
    assert distinct(labels, set()) == ["服务台_一线", "служба_поддержки", "ガイド", "한국"]


def test_priorities_are_sorted_by_urgency() -> None:
    labels = ["Low", "3 - Moderate", "Major", "Medium", "1 - Critical", "High"]
    assert sorted(labels[:1] + labels[2:4] + labels[5:], key=urgency) == ["Major", "High", "Medium", "Low"]
    assert urgency("1 - Critical") < urgency("3 - Moderate")


def test_shares_are_written_so_that_they_add_up() -> None:
    written = shares_of({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3})
    assert sum(float(share.removesuffix(" %")) for share in written.values()) == pytest.approx(
        100.0, abs=1e-12
    )
    assert percent(0.123456) == "12.35 %"


def test_yaml_reads_back_as_it_was() -> None:
    value = {
        "hours": {"mon-fri": "08:00-17:00"},
        "when": {"hops": ">= 2", "difficulty": "1..3", "name": "yes"},
        "rules": [{"share": "2.5 %", "to": "a"}, {"to": "b: c"}],
        "count": 3,
        "flag": True,
    }
    assert yaml.safe_load("\n".join(block("top", value, 0, 2))) == {"top": value}
    assert yaml.safe_load(flow(value)) == value


def test_named_values_are_written_once() -> None:
    rules = [{"time": "1 min"}]
    lines = block("a", Named("touch", rules, is_first=True)) + block(
        "b", Named("touch", rules, is_first=False)
    )
    assert yaml.safe_load("\n".join(lines)) == {"a": rules, "b": rules}


def test_soon_and_late_transitions_are_told_apart_where_there_are_enough() -> None:
    cases = [
        [("a", 1e4 * n, 1e4 * n), ("b", 1e4 * n + gap, 1e4 * n + gap)]
        for n, gap in enumerate([5.0] * 10 + [500.0] * 10)
    ]
    chain = chain_of(paths_from(cases))
    assert [(each.is_late, each.is_divided) for each in chain.transitions] == [(False, True), (True, True)]
    assert chain.gap_min.tolist() == [0.0, 5.0] * 10 + [0.0, 500.0] * 10


def test_unresolved_cases_are_open_unless_they_end_as_others_do() -> None:
    log = log_from([[("a", 0.0, 1.0), ("done", 2.0, 3.0)]] * 4 + [[("a", 4.0, 5.0)]])
    resolved = log.cases.resolved.copy()
    resolved[[0, 4]] = np.nan
    object.__setattr__(log.cases, "resolved", resolved)
    assert np.flatnonzero(open_cases(log)).tolist() == [4]
