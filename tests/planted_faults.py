"""Plant faults in the code, one by one, and see whether tests notice: ``make planted``.

Each fault is one replacement in a copy of the package. The tests that are about what it breaks run first, up
to the first failure, those of the compiled engine without compiling it (the same source runs as Python); only
where they see nothing do all fast tests of engines, model, metrics and statistics run. At least nineteen of
twenty faults must be caught; the exit code says so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PARTS = ("simlab", "tests", "scenarios", "schema", "pyproject.toml")
WIDER = (
    "unit/engines",
    "unit/model",
    "unit/metrics",
    "unit/statistics",
    "unit/experiments",
    "unit/results",
    "parity",
    "theory",
)
PARITY = (
    "parity/test_guards_and_places.py",
    "parity/test_mechanisms.py",
    "parity/test_generated_scenarios.py",
)
LEAST_CAUGHT = 0.95
LONGEST_MINUTES = 20
"""Tests that take longer do not end: the fault is noticed."""


@dataclass(frozen=True)
class Planted:
    """A fault: what is written in place of what, where, and which tests are about it."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


PLANTED = (
    Planted(
        "reversed priority",
        "engines/simpy_lines.py",
        "visit.rank = visit.ticket.facts[OF_PRIORITY]\n",
        "visit.rank = -visit.ticket.facts[OF_PRIORITY]\n",
        ("unit/engines/test_dispatch.py",),
    ),
    Planted(
        "last come first served is not",
        "engines/simpy_lines.py",
        "return 0.0, -sequence",
        "return 0.0, sequence",
        ("unit/engines/test_dispatch.py",),
    ),
    Planted(
        "swapped rate and mean",
        "model/parametrisations.py",
        'Kind.EXPONENTIAL, (_positive("mean", mean),)',
        'Kind.EXPONENTIAL, (1.0 / _positive("mean", mean),)',
        ("unit/model/test_parametrisations.py",),
    ),
    Planted(
        "shift off by one minute",
        "model/calendar_rules.py",
        "    return minutes\n\n\ndef _check_hours",
        "    return minutes + 1\n\n\ndef _check_hours",
        ("unit/model/test_calendar_rules.py",),
    ),
    Planted(
        "no warm-up",
        "metrics/window.py",
        "return Window(model.warm_up, max(",
        "return Window(0.0, max(",
        ("unit/metrics/test_window.py",),
    ),
    Planted(
        "ticket lost on preemption",
        "engines/simpy_teams.py",
        "        self.return_to_queue(held, now)\n        if others:",
        "        if others:",
        ("unit/engines/test_preemption.py",),
    ),
    Planted(
        "work begins anew after an interruption",
        "engines/simpy_people.py",
        "self.left = max(0.0, self.visit.left - self.work * self.speed)",
        "self.left = self.visit.left",
        ("unit/engines/test_preemption.py",),
    ),
    Planted(
        "clock not paused",
        "engines/simpy_clocks.py",
        "ticket.resolve_due = NEVER",
        "ticket.resolve_due += 0.0",
        ("unit/engines/test_clocks.py",),
    ),
    Planted(
        "cost counted twice",
        "metrics/money.py",
        "            self.staff,\n            self.overtime,",
        "            self.staff,\n            self.staff,\n            self.overtime,",
        (
            "unit/metrics/test_summary.py",
            "unit/metrics/test_simulated_runs.py",
        ),
    ),
    Planted(
        "overtime at the plain rate",
        "metrics/money.py",
        "rate * people.overtime_factor",
        "rate * 1.0",
        (
            "unit/metrics/test_summary.py",
            "unit/metrics/test_simulated_runs.py",
        ),
    ),
    Planted(
        "progress lost at a hand-over",
        "engines/simpy_teams.py",
        "visit.left = each.left + self.handover_work(visit)",
        "visit.left = visit.left + self.handover_work(visit)",
        ("unit/engines/test_working_hours.py",),
    ),
    Planted(
        "reopened ticket stays resolved",
        "engines/simpy_clocks.py",
        "        ticket.resolved = NOT_YET\n",
        "",
        (
            "unit/engines/test_clocks.py",
            "unit/engines/test_process.py",
        ),
    ),
    Planted(
        "half-width by n",
        "statistics/intervals.py",
        'around(value, spread / math.sqrt(n), n, confidence, "Student t over replications"',
        'around(value, spread / n, n, confidence, "Student t over replications"',
        ("unit/statistics/test_intervals.py",),
    ),
    Planted(
        "spread of the population",
        "statistics/intervals.py",
        "observed.std(ddof=1)",
        "observed.std(ddof=0)",
        ("unit/statistics/test_intervals.py",),
    ),
    Planted(
        "time before the warm-up counted",
        "metrics/window.py",
        "last - np.maximum(started, self.start)",
        "last - started",
        (
            "unit/metrics/test_window.py",
            "unit/metrics/test_spans.py",
        ),
    ),
    Planted(
        "targets on elapsed time",
        "model/ticket_rules.py",
        "return calendars.finish(calendar, now, minutes)",
        "return now + minutes",
        (
            "unit/model/test_ticket_rules.py",
            "unit/engines/test_clocks.py",
        ),
    ),
    Planted(
        "shares turned around",
        "model/ticket_rules.py",
        "taken += value",
        "taken += 1.0 - value",
        ("unit/model/test_ticket_rules.py",),
    ),
    Planted(
        "hazard of the next hop",
        "model/ticket_rules.py",
        "min(first + int(facts[_HOPS]), after - 1)",
        "min(first + int(facts[_HOPS]) + 1, after - 1)",
        ("unit/model/test_ticket_rules.py",),
    ),
    Planted(
        "days all alike",
        "model/arrivals.py",
        "process.rate * day_factors(process, space, key)[process.day]",
        "process.rate",
        ("theory/test_demand.py",),
    ),
    Planted(
        "waiting counted from the creation",
        "engines/simpy_tickets.py",
        "ticket.queued += now - self.arrived",
        "ticket.queued += now - ticket.created",
        ("unit/engines/test_process.py",),
    ),
    Planted(
        "person released but not given the next ticket",
        "engines/simpy_teams.py",
        "        if now < person.off_at:\n            self.offer(person, now)\n        go_on = self.on_done",
        "        go_on = self.on_done",
        ("unit/engines/test_dispatch.py",),
    ),
    Planted(
        "work taken up after the end of duty",
        "engines/simpy_people.py",
        "if first[4] == first[5].stamp and now < first[5].off_at",
        "if first[4] == first[5].stamp",
        ("unit/engines/test_working_hours.py",),
    ),
    Planted(
        "paused work handed over",
        "model/ticket_rules.py",
        "if policy == ShiftEnd.PAUSE and end < NEVER:",
        "if policy == ShiftEnd.FINISH and end < NEVER:",
        ("unit/engines/test_working_hours.py",),
    ),
    Planted(
        "join one branch late",
        "engines/simpy_branches.py",
        "fork.joined < fork.needed",
        "fork.joined <= fork.needed",
        ("unit/engines/test_branches.py",),
    ),
    Planted(
        "batch one ticket too large",
        "engines/simpy_batches.py",
        "if len(gathered) >= self.size[row]:",
        "if len(gathered) > self.size[row]:",
        ("unit/engines/test_batches.py",),
    ),
    Planted(
        "hops counted twice",
        "engines/simpy_trails.py",
        "hops=self.hops + is_hop",
        "hops=self.hops + 2 * is_hop",
        ("unit/engines/test_process.py",),
    ),
    Planted(
        "every visit of a ticket draws the same",
        "model/streams.py",
        "philox4x32(subject, space, place, visit << 8 | purpose, key[0], key[1])",
        "philox4x32(subject, space, place, purpose, key[0], key[1])",
        ("unit/model/test_streams.py", "unit/engines/test_addressed_randomness.py"),
    ),
    Planted(
        "compiled: reversed priority",
        "engines/kernel_people.py",
        "by = desk.tickets[visit.ticket].facts[PRIORITY]",
        "by = -desk.tickets[visit.ticket].facts[PRIORITY]",
        PARITY,
    ),
    Planted(
        "compiled: events of one instant in the order of their scheduling alone",
        "engines/kernel_heap.py",
        "return int((order << ORDER_BITS) + run.sequence)",
        "return int(run.sequence)",
        PARITY,
    ),
    Planted(
        "compiled: person released but not given the next ticket",
        "engines/kernel.py",
        "    at = let_go(desk, person, now)\n    if now < desk.people[person].off_at:\n"
        "        offer(desk, person, now)",
        "    at = let_go(desk, person, now)",
        PARITY,
    ),
    Planted(
        "compiled: clock not paused",
        "engines/kernel_tickets.py",
        "            if ticket.resolve_left >= 0.0:\n                ticket.resolve_due = NEVER",
        "            if ticket.resolve_left < 0.0:\n                ticket.resolve_due = NEVER",
        PARITY,
    ),
    Planted(
        "compiled: batch one ticket too large",
        "engines/kernel_batches.py",
        "if gathered.n >= desk.gathers.size[row]:",
        "if gathered.n > desk.gathers.size[row]:",
        PARITY,
    ),
    Planted(
        "compiled: ping-pong where there is none",
        "engines/kernel_tickets.py",
        "        if counts[had_it]:\n            ticket.ping_pongs += 1",
        "        ticket.ping_pongs += 1",
        PARITY,
    ),
    Planted(
        "compiled: progress lost at a hand-over",
        "engines/kernel_teams.py",
        "visit.left = desk.people[person].work_left + handover_work(desk, at)",
        "visit.left = visit.left + handover_work(desk, at)",
        PARITY,
    ),
    Planted(
        "compiled: tickets in the system counted a ticket late",
        "engines/kernel_places.py",
        "    run.in_system += change",
        "    run.in_system += change if now > 0.0 else 0",
        PARITY,
    ),
)


