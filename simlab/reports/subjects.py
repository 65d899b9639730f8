"""What a report is about: the runs of one or more scenarios, with what their logs show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simlab.engines.logs import RunLogs
from simlab.errors import StorageError
from simlab.experiments.runs import ScenarioRun
from simlab.model.tables import Model
from simlab.reports.observation import Observation, observe
from simlab.statistics.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Subject:
    """One scenario of a report."""

    label: str
    """How tables and figures call it; different for all scenarios of a report."""
    run: ScenarioRun
    observation: Observation | None
    """None where no logs were kept: the report then has no detail over time, by step or by cause."""
    estimates: Mapping[str, Estimate] = field(repr=False)
    """Every response by name."""

    @property
    def model(self) -> Model:
        """The compiled scenario."""
        return self.run.model


def subject_of(run: ScenarioRun, label: str | None = None) -> Subject:
    """Return a run with its estimates and the detail of the replications whose logs were kept."""
    return Subject(label or run.label, run, observe(run.model, _kept_logs(run)), run.estimates())


def _kept_logs(run: ScenarioRun) -> Iterator[RunLogs]:
    """Every log there is; of a stored run only the first one, as the others may be many and large."""
    if run.kept:
        yield from (run.kept[replication] for replication in sorted(run.kept))
    elif run.folder is not None:
        try:
            yield run.logs(0)
        except StorageError:
            return
