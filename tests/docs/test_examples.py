"""Every example of the README and the docs runs, and every relative link leads somewhere.

The blocks of one page share a folder, which holds copies of ``scenarios/`` and ``experiments/``:

- a block that starts with ``# scenario: name.yaml`` is written there and must pass ``simlab validate``;
- a block that starts with ``# file: name`` is only written there (an experiment, a table, a broken scenario);
- in ``console`` blocks, each ``$ simlab ...`` must exit 0, or as its trailing comment ``# exit 2`` says;
- ``python`` blocks are executed, all of a page in one namespace.

``<!-- not run: reason -->`` before a block leaves it out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

NOT_RUN = re.compile(r"<!--\s*not run:\s*(?P<reason>.+?)\s*-->", re.DOTALL)
NAMED_FILE = re.compile(r"# (?P<kind>scenario|file): (?P<name>\S+)\n")
EXIT_CODE = re.compile(r"# exit (?P<code>\d+)$")
HTML_ANCHOR = re.compile(r"""<\w+[^>]*\s(?:id|name)=["'](?P<anchor>[^"']+)["']""")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block of a page."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str | None
    """Why the page leaves it out; None where it runs."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def tokens_of(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks_of(page: Path) -> Iterator[Block]:
    not_run: str | None = None
    for token in tokens_of(page):
        if token.type == "fence" and token.map:
            language = token.info.split(" ")[0]
            yield Block(page, token.map[0] + 1, language, token.content, not_run)
        comment = NOT_RUN.search(token.content) if token.type == "html_block" else None
        not_run = comment["reason"] if comment else None


def commands_of(block: Block) -> list[str]:
    """The block's ``$ simlab`` lines, continued ones joined."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line[2:].rstrip() for line in lines if line.startswith("$ simlab ")]


def run_command(command: str, folder: Path) -> None:
    scripts = Path(sys.executable).parent
    environment = os.environ | {"NO_COLOR": "1", "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    expected = EXIT_CODE.search(command)
    assert done.returncode == (int(expected["code"]) if expected else 0), (
        f"{command}\n{done.stdout}{done.stderr}"
    )


def run_block(block: Block, folder: Path, namespace: dict[str, object]) -> None:
    if named := NAMED_FILE.match(block.text):
        path = folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        # Only YAML has comments: a table starts below the line that names it.
        path.write_text(
            block.text if block.language == "yaml" else block.text[named.end() :], encoding="utf-8"
        )
        if named["kind"] == "scenario":
            run_command(f"simlab validate {named['name']}", folder)
    elif block.language == "console":
        for command in commands_of(block):
            run_command(command, folder)
    elif block.language == "python":
        # The leading newlines make a traceback name the line of the page.
        exec(compile("\n" * block.line + block.text, block.page, "exec"), namespace)


@each_page
def test_examples_of_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subtests: pytest.Subtests
) -> None:
    for shipped in ("scenarios", "experiments"):
        if (ROOT / shipped).is_dir():
            shutil.copytree(ROOT / shipped, tmp_path / shipped)
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(page):
        with subtests.test(str(block)):
            if block.not_run:
                pytest.skip(block.not_run)
            run_block(block, tmp_path, namespace)


def slug(heading: str) -> str:
    """The anchor that a heading gets when the page is rendered."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors_of(page: Path) -> set[str]:
    anchors: set[str] = set()
    for token, following in pairwise(tokens_of(page)):
        if token.type == "heading_open":
            base = slug("".join(child.content for child in following.children or ()))
            repeats = (f"{base}-{number}" for number in count(1))
            anchors.add(next(name for name in chain([base], repeats) if name not in anchors))
    return anchors | {found["anchor"] for found in HTML_ANCHOR.finditer(page.read_text(encoding="utf-8"))}


def links_of(page: Path) -> Iterator[str]:
    for token in tokens_of(page):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield unquote(str(target))


def fault_of_link(page: Path, target: str) -> str | None:
    """What is wrong with a link; None for a good one, and for those that lead out of the project."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None
    path, _, anchor = target.partition("#")
    destination = (page.parent / path).resolve() if path else page
    if not destination.is_relative_to(ROOT):
        return f"{target}: leads out of the project"
    if not destination.exists():
        return f"{target}: no such file"
    if anchor and destination.suffix == ".md" and anchor not in anchors_of(destination):
        return f"{target}: no such heading"
    return None


@each_page
def test_links_of_page_lead_to_existing_files_and_headings(page: Path) -> None:
    faults = [fault for target in links_of(page) if (fault := fault_of_link(page, target))]
    assert not faults
