"""Scenario files that extend another: reading them gives what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simlab.optimise.scenario_file import changes_between, extending_text
from simlab.scenario.nodes import MapNode, from_plain, to_plain
from simlab.scenario.overrides import merge, read_scenario

KEYS = st.text("abc_ 1-", min_size=1, max_size=6).filter(lambda key: key.strip() == key)
TEXTS = st.one_of(
    st.sampled_from(
        ["off", "true", "null", "~", "1e3", "0x1f", "017", "10 min", "20 %", "42 EUR/hour", "08:00-17:00", "",
         "a: b", "# no", "- x", "{a}", "[1]", "*a", "&a", "!t", "'", '"', "服务台", "a\nb",
         " lead", "x ", "é",
         "2026-01-05", ">= 2", "%", "@x", "|", "..", "1.", "-", "?", "\\"]
    ),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12),
)  # fmt: skip
SCALARS = st.one_of(
    TEXTS, st.integers(-1000, 1000), st.booleans(), st.floats(allow_nan=False, allow_infinity=False, width=32)
)
TREES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3))
)
MAPS = st.dictionaries(KEYS.filter(lambda key: key not in {"extends", "what_if"}), TREES, max_size=4)


def as_map(plain: dict[str, Any]) -> MapNode:
    node = from_plain(plain, "test")
    assert isinstance(node, MapNode)
    return node


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(base=MAPS, changed=MAPS)
def test_extending_file_is_read_as_the_changed_scenario(
    tmp_path: Path, base: dict[str, Any], changed: dict[str, Any]
) -> None:
    (tmp_path / "base.yaml").write_text(
        extending_text(as_map({}), as_map(base), "empty.yaml"), encoding="utf-8"
    )
    (tmp_path / "empty.yaml").write_text("{}", encoding="utf-8")
    text = extending_text(as_map(base), as_map(changed), "base.yaml", "What was found.\nRead me.")
    (tmp_path / "changed.yaml").write_text(text, encoding="utf-8")

    assert to_plain(read_scenario(tmp_path / "base.yaml").scenario) == base
    assert to_plain(read_scenario(tmp_path / "changed.yaml").scenario) == changed


@given(base=MAPS, changed=MAPS)
def test_changes_merged_into_the_base_give_the_changed_map(
    base: dict[str, Any], changed: dict[str, Any]
) -> None:
    merged = merge(as_map(base), changes_between(as_map(base), as_map(changed)))

    assert to_plain(merged) == changed


def test_only_what_changes_is_written() -> None:
    base = as_map({"staffing": {"desk": {"people": 3, "queue": "fifo"}}, "name": "Desk"})
    changed = as_map({"staffing": {"desk": {"people": 4, "queue": "fifo"}}, "name": "Desk"})

    assert extending_text(base, changed, "desk.yaml", "Better.") == (
        "# Better.\nextends: desk.yaml\nstaffing:\n  desk:\n    people: 4\n"
    )


@pytest.mark.parametrize("text", ["off", "10 min", "full", "20 %", "42 EUR/hour", "服务台"])
def test_plain_quantities_and_words_need_no_quotes(text: str) -> None:
    assert f"a: {text}\n" in extending_text(as_map({}), as_map({"a": text}), "base.yaml")


@pytest.mark.parametrize("text", ["true", "null", "12", "1e3", "08:00", "a: b", "# x", ""])
def test_text_that_would_be_read_otherwise_is_quoted(text: str) -> None:
    assert f'a: "{text}"\n' in extending_text(as_map({}), as_map({"a": text}), "base.yaml")
