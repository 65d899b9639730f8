"""Arrivals of one replication, drawn ahead of the simulation: when tickets come, and what they are.

Every draw is addressed by the ticket's identity, so a changed staffing or routing leaves it as it was.
Arrival ``k`` of period ``p`` of a Poisson stream has subject ``p * 2**18 + k``: more demand on one day adds
tickets to that day and leaves the others their identity.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simlab.model.distributions import DistributionTable
from simlab.model.quantiles import sampled, sampler
from simlab.model.self_service import Attempts, Contacts, joined_attempts, no_attempts, served
from simlab.model.streams import Purpose, uniforms
from simlab.model.tables import (
    AttributeTable,
    ListedArrivals,
    Model,
    PoissonArrivals,
    PopulationArrivals,
    RenewalArrivals,
    Stream,
)

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Key = tuple[int, int]
Draws = Callable[[Purpose], Floats]

BITS_PER_PERIOD = 18
ALL = 2**63 - 1
"""More tickets than there ever are."""
STREAM_LEVEL = 0
"""Place word of draws that belong to the stream, not to a step."""
_LEAST_CHUNK, _MOST_CHUNK = 1024, 65536
"""Gaps that are drawn at once: few at first, as most of them may come too late to be wanted."""


class Drawing(NamedTuple):
    """How many numbers are drawn at once; an engine may have a faster way to the same bits."""

    uniforms: Callable[[Key, Codes, int, int, int, Purpose], Floats]
    """As :func:`simlab.model.streams.uniforms`."""
    sums_of_gaps: Callable[[DistributionTable, int, Key, Codes, int, float], Floats]
    """Instants from one on: after it comes a gap of a distribution of a table for each subject of a space."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What tickets are: arrays of codes, one entry per ticket."""

    kind: Codes
    ticket_class: Codes
    priority: Codes
    channel: Codes
    difficulty: Floats

    def columns(self) -> tuple[Codes | Floats, ...]:
        """Return the arrays in the order of :class:`~simlab.model.codes.Field`."""
        return self.kind, self.ticket_class, self.priority, self.channel, self.difficulty


@dataclass(frozen=True, slots=True)
class Instants:
    """When tickets arrive, in this order; at equal times in order of stream and identity."""

    at: Floats
    stream: Codes
    subject: Codes
    source: Codes
    """Arrival of its stream with which each ticket comes: its row where arrivals are listed."""
    until: float = math.inf
    """From here on nothing was drawn, because there would be too many."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Tickets in order of arrival; at equal times in order of stream and identity."""

    at: Floats
    stream: Codes
    subject: Codes
    attributes: Attributes
    attempts: Attempts
    """Contacts that tried self-service first; those that it contained are no tickets."""
    until: float = math.inf
    """As of `Instants`."""


def sums_of_gaps(
    table: DistributionTable, index: int, key: Key, subjects: Codes, space: int, start: float
) -> Floats:
    """Instants from ``start`` on, added up one by one."""
    u = uniforms(key, subjects, space, STREAM_LEVEL, 0, Purpose.ARRIVAL_GAP)
    return np.cumsum(np.append(start, sampled(table, index, u)))[1:]


PLAIN_DRAWING = Drawing(uniforms, sums_of_gaps)


def draw_arrivals(model: Model, key: Key, drawing: Drawing = PLAIN_DRAWING, most: int = ALL) -> Arrivals:
    """All tickets whose arrival does not depend on what happens in the desk, and what they are.

    ``most`` as of `draw_instants`.
    """
    coming = draw_instants(model, key, drawing, most)

    def drawn(code: int, rows: Codes) -> Attributes:
        stream, subject = model.streams[code], coming.subject[rows]
        if isinstance(stream.arrivals, ListedArrivals):
            return recorded_attributes(model, stream, key, subject, stream.arrivals, coming.source[rows])
        return draw_attributes(model, stream, key, subject)

    attributes = _by_stream(coming.stream, drawn)
    if any(stream.self_service for stream in model.streams):
        return _after_self_service(model, key, coming, attributes)
    return Arrivals(coming.at, coming.stream, coming.subject, attributes, no_attempts(), coming.until)


