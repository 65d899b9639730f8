"""Order of the items within layers, so that few links cross: sweeps of barycentres, the best one kept."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

SWEEPS: Final = 20


def order_layers(layers: Sequence[Sequence[int]], links: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the items of each layer in an order in which few links cross.

    Parameters
    ----------
    layers
        Items by layer; every item is in one.
    links
        Pairs of items of adjacent layers, the one of the earlier layer first.
    """
    after: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for upper, lower in links:
        after.setdefault(upper, []).append(lower)
        before.setdefault(lower, []).append(upper)
    order = _by_walk(layers, after)
    best, fewest = order, crossings(order, after)
    for sweep in range(SWEEPS):
        is_down = sweep % 2 == 0
        order = _swept(order, before if is_down else after, is_down)
        count = crossings(order, after)
        if count < fewest:
            best, fewest = order, count
        if fewest == 0:
            break
    return best


def crossings(order: Sequence[Sequence[int]], after: dict[int, list[int]]) -> int:
    """Return how many pairs of links cross."""
    total = 0
    for layer, following in pairwise(order):
        place = {item: number for number, item in enumerate(following)}
        seen: list[int] = []
        for item in layer:
            ends = sorted(place[other] for other in after.get(item, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _by_walk(layers: Sequence[Sequence[int]], after: dict[int, list[int]]) -> list[list[int]]:
    """Return the items in the order in which a walk along the links meets them."""
    met: dict[int, int] = {}
    for root in (item for layer in layers for item in layer):
        trail = [root]
        while trail:
            item = trail.pop()
            if item not in met:
                met[item] = len(met)
                trail.extend(reversed(after.get(item, ())))
    return [sorted(layer, key=met.__getitem__) for layer in layers]


def _swept(
    order: Sequence[Sequence[int]], neighbours: dict[int, list[int]], is_down: bool
) -> list[list[int]]:
    """Return the layers, one after the other sorted by the mean place of neighbours in the layer before."""
    swept = [list(layer) for layer in order]
    numbers = range(1, len(swept)) if is_down else range(len(swept) - 2, -1, -1)
    for number in numbers:
        place = {item: at for at, item in enumerate(swept[number - 1 if is_down else number + 1])}
        present = {item: at for at, item in enumerate(swept[number])}

        def centre(
            item: int, place: dict[int, int] = place, present: dict[int, int] = present
        ) -> tuple[float, int]:
            others = [place[other] for other in neighbours.get(item, ())]
            return (sum(others) / len(others) if others else float(present[item]), present[item])

        swept[number].sort(key=centre)
    return swept
