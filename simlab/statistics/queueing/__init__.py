"""Exact queueing results: first guesses for capacity, and oracles for tests of the engines.

Rates are per minute, times in minutes, offered load in erlang (rate x mean service time); any other unit of
time serves as well, used throughout. A queue whose load reaches its capacity has no steady state: waits and
queues are then infinite, not an error, so that a search over staffing can pass through.
"""

from simlab.statistics.queueing.erlang import (
    QueueMeasures,
    allen_cunneen_wait,
    erlang_b,
    erlang_c,
    mm1_sojourn_exceeds,
    mmc,
    mmc_wait_exceeds,
    mmc_wait_quantile,
)
from simlab.statistics.queueing.finite import (
    ErlangA,
    FiniteQueue,
    MachineRepair,
    erlang_a,
    erlang_a_served_within,
    machine_repair,
    mmck,
)
from simlab.statistics.queueing.general_service import batch_mm1, mdc, mg1
from simlab.statistics.queueing.infinite_server import (
    mean_in_system,
    piecewise_mean_in_system,
    sinusoidal_mean_in_system,
)
from simlab.statistics.queueing.join_times import mean_join_time
from simlab.statistics.queueing.networks import (
    ClosedNetwork,
    closed_network,
    jackson_network,
    traffic_rates,
)
from simlab.statistics.queueing.priorities import (
    nonpreemptive_mg1_waits,
    nonpreemptive_mmc_waits,
    preemptive_mg1_sojourns,
    preemptive_mmc_sojourns,
)
from simlab.statistics.queueing.staffing import (
    AgentsNeeded,
    agents_needed,
    delay_probability_at_safety,
    square_root_staffing,
)

__all__ = [
    "AgentsNeeded",
    "ClosedNetwork",
    "ErlangA",
    "FiniteQueue",
    "MachineRepair",
    "QueueMeasures",
    "agents_needed",
    "allen_cunneen_wait",
    "batch_mm1",
    "closed_network",
    "delay_probability_at_safety",
    "erlang_a",
    "erlang_a_served_within",
    "erlang_b",
    "erlang_c",
    "jackson_network",
    "machine_repair",
    "mdc",
    "mean_in_system",
    "mean_join_time",
    "mg1",
    "mm1_sojourn_exceeds",
    "mmc",
    "mmc_wait_exceeds",
    "mmc_wait_quantile",
    "mmck",
    "nonpreemptive_mg1_waits",
    "nonpreemptive_mmc_waits",
    "piecewise_mean_in_system",
    "preemptive_mg1_sojourns",
    "preemptive_mmc_sojourns",
    "sinusoidal_mean_in_system",
    "square_root_staffing",
    "traffic_rates",
]
