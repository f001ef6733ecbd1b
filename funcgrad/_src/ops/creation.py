"""New arrays: filled, counted, or put together from what is given.

``like=`` and the ``*_like`` functions follow a prototype: its place, and if it is traced its trace, so
that the new array can be written with traced values. Without them an array is NumPy's own.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..backends import HOST, is_array, namespace_of
from ..backends.places import backend_at
from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, aval_of, make_aval
from ..core.inplace import own_here
from ..core.primitive import Primitive
from ..core.trace import Tracer, unknown, withheld
from .arithmetic import divide, subtract
from .axes import inverse_permutation, normal_axis
from .declare import Linear
from .join import stack
from .shape import as_array, astype, concrete, copy, expand_dims, operand, operands, shape_of
from .structural import broadcast_to, copy_p, full_p, reshape, sum_axes, transpose
from .tables import UFUNCS, implements
from .ufunc import align

FAMILY = "creation"
Shape = tuple[int, ...]


def _shape(shape: Any) -> Shape:
    if isinstance(shape, (tuple, list)):
        return tuple(operator.index(n) for n in shape)
    return (operator.index(shape),)


def _put(value: Any, like: Any) -> Any:
    """A new host array at the place of ``like``, and in the current trace if ``like`` is traced."""
    place = aval_of(like).place
    if place != HOST:
        backend = backend_at(place)
        with backend.scope(place):
            value = backend.xp.asarray(value)
    return own_here(value) if type(like) is Tracer else value


def _fill(shape: Any, value: Any, dtype: Any, order: str, like: Any) -> Any:
    """A new array of one value at the place of ``like``, and in the current trace if ``like`` is traced."""
    shape = _shape(shape)
    dtype = np.dtype(dtype)
    wanted = shape[::-1] if order == "F" else shape
    out = full_p.bind(shape=wanted, value=value, dtype=dtype, place=aval_of(like).place)
    out = transpose(out) if order == "F" and len(shape) > 1 else out
    return own_here(out) if type(like) is Tracer else out


# --- zeros, ones, full, empty ----------------------------------------------------------------------


@implements(np.zeros, support="metadata", like=True)
def zeros(shape: Any, dtype: Any = float, order: str = "C", *, device: Any = None, like: Any = None) -> Any:
    """Zeros of a shape."""
    if like is None:
        return np.zeros(shape, dtype, order, device=device)  # type: ignore[call-overload]
    return _fill(shape, 0, dtype, order, like)


@implements(np.ones, support="metadata", like=True)
def ones(shape: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None) -> Any:
    """Ones of a shape."""
    if like is None:
        return np.ones(shape, dtype, order, device=device)  # type: ignore[call-overload]
    return _fill(shape, 1, dtype, order, like)


@implements(np.empty, support="metadata", like=True)
def empty(shape: Any, dtype: Any = float, order: str = "C", *, device: Any = None, like: Any = None) -> Any:
    """An array to be filled; zeros where it is like a traced one."""
    if like is None:
        return np.empty(shape, dtype, order, device=device)  # type: ignore[call-overload]
    return _fill(shape, 0, dtype, order, like)


@implements(np.full, like=True)
def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", *, device: Any = None, like: Any = None
) -> Any:
    """One value (or one that broadcasts), which may be traced, all over a shape."""
    if type(fill_value) is Tracer:
        return _spread(fill_value, _shape(shape), dtype)
    if like is None:
        return np.full(shape, fill_value, dtype, order, device=device)  # type: ignore[call-overload]
    if np.ndim(fill_value):
        return _put(np.full(shape, fill_value, dtype, order), like)  # type: ignore[call-overload]
    return _fill(shape, fill_value, np.asarray(fill_value).dtype if dtype is None else dtype, order, like)


def _spread(value: Any, shape: Shape, dtype: Any) -> Any:
    """A new array of ``shape`` with a traced value all over it."""
    value = value if dtype is None else astype(value, dtype, copy=False)
    return own_here(copy_p.bind(broadcast_to(value, shape), order="C"))


# --- *_like ----------------------------------------------------------------------------------------


def _fill_like(a: Any, value: Any, dtype: Any, order: str, shape: Any) -> Any:
    """One value in the shape, dtype, layout and place of ``a``."""
    aval = aval_of(a)
    dtype = aval.dtype if dtype is None else np.dtype(dtype)
    if shape is not None or order in ("C", "F"):
        return _fill(aval.shape if shape is None else shape, value, dtype, order, a)
    axes = _memory_axes(a, aval)
    if axes is None:
        return _fill(aval.shape, value, dtype, "C", a)
    out = full_p.bind(shape=tuple(aval.shape[i] for i in axes), value=value, dtype=dtype, place=aval.place)
    out = transpose(out, inverse_permutation(axes))
    return own_here(out) if type(a) is Tracer else out


def _memory_axes(a: Any, aval: Aval) -> list[int] | None:
    """The axes of ``a`` from the longest stride to the shortest; None if that is their order anyway."""
    value = concrete(a)
    if value is unknown or getattr(value, "shape", None) != aval.shape:
        return None
    axes = sorted(range(aval.ndim), key=lambda i: -abs(value.strides[i]))
    return axes if axes != sorted(axes) else None


@implements(np.zeros_like, support="metadata")
def zeros_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Any:
    """Zeros with the shape, dtype, layout and place of ``a``."""
    return _fill_like(operand(a), 0, dtype, order, shape)


@implements(np.ones_like, support="metadata")
def ones_like(
    a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, *, device: Any = None
) -> Any:
    """Ones with the shape, dtype, layout and place of ``a``."""
    return _fill_like(operand(a), 1, dtype, order, shape)


@implements(np.empty_like, support="metadata")
def empty_like(
    prototype: Any,
    /,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """An array to be filled, like ``prototype``; zeros until then."""
    return _fill_like(operand(prototype), 0, dtype, order, shape)


@implements(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    device: Any = None,
) -> Any:
    """One value (or one that broadcasts), which may be traced, like ``a``; in the dtype of ``a``."""
    a = operand(a)
    if type(fill_value) is Tracer or is_array(fill_value) or np.ndim(fill_value):
        wanted = shape_of(a) if shape is None else _shape(shape)
        return _spread(operand(fill_value), wanted, aval_of(a).dtype if dtype is None else dtype)
    return _fill_like(a, fill_value, dtype, order, shape)


# --- arange, eye, identity, linspace ---------------------------------------------------------------


@implements(np.arange, support="metadata", like=True)
def arange(
    start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, *, device: Any = None, like: Any = None
) -> Any:
    """Numbers from ``start`` (0 if there is one number only) to below ``stop``."""
    if any(type(x) is Tracer and withheld(x) for x in (start, stop, step)):
        raise UnsupportedError(
            "arange: how many numbers there are depends on traced ones.",
            hint="start + step * np.arange(n), or np.linspace(start, stop, n), for a known n",
        )
    value = np.arange(start, stop, step, dtype, device=device)  # type: ignore[call-overload]
    return value if like is None else _put(value, like)


@implements(np.eye, support="metadata", like=True)
def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: Any = float,
    order: str = "C",
    *,
    device: Any = None,
    like: Any = None,
) -> Any:
    """Ones on the ``k``-th diagonal of a matrix."""
    value = np.eye(N, M, k, dtype, order, device=device)  # type: ignore[call-overload]
    return value if like is None else _put(value, like)


@implements(np.identity, support="metadata", like=True)
def identity(n: int, dtype: Any = None, *, like: Any = None) -> Any:
    """The identity matrix."""
    value = np.identity(n, dtype)
    return value if like is None else _put(value, like)


def _linspace(xp: Any, start: Any, stop: Any, *, num: int, endpoint: bool, dtype: Any, axis: int) -> Any:
    return xp.linspace(start, stop, num, endpoint=endpoint, dtype=dtype, axis=axis)


def _linspace_aval(start: Aval, stop: Aval, *, num: int, endpoint: bool, dtype: Any, axis: int) -> Aval:
    ends: list[Any] = [
        a.dtype.type(0).item() if a.kind == "python" else np.zeros((), a.dtype) for a in (start, stop)
    ]
    out: Any = np.linspace(ends[0], ends[1], 1, dtype=dtype)
    shape = np.broadcast_shapes(start.shape, stop.shape)
    return make_aval((*shape[:axis], num, *shape[axis:]), out.dtype, "array", abstract_place((start, stop)))


def _share(g: Any, num: int, endpoint: bool, axis: int, of_stop: bool) -> Any:
    """``g`` weighed with the share that the stop (or the start) has in each point, summed."""
    aval = aval_of(g)
    weights = np.arange(num) / max(num - endpoint, 1)
    weights = (weights if of_stop else 1 - weights).astype(np.empty(0, aval.dtype).real.dtype)
    along = weights.reshape(num, *(1,) * (aval.ndim - axis - 1))
    if aval.place != HOST:
        along = _put(along, aval)
    return sum_axes(g * along, axis)


linspace_p = Primitive("linspace", _linspace, family=FAMILY)
linspace_p.aval = _linspace_aval
linspace_p.rule = Linear(
    lambda g, start, stop, *, num, endpoint, dtype, axis: _share(g, num, endpoint, axis, False),
    lambda g, start, stop, *, num, endpoint, dtype, axis: _share(g, num, endpoint, axis, True),
)
linspace_p.batch = lambda size, values, at, *, axis, **params: (
    linspace_p.bind(*align(size, values, at), axis=axis + 1, **params),
    0,
)


@implements(np.linspace)
def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    device: Any = None,
) -> Any:
    """``num`` points at equal distances; differentiable by both ends."""
    start, stop, num = operand(start), operand(stop), operator.index(num)
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    axis = normal_axis(axis, len(np.broadcast_shapes(shape_of(start), shape_of(stop))) + 1)
    dtype = None if dtype is None else np.dtype(dtype)
    points = linspace_p.bind(start, stop, num=num, endpoint=bool(endpoint), dtype=dtype, axis=axis)
    if not retstep:
        return points
    gaps = num - 1 if endpoint else num
    return points, divide(subtract(stop, start), gaps) if gaps > 0 else np.nan


def _widened(x: Any, ndim: int) -> Any:
    """An array of at least ``ndim`` axes, new ones in front."""
    x = as_array(x)
    missing = ndim - aval_of(x).ndim
    return reshape(x, (*(1,) * missing, *shape_of(x))) if missing > 0 else x


@implements(np.logspace)
def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """``base`` to the power of ``num`` exponents at equal distances."""
    start, stop, base = operand(start), operand(stop), operand(base)
    if shape_of(base):  # where the axis is counted, an array of bases counts too
        ndim = len(np.broadcast_shapes(*map(shape_of, (start, stop, base))))
        start, stop, base = (_widened(x, ndim) for x in operands((start, stop, base)))
        base = expand_dims(base, axis)
    powers = UFUNCS[np.power](base, linspace(start, stop, num, endpoint, axis=axis))
    return powers if dtype is None else astype(powers, dtype, copy=False)


# --- array -----------------------------------------------------------------------------------------


def _is_traced(value: Any) -> bool:
    """Whether there is a tracer in nested lists."""
    if isinstance(value, (list, tuple)):
        return any(map(_is_traced, value))
    return type(value) is Tracer


def _gather(value: Any) -> Any:
    """The array of nested lists in which there may be tracers."""
    if not isinstance(value, (list, tuple)):
        return value
    if not _is_traced(value):
        return np.asarray(value)
    return stack([_gather(part) for part in value])


def _not_deeper(x: Any, ndmax: int) -> Any:
    """``x``; NumPy's error if it has more than ``ndmax`` axes (0: any number)."""
    if 0 < ndmax < aval_of(x).ndim:
        raise ValueError(f"the array would exceed the maximum number of dimensions of {ndmax}")
    return x


