"""Languages of reports: catalogues fit the code, and pages speak one language throughout."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from simlab.errors import UsageError
from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.metrics.catalogue import METRICS
from simlab.reports.figures.fonts import Fonts
from simlab.reports.language.catalogue import (
    ENGLISH,
    language_of,
    languages,
    say,
    say_again,
    speaking,
    spoken,
)
from simlab.reports.pages import business, studies
from simlab.reports.report import readable, write_report
from simlab.reports.titles import bare_title, title_of
from simlab.reports.wording import and_list, duration_said, with_interval

FOLDER = Path(__file__).parents[3] / "simlab" / "reports"
TRANSLATED = [name for name in languages() if name != "en"]


def texts_of(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts_of(node.body)
        yield from texts_of(node.orelse)


def said_in_code() -> set[str]:
    """Every sentence that stands in a call of `say`, also by way of a name that is assigned in the module."""
    found: set[str] = set()
    for file in FOLDER.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assigned: dict[str, list[str]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).extend(texts_of(node.value))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                found.update(texts_of(node.args[0]))
                if isinstance(node.args[0], ast.Name):
                    found.update(assigned.get(node.args[0].id, ()))
    for page in FOLDER.rglob("*.j2"):
        found.update(re.findall(r'say\("([^"]*)"', page.read_text(encoding="utf-8")))
    tables = (business.TITLES, business.PARTS, studies.METHODS)
    found.update(text for each in tables for text in each.values())
    return {text for text in found if re.search("[A-Za-z]{2}", re.sub(r"\{\w*\}", "", text))}


def constants_in(node: ast.expr, assigned: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Every text in an expression, also by way of names that are assigned in the module."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value
        elif isinstance(each, ast.Name):
            for value in assigned.get(each.id, ()):
                yield from constants_in(value, {})


def said_of_tables() -> set[str]:
    """Titles, columns and units of all tables."""
    found: set[str] = set()
    for file in (FOLDER / "tables").glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                assigned.setdefault(node.targets[0].id, []).append(node.value)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                assigned.setdefault(node.target.id, []).append(node.value)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "table":
                found.update(texts_of(node.args[1]))
                if isinstance(node.args[1], ast.Name):
                    found.update(text for each in assigned[node.args[1].id] for text in texts_of(each))
                found.update(constants_in(node.args[2], assigned))
    return {text for text in found if re.search("[A-Za-z]{2}", text)} - SIGNS


SIGNS = {"P10", "P50", "P90", " low", " high", "/week"}
"""Said alike in every language, or ends of a heading that begins with a name."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalogue_has_every_sentence_of_the_code(name: str) -> None:
    assert sorted(said_in_code() - set(language_of(name).texts)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalogue_has_titles_columns_and_units_of_all_tables(name: str) -> None:
    assert sorted(said_of_tables() - set(language_of(name).texts)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_catalogue_says_what_every_figure_is_called_and_means(name: str) -> None:
    said = {text for metric in METRICS for text in (metric.meaning, bare_title(metric.name))}
    assert sorted(said - set(language_of(name).texts)) == []


@pytest.mark.parametrize("name", TRANSLATED)
def test_translations_have_the_values_of_their_sentences(name: str) -> None:
    wrong = {
        text: translation
        for text, translation in language_of(name).texts.items()
        if placeholders(text) != placeholders(translation)
    }
    assert wrong == {}


def literals_of_the_package() -> str:
    """Every text that stands in the code, one to a line."""
    found: set[str] = set()
    for file in FOLDER.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return "\n".join(found)


@pytest.mark.parametrize("name", TRANSLATED)
def test_sentences_from_below_are_still_said_in_the_code(name: str) -> None:
    content = yaml.safe_load((FOLDER / "language" / f"{name}.yaml").read_text(encoding="utf-8"))
    code = literals_of_the_package()
    pieces = {
        piece.strip()
        for text in content["retold"]
        for part in re.split(r"\{\w+\}", text)
        for piece in re.split(r"[:;,.%()]|(?<=up) it", part)
    }
    assert sorted(piece for piece in pieces if len(piece) > 9 and piece not in code) == []


def test_finished_sentences_are_said_again_with_their_values_and_remedies() -> None:
    warning = (
        "desk.yaml:3:4: staffing.it: the team it cannot keep up: it gets about 50 hours of work a week, and "
        "has people for 40 (load about 125 %)\n    -> with about 3 people in place of 2, 90 % of their "
        "time is used"
    )
    with speaking(language_of("zh")):
        assert say_again("3 other configurations are as good as the recommended one") == (
            "另有 3 个配置与推荐配置同样好"
        )
        assert say_again("the time was over after 3 of 20 trials") == "时间已到：完成了 20 次试验中的 3 次"
        said = say_again(warning)
        assert said.startswith("desk.yaml:3:4: staffing.it: 团队 it 跟不上")
        assert "以约 3 人代替 2 人" in said
        assert say_again("a sentence that nobody foresaw") == "a sentence that nobody foresaw"
    assert say_again(warning) == warning.replace("\n    -> ", "; ")


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(UsageError, match="no catalogue of the language 'xx'"):
        language_of("xx")


def test_the_language_comes_back_after_a_page() -> None:
    with speaking(language_of("zh")):
        assert say("Method") == "方法"
        assert spoken().code == "zh-Hans"
    assert say("Method") == "Method"
    assert spoken() is ENGLISH


def test_values_are_put_in_as_they_are() -> None:
    assert say("at {step}", step="{team} {0}") == "at {team} {0}"


def test_numbers_units_and_lists_are_said_in_the_language() -> None:
    with speaking(language_of("zh")):
        assert (
            with_interval("min", 120.0, 100.0, 140.0).replace("\N{NO-BREAK SPACE}", " ")
            == "2.0 小时（1.7 至 2.3）"
        )
        assert and_list(["甲", "乙", "丙"]) == "甲、乙和丙"
        assert duration_said(4 * 7 * 1440.0).replace("\N{NO-BREAK SPACE}", " ") == "4 周"
        assert title_of("resolve_attainment[priority=P1]") == "按时解决：P1"


@pytest.mark.parametrize("kind", ["run", "comparison"])
def test_a_page_in_chinese_has_no_english_headings(
    kind: str, base: ScenarioRun, comparison: Comparison, tmp_path: Path
) -> None:
    path = write_report(base if kind == "run" else comparison, tmp_path / "r.html", language="zh")
    html = path.read_text(encoding="utf-8")
    if "This report is in English" in html:
        pytest.skip("no font with Chinese characters is installed")
    assert '<html lang="zh-Hans">' in html
    headings = re.findall(r"<h2>(.*?)</h2>", html)
    assert headings
    assert all(re.search("[\u4e00-\u9fff]", heading) for heading in headings)
    lead = re.search(r'class="lead">(.*?)</p>', html)
    assert lead is not None
    assert re.search("[\u4e00-\u9fff]", lead[1])


def test_without_a_font_the_report_is_in_english_and_says_why(
    base: ScenarioRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = Fonts(("DejaVu Sans",), "方法")
    monkeypatch.setattr("simlab.reports.figures.fonts.fonts_for", lambda texts: none)
    with readable("zh") as told:
        assert spoken() is ENGLISH
    assert "This report is in English" in told[0]
    html = write_report(base, tmp_path / "r.html", language="zh").read_text(encoding="utf-8")
    assert '<html lang="en">' in html
    assert "no font on this system has" in html
