"""What is known of a process beside its model: times, shares, teams, arrivals, by the ids of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameters of a process in the words of the scenario language."""

    source: str = ""
    """Where they are from, for the evidence."""
    times: Mapping[str, Any] = field(default_factory=dict)
    """Task or event to the distribution of its time."""
    shares: Mapping[str, str] = field(default_factory=dict)
    """Flow to its share, such as ``35 %``."""
    team_of: Mapping[str, str] = field(default_factory=dict)
    """Task to its team."""
    staffing: dict[str, Any] = field(default_factory=dict)
    calendars: dict[str, Any] = field(default_factory=dict)
    arrivals: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def share(self, flow: str) -> str | None:
        """Return the share of a flow; None where it is not told."""
        return self.shares.get(flow)


NO_PARAMETERS: Final = Parameters()
