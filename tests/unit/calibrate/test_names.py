"""Names in a written scenario: distinct, also where those of activities run into each other."""

from __future__ import annotations

from simlab.calibrate.fit import fit
from simlab.calibrate.names import names_of
from tests.unit.calibrate.paths_for_tests import MONDAY, paths_from


def test_ways_between_activities_have_names_of_their_own() -> None:
    # "a" to "b to c", and "a to b" to "c", would both be a_to_b_to_c.
    cases = [
        [(name, MONDAY + 600.0 * n + 9.0 * k, MONDAY + 600.0 * n + 9.0 * k) for k, name in enumerate(way)]
        for n in range(60)
        for way in (("a", "b to c"), ("a to b", "c"))
    ]
    ways = names_of(fit(paths_from(cases))).transitions
    assert len(set(ways)) == len(ways) == 3
