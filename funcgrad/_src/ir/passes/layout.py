"""Where the memory layout of a value can show in bits.

NOTE (layout): a pass may put a value in the place of an equal one that lies differently in memory (an
operand for its copy, a repeated scalar for an array). NumPy adds in the order of memory, so that a sum
would round otherwise. Hence a value is *sensitive* if anything but exact elementwise work and views
reads it, or reads what these make of it; and the layout of a sensitive value may not change. It cannot
change between two values that are both *dense*: contiguous in C's order, whatever the inputs are.
"""

from __future__ import annotations

from ..jaxpr import Equation, Jaxpr, Literal, Var
from .kinds import VIEWS, WRITES, is_elementwise, is_exact, is_exact_write

_DENSE_PRODUCTS = frozenset({"matmul", "dot", "product"})
_FRESH = frozenset({"sum", "mean", "max", "min", "prod"}) | _DENSE_PRODUCTS


class Layout:
    """The sensitive values of a program, and the dense ones of the equations that it is shown in order."""

    def __init__(self, jaxpr: Jaxpr) -> None:
        self.sensitive = _sensitive(jaxpr)
        self.dense: set[Var] = set()

    def show(self, eqn: Equation) -> None:
        """Note the next equation of the program."""
        if self.makes_dense(eqn):
            self.dense.update(eqn.outs)

    def is_dense(self, atom: Var | Literal) -> bool:
        """Whether a value is contiguous in C's order."""
        return type(atom) is Literal or atom.aval.kind != "array" or atom in self.dense

    def makes_dense(self, eqn: Equation) -> bool:
        """Whether the results of an equation are dense."""
        if len(eqn.outs) != 1:
            return False
        out, name = eqn.outs[0].aval, eqn.primitive.name
        if is_elementwise(eqn):
            full = [a for a in eqn.ins if a.aval.shape == out.shape]
            dense = any if full else all  # where operands disagree, C's order wins
            return _is_row(out.shape) or dense([self.is_dense(atom) for atom in full or eqn.ins])
        if name == "full":
            return True
        if name == "reshape":
            return eqn.params["order"] == "C" and self.is_dense(eqn.ins[0])
        if name in WRITES:
            return self.is_dense(eqn.ins[0])
        if name in _DENSE_PRODUCTS and all([a.aval.ndim == 2 for a in eqn.ins]):
            return True
        return name in _FRESH and _is_row(out.shape)


def _is_row(shape: tuple[int, ...]) -> bool:
    """Whether a fresh array of this shape can only be contiguous."""
    return len(shape) - shape.count(1) <= 1


def _sensitive(jaxpr: Jaxpr) -> set[Var]:
    found: set[Var] = set()
    for eqn in reversed(jaxpr.eqns):
        passes_on = eqn.primitive.name in VIEWS or is_exact(eqn) or is_exact_write(eqn)
        if not passes_on or not found.isdisjoint(eqn.outs):
            found.update([atom for atom in eqn.ins if type(atom) is Var])
    return found
