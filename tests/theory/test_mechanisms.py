"""Mechanisms of the process against exact theory; see `tests.theory.agreement` for the false alarms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from simlab.model.codes import Outcome, VisitCause
from simlab.statistics.queueing import erlang_a, mean_join_time, mmc, mmck, preemptive_mmc_sojourns
from tests.desks import Run, one_step, run
from tests.theory.agreement import assert_all_agree

EXPONENTIAL = {"exponential": "1 min"}
Scenario = dict[str, Any]


def desk(rate: float, people: int, minutes: int, step: dict[str, Any], **team: object) -> Scenario:
    """A queue with Poisson arrivals a minute and work of a minute, counted after a warm-up."""
    written = one_step(
        {"rate": f"{60.0 * rate:.10f}/hour"},
        EXPONENTIAL,
        {"people": people, **team},
        f"{minutes} min",
        time={"warm_up": f"{minutes // 20} min", "then": "drain"},
    )
    written["routing"]["steps"]["work"] |= step
    return written


def counted(ran: Run) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tickets that came after the warm-up."""
    return np.asarray(ran.logs.tickets.created >= ran.model.warm_up)


def share_of(outcome: Outcome) -> Callable[[Run], float]:
    return lambda ran: float((ran.logs.tickets.outcome[counted(ran)] == outcome).mean())


def mean_sojourn(ran: Run) -> float:
    tickets = ran.logs.tickets
    return float((tickets.closed - tickets.created)[counted(ran)].mean())


class TestAbandonment:
    def test_exponential_patience_is_erlang_a(self) -> None:
        theory = erlang_a(2.2, 1.0, 2, 1.5)
        assert_all_agree(
            desk(2.2, 2, 6_000, {"patience": {"time": {"exponential": "1.5 min"}}}),
            {"abandoned": theory.abandoned, "wait": theory.mean_wait},
            {
                "abandoned": share_of(Outcome.ABANDONED),
                "wait": lambda ran: float(ran.logs.tickets.queue_min[counted(ran)].mean()),
            },
            0.02,
        )

    @pytest.mark.slow
    def test_fixed_patience_of_one_server(self) -> None:
        # M/M/1+D: the virtual wait has density p0 lambda exp(-(mu - lambda) x) up to the patience T, and
        # p0 lambda exp(lambda T - mu x) beyond; who finds more than T leaves.
        rate, patience = 1.2, 2.0
        below = rate * (1.0 - math.exp(-(1.0 - rate) * patience)) / (1.0 - rate)
        beyond = rate * math.exp((rate - 1.0) * patience)
        assert_all_agree(
            desk(rate, 1, 12_000, {"patience": {"time": f"{patience} min"}}),
            {"abandoned": beyond / (1.0 + below + beyond)},
            {"abandoned": share_of(Outcome.ABANDONED)},
            0.02,
        )

    def test_balking_at_a_full_queue_is_a_queue_with_finite_room(self) -> None:
        full = {"to": "cancelled", "when": {"queue": {"team": "desk", "length": ">= 3"}}}
        assert_all_agree(
            desk(1.8, 2, 8_000, {"divert": [full]}),
            {"balked": mmck(1.8, 1.0, 2, 5).blocked},
            {"balked": share_of(Outcome.CANCELLED)},
            0.02,
        )


class TestPreemption:
    @pytest.mark.parametrize(
        ("people", "rates", "minutes"),
        [
            pytest.param(1, (0.3, 0.4), 24_000, marks=pytest.mark.slow),
            pytest.param(3, (0.6, 0.8, 0.9), 20_000, marks=pytest.mark.slow),
        ],
    )
    def test_sojourns_of_preemptive_classes_are_exact(
        self, people: int, rates: tuple[float, ...], minutes: int
    ) -> None:
        names = [f"P{i + 1}" for i in range(len(rates))]
        written = desk(sum(rates), people, minutes, {}, preempted_by=names[:-1])
        written["demand"] = {
            name: {"arrivals": {"rate": f"{60.0 * rate:.10f}/hour"}, "priority": name}
            for name, rate in zip(names, rates, strict=True)
        }

        def sojourn(ran: Run, code: int) -> float:
            tickets = ran.logs.tickets
            rows = counted(ran) & (tickets.priority == code)
            return float((tickets.closed - tickets.created)[rows].mean())

        exact = preemptive_mmc_sojourns(rates, 1.0, people)
        assert_all_agree(
            written,
            dict(zip(names, exact, strict=True)),
            {name: lambda ran, code=code: sojourn(ran, code) for code, name in enumerate(names)},  # type: ignore[misc]
            0.03,
        )


class TestBranches:
    @pytest.mark.parametrize(("join", "needed"), [("all", 3), (2, 2), ("any", 1)])
    def test_join_times_are_order_statistics(self, join: object, needed: int) -> None:
        means = (10.0, 20.0, 30.0)
        written = desk(0.1, 60, 6_000, {})
        branches = {
            f"b{mean:.0f}": {"team": "desk", "work": {"exponential": f"{mean} min"}, "next": "join"}
            for mean in means
        }
        fork = {"parallel": {"branches": list(branches), "join": join}, "next": "resolved"}
        written["routing"] = {"start": "fork", "steps": {"fork": fork, **branches}}
        assert_all_agree(written, {"sojourn": mean_join_time(means, needed)}, {"sojourn": mean_sojourn}, 0.02)


