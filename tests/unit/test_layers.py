"""The architecture holds: imports point downwards, no cycles, files and functions of readable size."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "simlab").rglob("*.py"))
}

# Lowest first; the members of one layer may import each other, as long as no cycle comes of it.
LAYERS = (
    {"errors", "units"},
    {"scenario"},
    {"model"},
    {"engines"},
    {"statistics", "metrics"},
    {"results", "execution"},
    {"experiments"},
    {"optimise", "calibrate", "business"},
    {"reports"},
    {"api"},
    {"cli", "__main__"},
)
RANKS = {member: rank for rank, layer in enumerate(LAYERS) for member in layer}

FORBIDDEN = {
    "simlab": {"pandas"},
    "simlab.engines": {"yaml", "pydantic", "simlab.scenario", "simlab.metrics", "simlab.results"},
}

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70


@cache
def syntax_tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[tuple[str, int]]:
    """Every imported module and its line, those inside functions included."""
    for node in ast.walk(syntax_tree(module)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = absolute_source(module, node)
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield (submodule if submodule in MODULES else source), node.lineno


def absolute_source(module: str, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    is_package = MODULES[module].name == "__init__.py"
    package = module.split(".")[: None if is_package and node.level == 1 else is_package - node.level]
    return ".".join([*package, node.module] if node.module else package)


def rank(module: str) -> int:
    """The layer's number; the package itself stands for the public API that it offers."""
    _, _, inside = module.partition(".")
    return RANKS[inside.split(".")[0] or "api"]


def is_within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def layered_modules() -> list[str]:
    """Every module except simlab/__init__.py, which offers the public API lazily."""
    return [module for module in MODULES if module != "simlab"]


def test_every_file_and_folder_of_the_package_belongs_to_a_layer() -> None:
    unknown = {module for module in layered_modules() if module.split(".")[1] not in RANKS}
    assert not unknown, "give them a layer, or a place inside one"


def test_imports_point_to_the_own_layer_or_a_lower_one() -> None:
    upward = [
        f"{module.replace('.', '/')}:{line} imports {target}"
        for module in layered_modules()
        for target, line in imports(module)
        if is_within(target, "simlab") and rank(target) > rank(module)
    ]
    assert not upward


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {
        module: {target for target, _ in imports(module) if target in MODULES and target != "simlab"}
        for module in layered_modules()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " <- ".join(error.args[1])
        pytest.fail(f"import cycle: {circle}")


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_does_not_import_what_it_must_not_know(package: str) -> None:
    forbidden = [
        f"{module}:{line} imports {target}"
        for module in MODULES
        if is_within(module, package)
        for target, line in imports(module)
        if any(is_within(target, stranger) for stranger in FORBIDDEN[package])
    ]
    assert not forbidden


def test_files_read_in_one_sitting() -> None:
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}
    too_long = {module: lines for module, lines in lengths.items() if lines > MAX_FILE_LINES}
    assert not too_long


def test_functions_fit_on_a_screen() -> None:
    too_long = {
        f"{module}:{node.lineno} {node.name}": lines
        for module in MODULES
        for node in ast.walk(syntax_tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert not too_long
