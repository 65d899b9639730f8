"""The scenario language as JSON Schema, for editors that complete and check while typing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from simlab.scenario.docstrings import meanings
from simlab.scenario.schema import distributions
from simlab.scenario.schema.base import Block
from simlab.scenario.schema.scenario import Scenario

NAME: Final = "scenario.schema.json"
_PLAIN_MEAN: Final = {"description": "The mean.", "examples": ["8 min", 1.5], "type": ["string", "number"]}
_PLAIN_VALUE: Final = {
    "TimeDistribution": {
        "description": "Always this time.",
        "examples": ["8 min"],
        "type": ["string", "integer"],
    },
    "NumberDistribution": {"description": "Always this number.", "examples": [1.5], "type": "number"},
}

Json = dict[str, Any]


def json_schema() -> Json:
    """Return the JSON Schema (draft 2020-12) of scenario files.

    Keys that a file may leave to what it ``extends`` are not required: `simlab validate` sees the whole.
    """
    schema = described_schema(Scenario)
    definitions = schema.pop("$defs")
    in_lists = {ref for node in _objects({**schema, "d": definitions}) for ref in _items(node)}
    for name, block in definitions.items():
        if name not in in_lists:
            block.pop("required", None)
    for name in ("TimeDistribution", "TimeComponent", "NumberDistribution", "NumberComponent"):
        exponential = definitions[name]["properties"]["exponential"]
        reference = {"$ref": exponential.pop("$ref")}
        exponential["anyOf"] = [_PLAIN_MEAN, reference]
    for name, plain in _PLAIN_VALUE.items():
        definitions[name] = {"anyOf": [plain, definitions[name]]}
    required = schema.pop("required")
    files = {"type": "string", "description": "A scenario file, relative to this one."}
    extends = {
        "description": "Files that this one changes: maps merge, lists and values replace, null removes.",
        "anyOf": [files, {"type": "array", "items": files}],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": NAME,
        "title": "simlab scenario",
        **schema,
        "properties": {"extends": extends, **schema["properties"]},
        "anyOf": [{"required": required}, {"required": ["extends"]}],
        "$defs": dict(sorted(definitions.items())),
    }


def described_schema(block: type[Block]) -> Json:
    """Return the JSON Schema of a block, with readable names and every key described by its docstring."""
    schema = _renamed(block.model_json_schema(by_alias=True, schema_generator=_WithMeanings))
    for name, definition in schema.get("$defs", {}).items():
        if "description" not in definition:  # a family that serves times and numbers
            family = getattr(distributions, name.removeprefix("Time").removeprefix("Number"))
            definition["description"] = family.__doc__
    _change_all(schema, _without_titles)
    _change_all(schema, _without_null)
    _change_all(schema, _described)
    definitions = schema.setdefault("$defs", {})
    for node in _objects(schema):
        for value in node.get("properties", {}).values():
            if "$ref" in value:  # a docstring that says what the block says is left out by pydantic
                value.setdefault("description", definitions[value["$ref"].rsplit("/", 1)[1]]["description"])
    return schema


class _WithMeanings(GenerateJsonSchema):
    """The schema as pydantic makes it, each key with its docstring."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Json:
        made: Json = super().model_schema(schema)
        block: type[Block] = schema["cls"]
        for key, meaning in meanings(block).items():
            made["properties"][key]["description"] = meaning
        return made


def json_text() -> str:
    """Return the schema as the text of its file."""
    return as_text(json_schema())


def as_text(schema: Json) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _renamed(schema: Json) -> Json:
    """Give the families of times and of numbers readable names."""
    text = json.dumps(schema)
    for kind in ("Time", "Number"):
        waiting = [name for name in [f"{kind}Distribution"] if name in schema.get("$defs", {})]
        while waiting:
            found = json.dumps(json.loads(text)["$defs"][waiting.pop()])
            for long in re.findall(r"#/\$defs/(simlab__\w+)", found):
                short = long.removeprefix("simlab__scenario__schema__distributions__").split("_")[0]
                text = text.replace(f'"{long}"', f'"{kind}{short}"').replace(f'/{long}"', f'/{kind}{short}"')
                waiting.append(f"{kind}{short}")
    renamed: Json = json.loads(text)
    return renamed


def _objects(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _items(node: Json) -> list[str]:
    """Names of the blocks that stand in a list, which replaces a list as a whole."""
    items = node.get("items")
    return re.findall(r"#/\$defs/(\w+)", json.dumps(items)) if isinstance(items, dict) else []


def _change_all(schema: Json, change: Callable[[Json], None]) -> None:
    for node in list(_objects(schema)):
        change(node)


def _without_titles(node: Json) -> None:
    if isinstance(node.get("title"), str):
        del node["title"]


def _without_null(node: Json) -> None:
    """Take out that a key may be null: it is left out instead."""
    branches = node.get("anyOf")
    if not isinstance(branches, list) or {"type": "null"} not in branches:
        return
    rest = [branch for branch in branches if branch != {"type": "null"}]
    del node["anyOf"]
    if node.get("default", ...) is None:
        del node["default"]
    if len(rest) > 1:
        node["anyOf"] = rest
    else:
        node.update({key: value for key, value in rest[0].items() if key != "description" or key not in node})


def _described(node: Json) -> None:
    """Write code in descriptions as Markdown does, on one line."""
    if isinstance(node.get("description"), str):
        node["description"] = " ".join(node["description"].replace("``", "`").split())


if __name__ == "__main__":
    print(json_text(), end="")
