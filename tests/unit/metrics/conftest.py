"""A small desk, written by hand: its model, and logs of it from a few facts a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import numpy as np
import pytest

from simlab.engines.logs import DutyLog, Log, RunLogs, RunTotals, TicketLog, VisitLog, WorkLog
from simlab.model.calendars import ALWAYS, calendar_of
from simlab.model.codes import DelayCause, Outcome, StepKind
from simlab.model.section_table import SectionTable
from simlab.model.tables import (
    AutomationCost,
    ForkTable,
    GatherTable,
    HandoffTable,
    LeverCost,
    Model,
    MoneyTable,
    Names,
    PersonTable,
    Roster,
    RuleTable,
    SpawnTable,
    StepTable,
    TargetTable,
    TeamTable,
    TimerTable,
)
from simlab.model.wall_clock import WallClock

DAY = 1440.0
STEPS = (
    # name, kind, shown as, delay cause, automation, responds
    ("triage", StepKind.WORK, 0, 0, -1, False),
    ("fix", StepKind.WORK, 1, 0, -1, False),
    ("ask_user", StepKind.DELAY, 2, DelayCause.WAIT, -1, False),
    ("resolved", StepKind.RESOLVE, 3, 0, -1, False),
    ("exit", StepKind.EXIT, 4, 0, -1, False),
    ("fix~bot run", StepKind.DELAY, 1, DelayCause.AUTOMATION, 0, False),
    ("fix~bot done", StepKind.ROUTE, 1, 0, -1, True),
    ("fix~after bot", StepKind.WORK, 1, 0, -1, False),
    ("resolved~until reopened", StepKind.DELAY, 3, DelayCause.DORMANT, -1, False),
)
NONE = cast(Any, None)
"""Parts of the model that no metric reads."""

L = TypeVar("L", bound=Log)


def _steps() -> StepTable:
    _, kind, shown_as, cause, automation, responds = zip(*STEPS, strict=True)
    columns = dict.fromkeys(StepTable._fields, np.full(len(STEPS), -1))
    columns |= {
        "kind": np.array(kind),
        "shown_as": np.array(shown_as),
        "delay_cause": np.array(cause),
        "automation": np.array(automation),
        "responds": np.array(responds),
        "outcome": np.where(np.array(kind) == StepKind.RESOLVE, Outcome.RESOLVED, Outcome.OPEN),
    }
    return StepTable(**columns)


def _targets() -> tuple[TargetTable, RuleTable]:
    """P1: resolve in 4 h, 100 each if missed; class network of the others: 8 h, 10 each; else no target."""
    rules = RuleTable(
        first_row=np.array([0, 2]),
        needs_draw=np.array([False]),
        target=np.array([0, 1]),
        share=np.ones(2),
        first_hazard=np.zeros(3, np.int64),
        hazard=np.empty(0),
        odds_by_difficulty=np.ones(2),
        first_test=np.array([0, 1, 2]),
        test_field=np.array([3, 2]),
        test_low=np.array([-np.inf, 1.0]),
        test_high=np.array([np.inf, 1.0]),
        test_argument=np.array([0, -1]),
        test_size=np.array([1, 0]),
        test_negated=np.array([False, False]),
        set_member=np.array([0.0]),
    )
    targets = TargetTable(
        rules=0,
        respond=np.array([15.0, np.inf]),
        resolve=np.array([240.0, 480.0]),
        calendar=np.zeros(2, np.int64),
        penalty=np.array([100.0, 10.0]),
    )
    return targets, rules


def _people() -> PersonTable:
    """Two at the desk, one in the network team, who also serves the desk's queue (pool 1)."""
    columns: dict[str, Any] = dict.fromkeys(PersonTable._fields, np.zeros(3))
    columns |= {
        "pool": np.array([0, 0, 1]),
        "team": np.array([0, 0, 1]),
        "roster": np.array([0, 0, 1]),
        "cost_per_hour": np.array([30.0, 36.0, 60.0]),
        "overtime_factor": np.array([1.5, 1.5, 2.0]),
    }
    return PersonTable(**columns)


def _roster(opens: float, closes: float, lunch: float) -> Roster:
    """Four days of a shift with half an hour of break."""
    days = [DAY * day for day in range(4)]
    shift = np.array([[day + opens, day + closes] for day in days])
    duty = [[[day + opens, day + lunch], [day + lunch + 30.0, day + closes]] for day in days]
    span = (0.0, 4 * DAY)
    return Roster(
        calendar_of(np.array(duty).reshape(-1, 2), *span), calendar_of(shift, *span), shift, np.arange(4)
    )


