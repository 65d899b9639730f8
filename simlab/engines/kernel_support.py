"""What the compiled engine knows of a model: what it does not know is left to the reference engine.

The check is of what the tables say, not of who made them. A column, field or code that the kernel does not
read may only stand for nothing: -1, 0, false or empty.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import numpy as np

from simlab.engines.kernel_layout import STEP
from simlab.model.codes import DelayCause, Discipline, Dispatch, Field, ShiftEnd, StepKind
from simlab.model.tables import ListedArrivals, Model, PoissonArrivals, PopulationArrivals, RenewalArrivals


def _names(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in line.split())


_KNOWN_COLUMNS: Final = {
    "steps": frozenset(STEP.names or ()) - {"only_target", "gather", "skill", "skill_rules"} | {"automation"},
    "rules": _names(
        "first_row needs_draw target share first_hazard hazard odds_by_difficulty first_test test_field",
        "test_low test_high test_argument test_size test_negated set_member",
    ),
    "teams": _names("discipline dispatch at_shift_end handover first_pool pool pool_rank preempts"),
    "timers": _names("first timing calendar target priority address"),
    "forks": _names("first branch needed stops_others"),
    "gathers": _names("step target size most longest_wait calendar together"),
    "handoffs": _names("row reread loss redo behind_transfer"),
    "sections": _names("permits discipline step"),
    "spawns": _names("first rules share stream delay waits address waiting_step same_fault"),
    "pools": _names("home by_rank first_queue queue"),
    "people": _names("pool team shift roster number space absence speed cost_per_hour overtime_factor"),
    "skills": _names("names step step_rules first skill speed leads"),
    "swarms": _names("first team people is_optional holds faster"),
    "paces": _names("person first speed"),
    "faults": _names(
        "first weight drawn pareto space stream first_class classes share problem_stream after within",
        "review worst at_least new_after workaround fixed",
    ),
    "feedback": _names(
        "weights scored satisfied survey response answer_delay repeat repeat_share repeat_delay",
        "repeat_stream improvement_stream low after review at_least each",
    ),
    "improvements": _names("lever share address first rungs delay decay state level flags"),
    "control": _names(
        "measure first_team team horizon every calendar ends_with_calendar start_at start_lag stop_at",
        "stop_lag loan_rule loan_from loan_to loan_people call_rule call_shift call_cost",
    ),
    "targets": _names("rules respond resolve calendar penalty"),
}
_KNOWN_FIELDS: Final = frozenset(_KNOWN_COLUMNS) | _names(
    "name names clock length warm_up drains latest_end distributions distribution_list calendars",
    "business_calendar streams rosters money backlog later_prices prices_at_rungs",
)
_KNOWN_OF_STREAMS: Final = _names("name space arrivals batch limit attributes entry self_service")
_LAST_KNOWN_CODE: Final = {
    ("steps", "kind"): StepKind.GATHER,
    ("steps", "delay_cause"): DelayCause.DORMANT,
    ("rules", "test_field"): Field.RUNG,
    ("sections", "discipline"): Discipline.FIFO,
    ("teams", "discipline"): Discipline.SHORTEST,
    ("teams", "dispatch"): Dispatch.LEAST_LOADED,
    ("teams", "at_shift_end"): ShiftEnd.HAND_OVER,
}
_KNOWN_ARRIVALS: Final = (PoissonArrivals, RenewalArrivals, ListedArrivals, PopulationArrivals)


def unsupported(model: Model) -> str | None:
    """Return in one line what the kernel does not know of a model; None where it runs it."""
    if model.hooks is not None:
        return "Python hooks decide in it"
    for table, known in _KNOWN_COLUMNS.items():
        columns = getattr(model, table)
        for name in () if columns is None else columns._fields:
            if name not in known and not _says_nothing(getattr(columns, name)):
                return f"it does not know '{name}' of {table}"
    for (table, name), last in _LAST_KNOWN_CODE.items():
        if np.max(getattr(getattr(model, table), name), initial=0) > last:
            return f"it does not know every '{name}' of {table}"
    for field in fields(model):
        if field.name not in _KNOWN_FIELDS and not _says_nothing(getattr(model, field.name)):
            return f"it does not know '{field.name}'"
    for stream in model.streams:
        if type(stream.arrivals) not in _KNOWN_ARRIVALS:
            return f"it does not know the arrivals of '{stream.name}'"
        for field in fields(stream):
            if field.name not in _KNOWN_OF_STREAMS and not _says_nothing(getattr(stream, field.name)):
                return f"it does not know '{field.name}' of demand"
    return None


def _says_nothing(value: Any) -> bool:  # noqa: ANN401
    """Whether a value, or every one of an array or table, is empty, false, 0 or -1."""
    if value is None:
        return True
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return all(_says_nothing(entry) for entry in value)
    if isinstance(value, str):
        return not value
    array = np.asarray(value)
    return array.dtype != object and bool(np.all((array == 0) | (array == -1)))
