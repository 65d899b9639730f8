"""Figures of one page share the outlines of their letters: each is in the page once, under a short name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_OUTLINE: Final = re.compile(r'<path id="(?P<id>[^"]+)" (?P<shape>d="[^"]*" transform="[^"]*")/>\n?')
_REFERENCE: Final = re.compile(r'xlink:href="#([^"]+)"')
_EMPTY: Final = re.compile(r"<defs>\s*</defs>\n?")


def with_shared_outlines(figures: Mapping[int, str]) -> dict[int, str]:
    """Return the SVG elements of a page's figures, with each outline of a letter in the first that needs it.

    Parameters
    ----------
    figures
        SVG elements by any key, in the order in which they stand on the page; ids differ between them.
    """
    name_of_shape: dict[str, str] = {}
    names: dict[str, str] = {}
    shared: dict[int, str] = {}
    for key, svg in figures.items():

        def once(found: re.Match[str]) -> str:
            is_new = found["shape"] not in name_of_shape
            name = name_of_shape.setdefault(found["shape"], f"g{len(name_of_shape)}")
            names[found["id"]] = name
            return f'<path id="{name}" {found["shape"]}/>\n' if is_new else ""

        shared[key] = _EMPTY.sub("", _OUTLINE.sub(once, svg))
    return {
        key: _REFERENCE.sub(lambda found: f'href="#{names.get(found[1], found[1])}"', svg)
        for key, svg in shared.items()
    }
