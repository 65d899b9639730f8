"""Tables of a calibration: distances, overlays of the real and the simulated log, and the anchor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from simlab.calibrate.anchor import SurfaceRow
from simlab.calibrate.distances import Distances
from simlab.calibrate.fit import Fitted
from simlab.calibrate.paths import Paths
from simlab.calibrate.selection import Selection
from simlab.calibrate.summary import findings
from simlab.calibrate.validate import Validation
from simlab.reports.language.catalogue import say
from simlab.reports.tables.table import Table, table

REAL: Final = "log"
SIMULATED: Final = "scenario"
REPLAY: Final = "replay"
DISTANCES: Final = {
    "n_gram": "3-grams of activities",
    "cycle_time": "cycle time",
    "relative_events": "events since the start of the case",
    "circadian_events": "events in the day",
    "absolute_events": "events in the calendar",
    "case_arrival": "arrivals",
}
_N_POINTS: Final = 200
_MOST_GRAMS: Final = 15


def distance_table(validation: Validation) -> Table:
    """Return every distance, overall and by group: of single logs, of all together, of replay, of chance."""

    def rows() -> Iterator[tuple[str | int | float, ...]]:
        for group in validation.groups:
            for name in Distances.names():
                verdict = group.verdict(name)
                yield (
                    group.group or "all",
                    group.n_cases,
                    DISTANCES[name],
                    "share" if name == "n_gram" else "h",
                    verdict.one_log,
                    min(verdict.logs),
                    max(verdict.logs),
                    getattr(group.together, name),
                    verdict.replay,
                    verdict.floor,
                    len(verdict.logs),
                    verdict.n_nearer,
                )

    heads = ("one_log", "one_log_least", "one_log_most", "all_logs", "replay", "noise_floor")
    return table(
        "distances",
        "Distances from the part of the log that was foretold",
        ("group", "cases", "distance", "unit", *heads, "logs", "logs_nearer_than_replay"),
        rows(),
    )


def cycle_time_table(validation: Validation) -> Table:
    """Return the distribution functions of cycle times."""
    shares = np.linspace(0.005, 0.995, _N_POINTS)

    def rows() -> Iterator[tuple[str, float, float]]:
        for name, paths in _logs(validation):
            hours = np.quantile(paths.cycle_min(), shares) / 60.0
            yield from ((name, float(hour), float(share)) for hour, share in zip(hours, shares, strict=True))

    return table(
        "cycle_times",
        "Share of cases with at most this cycle time",
        ("of", ("cycle_time", "h"), "share"),
        rows(),
    )


def circadian_table(validation: Validation) -> Table:
    """Return the share of events in each hour of the week."""

    def rows() -> Iterator[tuple[str, int, float]]:
        for name, paths in _logs(validation):
            counts = np.bincount(paths.hour_of_week(paths.end), minlength=168)
            yield from ((name, hour, float(share)) for hour, share in enumerate(counts / counts.sum()))

    return table(
        "events_by_hour",
        "Share of events by hour of the week",
        ("of", ("hour_of_week", "h"), "share"),
        rows(),
    )


def length_table(validation: Validation) -> Table:
    """Return the share of cases by their number of events; the last row is that many and more."""
    most = int(np.quantile(np.diff(validation.real.first), 0.98)) + 1

    def rows() -> Iterator[tuple[str, int, float]]:
        for name, paths in _logs(validation):
            counts = np.bincount(np.minimum(np.diff(paths.first), most), minlength=most + 1)
            yield from ((name, n, float(counts[n] / counts.sum())) for n in range(1, most + 1))

    return table("events_per_case", "Share of cases by number of events", ("of", "events", "share"), rows())


def gram_table(validation: Validation) -> Table:
    """Return the commonest 3-grams of activities: how often a thousand cases have them."""
    real, simulated = validation.real, validation.simulated
    names = real.activities

    def counts(paths: Paths) -> dict[tuple[int, ...], float]:
        inside = paths.case[2:] == paths.case[:-2]
        grams = np.column_stack([paths.activity[:-2], paths.activity[1:-1], paths.activity[2:]])[inside]
        kinds, number = np.unique(grams, axis=0, return_counts=True)
        return {
            tuple(kind): 1000.0 * n / len(paths)
            for kind, n in zip(kinds.tolist(), number.tolist(), strict=True)
        }

    seen, made = counts(real), counts(simulated)
    most = sorted(seen, key=lambda gram: -seen[gram])[:_MOST_GRAMS]
    return table(
        "sequences",
        "Commonest sequences of three activities, per 1000 cases",
        ("sequence", REAL, SIMULATED),
        (
            (say(", then ").join(names[code] for code in gram), seen[gram], made.get(gram, 0.0))
            for gram in most
        ),
    )


def surface_table(rows: Sequence[SurfaceRow]) -> Table:
    """Return the likelihood of values of the anchor."""
    best = max((row.log_likelihood for row in rows), default=0.0)
    return table(
        "anchor",
        "How well each utilisation agrees with the times within sittings",
        ("utilisation", ("hands_on", "min/ticket"), "part_of_sitting", "log_likelihood_below_best"),
        (
            (row.utilisation, row.touch_per_ticket, row.part_of_sitting, row.log_likelihood - best)
            for row in rows
        ),
    )


def findings_table(fitted: Fitted) -> Table:
    """Return what was measured, fitted and assumed."""
    return table(
        "findings",
        "What was measured, fitted and assumed",
        ("what", "value", "how"),
        ((each.what, each.value, each.how) for each in findings(fitted)),
    )


def recency_table(fitted: Fitted) -> Table:
    """Return how well the cases after each of several first cases foretell the last fifth."""
    recency = fitted.recency
    return table(
        "recency",
        "Distance of the last fifth from the cases before it, from several first cases on",
        ("first_case", "distance_over_noise"),
        zip(recency.tried, recency.scores, strict=True),
    )


def selection_table(selection: Selection) -> Table:
    """Return how well each choice of mechanisms foretold the last part of the earlier cases."""
    return table(
        "mechanisms",
        "Choices of mechanisms, and how well each foretold the last part of the earlier cases",
        ("mechanisms", "loss", "n_gram", "cycle_time", "circadian_events", "chosen"),
        (
            (
                str(trial.mechanisms),
                trial.loss,
                trial.distances.n_gram,
                trial.distances.cycle_time,
                trial.distances.circadian_events,
                int(trial.mechanisms == selection.chosen),
            )
            for trial in selection.trials
        ),
    )


def team_table(fitted: Fitted) -> Table:
    """Return what the log tells of each team, and how many people the scenario gives it."""
    return table(
        "teams",
        "Teams",
        ("team", "hours", ("events", "1/week"), "people_seen", "people_a_day", "people_in_scenario"),
        (
            (
                team.name,
                ", ".join(f"{days} {hours}" for days, hours in team.hours.written().items()),
                team.events_per_week,
                team.people_seen,
                team.people_a_day,
                people,
            )
            for team, people in zip(fitted.teams, fitted.anchor.people, strict=True)
        ),
    )


def _logs(validation: Validation) -> tuple[tuple[str, Paths], ...]:
    return ((REAL, validation.real), (SIMULATED, validation.simulated), (REPLAY, validation.replay))
