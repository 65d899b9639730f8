"""Lines of the SimPy engine: whoever has the least rank and turn is first, whatever came before."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.engines.simpy_lines import Line, LineInTurn
from simlab.engines.simpy_tickets import Ticket, Visit


def waiting(turn: int, rank: float) -> Visit:
    visit = Visit().begun(Ticket(), step=0, number=0, team=0, arrived=0.0)
    visit.sequence = visit.turn = turn
    visit.rank = rank
    return visit


def line_in_turn(lengths: list[int], team: int) -> LineInTurn:
    return LineInTurn(lengths, team, count(1))


@pytest.mark.parametrize("kind", [Line, line_in_turn])
@given(
    ranks=st.lists(st.integers(0, 2), min_size=1, max_size=12),
    actions=st.lists(
        st.tuples(st.sampled_from(["join", "pop", "leave", "rank"]), st.integers(0, 11)), max_size=40
    ),
)
def test_a_line_gives_whoever_is_first_by_rank_and_turn(
    kind: Callable[[list[int], int], Line], ranks: list[int], actions: list[tuple[str, int]]
) -> None:
    lengths = [0]
    line = kind(lengths, 0)
    visits = [waiting(turn, rank) for turn, rank in enumerate(ranks)]
    there: list[Visit] = []
    for action, choice in actions:
        visit = visits[choice % len(visits)]
        if action == "pop":
            first = min(there, key=lambda each: (each.rank, each.turn), default=None)
            assert line.first() is first
            assert line.pop() is first
            if first is not None:
                there.remove(first)
        elif action == "join" and visit not in there:
            line.add(visit)
            there.append(visit)
        elif action == "leave" and visit in there:
            line.remove(visit)
            there.remove(visit)
        elif action == "rank" and visit in there:  # more urgent than all, then as before
            line.remove(visit)
            visit.rank = -1.0 if visit.rank >= 0.0 else 1.0
            line.add(visit)
        assert lengths == [len(there)]
        assert set(line.visits()) == set(there)


def test_whoever_is_taken_out_and_comes_back_to_the_same_place_is_given_once() -> None:
    line = line_in_turn([0], 0)
    first, second = waiting(1, 0.0), waiting(2, 0.0)
    for visit in (first, second, first):
        if visit.is_queued:
            line.remove(visit)
        line.add(visit)
    assert [line.pop(), line.pop(), line.pop()] == [first, second, None]
