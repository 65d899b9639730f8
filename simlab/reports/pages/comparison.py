"""The page of a comparison: what an alternative changes, by how much, and how sure that is."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from functools import partial

from simlab.experiments.compare import Change, Comparison, ComparisonRow
from simlab.reports.figures.differences import draw_differences
from simlab.reports.language.catalogue import say, say_again
from simlab.reports.pages import sections
from simlab.reports.pages.cheaper import against_the_fastest, cheaper_as_fast, sentence
from simlab.reports.pages.flow import waiting_and_flow
from simlab.reports.pages.parts import Exhibit, Grid, Page, Section, Shown
from simlab.reports.subjects import Subject, subject_of
from simlab.reports.tables.responses import differences, responses, unit_of
from simlab.reports.titles import HEADLINES, title_of
from simlab.reports.wording import Scale, and_list, scale_of, without_common_start

_CONTROLLED = (
    "Means and differences are told as they would be had just as many tickets come, with just as much work, "
    "as expected (control variates)."
)


def comparison_page(comparison: Comparison, title: str | None = None, command: str | None = None) -> Page:
    """Return the page of a comparison: the answer, the differences, then what supports them."""
    labels = labels_of(comparison)
    subjects = [
        subject_of(comparison.base, labels[""]),
        *(subject_of(run, labels[name]) for name, run in comparison.alternatives.items()),
    ]
    said = answers(comparison, labels)
    told = (
        _differences(comparison, labels),
        sections.times_and_targets(subjects),
        sections.cost_section(subjects),
        sections.load_over_time(subjects),
        waiting_and_flow(subjects),
        sections.assumptions(subjects),
        sections.method(subjects, _method(comparison), command or _command(comparison)),
    )
    return Page(
        title=title or _title(comparison, labels),
        kind=say("Comparison"),
        answer=said[0],
        support=said[1:],
        warnings=_warnings(subjects),
        sections=tuple(section for section in told if section is not None),
        tables=(responses(subjects), *against_the_fastest(comparison, labels)),
    )


def labels_of(comparison: Comparison) -> dict[str, str]:
    """Return what the page calls the base (under the empty name) and each alternative; all of them differ."""
    base = comparison.base.name
    if base in comparison.alternatives:
        return {"": say("{base} (base)", base=base), **{n: n for n in comparison.alternatives}}
    _, rests = without_common_start([base, *comparison.alternatives])
    return dict(zip(["", *comparison.alternatives], rests, strict=True))


def _title(comparison: Comparison, labels: dict[str, str]) -> str:
    """Return the name of the base with those of its alternatives; what all begin with is said once."""
    start, rests = without_common_start([comparison.base.name, *comparison.alternatives])
    others = (labels[name] for name in comparison.alternatives)
    return f"{start}: {and_list(rests)}" if start else f"{labels['']}: {and_list(others)}"


def answers(comparison: Comparison, labels: dict[str, str]) -> tuple[str, ...]:
    """Return a sentence for each alternative, the one that shortens resolution the most first."""
    row = comparison.row("resolution_mean")
    by_gain = sorted(row.changes, key=lambda change: (not change.is_significant, _value(change)))
    first, *others = (_answer(comparison, row, change, labels) for change in by_gain)
    cheaper = cheaper_as_fast(comparison)
    return first + (sentence(comparison, cheaper, labels) if cheaper else ""), *others


def _answer(comparison: Comparison, row: ComparisonRow, change: Change, labels: dict[str, str]) -> str:
    difference = change.paired.difference
    values = (row.base.value, change.estimate.value)
    name, cost = labels[change.alternative], _cost_clause(comparison, change.alternative)
    if not math.isfinite(difference.value):
        return say("With “{name}” no ticket is resolved in the time observed, or none was before.", name=name)
    scale = scale_of("min", values, difference.half_width)
    if difference.value == 0.0 and difference.half_width == 0.0:
        return say(
            "With “{name}” tickets are resolved just as fast, in {time} on average{cost}.",
            name=name,
            time=scale.said(values[0]),
            cost=cost,
        )
    before, after = scale.said(values[0]), scale.said(values[1])
    interval = _interval(change, scale, comparison)
    if change.is_significant:
        said = say(
            "tickets are resolved in {after} on average instead of {before}", after=after, before=before
        )
    else:
        said = say(
            "no difference in resolution time is shown: {after} on average against {before}",
            after=after,
            before=before,
        )
    return say("With “{name}” {said} ({interval}){cost}.", name=name, said=said, interval=interval, cost=cost)


def _interval(change: Change, scale: Scale, comparison: Comparison) -> str:
    difference = change.paired.difference
    if not difference.has_interval:
        return say("{value}, without an interval", value=scale.said(difference.value, signed=True))
    low, high = scale.number(difference.low, signed=True), scale.said(difference.high, signed=True)
    return say(
        "{value}, {confidence} % interval {low} to {high}",
        value=scale.said(difference.value, signed=True),
        confidence=f"{100 * comparison.confidence:.4g}",
        low=low,
        high=high,
    )


def _cost_clause(comparison: Comparison, alternative: str) -> str:
    try:
        row = comparison.row("cost_per_week")
    except KeyError:
        return ""
    change = next(change for change in row.changes if change.alternative == alternative)
    difference = change.paired.difference
    scale = scale_of(comparison.base.model.money.currency, [difference.value], difference.half_width)
    if difference.value == 0.0:
        return say(", at the same running cost")
    if not change.is_significant:
        return say(", and no difference in running cost is shown")
    amount, is_more = scale.said(abs(difference.value)), difference.value > 0
    low, high = difference.low, difference.high
    if not is_more:
        low, high = -high, -low
    interval = say(" ({low} to {high})", low=scale.number(low), high=scale.number(high)) if high > low else ""
    clause = ", for {amount}{interval} more a week" if is_more else ", for {amount}{interval} less a week"
    return say(clause, amount=amount, interval=interval) + _users_part(comparison, alternative)


def _users_part(comparison: Comparison, alternative: str) -> str:
    """Return how much of a difference in cost is priced time of users and no cash; nothing where none is."""
    try:
        row = comparison.row("cost_waiting_users_per_week")
    except KeyError:
        return ""
    value = next(_value(change) for change in row.changes if change.alternative == alternative)
    if not math.isfinite(value) or value == 0.0:
        return ""
    scale = scale_of(comparison.base.model.money.currency, [value])
    return say(", {amount} of it for users who wait", amount=scale.said(value, signed=True))


def _differences(comparison: Comparison, labels: dict[str, str]) -> Section:
    table = differences(comparison, labels)
    headlines = table.chosen(row for row in table.rows if row[2] in HEADLINES)
    grid = Grid(
        say(
            "Main figures against {base}, with {confidence} % intervals",
            base=labels[""],
            confidence=f"{100 * comparison.confidence:.4g}",
        ),
        (say("Figure"), labels[""], *(labels[name] for name in comparison.alternatives)),
        tuple(_grid_row(comparison, name) for name in HEADLINES if _has(comparison, name)),
        source=table,
    )
    main = replace(headlines, name="main_differences", title="Differences of the main figures to the base")
    exhibit = Exhibit(
        say("Differences in per cent"),
        say(
            "Difference to the base in per cent of it, with intervals that hold for all alternatives "
            "together. A difference is called better or worse only where it is significant."
        )
        + _sharper(comparison),
        partial(draw_differences, headlines),
        (main,),
    )
    return Section(say("What changes"), (grid, exhibit))


def _sharper(comparison: Comparison) -> str:
    """Return why an interval may hold 0 though a difference is shown; nothing where none does."""
    changes = [change for row in comparison.rows if row.name in HEADLINES for change in row.changes]
    held = (
        change.is_significant and change.paired.difference.low < 0.0 < change.paired.difference.high
        for change in changes
    )
    if not any(held):
        return ""
    return say(
        " That is judged by Holm’s test, which sees a little more than intervals that hold all together: "
        "some of these reach just over 0 all the same."
    )


def _has(comparison: Comparison, name: str) -> bool:
    """Whether there is such a row, and anything but nothing in it."""
    rows = [row for row in comparison.rows if row.name == name]
    return any(
        math.isfinite(value) and value != 0.0
        for row in rows
        for value in (row.base.value, *(c.estimate.value for c in row.changes))
    )


def _grid_row(comparison: Comparison, name: str) -> tuple[Shown, ...]:
    row = comparison.row(name)
    unit = unit_of(name, comparison.base.model.money.currency)
    values = [row.base.value, *(change.estimate.value for change in row.changes)]
    halves = [change.paired.difference.half_width for change in row.changes]
    least = min((half for half in halves if half > 0.0), default=math.nan)
    scale = scale_of(unit, values, least)
    cells = [Shown(title_of(name)), Shown(scale.said(row.base.value))]
    for change in row.changes:
        look = change.verdict if change.verdict in ("better", "worse") else ""
        cells.append(Shown(scale.said(change.estimate.value), look, _told(change, scale)))
    return tuple(cells)


def _told(change: Change, scale: Scale) -> str:
    """Return the difference in words and numbers."""
    difference = change.paired.difference
    if difference.value == 0.0 and difference.half_width == 0.0:
        return say("the same")
    words = say("no difference shown" if change.verdict == "not shown" else change.verdict)
    text = f"{words}: {scale.number(difference.value, signed=True)}"
    if difference.has_interval and difference.high - difference.low > 1e-9 * abs(difference.value):
        low, high = scale.number(difference.low, signed=True), scale.number(difference.high, signed=True)
        text += say(" ({low} to {high})", low=low, high=high)
    return text


def _value(change: Change) -> float:
    value = change.paired.difference.value
    return value if math.isfinite(value) else math.inf


def _method(comparison: Comparison) -> tuple[str, ...]:
    row = comparison.row("resolution_mean")
    gains = [
        say(
            "{times} times for {alternative}",
            times=f"{change.paired.variance_reduction:.2g}",
            alternative=change.alternative,
        )
        for change in row.changes
        if math.isfinite(change.paired.variance_reduction)
    ]
    saved = (
        say(" For the mean resolution time this saved replications: {gains}.", gains=and_list(gains))
        if gains
        else ""
    )
    return (
        say(
            "All scenarios met the same tickets with the same needs (common random numbers), so differences "
            "are taken replication by replication.{saved}",
            saved=saved,
        ),
        say(
            "What is called better, worse, higher or lower holds for all alternatives of a figure together "
            "(Holm’s test, {confidence} %; intervals after Bonferroni). Of many figures some may still "
            "differ by chance.",
            confidence=f"{100 * comparison.confidence:.4g}",
        ),
        *(() if comparison.base.controls is None else (say(_CONTROLLED),)),
    )


def _command(comparison: Comparison) -> str:
    names = " ".join(map(shlex.quote, (comparison.base.name, *comparison.alternatives)))
    return f"simlab compare {names} --replications {comparison.base.n} --seed {comparison.base.seed}" + (
        "" if comparison.base.controls is None else " --controls"
    )


def _warnings(subjects: list[Subject]) -> tuple[str, ...]:
    return tuple(
        f"{subject.label}: {say_again(warning)}"
        for subject in subjects
        for warning in (*subject.run.unstable, *subject.run.warnings)
    )
