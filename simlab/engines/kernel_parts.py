"""How the kernel's functions are compiled: as parts of one whole, which alone is optimised.

Numba optimises every function together with all that it calls, and makes machine code of it. For functions
that only call each other this is the same work again at every level. Here a function is a `_Part`: checked
and translated, but neither optimised nor made machine code; whoever takes it in takes its own parts in too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from numba.core import codegen, compiler, compiler_machinery, ir, typed_passes, untyped_passes

from simlab.engines.kernel_builds import KNOWN_FIELDS, is_left_out

# Numba's own modules are not typed throughout.
_JITCodeLibrary: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.Compiler
_CompilerBase: Any = compiler.CompilerBase
_PassManager: Any = compiler_machinery.PassManager
_FunctionPass: Any = compiler_machinery.FunctionPass
_registered: Any = compiler_machinery.register_pass
_ir: Any = ir


@_registered(mutates_CFG=True, analysis_only=False)
class _MakeLean(_FunctionPass):  # type: ignore[misc]
    """Leaves out of a function what the lean build does not need; see `simlab.engines.kernel_builds`."""

    _name = "simlab_make_lean"

    def __init__(self) -> None:
        _FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:  # noqa: ANN401
        """Put what is known in place of fields; return whether something changed."""
        if not _is_lean(state.args):
            return False
        function = state.func_ir
        if is_left_out(state.func_id.modname, state.func_id.func_name):
            _leave_out(function, state.func_id.func.__annotations__["return"])
            return True
        is_changed = False
        for block in function.blocks.values():
            for statement in block.find_insts(_ir.Assign):
                read = statement.value
                if isinstance(read, _ir.Expr) and read.op == "getattr" and read.attr in KNOWN_FIELDS:
                    statement.value = _ir.Const(KNOWN_FIELDS[read.attr], statement.loc)
                    function._definitions[statement.target.name] = [statement.value]
                    is_changed = True
        return is_changed


def _is_lean(kinds: Iterable[Any]) -> bool:
    """Whether a function of arguments of these types is compiled for the lean build."""
    return any(getattr(kind, "is_lean", False) for kind in kinds)


_NOTHING: dict[str, Any] = {"None": None, "bool": False, "int": -1, "float": 0.0}


def _leave_out(function: Any, returned: str) -> None:  # noqa: ANN401
    """Let a function say that it was called, and return nothing in particular."""
    label = min(function.blocks)
    block = function.blocks[label]
    arguments = [each for each in block.find_insts(_ir.Assign) if isinstance(each.value, _ir.Arg)]
    scope, loc = block.scope, block.loc
    block.body = arguments
    function.blocks = {label: block}

    def computed(value: Any) -> Any:  # noqa: ANN401
        variable = scope.redefine("$left_out", loc)
        block.append(_ir.Assign(value, variable, loc))
        function._definitions[variable.name] = [value]
        return variable

    runs = computed(_ir.Expr.getattr(arguments[0].target, "run", loc))
    run = computed(_ir.Expr.getitem(runs, computed(_ir.Const(0, loc)), loc))
    block.append(_ir.SetAttr(run, "is_amiss", computed(_ir.Const(True, loc)), loc))
    if returned.startswith("tuple"):
        items = [computed(_ir.Const(-1, loc)) for _ in range(returned.count("int"))]
        nothing = computed(_ir.Expr.build_tuple(items, loc))
    else:
        nothing = computed(_ir.Const(_NOTHING[returned], loc))
    block.append(_ir.Return(computed(_ir.Expr.cast(nothing, loc)), loc))


_PASSES = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    _MakeLean,
    untyped_passes.RewriteSemanticConstants,
    untyped_passes.DeadBranchPrune,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)
"""Numba's way from source to code, without what the kernel has no use for: closures, parallel loops, ..."""


class _NoMachineCode:
    """Machine code that a part does not have: its environment, for exceptions, need not be set."""

    def set_env(self, *_: object) -> None:
        """Do nothing."""


