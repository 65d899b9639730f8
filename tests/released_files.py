"""Write what this version stores, for later versions to read: ``python -m tests.released_files``.

It is carried out once for each version that is released. What earlier versions wrote is never written anew,
nor what the folder of this version has already: only kinds of files that it lacks are added.
``tests/faults/test_released_files.py`` reads all of it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.commands import surroundings

RELEASED = Path(__file__).parent / "faults" / "released"
FIGURES = "figures.json"
"""The figures of the run, by response, as this version told them."""

INPUTS = {
    "desk.yaml": """\
name: Desk
time: {zone: Europe/Berlin, start: 2026-01-05, length: 3 days, warm_up: 1 day}
calendars: {office: {hours: {mon-fri: "08:00-18:00"}}}
demand:
  mail: {arrivals: {rate: 60/day}, priority: {P1: 20 %, P2: 80 %}}
staffing:
  desk: {people: 3, calendar: office, cost: 40 EUR/hour}
routing:
  start: fix
  steps:
    fix: {team: desk, work: {exponential: 10 min}, next: {fix: 10 %, resolved: 90 %}}
targets: {P1: {resolve: 1 h, calendar: office}, P2: {resolve: 4 h, calendar: office}}
what_if:
  four: {label: Four people, set: {staffing.desk.people: 4}}
""",
    "run.yaml": "experiment: run\nscenario: desk.yaml\nreplications: 2\nseed: 7\n",
    "sweep.yaml": """\
experiment: sweep
scenario: desk.yaml
replications: 2
seed: 7
vary: {staffing.desk.people: [3, 4]}
responses: [resolution_mean]
""",
    "sensitivity.yaml": """\
experiment: sensitivity
method: tornado
scenario: desk.yaml
replications: 2
seed: 7
vary: {staffing.desk.people: [3, 4]}
responses: [resolution_mean]
""",
    "capacity.yaml": """\
experiment: capacity
scenario: desk.yaml
replications: 2
seed: 7
vary: {staffing.desk.people: {from: 2, to: 4}}
constraints: [resolve_attainment >= 10 %]
""",
    "optimise.yaml": """\
experiment: optimize
scenario: desk.yaml
replications: 2
seed: 7
vary: {staffing.desk.people: {from: 2, to: 4}}
minimise: cost_per_week
constraints: [resolve_attainment >= 50 %]
budget: {trials: 3, final_replications: 2}
""",
    "case.yaml": """\
experiment: business_case
scenario: desk.yaml
replications: 2
proposal: {what_if: [four]}
horizon: 3 years
discount_rate: 8 %
costs:
  one_off: {training: 5000 EUR}
""",
    "tickets.csv": """\
number,opened_at,resolved_at,priority,assignment_group
T1,2026-01-05 08:00,2026-01-05 12:30,2,Desk
T2,2026-01-05 09:00,2026-01-06 10:00,1,Network
T3,2026-01-07 09:00,2026-01-07 09:30,2,Desk
""",
}
REGISTERED = ("--id", "D1", "--owner", "Ann", "--review", "2026-12-01", "--accepted", "2026-06-01")
COMMANDS = (
    ("run", "run.yaml", "--engine", "simpy"),
    ("sweep", "sweep.yaml"),
    ("sensitivity", "sensitivity.yaml"),
    ("capacity", "capacity.yaml"),
    ("optimize", "optimise.yaml", "--folder", "results/optimise"),
    ("profile", "tickets.csv"),
    ("register", "add", "case.yaml", "--store", "scratch", *REGISTERED),
)


def simlab(folder: Path, *arguments: str) -> str:
    """Carry out a command and return what it prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "simlab", *arguments, "-q"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=surroundings(),
    )
    return ended.stdout


def main() -> None:
    """Write the files of this version."""
    target = RELEASED / version("servicedesk-simlab")
    # Outside of the repository, so that its state is not part of what is stored.
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in INPUTS.items():
            (folder / file).write_text(text, encoding="utf-8")
        for command in COMMANDS:
            simlab(folder, *command)
        told = json.loads(simlab(folder, "run", "run.yaml", "--engine", "simpy", "--json"))
        figures = {name: figure["value"] for name, figure in told["responses"].items()}
        (folder / FIGURES).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        for lock in [*folder.rglob("lock"), *folder.rglob(".lock")]:
            lock.unlink()
        shutil.rmtree(folder / "scratch")
        for made in [*folder.iterdir(), *(folder / "results").iterdir()]:
            add(made, target / made.relative_to(folder))
    print(f"written to {target}")


def add(made: Path, target: Path) -> None:
    """Add a file or a result folder where there is none of its kind: names of folders end in a hash."""
    kind = target.name.rpartition("-")[0] or target.name
    if made.is_dir() and made.name != "results" and not list(target.parent.glob(f"{kind}*")):
        shutil.copytree(made, target)
    elif made.is_file() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(made, target)


if __name__ == "__main__":
    main()
