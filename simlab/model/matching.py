"""Who takes which role, so that as many roles as possible are filled."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Who = TypeVar("Who", bound=Hashable)


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
        Who takes each role, or None. People are reassigned among roles to fill one more (augmenting paths:
        Kuhn, The Hungarian method for the assignment problem, 1955).
    """
    roles: dict[Who, int] = {}

    def fills(role: int, choice: Sequence[Sequence[Who]], seen: set[Who]) -> bool:
        free = next((who for who in choice[role] if who not in roles), None)
        if free is not None:
            roles[free] = role
            return True
        for who in choice[role]:
            if who not in seen:
                seen.add(who)
                if fills(roles[who], choice, seen):
                    roles[who] = role
                    return True
        return False

    open_roles = [role for role in range(len(candidates)) if not fills(role, candidates, set())]
    if reserves:
        everybody = [[*first, *then] for first, then in zip(candidates, reserves, strict=True)]
        for role in open_roles:
            fills(role, everybody, set())
    taken = {role: who for who, role in roles.items()}
    return [taken.get(role) for role in range(len(candidates))]
