"""Calls of NumPy and BLAS that write their result into an array that is there.

Each entry of ``CALLS`` prints the lines for one equation: operands and result are names (or literals) in the
source. ``None``: in this case there is no such call, and the result is allocated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...backends.door import is_installed, require
from ...core.aval import Aval
from ...core.primitive import find_primitive
from ...ir.jaxpr import Atom, Equation, Literal
from ..finite import finite_partner
from ..overwrite import elementwise_ufunc
from .into import COPIED, cholesky_into, copy_then, counts_shape, ties_fit, ties_into
from .narrow import narrow
from .source import Source
from .thin import goes_by_rows, is_thin, rows_product, rows_sum

Call = Callable[[Source, Equation, Sequence[str], str], "list[str] | None"]

_BY_NAME = frozenset({"maximum", "minimum"})  # a positional out is deprecated
REDUCE = {"sum": np.add, "max": np.maximum, "min": np.minimum, "prod": np.multiply}


def call(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    """The lines that leave the result of ``eqn`` in the array named ``out``."""
    kernel = elementwise_ufunc(eqn)
    if kernel is not None:
        return [_ufunc(source, kernel, eqn, ins, out)]
    found = CALLS.get(eqn.primitive.name)
    return None if found is None else found(source, eqn, ins, out)


def _ufunc(source: Source, kernel: str, eqn: Equation, ins: Sequence[str], out: str) -> str:
    ufunc = getattr(np, kernel)
    args = ", ".join(operands(source, ufunc, eqn, ins))
    word = "out=" if kernel in _BY_NAME else ""
    return f"{source.constant(ufunc, 'f')}({args}, {word}{out})"


def operands(source: Source, ufunc: np.ufunc, eqn: Equation, ins: Sequence[str]) -> list[str]:
    """The operands, numbers as 0-d arrays of the ufunc's own dtype: they need no conversion in each call."""
    if not any([isinstance(atom, Literal) for atom in eqn.ins]):
        return list(ins)
    kinds: list[Any] = [_promoted(atom) for atom in eqn.ins]
    dtypes = ufunc.resolve_dtypes((*kinds, None))
    found = []
    for atom, dtype, name in zip(eqn.ins, dtypes, ins, strict=False):
        plain = isinstance(atom, Literal) and dtype.kind in "fc" and atom.aval.dtype.kind in "biuf"
        found.append(source.constant(zero_dim(atom.value, dtype), "c") if plain else name)
    return found


def _promoted(atom: Atom) -> Any:
    if atom.aval.kind == "python":
        return {"f": float, "c": complex, "i": int, "b": np.dtype(bool)}[atom.aval.dtype.kind]
    return atom.aval.dtype


_zero_dim: dict[tuple[type, str, str], Any] = {}


def zero_dim(value: Any, dtype: np.dtype[Any]) -> Any:
    """A number as a read-only 0-d array."""
    key = (type(value), repr(value), dtype.str)
    found = _zero_dim.get(key)
    if found is None:
        with np.errstate(all="ignore"):
            found = np.asarray(value).astype(dtype)
        found.flags.writeable = False
        if len(_zero_dim) < 10_000:
            _zero_dim[key] = found
    return found


_SPREAD = 1 << 16  # bytes: the largest array made of one number
_FEW = 64  # numbers from which that is faster
_spread: dict[tuple[str, str, tuple[int, ...]], Any] = {}


