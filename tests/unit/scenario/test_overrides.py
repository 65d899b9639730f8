"""Extends, named patches and assignments: the merge rule, places kept, and paths that lead nowhere."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from simlab.errors import InvalidInput, Place
from simlab.scenario.document import parse_document
from simlab.scenario.nodes import MapNode, Plain, from_plain, get_path, place_of, set_path, to_plain, written
from simlab.scenario.overrides import apply_patch, merge, parse_assignment, read_scenario

DESK = "staffing: {desk: {people: 8, cost: 42 EUR/hour, skills: [a, b]}}"


def _map(text: str, source: str = "f.yaml") -> MapNode:
    node = parse_document(text, source)
    assert isinstance(node, MapNode)
    return node


def _write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder / f"{next(iter(files))}.yaml"


def _plain(path: Path) -> Plain:
    return to_plain(read_scenario(path).scenario)


def test_merge_joins_maps_replaces_lists_and_values_and_removes_by_null() -> None:
    changes = _map("staffing: {desk: {people: 9, cost: null, skills: [c]}, night: {people: 1}}", "g.yaml")
    merged = merge(_map(DESK), changes)
    assert to_plain(merged) == {"staffing": {"desk": {"people": 9, "skills": ["c"]}, "night": {"people": 1}}}
    assert place_of(merged, "staffing.desk.people") == Place("g.yaml", 1, 27)
    assert place_of(merged, "staffing.desk") == Place("f.yaml", 1, 18)


def test_merge_of_map_and_single_value_replaces() -> None:
    assert to_plain(merge(_map("a: 1\nb: {c: 2}"), _map("a: {x: 1}\nb: 3"))) == {"a": {"x": 1}, "b": 3}


def test_null_without_anything_to_remove_is_refused_with_the_nearest_key() -> None:
    with pytest.raises(
        InvalidInput, match=r"g.yaml:1:19: staffing.desk.cots: null removes .*\n.*did you mean 'cost'"
    ):
        merge(_map(DESK), _map("staffing: {desk: {cots: null}}", "g.yaml"))


def test_extends_merges_bases_in_order_then_the_file_itself(tmp_path: Path) -> None:
    top = _write(
        tmp_path,
        top="extends: [one.yaml, two.yaml]\nc: top\n",
        one="a: one\nb: one\nc: one\n",
        two="b: two\nc: two\n",
    )
    source = read_scenario(top)
    assert to_plain(source.scenario) == {"a": "one", "b": "two", "c": "top"}
    assert place_of(source.scenario, "b") == Place(str(tmp_path / "two.yaml"), 1, 4)
    assert [path.name for path in source.files] == ["top.yaml", "one.yaml", "two.yaml"]


def test_base_named_twice_is_read_once(tmp_path: Path) -> None:
    names = "abcdefgh"
    files = {
        name: f"extends: [{', '.join([f'{below}.yaml'] * 50)}]\n{name}: 1\n"
        for name, below in pairwise(names)
    }
    source = read_scenario(_write(tmp_path, **files, h="h: 1"))
    assert to_plain(source.scenario) == dict.fromkeys(reversed(names), 1)
    assert len(source.files) == 8


def test_base_in_a_subfolder_extends_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "bases").mkdir()
    _write(tmp_path / "bases", one="extends: two.yaml\na: 1", two="b: 2")
    assert _plain(_write(tmp_path, top="extends: bases/one.yaml")) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("/etc/hostname", "relative to this one"),
        ("~/base.yaml", "relative to this one"),
        ("C:\\base.yaml", "relative to this one"),
        ("https://example.org/base.yaml", "relative to this one"),
        ("file:///etc/hostname", "relative to this one"),
        ("../outside.yaml", "must stay in the folder of the scenario"),
        ("a/../../outside.yaml", "must stay in the folder of the scenario"),
        ("link.yaml", "must stay in the folder of the scenario"),
        ("loop.yaml", "there is no such file to extend"),
        ("bse.yaml", "did you mean 'base.yaml'"),
        ("'" + "x" * 5000 + "'", "there is no such file to extend"),
        (".", "there is no such file to extend"),
        ("top.yaml", r"in a circle: .*top\.yaml -> .*top\.yaml"),
        ("{a: b}", "a file name or a list of them; found a map with 'a'"),
        ("[base.yaml, 3]", "a file name or a list of them; found 3"),
        ("", "a file name or a list of them; found nothing"),
    ],
)
def test_base_outside_the_folder_or_absent_is_refused_at_its_place(
    tmp_path: Path, reference: str, message: str
) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    _write(tmp_path, outside="a: 1")
    _write(folder, base="a: 1")
    os.symlink(tmp_path / "outside.yaml", folder / "link.yaml")
    os.symlink(folder / "loop.yaml", folder / "loop.yaml")
    with pytest.raises(InvalidInput, match=rf"(?s)top.yaml:1:\d+: extends: .*{message}"):
        read_scenario(_write(folder, top=f"extends: {reference}"))


def test_wider_root_allows_a_base_above_and_holds_the_scenario(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    _write(tmp_path, base="a: 1")
    top = _write(folder, top="extends: ../base.yaml")
    assert to_plain(read_scenario(top, root=tmp_path).scenario) == {"a": 1}
    with pytest.raises(InvalidInput, match="the scenario must lie in"):
        read_scenario(tmp_path / "base.yaml", root=folder)


def test_circle_of_files_is_told_with_its_chain(tmp_path: Path) -> None:
    top = _write(tmp_path, top="extends: a.yaml", a="extends: b.yaml", b="extends: a.yaml")
    with pytest.raises(
        InvalidInput, match=r"in a circle: \S*a\.yaml -> \S*b\.yaml -> \S*a\.yaml; found a.yaml\n"
    ):
        read_scenario(top)


def test_more_than_eight_files_in_a_row_are_refused(tmp_path: Path) -> None:
    files = {f"f{i}": f"extends: f{i + 1}.yaml" for i in range(9)}
    with pytest.raises(InvalidInput, match=r"f8\.yaml:1:10: extends: at most 8 files"):
        read_scenario(_write(tmp_path, **files, f9="a: 1"))
    files["f8"] = "a: 1"
    assert _plain(_write(tmp_path, **files)) == {"a": 1}


def test_mistakes_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    top = _write(tmp_path, top="extends: [one.yaml, two.yaml, one.yaml]", one="a: 'open", two="b: 1\nb: 2")
    with pytest.raises(InvalidInput, match="this quote is not closed") as refusal:
        read_scenario(top)
    assert len(refusal.value.problems) == 2


WHAT_IF = f"""
{DESK}
what_if:
  more:
    label: More people
    set:
      staffing.desk.people: 9
  other:
    set: {{staffing: {{desk: {{cost: null}}, night: {{people: 1}}}}}}
