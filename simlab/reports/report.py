"""Writing the report of a result: which page a kind of result has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from simlab.business.case import BusinessCase
from simlab.errors import UsageError
from simlab.experiments.capacity import Capacity
from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.experiments.sensitivity import Sensitivity
from simlab.experiments.sweep import Sweep
from simlab.optimise.result import OptimisationResult

if TYPE_CHECKING:
    from simlab.business.monitoring import Monitoring
    from simlab.calibrate.auditing.audit import Audit
    from simlab.model.load import LoadedScenario
    from simlab.reports.pages.parts import Page

Result: TypeAlias = (
    ScenarioRun | Comparison | OptimisationResult | BusinessCase | Sweep | Sensitivity | Capacity
)

_NO_FONT: Final = (
    "no font on this system has {n} of the characters of the language '{name}'. Install the extra cjk, which "
    "brings one (pip install 'servicedesk-simlab[cjk]'), or a font such as Noto Sans CJK, and write the "
    "report again."
)


def write_report(
    result: Result | Sequence[Result],
    path: Path | str,
    *,
    title: str | None = None,
    command: str | None = None,
    language: str = "en",
    workbook: Path | str | None = None,
) -> Path:
    """Write one self-contained HTML file about a result, with its numbers as CSV in a folder beside it.

    Where the name ends in ``.md`` it is Markdown, with its figures in that folder too.

    Parameters
    ----------
    result
        What was found; several results are told one after the other, the first with the answer.
    path
        The HTML file; what is there is replaced, also in the folder ``<name>_tables``.
    title
        Title of the page; by default the names of the scenarios.
    command
        What reproduces the result; by default that of the scenarios of stored runs, which are written beside
        the tables, else the command with the scenario's name in place of its file.
    language
        Language of the report, one of :func:`simlab.reports.language.catalogue.languages`. Where no font on
        the system has its characters, the report is in English and says so.
    workbook
        Excel file to write with every table of the report, a sheet each; needs openpyxl.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        When there is no result, or no catalogue of the language.
    StorageError
        When a file cannot be written.
    """
    from simlab.reports.again import command_beside
    from simlab.reports.pages.parts import joined
    from simlab.reports.pages.render import tables_folder

    results = list(result) if isinstance(result, Sequence) else [result]
    if not results:
        raise UsageError("a report needs at least one result")
    if command is None and isinstance(results[0], ScenarioRun | Comparison):
        command = command_beside(results[0], tables_folder(Path(path)))
    with readable(language) as unreadable:
        pages = [_page(each, title, command, _currency(results)) for each in results]
        page = pages[0] if len(pages) == 1 else joined(title or pages[0].title, pages)
        if workbook is not None:
            write_tables(page, Path(workbook))
        return _written(replace(page, warnings=(*page.warnings, *unreadable)), Path(path))


def write_tables(page: Page, path: Path) -> None:
    """Write every table of a page to an Excel workbook.

    Raises
    ------
    MissingExtra
        When openpyxl is not installed.
    StorageError
        When the file cannot be written.
    """
    from simlab.reports.pages.render import file_names
    from simlab.results.workbook import Sheet, write_workbook

    sheets = {
        Path(each.file).stem: Sheet(each.headings, each.table.rows, len(each.table))
        for each in file_names(page.all_tables)
    }
    write_workbook(sheets, path)


def write_document(
    loaded: LoadedScenario,
    path: Path | str,
    *,
    since: LoadedScenario | None = None,
    title: str | None = None,
    language: str = "en",
) -> Path:
    """Write the documentation of a process as HTML, or as Markdown where the name ends in ``.md``.

    Parameters
    ----------
    loaded
        The scenario.
    path
        The file; what is there is replaced, also in the folder ``<name>_tables``.
    since
        An earlier version, whose differences are listed.
    title
        Title of the page; the scenario's name where not given.
    language
        As of `write_report`.

    Raises
    ------
    UsageError
        When there is no catalogue of the language.
    StorageError
        When a file cannot be written.
    """
    from simlab.reports.pages.document import document_page

    with readable(language) as unreadable:
        page = document_page(loaded, since, title)
        return _written(replace(page, warnings=(*page.warnings, *unreadable)), Path(path))


def write_monitoring(
    found: Monitoring,
    path: Path | str,
    *,
    title: str | None = None,
    command: str | None = None,
    language: str = "en",
) -> Path:
    """Write the page of a log on the prediction of a scenario; parameters and errors as of `write_report`."""
    from simlab.reports.pages.monitoring import monitoring_page

    with readable(language) as unreadable:
        page = monitoring_page(found, title, command)
        return _written(replace(page, warnings=(*page.warnings, *unreadable)), Path(path))


def write_audit(
    found: Audit,
    path: Path | str,
    *,
    title: str | None = None,
    command: str | None = None,
    language: str = "en",
) -> Path:
    """Write the page of an audit; parameters and errors as of `write_report`."""
    from simlab.reports.pages.audit import audit_page

    with readable(language) as unreadable:
        page = audit_page(found, title, command)
        return _written(replace(page, warnings=(*page.warnings, *unreadable)), Path(path))


def _written(page: Page, path: Path) -> Path:
    from simlab.reports.pages.markdown import write_markdown
    from simlab.reports.pages.render import write_page

    return write_markdown(page, path) if path.suffix.lower() == ".md" else write_page(page, path)


@contextmanager
def readable(name: str) -> Iterator[tuple[str, ...]]:
    """Speak a language; English where no font has its characters, with a word about it to tell."""
    from simlab.reports.figures.fonts import fonts_for
    from simlab.reports.language.catalogue import ENGLISH, language_of, speaking

    language = language_of(name)
    missing = fonts_for([language.characters]).missing if language is not ENGLISH else ""
    with speaking(ENGLISH if missing else language):
        yield (f"This report is in English: {_NO_FONT.format(name=name, n=len(missing))}",) if missing else ()


def _page(
    result: Result,
    title: str | None,
    command: str | None,
    currency: str,
) -> Page:
    from simlab.reports.pages import studies
    from simlab.reports.pages.business import business_page
    from simlab.reports.pages.comparison import comparison_page
    from simlab.reports.pages.optimisation import optimisation_page
    from simlab.reports.pages.run import run_page
    from simlab.reports.subjects import subject_of

    match result:
        case BusinessCase():
            return business_page(result, title, command)
        case Comparison():
            return comparison_page(result, title, command)
        case OptimisationResult():
            return optimisation_page(result, title, command, currency)
        case Sweep():
            return studies.sweep_page(result, title, command)
        case Sensitivity():
            return studies.sensitivity_page(result, title, command)
        case Capacity():
            return studies.capacity_page(result, title, command)
        case ScenarioRun():
            return run_page(subject_of(result), title, command)


def _currency(results: Sequence[Result]) -> str:
    """Return the currency of the first result that says one."""
    known = [_currency_of(result) for result in results]
    return next((currency for currency in known if currency), "")


def _currency_of(result: Result) -> str:
    match result:
        case Sweep() | Sensitivity() | Capacity() | OptimisationResult():
            return result.currency
        case Comparison() | BusinessCase():
            return result.base.model.money.currency
        case ScenarioRun():
            return result.model.money.currency
