"""Equations that are native steps by themselves: what moves data, and small products."""

from __future__ import annotations

from ....ir.jaxpr import Equation
from ...layout import Known
from .arrangements import ARRANGEMENTS
from .code import Code
from .movement import MOVEMENT
from .products import PRODUCTS
from .surroundings import NativeStep, Surroundings

STEPS: dict[str, NativeStep] = {**MOVEMENT, **ARRANGEMENTS, **PRODUCTS}


def supports_step(eqn: Equation, known: Known) -> bool:
    """Whether an equation is a native step."""
    found = STEPS.get(eqn.primitive.name)
    return found is not None and found.supports(eqn, known)


def emit_step(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Write a native step."""
    STEPS[eqn.primitive.name].emit(code, eqn, around)
