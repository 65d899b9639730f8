"""Who takes which role, so that as many roles as possible are filled."""

from __future__ import annotations

from collections.abc import Hashable, MutableSequence, Sequence
from typing import TypeVar

Who = TypeVar("Who", bound=Hashable)


def fills(
    role: int,
    first: Sequence[int],
    end: Sequence[int],
    who: Sequence[int],
    roles: MutableSequence[int],
    takers: MutableSequence[int],
    seen: MutableSequence[int],
    mark: int,
    path: MutableSequence[int],
    rows: MutableSequence[int],
) -> bool:
    """Give an open role to somebody, though people may have to be reassigned among roles; whether it can be.

    It looks for an augmenting path, depth first (Kuhn, The Hungarian method for the assignment problem,
    1955).

    Parameters
    ----------
    first, end, who
        For each role, who can take it, the preferred first: the rows ``first[role]`` to ``end[role]`` of
        ``who``, people by number.
    roles, takers
        Role of each person, and person of each role; -1 for none. They change where the role is filled.
    seen, mark
        By person, a number other than ``mark``.
    path, rows
        Scratch with room for all roles.
    """
    depth = 0
    path[0] = role
    rows[0] = -1
    while depth >= 0:
        current = path[depth]
        row = rows[depth] + 1
        if rows[depth] < 0:  # just come to this role: is anybody free for it?
            row = first[current]
            for i in range(row, end[current]):
                if roles[who[i]] < 0:
                    roles[who[i]] = current
                    takers[current] = who[i]
                    for above in range(depth - 1, -1, -1):
                        roles[who[rows[above]]] = path[above]
                        takers[path[above]] = who[rows[above]]
                    return True
        while row < end[current] and seen[who[row]] == mark:
            row += 1
        if row == end[current]:
            depth -= 1
            continue
        seen[who[row]] = mark
        rows[depth] = row
        depth += 1
        path[depth] = roles[who[row]]
        rows[depth] = -1
    return False


def fill_roles(
    n_roles: int,
    first: Sequence[int],
    middle: Sequence[int],
    end: Sequence[int],
    who: Sequence[int],
    roles: MutableSequence[int],
    takers: MutableSequence[int],
    seen: MutableSequence[int],
    path: MutableSequence[int],
    rows: MutableSequence[int],
) -> int:
    """Fill as many roles as possible; return how many: see `fills`.

    Up to ``middle[role]`` stand those who take a role first, up to ``end[role]`` those who take it only where
    there are not enough of the others. ``roles`` and ``takers`` have -1 throughout, ``seen`` too.
    """
    n_filled = 0
    for role in range(n_roles):
        if fills(role, first, middle, who, roles, takers, seen, role, path, rows):
            n_filled += 1
    if n_filled < n_roles:
        for role in range(n_roles):
            if takers[role] < 0 and fills(
                role, first, end, who, roles, takers, seen, n_roles + role, path, rows
            ):
                n_filled += 1
    return n_filled


def matched(candidates: Sequence[Sequence[Who]], reserves: Sequence[Sequence[Who]] = ()) -> list[Who | None]:
    """Give as many roles as possible somebody each, nobody two of them.

    Parameters
    ----------
    candidates
        For each role, those who can take it, the preferred first.
    reserves
        For each role, those who can take it too, but only where there are not enough candidates.

    Returns
    -------
    list
        Who takes each role, or None; see `fill_roles`.
    """
    people: dict[Who, int] = {}
    first: list[int] = []
    middle: list[int] = []
    end: list[int] = []
    who: list[int] = []
    for role, preferred in enumerate(candidates):
        first.append(len(who))
        who += [people.setdefault(each, len(people)) for each in preferred]
        middle.append(len(who))
        who += [people.setdefault(each, len(people)) for each in (reserves[role] if reserves else ())]
        end.append(len(who))
    n, takers = len(candidates), [-1] * len(candidates)
    roles, seen = [-1] * len(people), [-1] * len(people)
    fill_roles(n, first, middle, end, who, roles, takers, seen, [0] * (n + 1), [0] * (n + 1))
    names = list(people)
    return [None if taker < 0 else names[taker] for taker in takers]