def _after_self_service(model: Model, key: Key, coming: Instants, attributes: Attributes) -> Arrivals:
    """Let contacts try what stands before their streams: what is left arrives."""
    contacts = Contacts(coming.at, coming.subject, attributes.columns())
    tickets, attempts = [], []
    for code, stream in enumerate(model.streams):
        own = contacts.of(coming.stream == code)
        left, tried = served(model, code, key, own) if stream.self_service else (own, no_attempts())
        tickets.append(left)
        attempts.append(tried)
    at = np.concatenate([each.at for each in tickets])
    subject = np.concatenate([each.subject for each in tickets])
    streams = np.repeat(np.arange(len(tickets)), [len(each.at) for each in tickets])
    order = np.lexsort((subject, streams, at))
    kind, ticket_class, priority, channel, difficulty = (
        np.concatenate(columns)[order] for columns in zip(*(each.facts for each in tickets), strict=True)
    )
    whole = Attributes(kind, ticket_class, priority, channel, difficulty)
    attempted = joined_attempts(attempts)
    return Arrivals(at[order], streams[order], subject[order], whole, attempted, coming.until)


def draw_backlog(model: Model, key: Key) -> Attributes:
    """Attributes of the tickets that are open at the start, in the order of their table."""
    backlog = model.backlog
    listed = ListedArrivals(
        backlog.created, backlog.ticket_class, backlog.priority, backlog.channel, backlog.difficulty
    )

    def drawn(code: int, rows: Codes) -> Attributes:
        return recorded_attributes(model, model.streams[code], key, backlog.subject[rows], listed, rows)

    return _by_stream(backlog.stream, drawn)


def _by_stream(stream: Codes, drawn: Callable[[int, Codes], Attributes]) -> Attributes:
    """Attributes of tickets of several streams: those of each stream, by code and rows."""
    codes = np.flatnonzero(np.bincount(stream)).tolist()
    if len(codes) == 1:
        return drawn(codes[0], np.arange(len(stream)))
    kind, ticket_class, priority, channel = np.empty((4, len(stream)), np.int64)
    whole = Attributes(kind, ticket_class, priority, channel, np.empty(len(stream)))
    for code in codes:
        rows = np.flatnonzero(stream == code)
        for column, of_stream in zip(whole.columns(), drawn(code, rows).columns(), strict=True):
            column[rows] = of_stream
    return whole


def draw_instants(model: Model, key: Key, drawing: Drawing = PLAIN_DRAWING, most: int = ALL) -> Instants:
    """When these tickets arrive.

    Only the first ``most`` tickets are wanted: what comes later is not drawn, `Instants.until` says when.
    """
    horizon = min((_enough(model, stream, most) for stream in model.streams), default=math.inf)
    parts = [_of_stream(model, stream, key, drawing, horizon) for stream in model.streams]
    if len(parts) == 1:
        at, subject, source = parts[0]
        stream = np.zeros(len(at), np.int64)
    else:
        at, subject, source = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        stream = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
        order = np.lexsort((subject, stream, at))
        at, stream, subject, source = at[order], stream[order], subject[order], source[order]
    until = min(horizon, float(at[most])) if len(at) > most else horizon
    if until < math.inf:
        n = int(np.searchsorted(at, until))
        at, stream, subject, source = at[:n], stream[:n], subject[:n], source[:n]
    return Instants(at, stream, subject, source, until)


def _enough(model: Model, stream: Stream, most: int) -> float:
    """Instant until which a stream probably makes more than so many tickets; inf where it never does."""
    enough, process = 1.1 * most + 1_000.0, stream.arrivals
    if 0 <= stream.limit <= most:
        return math.inf
    if isinstance(process, PoissonArrivals):
        expected = np.cumsum(process.rate * np.diff(process.edges))
        row = int(np.searchsorted(expected, enough))
        return float(process.edges[row + 1]) if row < len(expected) else math.inf
    if isinstance(process, RenewalArrivals):
        mean = model.distribution_list[process.gap].mean
        return process.start + enough * mean if process.start + enough * mean < process.end else math.inf
    return math.inf