class TestLimits:
    def test_a_limit_before_plenty_of_people_is_a_team_of_so_many(self) -> None:
        written = desk(1.4, 30, 6_000, {})
        written["routing"]["limits"] = {"few": {"at_most": 2, "steps": ["work"]}}
        assert_all_agree(written, {"sojourn": mmc(1.4, 1.0, 2).mean_sojourn}, {"sojourn": mean_sojourn}, 0.02)


class TestBatches:
    def test_the_mean_wait_for_a_batch_is_half_of_its_gathering(self) -> None:
        # the others of n wait for n - 1, n - 2, ..., 0 arrivals; work is done once for all of them
        written = desk(2.0, 40, 4_000, {"work": "1 min", "batch": {"size": 5}})
        written["time"]["then"] = "stop"

        def gathered(ran: Run) -> float:
            visits = ran.logs.visits
            rows = ran.at("work~gather") & ~np.isnan(visits.ended)
            return float((visits.ended - visits.arrived)[rows].mean())

        def touch(ran: Run) -> float:
            visits = ran.logs.visits
            return float(visits.touch_min[ran.at("work") & ~np.isnan(visits.ended)].mean())

        assert_all_agree(written, {"wait": 2.0 / 2.0}, {"wait": gathered}, 0.02)
        assert touch(run(written)) == pytest.approx(1.0 / 5.0)


@pytest.mark.slow
class TestQuality:
    def test_escaping_defects_are_those_made_less_those_found(self) -> None:
        quality = {
            "defects": "20 %",
            "audit": {"share": "50 %", "team": "desk", "work": "1 min", "detects": "80 %"},
            "comes_back": {"after": "10 min"},
        }

        def escaped(ran: Run) -> float:
            visits = ran.logs.visits
            pieces = (ran.at("work") & (visits.cause == VisitCause.REGULAR)).sum()
            return float(ran.logs.tickets.reopens.sum() / pieces)

        def audited(ran: Run) -> float:
            visits = ran.logs.visits
            return float((visits.cause == VisitCause.AUDIT).sum() / ran.at("work").sum())

        assert_all_agree(
            desk(1.0, 20, 6_000, {"quality": quality}),
            {"escaped": 0.2 * (1.0 - 0.5 * 0.8), "audited": 0.5},
            {"escaped": escaped, "audited": audited},
            0.02,
        )

    def test_human_work_with_an_automation_that_errs(self) -> None:
        # a (1 - p) S + ..., where a share e of the successes comes back to people: S each
        coverage, success, errors, work, extra = 0.6, 0.7, 0.1, 1.0, 0.5
        written = desk(1.0, 20, 6_000, {})
        level = {"coverage": "60 %", "success": "70 %", "errors": "10 %", "comes_back": "20 min"}
        written["automation"] = {
            "bot": {
                "at": "work",
                "level": "on",
                "levels": {"on": level},
                "fall_back": {"extra": f"{extra} min"},
            }
        }
        touch = (
            (1.0 - coverage) * work
            + coverage * (1.0 - success) * (work + extra)
            + coverage * success * errors * work
        )
        assert_all_agree(
            written,
            {"touch": touch, "back": coverage * success * errors},
            {
                "touch": lambda ran: float(ran.logs.tickets.touch_min.mean()),
                "back": lambda ran: float(ran.logs.tickets.reopens.mean()),
            },
            0.02,
        )


@pytest.mark.slow
class TestTriage:
    def test_shares_are_those_of_the_confusion_matrix(self) -> None:
        written = desk(2.0, 20, 6_000, {"work": "1 min"})
        written["demand"]["tickets"]["classes"] = {"net": {"share": "30 %"}, "mail": {"share": "70 %"}}
        other = {"team": "other", "work": "1 min", "next": "resolved"}
        triage = {
            "matrix": {"net": {"work": "90 %", "other": "10 %"}, "mail": {"work": "20 %", "other": "80 %"}}
        }
        written["staffing"]["other"] = {"people": 20}
        written["routing"] = {
            "start": "triage",
            "steps": {"triage": {"triage": triage}, "other": other, **written["routing"]["steps"]},
        }

        def sent(ran: Run, code: int) -> float:
            tickets = ran.logs.tickets
            return float((tickets.first_team[tickets.ticket_class == code] == 0).mean())

        assert_all_agree(
            written,
            {"net": 0.9, "mail": 0.2},
            {"net": lambda ran: sent(ran, 0), "mail": lambda ran: sent(ran, 1)},
            0.02,
        )


@pytest.mark.slow
class TestSpawning:
    def test_spawned_tickets_and_the_waits_for_them(self) -> None:
        written = desk(1.0, 30, 6_000, {"work": "1 min"})
        spawn = {"stream": "changes", "share": "40 %", "wait": True, "after": {"exponential": "5 min"}}
        written["routing"]["steps"]["work"]["spawns"] = [spawn]
        written["routing"]["steps"]["change"] = {"team": "desk", "work": EXPONENTIAL, "next": "resolved"}
        written["demand"]["changes"] = {"arrivals": {"spawned": True}, "start": "change"}

        def delayed(ran: Run) -> float:
            tickets = ran.logs.tickets
            return float(tickets.delay_min[tickets.stream == 0].mean())

        def spawned(ran: Run) -> float:
            stream = ran.logs.tickets.stream
            return float((stream == 1).sum() / (stream == 0).sum())

        assert_all_agree(
            written, {"wait": 0.4 * 6.0, "spawned": 0.4}, {"wait": delayed, "spawned": spawned}, 0.02
        )
