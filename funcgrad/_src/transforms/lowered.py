"""What a compiled function shows of a program."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compile.cost import Cost, cost_of
from ..compile.engines.source import Program
from ..ir.jaxpr import Jaxpr
from ..ops.decisions import Guard


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

    def cost(self) -> Cost:
        """Floating-point operations, bytes moved, peak memory and launches of one call, from the shapes."""
        return cost_of(self.program.plan)

    @property
    def code(self) -> str:
        """The generated Python source."""
        return self.program.code