def _of_stream(
    model: Model, stream: Stream, key: Key, drawing: Drawing, horizon: float
) -> tuple[Floats, Codes, Codes]:
    """Instants, identities and arrivals of the tickets of a stream, in order, up to a horizon at least."""
    match stream.arrivals:
        case PoissonArrivals():
            at, subject = _poisson(_up_to(stream.arrivals, horizon), stream.space, key, drawing)
        case RenewalArrivals():
            at = _renewal(model, stream.arrivals, stream, key, drawing, horizon)
            subject = np.arange(len(at))
        case ListedArrivals():
            at = stream.arrivals.at
            subject = np.arange(len(at))
        case PopulationArrivals():
            at, subject = np.empty(0), np.empty(0, np.int64)
    return _in_batches(model, stream, key, at, subject)


def _up_to(process: PoissonArrivals, horizon: float) -> PoissonArrivals:
    """First part of a process, which has the arrivals before the horizon to the bit."""
    n = int(np.searchsorted(process.edges[:-1], horizon))
    if n == len(process.rate):
        return process
    pieces = slice(0, max(n, 1))
    return replace(
        process,
        edges=process.edges[: max(n, 1) + 1],
        rate=process.rate[pieces],
        day=process.day[pieces],
        period=process.period[pieces],
    )


# -- instants


