"""What all blocks of the language share: strictness, and the rule that exactly one alternative is given."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator


class Block(BaseModel):
    """A map of the scenario file: unknown keys are refused, values never change."""

    model_config = ConfigDict(
        defer_build=True,  # most blocks are only ever read as parts of another, which builds them anyway
        frozen=True,
        extra="forbid",
        validate_by_name=False,
        validate_by_alias=True,
    )


class Alternatives(Block):
    """A block in which exactly one of the keys in ``ONE_OF`` is written."""

    ONE_OF: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [key for key in self.ONE_OF if getattr(self, key) is not None]
        if len(given) != 1:
            said = "none of them is" if not given else " and ".join(given) + " are"
            raise ValueError(
                f"exactly one of {', '.join(map(_key, self.ONE_OF))} must be written; {said} given"
            )
        return self

    @property
    def chosen(self) -> tuple[str, Any]:
        """Key and value of the alternative that was written."""
        key = next(key for key in self.ONE_OF if getattr(self, key) is not None)
        return key, getattr(self, key)


def _key(attribute: str) -> str:
    return attribute.rstrip("_")
