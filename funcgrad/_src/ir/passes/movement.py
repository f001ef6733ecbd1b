"""Rules for what moves or converts numbers: chains that are one step, and steps that are none."""

from __future__ import annotations

from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from ..jaxpr import Atom, Equation, Literal
from .kinds import WRITES, is_exact_write
from .sweep import Rule, Sweep

Shape = tuple[int, ...]
_DIGITS = {2: 11, 4: 24, 8: 53}  # bits of an integer that a floating number of so many bytes holds


def _itself(sweep: Sweep, eqn: Equation, atom: Atom, what: str) -> Atom | None:
    """An operand of the same type and layout: what was done to it was nothing."""
    return sweep.noted(atom if atom.aval == eqn.outs[0].aval else None, what)


# --- transpose -------------------------------------------------------------------------------------


def _transpose(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    x, axes = eqn.ins[0], eqn.params["axes"]
    if axes == tuple(range(len(axes))):
        return _itself(sweep, eqn, x, "transposes that move nothing")
    inner = sweep.maker(x, "transpose", "broadcast_to")
    if inner is None:
        return None
    if inner.primitive.name == "broadcast_to":
        return _repeated(sweep, eqn, inner)
    before = inner.params["axes"]
    new = sweep.instead(eqn, "transpose", inner.ins[0], axes=tuple([before[i] for i in axes]))
    return sweep.noted(new, "transposes of transposes")


# --- reshape ---------------------------------------------------------------------------------------


def _reshape(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    x, shape = eqn.ins[0], eqn.params["shape"]
    if shape == x.aval.shape:
        return _itself(sweep, eqn, x, "reshapes that change nothing")
    if not x.aval.ndim:
        return sweep.noted(sweep.instead(eqn, "broadcast_to", x, shape=shape), "numbers as arrays of one")
    inner = sweep.maker(x, "reshape", "broadcast_to")
    if inner is None or eqn.params["order"] != "C":
        return None
    if inner.primitive.name == "broadcast_to":
        return _repeated(sweep, eqn, inner)
    if inner.params["order"] != "C" or not _is_transparent(inner.ins[0].aval.shape, x.aval.shape, shape):
        return None
    new = sweep.instead(eqn, "reshape", inner.ins[0], shape=shape, order="C")
    return sweep.noted(new, "reshapes of reshapes")


def _getitem(sweep: Sweep, eqn: Equation) -> Equation | None:
    """An index that only puts in axes, or takes out axes of one, is a reshape."""
    x, out = eqn.ins[0].aval, eqn.outs[0].aval
    if out.kind != "array" or not _chooses_all(eqn.params["index"], x.shape):
        return None
    new = sweep.instead(eqn, "reshape", eqn.ins[0], shape=out.shape, order="C")
    return sweep.noted(new, "indices that put in axes or take out axes of one")


def _chooses_all(index: tuple[Any, ...], shape: Shape) -> bool:
    """Whether an index without arrays chooses every element, in order."""
    gap = index.index(...) if ... in index else len(index)
    before = [item for item in index[:gap] if item is not None]
    behind = [item for item in reversed(index[gap + 1 :]) if item is not None]
    pairs = (*zip(before, shape, strict=False), *zip(behind, reversed(shape), strict=False))
    return all([_is_whole(item, size) for item, size in pairs])


def _is_whole(item: Any, size: int) -> bool:
    if isinstance(item, tuple):
        return range(*slice(*item).indices(size)) == range(size)
    return isinstance(item, int) and size == 1


def _is_transparent(first: Shape, between: Shape, last: Shape) -> bool:
    """Whether a reshape by way of ``between`` gives a view or a copy just where a direct one does.

    Axes that are only cut always give a view; and where axes that are only joined can be a view, so could
    what was between. Anything else may be a copy on the way where a direct reshape would be a view.
    """
    if 0 in first:
        return False
    cuts = _cuts(between)
    return cuts >= _cuts(first) or cuts >= _cuts(last)


def _cuts(shape: Shape) -> set[int]:
    """The lengths of memory at which one axis ends and the next begins."""
    return set(accumulate(reversed(shape), mul, initial=1))


# --- broadcast_to ----------------------------------------------------------------------------------


def _broadcast(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    x, shape = eqn.ins[0], eqn.params["shape"]
    if shape == x.aval.shape:
        return _itself(sweep, eqn, x, "broadcasts that change nothing")
    inner = sweep.maker(x, "broadcast_to")
    if inner is None:
        return None
    new = sweep.instead(eqn, "broadcast_to", inner.ins[0], shape=shape)
    return sweep.noted(new, "broadcasts of broadcasts")


def _repeated(sweep: Sweep, eqn: Equation, inner: Equation) -> Equation | None:
    """One number, repeated, has any shape and order of axes."""
    if inner.ins[0].aval.ndim or 0 in eqn.outs[0].aval.shape:
        return None
    new = sweep.instead(eqn, "broadcast_to", inner.ins[0], shape=eqn.outs[0].aval.shape)
    return sweep.noted(new, "repeated numbers in another shape")


# --- writes ----------------------------------------------------------------------------------------


def _write(sweep: Sweep, eqn: Equation) -> Equation | None:
    return _write_all(sweep, eqn) or _write_into_number(sweep, eqn)


def _write_all(sweep: Sweep, eqn: Equation) -> Equation | None:
    """What is written, or added, everywhere is what was given, or a sum of two arrays."""
    (x, v, *_), name = eqn.ins, eqn.primitive.name
    same = (v.aval.dtype, v.aval.size) == (x.aval.dtype, x.aval.size)
    if not same or not v.aval.ndim or not _chooses_all(eqn.params["index"], x.aval.shape):
        return None
    new, shape = None, {"shape": x.aval.shape, "order": "C"}
    if name == "index_set":
        new = sweep.instead(eqn, "reshape", v, **shape)
    elif name == "index_add":
        alike = v.aval.shape == x.aval.shape
        new = sweep.instead(eqn, "add", x, v if alike else sweep.emit("reshape", v, **shape))
    return sweep.noted(new if sweep.may_read(eqn, new) else None, "writes to all of an array")


def _write_into_number(sweep: Sweep, eqn: Equation) -> Equation | None:
    """What is written into a repeated number is an array of it, in C order: the copy would lie by columns."""
    base = sweep.maker(eqn.ins[0], "broadcast_to")
    value = None if base is None else sweep.constant(base.ins[0])
    if value is None or not is_exact_write(eqn) or eqn.outs[0] in sweep.layout.sensitive:
        return None
    aval = eqn.ins[0].aval
    full = sweep.emit("full", shape=aval.shape, value=value.item(), dtype=aval.dtype, place=aval.place)
    new = sweep.instead(eqn, eqn.primitive.name, full, *eqn.ins[1:], **eqn.params)
    return sweep.noted(new, "writes into repeated numbers")


# --- convert ---------------------------------------------------------------------------------------


def _convert(sweep: Sweep, eqn: Equation) -> Atom | Equation | None:
    x, dtype = eqn.ins[0], eqn.params["dtype"]
    if x.aval == eqn.outs[0].aval:
        return sweep.noted(x if sweep.may_be(eqn, x) else None, "conversions that change nothing")
    inner = sweep.maker(x, "convert")
    if inner is None or type(inner.ins[0]) is Literal:
        return None
    first = inner.ins[0].aval.dtype
    if not holds(x.aval.dtype, first) or not (dtype.kind == "f" or holds(dtype, first)):
        return None
    new = sweep.instead(eqn, "convert", inner.ins[0], dtype=dtype, kind=eqn.params["kind"])
    return sweep.noted(new, "conversions of exact conversions")


def holds(wide: np.dtype[Any], narrow: np.dtype[Any]) -> bool:
    """Whether ``wide`` has every number of ``narrow`` (real dtypes alone)."""
    if wide == narrow or narrow.kind == "b":
        return wide.kind in "biuf"
    if narrow.kind in "iu" and wide.kind == "f":
        return 8 * narrow.itemsize <= _DIGITS.get(wide.itemsize, 0)
    return wide.kind in "iuf" and narrow.kind in "iuf" and np.can_cast(narrow, wide, "safe")


RULES: dict[str, Rule] = {
    "broadcast_to": _broadcast,
    "convert": _convert,
    "getitem": _getitem,
    "reshape": _reshape,
    "transpose": _transpose,
    **dict.fromkeys(WRITES, _write),
}
