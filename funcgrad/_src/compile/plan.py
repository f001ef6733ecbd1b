"""The plan of a jaxpr: its equations in order, what dies where, what is written in place.

An engine prints a plan; later plans will also hold fusion groups and a buffer assignment.

NOTE (in-place writes): memory is *owned* by a donated input, or by a result that is known to be fresh. A
step may write its result into owned memory of the same aval if what may show that memory is dead
afterwards, and the step itself reads it through nothing but its owner. Sharing is assumed of every
primitive that is not known to return fresh memory; variables that may share are one *family*, found by
union. What leaves the program, or is seen by an effect, is never written; a donated input not before the
last guard (see NOTE guards come first, in ir/passes/guards_first.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

import numpy as np

from ..base.record import Record
from ..ir.evaluate import last_uses
from ..ir.jaxpr import Atom, Equation, Jaxpr, Var, effects_of
from ..ir.passes.guards_first import GUARD, last_guard
from .overwrite import OVERWRITES

_FRESH = frozenset(
    {
        *("dot", "matmul", "inner", "outer", "strong_mul", "copy", "convert", "full", "concatenate", "stack"),
        *("sum", "mean", "prod", "max", "min", "var", "std", "logsumexp", "cumsum", "cumprod"),
        *("index_set", "index_add", "index_multiply", "index_divide", "index_min", "index_max"),
        *(
            "write_slice",
            "embed",
            "take",
            "pad",
            "roll",
            "repeat",
            "sort",
            "partition",
            "permute",
            "unpermute",
        ),
    }
)
_LARGE = 1 << 16  # bytes: from here on a result in memory of its own costs more than naming the old one


class Step(Record):
    """One equation, the variables that die after it, and the variable whose memory its result takes."""

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
    rows = last_uses(jaxpr)
    if donated or any(map(_may_take_memory, jaxpr.eqns)):
        memory = _Memory(jaxpr, [jaxpr.in_vars[i] for i in donated])
        targets = [memory.target(eqn, i) for i, eqn in enumerate(jaxpr.eqns)]
    else:
        targets = [None] * len(rows)
    steps = [Step(*found) for found in zip(jaxpr.eqns, rows, targets, strict=True)]
    return Plan(jaxpr, steps, donated)


def _may_take_memory(eqn: Equation) -> bool:
    """Whether a step might write its result into memory that is there, but for who reads that."""
    if eqn.primitive.name in OVERWRITES:
        return True
    return len(eqn.outs) == 1 and eqn.outs[0].aval.nbytes >= _LARGE


# --- who owns memory, and until when ---------------------------------------------------------------

_NEVER = 1 << 60


class _Memory:
    """Which variables own memory, who may share it, and the last steps that read it."""

    def __init__(self, jaxpr: Jaxpr, donated: list[Var]) -> None:
        self.outs = {atom for atom in jaxpr.outs if isinstance(atom, Var)}
        self.free = dict.fromkeys(donated)  # donated inputs that no step has taken yet
        self.donated = frozenset(donated)
        self.guarded = last_guard(jaxpr)
        self.owners = set(donated)
        self.above: dict[Var, Var] = {}  # towards the representative of a variable's family
        self.last: dict[Var, int] = {}  # the last step that reads a variable
        for i, eqn in enumerate(jaxpr.eqns):
            self._note(eqn, i)
        self.last |= dict.fromkeys(self.outs, _NEVER)
        # Of each family the member that is read last, and when any other is read last.
        self.latest: dict[Var, tuple[Var, int]] = {}
        self.second: dict[Var, int] = {}
        for var, step in self.last.items():
            self._compare(self._family(var), var, step)

    def _note(self, eqn: Equation, i: int) -> None:
        hidden = bool((eqn.primitive.effect or eqn.params) and effects_of(eqn) - {GUARD})
        for atom in eqn.ins:
            if isinstance(atom, Var):
                self.last[atom] = max(self.last.get(atom, -1), _NEVER if hidden else i)
        if is_fresh(eqn):
            self.owners.update(eqn.outs)
        else:
            shown = eqn.ins[:1] if eqn.primitive.name == "getitem" else eqn.ins
            self._join([a for a in (*shown, *eqn.outs) if isinstance(a, Var) and a.aval.kind == "array"])

    def _family(self, var: Var) -> Var:
        """The representative of the variables that may share memory."""
        top = var
        while (found := self.above.get(top)) is not None:
            top = found
        while var is not top:
            self.above[var], var = top, self.above[var]
        return top

    def _join(self, members: list[Var]) -> None:
        for var in members[1:]:
            a, b = self._family(members[0]), self._family(var)
            if a is not b:
                self.above[b] = a

    def _compare(self, family: Var, var: Var, step: int) -> None:
        best = self.latest.get(family)
        if best is None or step > best[1]:
            self.latest[family] = var, step
            step = -1 if best is None else best[1]
        self.second[family] = max(self.second.get(family, -1), step)

    def _is_dead(self, owner: Var, i: int) -> bool:
        """Whether nobody reads the memory after step ``i``, nor at that step through another variable."""
        if self.last.get(owner, -1) > i:
            return False
        family = self._family(owner)
        latest = self.latest.get(family)
        others = -1 if latest is None else self.second[family] if latest[0] is owner else latest[1]
        return others < i

    # --- targets ---

    def target(self, eqn: Equation, i: int) -> Var | None:
        """The variable whose memory the result of this step takes, or None."""
        if len(eqn.outs) != 1 or eqn.outs[0].aval.kind != "array":
            return None
        overwrite = OVERWRITES.get(eqn.primitive.name)
        if overwrite is not None:
            operand = eqn.ins[overwrite.position]
            found = operand if self._fits(operand, eqn, i) and eqn.ins.count(operand) == 1 else None
        else:
            found = self._elementwise(eqn, i) if elementwise_ufunc(eqn) else None
        if found is not None:
            self.free.pop(found, None)
        return found

    def _fits(self, atom: Atom, eqn: Equation, i: int) -> TypeGuard[Var]:
        """Whether a dead owner has the shape, dtype, kind and place of the result."""
        return (
            isinstance(atom, Var)
            and atom in self.owners
            and atom.aval == eqn.outs[0].aval
            and (i > self.guarded or atom not in self.donated)
            and self._is_dead(atom, i)
        )

    def _elementwise(self, eqn: Equation, i: int) -> Var | None:
        """A large operand; for a result of the program a donated array, if possible an operand."""
        large = eqn.outs[0].aval.nbytes >= _LARGE
        for atom in eqn.ins:
            if isinstance(atom, Var) and (large or atom in self.free) and self._fits(atom, eqn, i):
                return atom
        if eqn.outs[0] in self.outs:
            return next((var for var in self.free if self._fits(var, eqn, i)), None)
        return None