def _poisson(process: PoissonArrivals, space: int, key: Key, drawing: Drawing) -> tuple[Floats, Codes]:
    """Arrivals of a Poisson process: unit-rate gaps in each period, stretched by the cumulative rate.

    Each period is summed from its own start, so that demand in one moves no bit of the arrivals in another.
    """
    expected = process.rate * day_factors(process, space, key)[process.day] * np.diff(process.edges)
    first = np.flatnonzero(np.diff(process.period, prepend=-1))
    last = np.append(first[1:], len(process.period))
    totals = np.add.reduceat(expected, first) if len(first) else expected
    n_columns = int(np.ceil((totals + 8.0 * np.sqrt(totals)).max(initial=0.0))) + 16
    subjects = (process.period[first][:, None] << BITS_PER_PERIOD) + np.arange(n_columns)
    gaps = -np.log1p(-drawing.uniforms(key, subjects.ravel(), space, STREAM_LEVEL, 0, Purpose.ARRIVAL_GAP))
    passed = np.cumsum(gaps.reshape(subjects.shape), axis=1)
    if np.any(passed[:, -1] < totals):
        raise AssertionError("too few gaps were drawn for a period")  # 8 standard deviations and 16 more
    at: list[Floats] = [np.empty(0)]
    subject: list[Codes] = [np.empty(0, np.int64)]
    for row, (begin, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        cumulative = np.concatenate([[0.0], np.cumsum(expected[begin:end])])
        n_inside = int(np.searchsorted(passed[row], cumulative[-1]))
        at.append(np.interp(passed[row, :n_inside], cumulative, process.edges[begin : end + 1]))
        subject.append(subjects[row, :n_inside])
    return np.concatenate(at), np.concatenate(subject)


def day_factors(process: PoissonArrivals, space: int, key: Key) -> Floats:
    """Random factor of each day: gamma with mean 1; correlated days through a Gaussian copula of order 1."""
    n_days = int(process.day.max(initial=-1)) + 1
    if process.day_cv == 0.0:
        return np.ones(n_days)
    from scipy.special import gammaincinv, ndtr, ndtri

    normal = ndtri(uniforms(key, np.arange(n_days), space, STREAM_LEVEL, 0, Purpose.DAY_FACTOR))
    rho = process.day_correlation
    for day in range(1, n_days):
        normal[day] = rho * normal[day - 1] + math.sqrt(1.0 - rho * rho) * normal[day]
    shape = 1.0 / process.day_cv**2
    return np.asarray(gammaincinv(shape, ndtr(normal)) / shape, np.float64)


def _renewal(
    model: Model, process: RenewalArrivals, stream: Stream, key: Key, drawing: Drawing, horizon: float
) -> Floats:
    parts: list[Floats] = []
    now, n, chunk = process.start, 0, _LEAST_CHUNK
    end = min(process.end, horizon)
    limit = stream.limit if stream.limit >= 0 else ALL
    while now < end and n < limit:
        subjects = np.arange(n, min(n + chunk, limit))
        at = drawing.sums_of_gaps(model.distributions, process.gap, key, subjects, stream.space, now)
        now, n, chunk = float(at[-1]), n + len(at), min(2 * chunk, _MOST_CHUNK)
        parts.append(at if now < end else at[at < end])
    return parts[0] if len(parts) == 1 else np.concatenate([np.empty(0), *parts])


def _in_batches(
    model: Model, stream: Stream, key: Key, at: Floats, subject: Codes
) -> tuple[Floats, Codes, Codes]:
    """Repeat arrivals by their batch sizes, and keep to the limit; the third array names the arrival.

    Tickets of batches are numbered through, so a changed batch size gives later tickets other identities.
    """
    source = np.arange(len(at))
    if not np.all(at[1:] > at[:-1]):
        source = np.lexsort((subject, at))
        at, subject = at[source], subject[source]
    if stream.batch >= 0:
        size = sampler(model.distributions, stream.batch)
        drawn = uniforms(key, subject, stream.space, STREAM_LEVEL, 0, Purpose.BATCH_SIZE).tolist()
        sizes = [max(1, math.floor(size(u) + 0.5)) for u in drawn]
        at, source = np.repeat(at, sizes), np.repeat(source, sizes)
        subject = np.arange(len(at))
    if stream.limit >= 0:
        at, subject, source = at[: stream.limit], subject[: stream.limit], source[: stream.limit]
    return at, subject, source


# -- attributes


def draw_attributes(
    model: Model, stream: Stream, key: Key, subject: Codes, known_class: Codes | None = None
) -> Attributes:
    """Attributes of the tickets with these identities in a stream; classes of -1 are not known and drawn."""
    table = stream.attributes

    def draws(purpose: Purpose) -> Floats:
        return uniforms(key, subject, stream.space, STREAM_LEVEL, 0, purpose)

    row = np.zeros(len(subject), np.int64)
    if len(table.classes) > 1:
        row = np.searchsorted(table.class_share, draws(Purpose.CLASS), side="right")
    if known_class is not None:
        order = np.argsort(table.classes)
        found = order[np.searchsorted(table.classes[order], np.maximum(known_class, table.classes.min()))]
        row = np.where(known_class >= 0, found, row)
    return Attributes(
        kind=table.kind[row],
        ticket_class=table.classes[row],
        priority=_picked(table.priorities, table.priority_share, row, draws, Purpose.PRIORITY),
        channel=_picked(table.channels, table.channel_share, row, draws, Purpose.CHANNEL),
        difficulty=_difficulty(model, table, row, draws),
    )


def _picked(
    codes: tuple[Codes, ...], shares: tuple[Floats, ...], row: Codes, draws: Draws, purpose: Purpose
) -> Codes:
    """Codes picked by shares that depend on the class; nothing is drawn where there is no choice."""
    picked = np.array([c[0] for c in codes], np.int64)[row]
    if all(len(c) == 1 for c in codes):
        return picked
    u = draws(purpose)
    for i, choice in enumerate(codes):
        here = row == i
        picked[here] = choice[np.searchsorted(shares[i], u[here], side="right")]
    return picked


def _difficulty(model: Model, table: AttributeTable, row: Codes, draws: Draws) -> Floats:
    difficulty = np.ones(len(row))
    if np.all(table.difficulty < 0):
        return difficulty
    u = draws(Purpose.DIFFICULTY)
    for i, distribution in enumerate(table.difficulty.tolist()):
        if distribution >= 0:
            here = np.flatnonzero(row == i)
            difficulty[here] = sampled(model.distributions, distribution, u[here])
    return difficulty


def recorded_attributes(
    model: Model, stream: Stream, key: Key, subject: Codes, listed: ListedArrivals, source: Codes
) -> Attributes:
    """Attributes as recorded; those that were not are drawn, given the recorded class."""
    drawn = draw_attributes(model, stream, key, subject, listed.ticket_class[source])

    def recorded(column: Codes, otherwise: Codes) -> Codes:
        return np.where(column[source] >= 0, column[source], otherwise)

    difficulty = listed.difficulty[source]
    return replace(
        drawn,
        priority=recorded(listed.priority, drawn.priority),
        channel=recorded(listed.channel, drawn.channel),
        difficulty=np.where(np.isnan(difficulty), drawn.difficulty, difficulty),
    )
