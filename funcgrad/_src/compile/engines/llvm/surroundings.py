"""What the code of one step meets in its function, and steps that are one equation."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ....base.record import Record
from ....ir.jaxpr import Equation, Var
from ...layout import Known
from .code import Code
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


class NativeStep(Record):
    """How an equation becomes code.

    ``supports`` tells whether it does, ``emit(code, eqn, around)`` writes it. An operand that is a `Literal`
    has no place in ``around.refs``. Where the result takes over the memory of an operand, as `OVERWRITES`
    says for NumPy, both have the same place.
    """

    supports: Callable[[Equation, Known], bool]
    emit: Callable[[Code, Equation, Surroundings], None]
