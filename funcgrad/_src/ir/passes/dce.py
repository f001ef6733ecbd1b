"""Dead code elimination: keep the equations that an output or an effect needs."""

from __future__ import annotations

from collections.abc import Sequence

from ...base.errors import JaxprError
from ..jaxpr import Equation, Jaxpr, Var, effects_of


def dce(jaxpr: Jaxpr, used_outputs: Sequence[bool] | None = None) -> Jaxpr:
    """``jaxpr`` with the outputs marked in ``used_outputs`` (all by default) and what they need.

    Equations with effects stay, whatever they return. The inputs stay as they are; hidden inputs that
    nothing reads any more leave.
    """
    outs = jaxpr.outs
    if used_outputs is not None:
        if len(used_outputs) != len(outs):
            raise JaxprError(
                "dce: used_outputs does not fit the program.",
                expected=f"{len(outs)} bools, one for each output",
                got=str(len(used_outputs)),
            )
        outs = tuple(atom for atom, used in zip(outs, used_outputs, strict=True) if used)
    needed = {atom for atom in outs if type(atom) is Var}
    kept: list[Equation] = []
    for eqn in reversed(jaxpr.eqns):
        if not needed.isdisjoint(eqn.outs) or effects_of(eqn):
            kept.append(eqn)
            needed.update(atom for atom in eqn.ins if type(atom) is Var)
    kept.reverse()
    hidden_vars = [var for var in jaxpr.hidden_vars if var in needed]
    hidden = [v for var, v in zip(jaxpr.hidden_vars, jaxpr.hidden, strict=False) if var in needed]
    return Jaxpr(jaxpr.in_vars, kept, outs, hidden_vars=hidden_vars, hidden=hidden, axes=jaxpr.axes)