"""


def test_patches_change_by_path_or_by_nested_maps_and_keep_their_places(tmp_path: Path) -> None:
    source = read_scenario(_write(tmp_path, top=WHAT_IF))
    assert [(patch.name, patch.label) for patch in source.patches.values()] == [
        ("more", "More people"),
        ("other", "other"),
    ]
    patched = source.patched(["more", "other"], ["staffing.desk.skills.0=z"])
    assert to_plain(patched) == {
        "staffing": {"desk": {"people": 9, "skills": ["z", "b"]}, "night": {"people": 1}}
    }
    assert place_of(patched, "staffing.desk.people") == Place(str(tmp_path / "top.yaml"), 7, 29)
    assert place_of(patched, "staffing.desk.skills.0") == Place("--set staffing.desk.skills.0=z")


def test_all_mistakes_in_patch_names_and_assignments_are_told_at_once(tmp_path: Path) -> None:
    source = read_scenario(_write(tmp_path, top=WHAT_IF))
    with pytest.raises(InvalidInput, match="did you mean 'more'") as refusal:
        source.patched(["moer"], ["staffing.dsk.people=3", "nonsense"])
    text = str(refusal.value)
    assert "--set staffing.dsk.people=3: staffing.dsk.people: there is no key 'dsk' in 'staffing'" in text
    assert "did you mean 'desk'?" in text
    assert "--set nonsense: a value is set as path=value" in text


@pytest.mark.parametrize(
    ("what_if", "message"),
    [
        ("what_if: 3", "what_if: 'what_if' is a map of named patches; found 3"),
        ("what_if: {more: 3}", "what_if.more: a patch is a map"),
        ("what_if: {more: {set: 3}}", "what_if.more.set: 'set' is a map of changes"),
        ("what_if: {more: {label: [x]}}", "what_if.more.label: a label is a short text"),
        (
            "what_if: {more: {lable: x}}",
            r"what_if.more.lable: a patch has no such key.*\n.*did you mean 'label'",
        ),
    ],
)
def test_patch_of_wrong_form_is_refused(tmp_path: Path, what_if: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_scenario(_write(tmp_path, top=what_if))


def test_dotted_key_merges_maps_may_add_a_last_key_and_removes_by_null() -> None:
    scenario = _map(DESK)
    changes = _map("staffing.desk: {people: 9}\nstaffing.desk.absence: 8 %\nstaffing.desk.cost: null")
    assert to_plain(apply_patch(scenario, changes)) == {
        "staffing": {"desk": {"people": 9, "skills": ["a", "b"], "absence": "8 %"}}
    }
    assert to_plain(scenario) == to_plain(_map(DESK))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "staffing.desc.people: 9",
            r"g.yaml:1:1: staffing.desc.people: there is no key 'desc' in 'staffing'",
        ),
        ("stafing.desk.people: 9", r"did you mean 'staffing'\?"),
        ("costs.one_off.tool: 9 EUR", r"to add it, set costs to a map: \{one_off: \{tool: ...\}\}"),
        ("staffing.desk.people.x: 9", "'staffing.desk.people' is a single value and has no key 'x'"),
        ("staffing.desk.skills.2: 9", "there is no item '2' .* a list of 2"),
        ("staffing.desk.skills.x: 9", "use a position from 0 to 1"),
        ("staffing.desk.skils: null", "did you mean 'skills'"),
    ],
)
def test_path_that_leads_nowhere_is_refused_with_the_nearest_key(change: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        apply_patch(_map(DESK), _map(change, "g.yaml"))


def test_list_item_is_removed_by_null() -> None:
    path, null = parse_assignment("a.1=null")
    assert to_plain(set_path(_map("a: [1, 2, 3]"), path, null)) == {"a": [1, 3]}


def test_assignment_replaces_the_whole_value_by_yaml() -> None:
    path, value = parse_assignment("steps.fix.work = {gamma: {mean: 8 min, cv: 1e0}}")
    changed = set_path(_map("steps: {fix: {work: {lognormal: {mean: 9 min}}}}"), path, value)
    assert to_plain(changed) == {"steps": {"fix": {"work": {"gamma": {"mean": "8 min", "cv": 1.0}}}}}


@pytest.mark.parametrize("text", ["a", "=3", "a=", "a..b=3", ".a=3", "a.= 3"])
def test_assignment_without_path_or_value_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="a value is set as path=value"):
        parse_assignment(text)


def test_assignment_of_broken_yaml_is_refused_by_its_option() -> None:
    with pytest.raises(InvalidInput, match=r"^--set a=\{x: this '\{' is not closed"):
        parse_assignment("a={x")


def test_plain_values_become_a_tree_and_back() -> None:
    plain = {"a": [1, 2.5, None, True, "x"], "b": {"c": "8 min"}}
    node = from_plain(plain, "patch")
    assert to_plain(node) == plain
    assert place_of(node, "b.c") == Place("patch")
    assert to_plain(from_plain({1: (2,)}, "patch")) == {"1": [2]}


def test_value_is_shown_as_written() -> None:
    root = _map("a: 0x10\nb: 'x'\nc: [1, 2]\nd: {x: 1}\ne:\nf: {}\ng: " + "y" * 100)
    shown = [written(get_path(root, key)) for key in "abcdefg"]
    assert shown[:6] == ["0x10", "'x'", "a list of 2", "a map with 'x'", "nothing", "an empty map"]
    assert shown[6] == "y" * 60 + "..."


def test_optional_section_with_nothing_in_it_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("name: Desk\ntargets:\nwhat_if:\n  # nothing yet\ndemand:\nodd:\n")
    source = read_scenario(tmp_path / "desk.yaml")
    # What must be there, and what nobody knows, is left for the check of the scenario to tell.
    assert list(source.patched().entries) == ["name", "demand", "odd"]
    assert source.patches == {}
