"""Tables of the compiled engine about what is learnt in a run: faults, feedback and levers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simlab.engines.kernel_layout import (
    CODE,
    FAULT,
    FAULT_GROUP,
    FAULT_WORK,
    FEEDBACK,
    LEVER,
    MOVE,
    REPEAT,
    SCORE_WEIGHTS,
    records,
)
from simlab.model.codes import FaultState
from simlab.model.faults import fault_shares
from simlab.model.improvement_tables import FaultTable, FeedbackTable, ImprovementTable
from simlab.model.tables import Model

Tables = dict[str, NDArray[Any]]
EVENTS_BESIDE = 4
"""Events and tickets to which the end of a visit may give rise, beside moves of levers: a new fault, a
survey, an improvement ticket, a repeat contact."""


def learning_tables(model: Model, key: tuple[int, int]) -> Tables:
    """Tables of a replication, of no rows for what the scenario does not have."""
    return {**_faults(model, key), **_feedback(model.feedback), **_levers(model.improvements)}


def most_moves(model: Model) -> int:
    """Most levers that the end of a visit may move."""
    return 0 if model.improvements is None else int(np.diff(model.improvements.first).max(initial=0))


def learning_state(model: Model) -> dict[str, Any]:
    """What the record of the run says about it."""
    faults, levers = model.faults, model.improvements
    n_flags = 0 if levers is None else levers.flags.shape[1]
    return {
        "has_faults": faults is not None,
        "has_feedback": model.feedback is not None,
        "has_levers": levers is not None,
        "length": model.length,
        "warm_up": model.warm_up,
        "n_faults": 0 if faults is None else faults.first[-1],
        "n_fault_groups": 0 if faults is None else len(faults.stream),
        "n_levers": 0 if levers is None else len(levers.rungs),
        "n_flags": n_flags,
        "first_flag": len(model.names.teams) + len(model.names.controls),
    }


def _faults(model: Model, key: tuple[int, int]) -> Tables:
    faults = model.faults
    if faults is None:
        return {
            "fault_groups": np.zeros(0, FAULT_GROUP),
            "fault_classes": np.zeros(0, CODE),
            "fault_shares": np.zeros(0),
            "fault_work": np.zeros(0, FAULT_WORK),
            "faults": np.zeros(0, FAULT),
        }
    return {
        "fault_groups": _fault_groups(faults),
        "fault_classes": faults.classes.astype(CODE),
        "fault_shares": np.concatenate(
            [np.cumsum(fault_shares(model, key, group)) for group in range(len(faults.stream))]
        ),
        "fault_work": records(FAULT_WORK, workaround=faults.workaround, fixed=faults.fixed),
        "faults": records(
            FAULT,
            group=np.repeat(np.arange(len(faults.stream)), np.diff(faults.first)),
            state=FaultState.UNKNOWN,
            first_incident=-1,
            last_incident=-1,
        ),
    }


def _fault_groups(faults: FaultTable) -> NDArray[Any]:
    own = {name: getattr(faults, name) for name in FAULT_GROUP.names or () if name in faults._fields}
    ends = {"first": faults.first[:-1], "end": faults.first[1:]}
    classes = {"first_class": faults.first_class[:-1], "end_class": faults.first_class[1:]}
    return records(FAULT_GROUP, **{**own, **ends, **classes})


def _feedback(feedback: FeedbackTable | None) -> Tables:
    if feedback is None:
        return {
            "weights": np.zeros(0, SCORE_WEIGHTS),
            "feedback": np.zeros(0, FEEDBACK),
            "responses": np.zeros(0),
            "repeats": np.zeros(0, REPEAT),
        }
    own = {name: [getattr(feedback, name)] for name in FEEDBACK.names or () if name in feedback._fields}
    least, greatest = feedback.low
    return {
        "weights": records(SCORE_WEIGHTS, **{name: [x] for name, x in feedback.weights._asdict().items()}),
        "feedback": records(FEEDBACK, **own, least_low=least, greatest_low=greatest),
        "responses": np.ascontiguousarray(feedback.response, np.float64),
        "repeats": records(
            REPEAT,
            share=feedback.repeat_share,
            delay=feedback.repeat_delay,
            stream=feedback.repeat_stream,
        ),
    }


def _levers(levers: ImprovementTable | None) -> Tables:
    if levers is None:
        return {
            "levers": np.zeros(0, LEVER),
            "first_move": np.zeros(0, CODE),
            "moves": np.zeros(0, MOVE),
            "rung_levels": np.zeros(0),
            "rung_flags": np.zeros(0, CODE),
        }
    return {
        "levers": records(
            LEVER, rungs=levers.rungs, delay=levers.delay, decay=levers.decay, state=levers.state
        ),
        "first_move": levers.first.astype(CODE),
        "moves": records(MOVE, lever=levers.lever, share=levers.share, address=levers.address),
        "rung_levels": np.ascontiguousarray(levers.level, np.float64).ravel(),
        "rung_flags": levers.flags.astype(CODE).ravel(),
    }
