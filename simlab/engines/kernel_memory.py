"""The memory of the compiled engine: one block of records per table, found by address.

The kernel is a few dozen small functions that share some seventy arrays. Handing those on as arguments would
cost more than the work, so that they all take a `Desk`: a table of addresses, one per array of `LAYOUT`, in
which ``desk.people[3].speed`` is one load from a fixed place. An array read through a desk has no length of
its own and owns nothing; `Memory` keeps the arrays alive and holds them to the types of `LAYOUT`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, TypeAlias, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, imputils, types
from numba.core.datamodel import models
from numba.core.typing import templates
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
from simlab.engines.kernel_parts import AsideCompiler, HotCompiler, PartCompiler
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
_templates: Any = templates
_lowered: Any = imputils.lower_builtin

_POSITION = {name: position for position, name in enumerate(LAYOUT)}
_SLICED: Final = "calendars."
"""Arrays of which slices are made: they need a length, if not their own."""
_MOST_INTERVALS = 1 << 40

IS_PLAIN: Final = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
"""Whether the kernel runs as plain Python; see `simlab.engines.kernel_plain`."""

_OPTIONS: Final[dict[str, Any]] = {
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
    "pipeline_class": PartCompiler,
    "forceinline": False,  # otherwise numba hands the option on to all that an inlined function calls
}


def compiled(function: F) -> F:
    """Let numba compile a function of the kernel when it is first called from compiled code."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS)(function)))


def inlined(function: F) -> F:
    """Like `compiled`, for functions that are short or called in one place."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS | {"forceinline": True})(function)))


def inlined_if_lean(function: F) -> F:
    """Like `inlined` in the lean build; like `compiled` in the whole one, where many functions call it."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS | {"pipeline_class": HotCompiler})(function)))


def aside(function: F) -> F:
    """Like `compiled`, for functions that are seldom called, and that would swell those that call them."""
    return cast(F, _for_plain_numbers(numba.njit(**_OPTIONS | {"pipeline_class": AsideCompiler})(function)))


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
        return _kind_of(desk.prefix + name) if desk.prefix + name in LAYOUT else None


class _TableType(types.Type):
    """Rows of records or numbers of one type: no more than the address at which they begin."""

    def __init__(self, kind: Any) -> None:  # noqa: ANN401
        self.kind = kind
        super().__init__(name=f"simlab.Table({kind})")


register_model(_TableType)(models.OpaqueModel)


@functools.cache
def _kind_of(name: str) -> Any:  # noqa: ANN401
    """Type of an array of the layout: a table, or an array with a length where slices are made of it."""
    kind = numba.from_dtype(LAYOUT[name])
    return types.Array(kind, 1, "C") if name.startswith(_SLICED) else _TableType(kind)


@lower_getattr_generic(_DeskType)  # type: ignore[no-untyped-call, untyped-decorator]
def _table(context: Any, builder: Any, desk_type: Any, desk: Any, name: str) -> Any:  # noqa: ANN401
    """Section of a desk, or array at the address that the desk has for it."""
    if not desk_type.prefix and name in SECTIONS:
        return desk
    name = desk_type.prefix + name
    kind = _kind_of(name)
    words = builder.bitcast(desk, ir.IntType(64).as_pointer())
    address = builder.load(builder.gep(words, [ir.IntType(32)(_POSITION[name])]))
    # The table of addresses does not change while the kernel runs: one load per function is enough.
    address.set_metadata("invariant.load", builder.module.add_metadata([]))
    if isinstance(kind, _TableType):
        return builder.inttoptr(address, context.get_value_type(kind))
    array = _arrayobj.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    _arrayobj.populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=_cgutils.pack_array(builder, [ir.IntType(64)(_MOST_INTERVALS)]),
        strides=_cgutils.pack_array(builder, [ir.IntType(64)(size)]),
        itemsize=ir.IntType(64)(size),
        meminfo=None,
    )
    return array._getvalue()


class _OfTables(_templates.AbstractTemplate):  # type: ignore[misc]
    """Typing of what is read from a row of a table, or written into one."""

    metadata: ClassVar[dict[str, str]] = {"target": "cpu"}
    """Numba asks those of a certain target before those of any: of these it has many."""

    def generic(self, arguments: tuple[Any, ...], _: dict[str, Any]) -> Any:  # noqa: ANN401
        """Signature where the first argument is a table and the second one a row."""
        table, row = arguments[:2]
        if not (isinstance(table, _TableType) and isinstance(row, types.Integer)):
            return None
        if len(arguments) == 2:
            return _templates.signature(table.kind, table, types.int64)
        return _templates.signature(types.none, table, types.int64, table.kind)


_templates.infer_global(operator.getitem)(type("_RowRead", (_OfTables,), {}))
_templates.infer_global(operator.setitem)(type("_RowWritten", (_OfTables,), {}))


def _row(context: Any, builder: Any, kind: Any, table: Any, row: Any) -> Any:  # noqa: ANN401
    """Address of a row."""
    return builder.gep(builder.bitcast(table, context.get_data_type(kind).as_pointer()), [row])


@_lowered(operator.getitem, _TableType, types.Integer)  # type: ignore[untyped-decorator]
def _read(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:  # noqa: ANN401
    """Record or number of a row; a record is no more than its address."""
    kind = types_of.return_type
    return context.unpack_value(builder, kind, _row(context, builder, kind, *arguments))


@_lowered(operator.setitem, _TableType, types.Integer, types.Any)  # type: ignore[untyped-decorator]
def _write(context: Any, builder: Any, types_of: Any, arguments: Any) -> Any:  # noqa: ANN401
    """Put a number into a row."""
    kind, (table, row, value) = types_of.args[2], arguments
    context.pack_value(builder, kind, value, _row(context, builder, kind, table, row))
    return context.get_dummy_value()


@_overload(operator.getitem, jit_options=_OPTIONS)  # type: ignore[untyped-decorator]
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
