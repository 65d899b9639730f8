"""Sentences that the code makes for people, read from the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "simlab"
VALUE = "7"
"""What stands for a value in a sentence."""
FEWEST_WORDS = 3
_WORD = re.compile("[A-Za-z]{2,}")


@dataclass(frozen=True)
class _Texts:
    """Reads expressions as the texts that they may be, each value in them as `VALUE`."""

    assigned: dict[str, list[ast.expr]]

    def of(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.IfExp():
                yield from self.of(node.body)
                yield from self.of(node.orelse)
            case ast.JoinedStr():
                parts = [list(self._part(part)) or [VALUE] for part in node.values]
                yield from map("".join, product(*parts))
            case ast.Name() if node.id in self.assigned:
                for value in self.assigned[node.id]:
                    yield from _Texts({}).of(value)
            case ast.Tuple() | ast.List():
                for each in node.elts:
                    yield from self.of(each)

    def _part(self, part: ast.expr) -> Iterator[str]:
        """A value is one, unless it is a name of a few texts of this module."""
        yield from self.of(part.value if isinstance(part, ast.FormattedValue) else part)


def warned_of(file: Path) -> set[str]:
    """Messages and remedies that a module gives to a ``warn`` method."""
    found = set()
    for function in _functions(ast.parse(file.read_text(encoding="utf-8"))):
        texts = _Texts(_assigned(function))
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "warn":
                given = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
                found |= {text for each in given for text in texts.of(each)}
    return found


def sentences_of(file: Path, *names: str) -> set[str]:
    """Texts of several words in some functions of a module: no documentation, no refusals, no mere parts."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    known = _assigned(tree)
    found: set[str] = set()
    functions = [each for each in _functions(tree) if each.name in names]
    assert {each.name for each in functions} == set(names), f"{file}: {names}"
    for function in functions:
        texts = _Texts(known | _assigned(function))
        for node in _expressions(function):
            found.update(texts.of(node))
    long = {text for text in found if len(_WORD.findall(text)) >= FEWEST_WORDS}
    whole = {text for text in long if text == text.strip(" ,;:(")}
    return {text for text in whole if not any(text != other and text in other for other in whole)}


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """The texts that names get, also several names at once."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = list(zip(names, values, strict=True))
            case ast.Assign(targets=[target], value=value):
                pairs = [(target, value)]
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                pairs = [(target, value)]
            case _:
                continue
        for name, value in pairs:
            if isinstance(name, ast.Name) and isinstance(value, ast.Constant | ast.JoinedStr | ast.IfExp):
                found.setdefault(name.id, []).append(value)
    return found


def _expressions(node: ast.AST) -> Iterator[ast.expr]:
    """The outermost texts in a function."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        is_documentation = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not (is_documentation or isinstance(child, ast.Raise)):
            yield from _expressions(child)
