"""The net present value as a goal."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from simlab.errors import InvalidInput
from simlab.optimise.definition import read_optimisation
from simlab.optimise.present_value import PresentValue, Weights
from simlab.units import WEEKS_PER_YEAR

SOUGHT = "maximise: npv\nnpv: {horizon: 2 years, discount_rate: 10 %}"


def test_a_week_counts_once_a_year_discounted_from_its_end() -> None:
    stated = PresentValue.model_validate({"horizon": "2 years", "discount_rate": "10 %"})

    assert Weights.of(stated).running == pytest.approx(WEEKS_PER_YEAR * (1 / 1.1 + 1 / 1.21))


def test_npv_is_what_the_recommended_configuration_costs_less_than_today(
    toy: ModuleType, tmp_path: Path
) -> None:
    text = toy.EXPERIMENT.replace("minimise: cost_per_week", SOUGHT)

    result = toy.optimise(toy.write(tmp_path, text), tmp_path / "study")

    assert result.recommended is not None
    assert result.recommended.settings == toy.BEST  # each configuration costs as much once: nothing
    saved = toy.cost(4, 5, "off") - toy.cost(3, 4, "full")
    per_week = WEEKS_PER_YEAR * (1 / 1.1 + 1 / 1.21)
    assert result.recommended.goals["npv"].value == pytest.approx(saved * per_week)
    assert result.today.goals["npv"].value == 0.0
    assert result.maximised == (True,)


@pytest.mark.parametrize(
    ("sought", "said"),
    [
        ("minimise: npv\nnpv: {horizon: 2 years, discount_rate: 10 %}", "write maximise: npv"),
        ("maximise: npv", "npv needs a horizon and a rate"),
        ("maximise: {npv: 1, resolve_attainment: 2}\nnpv: {horizon: 1 year, discount_rate: 0 %}", "no part"),
        ("maximise: npv\nnpv: {horizon: soon, discount_rate: 10 %}", "whole years are expected"),
    ],
)
def test_what_is_missing_or_meaningless_for_npv_is_told(
    toy: ModuleType, tmp_path: Path, sought: str, said: str
) -> None:
    path = toy.write(tmp_path, toy.EXPERIMENT.replace("minimise: cost_per_week", sought))

    with pytest.raises(InvalidInput, match=said):
        read_optimisation(path)
