"""Reading YAML: values by the 1.2 core rules, places of everything, and refusals with place and remedy."""

import math
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simlab.errors import InvalidInput, Place
from simlab.scenario.document import parse_document, read_document
from simlab.scenario.nodes import (
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    get_path,
    key_place_of,
    place_of,
    to_plain,
)
from simlab.scenario.tree_builder import Limits


def _refusal(text: str, **limits: int) -> str:
    with pytest.raises(InvalidInput, match=r"f\.yaml") as refusal:
        parse_document(text, "f.yaml", limits=Limits(**limits))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("off", "off"),
        ("yes", "yes"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("010", "010"),
        ("017", "017"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("17:30", "17:30"),
        ("09:00", "09:00"),
        ("17:00", "17:00"),
        ("2026-01-05", "2026-01-05"),
        ("1e3", 1000.0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("-2.5e-3", -0.0025),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("8 min", "8 min"),
        ("22 %", "22 %"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
    ],
    ids=lambda value: str(value)[:20],
)
def test_scalar_has_its_yaml_1_2_value(text: str, value: object) -> None:
    plain = to_plain(parse_document(f"key: {text}", "f.yaml"))
    assert plain == {"key": value}
    assert isinstance(plain, dict)
    assert type(plain["key"]) is type(value)


def test_nan_is_read_as_a_number() -> None:
    node = get_path(parse_document("a: .nan", "f.yaml"), "a")
    assert isinstance(node, ScalarNode)
    assert isinstance(node.value, float)
    assert math.isnan(node.value)


def test_every_key_and_value_has_its_place_and_numbers_their_text() -> None:
    root = parse_document("name: desk\nteams:\n  - {people: 0x10, 主: x}\n", "f.yaml")
    assert place_of(root, "teams.0.people") == Place("f.yaml", 3, 14)
    assert key_place_of(root, "teams.0.people") == Place("f.yaml", 3, 6)
    assert key_place_of(root, "teams.0.主") == Place("f.yaml", 3, 20)
    assert place_of(root, "teams.0.missing.key") == Place("f.yaml", 3, 5)
    people = get_path(root, "teams.0.people")
    assert isinstance(people, ScalarNode)
    assert (people.value, people.text) == (16, "0x10")


def test_number_as_key_becomes_its_text() -> None:
    assert to_plain(parse_document("1: a\n2.5: b\n0x1: c\n'true': d", "f.yaml")) == {
        "1": "a",
        "2.5": "b",
        "0x1": "c",
        "true": "d",
    }


def test_alias_repeats_the_value_with_its_first_place() -> None:
    root = parse_document("a: &x {b: 1}\nc: *x", "f.yaml")
    assert to_plain(root) == {"a": {"b": 1}, "c": {"b": 1}}
    assert place_of(root, "c.b") == Place("f.yaml", 1, 11)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "a: 1\na: 2\nb: {c: 1, c: 2}",
            [
                "f.yaml:2:1: the key 'a' stands twice",
                "the one in line 1",
                "f.yaml:3:11: the key 'c' stands twice",
            ],
        ),
        ("a: !!python/object/apply:os.system ['true']", ["f.yaml:1:4: tags ('!...') are not used"]),
        ("a: !x y\nb: !!str 5", ["f.yaml:1:4: tags", "f.yaml:2:4: tags", "put the value in quotes"]),
        ("a: !e!x y", ["f.yaml:1:4: tags"]),
        ("%TAG ! x:\n---\na: 1", ["f.yaml:1:1: tags ('%TAG')"]),
        ("b: &b {x: 1}\na: {<<: *b}", ["f.yaml:2:5: merge keys", "use 'extends'"]),
        ("a: &a [*a]", ["f.yaml:1:8: '*a' stands inside what it repeats"]),
        ("a: *nope", ["f.yaml:1:4: there is no '&nope' above", "in quotes: '*nope'"]),
        ("a: 1\n---\nb: 1", ["f.yaml:2:1: a file holds one document"]),
        ("", ["f.yaml: the document is empty"]),
        ("# a comment\n", ["f.yaml: the document is empty"]),
        ("true: 1\nnull: 2", ["f.yaml:1:1: a key is text", "'true'", "f.yaml:2:1: a key must not be empty"]),
        ("{[a]: 1}", ["f.yaml:1:2: a key is text, not a map or list"]),
        ("a: &x b\n? *x\n: 1", ["f.yaml:2:3: a key is text, not an alias"]),
        ("{a:5, b: 2}", ["f.yaml:1:2: a colon needs a space after it", "write 'a: 5'"]),
        ("a:5\nb: 3", ["f.yaml:1:1: a colon needs a space after it", "write 'a: 5'"]),
        ("x: 1\na:5\nb: 3", ["f.yaml:2:1: a colon needs a space after it", "write 'a: 5'"]),
        ("x: 1\nword\nb: 3", ["f.yaml:2:1: this line is neither 'key: value' nor '- item'"]),
        ("a:\n\tb: 1", ["f.yaml:2:1: a tab cannot be used for indentation", "use spaces"]),
        ("a: b: c", ["f.yaml:1:5: a key may not stand here", "in quotes"]),
        ("a: 'x\nb: 2", ["f.yaml:1:4: this quote is not closed"]),
        ('a: "x\nb: 2', ["f.yaml:1:4: this quote is not closed"]),
        ("a: 'it's'", ["f.yaml:1:8: text stands after the closing quote"]),
        ("a: [1, 2\nb: 3", ["f.yaml:1:4: this '[' is not closed"]),
        ("a: {x: 1\nb: 3", ["f.yaml:1:4: this '{' is not closed"]),
        ("a: ]", ["f.yaml:1:4: a value is missing before this mark"]),
        ("a:\n  b: 1\n c: 2", ["f.yaml:3:2: this line does not line up with the keys above"]),
        ("- a\nb: c", ["f.yaml:2:1: this line does not line up with the list above"]),
        ("a: - b", ["f.yaml:1:4: a list item may not stand here"]),
        ("a: *.cv", ["f.yaml:1:5: '*' and '&' have a meaning of their own"]),
        ("a: @x", ["f.yaml:1:4: a value may not begin with '@'", "put it in quotes"]),
        ('a: "\\q"', ["f.yaml:1:5: this backslash escape is not known"]),
        ('a: "\\x4"', ["this backslash escape is not complete"]),
        ("a: |x\n b", ["f.yaml:1:5: this block of text is not laid out well"]),
        ("%x: 1", ["a line may not begin with '%'"]),
        ("a: x\u202ey", ["f.yaml:1:5: control characters", "U+202E"]),
        ('a: "\\u202e"', ["f.yaml:1:4: control characters", "U+202E"]),
        ("a: 1\nb: \x00", ["f.yaml:2:4: control characters", "U+0000"]),
        ("a: \u2028", ["U+2028"]),
    ],
)
def test_mistake_is_told_with_place_and_remedy(text: str, messages: list[str]) -> None:
    refusal = _refusal(text)
    assert [message for message in messages if message not in refusal] == []
    assert "-> " in refusal


