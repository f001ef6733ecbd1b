"""What this engine makes native, as the planner asks it."""

from __future__ import annotations

from ....ir.jaxpr import Equation, Var
from ...fusion import REDUCTIONS
from ...layout import Known
from ...native import Native
from . import elementwise
from .refs import Ref, dense_ref, view
from .registers import is_native
from .steps import supports_step


def ability(known: Known) -> Native:
    """For a program whose layouts are these."""
    views = Views(known)
    return Native(elementwise.supports, reduces, lambda eqn: supports_step(eqn, known), views.shows)


def reduces(eqn: Equation) -> bool:
    """Whether a reduction is native: not the extremes of complex numbers."""
    out, have = eqn.outs[0].aval.dtype, eqn.ins[0].aval.dtype
    plain = eqn.primitive.name in ("sum", "prod") or out.kind != "c"
    return (
        bool(eqn.ins[0].aval.ndim)
        and eqn.primitive.name in REDUCTIONS
        and is_native(out)
        and is_native(have)
        and plain
    )


class Views:
    """Which results are elements of their operand, counted in another way, at steps that are known."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.refs: dict[Var, Ref] = {}  # as if the memory began at 0

    def shows(self, eqn: Equation) -> bool:
        """Whether an equation needs no code."""
        if len(eqn.ins) != 1 or len(eqn.outs) != 1 or not isinstance(eqn.ins[0], Var):
            return False
        operand, out = eqn.ins[0], eqn.outs[0]
        if out.aval.kind != "array" or operand.aval.kind != "array" or not is_native(out.aval.dtype):
            return False
        ref = self.refs.get(operand)
        if ref is None:
            layout = self.known.get(operand)
            if layout is None or not layout.dense:
                return False
            ref = dense_ref(0, 0, operand.aval.shape, layout, operand.aval.dtype)
        found = view(eqn, ref)
        if found is not None:
            self.refs[out] = found
        return found is not None
