from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from simlab.experiments.compare import Comparison, compare_runs
from simlab.experiments.runs import ScenarioRun
from simlab.reports.pages.comparison import answers, comparison_page, labels_of
from simlab.reports.pages.flow import waiting_and_flow
from simlab.reports.pages.parts import Command, Exhibit, Grid, Page, Paragraph, Points, Section, Shown
from simlab.reports.pages.render import file_names, page_html, write_page
from simlab.reports.pages.run import answer, run_page
from simlab.reports.subjects import subject_of
from simlab.reports.tables.table import Table, table
from simlab.statistics.intervals import Estimate
from tests.tracing import untraced

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$\\frac{1}{0}$ and $x",
    "--> </svg></title></style>",
    "javascript:alert(1)",
    "\x1b]0;title\x07\u202egnp.exe",
    "{{ 7 * 7 }}{% for %}",
    "服务台",
)
NBSP = "\N{NO-BREAK SPACE}"


class Markup(HTMLParser):
    """Elements and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}

    def attributes(self, name: str) -> list[str]:
        return [
            value or "" for _, attributes in self.elements for key, value in attributes.items() if key == name
        ]


def html_of(page: Page) -> str:
    return page_html(page, file_names(page.all_tables), "page_tables")


@pytest.fixture(scope="module")
def compared(comparison: Comparison) -> Page:
    return comparison_page(comparison)


@pytest.fixture(scope="module")
def html(compared: Page) -> str:
    return html_of(compared)


def test_the_answer_of_a_comparison_is_computed_from_its_row(comparison: Comparison) -> None:
    row = comparison.row("resolution_mean")
    change = row.changes[0]

    def estimate(value: float, half: float) -> Estimate:
        return Estimate(value, value - half, value + half, half, 10, 0.95, "t")

    paired = replace(change.paired, difference=estimate(-114.0, 18.0), significant=True)
    faster = replace(change, estimate=estimate(432.0, 20.0), paired=paired, verdict="better")
    cost_row = comparison.row("cost_per_week")
    dearer = replace(
        cost_row.changes[0],
        paired=replace(cost_row.changes[0].paired, difference=estimate(310.0, 0.0)),
        verdict="worse",
    )
    rows = tuple(
        replace(each, base=estimate(546.0, 20.0), changes=(faster,))
        if each.name == "resolution_mean"
        else replace(each, changes=(dearer,))
        if each.name == "cost_per_week"
        else each
        for each in comparison.rows
    )
    changed = replace(comparison, rows=rows)
    (sentence,) = answers(changed, labels_of(changed))
    assert sentence.replace(NBSP, " ") == (
        "With “three people” tickets are resolved in 7.2 h on average instead of 9.1 h "
        "(−1.9 h, 95 % interval −2.2 to −1.6 h), for 310 EUR more a week."
    )


def test_the_priced_time_of_users_is_told_apart_from_cash(
    base: ScenarioRun, simulated: Callable[[dict[str, Any]], ScenarioRun]
) -> None:
    desk = deepcopy(dict(base.resolved)) | {"costs": {"user_waiting": {"P1": "30 EUR/hour"}}}
    today = simulated(desk)
    desk["staffing"]["desk"]["people"] = 3
    compared = compare_runs(today, {"Three": simulated(desk)})
    page = run_page(subject_of(today))
    part = today.estimates(names=["cost_waiting_users_per_week"])["cost_waiting_users_per_week"].value
    assert page.support[0].replace(NBSP, "").startswith(f"Of the running cost, {part:.0f}EUR a week")
    (sentence,) = answers(compared, labels_of(compared))
    saved = compared.row("cost_waiting_users_per_week").changes[0].paired.difference.value
    assert f", \N{MINUS SIGN}{-saved:.0f}EUR of it for users who wait." in sentence.replace(NBSP, "")
    assert untraced(page, "responses") == []
    assert untraced(comparison_page(compared, "simlab compare"), "differences") == []


def test_every_number_of_the_answers_is_in_the_tables(base: ScenarioRun, compared: Page) -> None:
    assert untraced(run_page(subject_of(base)), "responses") == []
    assert untraced(compared, "differences") == []


def test_a_number_that_no_table_has_is_found(base: ScenarioRun) -> None:
    page = run_page(subject_of(base))
    wrong = replace(page, answer=page.answer.replace("5\N{NO-BREAK SPACE}100", "5\N{NO-BREAK SPACE}101"))
    assert [each.partition(" in: ")[0] for each in untraced(wrong, "responses")] == ["5101"]


def test_an_alternative_that_changes_nothing_is_said_to_change_nothing(base: ScenarioRun) -> None:
    same = compare_runs(base, {"copy": replace(base)})
    (sentence,) = answers(same, labels_of(same))
    assert "just as fast" in sentence
    assert "at the same running cost" in sentence


def test_alternative_as_fast_as_the_fastest_and_cheaper_is_named_beside_it(
    simulated: Callable[..., ScenarioRun],
) -> None:
    def run(people: int, work: object = "80 min") -> ScenarioRun:
        desk: dict[str, Any] = {
            "name": "Desk",
            "time": {"length": "8 days"},
            "demand": {"mail": {"arrivals": {"rate": "200/week"}}},
            "staffing": {"desk": {"people": people, "cost": "30 EUR/hour"}},
            "routing": {
                "start": "fix",
                "steps": {"fix": {"team": "desk", "work": work, "next": "resolved"}},
            },
        }
        return simulated(desk, 6)

    few, many, plenty = run(2), run(40), run(41)
    compared = compare_runs(few, {"plenty": plenty, "many": many})
    fastest, cheaper = answers(compared, labels_of(compared))[0].replace(NBSP, " ").split(". ")
    assert fastest.startswith("With “plenty” tickets are resolved in")
    # One person fewer, 168 hours a week at 30 EUR.
    assert cheaper == "“many” is just as fast, for 5 040 EUR less a week."
    page = comparison_page(compared, "simlab compare")
    assert untraced(page, "differences", "against_the_fastest") == []
    varied = run(40, {"uniform": {"min": "20 min", "max": "141 min"}})
    compared = compare_runs(few, {"plenty": plenty, "varied": varied})
    assert "“varied” is as fast as far as can be told (+" in answers(compared, labels_of(compared))[0]
    assert untraced(comparison_page(compared, "simlab compare"), "differences", "against_the_fastest") == []
    alone = comparison_page(compare_runs(few, {"plenty": plenty}), "simlab compare")
    assert not any(each.name == "against_the_fastest" for each in alone.all_tables)


def test_better_and_worse_are_said_only_where_the_comparison_says_so(
    comparison: Comparison, compared: Page
) -> None:
    (grid,) = (block for block in compared.sections[0].blocks if isinstance(block, Grid))
    looks = {row[0].text: row[2].look for row in grid.rows}
    verdicts = {row.name: row.changes[0].verdict for row in comparison.rows}
    assert looks["Running cost"] == "worse"
    assert (looks["Mean resolution time"] == "better") == (verdicts["resolution_mean"] == "better")
    assert all(look in ("", "better", "worse") for look in looks.values())


def test_an_alternative_of_the_same_name_as_the_base_is_told_apart(base: ScenarioRun) -> None:
    labels = labels_of(compare_runs(base, {base.name: base}))
    assert labels[""] != labels[base.name]


def test_the_answer_of_a_run_says_time_target_and_cost(base: ScenarioRun) -> None:
    sentence = answer(subject_of(base)).replace(NBSP, " ")
    assert re.search(r"resolved in [\d.]+ \w+ \([\d.]+ to [\d.]+\) on average", sentence)
    assert "within their target" in sentence
    # Two people for 45 hours at 30 EUR, one for 40 hours at 60 EUR; without spread there is no interval.
    assert "running cost of 5 100 EUR a week." in sentence


def test_a_run_without_logs_is_told_without_detail(base: ScenarioRun) -> None:
    page = run_page(subject_of(replace(base, kept={})))
    assert "Load of the teams" not in [section.title for section in page.sections]
    assert "No logs were kept" in html_of(page)


def test_warnings_of_the_runs_stand_on_the_page(base: ScenarioRun) -> None:
    page = run_page(subject_of(replace(base, kept={}, unstable=("the team desk is overloaded",))))
    assert page.warnings == ("the team desk is overloaded",)
    assert "the team desk is overloaded" in html_of(page)


def test_evidence_of_the_scenario_is_listed(html: str) -> None:
    assert "demand.mail.arrivals" in html
    assert "Log of 2025" in html


def test_a_page_loads_nothing_and_runs_nothing(html: str) -> None:
    markup = Markup(html)
    assert not markup.tags & {"script", "iframe", "object", "embed", "link", "form", "base"}
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in markup.attributes("content")
    targets = [*markup.attributes("href"), *markup.attributes("src"), *markup.attributes("xlink:href")]
    assert all(target.startswith(("#", "data:image/png;base64,")) for target in targets)
    assert not [name for _, attributes in markup.elements for name in attributes if name.startswith("on")]


def test_references_inside_a_page_lead_to_exactly_one_element(html: str) -> None:
    ids = Markup(html).attributes("id")
    assert len(ids) == len(set(ids))
    inside = [target for target in re.findall(r'(?:href="#|url\(#)([^")]+)', html)]
    assert set(inside) <= set(ids)


def test_a_page_can_be_read_without_seeing_it(html: str) -> None:
    markup = Markup(html)
    assert [attributes["lang"] for tag, attributes in markup.elements if tag == "html"] == ["en"]
    pictures = [attributes for _, attributes in markup.elements if attributes.get("role") == "img"]
    assert len(pictures) == sum(tag == "svg" for tag, _ in markup.elements) > 5
    assert all(attributes["aria-label"] for attributes in pictures)
    assert all(
        attributes.get("scope") in ("col", "row") for tag, attributes in markup.elements if tag == "th"
    )


def test_the_same_result_gives_the_same_bytes(comparison: Comparison, html: str, tmp_path: Path) -> None:
    path = write_page(comparison_page(comparison), tmp_path / "page.html")
    assert path.read_bytes() == html.encode()
    assert len(html) < 2_000_000


def hostile_page() -> Page:
    waits = table(
        "waits",
        HOSTILE[0],
        ("scenario", "place", "cause", "waiting", "gain"),
        [(n, n, "delay", 1.0, 1.0) for n in HOSTILE],
    )

    def draw() -> object:
        from simlab.reports.figures.bottlenecks import draw_bottlenecks

        return draw_bottlenecks(waits)

    blocks = (
        Grid(HOSTILE[1], HOSTILE[:2], tuple((Shown(n), Shown(n, note=n)) for n in HOSTILE), source=waits),
        Exhibit(HOSTILE[3], HOSTILE[0], draw, (waits,)),  # type: ignore[arg-type]
        Paragraph(HOSTILE[6]),
        Points(HOSTILE),
        Command(HOSTILE[1]),
    )
    return Page(HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE, HOSTILE, (Section(HOSTILE[3], blocks),))


def test_names_are_shown_as_text_whatever_they_look_like() -> None:
    html = html_of(hostile_page())
    markup = Markup(html)
    assert not markup.tags & {"script", "img"}
    assert not markup.attributes("onerror")
    shown = "".join(markup.texts)
    for name in HOSTILE[:5]:
        assert name in shown
    assert "{{ 7 * 7 }}" in shown
    assert not set("\x1b\x07\u202e") & set(html)


def test_tables_of_one_name_get_files_of_their_own() -> None:
    first: Table = table("steps", "", ("a",), [(1,)])
    second = table("steps", "", ("a",), [(2,)])
    assert [each.file for each in file_names([first, second])] == ["steps.csv", "steps_2.csv"]


def test_long_tables_are_cut_on_the_page_and_whole_in_the_file(tmp_path: Path) -> None:
    long = table("long", "Long", ("n",), [(n,) for n in range(1000)])
    page = Page("t", "k", "a", (), (), (), (long,))
    html = write_page(page, tmp_path / "page.html").read_text(encoding="utf-8")
    assert "960 more rows are in the file" in html
    assert len((tmp_path / "page_tables" / "long.csv").read_text().splitlines()) == 1001


def test_tables_of_an_earlier_page_do_not_stay_behind(tmp_path: Path) -> None:
    for name in ("old", "new"):
        page = Page("t", "k", "a", (), (), (), (table(name, "", ("n",), [(1,)]),))
        write_page(page, tmp_path / "page.html")
    assert [file.name for file in (tmp_path / "page_tables").iterdir()] == ["new.csv"]


def test_outlines_of_letters_stand_on_a_page_once_and_every_one_is_there(html: str) -> None:
    outlines = re.findall(r'<path id="(g\d+)" d="([^"]*)"', html)
    assert len(outlines) > 50
    assert len({shape for _, shape in outlines}) == len(outlines)
    first = {name: html.index(f'id="{name}"') for name, _ in outlines}
    uses = [(found[1], found.start()) for found in re.finditer(r'href="#(g\d+)"', html)]
    assert len(uses) > 10 * len(outlines)
    assert {name for name, _ in uses} == set(first)
    assert 'xlink:href="#' not in html


def test_no_line_ends_between_a_number_and_its_per_cent_sign(html: str) -> None:
    assert f"95{NBSP}% interval" in html
    assert not re.search(r"\d %", "".join(Markup(html).texts))


def test_sentence_on_waiting_names_the_place_of_the_longest_bar_with_all_of_its_causes(
    base: ScenarioRun,
) -> None:
    section = waiting_and_flow([subject_of(base)])
    assert section is not None
    exhibit = section.blocks[0]
    assert isinstance(exhibit, Exhibit)
    places, _ = exhibit.tables
    longest = places.rows[0][1]
    waiting = sum(float(row[3]) for row in places.rows if row[1] == longest)
    share = 100.0 * waiting / sum(float(row[3]) for row in places.rows)
    assert longest in {"desk", "experts"}
    said = re.match(r"The longest wait: ([\d.]+).% of all waiting in (.+) is for (\w+)", exhibit.caption)
    assert said is not None
    assert (said[2], said[3]) == ("Small desk", longest)
    assert float(said[1]) == pytest.approx(share, rel=0.05)
