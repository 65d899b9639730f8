"""What the keys of a block mean: the docstrings below its attributes, read when somebody asks.

Pydantic can do so for every class when it is made (``use_attribute_docstrings``), which takes longer than
to make the classes; only mistakes, the reference and the JSON Schema ask.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def meanings(block: type[BaseModel]) -> Mapping[str, str]:
    """Return the docstring of each key of a block that has one, by the key as files write it."""
    told: dict[str, str] = {}
    for one in reversed(block.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            told.update(_own(one.__pydantic_generic_metadata__["origin"] or one))
    fields = block.model_fields.items()
    return {field.alias or name: told[name] for name, field in fields if name in told}


def _own(block: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the attributes of the class itself with the strings that stand below them."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(block))).body
    assert isinstance(definition, ast.ClassDef)
    for attribute, below in pairwise(definition.body):
        match attribute, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
