"""Colours of pages and figures: read with weak eyes (WCAG 2.2), and told apart with any colour vision."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from simlab.reports.figures.canvas import COLOURS, INK, LINES, MARKERS, QUIET
from simlab.reports.pages import render

TEXT = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3); of graphics it is 3 (1.4.11)."""
GRAPHICS = 3.0
STYLE = (Path(render.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
SCHEMES = dict(zip(("light", "dark", "print"), re.findall(r":root \{([^}]*)\}", STYLE), strict=True))
DEUTAN = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTAN = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
"""Linear colours as people without green or red cones see them (Machado, Oliveira and Fernandes, 2009)."""


def linear(colour: str) -> np.ndarray:
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    values = np.array([int(digits[place : place + 2], 16) / 255.0 for place in (0, 2, 4)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#fff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_of_a_page_can_be_read_on_what_is_behind_it(scheme: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", SCHEMES[scheme]))
    weak = {
        f"{text} on {behind}": round(contrast(colours[text], colours[behind]), 2)
        for text in ("ink", "quiet", "accent", "better", "worse")
        for behind in ("page", "card", "tint", "warn")
        if contrast(colours[text], colours[behind]) < TEXT
    }
    assert weak == {}


def test_texts_and_marks_of_figures_stand_out_from_white() -> None:
    assert min(contrast(colour, "#ffffff") for colour in (INK, QUIET)) >= TEXT
    assert min(contrast(colour, "#ffffff") for colour in COLOURS) >= GRAPHICS


def test_series_are_told_apart_by_more_than_their_colour() -> None:
    assert len({*map(str, LINES)}) == len(set(COLOURS)) == len(COLOURS)
    assert len(set(MARKERS)) == len(MARKERS) >= len(COLOURS)


@pytest.mark.parametrize("seen", [np.eye(3), DEUTAN, PROTAN], ids=["all cones", "no green", "no red"])
def test_the_first_colours_differ_with_any_colour_vision(seen: np.ndarray) -> None:
    looks = [np.clip(seen @ linear(colour), 0.0, 1.0) ** (1 / 2.2) for colour in COLOURS[:4]]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(looks, 2)) > 0.12
