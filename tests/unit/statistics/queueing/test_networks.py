from __future__ import annotations

import pytest

from simlab.errors import UsageError
from simlab.statistics.queueing import closed_network, jackson_network, machine_repair, mmc, traffic_rates


def mean_value_analysis(
    population: int, visits: list[float], means: list[float], delays: list[bool]
) -> tuple[float, list[float]]:
    """Reiser and Lavenberg's recursion for single servers and delays: throughput and numbers."""
    numbers = [0.0] * len(visits)
    throughput = 0.0
    for n in range(1, population + 1):
        times = [
            mean if is_delay else mean * (1.0 + number)
            for mean, number, is_delay in zip(means, numbers, delays, strict=True)
        ]
        throughput = n / sum(v * t for v, t in zip(visits, times, strict=True))
        numbers = [throughput * v * t for v, t in zip(visits, times, strict=True)]
    return throughput, numbers


def test_traffic_of_a_desk_with_rework_is_that_of_hand_computation() -> None:
    # Station 1 gets 3 from outside and 20 % of station 2; station 2 gets 50 % of station 1.
    # x = 3 + 0.2 y, y = 0.5 x: x = 10/3, y = 5/3.
    assert traffic_rates([3.0, 0.0], [[0.0, 0.5], [0.2, 0.0]]) == pytest.approx((10.0 / 3.0, 5.0 / 3.0))


def test_jackson_stations_are_mmc_queues_of_their_own() -> None:
    stations = jackson_network([3.0, 0.0], [[0.0, 0.5], [0.2, 0.0]], [1.0, 0.4], [5, 1])
    assert stations[0].mean_wait == pytest.approx(mmc(10.0 / 3.0, 1.0, 5).mean_wait)
    assert stations[1].mean_in_system == pytest.approx((2.0 / 3.0) / (1.0 - 2.0 / 3.0))


def test_routing_that_never_leaves_or_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="never left for outside"):
        traffic_rates([1.0, 0.0], [[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(UsageError, match="must be 2 x 2; found shape"):
        traffic_rates([1.0, 0.0], [[0.5]])
    with pytest.raises(UsageError, match="each row of the routing at most 1"):
        traffic_rates([1.0], [[1.5]])


@pytest.mark.parametrize("population", [1, 2, 7, 60])
def test_closed_network_agrees_with_mean_value_analysis(population: int) -> None:
    visits, means = [1.0, 3.0, 0.5, 1.0], [0.5, 0.4, 2.5, 12.0]
    delays = [False, False, False, True]
    throughput, numbers = mean_value_analysis(population, visits, means, delays)
    network = closed_network(population, visits, means, [None if is_delay else 1 for is_delay in delays])
    assert network.throughput == pytest.approx(throughput, rel=1e-9)
    assert network.mean_in_station == pytest.approx(numbers, rel=1e-9)
    assert network.cycle_time == pytest.approx(population / throughput, rel=1e-9)
    assert sum(network.mean_in_station) == pytest.approx(population, rel=1e-12)


def test_closed_network_of_two_stations_by_hand() -> None:
    # Two customers, demands 1 and 2: states (2,0), (1,1), (0,2) weigh 1, 2, 4. G(2) = 7, G(1) = 3.
    network = closed_network(2, [1.0, 1.0], [1.0, 2.0], [1, 1])
    assert network.throughput == pytest.approx(3.0 / 7.0)
    assert network.mean_in_station == pytest.approx((4.0 / 7.0, 10.0 / 7.0))
    assert network.mean_sojourn == pytest.approx((4.0 / 3.0, 10.0 / 3.0))
    assert network.utilisation == pytest.approx((3.0 / 7.0, 6.0 / 7.0))


@pytest.mark.parametrize(("population", "servers"), [(6, 2), (40, 3), (300, 50)])
def test_closed_network_of_a_delay_and_many_servers_is_machine_repair(population: int, servers: int) -> None:
    network = closed_network(population, [1.0, 1.0], [9.0, 1.5], [None, servers])
    shop = machine_repair(population, 9.0, 1.5, servers)
    assert network.throughput == pytest.approx(shop.throughput, rel=1e-9)
    assert network.mean_in_station[1] == pytest.approx(shop.mean_in_system, rel=1e-9)
    assert network.mean_sojourn[1] == pytest.approx(shop.mean_wait + 1.5, rel=1e-9)
    assert network.utilisation[0] == pytest.approx(shop.throughput * 9.0, rel=1e-9)


def test_station_that_nobody_visits_changes_nothing() -> None:
    with_it = closed_network(3, [1.0, 0.0, 1.0], [1.0, 5.0, 2.0], [1, 1, 1])
    without = closed_network(3, [1.0, 1.0], [1.0, 2.0], [1, 1])
    assert with_it.throughput == pytest.approx(without.throughput)
    assert (with_it.mean_in_station[1], with_it.mean_sojourn[1]) == (0.0, 0.0)


def test_closed_network_without_customers_or_visits_is_refused() -> None:
    with pytest.raises(UsageError, match="population must be a finite number above 0"):
        closed_network(0, [1.0], [1.0], [1])
    with pytest.raises(UsageError, match="at least one station must be visited"):
        closed_network(2, [0.0], [1.0], [1])
