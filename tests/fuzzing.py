"""Feed the readers broken files until one of them breaks: ``python -m tests.fuzzing --seconds 60``.

A reader may refuse a file, with a message; anything else that it raises is a finding. Files are made from
good ones by changing bytes, and by putting in words and numbers of their format (grammar). Those that reach
lines which none before has reached are changed further (coverage). Findings are kept, in ``--keep``.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import FrameType
from typing import Any

import yaml

import simlab
from simlab.business.definition import read_case
from simlab.business.register import RegisterRow, read_register
from simlab.calibrate.exchange.bpmn_read import read_bpmn
from simlab.calibrate.exchange.bpmn_scenario import scenario_of
from simlab.calibrate.exchange.prosimos import read_prosimos
from simlab.calibrate.read import read_log
from simlab.errors import SimlabError
from simlab.experiments.capacity import read_capacity
from simlab.experiments.definition import CompareExperiment, RunExperiment, kind_of, read_experiment
from simlab.experiments.sensitivity import read_sensitivity
from simlab.experiments.sweep import read_sweep
from simlab.model.load import load
from simlab.optimise.definition import read_optimisation
from simlab.results.catalogue import damage_in
from simlab.results.export import csv_text
from simlab.results.store import ResultStore
from tests.commands import SCENARIO

ROOT = Path(__file__).parents[1]
PACKAGE = str(Path(simlab.__file__).parent)
FOUND = Path(__file__).parent / "faults" / "found"
"""Findings of the past, which the tests read again."""

NUMBERS = [b"0", b"-1", b"1e999", b".nan", b"nan", b"inf", b"1e-300", b"99999999999999999999", b"0x10", b""]
YAML = [b": ", b"- ", b"{", b"}", b"[", b"]", b"&a ", b"*a", b"!!str ", b"? ", b"| ", b"> ", b"'", b'"', b"#",
        b"\n", b"  ", b"\t", b"null", b"true", b"%", b"---\n", b"<<: ", b"\xef\xbb\xbf",
        b"\xe2\x80\xae", b"\0"]  # fmt: skip
TABLE = [
    b",",
    b";",
    b"\t",
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b"2026-02-30",
    b"24:00",
    b"+99:99",
    b"\0",
    b"\xff",
]
MARKUP = [
    b"<",
    b">",
    b"</",
    b"/>",
    b"&amp;",
    b"&x;",
    b"<!DOCTYPE x>",
    b"<![CDATA[",
    b"<!--",
    b'"',
    b"=",
    b"\0",
]
OBJECT = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"null", b"true", b"1e999", b"\\u0000", b"NaN", b"\xff"]


@dataclass(frozen=True)
class Reader:
    """What reads files of a format, good files of it, and words that its grammar knows."""

    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], object]
    file_name: str
    words: list[bytes]


LOG = b"""case,activity,start,end,resource
1,triage,2026-01-05T08:00:00Z,2026-01-05T08:10:00Z,ann
1,fix,2026-01-05T08:20:00Z,2026-01-05T08:50:00Z,bob
2,triage,2026-01-05T09:00:00Z,2026-01-05T09:05:00Z,ann
"""
TICKETS = b"""number;opened_at;resolved_at;priority;assignment_group
T1;05.01.2026 08:00;05.01.2026 12:30;3 - Moderate;Desk
T2;05.01.2026 09:00;06.01.2026 10:00;1 - Critical;Network
T3;25.01.2026 09:00;;2 - High;Desk
"""
XES = b"""<?xml version="1.0"?><log xes.version="1.0"><trace><string key="concept:name" value="1"/>
<event><string key="concept:name" value="fix"/><date key="time:timestamp" value="2026-01-05T08:00:00+00:00"/>
<string key="org:resource" value="ann"/><string key="lifecycle:transition" value="complete"/></event>
</trace></log>"""
OCEL = json.dumps(
    {
        "objectTypes": [{"name": "ticket", "attributes": []}],
        "eventTypes": [{"name": "fix", "attributes": []}],
        "objects": [{"id": "T1", "type": "ticket", "attributes": []}],
        "events": [
            {
                "id": "e1",
                "type": "fix",
                "time": "2026-01-05T08:00:00Z",
                "attributes": [],
                "relationships": [{"objectId": "T1", "qualifier": "of"}],
            }
        ],
    }
).encode()
REGISTER = csv_text(
    {each.name: [1.5 if "float" in str(each.type) else "2026-01-05"] for each in fields(RegisterRow)}
    | {"measure": ["resolution"]}
).encode()
BPMN = b"""<?xml version="1.0"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL">
<process id="p"><startEvent id="s"/><userTask id="t" name="fix"/><exclusiveGateway id="g"/><endEvent id="e"/>
<sequenceFlow id="a" sourceRef="s" targetRef="t"/><sequenceFlow id="b" sourceRef="t" targetRef="g"/>
<sequenceFlow id="c" sourceRef="g" targetRef="e"/><sequenceFlow id="d" sourceRef="g" targetRef="t"/>
</process></definitions>"""
PROSIMOS = json.dumps(
    {
        "resource_profiles": [
            {"id": "r", "name": "desk", "resource_list": [
                {"id": "ann", "name": "ann", "cost_per_hour": 30, "amount": 1, "calendar": "c",
                 "assignedTasks": ["t"]}
            ]}
        ],
        "resource_calendars": [{"id": "c", "name": "c", "time_periods": [
            {"from": "MONDAY", "to": "FRIDAY", "beginTime": "08:00:00", "endTime": "17:00:00"}]}],
        "task_resource_distribution": [{"task_id": "t", "resources": [
            {"resource_id": "ann", "distribution_name": "expon", "distribution_params": [
                {"value": 0}, {"value": 600}, {"value": 0}, {"value": 3600}]}]}],
        "gateway_branching_probabilities": [],
        "arrival_time_distribution": {"distribution_name": "expon", "distribution_params": [
            {"value": 0}, {"value": 600}, {"value": 0}, {"value": 3600}]},
        "arrival_time_calendar": [
            {"from": "MONDAY", "to": "FRIDAY", "beginTime": "08:00:00", "endTime": "17:00:00"}],
    }
).encode()  # fmt: skip


def scenarios() -> list[bytes]:
    good = ROOT / "tests" / "scenarios" / "broken" / "good.yaml"
    return [(ROOT / "scenarios" / "first.yaml").read_bytes(), good.read_bytes()]


def stored() -> list[bytes]:
    """A result folder as one file: the parts of its files in turn."""
    from simlab.api import load as scenario_of_file
    from simlab.api import run

    with tempfile.TemporaryDirectory() as folder:
        loaded = scenario_of_file(ROOT / "scenarios" / "first.yaml").patch(
            {"time.length": "2 weeks", "time.warm_up": "1 week"}
        )
        run(loaded, replications=1, store=folder, jobs=1)
        (found,) = Path(folder).iterdir()
        files = {
            str(path.relative_to(found)): path.read_bytes().hex()
            for path in found.rglob("*")
            if path.is_file()
        }
    return [json.dumps(files).encode()]


def read_stored(path: Path) -> object:
    """Unpack the result folder and read all of it."""
    folder = path.parent / "stored"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        files = json.loads(path.read_bytes())
        contents = {name: bytes.fromhex(text) for name, text in files.items()}
    except (ValueError, AttributeError, TypeError):
        return None
    for name, content in contents.items():
        target = (folder / name.replace("\0", "")).resolve()
        if folder.resolve() in target.parents:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError:
                continue
    if not folder.is_dir():
        return None
    damage_in(folder)
    store = ResultStore.open(folder)
    return [store.read_summary(number) for number in store.replications()]


def experiments() -> list[bytes]:
    """Experiments of every kind, about the scenario that `read_of_kind` puts beside them."""
    written = yaml.safe_load((ROOT / "tests" / "faults" / "experiments.yaml").read_text(encoding="utf-8"))
    return [kind["good"].encode() for name, kind in written.items() if name != "business_case"]


def business_cases() -> list[bytes]:
    written = yaml.safe_load((ROOT / "tests" / "faults" / "experiments.yaml").read_text(encoding="utf-8"))
    return [written["business_case"]["good"].encode()]


def read_of_kind(path: Path) -> object:
    """Read an experiment by what it says that it is."""
    (path.parent / "desk.yaml").write_text(SCENARIO, encoding="utf-8")
    match kind_of(path):
        case "sweep":
            return read_sweep(path)
        case "sensitivity":
            return read_sensitivity(path)
        case "capacity":
            return read_capacity(path)
        case "optimize":
            return read_optimisation(path)
        case "business_case":
            return read_case(path)
        case "compare":
            return read_experiment(path, CompareExperiment).scenario()
    return read_experiment(path, RunExperiment).scenario()


def mappings() -> list[bytes]:
    return [(ROOT / "tests/faults/released/0.1.0/tickets.mapping.yaml").read_bytes()]


def read_with_mapping(path: Path) -> object:
    log = path.parent / "tickets.csv"
    log.write_bytes((ROOT / "tests/faults/released/0.1.0/tickets.csv").read_bytes())
    return read_log(log, path, keep_mapping=False)


def parquets() -> list[bytes]:
    """The log and the tickets with their columns typed, packed and not."""
    import pyarrow.csv
    import pyarrow.parquet

    found = []
    for content, delimiter in ((LOG, ","), (TICKETS, ";")):
        parsing = pyarrow.csv.ParseOptions(delimiter=delimiter)
        table = pyarrow.csv.read_csv(pyarrow.BufferReader(content), parse_options=parsing)
        for compression in ("none", "snappy"):
            sink = pyarrow.BufferOutputStream()
            pyarrow.parquet.write_table(table, sink, compression=compression)
            found.append(sink.getvalue().to_pybytes())
    return found


def registers() -> list[bytes]:
    return [REGISTER]


def log_of(path: Path) -> object:
    return read_log(path, keep_mapping=False)


READERS = {
    "scenario": Reader(scenarios, load, "scenario.yaml", YAML),
    "csv": Reader(lambda: [LOG, TICKETS], log_of, "log.csv", TABLE),
    "xes": Reader(lambda: [XES], log_of, "log.xes", MARKUP),
    "parquet": Reader(parquets, log_of, "log.parquet", TABLE),
    "register": Reader(registers, read_register, "register.csv", TABLE),
    "ocel": Reader(lambda: [OCEL], log_of, "log.json", OBJECT),
    "bpmn": Reader(lambda: [BPMN], lambda path: scenario_of(read_bpmn(path)), "model.bpmn", MARKUP),
    "prosimos": Reader(lambda: [PROSIMOS], read_prosimos, "parameters.json", OBJECT),
    "experiment": Reader(experiments, read_of_kind, "experiment.yaml", YAML),
    "case": Reader(business_cases, read_of_kind, "case.yaml", YAML),
    "mapping": Reader(mappings, read_with_mapping, "tickets.mapping.yaml", YAML),
    "stored": Reader(stored, read_stored, "stored.json", OBJECT),
}


def changed(content: bytes, other: bytes, words: list[bytes], draw: random.Random) -> bytes:
    """Change a file in one to four places."""
    made = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(made) + 1)
        end = min(len(made), at + draw.choice((1, 2, 8, 40)))
        way = draw.randrange(7)
        if way == 0 and made:
            made[min(at, len(made) - 1)] ^= 1 << draw.randrange(8)
        elif way == 1:
            made[at:at] = draw.choice(words)
        elif way == 2:
            made[at:end] = b""
        elif way == 3:
            made[at:at] = made[at:end] * draw.choice((1, 3, 50))
        elif way == 4:
            start = draw.randrange(len(other) + 1)
            made[at:end] = other[start : start + draw.choice((4, 20, 100))]
        elif way == 5:
            made[at:end] = draw.choice(words)
        else:
            digits = [i for i, byte in enumerate(made) if 48 <= byte <= 57]
            if digits:
                place = draw.choice(digits)
                made[place : place + 1] = draw.choice(NUMBERS)
    return bytes(made)


@dataclass
class Fuzzer:
    """Reads changed files; keeps those that are worth changing further, and those that break the reader."""

    reader: Reader
    folder: Path
    draw: random.Random
    by_coverage: bool = True
    lines: set[tuple[str, int]] = field(default_factory=set)
    findings: list[tuple[bytes, str]] = field(default_factory=list)
    n_read: int = 0

    def files(self) -> Iterator[bytes]:
        """Files to read, without end: the good ones, then changed ones."""
        corpus = self.reader.seeds()
        yield from list(corpus)
        while True:
            before = len(self.lines)
            content = changed(
                self.draw.choice(corpus), self.draw.choice(corpus), self.reader.words, self.draw
            )
            yield content
            if len(self.lines) > before:
                corpus.append(content)

    def read(self, content: bytes) -> None:
        """Read one file."""
        path = self.folder / self.reader.file_name
        path.write_bytes(content)
        self.n_read += 1
        try:
            if self.by_coverage:
                sys.settrace(self._trace)
            self.reader.read(path)
        except SimlabError:
            pass
        except BaseException as error:
            sys.settrace(None)
            if isinstance(error, KeyboardInterrupt):
                raise
            self.findings.append((content, "".join(traceback.format_exception(error)[-3:])))
        finally:
            sys.settrace(None)

    def _trace(self, frame: FrameType, event: str, argument: Any) -> Any:  # noqa: ANN401
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._trace


def main() -> int:
    """Fuzz for some time; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("readers", nargs="*", help=", ".join(READERS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path("findings"))
    options = parser.parse_args()
    n_found = 0
    for name in options.readers or READERS:
        with tempfile.TemporaryDirectory() as folder:
            fuzzer = Fuzzer(READERS[name], Path(folder), random.Random(options.seed))
            until = time.monotonic() + options.seconds
            for content in fuzzer.files():
                fuzzer.read(content)
                if time.monotonic() > until:
                    break
        kinds = {report.splitlines()[-1][:200]: (content, report) for content, report in fuzzer.findings}
        print(f"{name}: {fuzzer.n_read} files, {len(fuzzer.lines)} lines reached, {len(kinds)} findings")
        for number, (kind, (content, report)) in enumerate(kinds.items()):
            options.keep.mkdir(parents=True, exist_ok=True)
            (options.keep / f"{name}-{options.seed}-{number}").write_bytes(content)
            print(f"  {kind}\n{report}")
        n_found += len(kinds)
    return int(n_found > 0)


if __name__ == "__main__":
    sys.exit(main())