def extreme(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    """The larger (smaller) of an array and a number, all in C order, beside an array of the number.

    NumPy has no vector instructions for these two on an array and a number, and has them for two arrays.
    """
    aval = eqn.outs[0].aval
    if eqn.primitive.kernel not in _BY_NAME or aval.dtype.char not in "fd" or aval.size < _FEW:
        return None
    number = next((k for k, atom in enumerate(eqn.ins) if isinstance(atom, Literal)), None)
    if number is None or eqn.ins[1 - number].aval != aval:
        return None
    whole = aval.nbytes <= _SPREAD
    shape = aval.shape if whole else (_SPREAD // aval.dtype.itemsize,)
    repeated = source.constant(_repeated(eqn.ins[number].value, aval.dtype, shape), "c")
    ufunc = source.constant(getattr(np, eqn.primitive.kernel), "f")
    if whole:
        names = (repeated, ins[1]) if number == 0 else (ins[0], repeated)
        return [f"{ufunc}({', '.join(names)}, out={out})"]
    words = [ufunc, ins[1 - number], repeated, out, repr(number == 0)]
    return [f"{source.constant(beside, 'f')}({', '.join(words)})"]


def beside(ufunc: Any, x: Any, repeated: Any, out: Any, turned: bool) -> None:
    """``ufunc`` of an array and a number, piece by piece; of the number and the array if ``turned``."""
    if not (x.flags.c_contiguous and out.flags.c_contiguous):
        ufunc(*((repeated[0], x) if turned else (x, repeated[0])), out=out)
        return
    x, out, n = x.reshape(-1), out.reshape(-1), len(repeated)
    for i in range(0, len(x), n):
        piece = x[i : i + n]
        number = repeated[: len(piece)]
        operands = (number, piece) if turned else (piece, number)
        ufunc(*operands, out=out[i : i + n])


def _repeated(value: Any, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """A number as a read-only array, the same for the same bits."""
    number = zero_dim(value, dtype)
    key = (number.tobytes().hex(), dtype.str, shape)
    found = _spread.get(key)
    if found is None:
        found = np.full(shape, number)
        found.flags.writeable = False
        if len(_spread) < 100:
            _spread[key] = found
    return found


# --- data movement ---------------------------------------------------------------------------------


def _convert(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    have, new = eqn.ins[0].aval, eqn.outs[0].aval
    if have.kind != "array" or (have.dtype.kind == "c" and new.dtype.kind != "c"):
        return None
    return [f"{source.constant(np.copyto, 'f')}({out}, {ins[0]}{_casting(eqn.ins[0], new)})"]


def _copy(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    return (
        [f"{source.constant(np.copyto, 'f')}({out}, {ins[0]})"] if eqn.ins[0].aval.kind == "array" else None
    )


def _full(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    value = zero_dim(eqn.params["value"], eqn.outs[0].aval.dtype)
    return [f"{source.constant(np.copyto, 'f')}({out}, {source.constant(value, 'c')})"]


def _where(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    mask = eqn.ins[0].aval
    if mask.kind != "array" or mask.dtype.kind != "b":
        return None
    aval = eqn.outs[0].aval
    if aval.nbytes >= _BITWISE and aval.dtype.char in _BITS and out not in ins:
        lines = _where_zero(source, eqn, ins, out)
        if lines is not None:
            return lines
    copyto = source.constant(np.copyto, "f")
    names = [
        source.constant(zero_dim(a.value, aval.dtype), "c") if isinstance(a, Literal) else name
        for a, name in zip(eqn.ins, ins, strict=True)
    ]
    first = [] if names[2] == out else [f"{copyto}({out}, {names[2]}{_casting(eqn.ins[2], aval)})"]
    choose = f"{copyto}({out}, {names[1]}, 'unsafe', {names[0]})"
    large = aval.nbytes >= _BITWISE and eqn.ins[0].aval.size == aval.size
    return [*first, f"if {names[0]}.any(): {choose}" if large else choose]


def _casting(atom: Atom, out: Aval) -> str:
    """The argument that lets ``copyto`` cast, where it would not by itself: parsing it takes time."""
    return "" if np.can_cast(atom.aval.dtype, out.dtype, "same_kind") else ", 'unsafe'"


_BITWISE = (
    1 << 14
)  # bytes: from here on three passes over bits are faster than branches that are guessed wrong
_BITS: dict[str, np.dtype[Any]] = {"f": np.dtype(np.int32), "d": np.dtype(np.int64)}


def _where_zero(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    """``where(mask, x, 0)`` or ``where(mask, 0, y)``: the array's bits and those of minus the mask."""
    aval = eqn.outs[0].aval
    for kept, other in ((1, 2), (2, 1)):
        zero, array = eqn.ins[other], eqn.ins[kept].aval
        if isinstance(zero, Literal) and repr(float(zero.value)) == "0.0" and array == aval:
            copyto = source.constant(np.copyto, "f")
            bits = source.constant(_BITS[aval.dtype.char], "p")
            mask = f"{ins[0]}.view({source.constant(np.dtype(np.int8), 'p')})"
            turn = source.constant(np.negative, "f")
            cut = source.constant(np.subtract, "f")
            one = source.constant(zero_dim(1, _BITS[aval.dtype.char]), "c")
            both = source.constant(np.bitwise_and, "f")
            return [
                f"t = {out}.view({bits})",
                f"{copyto}(t, {mask})",
                f"{turn}(t, t)" if kept == 1 else f"{cut}(t, {one}, t)",
                f"{both}(t, {ins[kept]}.view({bits}), t)",
            ]
    return None


# --- arithmetic ------------------------------------------------------------------------------------


def _square(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    if eqn.params["n"] != 2 or eqn.outs[0].aval.dtype.kind not in "fc":
        return None
    return [f"{source.constant(np.square, 'f')}({ins[0]}, {out})"]


def _reduce(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    if len(ins) != 1:
        return None
    params = eqn.params
    reduce = source.constant(narrow(REDUCE[eqn.primitive.name].reduce), "q")
    dtype = params.get("dtype")
    axis = source.constant(params["axis"], "p") if isinstance(params["axis"], tuple) else params["axis"]
    kind = "None" if dtype is None else source.constant(dtype, "p")
    return [f"{reduce}({ins[0]}, {axis}, {kind}, {out}, {params['keepdims']})"]


def strong_product(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str]:
    """The plain product; who prints it sees to NaN."""
    return [
        f"{source.constant(np.multiply, 'f')}({', '.join(operands(source, np.multiply, eqn, ins))}, {out})"
    ]


def _strong(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    """A plain product, and the strong one where that gave NaN, which one product with itself tells."""
    if eqn.outs[0].aval.dtype.char not in "fd":
        return None
    strong = source.constant(eqn.params["strong"], "p")
    lines = strong_product(source, eqn, ins, out)
    partner = finite_partner(eqn, source.finite)
    if partner is not None:
        if not eqn.params["strong"][partner]:
            return lines  # a zero beside a finite number: the plain product is right
        zero = source.constant(_zero_where, "f")
        return [*lines, f"t = {source.square_sum(out)}", f"if t != t: {zero}({ins[partner]}, {out})"]
    again = source.constant(_again, "f")
    return [*lines, f"t = {source.square_sum(out)}", f"if t != t: {again}({', '.join(ins)}, {strong}, {out})"]


def _zero_where(mask: Any, out: Any) -> None:
    np.copyto(out, 0, where=mask == 0)


def _again(a: Any, b: Any, strong: tuple[bool, bool], out: Any) -> None:
    np.copyto(out, find_primitive("strong_mul").host(a, b, strong=strong))


def _matmul(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    a, b = (atom.aval for atom in eqn.ins)
    if a.kind != "array" or b.kind != "array":
        return None
    plain = a.ndim == 2 and b.ndim in (1, 2) and a.dtype == b.dtype and a.dtype.kind in "fc"
    if plain and (thin := thin_product(source, eqn, ins, out)):
        return [thin]
    if plain:
        return [f"{ins[0]}.dot({ins[1]}, {out})"]
    return [f"{source.constant(np.matmul, 'f')}({ins[0]}, {ins[1]}, {out})"] if b.ndim > 1 else None


def thin_product(source: Source, eqn: Equation, ins: Sequence[str], out: str = "None") -> str:
    """The call for a product by blocks of rows, in new memory if ``out`` is None; "" for another product."""
    if eqn.primitive.name not in ("dot", "matmul", "product") or len(eqn.outs[0].aval.shape) != 2:
        return ""
    (a, b), aval = [atom.aval for atom in eqn.ins], eqn.outs[0].aval
    if a.kind != "array" or a.ndim != 2 or b.ndim != 2 or a.dtype != b.dtype or eqn.params.get("transpose_b"):
        return ""
    turned = eqn.params.get("transpose_a")
    if not (is_thin if turned else goes_by_rows)(a.shape, aval.shape[1], a.dtype):
        return ""
    if turned:
        part = source.scratch(aval.shape, aval.dtype)
        return f"{source.constant(rows_sum, 'f')}({ins[0]}, {ins[1]}, {part}, {out})"
    return f"{source.constant(rows_product, 'f')}({ins[0]}, {ins[1]}, {out})"


def _ties(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    if not ties_fit(eqn):
        return None
    aval = eqn.outs[0].aval
    masks = source.scratch((2, *aval.shape), np.dtype(bool))
    counts = source.scratch(counts_shape(eqn), aval.dtype)
    axes = source.constant(eqn.params["axes"], "p")
    words = [*ins, axes, out, masks, counts]
    return [f"{source.constant(ties_into, 'f')}({', '.join(words)})"]


def _cholesky(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    a, aval = eqn.ins[0].aval, eqn.outs[0].aval
    potrf = {"f": "spotrf", "d": "dpotrf"}.get(aval.dtype.char)
    if eqn.params["upper"] or a.dtype != aval.dtype or aval.ndim != 2 or potrf is None:
        return None
    if not is_installed("scipy"):
        return None
    function = source.constant(getattr(require("scipy.linalg.lapack", "scipy"), potrf), "f")
    return [f"{source.constant(cholesky_into, 'f')}({function}, {ins[0]}, {out})"]


def _update(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    words = [out, *ins, *(f"{key}={source.constant(value, 'p')}" for key, value in eqn.params.items())]
    return [f"{source.constant(copy_then(eqn.primitive.name), 'f')}({', '.join(words)})"]


def _mean(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    """NumPy's sum and quotient: with both operands whole or of the dtype, no rounding twice shows."""
    x, aval = eqn.ins[0].aval, eqn.outs[0].aval
    params = eqn.params
    if len(ins) != 1 or params["dtype"] is not None or x.dtype.char not in "fd" or not aval.size:
        return None
    count = x.size // aval.size
    if not 0 < count <= 1 << 24:
        return None
    reduce = source.constant(narrow(np.add.reduce), "q")
    axis = source.constant(params["axis"], "p") if isinstance(params["axis"], tuple) else params["axis"]
    number = source.constant(zero_dim(float(count), aval.dtype), "c")
    return [
        f"{reduce}({ins[0]}, {axis}, None, {out}, {params['keepdims']})",
        f"{source.constant(np.divide, 'f')}({out}, {number}, {out})",
    ]


def _product(source: Source, eqn: Equation, ins: Sequence[str], out: str) -> list[str] | None:
    turned = (eqn.params["transpose_a"], eqn.params["transpose_b"])
    if thin := thin_product(source, eqn, ins, out):
        return [thin]
    sides = [
        source.transposed(atom) if t else name for atom, name, t in zip(eqn.ins, ins, turned, strict=True)
    ]
    return [f"{sides[0]}.dot({sides[1]}, {out})"]


CALLS: dict[str, Call] = {
    "cholesky": _cholesky,
    "convert": _convert,
    "copy": _copy,
    "full": _full,
    "integer_pow": _square,
    "matmul": _matmul,
    "mean": _mean,
    "product": _product,
    "strong_mul": _strong,
    "tie_weights": _ties,
    "where": _where,
    **dict.fromkeys(COPIED, _update),
    **dict.fromkeys(REDUCE, _reduce),
}
