"""Layered layout of a directed graph: boxes in layers, no overlap, the same picture every time.

The method of Sugiyama, Tagawa and Toda (1981): edges that lead back are turned round, nodes get layers by the
longest path, long edges and labels become nodes of the layers between, layers are ordered by barycentres, and
places within a layer are least squares under the order (pool adjacent violators).

``along`` is the direction in which the process flows, ``across`` the other one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from simlab.reports.figures.ordering import order_layers

SWEEPS: Final = 200
_STRAIGHTNESS: Final = 8.0
"""How much more a link within a long edge wants to be straight than one at a box."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A flow between two nodes, which differ; at most one for each ordered pair."""

    source: int
    target: int
    flow: float


@dataclass(frozen=True, slots=True)
class Spacing:
    """Sizes in inches; the label of an edge takes room in a layer of its own."""

    box_across: float
    box_along: float
    label_across: float
    label_along: float
    gap_across: float
    gap_along: float


@dataclass(frozen=True, slots=True)
class Route:
    """The way of an edge, from its source to its target."""

    edge: Edge
    points: tuple[tuple[float, float], ...]
    """(along, across) from the side of one box to the side of the other, and the bends between."""
    label: tuple[float, float]
    """(along, across) of the centre of its label."""
    leads_back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of the boxes and ways of the edges; all of it lies in [0, along] x [0, across]."""

    centres: tuple[tuple[float, float], ...]
    routes: tuple[Route, ...]
    along: float
    across: float


def lay_out(n_nodes: int, edges: Sequence[Edge], spacing: Spacing, ends: Collection[int] = ()) -> Layout:
    """Return the layout of nodes 0 to ``n_nodes - 1``; the process starts at node 0.

    Nodes named as ends stand in the last layer; what leaves them leads back.
    """
    onward = [edge for edge in edges if edge.source not in ends]
    back = {*_edges_that_lead_back(n_nodes, onward), *(edge for edge in edges if edge.source in ends)}
    layer = _longest_paths(n_nodes, edges, back)
    if ends:
        # Where nothing but ends stood last they would still follow each other: they are moved together.
        others = [layer[node] for node in range(n_nodes) if node not in ends]
        last = max(others, default=-1) + 1
        layer = [last if node in ends else each for node, each in enumerate(layer)]
    chains = _Chains(n_nodes, edges, back, layer)
    order = order_layers(chains.layers, chains.links)
    sizes = [_size(item, n_nodes, chains, spacing) for item in range(chains.n)]
    across = _places(order, chains.links, sizes, n_nodes, spacing.gap_across)
    along, total = _depths(len(order), spacing)
    lowest = min(place - size / 2 for place, size in zip(across, sizes, strict=True))
    across = [place - lowest for place in across]
    widest = max(place + size / 2 for place, size in zip(across, sizes, strict=True))
    position = [(along[chains.depth[item]], across[item]) for item in range(chains.n)]
    routes = tuple(
        _route(edge, chain, edge in back, position, chains, spacing)
        for edge, chain in zip(edges, chains.of_edge, strict=True)
    )
    return Layout(tuple(position[:n_nodes]), routes, total, widest)


def _edges_that_lead_back(n_nodes: int, edges: Sequence[Edge]) -> set[Edge]:
    """Return the edges to a node from which the walk came, the strongest flow being followed first."""
    leaving: list[list[Edge]] = [[] for _ in range(n_nodes)]
    for edge in sorted(edges, key=lambda edge: (edge.flow, -edge.target)):
        leaving[edge.source].append(edge)
    back: set[Edge] = set()
    state = [0] * n_nodes
    for root in range(n_nodes):
        trail = [root] if state[root] == 0 else []
        while trail:
            node = trail[-1]
            state[node] = 1
            if not leaving[node]:
                state[node] = 2
                trail.pop()
                continue
            edge = leaving[node].pop()
            if state[edge.target] == 1:
                back.add(edge)
            elif state[edge.target] == 0:
                trail.append(edge.target)
    return back


def _longest_paths(n_nodes: int, edges: Sequence[Edge], back: set[Edge]) -> list[int]:
    ends = [(edge.target, edge.source) if edge in back else (edge.source, edge.target) for edge in edges]
    waiting_for = [0] * n_nodes
    for _, target in ends:
        waiting_for[target] += 1
    layer, ready = [0] * n_nodes, [node for node in range(n_nodes) if waiting_for[node] == 0]
    while ready:
        node = ready.pop()
        for source, target in ends:
            if source == node:
                layer[target] = max(layer[target], layer[node] + 1)
                waiting_for[target] -= 1
                if waiting_for[target] == 0:
                    ready.append(target)
    return layer


class _Chains:
    """Nodes and what stands for edges between them: a label each, and a bend in every layer passed.

    Boxes are in the layers of even depth, labels and bends also in those of odd depth.
    """

    def __init__(self, n_nodes: int, edges: Sequence[Edge], back: set[Edge], layer: Sequence[int]) -> None:
        self.depth = [2 * each for each in layer]
        self.labels: set[int] = set()
        self.links: list[tuple[int, int]] = []
        self.of_edge: list[list[int]] = []
        for edge in edges:
            upper, lower = (edge.target, edge.source) if edge in back else (edge.source, edge.target)
            between = range(self.depth[upper] + 1, self.depth[lower])
            first = len(self.depth)
            self.depth.extend(between)
            # The label stands where the edge sets out, so that labels of edges that meet do not crowd.
            self.labels.add(first + len(between) - 1 if edge in back else first)
            chain = [upper, *range(first, len(self.depth)), lower]
            self.links.extend(pairwise(chain))
            self.of_edge.append(chain)
        self.n = len(self.depth)
        self.layers: list[list[int]] = [[] for _ in range(max(self.depth, default=0) + 1)]
        for item, depth in enumerate(self.depth):
            self.layers[depth].append(item)


def _size(item: int, n_nodes: int, chains: _Chains, spacing: Spacing) -> float:
    if item < n_nodes:
        return spacing.box_across
    return spacing.label_across if item in chains.labels else spacing.gap_across


def _depths(n_layers: int, spacing: Spacing) -> tuple[list[float], float]:
    """Return the centre of each layer along the flow, and the length in all."""
    pitch = (spacing.box_along + spacing.label_along) / 2 + spacing.gap_along
    centres = [spacing.box_along / 2 + pitch * depth for depth in range(n_layers)]
    return centres, centres[-1] + spacing.box_along / 2


def _places(
    order: Sequence[Sequence[int]],
    links: Sequence[tuple[int, int]],
    sizes: Sequence[float],
    n_boxes: int,
    gap: float,
) -> list[float]:
    """Return the place of every item across the flow: near its neighbours, in order, without overlap."""
    neighbours: list[list[tuple[int, float]]] = [[] for _ in sizes]
    for upper, lower in links:
        pull = _STRAIGHTNESS if min(upper, lower) >= n_boxes else 1.0
        neighbours[upper].append((lower, pull))
        neighbours[lower].append((upper, pull))
    place = [0.0] * len(sizes)
    for layer in order:
        widths = [sizes[item] for item in layer]
        # All want to be in the middle: side by side, then.
        for item, at in zip(layer, apart([0.0] * len(layer), [1.0] * len(layer), widths, gap), strict=True):
            place[item] = at
    for sweep in range(SWEEPS):
        for layer in order if sweep % 2 == 0 else reversed(order):
            pulls = [sum(pull for _, pull in neighbours[item]) for item in layer]
            wanted = [
                sum(place[other] * pull for other, pull in neighbours[item]) / total if total else place[item]
                for item, total in zip(layer, pulls, strict=True)
            ]
            weights = [total or 1.0 for total in pulls]
            for item, at in zip(
                layer, apart(wanted, weights, [sizes[item] for item in layer], gap), strict=True
            ):
                place[item] = at
    return place


def apart(
    wanted: Sequence[float], weights: Sequence[float], sizes: Sequence[float], gap: float
) -> list[float]:
    """Return places nearest to those wanted (least squares), in order and with the gap between neighbours."""
    offsets, at = [], 0.0
    for number, size in enumerate(sizes):
        at += 0.0 if number == 0 else (sizes[number - 1] + size) / 2 + gap
        offsets.append(at)
    blocks: list[tuple[float, float, int]] = []
    for target, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, count = target - offset, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total, count = total + other_weight, count + other_count
        blocks.append((mean, total, count))
    level = [mean for mean, _, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(level, offsets, strict=True)]


def _route(
    edge: Edge,
    chain: Sequence[int],
    leads_back: bool,
    position: Sequence[tuple[float, float]],
    chains: _Chains,
    spacing: Spacing,
) -> Route:
    label = next(item for item in chain[1:-1] if item in chains.labels)
    half = spacing.box_along / 2
    first, last = position[chain[0]], position[chain[-1]]
    ends = (
        _port(chain[0], chain[1], position, chains, spacing),
        _port(chain[-1], chain[-2], position, chains, spacing),
    )
    points = [
        (first[0] + half, ends[0]),
        *_bends(chain[1:-1], position, chains, half),
        (last[0] - half, ends[1]),
    ]
    if leads_back:
        points.reverse()
    return Route(edge, tuple(points), position[label], leads_back)


def _bends(
    items: Sequence[int], position: Sequence[tuple[float, float]], chains: _Chains, half: float
) -> Iterator[tuple[float, float]]:
    """Yield where an edge bends; alongside boxes it is straight, so that it cuts no corner of them."""
    for item in items:
        along, across = position[item]
        if chains.depth[item] % 2:
            yield along, across
        else:
            yield along - half, across
            yield along + half, across


def _port(
    box: int, item: int, position: Sequence[tuple[float, float]], chains: _Chains, spacing: Spacing
) -> float:
    """Return where on the side of its box an edge is fixed: sides are shared in the order of the edges."""
    is_lower_side = chains.depth[item] > chains.depth[box]
    others = sorted(
        (
            other
            for link in chains.links
            if box in link
            and (chains.depth[other := link[0] if link[1] == box else link[1]] > chains.depth[box])
            == is_lower_side
        ),
        key=lambda other: (position[other][1], other),
    )
    step = spacing.box_across * 0.7 / max(len(others), 2)
    return position[box][1] + (others.index(item) - (len(others) - 1) / 2) * step
