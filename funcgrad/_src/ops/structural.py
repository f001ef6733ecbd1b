"""Data movement and the few operations every driver needs: it comes first and knows no other family.

Un-broadcasting (``fit``) and broadcasting tangents (``spread``) are written here once for all rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..backends import HOST, HOST_TYPES
from ..backends.places import backend_at
from ..core.aval import Aval, array_aval, aval_of, make_aval
from ..core.primitive import Primitive
from .axes import full_shape, inverse_permutation, permutation, shifted
from .axes import kept_shape as kept_shape
from .axes import normal_axes as normal_axes
from .axes import normal_axis as normal_axis
from .axes import reduced_shape as reduced_shape
from .declare import NONDIFF, Linear

FAMILY = "structural"


def _batch_unary(primitive: Primitive) -> Any:
    """The batching rule of a primitive that maps its one operand element by element."""

    def batch(size: int, values: Any, axes: Any, **params: Any) -> Any:
        return primitive.bind(values[0], **params), axes[0]

    return batch


# --- convert: dtype and kind -----------------------------------------------------------------------


def _convert(xp: Any, x: Any, *, dtype: np.dtype[Any], kind: str) -> Any:
    if kind == "python":
        return dtype.type(x).item()
    if kind == "scalar" and xp is np:
        return dtype.type(x) if type(x) is not np.ndarray else x.astype(dtype)[()]
    return (
        xp.asarray(x, dtype=dtype) if type(x) in HOST_TYPES and type(x) is not np.ndarray else x.astype(dtype)
    )


convert_p = Primitive("convert", _convert, family=FAMILY)
convert_p.aval = lambda x, *, dtype, kind: make_aval(x.shape, dtype, kind, x.place)
convert_p.rule = Linear(lambda g, x, *, dtype, kind: g)
convert_p.batch = lambda size, values, at, **p: (convert_p.bind(values[0], **(p | {"kind": "array"})), at[0])


def convert(x: Any, dtype: Any, kind: str | None = None) -> Any:
    """``x`` with another dtype (and kind); a fresh array unless nothing would change."""
    have = aval_of(x)
    dtype = np.dtype(dtype)
    if kind is None:
        kind = "scalar" if have.kind == "python" else have.kind
    if have.dtype == dtype and have.kind == kind:
        return x
    return convert_p.bind(x, dtype=dtype, kind=kind)


def as_numpy(x: Any) -> Any:
    """An operand, if it is a Python number as a NumPy scalar: not weak, and inf where Python raises."""
    aval = aval_of(x)
    return convert(x, aval.dtype, "scalar") if aval.kind == "python" else x


# --- copy, stop_gradient ---------------------------------------------------------------------------


def _copy(xp: Any, x: Any, *, order: str | tuple[int, ...] = "C") -> Any:
    if isinstance(order, tuple):
        out = _with_strides(xp, x.shape, x.dtype, order)
        out[...] = x
        return out
    return x.copy(order) if hasattr(x, "copy") else x


def _with_strides(xp: Any, shape: tuple[int, ...], dtype: Any, strides: tuple[int, ...]) -> Any:
    """A new array with these strides (nearly, if one does not divide the next): cut, permuted and turned."""
    order = sorted(range(len(shape)), key=lambda i: -abs(strides[i]) if strides[i] else -np.inf)
    sizes = [shape[i] for i in order]
    steps = [abs(strides[i]) for i in order] + [np.dtype(dtype).itemsize]
    inner = zip(steps, steps[1:], [*sizes[1:], 1], strict=False)
    rows = [max(above // max(step, 1), n) for above, step, n in inner]
    memory = xp.empty((*sizes[:1], *rows), dtype)
    cut = memory[(*(slice(n) for n in sizes), 0)]
    turned = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in strides)
    return cut.transpose(inverse_permutation(tuple(order)))[turned]


copy_p = Primitive("copy", _copy, family=FAMILY)
copy_p.aval = lambda x, order="C": x
copy_p.rule = Linear(lambda g, x, order="C": g)
copy_p.batch = _batch_unary(copy_p)

stop_gradient_p = Primitive("stop_gradient", lambda xp, x: x, family=FAMILY)
stop_gradient_p.aval = lambda x: x
stop_gradient_p.rule = NONDIFF
stop_gradient_p.batch = _batch_unary(stop_gradient_p)

# What is computed of a fenced value is not the same expression as what was computed of the value: a
# compiled checkpoint computes again, instead of keeping.
fence_p = Primitive("fence", lambda xp, x: x, family=FAMILY)
fence_p.aval = lambda x: x
fence_p.rule = Linear(lambda g, x: g)
fence_p.batch = _batch_unary(fence_p)


def fence(x: Any) -> Any:
    """``x``, which no pass takes for ``x``."""
    return fence_p.bind(x)


# --- full: a new array -----------------------------------------------------------------------------


def _full(xp: Any, *, shape: tuple[int, ...], value: Any, dtype: np.dtype[Any], place: str) -> Any:
    backend = backend_at(place)
    with backend.scope(place) if place != HOST else nullcontext():
        return backend.xp.zeros(shape, dtype) if value == 0 else backend.xp.full(shape, value, dtype)


full_p = Primitive("full", _full, family=FAMILY)
full_p.aval = lambda *, shape, value, dtype, place: make_aval(shape, dtype, "array", place)
full_p.rule = NONDIFF
full_p.batch = lambda size, values, axes, **params: (full_p.bind(**params), None)


def full_like_aval(aval: Aval, value: Any = 0) -> Any:
    """A constant of this aval's shape, dtype, kind and place: an instantiated symbolic zero."""
    if aval.kind == "array":
        return full_p.bind(shape=aval.shape, value=value, dtype=aval.dtype, place=aval.place)
    scalar = aval.dtype.type(value)
    return scalar.item() if aval.kind == "python" else scalar