class _Part(_JITCodeLibrary):  # type: ignore[misc]
    """A function as it was translated, and the libraries that it calls."""

    codegen = _NoMachineCode()

    def add_llvm_module(self, ll_module: Any) -> None:  # noqa: ANN401
        """Take the function in as it is."""
        self._final_module.link_in(ll_module)

    def finalize(self) -> None:
        """Leave the work to whoever takes the part in."""
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        return 0

    def _get_module_for_linking(self) -> Any:  # noqa: ANN401
        """Module of the part and of all that it leads to, each once; only the part itself is seen outside."""
        whole = self._own_module().clone()
        names = {function.name for function in whole.functions if not function.is_declaration}
        for library in self._all_called():
            is_part = isinstance(library, _Part)
            module = library._own_module() if is_part else library._get_module_for_linking()
            whole.link_in(module, preserve=True)
        for function in whole.functions:
            if not function.is_declaration and function.name not in names:
                function.linkage = "internal"
        return whole

    def _own_module(self) -> Any:  # noqa: ANN401
        """Module of the function, which other modules may have too."""
        module = self._final_module
        for function in module.functions:
            if not function.is_declaration and function.linkage.name == "external":
                function.linkage = "linkonce_odr"
        return module

    def _all_called(self) -> list[Any]:
        """Libraries that the part leads to, in the order in which they are found."""
        found: dict[Any, None] = {}
        callers: list[Any] = [self]
        while callers:
            for library in callers.pop()._linking_libraries:
                if library not in found and library is not self:
                    found[library] = None
                    if isinstance(library, _Part):
                        callers.append(library)
        return list(found)


class _PartAside(_Part):
    """A part that stays a function of its own, whoever calls it."""

    def add_llvm_module(self, ll_module: Any) -> None:  # noqa: ANN401
        """Take the function in, never to be put in place of its calls."""
        for function in ll_module.functions:
            if not function.is_declaration and function.linkage.name == "external":
                function.add_function_attribute("noinline")
        super().add_llvm_module(ll_module)


class _Whole(_JITCodeLibrary):  # type: ignore[misc]
    """The entry with all of its parts: optimised once, where numba does so before and after all else."""

    def _optimize_final_module(self) -> None:
        passes, builder = self._codegen._module_pass_manager()
        passes.run(self._final_module, builder)


class WholeCompiler(_Compiler):  # type: ignore[misc]
    """Numba's compiler of the kernel's entry."""

    def compile_extra(self, function: Any) -> Any:  # noqa: ANN401
        """Compile the entry, and all that it calls, to machine code."""
        self.state.library = _Whole(self.state.targetctx.codegen(), function.__qualname__)
        self.state.library.enable_object_caching()
        return super().compile_extra(function)


class PartCompiler(_CompilerBase):  # type: ignore[misc]
    """Numba's compiler of a function that is to be a part."""

    _library: Callable[..., _Part] = _Part

    def compile_extra(self, function: Any) -> Any:  # noqa: ANN401
        """Compile a function to a part."""
        self.state.library = self._library(self.state.targetctx.codegen(), function.__qualname__)
        return super().compile_extra(function)

    def define_pipelines(self) -> list[Any]:
        """Passes by which a function is compiled."""
        passes = _PassManager("simlab kernel")
        for each in _PASSES:
            passes.add_pass(each, each.__name__)
        passes.finalize()
        return [passes]


class AsideCompiler(PartCompiler):
    """Numba's compiler of a function that is to be a part aside."""

    _library = _PartAside


class HotCompiler(PartCompiler):
    """Numba's compiler of a function that most events come to: the lean build puts it where it is called."""

    def compile_extra(self, function: Any) -> Any:  # noqa: ANN401
        """Compile a function to a part."""
        self.state.flags.forceinline = _is_lean(self.state.args)
        return super().compile_extra(function)
