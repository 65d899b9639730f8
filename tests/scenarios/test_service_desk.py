"""The service desk scenario against facts of the log that it was fitted to, and the facts against the log."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

from simlab.engines.logs import TicketLog
from simlab.engines.simpy_desk import SimpyEngine
from simlab.metrics.window import Window
from simlab.model.codes import Outcome
from simlab.model.load import load

Floats = NDArray[np.float64]

ROOT: Final = Path(__file__).parents[2]
SCENARIO: Final = ROOT / "scenarios" / "service_desk.yaml"
FACTS: Final[Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "service_desk_facts.yaml").read_text(encoding="utf-8")
)
LOG: Final = (
    Path(os.environ.get("SIMLAB_DATA", ROOT.parent / "shared" / "data")) / "uci_servicenow_incidents.csv.gz"
)
LEVELS: Final = {"P25": 0.25, "P50": 0.5, "P75": 0.75, "P90": 0.9, "P95": 0.95}
MOST_HOPS: Final = 6
REPLICATIONS: Final = 3


def _hop_shares(hops: Iterable[int]) -> Floats:
    counts = np.bincount(np.minimum(np.fromiter(hops, np.int64), MOST_HOPS), minlength=MOST_HOPS + 1)
    shares: Floats = counts / counts.sum()
    return shares


# -- the simulation against the facts


def _quantile_ratios(minutes: Floats) -> Floats:
    """Simulated over measured quantiles of the resolution time."""
    measured = [60.0 * FACTS["resolution_hours"][name] for name in LEVELS]
    ratios: Floats = np.quantile(minutes, list(LEVELS.values())) / measured
    return ratios


@pytest.fixture(scope="module")
def runs() -> list[TicketLog]:
    """Tickets of runs that go on without arrivals until the last one is closed."""
    model = load(SCENARIO, assignments=["time.then=drain"]).model
    return [SimpyEngine().run(model, seed=1, replication=i).tickets for i in range(REPLICATIONS)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_tickets_followed_to_their_end_take_as_long_and_hop_as_often_as_in_the_log(
    runs: Sequence[TicketLog],
) -> None:
    warm_up = load(SCENARIO).model.warm_up
    ratios, shares = [], []
    for tickets in runs:
        counted = (tickets.created >= warm_up) & (tickets.outcome == Outcome.RESOLVED)
        ratios.append(_quantile_ratios((tickets.resolved - tickets.created)[counted]))
        shares.append(_hop_shares(tickets.hops[counted]))

    assert np.abs(np.mean(ratios, axis=0) - 1.0).max() < 0.15
    for population in ("all", "resolved"):
        distance = np.abs(np.mean(shares, axis=0) - FACTS["hops"][population]).sum() / 2.0
        assert distance < 0.05


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_tickets_resolved_in_the_observation_window_take_as_long_as_in_the_log(
    runs: Sequence[TicketLog],
) -> None:
    """As a planner sees it, who lets the run stop at its end: the tickets then open are left out."""
    model = load(SCENARIO).model
    window = Window(model.warm_up, model.length)
    ratios = []
    for tickets in runs:
        counted = window.holds(tickets.resolved)
        ratios.append(_quantile_ratios((tickets.resolved - tickets.created)[counted]))

    assert np.abs(np.mean(ratios, axis=0) - 1.0).max() < 0.15


def test_demand_and_mix_of_a_few_weeks_are_those_of_the_log() -> None:
    model = load(SCENARIO, assignments=["time.warm_up=0 h", "time.length=4 weeks"]).model
    logs = SimpyEngine().run(model, seed=1, replication=0)
    tickets = logs.tickets

    priorities = np.bincount(tickets.priority, minlength=4) / len(tickets)
    measured = [FACTS["priority"][name] for name in model.names.priorities]
    # Four standard errors of a share of so many tickets, and the rounding of the classes' shares.
    assert np.abs(priorities - measured).max() < 4.0 * 0.5 / np.sqrt(len(tickets)) + 0.002
    # A week without a holiday has 4 % more than the mean week; the rest is the day factor and chance.
    assert len(tickets) / 4.0 == pytest.approx(FACTS["arrivals"]["per_week"], rel=0.12)

    visits = logs.visits
    in_order = np.lexsort((visits.arrived, visits.ticket))
    first = in_order[np.unique(visits.ticket[in_order], return_index=True)[1]]
    at_desk = visits.step[first] == model.names.steps.index("desk_contact")
    # Four standard errors, and the rounding of the classes' shares.
    assert abs(at_desk.mean() - FACTS["starts_at_desk"]) < 4.0 * 0.5 / np.sqrt(len(first)) + 0.005


# -- the facts against the log


@dataclass(slots=True)
class _LoggedTicket:
    opened: datetime
    group: str = "?"
    """First group that is named."""
    priority: str = "?"
    resolved_at: str = "?"
    hops: int = 0
    reopens: int = 0
    states: set[str] = field(default_factory=set)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M")


def _logged_tickets() -> Sequence[_LoggedTicket]:
    tickets: dict[str, _LoggedTicket] = {}
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            ticket = tickets.get(row["number"])
            if ticket is None:
                ticket = tickets[row["number"]] = _LoggedTicket(_instant(row["opened_at"]))
            if ticket.group == "?":
                ticket.group = row["assignment_group"]
            ticket.hops = max(ticket.hops, int(row["reassignment_count"]))
            ticket.reopens = max(ticket.reopens, int(row["reopen_count"]))
            ticket.priority = f"P{row['priority'][0]}"
            ticket.states.add(row["incident_state"])
            if row["resolved_at"] != "?":
                ticket.resolved_at = row["resolved_at"]
    return list(tickets.values())


@pytest.mark.skipif(not LOG.exists(), reason="needs the UCI incident log: set SIMLAB_DATA to its folder")
def test_facts_are_those_of_the_log() -> None:
    tickets = _logged_tickets()
    resolved = [ticket for ticket in tickets if ticket.resolved_at != "?"]
    hours = [(_instant(t.resolved_at) - t.opened) / timedelta(hours=1) for t in resolved]
    start = datetime(2016, 2, 29)
    weeks = [t.opened for t in tickets if start <= t.opened < start + timedelta(weeks=12)]
    office = [at for at in weeks if at.weekday() < 5 and 8 <= at.hour < 18]

    assert len(tickets) == FACTS["tickets"]
    assert len(resolved) == FACTS["resolved"]
    assert len(weeks) / 12.0 == pytest.approx(FACTS["arrivals"]["per_week"], abs=0.05)
    assert len(office) / len(weeks) == pytest.approx(FACTS["arrivals"]["share_mon_fri_8_to_18"], abs=0.0005)
    measured = [FACTS["resolution_hours"][name] for name in LEVELS]
    assert np.quantile(hours, list(LEVELS.values())) == pytest.approx(measured, abs=0.001)
    assert _hop_shares(t.hops for t in tickets) == pytest.approx(FACTS["hops"]["all"], abs=0.0006)
    assert _hop_shares(t.hops for t in resolved) == pytest.approx(FACTS["hops"]["resolved"], abs=0.0006)

    def share(of: Sequence[_LoggedTicket], having: Iterable[bool]) -> float:
        return sum(having) / len(of)

    at_desk = share(tickets, (t.group == "Group 70" for t in tickets))
    waited = share(resolved, ("Awaiting User Info" in t.states for t in resolved))
    assert at_desk == pytest.approx(FACTS["starts_at_desk"], abs=0.0006)
    assert share(tickets, (t.reopens > 0 for t in tickets)) == pytest.approx(FACTS["reopened"], abs=0.0001)
    assert waited == pytest.approx(FACTS["waited_for_user"], abs=0.002)
    for priority, value in FACTS["priority"].items():
        found = share(tickets, (t.priority == priority for t in tickets))
        assert found == pytest.approx(value, abs=0.0001)
