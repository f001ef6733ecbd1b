"""What a compiled function shows of a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ..base.late import late
from ..ir.jaxpr import Jaxpr
from ..ops.decisions import Guard

if TYPE_CHECKING:
    from ..compile import cost
    from ..compile.engines.source import Program
else:
    cost = late("funcgrad._src.compile.cost")


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
