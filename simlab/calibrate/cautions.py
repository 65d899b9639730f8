"""What a planner should know before a calibrated scenario is believed."""

from __future__ import annotations

from collections.abc import Iterator

from simlab.calibrate.fit import Fitted
from simlab.calibrate.fit_teams import LEAST_SHARE, MOST_TEAMS
from simlab.calibrate.mechanisms import Memory
from simlab.calibrate.validate import Validation
from simlab.calibrate.verdicts import FLOOR_FACTOR, Standing
from simlab.units import format_share

_NAMES = {"n_gram": "n-gram distance", "cycle_time": "cycle-time distance"}


def warnings_of(fitted: Fitted, n_open: int, validation: Validation | None) -> Iterator[str]:
    """Yield the warnings of a calibration.

    Parameters
    ----------
    n_open
        Cases that were still open when the log was taken.
    """
    arrivals, anchor = fitted.arrivals, fitted.anchor
    if not anchor.is_given and not anchor.is_measured:
        yield (
            f"hands-on time and staffing are not in a log: a utilisation of"
            f" {format_share(anchor.utilisation)} is"
            " assumed\n    -> give yours with --utilisation, or the hands-on time of a ticket with"
            " --touch-time"
        )
    if n_open:
        yield (
            f"{n_open:,} cases were still open when the log was taken: what they did so far counts, and long"
            " waits count more, since some of them were cut off"
        )
    if arrivals.is_snapshot:
        yield (
            "most cases came in the last tenth of the time that the log spans: it is a snapshot of open"
            " tickets, not"
            " a stream of arrivals\n    -> correct demand.tickets.arrivals.rate by hand"
        )
    roles = fitted.roles
    if roles.put_together > 1:
        share = float((roles.team[roles.is_worked] == len(roles.names) - 1).mean())
        yield (
            f"{roles.put_together} teams of the log are one team in the scenario, which does"
            f" {format_share(share)} of the work; the {MOST_TEAMS} busiest stand alone, as far as each does"
            f" {format_share(LEAST_SHARE)} of it"
        )
    if fitted.recency.first and fitted.mechanisms.memory is Memory.RECENT:
        yield "only the recent half of the cases is used, which foretells better (--all-cases uses all)"
    elif fitted.recency.first:
        left = format_share(fitted.recency.first / fitted.n_all)
        yield (
            f"the first {left} of the cases are not like the recent ones; they are left out"
            " (--all-cases uses them)"
        )
    if arrivals.left_out:
        days = ", ".join(day.isoformat() for day in arrivals.left_out[:5])
        more = f" and {len(arrivals.left_out) - 5} more" if len(arrivals.left_out) > 5 else ""
        yield f"days with few arrivals do not count for the rate: {days}{more}"
    if fitted.quiet and not fitted.days_off:
        yield (
            f"next to nothing was taken up on {len(fitted.quiet)} working days of the log, such as"
            f" {fitted.quiet[-1].isoformat()}"
            "\n    -> name the holidays of your country in the mapping file, such as holidays: DE-BY, and the"
            " scenario has those to come too"
        )
    if validation is not None:
        for verdict in validation.verdicts:
            if verdict.standing is Standing.FARTHER and not verdict.is_chance:
                yield (
                    f"replaying the last cases foretells the rest better: {_NAMES[verdict.distance]},"
                    f" {verdict.one_log:.4g} against {verdict.replay:.4g}"
                )
            if not verdict.is_near_floor:
                yield (
                    f"the {_NAMES[verdict.distance]}, {verdict.one_log:.4g}, is above {FLOOR_FACTOR} times"
                    f" the noise floor ({verdict.floor:.4g})"
                )
