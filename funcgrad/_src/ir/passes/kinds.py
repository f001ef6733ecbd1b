"""What passes know about primitives by name: which are elementwise, exact, or only move data.

NOTE (exact): the results of these primitives, on real operands, are those of IEEE arithmetic, correctly
rounded or selected: no loop over vectors, scalars, strided or repeated operands can give other bits.
``exp`` and its like are not among them (NumPy has several loops, which differ in last bits), nor is
complex arithmetic.
"""

from __future__ import annotations

import numpy as np

from ..jaxpr import Equation, Literal

EXACT = frozenset(
    {
        *("add", "subtract", "multiply", "divide", "negative", "positive", "absolute", "sqrt", "square"),
        *("reciprocal", "sign", "floor", "ceil", "trunc", "rint", "maximum", "minimum", "copysign"),
        *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "clip_below", "clip_above"),
        *("logical_and", "logical_or", "logical_not", "logical_xor", "isnan", "isinf", "isfinite", "signbit"),
        *("bitwise_and", "bitwise_or", "bitwise_xor", "invert", "where", "clip", "convert", "strong_mul"),
    }
)
VIEWS = frozenset({"transpose", "reshape", "broadcast_to"})
WRITES = frozenset({"index_set", "index_add", "index_multiply", "index_max", "index_min"})


def is_exact(eqn: Equation) -> bool:
    """Whether an equation is elementwise, and exact in the sense of the NOTE above."""
    if eqn.primitive.name not in EXACT:
        return False
    return all([atom.aval.dtype.kind in "fbiu" for atom in (*eqn.ins, *eqn.outs)])


def is_exact_write(eqn: Equation) -> bool:
    """Whether an equation changes a copy of its first operand, at places that no array tells, and exactly."""
    if eqn.primitive.name not in WRITES or any([atom.aval.dtype.kind == "c" for atom in eqn.ins]):
        return False
    return not any([isinstance(item, str) for item in eqn.params["index"]])


def is_elementwise(eqn: Equation) -> bool:
    """Whether one loop of NumPy's computes the result, by its rules for the layout of results."""
    kernel = eqn.primitive.kernel
    return eqn.primitive.name in EXACT or (
        kernel is not None and isinstance(getattr(np, kernel, None), np.ufunc)
    )


def scalar_of(literal: Literal, dtype: np.dtype[np.generic] | None = None) -> Literal:
    """The literal as a NumPy scalar (of its own dtype by default): no weak Python number."""
    return Literal((literal.aval.dtype if dtype is None else dtype).type(literal.value))
