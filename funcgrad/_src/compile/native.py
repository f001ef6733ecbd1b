"""What an engine that makes machine code can do by itself, as the planner asks."""

from __future__ import annotations

from collections.abc import Callable

from ..base.record import Record
from ..ir.jaxpr import Equation


class Native(Record):
    """Which equations become native code.

    ``elementwise`` and ``reduction`` tell of those that may be rows of a loop program, ``step`` of others
    that are native steps by themselves: movements of data and small products. ``view`` tells of those that
    show the memory of their operand, and need no code at all; it is asked of every equation in turn.
    """

    elementwise: Callable[[Equation], bool]
    reduction: Callable[[Equation], bool]
    step: Callable[[Equation], bool]
    view: Callable[[Equation], bool]
