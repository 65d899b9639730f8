from __future__ import annotations

from simlab.errors import Place
from simlab.scenario.document import parse_document
from simlab.scenario.evidence import evidence_problems, matches
from simlab.scenario.nodes import MapNode

NODE = parse_document("a: {x: {t: 1}, y: {t: 2, u: 3}}\nl: [5, 6]\nevidence: {a.z.t: {kind: measured}}", "f")


def test_star_stands_for_any_key_or_position() -> None:
    assert matches(NODE, "a.*.t") == (("a", "x", "t"), ("a", "y", "t"))
    assert matches(NODE, "l.*") == (("l", 0), ("l", 1))
    assert matches(NODE, "a.*.v") == ()


def test_evidence_about_nothing_is_told_where_it_stands_with_the_nearest_key() -> None:
    assert isinstance(NODE, MapNode)
    assert evidence_problems(NODE, ["a.x.t", "a.*.u", "l.1"]) == []
    (problem,) = evidence_problems(NODE, ["a.z.t"])
    assert problem.place == Place("f", 3, 12)
    assert problem.remedy == "did you mean 'x'? (known: x, y)"
