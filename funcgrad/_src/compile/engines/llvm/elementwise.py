"""Elementwise equations as LLVM IR: NumPy's results bit for bit, save those of the functions of ``MATHS``.

A `Way` says in which dtypes an equation computes and with which function. Ufuncs compute where NumPy's own
promotion says; what is no ufunc has an entry in ``COMPOSED``. `supports` is whether there is a way, `emit`
goes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....core.aval import Aval
from ....ir.jaxpr import Equation, Literal
from .builder import Builder
from .composed import COMPOSED
from .conversions import convert
from .derived import DERIVED
from .registers import Dtype, Register, is_native, number, part
from .ways import MATHS, Way, by_ufunc

__all__ = ["MATHS", "emit", "supports"]


def supports(eqn: Equation) -> bool:
    """Whether `emit` can emit this equation; else NumPy runs it."""
    return way(eqn) is not None


def emit(b: Builder, eqn: Equation, args: Sequence[Register | None]) -> Register:
    """The result of an equation, in the dtype of its variable.

    ``args`` are the operands, each in the dtype of its own atom; None for a literal. The lanes are those of
    the operands: scalars beside vectors are spread.
    """
    found = way(eqn)
    assert found is not None
    operands: list[Register] = []
    for atom, arg, dtype in zip(eqn.ins, args, found.dtypes, strict=True):
        if isinstance(atom, Literal):
            operands.append(number(b, atom.value, dtype))
        else:
            assert arg is not None
            operands.append(_converted(b, arg, atom.aval, dtype))
    return found.function(b, *operands)


def _converted(b: Builder, x: Register, have: Aval, want: Dtype) -> Register:
    if have.kind == "python" and have.dtype.kind == "i" and part(want) == np.dtype(np.float32):
        x = convert(b, x, have.dtype, np.dtype(float))  # NumPy rounds Python's integers twice
        return convert(b, x, np.dtype(float), want)
    return convert(b, x, have.dtype, want)


def way(eqn: Equation) -> Way | None:
    """The way of an equation, if there is one."""
    if eqn.primitive.multiple or not all([is_native(atom.aval.dtype) for atom in (*eqn.ins, *eqn.outs)]):
        return None
    if not _native_numbers(eqn):
        return None
    kernel = eqn.primitive.kernel or eqn.primitive.name
    composed = COMPOSED.get(kernel) or DERIVED.get(kernel)
    found = composed(eqn) if composed is not None else by_ufunc(eqn)
    return found if found is not None and _fits(eqn, found) else None


def _native_numbers(eqn: Equation) -> bool:
    """Whether all is NumPy's: Python's own integers have no bounds, and its quotients raise."""
    kinds = {atom.aval.kind for atom in eqn.ins}
    if kinds != {"python"} or (eqn.primitive.kernel and eqn.outs[0].aval.kind != "python"):
        return True
    name = eqn.primitive.name
    return name in _MOVES or (name in _PLAIN and all([atom.aval.dtype.kind == "f" for atom in eqn.ins]))


_PLAIN = frozenset({
    "absolute", "add", "equal", "greater", "greater_equal", "less", "less_equal", "multiply", "negative",
    "not_equal", "positive", "strong_mul", "subtract",
})  # fmt: skip
_MOVES = frozenset({"convert", "copy", "fence", "real", "stop_gradient", "where"})


def _fits(eqn: Equation, found: Way) -> bool:
    """Whether Python's integers fit the dtypes in which they are used; else NumPy raises, or widens."""
    if not all(map(is_native, found.dtypes)):
        return False
    for atom, dtype in zip(eqn.ins, found.dtypes, strict=True):
        if atom.aval.kind != "python" or atom.aval.dtype.kind != "i":
            continue
        held = dtype if dtype.kind in "iu" else np.dtype(np.int64)
        if isinstance(atom, Literal):
            if not np.iinfo(held).min <= atom.value <= np.iinfo(held).max:
                return False
        elif held != np.dtype(np.int64):
            return False
    return True
