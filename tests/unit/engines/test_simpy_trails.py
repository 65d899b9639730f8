"""Trails of tickets: what they say is what one counts who follows each ticket by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simlab.engines.simpy_trails import Course, Trail, new_trail

WAYS = st.lists(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=8), max_size=6)


def follow(start: Trail, way: list[tuple[int, bool]]) -> Trail:
    """Return the trail of a ticket, looked up where it is known."""
    trail = start
    for team, is_branch in way:
        known = trail.as_branch if is_branch else trail.then
        trail = known.get(team) or trail.leads_to(team, is_branch)
    return trail


def counted(way: list[tuple[int, bool]]) -> Course:
    """Return what a ticket's visits to teams amount to, counted one by one."""
    last, seen, hops, ping_pongs = -1, [], 0, 0
    for team, is_branch in way:
        if last not in (-1, team) and not is_branch:
            hops += 1
            ping_pongs += team in seen
        seen.append(team)
        last = team
    first = seen[0] if seen else -1
    return Course(first, last, frozenset(seen), len(seen), hops, ping_pongs)


@given(ways=WAYS)
def test_a_trail_says_what_the_visits_of_a_ticket_amount_to(ways: list[list[tuple[int, bool]]]) -> None:
    start = new_trail()
    for way in ways:
        assert follow(start, way).course == counted(way)


@given(ways=WAYS)
def test_tickets_of_one_course_share_a_trail_of_which_the_columns_tell(
    ways: list[list[tuple[int, bool]]],
) -> None:
    start = new_trail()
    trails = [follow(start, way) for way in ways]
    columns = start.columns()
    for trail in trails:
        assert trail is start.of(trail.course)
        assert {name: column[trail.code] for name, column in columns.items()} == {
            name: value for name, value in trail.course._asdict().items() if name != "teams"
        }


def test_a_hop_back_is_a_ping_pong() -> None:
    trail = follow(new_trail(), [(0, False), (1, False), (1, False), (0, False)])
    assert trail.course == Course(0, 0, frozenset({0, 1}), 4, hops=2, ping_pongs=1)


def test_the_open_backlog_goes_on_from_where_it_was() -> None:
    start = new_trail().of(Course(first_team=2, last_team=2, teams=frozenset({2}), hops=3))
    trail = follow(start, [(1, False), (2, False)])
    assert trail.course == Course(2, 2, frozenset({1, 2}), 2, hops=5, ping_pongs=1)
