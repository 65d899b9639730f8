from __future__ import annotations

from importlib.util import find_spec

import pytest

from simlab.reports.figures import fonts
from simlab.reports.figures.fonts import DEFAULT, Fonts, fonts_for
from simlab.reports.language.catalogue import language_of


def test_latin_names_need_no_other_font() -> None:
    assert fonts_for(["Déjà vu – 90 % · €"]) == Fonts((DEFAULT,), "")


def test_characters_that_no_font_has_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_extra", lambda: iter(()))
    monkeypatch.setattr(fonts, "_known", lambda: iter(()))
    monkeypatch.setattr(fonts, "_new", lambda: iter(()))
    found = fonts_for(["服务台", "desk"])
    assert found.families == (DEFAULT,)
    assert found.missing == "".join(sorted("服务台"))
    assert "服" in found.warning
    assert "Noto Sans CJK" in found.warning


def test_a_font_that_has_the_characters_is_taken_and_no_further_one(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [("Other", "a"), ("Chinese", "b"), ("Chinese too", "c")]
    codes = {"a": {ord("x")}, "b": set(map(ord, "服务台")), "c": set(map(ord, "服务台"))}
    monkeypatch.setattr(fonts, "_extra", lambda: iter(()))
    monkeypatch.setattr(fonts, "_known", lambda: iter(known))
    monkeypatch.setattr(fonts, "_characters_of_default", lambda: frozenset("desk"))
    monkeypatch.setattr(fonts, "_codes", lambda path: frozenset(codes[path]))
    assert fonts_for(["服务台 desk".replace(" ", "")]) == Fonts((DEFAULT, "Chinese"), "")


def test_the_extra_comes_before_the_fonts_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"extra": set(map(ord, "服务")), "system": set(map(ord, "服务台"))}
    monkeypatch.setattr(fonts, "_extra", lambda: iter([("Of the extra", "extra")]))
    monkeypatch.setattr(fonts, "_known", lambda: iter([("Of the system", "system")]))
    monkeypatch.setattr(fonts, "_codes", lambda path: frozenset(codes.get(path, ())))
    assert fonts_for(["服务"]) == Fonts((DEFAULT, "Of the extra"), "")
    assert fonts_for(["服务台"]) == Fonts((DEFAULT, "Of the extra", "Of the system"), "")


@pytest.mark.skipif(find_spec(fonts.EXTRA) is None, reason="the extra cjk is not installed")
def test_the_font_of_the_extra_has_all_characters_of_the_chinese_catalogue() -> None:
    found = fonts_for([language_of("zh").characters])
    assert found.missing == ""
    assert found.families == (DEFAULT, "Noto Sans SC")
