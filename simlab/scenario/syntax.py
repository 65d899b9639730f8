"""YAML syntax errors in plain words, with their place and a remedy."""

from __future__ import annotations

import re
from typing import Final

import yaml

from simlab.errors import Place, Problem

_GLUED_COLON: Final = re.compile(r"\s*(?:- +)*([^\W\d][\w-]{0,60}):([^\s:/].*)")
_MISSES_COLON: Final = re.compile("expected ':'|mapping values are not allowed|expected <document start>")
_AFTER_QUOTES: Final = (
    "text stands after the closing quote or bracket of a value",
    "put the whole value in one pair of quotes; inside single quotes, write '' for an apostrophe",
)

# Words of libyaml's error (context, then problem) -> message, remedy, and whether the place is where the
# broken construct begins (else where reading stopped). The first that matches is told.
_EXPLANATIONS: Final = (
    ("quoted scalar", "unexpected end", "this quote is not closed", "add the closing quote", True),
    ("quoted scalar", "document indicator", "this quote is not closed", "add the closing quote", True),
    ("quoted scalar", "escape", "this backslash escape is not known",
     "use single quotes, or double the backslash", False),
    ("quoted scalar", "hexdecimal", "this backslash escape is not complete", "use single quotes", False),
    ("flow mapping", "expected ',' or '}'", "this '{' is not closed, or a comma is missing",
     "add '}' or ','; put text with special characters in quotes", True),
    ("flow sequence", "expected ',' or ']'", "this '[' is not closed, or a comma is missing",
     "add ']' or ','; put text with special characters in quotes", True),
    ("simple key", "expected ':'", "this line is neither 'key: value' nor '- item'",
     "write 'key: value', with a space after the colon", True),
    ("anchor", "alphabetic", "'*' and '&' have a meaning of their own in YAML",
     "put text that begins with one of them in quotes", False),
    ("alias", "alphabetic", "'*' and '&' have a meaning of their own in YAML",
     "put text that begins with one of them in quotes", False),
    ("block scalar", "", "this block of text is not laid out well",
     "begin it on the line after '|' or '>', indented by spaces", False),
    ("", "tab character", "a tab cannot be used for indentation", "use spaces", False),
    ("", "mapping values are not allowed", "a key may not stand here",
     "put a value that contains ': ' in quotes; else line the key up with its neighbours", False),
    ("", "sequence entries are not allowed", "a list item may not stand here",
     "begin the list on its own line, below its key", False),
    ("block mapping", "expected key", "this line does not line up with the keys above it",
     "indent all keys of one map by the same number of spaces", False),
    ("block collection", "expected '-'", "this line does not line up with the list above it",
     "indent all items of one list by the same number of spaces", False),
    ("tag", "", "tags ('!...') are not used in scenario files",
     "put text that begins with '!' in quotes", False),
    ("", "tag handle", "tags ('!...') are not used in scenario files",
     "put text that begins with '!' in quotes", False),
    ("", "expected <document start>", "this line does not belong to what stands above it",
     "write 'key: value', with a space after the colon", False),
    ("", "expected node content", "a value is missing before this mark",
     "write the value, remove the extra mark, or put text in quotes", False),
    ("directive", "", "a line may not begin with '%'", "put text that begins with '%' in quotes", False),
)  # fmt: skip


def syntax_problem(error: yaml.MarkedYAMLError, lines: list[str], source: str) -> Problem:
    """Explain an error of the YAML parser.

    Parameters
    ----------
    error
        As raised by PyYAML.
    lines
        Lines of the text that was read.
    source
        Name of the file, for the place.
    """
    stopped_at = error.problem_mark or error.context_mark
    if stopped_at is None:
        return Problem("this is not readable as YAML", place=Place(source), remedy="check the file")
    context, what = error.context or "", error.problem or ""
    line, column = stopped_at.line, stopped_at.column
    before, character = _line(lines, line)[:column], _line(lines, line)[column : column + 1]
    if "cannot start any token" in what:
        message, remedy, at_start = *_explained_character(character), False
    elif "expected key" in what and before.strip():
        message, remedy, at_start = *_AFTER_QUOTES, False
    else:
        message, remedy, at_start = next(
            (
                (message, remedy, at_start)
                for in_context, in_problem, message, remedy, at_start in _EXPLANATIONS
                if in_context in context and in_problem in what
            ),
            (f"this is not readable as YAML ({what})", "check indentation, quotes and brackets", False),
        )
    if at_start and error.context_mark:
        line, column = error.context_mark.line, error.context_mark.column
    glued_at = _glued_colon(lines, line) if _MISSES_COLON.search(what) else None
    if glued_at is not None and (glued := _GLUED_COLON.fullmatch(lines[glued_at])):
        line, column = glued_at, glued.start(1)
        message, remedy = "a colon needs a space after it", f"write '{glued[1]}: {glued[2].strip()[:60]}'"
    return Problem(message, place=Place(source, line + 1, column + 1), remedy=remedy)


def _glued_colon(lines: list[str], number: int) -> int | None:
    """Find the line, this one or the one above it, whose colon lacks its space."""
    candidates = (at for at in (number, number - 1) if 0 <= at < len(lines))
    return next((at for at in candidates if _GLUED_COLON.fullmatch(lines[at])), None)


def _line(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


def _explained_character(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab cannot be used for indentation", "use spaces"
    return f"a value may not begin with {character!r}", "put it in quotes"
