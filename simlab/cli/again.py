"""What to type to have a result again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TypeAlias

Given: TypeAlias = str | int | float | bool | Path | list[str] | None


def command_line(*words: str | Path, **options: Given) -> str:
    """Return a command with those of its options that were given.

    Parameters
    ----------
    words
        Command and arguments.
    options
        Value by the option's name, with ``_`` for ``-``: None, False and an empty list were not given, True
        is a switch, and an option is repeated for each text of a list.
    """
    line = ["simlab", *map(str, words)]
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            line.append(option)
        elif isinstance(value, list):
            line += [word for each in value for word in (option, each)]
        elif value is not None and value is not False:
            line += [option, str(value)]
    return shlex.join(line)