def _from_traced(x: Any, dtype: Any, copied: bool | None, order: str, ndmin: int) -> Any:
    """``np.array`` of a tracer or of what was made of nested lists."""
    out = as_array(x)
    if dtype is not None:
        out = astype(out, dtype, copy=False)
    if copied and out is x:
        out = copy(x, order)
    return _widened(out, ndmin)


@implements(np.array, like=True)
def array(
    object: Any,
    dtype: Any = None,
    *,
    copy: bool | None = True,
    order: str = "K",
    subok: bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
) -> Any:
    """An array of a number, an array or nested lists of these, any of which may be traced."""
    if 0 < ndmax < ndmin:
        raise ValueError(f"ndmin must be <= ndmax ({ndmax})")
    if type(object) is Tracer:
        return _from_traced(object, dtype, copy, order, ndmin)
    if _is_traced(object):
        return _from_traced(_not_deeper(_gather(object), ndmax), dtype, None, order, ndmin)
    options: dict[str, Any] = {"copy": copy, "order": order, "ndmin": ndmin}
    if ndmax:  # NumPy 2.4
        options["ndmax"] = ndmax
    if like is not None:
        return _put(np.array(object, dtype, **options), like)
    xp = namespace_of([object]) if is_array(object) else np
    return xp.array(object, dtype, **options)


@implements(np.asarray, like=True)
def asarray(
    a: Any,
    dtype: Any = None,
    order: str | None = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    like: Any = None,
) -> Any:
    """``array`` without a copy where none is needed."""
    return array(a, dtype, copy=copy, order=order or "K", like=like)


@implements(np.asanyarray, like=True)
def asanyarray(
    a: Any,
    dtype: Any = None,
    order: str | None = None,
    *,
    device: Any = None,
    copy: bool | None = None,
    like: Any = None,
) -> Any:
    """``asarray``: funcgrad knows no subclasses."""
    return array(a, dtype, copy=copy, order=order or "K", like=like)