def main() -> int:
    """Plant the faults and tell which were caught; 0 where enough were."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted_faults", description=__doc__)
    parser.add_argument("names", nargs="*", help="only faults whose names contain one of these words")
    words = parser.parse_args().names
    chosen = [fault for fault in PLANTED if not words or any(word in fault.name for word in words)]
    n_caught = 0
    with tempfile.TemporaryDirectory() as name:
        copy = copied(Path(name))
        for fault in chosen:
            began = time.monotonic()
            noticed_by = first_failure(fault, copy)
            n_caught += noticed_by is not None
            told = f"{'caught' if noticed_by else 'MISSED':8}{time.monotonic() - began:5.0f} s  "
            print(f"{told}{fault.name:72}{noticed_by or ''}", flush=True)
    print(f"{n_caught} of {len(chosen)} caught")
    return 0 if n_caught >= LEAST_CAUGHT * len(chosen) else 1


def copied(folder: Path) -> Path:
    """Copy what the tests need, compiled code too: the engine is compiled anew only where it is changed."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part)
        else:
            shutil.copy2(source, folder / part)
    return folder


def first_failure(fault: Planted, copy: Path) -> str | None:
    """Test that notices a fault which is planted in a copy of the project; None where none does."""
    file = copy / "simlab" / fault.file
    sound = file.read_text(encoding="utf-8")
    file.write_text(with_fault(fault, sound), encoding="utf-8")
    try:
        return failure_of(copy, fault.tests, is_compiled=False) or failure_of(copy, WIDER)
    finally:
        file.write_text(sound, encoding="utf-8")


