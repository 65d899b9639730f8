"""A change moves the draws of what it changes, and of nothing else."""

from __future__ import annotations

import copy
import hashlib
import os
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simlab.engines.logs import RunLogs
from tests.desks import Run, run

Touches = dict[tuple[int, int, str, int], float]
ROOT = Path(__file__).parents[3]


def base() -> dict[str, Any]:
    """Two teams, two classes, a loop between the teams, a wait and a reopening."""
    return {
        "name": "two teams",
        "time": {"length": "1 week", "then": "drain"},
        "demand": {
            "incidents": {
                "arrivals": {"rate": "6/hour", "day_cv": 0.1},
                "classes": {
                    "easy": {"share": "70 %", "priority": {"P1": "20 %", "P2": "80 %"}},
                    "hard": {
                        "share": "30 %",
                        "priority": "P2",
                        "difficulty": {"uniform": {"min": 1, "max": 3}},
                    },
                },
            }
        },
        "staffing": {"desk": {"people": 3}, "experts": {"people": 3, "absence": "10 %"}},
        "routing": {
            "start": "triage",
            "steps": {
                "triage": {
                    "team": "desk",
                    "work": {"lognormal": {"mean": "12 min", "cv": 1}},
                    "next": {"resolved": "55 %", "ask": "15 %", "fix": "30 %"},
                },
                "ask": {"wait": {"exponential": "3 h"}, "next": "triage"},
                "fix": {
                    "team": "experts",
                    "work": {"gamma": {"mean": "25 min", "cv": 0.8}},
                    "difficulty_power": 0.5,
                    "next": {"resolved": "80 %", "triage": "20 %"},
                },
                "resolved": {"end": "resolved", "reopen": {"share": "5 %", "after": "1 day", "to": "triage"}},
            },
        },
    }


@cache
def base_run() -> Run:
    """The base scenario, run once."""
    return run(base())


def touches(ran: Run) -> Touches:
    """Hands-on minutes by stream, ticket, step and visit."""
    visits, tickets = ran.logs.visits, ran.logs.tickets
    return {
        (int(tickets.stream[t]), int(tickets.subject[t]), ran.model.names.steps[s], int(v)): float(touch)
        for t, s, v, touch in zip(visits.ticket, visits.step, visits.visit, visits.touch_min, strict=True)
        if ran.model.steps.team[s] >= 0
    }


def identities(ran: Run) -> dict[tuple[int, int], tuple[float, ...]]:
    """Arrival and attributes by stream and ticket."""
    log = ran.logs.tickets
    columns = (log.created, log.kind, log.ticket_class, log.priority, log.difficulty)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(zip(log.stream.tolist(), log.subject.tolist(), strict=True), rows, strict=True))


def fingerprint(logs: RunLogs) -> str:
    """Digest of all bits of all logs."""
    digest = hashlib.sha256()
    for log in (logs.tickets, logs.visits, logs.work, logs.duty):
        for field in fields(log):
            digest.update(getattr(log, field.name).tobytes())
    return digest.hexdigest()


class TestChangesOfTheScenario:
    def test_more_people_leave_arrivals_attributes_paths_and_work_as_they_were(self) -> None:
        changed = base()
        changed["staffing"]["desk"] = {"people": 7, "queue": "lifo", "who": "least_loaded"}
        one, two = base_run(), run(changed)
        assert identities(one) == identities(two)
        assert touches(one) == touches(two)
        assert one.logs.tickets.queue_min.sum() > two.logs.tickets.queue_min.sum()

    def test_another_person_leaves_the_absences_of_the_others_as_they_were(self) -> None:
        changed = base()
        changed["staffing"]["experts"]["people"] = 4
        one, two = base_run(), run(changed)
        for name in one.model.names.people:
            duty = [
                ran.logs.duty.started[ran.logs.duty.person == ran.model.names.people.index(name)]
                for ran in (one, two)
            ]
            # the runs may drain at different times
            n = min(map(len, duty))
            assert np.array_equal(duty[0][:n], duty[1][:n])

    def test_an_automation_leaves_tickets_that_it_does_not_attempt_as_they_were(self) -> None:
        changed = base()
        level = {"coverage": "50 %", "success": "60 %", "run_time": {"exponential": "2 min"}}
        changed["automation"] = {
            "bot": {"at": "triage", "for": {"class": "easy"}, "level": "on", "levels": {"on": level}}
        }
        one, two = touches(base_run()), touches(run(changed))
        hard = {key for key, facts in identities(base_run()).items() if facts[2] == 1.0}
        of_hard = {key: touch for key, touch in one.items() if key[:2] in hard}
        assert of_hard == {key: touch for key, touch in two.items() if key[:2] in hard}
        common = one.keys() & two.keys()
        assert all(one[key] == two[key] for key in common)
        assert len(one) > len(two) > len(of_hard)

    def test_a_new_step_leaves_the_work_at_the_others_as_it_was(self) -> None:
        changed = base()
        changed["routing"]["steps"]["review"] = {
            "team": "desk",
            "work": {"exponential": "4 min"},
            "next": "resolved",
        }
        changed["routing"]["steps"]["triage"]["next"] = {"review": "55 %", "ask": "15 %", "fix": "30 %"}
        one, two = touches(base_run()), touches(run(changed))
        assert one == {key: touch for key, touch in two.items() if key[2] != "review"}

    def test_a_new_stream_leaves_the_tickets_of_the_others_as_they_were(self) -> None:
        changed = base()
        changed["demand"]["requests"] = {"arrivals": {"rate": "2/hour"}, "start": "fix", "priority": "P2"}
        one, two = identities(base_run()), identities(run(changed))
        assert one == {key: facts for key, facts in two.items() if key[0] == 0}

    def test_the_order_of_blocks_in_the_file_does_not_matter_to_the_draws(self) -> None:
        changed = base()
        steps = changed["routing"]["steps"]
        changed["routing"]["steps"] = {name: steps[name] for name in reversed(steps)}
        changed["staffing"] = dict(reversed(changed["staffing"].items()))
        assert touches(base_run()) == touches(run(changed))

    def test_a_changed_mean_moves_every_draw_by_the_same_factor(self) -> None:
        changed = base()
        changed["routing"]["steps"]["fix"]["work"]["gamma"]["mean"] = "50 min"
        one, two = touches(base_run()), touches(run(changed))
        at_fix = [key for key in one if key[2] == "fix"]
        assert np.allclose([two[key] / one[key] for key in at_fix], 2.0)


