"""Checks of rules with shares: for every ticket that can come, the shares add up to 100 %.

The facts that the tests of a list of rules ask for fall into groups that are independent of each other: what
a ticket is, its difficulty, its hops and team, the calendars that are open, ... Of each group only the
different outcomes of the tests matter, so all combinations of these stand for all tickets.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from simlab.model.backlog import BacklogTable
from simlab.model.calendars import Calendar, is_open
from simlab.model.codes import FaultState, Field
from simlab.model.compiling.context import Context, Path
from simlab.model.compiling.rules import Row, Test
from simlab.model.compiling.share_sums import AskedRule, Outcomes, Picks, settled
from simlab.model.tables import ListedArrivals, Stream

SHARE_TOLERANCE = 1e-6
MOST_COMBINATIONS = 20_000
"""Up to this many combinations all are looked at, of more as many by chance."""

_SORTS = {
    Field.STREAM: "stream",
    Field.KIND: "kind",
    Field.CLASS: "class",
    Field.PRIORITY: "priority",
    Field.CHANNEL: "channel",
    Field.CAME_FROM: "step",
    Field.TEAM: "team",
}
_COUNTS = {Field.HOPS: "hops", Field.REOPENS: "reopens", Field.VISITS: "visits"}
_IDENTITY = (Field.STREAM, Field.KIND, Field.CLASS, Field.PRIORITY, Field.CHANNEL)

Pattern = tuple[bool, ...]
"""Which tests of a group hold; then, where shares depend on hops, which of them apply."""
_Outcome = tuple[int, str, int]
"""Bits of the tests that hold, an example in words, and its number of hops."""


@dataclass(frozen=True, slots=True)
class Option:
    """One rule as written, which may have become several rows."""

    goal: str
    """Name of the step it leads to."""
    rows: tuple[Row, ...]
    share: float | None
    """Share as written; None for whatever is left, and where it depends on hops."""
    path: Path

    @property
    def takes_rest(self) -> bool:
        """Whether it was written without a share."""
        return self.share is None and not self.rows[0].by_hops


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules in order, of which each ticket takes one."""

    options: tuple[Option, ...]
    path: Path
    block: int
    """Number of the block of rows that was made of it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What tickets can be, as far as rules may ask for it."""

    identities: Collection[tuple[int, ...]]
    """Codes of stream, kind, class, priority and channel that come together."""
    difficulty_varies: bool
    came_from: Set[int]
    """Steps that a ticket can have visited before; -1 for none."""
    teams: Set[int]
    """Teams that can have worked last; -1 for none."""
    calendars: Sequence[Calendar]
    end: float
    """Minutes of the run."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Facts that go together: the outcomes that their tests can have, each with an example."""

    tests: tuple[Test, ...]
    outcomes: dict[Pattern, tuple[str, int]]
    """Outcome to an example in words, and its number of hops."""


@dataclass
class _Verdict:
    """What was found for one choice."""

    dead: set[int]
    """Options that no ticket takes."""
    none: list[str] = field(default_factory=list)
    """Tickets that no rule takes."""
    wrong: dict[tuple[tuple[int, float], ...], list[str]] = field(default_factory=dict)
    """By options and shares that do not add up: the tickets."""
    n_seen: int = 0


def check_choices(context: Context, choices: Iterable[Choice], facts_at: Mapping[int, Facts]) -> None:
    """Note mistakes in shares, and warn of rules that no ticket takes.

    Parameters
    ----------
    facts_at
        By block, what the tickets that come there can be.
    """
    for choice in choices:
        if choice.options:
            facts = facts_at.get(choice.block)  # none where an idle automation leaves the choice unused
            if facts is not None:
                _report(context, choice, _examined(context, choice, facts))
        else:
            context.problem(choice.path, "no rule says where tickets go next", remedy="write {to: a step}")


def identities(streams: Iterable[Stream]) -> set[tuple[int, ...]]:
    """Codes of stream, kind, class, priority and channel that are written to come together, at any share."""
    found: set[tuple[int, ...]] = set()
    for code, stream in enumerate(streams):
        table = stream.attributes
        for row, (kind, ticket_class) in enumerate(zip(table.kind, table.classes, strict=True)):
            drawn = product(table.priorities[row].tolist(), table.channels[row].tolist())
            rows = [(int(ticket_class), priority, channel) for priority, channel in drawn]
            if isinstance(stream.arrivals, ListedArrivals):
                rows = list(_recorded(stream.arrivals, rows))
            found |= {(code, int(kind), *rest) for rest in rows}
            others = {service.channel for service in stream.self_service if service.channel >= 0}
            found |= {(code, int(kind), *rest[:2], channel) for rest in rows for channel in others}
    return found


