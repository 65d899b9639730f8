"""Writing the report of a result: which page a kind of result has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from simlab.errors import UsageError
from simlab.experiments.compare import Comparison
from simlab.experiments.runs import ScenarioRun
from simlab.optimise.result import OptimisationResult

if TYPE_CHECKING:
    from simlab.reports.pages.parts import Page

Result: TypeAlias = ScenarioRun | Comparison | OptimisationResult


def write_report(
    result: Result | Sequence[Result],
    path: Path | str,
    *,
    title: str | None = None,
    command: str | None = None,
) -> Path:
    """Write one self-contained HTML file about a result, with its numbers as CSV in a folder beside it.

    Parameters
    ----------
    result
        What was found; several results are told one after the other, the first with the answer.
    path
        The HTML file; what is there is replaced, also in the folder ``<name>_tables``.
    title
        Title of the page; by default the names of the scenarios.
    command
        What reproduces the result; by default the command with the scenario's name in place of its file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError
        When there is no result.
    StorageError
        When a file cannot be written.
    """
    from simlab.reports.pages.parts import joined
    from simlab.reports.pages.render import write_page

    results = list(result) if isinstance(result, Sequence) else [result]
    if not results:
        raise UsageError("a report needs at least one result")
    pages = [_page(each, title, command, _currency(results)) for each in results]
    page = pages[0] if len(pages) == 1 else joined(title or pages[0].title, pages)
    return write_page(page, Path(path))


def _page(result: Result, title: str | None, command: str | None, currency: str) -> Page:
    from simlab.reports.pages.comparison import comparison_page
    from simlab.reports.pages.optimisation import optimisation_page
    from simlab.reports.pages.run import run_page
    from simlab.reports.subjects import subject_of

    match result:
        case Comparison():
            return comparison_page(result, title, command)
        case OptimisationResult():
            return optimisation_page(result, title, command, currency)
        case ScenarioRun():
            return run_page(subject_of(result), title, command)


def _currency(results: Sequence[Result]) -> str:
    """Return the currency of the first result that says one."""
    models = [
        result.base.model if isinstance(result, Comparison) else result.model
        for result in results
        if not isinstance(result, OptimisationResult)
    ]
    return next((model.money.currency for model in models if model.money.currency), "")
