"""A what-if laboratory for service processes: ``import simlab as sl``; see :mod:`simlab.api`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simlab.api import (
        Comparison,
        DeskView,
        Guards,
        LoadedScenario,
        ScenarioRun,
        TicketView,
        business_case,
        capacity,
        compare,
        compare_runs,
        from_values,
        load,
        optimize,
        profile,
        read_log,
        read_run,
        read_study,
        report,
        run,
        sensitivity,
        sweep,
        write_log,
    )

__all__ = [
    "Comparison",
    "DeskView",
    "Guards",
    "LoadedScenario",
    "ScenarioRun",
    "TicketView",
    "business_case",
    "capacity",
    "compare",
    "compare_runs",
    "from_values",
    "load",
    "optimize",
    "profile",
    "read_log",
    "read_run",
    "read_study",
    "report",
    "run",
    "sensitivity",
    "sweep",
    "write_log",
]


def __getattr__(name: str) -> object:
    """Import the interface when it is first used, so that ``import simlab`` stays cheap."""
    if name not in __all__:
        raise AttributeError(f"module 'simlab' has no attribute '{name}'")
    from simlab import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return __all__