def open_identities(backlog: BacklogTable, known: Set[tuple[int, ...]]) -> set[tuple[int, ...]]:
    """Identities of the tickets that are open at the start; what is not recorded is as in demand."""
    facts = np.column_stack([backlog.stream, backlog.ticket_class, backlog.priority, backlog.channel])
    return {
        (stream, kind, ticket_class, p if p >= 0 else priority, n if n >= 0 else channel)
        for own, c, p, n in np.unique(facts, axis=0).tolist()
        for stream, kind, ticket_class, priority, channel in known
        if stream == own and c in (-1, ticket_class)
    }


def _recorded(listed: ListedArrivals, drawn: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """Put recorded attributes in place of drawn ones."""
    recorded = np.unique(np.column_stack([listed.ticket_class, listed.priority, listed.channel]), axis=0)
    for row in recorded.tolist():
        for otherwise in drawn:
            c, p, n = (known if known >= 0 else other for known, other in zip(row, otherwise, strict=True))
            yield c, p, n


# -- looking at all combinations


def _examined(context: Context, choice: Choice, facts: Facts) -> _Verdict:
    tests = list(
        dict.fromkeys(_plain(test) for option in choice.options for row in option.rows for test in row.tests)
    )
    hazards = sorted({len(row.by_hops) for option in choice.options for row in option.rows if row.by_hops})
    groups = list(_groups(context, tests, hazards, facts))
    bit_of = {test: 1 << number for number, test in enumerate(tests)}
    asked = [[_bits(row, bit_of) for row in option.rows] for option in choice.options]
    listed = [_listed(group, bit_of) for group in groups]
    picks = _picks([len(outcomes) for outcomes in listed])
    is_settled, is_reached = settled(
        [_rule(option, rows) for option, rows in zip(choice.options, asked, strict=True)],
        [Outcomes(tuple(bits for bits, _, _ in of), tuple(hops for _, _, hops in of)) for of in listed],
        picks,
        len(tests),
        SHARE_TOLERANCE,
    )
    verdict = _Verdict(dead=set(np.flatnonzero(~is_reached).tolist()), n_seen=len(picks))
    for pick in picks[~is_settled].tolist():
        outcomes = tuple(of[place] for of, place in zip(listed, pick, strict=True))
        holds, hops = 0, 0
        for bits, _, count in outcomes:
            holds |= bits
            hops = max(hops, count)
        _tell(choice, asked, holds, hops, outcomes, verdict)
    return verdict


def _rule(option: Option, rows: Sequence[tuple[int, int]]) -> AskedRule:
    if option.takes_rest:
        return AskedRule(tuple(rows), (), True)
    shares = []
    for row in option.rows:
        assert row.by_hops or option.share is not None
        shares.append(tuple(row.by_hops) or (float(option.share or 0.0),))
    return AskedRule(tuple(rows), tuple(shares), False)


def _bits(row: Row, bit_of: Mapping[Test, int]) -> tuple[int, int]:
    """Return the bits of the tests that a row asks for, and those among them that must hold."""
    asked = wanted = 0
    for test in row.tests:
        bit = bit_of[_plain(test)]
        if asked & bit and bool(wanted & bit) == test.is_negated:
            return 0, 1  # a test and its opposite: no ticket has both
        asked |= bit
        wanted |= 0 if test.is_negated else bit
    return asked, wanted


def _listed(group: _Group, bit_of: Mapping[Test, int]) -> list[_Outcome]:
    """Return the outcomes of a group: bits of the tests that hold, the example, and its hops."""
    listed = []
    for pattern, (example, hops) in group.outcomes.items():
        held = (bit_of[test] for test, holds in zip(group.tests, pattern, strict=False) if holds)
        listed.append((sum(held), example, hops))
    return listed


def _plain(test: Test) -> Test:
    return test.negated() if test.is_negated else test


def _picks(sizes: Sequence[int]) -> Picks:
    """Return all combinations of outcomes of groups of these sizes; of too many, as many by chance."""
    if not sizes:
        return np.zeros((1, 0), np.int64)
    if math.prod(sizes) <= MOST_COMBINATIONS:
        return np.indices(sizes, np.int64).reshape(len(sizes), -1).T
    chance = np.random.default_rng(0)
    return np.stack([chance.integers(size, size=MOST_COMBINATIONS) for size in sizes], axis=1)


def _tell(
    choice: Choice,
    asked: Sequence[Sequence[tuple[int, int]]],
    holds: int,
    hops: int,
    outcomes: Sequence[_Outcome],
    verdict: _Verdict,
) -> None:
    """Note for one kind of ticket which rules take it, and that their shares do not add up.

    Parameters
    ----------
    asked
        By option and row, what `_bits` says of it.
    holds
        Bits of the tests that hold.
    """
    taken: list[tuple[int, float]] = []
    for i, (option, rows) in enumerate(zip(choice.options, asked, strict=True)):
        place = next((n for n, (bits, wanted) in enumerate(rows) if holds & bits == wanted), None)
        if place is None:
            continue
        if option.takes_rest:
            break
        row = option.rows[place]
        share = row.by_hops[min(hops, len(row.by_hops) - 1)] if row.by_hops else option.share
        assert share is not None
        taken.append((i, share))
    words = ", ".join(example for _, example, _ in outcomes if example)
    if taken:
        verdict.wrong.setdefault(tuple(taken), []).append(words)
    else:
        verdict.none.append(words)


# -- groups of facts


def _groups(context: Context, tests: list[Test], hazards: list[int], facts: Facts) -> Iterator[_Group]:
    def of(*fields: Field) -> tuple[Test, ...]:
        return tuple(test for test in tests if test.field in fields)

    if who := of(*_IDENTITY):
        used = sorted({test.field for test in who})
        yield _group(who, ({f: i[f] for f in used} for i in sorted(facts.identities)), context)
    if hard := of(Field.DIFFICULTY):
        values = _critical(hard) if facts.difficulty_varies else [1.0]
        yield _group(hard, ({Field.DIFFICULTY: value} for value in values), context)
    moves = of(Field.HOPS, Field.TEAM)
    if moves or hazards:
        teams = sorted(facts.teams) if any(test.field == Field.TEAM for test in moves) else [None]
        counts = sorted({*_counts(of(Field.HOPS), 0), *(i for n in hazards for i in range(n))})
        rows = ({Field.HOPS: n, Field.TEAM: t} for n in counts for t in teams if not (t == -1 and n > 0))
        yield _group(moves, rows, context, hazards)
    for count, least in ((Field.REOPENS, 0), (Field.VISITS, 1)):
        if asked := of(count):
            yield _group(asked, ({count: n} for n in _counts(asked, least)), context)
    if before := of(Field.CAME_FROM):
        yield _group(before, ({Field.CAME_FROM: step} for step in sorted(facts.came_from)), context)
    if known := of(Field.FAULT):
        yield _group(known, ({Field.FAULT: state} for state in FaultState), context)
    if opening := of(Field.CALENDAR):
        yield _calendar_group(context, opening, facts)
    for team in sorted({test.argument for test in of(Field.QUEUE)}):
        lengths = tuple(test for test in of(Field.QUEUE) if test.argument == team)
        yield _group(lengths, ({Field.QUEUE: n} for n in _counts(lengths, 0)), context)
    for rule in sorted({test.argument for test in of(Field.CONTROL)}):
        state = tuple(test for test in of(Field.CONTROL) if test.argument == rule)
        yield _group(state, ({Field.CONTROL: acts} for acts in (0, 1)), context)


def _group(
    tests: tuple[Test, ...],
    examples: Iterable[Mapping[Field, float | None]],
    context: Context,
    hazards: Sequence[int] = (),
) -> _Group:
    outcomes: dict[Pattern, tuple[str, int]] = {}
    for values in examples:
        hops = int(values.get(Field.HOPS) or 0)
        at_hops = [hops == i for n in hazards[-1:] for i in range(n)]
        pattern = (*(_holds(test, values[test.field]) for test in tests), *at_hops)
        if pattern not in outcomes:
            asked = {test.field for test in tests} | ({Field.HOPS} if hazards else set())
            words = [_words(context, tests, f, v) for f, v in values.items() if f in asked and v is not None]
            outcomes[pattern] = (", ".join(words), hops)
    return _Group(tests, outcomes)


def _holds(test: Test, value: float | None) -> bool:
    assert value is not None
    return value in test.members if test.members else test.low <= value <= test.high


def _words(context: Context, tests: Sequence[Test], fact: Field, value: float) -> str:
    if fact in _SORTS:
        names = list(context.codes[_SORTS[fact]])
        name = names[int(value)] if 0 <= value < len(names) else "none"
        return f"{fact.name.lower().replace('_', ' ')} {name}"
    if fact == Field.QUEUE:
        return f"queue of {list(context.codes['team'])[tests[0].argument]} {value:g}"
    if fact == Field.CONTROL:
        rule = list(context.codes["control rule"])[tests[0].argument - len(context.codes["team"])]
        return f"control {rule} {'acting' if value else 'not acting'}"
    if fact == Field.FAULT:
        return f"fault {FaultState(int(value)).name.lower()}"
    return f"{_COUNTS.get(fact, fact.name.lower())} {value:g}"


def _critical(tests: Iterable[Test]) -> list[float]:
    """Values at, just below and just above the limits of tests, and 1."""
    limits = {limit for test in tests for limit in (test.low, test.high) if math.isfinite(limit)}
    near = {math.nextafter(limit, to) for limit in limits for to in (-math.inf, math.inf)}
    return sorted(value for value in {1.0, *limits, *near} if value >= 0.0)


def _counts(tests: Iterable[Test], least: int) -> list[int]:
    """Whole numbers at and beside the limits of tests, from ``least``."""
    limits = {limit for test in tests for limit in (test.low, test.high) if math.isfinite(limit)}
    near = {math.floor(limit) + step for limit in limits for step in (-1, 0, 1, 2)}
    return sorted(n for n in {least, *near} if n >= least)


def _calendar_group(context: Context, tests: tuple[Test, ...], facts: Facts) -> _Group:
    """States of calendars that occur together, at the edges of all of them."""
    outcomes: dict[Pattern, tuple[str, int]] = {}
    used = {test.argument: facts.calendars[test.argument] for test in tests if test.argument >= 0}
    edges = {0.0} | {float(t) for c in used.values() for t in (*c.opens, *c.closes) if 0.0 <= t < facts.end}
    names = list(context.codes["calendar"])
    for instant in sorted(edges):
        now = {code: is_open(calendar, instant) for code, calendar in used.items()}
        pattern = tuple(now.get(test.argument, False) for test in tests)
        words = (f"{names[code]} {'open' if is_now else 'closed'}" for code, is_now in now.items())
        outcomes.setdefault(pattern, (", ".join(words), 0))
    return _Group(tests, outcomes)


# -- telling


def _report(context: Context, choice: Choice, verdict: _Verdict) -> None:
    if verdict.none:
        context.problem(
            choice.path,
            f"no rule takes the tickets with {_some(verdict.none)}",
            remedy="let the last rule be without when, unless and share: {to: a step}",
        )
    for taken, words in list(verdict.wrong.items())[:1]:
        total = math.fsum(share for _, share in taken)
        parts = " + ".join(f"{choice.options[i].goal} {_percent(share)}" for i, share in taken)
        whose = "" if len(words) == verdict.n_seen else f" for tickets with {_some(words)}"
        context.problem(
            choice.path,
            f"the shares must add up to 100 %, but{whose} {parts} = {_percent(total)}",
            remedy="lower a share or add conditions"
            if total > 1.0
            else "raise a share, or leave out that of the last rule: it then takes the rest",
        )
    if verdict.none or verdict.wrong or verdict.n_seen == 0 or verdict.n_seen >= MOST_COMBINATIONS:
        return
    for i in sorted(verdict.dead):
        option = choice.options[i]
        if option.share == 0.0:  # switched off on purpose
            continue
        context.warn(
            option.path,
            f"no ticket ever takes this rule to {option.goal}",
            "its condition never holds, or the rules before it take all: move it up or remove it",
        )


def _some(words: Sequence[str]) -> str:
    more = len(words) - 1
    return (words[0] or "any facts") + (f" (and {more} more combinations)" if more else "")


def _percent(share: float) -> str:
    return f"{100.0 * share:.6g} %"
