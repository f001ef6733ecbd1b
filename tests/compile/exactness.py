"""Which programs have the bits that NumPy gives, and which may be off by some rounding.

NOTE (what compiled code may change): where nothing is summed, the bits are NumPy's, save those of elementary
functions in machine code. Products of matrices, sums of products, and sums over large arrays or in machine
code may be taken in another order. Then the error against the reference is at most four times eager NumPy's
own plus the spread under changes of the inputs by one ulp. A program that decides otherwise (a comparison, an
argmax) under such a change is excluded from the second.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from funcgrad._src.compile.choice import engine_for
from funcgrad._src.compile.engines.llvm.ways import MATHS
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Var

# What machine code computes in a way of its own, to within some ulps.
ELEMENTARY = MATHS.keys() | {"entr", "expit", "gaussian", "integer_pow", "sign_complex"}
ELEMENTARY |= {"xlog1py", "xlogy"}
LARGE = 10_000  # elements: from here on a value may be worked on in blocks

CONTRACTIONS = frozenset(
    [
        "convolve",
        "correlate",
        "dot",
        "einsum",
        "inner",
        "kron",
        "matmul",
        "matvec",
        "norm",
        "tensordot",
        "vdot",
        "vecdot",
        "vecmat",
    ]
)
SUMS = frozenset(
    [
        "cumprod",
        "cumsum",
        "logsumexp",
        "log_softmax",
        "mean",
        "prod",
        "softmax",
        "special_logsumexp",
        "special_softmax",
        "std",
        "sum",
        "sum_runs",
        "sum_where",
        "ufunc_reduce",
        "ufunc_scan",
        "var",
    ]
)
PRODUCTS = frozenset(["divide", "integer_pow", "multiply", "power", "square", "strong_mul"])
MOVES = frozenset(
    [
        "broadcast_to",
        "conjugate",
        "convert",
        "copy",
        "getitem",
        "imag",
        "negative",
        "real",
        "reshape",
        "slice",
        "transpose",
    ]
)


def bits_are_numpys() -> bool:
    """Whether compiled elementary functions have NumPy's bits; those of machine code differ by some ulps."""
    return engine_for(np, None) == "numpy"


def rounding() -> float:
    """The relative error that a few elementary functions of doubles may have against NumPy's, if they may."""
    return 0.0 if bits_are_numpys() else 8 * float(np.finfo(float).eps)


def is_elementary(eqn: Equation) -> bool:
    """Whether an equation is an elementary function, which machine code computes in its own way."""
    kernel = eqn.primitive.kernel or eqn.primitive.name
    if kernel in ("absolute", "sign"):
        return eqn.ins[0].aval.dtype.kind == "c"
    return kernel in ELEMENTARY or kernel.removeprefix("special_") in ELEMENTARY


def equations(jaxpr: Jaxpr) -> Iterator[Equation]:
    """Those of a jaxpr and of the jaxprs in its equations."""
    for eqn in jaxpr.eqns:
        yield eqn
        for param in eqn.params.values():
            if isinstance(param, Jaxpr):
                yield from equations(param)


def keeps_bits(jaxpr: Jaxpr) -> bool:
    """Whether nothing in a program may be summed in another order than NumPy's, or is an own function."""
    native = not bits_are_numpys()
    products: set[Var] = set()
    for eqn in equations(jaxpr):
        ins = [atom for atom in eqn.ins if isinstance(atom, Var)]
        name = eqn.primitive.name
        if name in CONTRACTIONS or (native and (name in SUMS or is_elementary(eqn))):
            return False
        if name in SUMS and (not products.isdisjoint(ins) or any(_size(v) >= LARGE for v in ins)):
            return False
        if name in PRODUCTS or (name in MOVES and not products.isdisjoint(ins)):
            products.update(eqn.outs)
    return True


def _size(var: Var) -> int:
    return int(np.prod(var.aval.shape))