def test_several_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    refusal = _refusal("a: !x 1\nb: 1\nb: 2\n<<: 3\nc: 'open")
    assert re.findall(r"f\.yaml:(\d)", refusal) == ["1", "3", "4", "5"]


@pytest.mark.parametrize("opening", ["[", "- ", "{a: "])
def test_deep_nesting_is_refused_where_it_passes_the_limit(opening: str) -> None:
    assert "at most 64 deep" in _refusal(opening * 100_000)


def test_nesting_up_to_the_limit_is_read() -> None:
    node: Node = parse_document("[" * 64 + "]" * 64, "f.yaml")
    for _ in range(63):
        assert isinstance(node, ListNode)
        (node,) = node.items
    assert node == ListNode((), Place("f.yaml", 1, 64))


def test_nesting_by_aliases_counts_as_nesting() -> None:
    levels = "".join(f"a{i}: &a{i} [[[*a{i - 1}]]]\n" for i in range(1, 40))
    assert "at most 64 deep" in _refusal(f"a0: &a0 [x]\n{levels}")


def test_alias_bomb_is_refused_by_counting() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "aliases stand for at most 10\N{NO-BREAK SPACE}000 values" in _refusal(bomb)


def test_long_key_is_refused_in_a_short_message() -> None:
    refusal = _refusal(f"{'x' * 900}: 1")
    assert "f.yaml:1:1: a key has at most 200 characters" in refusal
    assert len(refusal) < 200


def test_too_many_values_are_refused() -> None:
    assert "at most 50 values" in _refusal("[" + "1, " * 60 + "]", n_nodes=50)


def _file(folder: Path, content: bytes) -> Path:
    path = folder / "f.yaml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: \xff", r"f\.yaml:1:4: a scenario file is UTF-8; found byte 0xFF"),
        ("a: 1".encode("utf-16"), r"this one is UTF-16"),
        ("ü: 1\nb: ".encode() + b"\xe4", r"f\.yaml:2:4: a scenario file is UTF-8"),
        (b"a: \x00", r"U\+0000"),
        (b"- a\n- b", r"a scenario is a map of keys"),
        (b"a:5", r"with a space after the colon"),
        (b"#" * (4 * 2**20 + 1), r"at most 4 MiB"),
    ],
    ids=["latin-1", "utf-16", "latin-1 later", "nul", "list", "no space", "too large"],
)
def test_file_that_is_not_a_utf8_map_of_bounded_size_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_document(_file(tmp_path, content))


def test_utf8_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    root = read_document(_file(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n"))
    assert to_plain(root) == {"a": 1, "b": 2}
    assert key_place_of(root, "a") == Place(str(tmp_path / "f.yaml"), 1, 1)
    assert key_place_of(root, "b") == Place(str(tmp_path / "f.yaml"), 2, 1)


def test_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("a: 1")
    with pytest.raises(InvalidInput, match=r"there is no such file\n    -> did you mean 'desk.yaml'"):
        read_document(tmp_path / "dekc.yaml")


def test_folder_fifo_and_device_are_refused_unopened(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="this is a folder"):
        read_document(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="this is not a regular file"):
        read_document(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="this is not a regular file"):
        read_document("/dev/zero")


def test_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_document("a\x00b")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_document("x" * 5000)


def test_text_without_lines_names_its_source_alone() -> None:
    root = parse_document("{a: 1}", "--set x", has_lines=False)
    assert place_of(root, "a") == Place("--set x")
    with pytest.raises(InvalidInput, match=r"^--set x: this '\{' is not closed"):
        parse_document("{a: 1", "--set x", has_lines=False)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii", categories=["L", "N"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(_PLAIN)
def test_json_text_is_read_as_json_reads_it(plain: object) -> None:
    import json

    assert to_plain(parse_document(json.dumps(plain), "f.yaml")) == plain


@given(st.text(alphabet="abc:-{}[],'\"#&*!|>%@` \n\t01.", max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        node: Node | None = parse_document(text, "f.yaml")
    except InvalidInput as refusal:
        node = None
        problems = refusal.problems
    assert node is not None or all(problem.place and problem.remedy for problem in problems)
    assert node is None or isinstance(node, MapNode | ListNode | ScalarNode)


def test_place_in_a_file_with_a_line_break_in_its_name_stays_on_one_line() -> None:
    assert str(Place("night\nshift.yaml", 3, 1)) == "night\\nshift.yaml:3:1"
