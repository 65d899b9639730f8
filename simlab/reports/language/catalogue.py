"""What a report says, in the language it is written in.

Code says everything in English, through `say`; a catalogue has the sentence of another language for each
English one, with the same values in braces. A new language is one file ``<code>.yaml`` in this folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from simlab.errors import UsageError
from simlab.scenario.suggestions import remedy_for_unknown

FOLDER: Final = Path(__file__).parent
_SENTENCES: Final = ("reason", "most", "time", "what")
"""Names of values in finished sentences that are sentences themselves."""
_REMEDY: Final = "\n    -> "
_HINT: Final = "; "
"""Between a warning and its remedy, on pages."""
_NAME: Final = re.compile(r"\{(\w+)\}")
_WHERE: Final = re.compile(r"[^\n]+?:\d+:\d+: |[a-z_]+\.[^\n]+?: ")
"""In front of a warning: file, line and column, or the path of keys."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its sentences."""

    code: str
    """As HTML has it: ``en``, ``zh-Hans``."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sentence by its English one; what is not there is said in English."""

    forms: tuple[tuple[re.Pattern[str], str], ...] = field(default=(), repr=False)
    """Sentences with values, as patterns of the English ones, with their translations."""

    @property
    def characters(self) -> str:
        """Every character that its sentences need."""
        return "".join(sorted(set("".join([*self.texts.values(), *(said for _, said in self.forms)]))))


ENGLISH: Final = Language("en")
_SPOKEN: ContextVar[Language] = ContextVar("language", default=ENGLISH)


def languages() -> tuple[str, ...]:
    """Return the names of all languages, as ``--lang`` takes them."""
    return ("en", *sorted(file.stem for file in FOLDER.glob("*.yaml")))


@cache
def language_of(name: str) -> Language:
    """Return a language by its name; UsageError when there is no catalogue of it."""
    if name == "en":
        return ENGLISH
    if name not in languages():
        remedy = remedy_for_unknown(name, languages())
        raise UsageError(f"there is no catalogue of the language '{name}'\n    -> {remedy}")
    import yaml

    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    retold = content["retold"]
    plain = {text: said for text, said in retold.items() if "{" not in text}
    forms = ((_pattern(text), said) for text, said in retold.items() if "{" in text)
    return Language(content["code"], {**content["texts"], **plain}, tuple(forms))


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of a sentence whose values may be anything."""
    parts = _NAME.split(text)
    names = (f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return re.compile("".join(names), re.DOTALL)


def spoken() -> Language:
    """Return the language that is spoken now."""
    return _SPOKEN.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Say everything in a language."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def say_again(text: str) -> str:
    """Return a finished English sentence in the language that is spoken, if the catalogue has its form.

    Reasons, notes and warnings come from below as whole sentences, some behind the place in the files that
    they are about, some with a remedy. The values in one stand where the catalogue's sentence has names in
    braces.
    """
    message, arrow, remedy = text.partition(_REMEDY)
    if arrow:
        return f"{say_again(message)}{say(_HINT)}{say_again(remedy)}"
    if _WHERE.match(text):
        for colon in re.finditer(": ", text):
            if (said := _again(text[colon.end() :])) is not None:
                return text[: colon.end()] + said
    return _again(text) or text


def _again(sentence: str) -> str | None:
    """Return a finished sentence in the language that is spoken; None where its form is not known."""
    language = _SPOKEN.get()
    if sentence in language.texts:
        return language.texts[sentence]
    for form, said in language.forms:
        if (found := form.fullmatch(sentence)) is not None:
            return _filled(said, {name: _value(name, text) for name, text in found.groupdict().items()})
    return None


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    """Put values in place of their names; other braces stay, as scenario files have them."""
    return _NAME.sub(lambda name: values.get(name[1], name[0]), sentence)


def _value(name: str, said: str) -> str:
    """Return a value of a finished sentence, said again where it is a sentence itself; others are names."""
    return say_again(said) if name in _SENTENCES else said


def say(text: str, /, **values: object) -> str:
    """Return a sentence in the language that is spoken, with values in place of their names in braces.

    Values are put in as they are: braces in them mean nothing.
    """
    sentence = _SPOKEN.get().texts.get(text, text)
    return sentence.format(**values) if values else sentence
