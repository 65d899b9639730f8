"""m1 on Prosimos: a BPMN process of one task and its parameters; waits are read from the log it writes."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from prosimos.simulation_engine import run_simulation  # type: ignore[import-not-found]

from benchmarks.models import ARRIVAL_RATE, SERVERS

STARTS = "2026-01-05T00:00:00+00:00"
MINUTE = 60.0
"""Seconds, in which Prosimos counts."""
LONGEST = 1e9
PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="m1">
  <process id="m1">
    <startEvent id="begin"/>
    <task id="service" name="service"/>
    <endEvent id="end"/>
    <sequenceFlow id="in" sourceRef="begin" targetRef="service"/>
    <sequenceFlow id="out" sourceRef="service" targetRef="end"/>
  </process>
</definitions>
"""


def exponential(mean_min: float) -> dict[str, Any]:
    """Return an exponential distribution as Prosimos writes it: mean, least and most seconds."""
    numbers = (mean_min * MINUTE, 0.0, LONGEST)
    return {
        "distribution_name": "expon",
        "distribution_params": [{"value": number} for number in numbers],
    }


def parameters() -> dict[str, Any]:
    """Return who serves, how long it takes, and how often customers come."""
    always = [{"from": "MONDAY", "to": "SUNDAY", "beginTime": "00:00:00", "endTime": "23:59:59.999999"}]
    servers = {"id": "servers", "name": "", "cost_per_hour": 0, "amount": SERVERS, "calendar": "always"}
    return {
        "resource_profiles": [{"id": "pool", "name": "pool", "resource_list": [servers]}],
        "resource_calendars": [{"id": "always", "name": "always", "time_periods": always}],
        "task_resource_distribution": [
            {"task_id": "service", "resources": [{"resource_id": "servers", **exponential(1.0)}]}
        ],
        "arrival_time_distribution": exponential(1.0 / ARRIVAL_RATE),
        "arrival_time_calendar": always,
        "gateway_branching_probabilities": [],
    }


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: customers served and their mean wait."""
    np.random.seed(seed)  # Prosimos draws from this generator
    with TemporaryDirectory() as folder:
        process, numbers, log = (Path(folder) / name for name in ("m1.bpmn", "m1.json", "log.csv"))
        process.write_text(PROCESS, encoding="utf-8")
        numbers.write_text(json.dumps(parameters()), encoding="utf-8")
        run_simulation(str(process), str(numbers), n, log_out_path=str(log), starting_at=STARTS)
        with log.open(encoding="utf-8", newline="") as rows:
            waits = [
                datetime.fromisoformat(row["start_time"]) - datetime.fromisoformat(row["enable_time"])
                for row in csv.DictReader(rows)
            ]
    return len(waits), sum(wait.total_seconds() for wait in waits) / MINUTE / len(waits)