def instantiate(values: Sequence[Any], like: Sequence[Any]) -> list[Any]:
    """Zeros in place of None: symbolic zeros made arrays, of the values or avals in ``like``."""
    return [full_like_aval(aval_of(x)) if v is None else v for v, x in zip(values, like, strict=True)]


# --- broadcast_to, reshape, transpose --------------------------------------------------------------


def _broadcast_to(xp: Any, x: Any, *, shape: tuple[int, ...]) -> Any:
    return xp.broadcast_to(x, shape)


def _broadcast_to_host(x: Any, *, shape: tuple[int, ...]) -> Any:
    """``np.broadcast_to``, faster for a scalar."""
    if type(x) is np.ndarray:
        if x.ndim or not x.flags.c_contiguous:
            return np.broadcast_to(x, shape)
    else:
        x = np.asarray(x)
    if 0 in shape:
        return np.broadcast_to(x, shape)
    out: Any = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
    out.flags.writeable = False
    return out


def _broadcast_to_aval(x: Aval, *, shape: tuple[int, ...]) -> Aval:
    if np.broadcast_shapes(x.shape, shape) != shape:
        raise ValueError(f"an array of shape {x.shape} cannot be broadcast to shape {shape}")
    return array_aval(x, shape, x.dtype)


broadcast_to_p = Primitive("broadcast_to", _broadcast_to, host=_broadcast_to_host, family=FAMILY)
broadcast_to_p.aval = _broadcast_to_aval
broadcast_to_p.rule = Linear(lambda g, x, *, shape: g)


def _broadcast_to_batch(size: int, values: Any, axes: Any, *, shape: tuple[int, ...]) -> Any:
    x = move_axis(values[0], axes[0], 0)
    own = aval_of(x).shape[1:]
    return broadcast_to(reshape(x, (size, *(1,) * (len(shape) - len(own)), *own)), (size, *shape)), 0


broadcast_to_p.batch = _broadcast_to_batch


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """``array`` repeated to ``shape``; a read-only view, as in NumPy."""
    shape = (int(shape),) if not isinstance(shape, (tuple, list)) else tuple(int(n) for n in shape)
    return broadcast_to_p.bind(array, shape=shape)


