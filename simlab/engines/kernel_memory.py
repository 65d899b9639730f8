"""The memory of the compiled engine: one block of records per table, found by address.

The kernel is a few dozen small functions that share some seventy arrays. Handing those on as arguments would
cost more than the work, so that they all take a `Desk`: a table of addresses, one per array of `LAYOUT`, in
which ``desk.people[3].speed`` is one load from a fixed place. An array read through a desk has no length of
its own and owns nothing; `Memory` keeps the arrays alive and holds them to the types of `LAYOUT`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    overload,
    register_model,
)
from numba.np import arrayobj
from numpy.typing import NDArray

from simlab.engines.kernel_layout import LAYOUT, SECTIONS
from simlab.engines.kernel_parts import PartCompiler
from simlab.engines.kernel_plain import keep, plain_desk_at
from simlab.model.calendars import Calendar

F = TypeVar("F", bound=Callable[..., Any])
Table: TypeAlias = Any
"""An array of records or numbers, as the kernel sees it."""

# Numba's own modules are not typed throughout.
_types: Any = types
_arrayobj: Any = arrayobj
_cgutils: Any = cgutils
_overload: Any = overload

_POSITION = {name: position for position, name in enumerate(LAYOUT)}
_LENGTH, _LENGTH_OF_CALENDARS = 0, 1 << 40
"""Lengths that arrays are given: the kernel keeps to the sizes in its run record. With 0, numba's rule for
negative indices adds nothing, so that compiled code does not look at the sign; slices need a real length."""


IS_PLAIN: Final = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
"""Whether the kernel runs as plain Python; see `simlab.engines.kernel_plain`."""

_OPTIONS: Final[dict[str, Any]] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": PartCompiler,
}


def compiled(function: F) -> F:
    """Let numba compile a function of the kernel when it is first called from compiled code."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS)(function)))


