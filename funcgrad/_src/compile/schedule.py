"""Scheduling: read a large value for the last time early, where that costs less memory than keeping it.

A derivative often reads a value of the forward pass again only to make something small of it, such as the
mask of a rectifier. Made at once, the mask is kept in its place, and the memory of the value is free. Nothing
moves across a guard or an effect.
"""

from __future__ import annotations

from ..ir.jaxpr import Equation, Jaxpr, Var, effects_of
from ..ir.passes.sweep import with_equations
from .fusion import is_elementwise

_LEAST = 1 << 12  # bytes: smaller values are not worth the search


def early_readers(jaxpr: Jaxpr) -> Jaxpr:
    """``jaxpr`` with later readers of a value in front of its first one, if their results are smaller."""
    made: dict[Var, int] = {}
    readers: dict[Var, list[int]] = {}
    fences: list[int] = []  # how many guards and effects stand in front of each equation
    count = 0
    for i, eqn in enumerate(jaxpr.eqns):
        fences.append(count)
        count += bool(eqn.primitive.effect or (eqn.params and effects_of(eqn)))
        for atom in dict.fromkeys(eqn.ins):
            if isinstance(atom, Var):
                readers.setdefault(atom, []).append(i)
        made.update(dict.fromkeys(eqn.outs, i))
    kept = {atom for atom in jaxpr.outs if isinstance(atom, Var)}
    before: dict[int, list[int]] = {}
    moved: set[int] = set()
    for var in made:
        rows = readers.get(var, [])
        if var in kept or var.aval.nbytes < _LEAST or len(rows) < 2 or moved.intersection(rows):
            continue
        first, late = rows[0], rows[1:]
        eqns = [jaxpr.eqns[i] for i in late]
        small = sum([eqn.outs[0].aval.nbytes for eqn in eqns if eqn.outs]) < var.aval.nbytes
        if small and fences[first] == fences[late[-1]] and all([_movable(e, made, first) for e in eqns]):
            before.setdefault(first, []).extend(late)
            moved.update(late)
    return _reordered(jaxpr, before, moved) if moved else jaxpr


def _movable(eqn: Equation, made: dict[Var, int], to: int) -> bool:
    """Whether an equation could stand in front of equation ``to``."""
    if not eqn.outs or not is_elementwise(eqn):
        return False
    return all([made.get(atom, -1) < to for atom in eqn.ins if isinstance(atom, Var)])


def _reordered(jaxpr: Jaxpr, before: dict[int, list[int]], moved: set[int]) -> Jaxpr:
    eqns: list[Equation] = []
    for i, eqn in enumerate(jaxpr.eqns):
        eqns += [jaxpr.eqns[j] for j in before.get(i, ())]
        if i not in moved:
            eqns.append(eqn)
    return with_equations(jaxpr, eqns, list(jaxpr.outs))
