"""Round trips of desks in which tickets wait for people alone, and where not all hours are alike.

Intervals are at a false-alarm rate of 1 in 10,000 (3.9 standard errors).
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from simlab.calibrate.fit import Fitted, fit
from simlab.calibrate.foretelling import settled
from simlab.calibrate.mechanisms import Correction, Duty, Mechanisms, Ways
from simlab.calibrate.simulation import loaded_for, simulate, write_files
from simlab.calibrate.written_scenario import write_scenario
from tests.known_desks import paths_of_desk

BOARD = """
name: A desk, and a board on two days
time: {start: 2026-01-05, length: 14 weeks, then: drain}
demand:
  tickets:
    arrivals:
      hourly: {mon-fri: {"08:00-16:00": 6/hour}}
      peaks: [{from: 2026-03-09, to: 2026-12-31, factor: 0.3}]
staffing:
  desk: {people: 3, hours: {mon-fri: "08:00-17:00"}, at_shift_end: pause}
  board: {people: 1, hours: {tue: "09:00-15:00", thu: "09:00-15:00"}, at_shift_end: pause}
routing:
  start: check
  steps:
    check:
      team: desk
      work: {lognormal: {mean: 20 min, cv: 0.5}}
      next: {decide: 50 %, resolved: 50 %}
    decide: {team: board, work: {lognormal: {mean: 5 min, cv: 0.5}}, next: resolved}
"""
BOTH = """
name: Two things at once, one of them on two days
time: {start: 2026-01-05, length: 20 weeks, then: drain}
demand: {claims: {arrivals: {hourly: {mon-fri: {"09:00-15:00": 2/hour}}}}}
staffing:
  desk: {people: 8, hours: {mon-fri: "08:00-18:00"}, at_shift_end: pause}
  payers: {people: 2, hours: {tue: "09:00-16:00", fri: "09:00-16:00"}, at_shift_end: pause}
routing:
  start: assess
  steps:
    assess: {team: desk, work: {lognormal: {mean: 30 min, cv: 0.3}}, next: both}
    both: {parallel: {branches: [advise, pay]}, next: close}
    advise: {team: desk, work: {lognormal: {mean: 10 min, cv: 0.3}}, next: join}
    pay: {team: payers, work: {lognormal: {mean: 6 min, cv: 0.3}}, next: join}
    close: {team: desk, work: {lognormal: {mean: 5 min, cv: 0.3}}, next: resolved}
"""
NIGHTS = """
name: Callers hang up where nobody is there
time: {start: 2026-01-05, length: 6 weeks, then: drain}
calendars: {office: {hours: {mon-sat: "08:00-20:00"}}}
demand: {calls: {arrivals: {rate: 400/week}}}
staffing: {desk: {people: 6, calendar: office, at_shift_end: pause}}
routing:
  start: rings
  steps:
    rings: {decide: [{when: {closed: office}, to: lost}, {share: 70 %, to: talk}, {to: complain}]}
    lost: {wait: 0 min, next: cancelled}
    talk: {team: desk, work: {lognormal: {mean: 5 min, cv: 0.5}}, next: resolved}
    complain: {team: desk, work: {lognormal: {mean: 30 min, cv: 0.5}}, next: resolved}
"""
Z = 3.9


def queued(written: str, folder: Path, ways: Ways = Ways.SEQUENCE) -> tuple[Fitted, float]:
    """What is fitted to the log of a desk, and how far its simulated cycle times are from that (h)."""
    paths = paths_of_desk(written, folder)
    mechanisms = Mechanisms(correction=Correction.LOAD, ways=ways, duty=Duty.SHIFTS)
    fitted = fit(paths, use_all=True, mechanisms=mechanisms)
    return settled(fitted, len(paths), float(paths.created[0]), partial(write_scenario, name="Again"))


def left(fitted: Fitted) -> dict[tuple[str, str], float]:
    """Part of the waits from one activity to another that queues do not explain."""
    names = fitted.chain.paths.activities
    found = {}
    for number, each in enumerate(fitted.chain.transitions, start=1):
        seen = fitted.clocks.minutes[fitted.chain.transition == number]
        times = fitted.times[number]
        weights = [leaf.weight for leaf in times.leaves]
        mean = float(np.average([time.mean for time in times.times], weights=weights))
        if seen.mean() > 1.0:
            found[names[each.source], names[each.target]] = mean / float(seen.mean())
    return found


def test_waits_for_people_are_queues_alone_whatever_the_load(tmp_path: Path) -> None:
    fitted, off_h = queued(BOARD, tmp_path)
    assert left(fitted)["check", "decide"] < 0.1
    assert off_h < 0.1 * fitted.cases.cycle_min().mean() / 60.0


def test_of_branches_that_begin_at_once_each_waits_for_its_own_people(tmp_path: Path) -> None:
    fitted, off_h = queued(BOTH, tmp_path, Ways.BRANCHES)
    assert fitted.chain.branching
    pays = {names: part for names, part in left(fitted).items() if names[1].startswith("pay")}
    assert pays
    assert max(pays.values()) < 0.1
    assert off_h < 0.1 * fitted.cases.cycle_min().mean() / 60.0


@pytest.mark.parametrize("mechanisms", [Mechanisms(), Mechanisms(duty=Duty.SHIFTS)])
def test_what_begins_when_nobody_is_there_begins_in_another_way(
    mechanisms: Mechanisms, tmp_path: Path
) -> None:
    paths = paths_of_desk(NIGHTS, tmp_path)
    fitted = fit(paths, use_all=True, mechanisms=mechanisms)
    written = write_scenario(fitted, "Again")
    path = write_files(written, tmp_path / "again")
    loaded = loaded_for(path, paths, len(paths), float(paths.created[0]), fitted.arrivals.per_week)
    log = simulate(loaded, written, paths, 0).paths
    begins = log.activity[log.first[:-1]]
    hour = log.hour_of_week(log.created)
    is_open = (hour < 6 * 24) & (hour % 24 >= 8) & (hour % 24 < 20)
    lost, talk, complain = (paths.activities.index(name) for name in ("lost", "talk", "complain"))
    assert (begins[~is_open] == lost).all()
    assert not (begins[is_open] == lost).any()
    # Work is that of what a case begins with.
    for activity, minutes in ((talk, 5.0), (complain, 30.0)):
        rows = log.activity == activity
        worked = (log.end - log.start)[rows]
        short = worked[worked < 240.0]  # some rest over night
        assert short.mean() == pytest.approx(minutes, abs=Z * 0.75 * minutes / math.sqrt(rows.sum()))
