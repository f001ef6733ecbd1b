"""What a compiled function shows of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from ..base.errors import ArgumentError, UnsupportedError
from ..base.late import late
from ..ir.jaxpr import Jaxpr
from ..ops.decisions import Guard

if TYPE_CHECKING:
    from ..compile import cost
    from ..compile.engines.llvm import machine
    from ..compile.program import Program
else:
    cost = late("funcgrad._src.compile.cost")
    machine = late("funcgrad._src.compile.engines.llvm.machine")

Kind = Literal["jaxpr", "plan", "python", "llvm", "asm"]


class Lowered(NamedTuple):
    """What ``jit(f).lower(*args)`` shows: the jaxpr, the plan, the code, and what was frozen.

    ``frozen`` lists arrays that NumPy computed from plain arrays while the function was traced: they
    are values of that moment, not read again. ``guards`` are the decisions for which alone it is right.
    """

    jaxpr: Jaxpr
    program: Program
    frozen: tuple[Any, ...]
    guards: tuple[Guard, ...] = ()

    @property
    def plan(self) -> Any:
        """The plan: steps, liveness, in-place writes."""
        return self.program.plan

    def cost(self) -> cost.Cost:
        """Floating-point operations, bytes moved, peak memory and launches of one call, from the shapes."""
        return cost.cost_of(self.program.plan)

    @property
    def code(self) -> str:
        """The generated Python source."""
        return self.program.code

    @property
    def engine(self) -> str:
        """What made the program: "llvm" or "numpy" for the host, "python" for devices."""
        return self.program.engine

    @property
    def native(self) -> str:
        """The source of the machine code, in LLVM's language; empty where there is none."""
        return self.program.native

    def as_text(self, kind: Kind = "jaxpr") -> str:
        """One stage of the compilation.

        Parameters
        ----------
        kind : {"jaxpr", "plan", "python", "llvm", "asm"}
            What was traced; the steps; the Python that runs; the source of the kernels that it calls, as it
            is handed to LLVM; and the assembly that LLVM makes of them for this processor.

        Raises
        ------
        ArgumentError
            When there is no such kind.
        UnsupportedError
            When the program has no machine code.
        """
        if kind not in get_args(Kind):
            kinds = ", ".join(map(repr, get_args(Kind)))
            raise ArgumentError("as_text: there is no such kind of text.", expected=kinds, got=repr(kind))
        if kind in ("llvm", "asm"):
            source = self._native()
            return machine.host_machine().assembly(source) if kind == "asm" else source
        return self.code if kind == "python" else str(self.plan if kind == "plan" else self.jaxpr)

    def _native(self) -> str:
        if self.native:
            return self.native
        every = self.engine == "llvm"
        raise UnsupportedError(
            "as_text: the program has no machine code.",
            expected="a program of the engine 'llvm', with at least one step that it compiles",
            got="only steps that are calls of NumPy" if every else f"a program of the engine {self.engine!r}",
            hint="as_text('python')" if every else "jit(f, engine='llvm')",
        )
