"""Who owns memory, who may share it, and until when it is read.

NOTE (in-place writes): memory is *owned* by a donated input, or by a result that is known to be fresh. A
step may write its result into owned memory of the same aval if what may show that memory is dead
afterwards, and the step itself reads it through nothing but its owner. Sharing is assumed of every
primitive that is not known to return fresh memory; variables that may share are one *family*, found by
union. What leaves the program, or is seen by an effect, is never written.

A donated input is written only by steps behind the last guard: see NOTE guards come first, in
ir/passes/guards_first.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.jaxpr import Equation, Jaxpr, Var, effects_of
from ..ir.passes.guards_first import GUARD
from .overwrite import is_copying

NEVER = 1 << 60
_FRESH = frozenset(
    {
        *("dot", "matmul", "product", "gemm", "inner", "outer", "strong_mul", "copy", "convert", "full"),
        *("concatenate", "stack", "sum", "mean", "prod", "max", "min", "var", "std", "logsumexp"),
        *("cumsum", "cumprod", "vecdot", "cholesky", "solve", "embed", "embed_diagonal", "take", "tril"),
        *("index_set", "index_add", "index_multiply", "index_divide", "index_min", "index_max", "triu"),
        *("write_slice", "pad", "roll", "repeat", "sort", "partition", "permute", "unpermute"),
        *("tie_weights", "cholesky_change", "solve_triangular", "cho_solve"),
    }
)  # fmt: skip


def is_fresh(eqn: Equation) -> bool:
    """Whether the results are known to share no memory with the operands."""
    return eqn.primitive.kernel is not None or eqn.primitive.name in _FRESH or is_copying(eqn)


class Memory:
    """Ownership and last reads of the variables of a program that runs in these steps."""

    def __init__(self, jaxpr: Jaxpr, steps: Sequence[Sequence[Equation]], donated: Sequence[Var]) -> None:
        self.outs = {atom for atom in jaxpr.outs if isinstance(atom, Var)}
        self.free = dict.fromkeys(donated)  # donated inputs that no step has taken yet
        self.owners = set(donated)
        self.above: dict[Var, Var] = {}  # towards the representative of a variable's family
        self.last: dict[Var, int] = {}  # the last step that reads a variable
        self.guarded = -1  # the last step with a guard
        for i, eqns in enumerate(steps):
            for eqn in eqns:
                self._note(eqn, i)
        self.last |= dict.fromkeys(self.outs, NEVER)
        # Of each family the member that is read last, and when any other is read last.
        self.latest: dict[Var, tuple[Var, int]] = {}
        self.second: dict[Var, int] = {}
        for var, step in self.last.items():
            self._compare(self.family(var), var, step)

    def _note(self, eqn: Equation, i: int) -> None:
        effects = effects_of(eqn) if eqn.primitive.effect or eqn.params else frozenset()
        if GUARD in effects:
            self.guarded = i
        hidden = bool(effects - {GUARD})
        for atom in eqn.ins:
            if isinstance(atom, Var):
                self.last[atom] = max(self.last.get(atom, -1), NEVER if hidden else i)
        for var in eqn.outs:
            self.last.setdefault(var, i)
        if is_fresh(eqn):
            self.owners.update(eqn.outs)
        else:
            shown = eqn.ins[:1] if eqn.primitive.name == "getitem" else eqn.ins
            self._join([a for a in (*shown, *eqn.outs) if isinstance(a, Var) and a.aval.kind == "array"])

    def family(self, var: Var) -> Var:
        """The representative of the variables that may share memory with this one."""
        top = var
        while (found := self.above.get(top)) is not None:
            top = found
        while var is not top:
            self.above[var], var = top, self.above[var]
        return top

    def _join(self, members: list[Var]) -> None:
        for var in members[1:]:
            a, b = self.family(members[0]), self.family(var)
            if a is not b:
                self.above[b] = a

    def _compare(self, family: Var, var: Var, step: int) -> None:
        best = self.latest.get(family)
        if best is None or step > best[1]:
            self.latest[family] = var, step
            step = -1 if best is None else best[1]
        self.second[family] = max(self.second.get(family, -1), step)

    def last_read(self, var: Var) -> int:
        """The last step that reads ``var`` itself, or makes it; -1 for an input that nobody reads."""
        return self.last.get(var, -1)

    def until(self, var: Var) -> int:
        """The last step that reads the memory of ``var``, through whatever variable."""
        found = self.latest.get(self.family(var))
        return -1 if found is None else found[1]

    def is_dead(self, owner: Var, i: int) -> bool:
        """Whether nobody reads the memory after step ``i``, nor at that step through another variable."""
        if self.last.get(owner, -1) > i:
            return False
        family = self.family(owner)
        latest = self.latest.get(family)
        others = -1 if latest is None else self.second[family] if latest[0] is owner else latest[1]
        return others < i

    def may_take(self, var: Var, i: int) -> bool:
        """Whether step ``i`` may write over the memory that ``var`` owns."""
        if var not in self.owners or not self.is_dead(var, i):
            return False
        return var not in self.free or i > self.guarded
