"""Tables of control rules for the compiled engine, and what they leave: actions and called-in people."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import CODE, CONTROL, LAYOUT, LOAN, ON_CALL, records
from simlab.engines.kernel_memory import Memory
from simlab.engines.logs import ActionLog
from simlab.model.tables import Model
from simlab.model.teamwork import skills_of_pool

Tables = dict[str, NDArray[Any]]


def control_tables(model: Model) -> Tables:
    """Tables of a replication, of no rows for what the scenario does not have."""
    control, always = model.control, len(model.calendars)
    columns = control._replace(calendar=np.where(control.calendar < 0, always, control.calendar))
    called = [
        (rule, person)
        for rule, shift in zip(control.call_rule.tolist(), control.call_shift.tolist(), strict=True)
        for person in np.flatnonzero(model.people.shift == shift).tolist()
    ]
    return {
        **{
            f"control.{name}": np.ascontiguousarray(column, LAYOUT[f"control.{name}"])
            for name, column in columns._asdict().items()
        },
        "controls": records(CONTROL, current=np.full(len(model.names.controls), -1), number=-1),
        "loans": records(
            LOAN,
            rule=control.loan_rule,
            giver=control.loan_from,
            taker=control.loan_to,
            most=control.loan_people,
        ),
        "lending": np.zeros(len(control.loan_rule), CODE),
        "on_call": np.array(called, ON_CALL),
        "pool_skills": _skills_of_pools(model).ravel(),
    }


def control_state(model: Model) -> dict[str, Any]:
    """What the record of the run says about it."""
    control = model.control
    return {
        "n_controls": len(model.names.controls),
        "n_on_call": int(np.isin(model.people.shift, control.call_shift).sum()),
        "n_loans": len(control.loan_rule),
    }


def _skills_of_pools(model: Model) -> NDArray[np.bool_]:
    """By pool, whether its people have no particular skill (they do), and each of the skills."""
    n_pools, n_skills = len(model.pools.home), 0 if model.skills is None else len(model.skills.names)
    flags = np.zeros((n_pools, n_skills + 1), np.bool_)
    flags[:, 0] = True
    if model.skills is not None:
        for pool in range(n_pools):
            for skill, _ in skills_of_pool(model.skills, pool):
                flags[pool, skill + 1] = True
    return flags


def action_log(memory: Memory) -> ActionLog:
    """Log of the actions of control rules, of a run that has ended."""
    n = int(memory["run"]["n_actions"][0])
    return ActionLog(*(memory[f"action_log.{column.name}"][:n].copy() for column in ActionLog.columns()))


def called_in(memory: Memory, end: float) -> dict[int, list[tuple[float, float]]]:
    """By person called in, when they were on duty, up to the end of the run."""
    spans: dict[int, list[tuple[float, float]]] = {}
    for call in memory["calls"][: int(memory["run"]["n_calls"][0])]:
        left = end if np.isnan(call["left"]) else float(call["left"])
        spans.setdefault(int(call["person"]), []).append((float(call["came"]), left))
    return spans