def _reshape(xp: Any, x: Any, *, shape: tuple[int, ...], order: str) -> Any:
    return xp.reshape(x, shape, order=order)


def _reshape_back(g: Any, x: Any, *, shape: tuple[int, ...], order: str) -> Any:
    return reshape_p.bind(g, shape=x.shape, order=order)


def _reshape_host(x: Any, *, shape: tuple[int, ...], order: str) -> Any:
    if type(x) is np.ndarray:
        return x.reshape(shape) if order == "C" else np.reshape(x, shape, order)  # type: ignore[call-overload]
    return np.reshape(x, shape)


reshape_p = Primitive("reshape", _reshape, host=_reshape_host, family=FAMILY)
reshape_p.aval = lambda x, *, shape, order: (
    x if shape == () and x.kind == "scalar" else array_aval(x, shape, x.dtype)
)
reshape_p.rule = Linear(_reshape_back)
reshape_p.put = lambda base, new, *, shape, order: reshape(new, base.shape, order=order)


def _reshape_batch(size: int, values: Any, axes: Any, *, shape: tuple[int, ...], order: str) -> Any:
    """Fortran's order counts from the first axis, so the batch goes last there."""
    x, axis = values[0], axes[0]
    if order == "F":
        x = move_axis(x, axis, aval_of(x).ndim - 1)
        return reshape_p.bind(x, shape=(*shape, size), order=order), len(shape)
    return reshape_p.bind(move_axis(x, axis, 0), shape=(size, *shape), order=order), 0


reshape_p.batch = _reshape_batch


def reshape(x: Any, shape: Any, *, order: str = "C") -> Any:
    """``x`` with another shape: a view where NumPy gives one."""
    return reshape_p.bind(x, shape=full_shape(aval_of(x).size, shape), order=order)


def _transpose(xp: Any, x: Any, *, axes: tuple[int, ...]) -> Any:
    return xp.transpose(x, axes)


def _transpose_host(x: Any, *, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes) if type(x) is np.ndarray else np.transpose(x, axes)


transpose_p = Primitive("transpose", _transpose, host=_transpose_host, family=FAMILY)
transpose_p.aval = lambda x, *, axes: (
    x if x.kind == "scalar" else array_aval(x, tuple(x.shape[a] for a in axes), x.dtype)
)
transpose_p.rule = Linear(lambda g, x, *, axes: transpose_p.bind(g, axes=inverse_permutation(axes)))
transpose_p.put = lambda base, new, *, axes: transpose(new, inverse_permutation(axes))
transpose_p.batch = lambda size, values, at, *, axes: (
    transpose_p.bind(values[0], axes=(at[0], *shifted(axes, at[0]))),
    0,
)


def transpose(a: Any, axes: Any = None) -> Any:
    """``a`` with its axes permuted (reversed by default): a view."""
    return transpose_p.bind(a, axes=permutation(axes, aval_of(a).ndim))


def move_axis(x: Any, source: int, destination: int) -> Any:
    """``x`` with one axis moved; ``x`` itself when it is there already."""
    if source == destination:
        return x
    axes = list(range(aval_of(x).ndim))
    axes.insert(destination, axes.pop(source))
    return transpose(x, axes)


# --- sum, real -------------------------------------------------------------------------------------


def _sum(xp: Any, x: Any, *, axis: Any, dtype: Any, keepdims: bool) -> Any:
    return xp.sum(x, axis=axis, dtype=dtype, keepdims=keepdims)


def _sum_aval(x: Aval, *, axis: Any, dtype: Any, keepdims: bool) -> Aval:
    shape = reduced_shape(x.shape, axis, keepdims)
    out = np.sum(np.empty(1, x.dtype), dtype=dtype).dtype
    return make_aval(shape, out, "array" if shape or x.place != HOST else "scalar", x.place)


def _sum_back(g: Any, x: Any, *, axis: Any, dtype: Any, keepdims: bool) -> Any:
    if not keepdims and aval_of(g).shape:
        g = reshape(g, kept_shape(x.shape, axis))
    return broadcast_to_p.bind(g, shape=x.shape)


