"""Arrivals and attributes against their exact moments, and people in plenty against M(t)/G/infinity.

Counts of one replication are independent of those of the next; comparisons are of means over replications
at 4 standard errors, or chi-square tests at a false-alarm rate of 1 in 10,000.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import chisquare, gamma, norm

from simlab.model.arrivals import Arrivals, draw_arrivals
from simlab.model.streams import replication_key
from simlab.model.wall_clock import MINUTES_PER_DAY
from simlab.statistics.queueing.infinite_server import piecewise_mean_in_system
from tests.desks import Run, model_of, one_step
from tests.theory.agreement import assert_agrees, assert_all_agree

Floats = NDArray[np.float64]
ALARM = 1e-4


def drawn(arrivals: dict[str, Any], length: str, replications: int = 30, **stream: object) -> list[Arrivals]:
    """Arrivals of independent replications."""
    written = one_step(arrivals, "1 min", {"people": 1}, length, **stream)
    model = model_of(written)
    return [draw_arrivals(model, replication_key(4711, r)) for r in range(replications)]


def by_day(arrivals: Arrivals, n_days: int) -> Floats:
    """Arrivals of each day."""
    days = (arrivals.at // MINUTES_PER_DAY).astype(np.int64)
    return np.bincount(days, minlength=n_days).astype(np.float64)


class TestPoissonProcess:
    def test_daily_counts_vary_like_poisson_times_a_gamma_factor(self) -> None:
        counts = [by_day(a, 140) for a in drawn({"rate": "400/day", "day_cv": 0.12}, "140 days")]
        assert_agrees([c.mean() for c in counts], 400.0)
        assert_agrees([((c - 400.0) ** 2).mean() for c in counts], 400.0 + (0.12 * 400.0) ** 2, 0.03)

    def test_daily_counts_without_a_factor_are_poisson(self) -> None:
        counts = [by_day(a, 140) for a in drawn({"rate": "400/day"}, "140 days")]
        assert_agrees([((c - 400.0) ** 2).mean() for c in counts], 400.0, 0.03)

    @pytest.mark.slow
    def test_successive_days_are_correlated_by_the_copula(self) -> None:
        """The covariance of two gamma factors whose normal scores have the correlation that was written."""
        cv, rho = 0.5, 0.6
        nodes, weights = np.polynomial.hermite_e.hermegauss(60)

        def factor(score: Floats) -> Floats:
            return np.asarray(gamma(1 / cv**2, scale=cv**2).ppf(norm.cdf(np.clip(score, -8.0, 8.0))))

        inner = np.array([weights @ factor(rho * z + math.sqrt(1 - rho**2) * nodes) for z in nodes])
        covariance = float(weights @ (factor(nodes) * inner)) / (2.0 * math.pi) - 1.0
        counts = [
            by_day(a, 600)
            for a in drawn({"rate": "400/day", "day_cv": cv, "day_correlation": "60 %"}, "600 days")
        ]
        products = [((c[1:] / 400.0 - 1.0) * (c[:-1] / 400.0 - 1.0)).mean() for c in counts]
        assert_agrees(products, covariance, 0.05)
        assert covariance / cv**2 == pytest.approx(rho, abs=0.02)

    def test_gaps_at_a_constant_rate_are_exponential(self) -> None:
        at = drawn({"rate": "60/hour"}, "20 days", 1)[0].at
        edges = -np.log1p(-np.linspace(0.0, 1.0, 41)[:-1])
        observed = np.histogram(np.diff(at), np.append(edges, np.inf))[0]
        assert chisquare(observed).pvalue > ALARM

    def test_arrivals_of_one_hour_are_uniform_within_it(self) -> None:
        at = drawn({"rate": "60/hour"}, "20 days", 1)[0].at
        observed = np.histogram(at % 60.0, 30, (0.0, 60.0))[0]
        assert chisquare(observed).pvalue > ALARM

    def test_growth_compounds(self) -> None:
        arrivals = drawn({"rate": "100/day", "growth": "20 %/year"}, "500 days")
        years = 500.0 / 365.25
        exact = 100.0 * 365.25 * (1.2**years - 1.0) / math.log(1.2)
        assert_agrees([len(a.at) for a in arrivals], exact)
        late = 100.0 * 365.25 * (1.2**years - 1.2 ** (400.0 / 365.25)) / math.log(1.2)
        assert_agrees([(a.at >= 400 * MINUTES_PER_DAY).sum() for a in arrivals], late)

    def test_peaks_and_holidays_scale_their_days(self) -> None:
        peaks = [{"from": "2026-01-07", "to": "2026-01-08", "factor": 1.5}]
        counts = np.array(
            [
                by_day(a, 7)
                for a in drawn(
                    {"rate": "600/day", "peaks": peaks, "holidays": "DE-BY", "holiday_share": "10 %"},
                    "7 days",
                )
            ]
        )
        # Tuesday, 6 January, is a holiday in Bavaria.
        for day, exact in enumerate((600.0, 60.0, 900.0, 900.0, 600.0, 600.0, 600.0)):
            assert_agrees(counts[:, day], exact, 0.03)

    def test_months_scale_their_days(self) -> None:
        by_month = {"jan": 0.5, "mar-apr": 2}
        counts = np.array(
            [by_day(a, 61) for a in drawn({"rate": "300/day", "by_month": by_month}, "61 days")]
        )
        # The run begins on 5 January 2026: 27 days of January, 28 of February, 6 of March.
        for days, exact in ((slice(0, 27), 150.0), (slice(27, 55), 300.0), (slice(55, 61), 600.0)):
            assert_agrees(counts[:, days].mean(axis=1), exact, 0.03)

    def test_profile_of_the_week_is_kept(self) -> None:
        by_hour = {"mon-fri": {"08:00-12:00": 3, "12:00-18:00": 2}, "sat": {"09:30-10:30": 1}}
        at = np.concatenate([a.at for a in drawn({"rate": "4000/week", "by_hour": by_hour}, "2 weeks")])
        hours = (at % 10080.0 // 60.0).astype(np.int64)
        weights = np.zeros(168)
        for day in range(5):
            weights[day * 24 + 8 : day * 24 + 12] = 3.0
            weights[day * 24 + 12 : day * 24 + 18] = 2.0
        weights[5 * 24 + 9 : 5 * 24 + 11] = 0.5
        observed = np.bincount(hours, minlength=168)
        assert observed[weights == 0.0].sum() == 0
        open_hours = weights > 0.0
        expected = weights[open_hours] / weights.sum() * len(at)
        assert chisquare(observed[open_hours], expected).pvalue > ALARM
        assert abs(len(at) - 240_000.0) < 4.0 * math.sqrt(240_000.0)

    def test_a_day_of_23_hours_has_fewer_arrivals(self) -> None:
        rates = {"sun": {"00:00-24:00": "30/hour"}}
        arrivals = drawn({"hourly": rates}, "1 week", time={"start": "2026-03-23", "zone": "Europe/Berlin"})
        assert_agrees([len(a.at) for a in arrivals], 23 * 30.0)

    def test_a_window_cuts_the_process(self) -> None:
        arrivals = drawn(
            {"rate": "60/hour", "from": "2026-01-06 12:00", "until": "2026-01-07 06:00"}, "1 week"
        )
        assert all(((a.at >= 36 * 60) & (a.at < 54 * 60)).all() for a in arrivals)
        assert_agrees([len(a.at) for a in arrivals], 18 * 60.0)


class TestAttributes:
    def test_classes_priorities_and_channels_have_their_shares(self) -> None:
        stream = {
            "channel": {"phone": "60 %", "web": "40 %"},
            "classes": {
                "a": {"share": "50 %", "priority": {"P1": "10 %", "P2": "90 %"}},
                "b": {"share": "30 %", "priority": "P2", "channel": "chat"},
                "c": {"share": "20 %", "priority": {"P1": "25 %", "P2": "25 %", "P3": "50 %"}},
            },
        }
        found = drawn({"rate": "10000/day"}, "5 days", 1, stream=stream)[0].attributes
        cells = found.ticket_class * 100 + found.priority * 10 + found.channel
        observed = dict(zip(*np.unique(cells, return_counts=True), strict=True))
        names = model_of(one_step({"rate": "1/day"}, "1 min", {"people": 1}, "1 day", stream=stream)).names
        code = {
            name: i
            for group in (names.channels, names.classes, names.priorities)
            for i, name in enumerate(group)
        }
        shares = {
            ("a", "P1"): 0.05,
            ("a", "P2"): 0.45,
            ("c", "P1"): 0.05,
            ("c", "P2"): 0.05,
            ("c", "P3"): 0.10,
        }
        exact = {
            code[k] * 100 + code[p] * 10 + code[channel]: share * part
            for (k, p), share in shares.items()
            for channel, part in (("phone", 0.6), ("web", 0.4))
        }
        exact[code["b"] * 100 + code["P2"] * 10 + code["chat"]] = 0.3
        assert observed.keys() == exact.keys()
        n = len(cells)
        assert chisquare([observed[c] for c in exact], [n * share for share in exact.values()]).pvalue > ALARM

    def test_impact_and_urgency_meet_in_the_matrix(self) -> None:
        stream = {"impact": {"high": "20 %", "low": "80 %"}, "urgency": {"high": "30 %", "low": "70 %"}}
        matrix = {"high": {"high": "P1", "low": "P2"}, "low": {"high": "P2", "low": "P3"}}
        written = one_step({"rate": "10000/day"}, "1 min", {"people": 1}, "5 days", stream=stream)
        written["priorities"] = {"order": ["P1", "P2", "P3"], "matrix": matrix}
        found = draw_arrivals(model_of(written), replication_key(1, 0)).attributes.priority
        exact = np.array([0.06, 0.14 + 0.24, 0.56])
        assert chisquare(np.bincount(found, minlength=3), exact * len(found)).pvalue > ALARM


class TestPeopleInPlenty:
    """M(t)/G/infinity: the number in system at an instant is Poisson with a known mean."""

    @staticmethod
    def in_system(ran: Run, at: float) -> float:
        tickets = ran.logs.tickets
        still_there = np.isnan(tickets.closed) | (tickets.closed > at)
        return float(((tickets.created <= at) & still_there).sum())

    @pytest.mark.parametrize("work", ["exponential", "lognormal"])
    def test_number_in_system_follows_the_hours_of_the_day(self, work: str) -> None:
        rates = {"00:00-08:00": 20.0, "08:00-12:00": 400.0, "12:00-18:00": 250.0, "18:00-24:00": 60.0}
        hourly = {"daily": {hours: f"{rate}/hour" for hours, rate in rates.items()}}
        distribution = {"exponential": {"mean": "90 min"}, "lognormal": {"mean": "90 min", "cv": 1.2}}
        starts = [0.0, 480.0, 720.0, 1080.0]
        sigma = math.sqrt(math.log1p(1.2**2))
        median = 90.0 * math.exp(-(sigma**2) / 2)

        def limited(x: float) -> float:
            """Mean of the log-normal service time up to x."""
            return float(quad(lambda t: norm.sf(math.log(t / median) / sigma), 0.0, x)[0]) if x > 0.0 else 0.0

        looks = (475.0, 600.0, 720.0, 900.0, 1200.0)
        assert_all_agree(
            one_step({"hourly": hourly}, {work: distribution[work]}, {"people": 1500}, "1 day"),
            {
                f"{look:g}": piecewise_mean_in_system(
                    look,
                    starts,
                    [rate / 60.0 for rate in rates.values()],
                    90.0,
                    limited if work == "lognormal" else None,
                )
                for look in looks
            },
            {f"{look:g}": lambda ran, look=look: self.in_system(ran, look) for look in looks},  # type: ignore[misc]
            precision=0.05,
        )

    def test_stationary_number_in_system_is_poisson_whatever_the_service(self) -> None:
        assert_all_agree(
            one_step(
                {"rate": "600/hour"}, {"gamma": {"mean": "10 min", "cv": 1.4}}, {"people": 400}, "200 min"
            ),
            {"mean": 100.0},
            {"mean": lambda ran: self.in_system(ran, 199.0)},
            precision=0.03,
        )
