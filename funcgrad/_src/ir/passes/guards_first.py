"""Guards before effects: a program whose guard fails has done nothing yet that could be seen.

NOTE (guards come first): a failed guard leaves a program in the middle, and another one runs from the
start. So nothing that can be seen from outside happens before the last guard: this pass puts effects
behind it, and a plan writes into the memory of a donated input only after it. And nothing moves from
behind a guard to before it: what Python does only where ``x > 0`` may raise or warn elsewhere.
"""

from __future__ import annotations

from ..jaxpr import Equation, Jaxpr, Var, effects_of

GUARD = "guard"


def guards_first(jaxpr: Jaxpr) -> Jaxpr:
    """``jaxpr`` with the effects, in their order, and what depends on them behind the last guard.

    Everything else stays where it is. No guard depends on an effect: `jit` decides by no such number.
    """
    last = last_guard(jaxpr)
    if not any(_acts(eqn) for eqn in jaxpr.eqns[:last]):
        return jaxpr
    kept: list[Equation] = []
    moved: list[Equation] = []
    late: set[Var] = set()
    for eqn in jaxpr.eqns[: last + 1]:
        if _acts(eqn) or not late.isdisjoint([atom for atom in eqn.ins if type(atom) is Var]):
            moved.append(eqn)
            late.update(eqn.outs)
        else:
            kept.append(eqn)
    eqns = (*kept, *moved, *jaxpr.eqns[last + 1 :])
    return Jaxpr(
        jaxpr.in_vars,
        eqns,
        jaxpr.outs,
        hidden_vars=jaxpr.hidden_vars,
        hidden=jaxpr.hidden,
        axes=jaxpr.axes,
    )


def last_guard(jaxpr: Jaxpr) -> int:
    """The position of the last equation that may fail as a guard; -1 when there is none."""
    if GUARD not in jaxpr.effects:
        return -1
    return max(i for i, eqn in enumerate(jaxpr.eqns) if GUARD in effects_of(eqn))


def _acts(eqn: Equation) -> bool:
    return bool(effects_of(eqn) - {GUARD})
