"""The two builds of the kernel: the whole, and a lean one for models that need no more than the basics.

Both are made of the same functions. Where the lean build is compiled, what stands behind a flag of the run
such as ``run.has_chats`` is left out, and so are the bodies of `LEFT_OUT`, which a model without their
mechanisms never calls: it is compiled sooner, and runs faster.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np

from simlab.engines.kernel_layout import RUN
from simlab.model.codes import StepKind
from simlab.model.tables import ListedArrivals, Model


class Build(Enum):
    """Which of the two."""

    WHOLE = "whole"
    LEAN = "lean"


LEFT_OUT: Final = {
    "kernel": "start_branch take_over",
    "kernel_batches": "gather release complete_batch withdraw",
    "kernel_branches": "start_branches goes_on end_all behind_join",
    "kernel_faults": "work_on_fault",
    "kernel_learning": "learn",
    "kernel_comings": "ticket_comes",
    "kernel_control": "control start_control",
    "kernel_exits": "end_waiting",
    "kernel_loans": "first_free_of may_lend visit_for_lent",
    "kernel_people": "start_batch",
    "kernel_sources": "keep_recorded spawn",
    "kernel_teams": "completed_chat go_on_with_all",
    "kernel_swarming": "swarm_completes",
    "kernel_interruptions": "join_interrupting interrupt_for_waiting",
}
"""Functions, by module, of which the lean build has no more than that they say when they are called."""

_KEPT_FLAGS = {"has_begun", "has_handoffs"}
ABSENT_FLAGS: Final = frozenset(
    name for name in RUN.names or () if name.startswith("has_") and name not in _KEPT_FLAGS
)
"""Flags of the run that are false wherever the lean build runs; ``has_extras`` is true in the whole one."""
KNOWN_FIELDS: Final[dict[str, bool | int]] = {
    **dict.fromkeys((*ABSENT_FLAGS, "is_short"), False),
    **dict.fromkeys(("n_controls", "n_lending", "n_backlog"), 0),
    **dict.fromkeys(("fork", "batch", "call"), -1),
}
"""Fields of records and what they always say there: no control rules, no branches, no batches, ..."""

_KINDS_OF_WHOLE = (StepKind.FORK, StepKind.JOIN, StepKind.GATHER)


def is_left_out(module: str, function: str) -> bool:
    """Whether the lean build has only the name of a function."""
    return function in LEFT_OUT.get(module.rpartition(".")[2], "").split()


def build_for(model: Model, flags: np.void) -> Build:
    """Build that runs a model; ``flags``: the record of its run."""
    has_whole_steps = bool(np.isin(model.steps.kind, _KINDS_OF_WHOLE).any())
    has_more = (
        has_whole_steps
        or len(model.backlog.created) > 0
        or len(model.spawns.rules) > 0
        or any(isinstance(stream.arrivals, ListedArrivals) for stream in model.streams)
        or any(stream.self_service for stream in model.streams)  # what it leaves is as if it were recorded
        or any(flags[name] != known for name, known in KNOWN_FIELDS.items() if name in (RUN.names or ()))
    )
    return Build.WHOLE if has_more else Build.LEAN