@pytest.fixture
def model() -> Model:
    """Four days from Monday 00:00 UTC, no warm-up; office hours 08-18; desk on shift 08-16, network 09-17."""
    targets, rules = _targets()
    office = calendar_of(np.array([[DAY * d + 480.0, DAY * d + 1080.0] for d in range(4)]), 0.0, 4 * DAY)
    names = Names(
        streams=("mail", "phone"),
        kinds=("incident",),
        classes=("password", "network"),
        priorities=("P1", "P2"),
        channels=("portal",),
        teams=("desk", "network"),
        shifts=("desk.early", "network.day"),
        people=("desk.early.1", "desk.early.2", "network.day.1"),
        steps=tuple(name for name, *_ in STEPS),
        calendars=("always", "office"),
        automations=("bot",),
    )
    return Model(
        name="small desk",
        names=names,
        clock=WallClock("UTC", datetime(2026, 1, 5, tzinfo=UTC)),
        length=4 * DAY,
        warm_up=0.0,
        drains=False,
        latest_end=4 * DAY,
        distributions=NONE,
        distribution_list=(),
        calendars=(ALWAYS, office),
        business_calendar=1,
        streams=(),
        steps=_steps(),
        rules=rules,
        timers=TimerTable(np.zeros(len(STEPS) + 1, np.int64), NONE, NONE, np.zeros(0, np.int64), NONE, NONE),
        forks=ForkTable(np.zeros(len(STEPS) + 1, np.int64), np.zeros(0, np.int64), NONE, NONE),
        gathers=GatherTable(NONE, np.zeros(0, np.int64), NONE, NONE, NONE, NONE, np.zeros(0, np.bool_)),
        handoffs=HandoffTable(*[NONE] * 5),
        sections=SectionTable(*[NONE] * 3),
        spawns=SpawnTable(*[NONE] * len(SpawnTable._fields)),
        teams=TeamTable(
            discipline=NONE,
            dispatch=NONE,
            at_shift_end=NONE,
            handover=NONE,
            first_pool=np.array([0, 2, 3]),
            pool=np.array([0, 1, 1]),
            pool_rank=np.array([0, 1, 0]),
            preempts=np.zeros((2, 2), np.bool_),
        ),
        pools=NONE,
        people=_people(),
        rosters=(_roster(480.0, 960.0, 720.0), _roster(540.0, 1020.0, 720.0)),
        targets=targets,
        money=MoneyTable(
            currency="EUR",
            automations=(AutomationCost(one_off=5000.0, per_month=438.3, per_run=0.5),),
            levers=(LeverCost(name="standards", one_off=500.0, per_month=876.6),),
            fixed_per_month=4383.0,
            one_off=1000.0,
            user_waiting_per_hour=np.array([12.0, 6.0]),
        ),
    )


Record = Mapping[str, float]
MISSING: dict[str, float] = {
    "channel": -1, "difficulty": 1, "responded": np.nan, "resolved": np.nan, "closed": np.nan,
    "first_team": -1, "last_team": -1, "respond_due": np.nan, "resolve_due": np.nan,
    "team": -1, "person": -1, "started": np.nan, "ended": np.nan, "went_to": -1,
    "target": -1, "parent": -1, "fault": -1, "score": np.nan, "answered": np.nan,
}  # fmt: skip


def _log(kind: type[L], records: Sequence[Record]) -> L:
    known = {column.name for column in kind.columns()}
    assert all(set(record) <= known for record in records)
    return kind.from_rows(
        [[record.get(c.name, MISSING.get(c.name, 0)) for c in kind.columns()] for record in records]
    )


@pytest.fixture
def logs_of() -> Callable[..., RunLogs]:
    """Logs of a few facts a record; what is left out is missing or 0. Totals are made to agree."""

    def make(
        tickets: Sequence[Record] = (),
        visits: Sequence[Record] = (),
        work: Sequence[Record] = (),
        duty: Sequence[Record] = (),
        end: float = 4 * DAY,
        **totals: float,
    ) -> RunLogs:
        closed = sum("closed" in ticket for ticket in tickets)
        area = sum(ticket.get("closed", end) - ticket["created"] for ticket in tickets)
        counted: dict[str, Any] = {
            "created": len(tickets),
            "closed": closed,
            "in_system": len(tickets) - closed,
            "wip_area_min": area,
            "end": end,
            "events": 0,
            **totals,
        }
        return RunLogs(
            0,
            _log(TicketLog, tickets),
            _log(VisitLog, visits),
            _log(WorkLog, work),
            _log(DutyLog, duty),
            RunTotals(**counted),
        )

    return make
