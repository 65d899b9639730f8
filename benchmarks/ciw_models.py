"""The models as one writes them with Ciw 3: nodes, customer classes by priority and category, schedules."""

from __future__ import annotations

import math
import random
from typing import Any

import ciw

from benchmarks.models import (
    ARRIVAL_RATE,
    CATEGORIES,
    LOOK_MEAN,
    LOOK_SIGMA,
    MEAN_GAP,
    MEANS,
    MISROUTED,
    MOST_PASSES,
    PEOPLE,
    PRIORITIES,
    REOPENED,
    RESOLVED_AT_FIRST_LEVEL,
    SERVERS,
    SIGMA,
    TEAM_OF_CATEGORY,
    WORKING_SHARE,
)

TEAMS = tuple(PEOPLE)
CLASSES = {f"{rank}{category}": (rank, category) for rank in range(3) for category in CATEGORIES}


def queue(n: int, seed: int) -> tuple[int, float]:
    """m1: number of customers served and their mean wait."""
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVAL_RATE)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(n)
    waits = [record.waiting_time for record in simulation.get_all_records()]
    return len(waits), sum(waits) / len(waits)


class Work(ciw.dists.Distribution):
    """Service time of a team, or of a look at a ticket that came to it by mistake."""

    def __init__(self, mean: float, scale: float) -> None:
        self.mean_work, self.scale = mean, scale

    def sample(self, t: float | None = None, ind: Any = None) -> float:
        """Draw the time of an individual."""
        mean, sigma = (LOOK_MEAN, LOOK_SIGMA) if ind.looks else (self.mean_work, SIGMA)
        return self.scale * random.lognormvariate(math.log(mean) - sigma**2 / 2, sigma)


class Ticket(ciw.Individual):
    """A customer that knows its passes and whether a team only looks at it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.looks, self.turn = False, 0


class Way(ciw.routing.NodeRouting):
    """Where a ticket goes from a team."""

    def next_node(self, ind: Any) -> Any:
        """Choose by category."""
        category = CLASSES[ind.customer_class][1]
        right = TEAM_OF_CATEGORY[category]
        if self.node.id_number == 1:
            if random.random() >= RESOLVED_AT_FIRST_LEVEL[category]:
                if random.random() < MISROUTED:
                    ind.looks = True
                    return self._node(random.choice([team for team in "ABC" if team != right]))
                return self._node(right)
        elif ind.looks:
            ind.looks = False
            return self._node(right)
        ind.turn += 1
        if ind.turn < MOST_PASSES and random.random() < REOPENED:
            return self._node("L1")
        return self.simulation.nodes[-1]

    def _node(self, team: str) -> Any:
        return self.simulation.nodes[TEAMS.index(team) + 1]


def desk(n: int, seed: int, office_hours: bool = False) -> tuple[int, float]:
    """m2 or m3, until n tickets are closed: number of visits and mean wait of a visit."""
    ciw.seed(seed)
    scale = WORKING_SHARE if office_hours else 1.0
    rates = {
        name: list(PRIORITIES.values())[rank] / 100.0 * CATEGORIES[category] / 100.0 / MEAN_GAP
        for name, (rank, category) in CLASSES.items()
    }
    service = [Work(MEANS[team], scale) for team in TEAMS]
    network = ciw.create_network(
        arrival_distributions={
            name: [ciw.dists.Exponential(rate), None, None, None] for name, rate in rates.items()
        },
        service_distributions=dict.fromkeys(CLASSES, service),
        number_of_servers=[_hours(count) if office_hours else count for count in PEOPLE.values()],
        priority_classes={name: rank for name, (rank, _) in CLASSES.items()},
        routing={name: ciw.routing.NetworkRouting(routers=[Way() for _ in TEAMS]) for name in CLASSES},
    )
    simulation = ciw.Simulation(network, individual_class=Ticket)
    simulation.simulate_until_max_customers(n)
    records = [each for each in simulation.get_all_records() if each.record_type == "service"]
    return len(records), sum(each.waiting_time for each in records) / len(records)


def _hours(people: int) -> Any:
    """People from Monday to Friday who resume in the morning what they put down in the evening."""
    ends = [day * 1440.0 + minute for day in range(5) for minute in (480.0, 1080.0)] + [7 * 1440.0]
    return ciw.Schedule(numbers_of_servers=[0, people] * 5 + [0], shift_end_dates=ends, preemption="resume")
