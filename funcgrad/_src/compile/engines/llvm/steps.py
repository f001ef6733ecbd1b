"""Equations that are native steps by themselves: what moves data, and small products."""

from __future__ import annotations

from ....ir.jaxpr import Equation
from ...layout import Known
from .arrangements import ARRANGEMENTS
from .code import Code
from .factors import FACTORS
from .gathers import COMPUTED, is_computed
from .movement import MOVEMENT
from .products import PRODUCTS
from .solves import SOLVES
from .surroundings import NativeStep, Surroundings

STEPS: dict[str, NativeStep] = {**MOVEMENT, **ARRANGEMENTS, **PRODUCTS, **SOLVES, **FACTORS}


def _found(eqn: Equation) -> NativeStep | None:
    return (COMPUTED if is_computed(eqn) else STEPS).get(eqn.primitive.name)


def supports_step(eqn: Equation, known: Known) -> bool:
    """Whether an equation is a native step."""
    found = _found(eqn)
    return found is not None and found.supports(eqn, known)


def emit_step(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Write a native step."""
    found = _found(eqn)
    assert found is not None
    found.emit(code, eqn, around)
