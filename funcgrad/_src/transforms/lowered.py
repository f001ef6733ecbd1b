"""What a compiled function shows of a program."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..compile.cost import Cost, cost_of
from ..compile.engines.source import Program
from ..ir.jaxpr import Jaxpr


class Lowered(NamedTuple):
    """What ``jit(f).lower(*args)`` shows: the jaxpr, the plan, the code, the cost, and what was frozen.

    ``frozen`` lists arrays that NumPy computed from plain arrays while the function was traced: they
    are values of that moment, not read again.
    """

    jaxpr: Jaxpr
    program: Program
    frozen: tuple[Any, ...]

    @property
    def plan(self) -> Any:
        """The plan: steps, liveness, in-place writes."""
        return self.program.plan

    @property
    def code(self) -> str:
        """The generated Python source."""
        return self.program.code

    def cost(self) -> Cost:
        """Operations, bytes moved, peak memory and launches of one call."""
        return cost_of(self.program.plan)
