from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.reports.figures.layers import Edge, Layout, Spacing, apart, lay_out
from simlab.reports.figures.ordering import crossings, order_layers

SPACING = Spacing(1.6, 0.8, 0.7, 0.3, 0.16, 0.15)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[Edge]]:
    n = draw(st.integers(1, 14))
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30))
    flow = st.floats(0.1, 1000.0)
    return n, [Edge(source, target, draw(flow)) for source, target in sorted(pairs) if source != target]


def rectangles(layout: Layout) -> list[tuple[float, float, float, float]]:
    """Boxes and labels as (along from, to, across from, to)."""
    sized = [(centre, SPACING.box_along, SPACING.box_across) for centre in layout.centres]
    sized += [(route.label, SPACING.label_along, SPACING.label_across) for route in layout.routes]
    return [(a - h / 2, a + h / 2, c - w / 2, c + w / 2) for (a, c), h, w in sized]


@settings(max_examples=60)
@given(graphs())
def test_boxes_and_labels_never_overlap_and_lie_on_the_page(graph: tuple[int, list[Edge]]) -> None:
    layout = lay_out(*graph, SPACING)
    for one, other in combinations(rectangles(layout), 2):
        is_apart_along = one[1] <= other[0] + 1e-9 or other[1] <= one[0] + 1e-9
        is_apart_across = one[3] <= other[2] + 1e-9 or other[3] <= one[2] + 1e-9
        assert is_apart_along or is_apart_across
    for low_along, high_along, low_across, high_across in rectangles(layout):
        assert low_along >= -1e-9
        assert high_along <= layout.along + 1e-9
        assert low_across >= -1e-9
        assert high_across <= layout.across + 1e-9


@settings(max_examples=40)
@given(graphs())
def test_no_edge_runs_through_a_box_that_it_passes(graph: tuple[int, list[Edge]]) -> None:
    layout = lay_out(*graph, SPACING)
    for route in layout.routes:
        for along, across in route.points[1:-1]:
            for at, place in layout.centres:
                is_alongside = abs(along - at) <= SPACING.box_along / 2 + 1e-9
                assert not is_alongside or abs(across - place) >= SPACING.box_across / 2


@settings(max_examples=40)
@given(graphs())
def test_every_edge_sets_out_at_its_source_and_arrives_at_its_target(graph: tuple[int, list[Edge]]) -> None:
    layout = lay_out(*graph, SPACING)
    for route in layout.routes:
        for (along, across), node in (
            (route.points[0], route.edge.source),
            (route.points[-1], route.edge.target),
        ):
            at, place = layout.centres[node]
            assert abs(along - at) == pytest.approx(SPACING.box_along / 2)
            assert abs(across - place) <= SPACING.box_across / 2


@settings(max_examples=20)
@given(graphs())
def test_the_same_graph_gives_the_same_layout(graph: tuple[int, list[Edge]]) -> None:
    assert lay_out(*graph, SPACING) == lay_out(*graph, SPACING)


def test_a_chain_is_a_straight_line() -> None:
    layout = lay_out(4, [Edge(i, i + 1, 1.0) for i in range(3)], SPACING)
    assert len({round(across, 9) for _, across in layout.centres}) == 1
    assert all(one[0] < other[0] for one, other in pairwise(layout.centres))


def test_the_weaker_edge_of_a_loop_leads_back() -> None:
    edges = [Edge(0, 1, 10.0), Edge(1, 2, 9.0), Edge(2, 1, 1.0)]
    layout = lay_out(3, edges, SPACING)
    assert [route.leads_back for route in layout.routes] == [False, False, True]


def test_places_are_the_least_squares_ones_that_keep_the_order() -> None:
    # Two want the same place 0: they stand side by side around it; the third has its way.
    assert apart([0.0, 0.0, 10.0], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0], 1.0) == pytest.approx([-1.5, 1.5, 10.0])
    # The heavier of two gets nearer to where it wants to be: (3 * 0 + 1 * (-3)) / 4.
    assert apart([0.0, 0.0], [3.0, 1.0], [2.0, 2.0], 1.0) == pytest.approx([-0.75, 2.25])


def test_crossings_are_counted_and_undone() -> None:
    links = [(0, 3), (1, 2)]
    assert crossings([[0, 1], [2, 3]], {0: [3], 1: [2]}) == 1
    order = order_layers([[0, 1], [2, 3]], links)
    assert crossings(order, {0: [3], 1: [2]}) == 0


def test_ends_stand_last_and_what_leaves_them_leads_back() -> None:
    edges = [Edge(0, 1, 5.0), Edge(1, 2, 4.0), Edge(1, 3, 1.0), Edge(3, 1, 9.0), Edge(2, 4, 1.0)]
    layout = lay_out(5, edges, SPACING, ends=[3])
    assert layout.centres[3][0] == max(along for along, _ in layout.centres)
    assert layout.centres[3][0] > layout.centres[4][0]
    assert [route.leads_back for route in layout.routes] == [False, False, False, True, False]
