"""The cost of the observation window, by what it is paid for and by who or what causes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.engines.logs import RunLogs
from simlab.metrics.catalogue import OVERALL
from simlab.metrics.groups import Grouping, Scores, counts, sums
from simlab.metrics.spans import delay_spans
from simlab.metrics.targets import applicable_targets, judge_resolution
from simlab.metrics.teams import PersonTime
from simlab.metrics.tickets import Scoreboard, open_until, resolved_within
from simlab.metrics.window import Window
from simlab.model.tables import DelayCause, Model

Floats = NDArray[np.float64]
MINUTES_PER_HOUR = 60.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Money of the window, in the scenario's currency; every part by those who cause it."""

    staff: Floats
    """(n_teams,) scheduled hours, absence and breaks included, at the people's rates."""
    overtime: Floats
    """(n_teams,) overtime hours at the people's rates times their overtime factors."""
    automation_months: Floats
    """(n_automations,) monthly cost in proportion to the window."""
    automation_runs: Floats
    """(n_automations,) cost of the runs that began in the window."""
    levers: Floats
    """(n_levers,) monthly cost in proportion to the level and the window."""
    penalties: Floats
    """(n_priorities,) missed resolution targets judged in the window."""
    waiting_users: Floats
    """(n_priorities,) time in which tickets were open, at the rate of their priority."""
    fixed: float
    """Fixed monthly cost in proportion to the window."""
    one_off: float
    """Paid once, whatever the window: not part of the running cost."""

    @property
    def automation(self) -> Floats:
        """(n_automations,) months and runs."""
        return self.automation_months + self.automation_runs

    @property
    def running(self) -> float:
        """Sum of all parts but the one-off cost."""
        parts = (
            self.staff,
            self.overtime,
            self.automation,
            self.levers,
            self.penalties,
            self.waiting_users,
        )
        return float(sum(part.sum() for part in parts)) + self.fixed


def costs(model: Model, logs: RunLogs, window: Window, time: PersonTime) -> Costs:
    """Return what the window cost; zeros where the scenario gives no prices."""
    people, money = model.people, model.money
    teams = Grouping(people.team, len(model.names.teams))
    rate = people.cost_per_hour / MINUTES_PER_HOUR
    monthly = np.array([automation.per_month for automation in money.automations], np.float64)
    return Costs(
        staff=sums(time.scheduled * rate, teams),
        overtime=sums(time.overtime * rate * people.overtime_factor, teams),
        automation_months=monthly * window.months,
        automation_runs=_runs(model, logs, window),
        levers=np.array([lever.per_month for lever in money.levers], np.float64) * window.months,
        penalties=_penalties(model, logs, window),
        waiting_users=_waiting_users(model, logs, window),
        fixed=money.fixed_per_month * window.months,
        one_off=money.one_off
        + sum(automation.one_off for automation in money.automations)
        + sum(lever.one_off for lever in money.levers),
    )


def money_scores(model: Model, logs: RunLogs, window: Window, cost: Costs) -> Scoreboard:
    """Return the cost per week in all and by part, and per resolved ticket."""
    weeks = window.weeks or np.nan
    parts = {
        "cost_per_week": cost.running,
        "cost_staff_per_week": cost.staff.sum(),
        "cost_overtime_per_week": cost.overtime.sum(),
        "cost_automation_per_week": cost.automation.sum(),
        "cost_levers_per_week": cost.levers.sum(),
        "cost_penalties_per_week": cost.penalties.sum(),
        "cost_waiting_users_per_week": cost.waiting_users.sum(),
        "cost_fixed_per_week": cost.fixed,
    }
    resolved = len(resolved_within(logs.tickets, window))
    return {
        **{(name, OVERALL): Scores.of(amount / weeks) for name, amount in parts.items()},
        ("cost_per_ticket", OVERALL): Scores.ratio(cost.running, resolved),
        ("cost_one_off", OVERALL): Scores.of(cost.one_off),
    }


def _runs(model: Model, logs: RunLogs, window: Window) -> Floats:
    ran = logs.visits.step[window.holds(logs.visits.started)]
    runs = counts(Grouping(model.steps.automation[ran], len(model.names.automations)))
    return runs * np.array([automation.per_run for automation in model.money.automations], np.float64)


def _penalties(model: Model, logs: RunLogs, window: Window) -> Floats:
    priorities = len(model.names.priorities)
    if not model.targets.penalty.any():
        return np.zeros(priorities)
    missed = judge_resolution(logs, window).missed
    target = applicable_targets(model, logs.tickets)
    owed = np.where(missed & (target >= 0), model.targets.penalty[target], 0.0)
    return sums(owed, Grouping(logs.tickets.priority, priorities))


def _waiting_users(model: Model, logs: RunLogs, window: Window) -> Floats:
    tickets, until = logs.tickets, open_until(logs)
    open_min = window.overlap(tickets.created, until)
    dormant = delay_spans(model, logs, DelayCause.DORMANT)
    owner = logs.visits.ticket[dormant.row]
    # The last dormancy of a ticket that is not reopened begins when it stops being open.
    asleep = window.overlap(dormant.started, np.minimum(dormant.ended, until[owner]))
    awake = open_min - sums(asleep, Grouping(owner, len(tickets)))
    hours = sums(awake, Grouping(tickets.priority, len(model.names.priorities))) / MINUTES_PER_HOUR
    return hours * model.money.user_waiting_per_hour
