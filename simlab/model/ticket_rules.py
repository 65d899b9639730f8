"""What happens to a ticket: the rules that every engine calls, each written once.

The functions take tables and plain numbers and give plain numbers. They are written so that one source
serves plain Python and numba: no exceptions, no allocation, no objects.
"""

from __future__ import annotations

import math
from collections.abc import MutableSequence, Sequence

from simlab.model import calendars
from simlab.model.calendars import Calendar
from simlab.model.codes import Field, ShiftEnd
from simlab.model.tables import Model, RuleTable

NEVER = math.inf
# Plain numbers: older releases of numba index arrays by nothing else.
_HOPS, _DIFFICULTY = int(Field.HOPS), int(Field.DIFFICULTY)


def new_facts(stream: int, attributes: Sequence[float]) -> list[float]:
    """Facts of a new ticket, by :class:`~simlab.model.codes.Field`.

    No hops, reopens and visits yet, no step and team before, no flaw, fault and score.
    """
    return [stream, *attributes, 0, 0, 0, -1, -1, 0, 0, 0, 0, math.nan]


def quiet_desk(model: Model) -> list[int]:
    """Queue lengths, control states and flags of rungs, as rules see them when a run begins."""
    flags = model.improvements.flags[0].astype(int).tolist() if model.improvements is not None else []
    return [0] * (len(model.names.teams) + len(model.names.controls)) + flags


def holds(
    rules: RuleTable,
    test: int,
    facts: Sequence[float],
    now: float,
    open_calendars: Sequence[Calendar],
    queue_lengths: Sequence[int],
) -> bool:
    """Whether one test of a rule holds for a ticket with these facts, now.

    Behind the queue lengths of all teams stand the states of the control rules, 1 for one that acts,
    and of levers that are moved in the run.
    """
    field = rules.test_field[test]
    argument = rules.test_argument[test]
    result = False
    if field == Field.CALENDAR:
        result = calendars.is_open(open_calendars[argument], now)
    elif rules.test_size[test] > 0:
        for member in range(argument, argument + rules.test_size[test]):
            if rules.set_member[member] == facts[field]:
                result = True
    else:
        of_desk = field == Field.QUEUE or field == Field.CONTROL or field == Field.RUNG
        fact = queue_lengths[argument] if of_desk else facts[field]
        result = rules.test_low[test] <= fact <= rules.test_high[test]
    return bool(result != rules.test_negated[test])


def share(rules: RuleTable, row: int, facts: Sequence[float]) -> float:
    """Share of a rule for a ticket: by hops so far, and with odds that grow with its difficulty."""
    first, after = rules.first_hazard[row], rules.first_hazard[row + 1]
    value: float = rules.share[row]
    if after > first:
        value = rules.hazard[min(first + int(facts[_HOPS]), after - 1)]
    factor = rules.odds_by_difficulty[row]
    if factor != 1.0 and 0.0 < value < 1.0:
        odds = value / (1.0 - value) * math.pow(factor, facts[_DIFFICULTY] - 1.0)
        value = odds / (1.0 + odds)
    return value


def choose(
    rules: RuleTable,
    block: int,
    facts: Sequence[float],
    u: float,
    now: float,
    open_calendars: Sequence[Calendar],
    queue_lengths: Sequence[int],
) -> int:
    """Target of the first rule of a block that takes the ticket; -1 where none does.

    Rules whose tests hold take their shares of the uniform ``u`` in order. One with share 1 takes whatever
    is left, and so does the last one that holds, should the shares of this ticket add up to less than 1.
    """
    taken = 0.0
    last = -1
    for row in range(rules.first_row[block], rules.first_row[block + 1]):
        applies = True
        for test in range(rules.first_test[row], rules.first_test[row + 1]):
            if not holds(rules, test, facts, now, open_calendars, queue_lengths):
                applies = False
                break
        if applies:
            target: int = rules.target[row]
            last = target
            value = share(rules, row, facts)
            if value >= 1.0:
                return last
            taken += value
            if u < taken:
                return last
    return last


def outcomes(
    rules: RuleTable,
    block: int,
    facts: Sequence[float],
    now: float,
    open_calendars: Sequence[Calendar],
    queue_lengths: Sequence[int],
) -> tuple[list[float], list[int]]:
    """What `choose` says of a ticket for every uniform: sums of shares, and the target below each.

    The first target of which the sum is above the uniform is chosen. The last sum is infinite.
    """
    n_rows = rules.first_row[block + 1] - rules.first_row[block]
    sums, targets = [NEVER] * max(1, n_rows), [-1] * max(1, n_rows)
    n = note_outcomes(rules, block, facts, now, open_calendars, queue_lengths, sums, targets, 0)
    return sums[:n], targets[:n]