def _sum_batch(size: int, values: Any, at: Any, *, axis: Any, dtype: Any, keepdims: bool) -> Any:
    x, batch = values[0], at[0]
    axes = shifted(normal_axes(axis, aval_of(x).ndim - 1), batch)
    out = sum_p.bind(x, axis=axes, dtype=dtype, keepdims=keepdims)
    return out, batch if keepdims else batch - sum(a < batch for a in axes)


sum_p = Primitive("sum", _sum, host=np.add.reduce, family=FAMILY)
sum_p.aval = _sum_aval
sum_p.rule = Linear(_sum_back)
sum_p.batch = _sum_batch


def sum_axes(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The plain sum over ``axis``, for rules."""
    return sum_p.bind(x, axis=axis, dtype=None, keepdims=keepdims)


def _part_aval(x: Aval) -> Aval:
    dtype = np.empty(0, x.dtype).real.dtype
    return make_aval(x.shape, dtype, x.kind, x.place)


real_p = Primitive("real", lambda xp, x: x.real, family=FAMILY)
real_p.aval = _part_aval
real_p.rule = Linear(lambda g, x: g)
real_p.batch = _batch_unary(real_p)


def real(val: Any) -> Any:
    """The real part; ``val`` itself for a real input."""
    return real_p.bind(val)


# --- the drivers' part of every rule ---------------------------------------------------------------


def fit(cotangent: Any, aval: Aval) -> Any:
    """A cotangent as an input of this aval has it: summed over what was broadcast, real for a real input.

    It gets the input's dtype. Kinds are settled by the driver at the end.
    """
    have = aval_of(cotangent)
    if have is aval:
        return cotangent
    if have.shape != aval.shape:
        extra = have.ndim - aval.ndim
        if extra > 0 and have.shape[extra:] == aval.shape:
            cotangent = sum_axes(cotangent, tuple(range(extra)))
        else:
            cotangent = _unbroadcast(cotangent, have.shape, aval.shape)
    if have.dtype != aval.dtype:
        if have.dtype.kind == "c" and aval.dtype.kind != "c":
            cotangent = real(cotangent)
        cotangent = convert(cotangent, aval.dtype)
    return cotangent


def _unbroadcast(cotangent: Any, have: tuple[int, ...], want: tuple[int, ...]) -> Any:
    extra = len(have) - len(want)
    axes = tuple(range(extra))
    axes += tuple(i + extra for i, n in enumerate(want) if n == 1 and i + extra >= 0 and have[i + extra] != 1)
    if axes:
        cotangent = sum_axes(cotangent, axes)
        if (left := _summed_shape(have, want, axes)) != aval_of(cotangent).shape:
            cotangent = reshape(cotangent, left)
    return cotangent if aval_of(cotangent).shape == want else broadcast_to(cotangent, want)


def _summed_shape(have: tuple[int, ...], want: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to give a summed cotangent so that it broadcasts to ``want``."""
    left = [1 if i in axes else n for i, n in enumerate(have)]
    extra = len(left) - len(want)
    return tuple(left[extra:]) if extra >= 0 else tuple(left)


def spread(tangent: Any, aval: Aval) -> Any:
    """A tangent as an output of this aval has it: broadcast, in the output's dtype."""
    have = aval_of(tangent)
    if have is aval:
        return tangent
    if have.shape != aval.shape:
        tangent = broadcast_to(tangent, aval.shape)
    if have.dtype != aval.dtype:
        if have.dtype.kind == "c" and aval.dtype.kind != "c":
            tangent = real(tangent)
        tangent = convert(tangent, aval.dtype)
    return tangent


def as_kind(value: Any, aval: Aval) -> Any:
    """``value`` with the kind of ``aval``: a Python number, a NumPy scalar, or an array."""
    if aval_of(value).kind == aval.kind:
        return value
    return convert_p.bind(value, dtype=aval.dtype, kind=aval.kind)
