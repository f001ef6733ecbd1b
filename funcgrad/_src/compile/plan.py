"""The plan of a jaxpr: its equations in order, what dies where, what is written in place.

An engine prints a plan; later plans will also hold fusion groups and a buffer assignment.

NOTE (in-place writes): the result of an elementwise step may be written into a donated input of the
same aval if that input, and everything that may share its memory, is dead afterwards. Sharing is
assumed of every primitive that is not known to return fresh memory.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..base.record import Record
from ..ir.evaluate import last_uses
from ..ir.jaxpr import Equation, Jaxpr, Var

_FRESH = frozenset(
    {
        *("dot", "matmul", "inner", "outer", "strong_mul", "copy", "full", "concatenate", "stack"),
        *("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp"),
    }
)


class Step(Record):
    """One equation, the variables that die after it, and the donated variable it overwrites."""

    eqn: Equation
    dead: list[Var]
    target: Var | None


class Plan(Record):
    """A jaxpr (without hidden inputs), its steps and the positions of its donated inputs."""

    jaxpr: Jaxpr
    steps: list[Step]
    donated: tuple[int, ...]

    def __str__(self) -> str:
        names: dict[Var, str] = {}

        def name(atom: object) -> str:
            return names.setdefault(atom, f"v{len(names)}") if isinstance(atom, Var) else repr(atom)

        rows = []
        for step in self.steps:
            ins = ", ".join(name(a) for a in step.eqn.ins)
            outs = ", ".join(name(a) for a in step.eqn.outs)
            place = f"  into {name(step.target)}" if step.target is not None else ""
            free = f"  free {', '.join(name(v) for v in step.dead)}" if step.dead else ""
            rows.append(f"{outs} = {step.eqn.primitive}({ins}){place}{free}")
        return "\n".join(rows)


def is_fresh(eqn: Equation) -> bool:
    """Whether the results are known to share no memory with the operands."""
    return eqn.primitive.kernel is not None or eqn.primitive.name in _FRESH


def elementwise_ufunc(eqn: Equation) -> str | None:
    """The NumPy ufunc that computes this equation with ``out=``, if there is one."""
    kernel = eqn.primitive.kernel
    ufunc = getattr(np, kernel, None) if kernel else None
    if isinstance(ufunc, np.ufunc) and ufunc.nin == len(eqn.ins) and ufunc.nout == 1 and not eqn.params:
        return kernel
    return None


def make_plan(jaxpr: Jaxpr, donated: Iterable[int] = ()) -> Plan:
    """Liveness and in-place writes of a closed jaxpr."""
    donated = tuple(donated)
    dead = last_uses(jaxpr)
    groups = _alias_groups(jaxpr, [jaxpr.in_vars[i] for i in donated])
    ends = _last_readers(jaxpr, groups)
    free = dict(ends)
    steps = []
    for i, (eqn, row) in enumerate(zip(jaxpr.eqns, dead, strict=True)):
        target = _target(eqn, i, free, set(jaxpr.outs)) if free else None
        if target is not None:
            del free[target]
        steps.append(Step(eqn, row, target))
    return Plan(jaxpr, steps, donated)


def _alias_groups(jaxpr: Jaxpr, roots: list[Var]) -> dict[Var, set[Var]]:
    """For each variable the donated inputs whose memory it may show."""
    groups: dict[Var, set[Var]] = {root: {root} for root in roots}
    if not roots:
        return groups
    for eqn in jaxpr.eqns:
        if not is_fresh(eqn):
            shown: set[Var] = set()
            for atom in eqn.ins:
                if isinstance(atom, Var):
                    shown |= groups.get(atom, set())
            if shown:
                for var in eqn.outs:
                    groups[var] = shown
    return groups


def _last_readers(jaxpr: Jaxpr, groups: dict[Var, set[Var]]) -> dict[Var, tuple[int, int]]:
    """For each usable donated input: the last step that reads a view of it, and that reads itself."""
    ends = {root: (-1, -1) for var in groups for root in groups[var] if var is root}
    for i, eqn in enumerate(jaxpr.eqns):
        for atom in eqn.ins:
            if isinstance(atom, Var):
                for root in groups.get(atom, ()):
                    through, itself = ends[root]
                    ends[root] = (through, i) if atom is root else (i, itself)
    for atom in jaxpr.outs:
        if isinstance(atom, Var):
            for root in groups.get(atom, ()):
                ends.pop(root, None)
    return ends


def _target(eqn: Equation, i: int, free: dict[Var, tuple[int, int]], outs: set[object]) -> Var | None:
    if elementwise_ufunc(eqn) is None or eqn.outs[0] not in outs:
        return None
    aval = eqn.outs[0].aval
    found = None
    for root, (through, itself) in free.items():
        if root.aval == aval and aval.kind == "array" and through < i and itself <= i:
            if itself == i:
                return root
            found = found or root
    return found