def failure_of(copy: Path, tests: Sequence[str], *, is_compiled: bool = True) -> str | None:
    """First of these tests that fails in a copy of the project; None where all pass."""
    surroundings = {**os.environ, "PYTHONPATH": str(copy), "CI": "true"}
    if not is_compiled:
        surroundings["NUMBA_DISABLE_JIT"] = "1"
    # Without time limits: compiling a changed engine on a busy machine is no failure.
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-m", "not slow", "-o", "timeout=0"]
    try:
        ended = subprocess.run(
            command + [f"tests/{each}" for each in tests],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            timeout=60 * LONGEST_MINUTES,
            env=surroundings,
        )
    except subprocess.TimeoutExpired:
        return "the tests do not end"
    if ended.returncode == 0:
        return None
    if ended.returncode not in (1, 2):
        raise AssertionError(f"the tests cannot run: {ended.stdout}{ended.stderr}")
    failed = [line for line in ended.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].partition(" - ")[0].partition(" ")[2] if failed else "the tests do not start"


def with_fault(fault: Planted, text: str) -> str:
    """Put a fault into the text of its file."""
    if text.count(fault.old) != 1:
        raise AssertionError(
            f"{fault.name}: {fault.file} has it {text.count(fault.old)} times: {fault.old!r}"
        )
    return text.replace(fault.old, fault.new)


if __name__ == "__main__":
    sys.exit(main())
