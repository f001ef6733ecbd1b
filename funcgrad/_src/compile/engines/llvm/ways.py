"""Ways to compute: in which dtypes an equation works, and which function emits it.

Ufuncs compute where NumPy's own promotion says, by a function of ``KERNELS`` or, if it is transcendental, of
``MATHS``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....base.record import Record
from ....ir.jaxpr import Equation
from ....ops.ufunc import operand_types
from .comparisons import COMPARISONS, Function
from .complex_numbers import COMPLEX
from .integers import INTEGERS
from .maths.functions import FUNCTIONS
from .reals import REALS
from .registers import Dtype

KERNELS = {**COMPARISONS, **INTEGERS, **REALS, **COMPLEX}
MATHS = FUNCTIONS  # of real floating-point numbers
_ALIASES = {
    "expit": "sigmoid",
    "special_cbrt": "cbrt",
    "special_exp2": "exp2",
    "special_expm1": "expm1",
    "special_log1p": "log1p",
    "special_round": "rint",
}
_UFUNCS = {"clip_below": np.maximum, "clip_above": np.minimum}


class Way(Record):
    """How an equation computes: the dtypes of its operands there, and ``function(b, *operands)``."""

    dtypes: tuple[Dtype, ...]
    function: Function


@functools.lru_cache(maxsize=4096)
def _resolve(ufunc: np.ufunc, operands: tuple[Any, ...]) -> tuple[Dtype, ...] | None:
    try:
        return ufunc.resolve_dtypes((*operands, None))
    except TypeError:
        return None


def resolved(ufunc: np.ufunc, eqn: Equation) -> tuple[Dtype, ...] | None:
    """The dtypes of the operands in the loop that NumPy takes; None if its result is of another dtype."""
    if ufunc.nin != len(eqn.ins) or ufunc.nout != 1:
        return None
    found = _resolve(ufunc, operand_types(tuple([atom.aval for atom in eqn.ins])))
    return found[:-1] if found is not None and found[-1] == eqn.outs[0].aval.dtype else None


def by_ufunc(eqn: Equation) -> Way | None:
    """The way of an equation without params."""
    kernel = eqn.primitive.kernel or eqn.primitive.name
    ufunc = _UFUNCS.get(kernel, getattr(np, kernel, None))
    if isinstance(ufunc, np.ufunc):
        dtypes = resolved(ufunc, eqn)
        kernel = ufunc.__name__
    else:
        dtypes = _common(eqn)
    if dtypes is None or eqn.params:
        return None
    function = find(kernel, dtypes)
    return None if function is None else Way(dtypes, function)


def _common(eqn: Equation) -> tuple[Dtype, ...]:
    """Of a function that is no ufunc of NumPy: a test looks at what it is given, others at their result's."""
    own = eqn.outs[0].aval.dtype
    return tuple([atom.aval.dtype if own.kind == "b" else own for atom in eqn.ins])


def find(kernel: str, dtypes: Sequence[Dtype]) -> Function | None:
    """The function of a kernel for operands of these dtypes."""
    kernel = _ALIASES.get(kernel, kernel)
    kinds = "".join([dtype.kind for dtype in dtypes])
    kinds = kinds[0] if len(set(kinds)) == 1 else kinds
    found = KERNELS.get((kernel, kinds))
    if found is None and kinds == "f" and kernel in MATHS:
        function = MATHS[kernel]
        return lambda b, *xs: function(*xs)
    return found
