"""Self-service before a ticket exists: which contacts it finishes, and when the others become tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simlab.model.calendars import Calendar
from simlab.model.codes import AttemptOutcome, Field
from simlab.model.distributions import DistributionTable
from simlab.model.quantiles import sampler
from simlab.model.self_service_table import SelfService
from simlab.model.streams import Purpose, uniforms
from simlab.model.tables import Model, RuleTable

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts of one stream: arrays with an entry for each."""

    at: Floats
    subject: Codes
    facts: tuple[Codes | Floats, ...]
    """Kind, class, priority, channel and difficulty."""

    def of(self, rows: Flags | Codes) -> Contacts:
        """Return some of them."""
        return Contacts(self.at[rows], self.subject[rows], tuple(column[rows] for column in self.facts))


@dataclass(frozen=True, slots=True)
class Attempts:
    """Contacts that tried self-service: arrays with an entry for each, in no order."""

    automation: Codes
    stream: Codes
    subject: Codes
    kind: Codes
    ticket_class: Codes
    priority: Codes
    channel: Codes
    at: Floats
    ended: Floats
    outcome: Codes
    """:class:`~simlab.model.codes.AttemptOutcome`."""
    ticket_at: Floats
    """When it became a ticket; NaN for never in the run."""


def no_attempts() -> Attempts:
    """Return the attempts of a stream without self-service."""
    codes, floats = np.empty(0, np.int64), np.empty(0)
    return Attempts(codes, codes, codes, codes, codes, codes, codes, floats, floats, codes, floats)


def joined_attempts(parts: Sequence[Attempts]) -> Attempts:
    """Return the attempts of several streams together, by time."""
    order = np.argsort(np.concatenate([part.at for part in parts]), kind="stable")
    names = Attempts.__dataclass_fields__
    return Attempts(*(np.concatenate([getattr(part, name) for part in parts])[order] for name in names))


def served(model: Model, code: int, key: tuple[int, int], contacts: Contacts) -> tuple[Contacts, Attempts]:
    """Let contacts of a stream try self-service: the tickets that there are then, and all attempts.

    A contact tries the first service that covers it. What would become a ticket when the run accepts none
    any more never does.
    """
    attempts = [no_attempts()]
    waiting, tickets = contacts, []
    stream = model.streams[code]
    for service in stream.self_service:
        is_open = (service.start <= waiting.at) & (waiting.at < service.end)
        is_open &= _hold(model, service.rules, code, waiting)
        at = (key, waiting.subject, stream.space, service.place)
        tries = is_open & (_drawn(*at, Purpose.AUTOMATION_COVERAGE) < service.coverage)
        own = waiting.of(tries)
        made, came = _attempted(model, service, code, key, own)
        attempts.append(made)
        tickets.append(came)
        waiting = waiting.of(~tries)
    tickets.append(waiting)
    together = Contacts(
        np.concatenate([part.at for part in tickets]),
        np.concatenate([part.subject for part in tickets]),
        tuple(np.concatenate(columns) for columns in zip(*(part.facts for part in tickets), strict=True)),
    )
    return together, joined_attempts(attempts)


def _attempted(
    model: Model, service: SelfService, code: int, key: tuple[int, int], contacts: Contacts
) -> tuple[Attempts, Contacts]:
    """Attempts of contacts, and those of them that become tickets."""
    at, table = (key, contacts.subject, model.streams[code].space, service.place), model.distributions
    succeeds = _drawn(*at, Purpose.AUTOMATION_SUCCESS) < service.success
    returns = succeeds & (_drawn(*at, Purpose.AUTOMATION_ERROR) < service.errors)
    outcome = np.where(succeeds, AttemptOutcome.CONTAINED, AttemptOutcome.FAILED)
    outcome[returns] = AttemptOutcome.CAME_BACK
    ended = contacts.at + _times(table, service.run_time, _drawn(*at, Purpose.AUTOMATION_RUN_TIME))
    ticket_at = np.where(succeeds, np.nan, ended)
    later = _times(table, service.comes_back, _drawn(*at, Purpose.REOPEN_DELAY)[returns])
    ticket_at[returns] = ended[returns] + later
    ticket_at[ticket_at >= model.length] = np.nan
    kind, ticket_class, priority, channel = (column.astype(np.int64) for column in contacts.facts[:4])
    difficulty = np.asarray(contacts.facts[4], np.float64)

    def all_of(value: int) -> Codes:
        return np.full(len(contacts.at), value, np.int64)

    attempts = Attempts(
        all_of(service.automation),
        all_of(code),
        contacts.subject,
        kind,
        ticket_class,
        priority,
        channel,
        contacts.at,
        ended,
        outcome.astype(np.int64),
        ticket_at,
    )
    comes = ~np.isnan(ticket_at)
    by = channel if service.channel < 0 else all_of(service.channel)
    harder = difficulty * service.harder
    tickets = Contacts(ticket_at, contacts.subject, (kind, ticket_class, priority, by, harder))
    return attempts, tickets.of(comes)


def _drawn(key: tuple[int, int], subject: Codes, space: int, place: int, purpose: Purpose) -> Floats:
    return uniforms(key, subject, space, place, 0, purpose)


def _times(table: DistributionTable, distribution: int, u: Floats) -> Floats:
    return np.array([*map(sampler(table, distribution), u.tolist())], np.float64)


def _hold(model: Model, block: int, code: int, contacts: Contacts) -> Flags:
    """Whether the tests of a block of one row hold for each contact."""
    rules: RuleTable = model.rules
    holds = np.ones(len(contacts.at), np.bool_)
    row = int(rules.first_row[block])
    for test in range(rules.first_test[row], rules.first_test[row + 1]):
        field, first, size = rules.test_field[test], rules.test_argument[test], rules.test_size[test]
        if field == Field.CALENDAR:
            found = _is_open_at(model.calendars[first], contacts.at)
        else:
            facts = np.full(len(holds), code) if field == Field.STREAM else contacts.facts[field - 1]
            if size:
                found = np.isin(facts, rules.set_member[first : first + size])
            else:
                found = (rules.test_low[test] <= facts) & (facts <= rules.test_high[test])
        holds &= found != rules.test_negated[test]
    return holds


def _is_open_at(calendar: Calendar, at: Floats) -> Flags:
    opens, closes = np.asarray(calendar.opens), np.asarray(calendar.closes)
    following = np.searchsorted(closes, at, side="right")
    return (following < len(closes)) & (np.append(opens, np.inf)[following] <= at)
