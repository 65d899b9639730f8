"""Generated pages say what the code says."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
GENERATED: dict[str, str] = runpy.run_path(str(DOCS / "generate.py"))["generated"]()


@pytest.mark.parametrize("page", GENERATED)
def test_generated_page_is_in_step_with_the_code(page: str) -> None:
    assert (DOCS / page).read_text(encoding="utf-8") == GENERATED[page], "run: python docs/generate.py"