class TestDemand:
    def test_a_peak_on_one_day_adds_tickets_to_it_and_keeps_the_rest(self) -> None:
        changed = base()
        changed["demand"]["incidents"]["arrivals"]["peaks"] = [
            {"from": "2026-01-07", "to": "2026-01-07", "factor": 1.5}
        ]
        one, two = identities(base_run()), identities(run(changed))
        start, end = 2 * 1440.0, 3 * 1440.0
        other_days = {key: facts for key, facts in one.items() if not start <= facts[0] < end}
        assert other_days == {key: facts for key, facts in two.items() if not start <= facts[0] < end}
        on_day = [key for key, facts in one.items() if start <= facts[0] < end]
        assert all(two[key][1:] == one[key][1:] for key in on_day)
        assert all(start <= two[key][0] <= one[key][0] for key in on_day)
        assert len(two) > len(one)

    def test_a_lower_rate_keeps_the_first_tickets_of_each_day(self) -> None:
        changed = base()
        changed["demand"]["incidents"]["arrivals"]["rate"] = "5/hour"
        one, two = identities(base_run()), identities(run(changed))
        assert two.keys() < one.keys()
        assert all(two[key][1:] == one[key][1:] for key in two)

    def test_a_longer_run_begins_like_the_shorter(self) -> None:
        changed = base()
        changed["time"]["length"] = "10 days"
        one, two = identities(base_run()), identities(run(changed))
        assert one == {key: two[key] for key in one}
        assert all(facts[0] >= 7 * 1440.0 for key, facts in two.items() if key not in one)


class TestSeeds:
    def test_the_same_seed_gives_the_same_bits(self) -> None:
        assert fingerprint(run(base()).logs) == fingerprint(base_run().logs)

    def test_replications_and_seeds_differ(self) -> None:
        runs = [run(base(), seed, replication) for seed, replication in ((1, 0), (1, 1), (2, 0))]
        assert len({fingerprint(ran.logs) for ran in runs}) == 3

    def test_the_order_of_runs_does_not_matter(self) -> None:
        forth = [fingerprint(run(base(), replication=r).logs) for r in (0, 1)]
        back = [fingerprint(run(base(), replication=r).logs) for r in (1, 0)]
        assert forth == back[::-1]

    def test_hash_randomisation_does_not_matter(self) -> None:
        code = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from tests.unit.engines.test_addressed_randomness import base, fingerprint, run\n"
            "print(fingerprint(run(base()).logs))"
        )
        digests = {
            subprocess.run(
                [sys.executable, "-c", code, str(ROOT)],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ("0", "4711")
        }
        assert digests == {fingerprint(base_run().logs) + "\n"}


def test_scenarios_see_the_same_replications_so_that_their_results_move_together() -> None:
    changed = copy.deepcopy(base())
    changed["staffing"]["desk"]["people"] = 4
    means = [
        [float(run(scenario, replication=r).logs.tickets.queue_min.mean()) for r in range(12)]
        for scenario in (base(), changed)
    ]
    assert np.asarray(np.corrcoef(means))[0, 1] > 0.5
