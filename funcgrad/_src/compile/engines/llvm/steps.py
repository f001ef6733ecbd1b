"""Equations that are native steps by themselves: what moves data, and small products."""

from __future__ import annotations

from collections.abc import Callable

from ....base.record import Record
from ....ir.jaxpr import Equation
from ...layout import Known
from .code import Code
from .surroundings import Surroundings


class NativeStep(Record):
    """How an equation becomes code.

    ``supports`` tells whether it does, ``emit(code, eqn, around)`` writes it. An operand that is a `Literal`
    has no place in ``around.refs``. ``over``: the operand whose memory the result may have taken (then both
    have the same place), as `OVERWRITES` says for NumPy.
    """

    supports: Callable[[Equation, Known], bool]
    emit: Callable[[Code, Equation, Surroundings], None]


STEPS: dict[str, NativeStep] = {}


def supports_step(eqn: Equation, known: Known) -> bool:
    """Whether an equation is a native step."""
    found = STEPS.get(eqn.primitive.name)
    return found is not None and found.supports(eqn, known)


def emit_step(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Write a native step."""
    STEPS[eqn.primitive.name].emit(code, eqn, around)
