"""Runs that begin with open tickets leave the same logs on both engines."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simlab.engines.compiled import CompiledEngine
from simlab.engines.guards import Guards
from simlab.model.compile import compile_model
from simlab.model.tables import Model
from tests.desks import one_step, scenario_of
from tests.mechanisms import mechanisms
from tests.parity.comparison import BothEngines
from tests.strategies import TEAMS, Draw, Scenario

COLUMNS = [
    "id",
    "created",
    "stream",
    "step",
    "priority",
    "class",
    "responded",
    "spent",
    "paused",
    "hops",
    "reopens",
    "team",
]


@st.composite
def open_tickets(draw: Draw) -> list[str]:
    """A row of the file, without the first field; what is empty is not known."""
    created = draw(st.sampled_from(("2026-01-01 09:00", "2026-01-04 23:59", "2026-01-02 12:30")))
    return [
        created,
        "one",
        draw(st.sampled_from(("first", "second", "last", "ask"))),
        draw(st.sampled_from(("P1", "P2", ""))),
        "",
        draw(st.sampled_from(("", created))),
        draw(st.sampled_from(("", "5 min", "4 h"))),
        draw(st.sampled_from(("", "0 min", "30 min"))),
        draw(st.sampled_from(("", "0", "3"))),
        draw(st.sampled_from(("", "1"))),
        draw(st.sampled_from(("", *TEAMS))),
    ]


def model_with(written: Scenario, rows: list[list[str]]) -> Model:
    """Compile a scenario whose backlog has these rows."""
    scenario = scenario_of(written | {"backlog": {"file": "open.csv"}})

    def read_column(path: object, file: str, column: str) -> list[str]:
        at = COLUMNS.index(column)
        return [str(number) if at == 0 else row[at - 1] for number, row in enumerate(rows)]

    return compile_model(scenario, read_column=read_column)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    scenario=mechanisms(),
    rows=st.lists(open_tickets(), min_size=1, max_size=30),
    seed=st.integers(0, 2**32),
)
def test_engines_leave_equal_logs_on_backlogs(scenario: Scenario, rows: list[list[str]], seed: int) -> None:
    assume("population" not in scenario["demand"]["one"]["arrivals"])
    scenario["time"]["start"] = "2026-01-05"
    model = model_with(scenario, rows)
    BothEngines().run(model, seed, 0, Guards(max_events=200_000))


def test_the_compiled_engine_runs_a_backlog() -> None:
    written = one_step({"rate": "4/hour"}, "10 min", {"people": 2}, "1 day", time={"start": "2026-01-05"})
    model = model_with(written, [["2026-01-04 12:00", "tickets", "work", *[""] * 8]])
    assert CompiledEngine().supports(model) is None
    assert BothEngines().run(model, 1, 0).tickets.created[0] == -720.0
