"""Scenarios for tests, from text or maps to runs whose logs are read by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.engines.simpy_desk import SimpyEngine
from simlab.metrics.invariants import InvariantResult, check
from simlab.model.compile import compile_model
from simlab.model.tables import Model
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import from_plain
from simlab.scenario.schema.scenario import Scenario
from simlab.scenario.validation import validate

Floats = NDArray[np.float64]
Written = str | Mapping[str, Any]


class VisitRow(NamedTuple):
    """One visit, with names for codes."""

    ticket: int
    step: str
    person: str
    arrived: float
    started: float
    ended: float
    touch: float
    handovers: int


class Spell(NamedTuple):
    """One spell of work, with names for codes."""

    person: str
    ticket: int
    started: float
    ended: float
    overtime: float


@dataclass(frozen=True)
class Run:
    """A model and the logs of one replication of it."""

    model: Model
    logs: RunLogs

    def ticket(self, number: int) -> dict[str, float]:
        """Columns of one ticket."""
        log = self.logs.tickets
        return {column.name: getattr(log, column.name)[number].item() for column in log.columns()}

    def visits(self, step: str | None = None) -> list[VisitRow]:
        """Visits by time of arrival, then ticket; only those to one step where it is named."""
        names, log = self.model.names, self.logs.visits
        rows = [
            VisitRow(
                int(log.ticket[i]),
                names.steps[log.step[i]],
                short(names.people[log.person[i]]) if log.person[i] >= 0 else "",
                float(log.arrived[i]),
                float(log.started[i]),
                float(log.ended[i]),
                float(log.touch_min[i]),
                int(log.handovers[i]),
            )
            for i in range(len(log))
            if step is None or names.steps[log.step[i]] == step
        ]
        return sorted(rows, key=lambda row: (row.arrived, row.ticket))

    def spells(self) -> list[Spell]:
        """Spells of work by time of start, then ticket."""
        names, log = self.model.names, self.logs.work
        rows = [
            Spell(
                short(names.people[log.person[i]]),
                int(log.ticket[i]),
                float(log.started[i]),
                float(log.ended[i]),
                float(log.overtime_min[i]),
            )
            for i in range(len(log))
        ]
        return sorted(rows, key=lambda row: (row.started, row.ticket))

    def at(self, step: str) -> NDArray[np.bool_]:
        """Which visits are to a step."""
        return np.asarray(self.logs.visits.step == self.model.names.steps.index(step))

    def waits(self, step: str, since: float | None = None) -> Floats:
        """Waiting times of the visits that arrived at a step from the warm-up (or ``since``) on."""
        log = self.logs.visits
        start = self.model.warm_up if since is None else since
        rows = self.at(step) & (log.arrived >= start) & ~np.isnan(log.started)
        return log.started[rows] - log.arrived[rows]


def short(person: str) -> str:
    """Last part of a person's name: ``ann`` of ``desk.day.ann``."""
    return person.rsplit(".", 1)[-1]


def scenario_of(written: Written) -> Scenario:
    """Read a scenario from YAML text or from a map."""
    node = (
        parse_document(written, "scenario") if isinstance(written, str) else from_plain(written, "scenario")
    )
    return validate(Scenario, node)


def model_of(written: Written) -> Model:
    """Compile a scenario."""
    return compile_model(scenario_of(written))


def run(written: Written | Model, seed: int = 1, replication: int = 0) -> Run:
    """Run one replication of a scenario on the reference engine."""
    model = written if isinstance(written, Model) else model_of(written)
    return Run(model, SimpyEngine().run(model, seed, replication))


def ran_well(written: Written | Model) -> Run:
    """Run one replication on the reference engine, whose logs must not contradict each other."""
    ran = run(written)
    failed = broken(ran.model, ran.logs)
    assert not failed, failed
    return ran


def broken(model: Model, logs: RunLogs) -> list[InvariantResult]:
    """Return the invariants that the logs of a run break."""
    return [found for found in check(model, logs) if not found.holds]


def one_step(
    arrivals: Mapping[str, Any],
    work: object,
    team: Mapping[str, Any],
    length: str,
    **more: object,
) -> dict[str, Any]:
    """Scenario of one stream, team ``desk`` and step ``work``; ``time`` and ``stream`` add to theirs."""
    time = {"length": length, **more.pop("time", {})}  # type: ignore[dict-item]
    stream = {"arrivals": dict(arrivals), **more.pop("stream", {})}  # type: ignore[dict-item]
    return {
        "name": "one step",
        "time": time,
        "demand": {"tickets": stream},
        "staffing": {"desk": dict(team)},
        "routing": {
            "start": "work",
            "steps": {"work": {"team": "desk", "work": work, "next": "resolved"}},
        },
        **more,
    }