def inlined(function: F) -> F:
    """Like `compiled`, for functions that are short or called in one place."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS, forceinline=True)(function)))


def _for_plain_numbers(dispatcher: Any) -> Any:  # noqa: ANN401
    """Keep numba from compiling a function anew for every constant and width of its arguments."""
    if IS_PLAIN:
        return dispatcher  # the function itself
    of_types = dispatcher.get_call_template

    def of_plain_types(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:  # noqa: ANN401
        return of_types(tuple(_plain(kind) for kind in arguments), keywords)

    dispatcher.get_call_template = of_plain_types
    return dispatcher


def _plain(kind: Any) -> Any:  # noqa: ANN401
    kind = _types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) else kind


class Desk:
    """Stands for the tables of one replication in signatures; numba sees a `_DeskType`."""

    def __getattr__(self, name: str) -> Table:
        raise TypeError("a desk is only read by compiled code")


class _DeskType(types.Type):
    """The desk itself, or one of its sections: the same address, whose arrays have a common prefix."""

    def __init__(self, section: str = "", is_lean: bool = False) -> None:
        self.prefix = f"{section}." if section else ""
        self.is_lean = is_lean
        super().__init__(name=f"simlab.{'LeanDesk' if is_lean else 'Desk'}({section})")


register_model(_DeskType)(models.OpaqueModel)


def _desk_of(is_lean: bool) -> Any:  # noqa: ANN401
    """Function that gives the desk whose table of addresses stands at an address."""
    desk = _DeskType(is_lean=is_lean)

    def _desk_at(typing_context: Any, address: Any) -> Any:  # noqa: ANN401
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            return builder.inttoptr(arguments[0], context.get_value_type(desk))

        return desk(types.int64), generate

    return intrinsic(_desk_at)


desk_at: Any = plain_desk_at if IS_PLAIN else _desk_of(is_lean=False)
lean_desk_at: Any = plain_desk_at if IS_PLAIN else _desk_of(is_lean=True)


@infer_getattr
class _Tables(AttributeTemplate):
    key = _DeskType

    def generic_resolve(self, desk: _DeskType, name: str) -> Any:  # type: ignore[override] # noqa: ANN401
        if not desk.prefix and name in SECTIONS:
            return _DeskType(name, desk.is_lean)
        return _array_type(desk.prefix + name) if desk.prefix + name in LAYOUT else None


def _array_type(name: str) -> Any:  # noqa: ANN401
    return types.Array(numba.from_dtype(LAYOUT[name]), 1, "C")


@lower_getattr_generic(_DeskType)  # type: ignore[no-untyped-call, untyped-decorator]
def _table(context: Any, builder: Any, desk_type: Any, desk: Any, name: str) -> Any:  # noqa: ANN401
    """Section of a desk, or array at the address that the desk has for it."""
    if not desk_type.prefix and name in SECTIONS:
        return desk
    name = desk_type.prefix + name
    array_type = _array_type(name)
    words = builder.bitcast(desk, ir.IntType(64).as_pointer())
    address = builder.load(builder.gep(words, [ir.IntType(32)(_POSITION[name])]))
    # The table of addresses does not change while the kernel runs: one load per function is enough.
    address.set_metadata("invariant.load", builder.module.add_metadata([]))
    array = _arrayobj.make_array(array_type)(context, builder)
    length = _LENGTH_OF_CALENDARS if desk_type.prefix == "calendars." else _LENGTH
    size = context.get_abi_sizeof(context.get_data_type(array_type.dtype))
    _arrayobj.populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=_cgutils.pack_array(builder, [ir.IntType(64)(length)]),
        strides=_cgutils.pack_array(builder, [ir.IntType(64)(size)]),
        itemsize=ir.IntType(64)(size),
        meminfo=None,
    )
    return array._getvalue()


@_overload(operator.getitem, jit_options={"pipeline_class": PartCompiler})  # type: ignore[untyped-decorator]
def _calendar_at(desk: Any, calendar: Any) -> Any:  # noqa: ANN401
    """Let the shared rules read ``open_calendars[i]`` from the section of calendars."""
    if not (isinstance(desk, _DeskType) and desk.prefix == "calendars."):
        return None

    def calendar_at(desk: Any, calendar: Any) -> Calendar:  # noqa: ANN401
        first, end = desk.first[calendar], desk.first[calendar + 1]
        before = desk.worked_before[first + calendar : end + calendar + 1]
        return Calendar(desk.opens[first:end], desk.closes[first:end], before, 0.0, 0.0)

    return calendar_at


class Memory:
    """The arrays of one replication and the table of their addresses."""

    def __init__(self, tables: Mapping[str, NDArray[Any]]) -> None:
        missing = LAYOUT.keys() - tables.keys()
        if missing:
            raise AssertionError(f"tables of the kernel are missing: {', '.join(sorted(missing))}")
        self._tables: dict[str, NDArray[Any]] = {}
        self._addresses = np.zeros(len(LAYOUT), np.int64)
        self.update(tables)
        self._be_known()

    def shared(self) -> Memory:
        """Return a memory of the same tables, each of which may be replaced in it."""
        other = Memory.__new__(Memory)
        other._tables = self._tables.copy()
        other._addresses = self._addresses.copy()
        other._be_known()
        return other

    def _be_known(self) -> None:
        self._plain = keep(self.address, self._tables) if IS_PLAIN else None

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._tables[name]

    def __setitem__(self, name: str, table: NDArray[Any]) -> None:
        if table.dtype != LAYOUT[name] or not table.flags.c_contiguous:
            raise AssertionError(f"table {name} must be contiguous {LAYOUT[name]}; found {table.dtype}")
        self._tables[name] = table
        # The quicker way to an address: the interface of an array describes all fields of its records.
        is_plain = table.dtype.names is None
        address = table.__array_interface__["data"][0] if is_plain else table.ctypes.data
        self._addresses[_POSITION[name]] = address

    def update(self, tables: Mapping[str, NDArray[Any]]) -> None:
        """Replace tables."""
        for name, table in tables.items():
            self[name] = table

    @property
    def address(self) -> int:
        """Where the table of addresses stands."""
        return int(self._addresses.ctypes.data)
