"""Every mistake in a scenario is refused where it stands, with a message that says what to do."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from simlab.errors import InvalidInput, Place, Problem
from simlab.model.load import from_node, load
from simlab.scenario.document import read_document
from simlab.scenario.nodes import Entry, MapNode, Node, ScalarNode, get_path, path_text, set_path
from simlab.scenario.schema.base import Block

HERE = Path(__file__).parent / "broken"
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "cases.yaml").read_text(encoding="utf-8"))
MARK = "@@"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for table in HERE.glob("*.csv"):
        shutil.copy(table, tmp_path)
    return tmp_path


def refusal_of(text: str, folder: Path) -> tuple[Problem, ...]:
    file = folder / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"scenario\.yaml") as refusal:
        load(file)
    return refusal.value.problems


def case_name(case: dict[str, str]) -> str:
    return f"{case['new'].strip()[:50]!r} for {case['old'].strip()[:30]!r}"


def test_the_scenario_that_the_mistakes_are_made_in_is_valid_without_warnings() -> None:
    assert load(HERE / "good.yaml").warnings == ()


@pytest.mark.parametrize("case", CASES, ids=case_name)
def test_mistake_is_told_where_it_stands(case: dict[str, str], folder: Path) -> None:
    assert GOOD.count(case["old"]) >= 1
    marked = GOOD.replace(case["old"], case["new"], 1)
    before, found_mark, _ = marked.partition(MARK)
    assert found_mark or "any" in case or "near" in case
    problems = refusal_of(marked.replace(MARK, ""), folder)
    matching = [problem for problem in problems if case["says"] in problem.message]
    assert matching, problems
    for problem in problems:
        assert problem.place is not None
        assert problem.place.line is not None
    if "fix" in case:
        assert any(case["fix"] in (problem.remedy or "") for problem in matching), matching
    if found_mark:
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        places = [(problem.place.line, problem.place.column) for problem in matching if problem.place]
        if "near" in case:  # told at the map around it
            assert line in [told for told, _ in places], places
        else:
            assert (line, column) in places, places


# -- all numbers


Keys = tuple[str | int, ...]


def scalars(
    node: Node, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], ScalarNode]]:
    if isinstance(node, ScalarNode):
        yield path, node
    elif isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield from scalars(entry.node, (*path, key))
    else:
        for i, item in enumerate(node.items):
            yield from scalars(item, (*path, i))


def numbers() -> list[Keys]:
    """Paths of all values that are numbers or begin with one."""
    good = read_document(HERE / "good.yaml").without("what_if", "evidence")
    return [path for path, node in scalars(good) if node.text[:1].isdigit()]


@pytest.mark.parametrize("path", numbers(), ids=path_text)
@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf, -math.inf, "nan", "-1 h", "1e999 h", None, True])
def test_number_that_is_none_is_refused(path: Keys, bad: object) -> None:
    good = read_document(HERE / "good.yaml").without("what_if", "evidence")
    value = ScalarNode(bad, str(bad), get_path(good, path).place)  # type: ignore[arg-type]
    if bad is None:
        value = ScalarNode("", "", value.place)
    changed = set_path(good, path, value)
    assert isinstance(changed, MapNode)
    with pytest.raises(InvalidInput, match=r"good\.yaml") as refusal:
        from_node(changed, HERE)
    assert any(problem.path.startswith(path_text(path[:-1])) for problem in refusal.value.problems)


ZERO_MEANS_SOMETHING = {
    "time.warm_up", "demand.incidents.arrivals.day_cv", "demand.incidents.arrivals.growth",
    "staffing.service_desk.shifts.early.people", "staffing.service_desk.shifts.late.people",
    "staffing.service_desk.absence", "routing.steps.triage.next.0.share", "routing.steps.desk_fix.extra",
    "routing.steps.desk_fix.next.0.share", "routing.steps.desk_fix.next.1.share",
    "routing.steps.network_fix.work", "routing.steps.network_fix.difficulty_power",
    "routing.steps.network_fix.misroute.share", "routing.steps.network_fix.misroute.look",
    "routing.steps.review.wait", "routing.steps.resolved.reopen.share", "routing.steps.resolved.reopen.after",
    "automation.reset_bot.levels.assisted.coverage", "automation.reset_bot.levels.assisted.success",
    "automation.reset_bot.levels.assisted.run_time",
}  # fmt: skip


def is_refused(path: Keys, number: str) -> bool:
    good = read_document(HERE / "good.yaml").without("what_if", "evidence")
    changed = set_path(good, path, ScalarNode(float(number), number, get_path(good, path).place))
    assert isinstance(changed, MapNode)
    try:
        from_node(changed, HERE)
    except InvalidInput:
        return True
    return False


@pytest.mark.parametrize("path", numbers(), ids=path_text)
def test_zero_is_refused_where_it_means_nothing_and_a_number_without_its_unit_everywhere(path: Keys) -> None:
    assert is_refused(path, "0") == (path_text(path) not in ZERO_MEANS_SOMETHING)
    written = get_path(read_document(HERE / "good.yaml"), path)
    assert isinstance(written, ScalarNode)
    number = re.match(r"[0-9.]+", written.text)
    assert number is not None
    if number[0] not in (written.text, "0"):
        assert is_refused(path, number[0])


# -- all keys


def schema_keys(block: type[BaseModel]) -> set[str]:
    """Keys of the language: blocks of other files may be loaded or not."""
    is_language = block.__module__.startswith("simlab.scenario.")
    own = {field.alias or name for name, field in block.model_fields.items()} if is_language else set()
    return own.union(*map(schema_keys, block.__subclasses__()))


KEYS = {key for key in schema_keys(Block) if len(key) > 2}


def maps(node: Node) -> Iterator[MapNode]:
    if isinstance(node, MapNode):
        yield node
        for entry in node.entries.values():
            yield from maps(entry.node)
    elif not isinstance(node, ScalarNode):
        for item in node.items:
            yield from maps(item)


def slips(word: str) -> Iterator[str]:
    """Words with one letter left out, or two neighbours swapped."""
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
        if word[i - 1] != word[i]:
            yield word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]


def renamed(node: Node, holder: MapNode, old: str, new: str) -> Node:
    if node is holder:
        assert isinstance(node, MapNode)
        items = node.entries.items()
        return MapNode({new if key == old else key: entry for key, entry in items}, node.place)
    if isinstance(node, MapNode):
        entries = {
            key: Entry(entry.key_place, renamed(entry.node, holder, old, new))
            for key, entry in node.entries.items()
        }
        return MapNode(entries, node.place)
    if isinstance(node, ScalarNode):
        return node
    return type(node)(tuple(renamed(item, holder, old, new) for item in node.items), node.place)


def test_mistyped_key_is_refused_and_nine_of_ten_remedies_name_the_key() -> None:
    good = read_document(HERE / "good.yaml").without("what_if", "evidence")
    right = n = 0
    for holder in maps(good):
        if "desk_fix" in holder.entries:  # names of steps, of which some are keys elsewhere
            continue
        for key in KEYS & set(holder.entries):
            for slip in list(slips(key))[:3]:
                if slip in holder.entries or slip in KEYS:
                    continue
                changed = renamed(good, holder, key, slip)
                assert isinstance(changed, MapNode)
                with pytest.raises(InvalidInput, match=r"good\.yaml") as refusal:
                    from_node(changed, HERE)
                n += 1
                right += any(f"'{key}'" in (problem.remedy or "") for problem in refusal.value.problems)
    assert n > 300
    assert right >= 0.9 * n


# -- files as a whole

HOSTILE = {
    "duplicate key": (b"name: a\nname: b\n", "name"),
    "alias bomb": (
        b"a: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 9)) for c in b"bcdefghi"),
        "alias",
    ),
    "alias of itself": (b"name: &a [*a]\n", "inside what it repeats"),
    "python tag": (b"name: !!python/object/apply:os.system [id]\n", "tag"),
    "deep nesting": (b"name: " + b"[" * 100_000, "deep"),
    "larger than 4 MiB": (b"name: x\n" + b"# filler\n" * 600_000, "MiB"),
    "not UTF-8": (b"name: \xff\n", "UTF-8"),
    "UTF-16": ("name: x\n".encode("utf-16"), "UTF-16"),
    "NUL": (b"name: a\0b\n", "character"),
    "reordering mark": ("name: a\u202eb\n".encode(), "character"),
    "tab": (b"time:\n\tlength: 1 h\n", "tab"),
    "empty": (b"", "empty"),
    "a list": (b"- a\n- b\n", "map"),
    "two documents": (b"name: a\n---\nname: b\n", "document"),
    "merge key": (b"a: &a {x: 1}\nb: {<<: *a}\n", "merge"),
    "open bracket": (b"name: [a\n", ""),
    "extends above": (b"extends: ../other.yaml\nname: a\n", "folder"),
    "extends absolute": (b"extends: /etc/hostname\nname: a\n", "relative"),
    "extends URL": (b"extends: https://example.org/x.yaml\nname: a\n", "relative"),
    "extends itself": (b"extends: scenario.yaml\nname: a\n", "circle"),
    "extends nothing": (b"extends: absent.yaml\nname: a\n", "no such file"),
}


@pytest.mark.parametrize(("content", "says"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_file_is_refused(content: bytes, says: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match="(?i)" + says) as refusal:
        load(file)
    assert all(isinstance(problem.place, Place) for problem in refusal.value.problems)
