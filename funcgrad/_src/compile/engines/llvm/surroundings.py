"""What the code of one step meets in its function."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....base.record import Record
from ....ir.jaxpr import Var
from .refs import Ref
from .registers import Register


class Surroundings(Record):
    """Where the step's variables are.

    ``refs`` tells where their elements lie, results included. ``scalars`` holds single numbers that are in
    registers (and in memory, too), and takes up those that the step makes. ``scratch(bytes)`` is memory for
    this step alone: a slot of the frame and an offset.
    """

    refs: Mapping[Var, Ref]
    scalars: dict[Var, Register]
    scratch: Callable[[int], tuple[int, int]]