def note_outcomes(
    rules: RuleTable,
    block: int,
    facts: Sequence[float],
    now: float,
    open_calendars: Sequence[Calendar],
    queue_lengths: Sequence[int],
    sums: MutableSequence[float],
    targets: MutableSequence[int],
    at: int,
) -> int:
    """Write the `outcomes` for a ticket into lists, from a place on; return how many there are."""
    taken = 0.0
    n = 0
    targets[at] = -1
    for row in range(rules.first_row[block], rules.first_row[block + 1]):
        applies = True
        for test in range(rules.first_test[row], rules.first_test[row + 1]):
            if not holds(rules, test, facts, now, open_calendars, queue_lengths):
                applies = False
                break
        if applies:
            value = share(rules, row, facts)
            taken = taken + value
            sums[at + n] = taken
            targets[at + n] = rules.target[row]
            n += 1
            if value >= 1.0:
                break
    n = max(1, n)
    sums[at + n - 1] = NEVER
    return n


def work_end(
    duty: Calendar, shift: Calendar, off_at: float, policy: int, now: float, work: float
) -> tuple[float, float, float]:
    """When a spell of work ends that a person on duty takes up now.

    Parameters
    ----------
    duty, shift
        The person's calendars: without and with breaks. Work always rests during breaks.
    off_at
        End of the interval of duty that is open now.
    policy
        :class:`~simlab.model.codes.ShiftEnd`: what happens where the shift ends first. Who would pause work
        but has too little duty left ever to finish it hands it over: the person leaves.
    work
        Minutes of hands-on time that are left.

    Returns
    -------
    end, left, overtime
        Instant at which the person lets the ticket go (inf: not before the calendar's span ends), minutes of
        work that are left then (0: done), and minutes of overtime at its end. Overtime that lasts until the
        person's next shift begins ends the spell; the same person goes on in a new one.
    """
    end = now + work
    if end <= off_at:  # what calendars.finish says then, found without a search
        return end, 0.0, 0.0
    end = calendars.finish(duty, now, work)
    if policy == ShiftEnd.PAUSE and end < NEVER:
        return end, 0.0, 0.0
    shift_end = calendars.next_close(shift, now)
    if end <= shift_end:
        return end, 0.0, 0.0
    left = work - calendars.worked(duty, now, shift_end)
    if left <= calendars.SNAP:
        return shift_end, 0.0, 0.0
    if policy != ShiftEnd.FINISH:
        return shift_end, left, 0.0
    opening = calendars.next_open(shift, shift_end)
    if shift_end + left <= opening:
        return shift_end + left, 0.0, left
    return opening, left - (opening - shift_end), opening - shift_end


def work_end_again(
    duty: Calendar, shift: Calendar, off_at: float, policy: int, now: float, work: float
) -> tuple[float, float, float]:
    """When a spell of work ends that goes on at another speed; see `work_end`.

    The person may be in overtime or in a break by now.
    """
    if now < off_at or calendars.is_open(shift, now) or policy == ShiftEnd.PAUSE:
        return work_end(duty, shift, off_at, policy, now, work)
    if policy == ShiftEnd.HAND_OVER:  # the shift ends in this instant
        return now, work, 0.0
    end = min(now + work, calendars.next_open(shift, now))
    if end == now + work:
        return end, 0.0, end - now
    return end, work - (end - now), end - now


def stay_end(shift: Calendar, off_at: float, finishes: bool, now: float) -> tuple[float, bool]:
    """Until when a person can work in a swarm, and whether the person's next shift begins then.

    Breaks end the work of a swarm; so does the end of a shift, unless it ``finishes`` work in overtime, which
    lasts until the next shift begins.
    """
    if now >= off_at or (finishes and calendars.next_close(shift, now) <= off_at):
        return calendars.next_open(shift, max(now, off_at)), True
    return off_at, False


def swarm_end(now: float, minutes: float, until: float) -> tuple[float, float]:
    """When a swarm ends that works so long and stays at most until an instant, and the minutes left then."""
    end = now + minutes
    left = 0.0
    if end > until + calendars.SNAP:
        left = minutes - (until - now)
    return min(end, until), left


def delay_end(calendar: Calendar, until_open: Calendar, now: float, since: float, delay: float) -> float:
    """When a delay ends that begins now, runs on one calendar and then lasts until another one is open.

    Its time is counted from an instant: now, or an earlier one. It ends at once where it is over already.
    """
    return calendars.next_open(until_open, max(now, calendars.finish(calendar, since, delay)))


def counted_since(calendar: Calendar, since: float, now: float, spent: float) -> tuple[float, float]:
    """From when a delay is counted, and how much of it had passed before the run.

    Of one that had begun before the run, what has passed since an earlier instant is spent, and the rest is
    waited for from now on.
    """
    if spent > 0.0 and since < now:
        return now, calendars.worked(calendar, since, now)
    return since, spent


def due(calendar: Calendar, now: float, minutes: float) -> float:
    """Instant at which a target of so many open minutes from now is missed; inf for no target."""
    if minutes == NEVER:
        return NEVER
    return calendars.finish(calendar, now, minutes)


def time_left(calendar: Calendar, now: float, due_at: float) -> float:
    """Open minutes that a clock has left when it is paused now; -1 where it is over already."""
    if due_at == NEVER:
        return NEVER
    if now > due_at:
        return -1.0
    return calendars.worked(calendar, now, due_at)
