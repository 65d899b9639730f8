"""Plant faults in the code, one by one, and see whether tests notice: ``python -m tests.planted_faults``.

Each fault is one replacement in a copy of the package, on which the fast tests of engines, model, metrics and
statistics run until the first failure. At least nineteen of twenty must be caught; the exit code says so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TESTS = ("unit/engines", "unit/model", "unit/metrics", "unit/statistics", "unit/results", "theory")
LEAST_CAUGHT = 0.95


@dataclass(frozen=True)
class Planted:
    """A fault: what is written in place of what, in which file of the package."""

    name: str
    file: str
    old: str
    new: str


PLANTED = (
    Planted(
        "reversed priority",
        "engines/simpy_lines.py",
        "visit.rank = visit.ticket.facts[OF_PRIORITY], sequence",
        "visit.rank = -visit.ticket.facts[OF_PRIORITY], sequence",
    ),
    Planted(
        "last come first served is not",
        "engines/simpy_lines.py",
        "return 0.0, -sequence",
        "return 0.0, sequence",
    ),
    Planted(
        "swapped rate and mean",
        "model/parametrisations.py",
        'Kind.EXPONENTIAL, (_positive("mean", mean),)',
        'Kind.EXPONENTIAL, (1.0 / _positive("mean", mean),)',
    ),
    Planted(
        "shift off by one minute",
        "model/calendar_rules.py",
        "    return minutes\n\n\ndef _check_hours",
        "    return minutes + 1\n\n\ndef _check_hours",
    ),
    Planted(
        "no warm-up", "metrics/window.py", "return Window(model.warm_up, max(", "return Window(0.0, max("
    ),
    Planted(
        "ticket lost on preemption",
        "engines/simpy_teams.py",
        "        self.return_to_queue(held, now)\n        if others:",
        "        if others:",
    ),
    Planted(
        "work begins anew after an interruption",
        "engines/simpy_people.py",
        "self.left = max(0.0, self.visit.left - self.work * self.speed)",
        "self.left = self.visit.left",
    ),
    Planted(
        "clock not paused",
        "engines/simpy_clocks.py",
        "ticket.resolve_due = NEVER",
        "ticket.resolve_due += 0.0",
    ),
    Planted(
        "cost counted twice",
        "metrics/money.py",
        "            self.staff,\n            self.overtime,",
        "            self.staff,\n            self.staff,\n            self.overtime,",
    ),
    Planted("overtime at the plain rate", "metrics/money.py", "rate * people.overtime_factor", "rate * 1.0"),
    Planted(
        "progress lost at a hand-over",
        "engines/simpy_teams.py",
        "visit.left = each.left + self.handover_work(visit)",
        "visit.left = visit.left + self.handover_work(visit)",
    ),
    Planted(
        "reopened ticket stays resolved",
        "engines/simpy_clocks.py",
        "        ticket.resolved = math.nan\n",
        "",
    ),
    Planted(
        "half-width by n",
        "statistics/intervals.py",
        'around(value, spread / math.sqrt(n), n, confidence, "Student t over replications"',
        'around(value, spread / n, n, confidence, "Student t over replications"',
    ),
    Planted(
        "spread of the population", "statistics/intervals.py", "observed.std(ddof=1)", "observed.std(ddof=0)"
    ),
    Planted(
        "time before the warm-up counted",
        "metrics/window.py",
        "last - np.maximum(started, self.start)",
        "last - started",
    ),
    Planted(
        "targets on elapsed time",
        "model/ticket_rules.py",
        "return calendars.finish(calendar, now, minutes)",
        "return now + minutes",
    ),
    Planted(
        "shares turned around",
        "model/ticket_rules.py",
        "taken = taken + value",
        "taken = taken + 1.0 - value",
    ),
    Planted(
        "hazard of the next hop",
        "model/ticket_rules.py",
        "min(first + int(facts[Field.HOPS]), after - 1)",
        "min(first + int(facts[Field.HOPS]) + 1, after - 1)",
    ),
    Planted(
        "days all alike",
        "model/arrivals.py",
        "process.rate * day_factors(process, space, key)[process.day]",
        "process.rate",
    ),
    Planted(
        "waiting counted from the creation",
        "engines/simpy_desk.py",
        "        ticket = visit.ticket\n        ticket.queued += now - visit.arrived",
        "        ticket = visit.ticket\n        ticket.queued += now - ticket.created",
    ),
    Planted(
        "person released but not given the next ticket",
        "engines/simpy_teams.py",
        "        if now < person.off_at:\n            self.offer(person, now)\n"
        "        self.on_done(spell.visit, now)",
        "        self.on_done(spell.visit, now)",
    ),
    Planted(
        "work taken up after the end of duty",
        "engines/simpy_people.py",
        "if first[4] == first[5].stamp and now < first[5].off_at",
        "if first[4] == first[5].stamp",
    ),
    Planted(
        "paused work handed over",
        "model/ticket_rules.py",
        "if policy == ShiftEnd.PAUSE and end < NEVER:",
        "if policy == ShiftEnd.FINISH and end < NEVER:",
    ),
    Planted(
        "join one branch late",
        "engines/simpy_branches.py",
        "fork.joined < fork.needed",
        "fork.joined <= fork.needed",
    ),
    Planted(
        "batch one ticket too large",
        "engines/simpy_batches.py",
        "if len(gathered) >= self.size[row]:",
        "if len(gathered) > self.size[row]:",
    ),
    Planted(
        "hops counted twice",
        "engines/simpy_tickets.py",
        "self.facts[HOPS] += 1",
        "self.facts[HOPS] += 2",
    ),
)


def main() -> int:
    """Plant the faults and tell which were caught; 0 where enough were."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted_faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="only faults whose names contain one of these words")
    words = parser.parse_args().names
    chosen = [fault for fault in PLANTED if not words or any(word in fault.name for word in words)]
    n_caught = 0
    for fault in chosen:
        noticed_by = first_failure(fault)
        n_caught += noticed_by is not None
        print(f"{'caught' if noticed_by else 'MISSED':8}{fault.name:50}{noticed_by or ''}", flush=True)
    print(f"{n_caught} of {len(chosen)} caught")
    return 0 if n_caught >= LEAST_CAUGHT * len(chosen) else 1


def first_failure(fault: Planted) -> str | None:
    """Test that notices a fault; None where none does."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("simlab", "tests", "scenarios", "schema", "pyproject.toml"):
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, copy / part)
            else:
                shutil.copy2(source, copy / part)
        plant(fault, copy / "simlab")
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-p", "no:cacheprovider"]
            + [f"tests/{folder}" for folder in TESTS],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(copy)},
        )
    if ended.returncode == 0:
        return None
    failed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].partition(" - ")[0].partition(" ")[2] if failed else "the tests do not start"


def plant(fault: Planted, package: Path) -> None:
    """Write a fault into a copy of the package."""
    file = package / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise AssertionError(
            f"{fault.name}: {fault.file} has it {text.count(fault.old)} times: {fault.old!r}"
        )
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
