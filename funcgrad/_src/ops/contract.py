"""Products of arrays: ``tensordot``, ``dot``, ``matmul``; the others are in products.py and einsum.py.

Each NumPy function is a primitive of its own: they differ in the order of their sums, hence in bits. All
are linear in each operand, and a transpose is again one product on a transposed view: the gradient of
``w`` in ``x.dot(w)`` is the single call ``dot(x.T, g)``. Zero times infinity is NaN here: sums of
products are no elementwise derivatives, and the strong zero is not for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from ..backends import backend_of
from ..core.aval import Aval, abstract_place, aval_of, make_aval, scalar_or_array
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .axes import inverse_permutation, normal_axes
from .complexes import conjugate
from .core_axes import CORE_ARGUMENTS, product_along
from .declare import Multilinear
from .structural import convert, move_axis, reshape, transpose, transpose_p
from .tables import UFUNCS, implements
from .ufunc import Ufunc, align, write_out

FAMILY = "contract"
Shape = tuple[int, ...]


# --- what every product needs ----------------------------------------------------------------------


def operand(x: Any) -> Any:
    """``x`` as a product takes it: lists are arrays, Python numbers are NumPy scalars (not weak)."""
    if type(x) is np.ndarray:
        return x
    if type(x) is Tracer:
        aval = x.trace.aval(x)
        return x if aval.kind != "python" else convert(x, aval.dtype, "scalar")
    return x if backend_of(x) is not None else np.asarray(x)[()]


def product_aval(avals: tuple[Aval, ...], shape: Shape, kind: Any = None) -> Aval:
    """The aval of a product of this shape; a 0-d one is a scalar on the host."""
    dtype, place = np.result_type(*[a.dtype for a in avals]), abstract_place(avals)
    return scalar_or_array(shape, dtype, place) if kind is None else make_aval(shape, dtype, kind, place)


def refuse(function: Callable[..., Any], *avals: Aval) -> NoReturn:
    """Raise NumPy's own error for operands whose shapes do not match."""
    function(*[np.broadcast_to(np.zeros((), a.dtype), a.shape) for a in avals])
    raise AssertionError(f"{function} accepts what its shape rule refuses: {avals}")


def conj(x: Any) -> Any:
    """The conjugate; ``x`` itself if it is real."""
    return conjugate(x) if aval_of(x).dtype.kind == "c" else x


def swap(x: Any) -> Any:
    """The last two axes exchanged: a view."""
    if type(x) is np.ndarray:
        return x.mT
    ndim = aval_of(x).ndim
    return transpose_p.bind(x, axes=(*range(ndim - 2), ndim - 1, ndim - 2))


def column(x: Any) -> Any:
    """``x[..., None]``."""
    return reshape(x, (*aval_of(x).shape, 1))


def uncolumn(x: Any) -> Any:
    """``x[..., 0]`` of an array whose last axis has length 1."""
    return reshape(x, aval_of(x).shape[:-1])


def row(x: Any) -> Any:
    """``x[..., None, :]``."""
    shape = aval_of(x).shape
    return reshape(x, (*shape[:-1], 1, shape[-1]))


def as_rows(x: Any) -> Any:
    """All axes but the last as one."""
    shape = aval_of(x).shape
    return x if len(shape) == 2 else reshape(x, (math.prod(shape[:-1]), shape[-1]))


def ravel(x: Any) -> Any:
    """``x`` as a vector."""
    aval = aval_of(x)
    return x if aval.ndim == 1 else reshape(x, (aval.size,))


# --- tensordot -------------------------------------------------------------------------------------

Pairs = tuple[tuple[int, ...], tuple[int, ...]]


def free(ndim: int, used: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that are not in ``used``."""
    return tuple(i for i in range(ndim) if i not in used)


def _tensordot_aval(x: Aval, y: Aval, *, axes: Pairs) -> Aval:
    if [x.shape[i] for i in axes[0]] != [y.shape[j] for j in axes[1]]:
        refuse(lambda a, b: np.tensordot(a, b, axes), x, y)
    shape = tuple(x.shape[i] for i in free(x.ndim, axes[0])) + tuple(
        y.shape[j] for j in free(y.ndim, axes[1])
    )
    return product_aval((x, y), shape, "array")


def tensordot_left(g: Any, ndim: int, y: Any, axes: Pairs) -> Any:
    """The cotangent of a left operand of ``ndim`` axes: ``g`` times ``y``, over the free axes of ``y``."""
    own, rest = free(ndim, axes[0]), free(y.ndim, axes[1])
    out = tensordot(g, y, (tuple(range(len(own), len(own) + len(rest))), rest))
    order = own + tuple(axes[0][axes[1].index(j)] for j in sorted(axes[1]))
    return transpose(out, inverse_permutation(order))


def tensordot_right(g: Any, x: Any, ndim: int, axes: Pairs) -> Any:
    """The cotangent of a right operand of ``ndim`` axes: ``x`` times ``g``, over the free axes of ``x``."""
    own, rest = free(ndim, axes[1]), free(x.ndim, axes[0])
    out = tensordot(x, g, (rest, tuple(range(len(rest)))))
    order = tuple(axes[1][axes[0].index(i)] for i in sorted(axes[0])) + own
    return transpose(out, inverse_permutation(order))


def tensordot_batch(size: int, values: tuple[Any, ...], at: tuple[Any, ...], pairs: Pairs) -> Any:
    """One batched operand: a longer tensordot; two: stacked matrix products."""
    nx, ny = ranks(values, at)
    (cx, cy), fx, fy = pairs, free(nx, pairs[0]), free(ny, pairs[1])
    x, y = to_front(values, at)
    if at[1] is None:
        return tensordot(x, y, (tuple(i + 1 for i in cx), cy)), 0
    if at[0] is None:
        return tensordot(x, y, (cx, tuple(j + 1 for j in cy))), len(fx)
    x = transpose(x, (0, *(i + 1 for i in fx + cx)))
    y = transpose(y, (0, *(j + 1 for j in cy + fy)))
    xs, ys = aval_of(x).shape, aval_of(y).shape
    rows, inner, columns = (
        math.prod(xs[1 : len(fx) + 1]),
        math.prod(xs[len(fx) + 1 :]),
        math.prod(ys[len(cy) + 1 :]),
    )
    out = matmul(reshape(x, (size, rows, inner)), reshape(y, (size, inner, columns)))
    return reshape(out, xs[: len(fx) + 1] + ys[len(cy) + 1 :]), 0


def ranks(values: tuple[Any, ...], axes: tuple[Any, ...]) -> list[int]:
    """The number of axes of each operand without its batch axis."""
    return [aval_of(v).ndim - (axis is not None) for v, axis in zip(values, axes, strict=True)]


def to_front(values: tuple[Any, ...], axes: tuple[Any, ...]) -> list[Any]:
    """Operands with their batch axis in front."""
    return [v if axis is None else move_axis(v, axis, 0) for v, axis in zip(values, axes, strict=True)]


def fronts(axes: tuple[Any, ...]) -> tuple[int | None, ...]:
    """The batch axes after ``to_front``."""
    return tuple(None if axis is None else 0 for axis in axes)


tensordot_p = Primitive("tensordot", lambda xp, x, y, *, axes: xp.tensordot(x, y, axes), family=FAMILY)
tensordot_p.aval = _tensordot_aval
tensordot_p.rule = Multilinear(
    lambda g, x, y, *, axes: tensordot_left(g, x.ndim, y, axes),
    lambda g, x, y, *, axes: tensordot_right(g, x, y.ndim, axes),
)
tensordot_p.batch = lambda size, values, at, *, axes: tensordot_batch(size, values, at, axes)


@implements(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over the given pairs of axes (an int: the last of ``a``, the first of ``b``)."""
    a, b = operand(a), operand(b)
    return tensordot_p.bind(a, b, axes=_pairs(axes, aval_of(a).ndim, aval_of(b).ndim))


def _pairs(axes: Any, nx: int, ny: int) -> Pairs:
    if not isinstance(axes, (tuple, list, np.ndarray)):
        if axes > min(nx, ny):
            raise IndexError("tensordot: more axes than an operand has")
        return tuple(range(nx - int(axes), nx)), tuple(range(int(axes)))
    left, right = (tuple(a) if isinstance(a, (tuple, list, np.ndarray)) else (a,) for a in axes)
    if len(left) != len(right):
        raise ValueError("shape-mismatch for sum")
    return normal_axes(left, nx), normal_axes(right, ny)


# --- dot -------------------------------------------------------------------------------------------


def _dot_aval(x: Aval, y: Aval) -> Aval:
    if not x.ndim or not y.ndim:
        return product_aval((x, y), x.shape + y.shape)
    if x.shape[-1] != y.shape[0 if y.ndim == 1 else -2]:
        refuse(np.dot, x, y)
    tail = () if y.ndim == 1 else y.shape[:-2] + y.shape[-1:]
    return product_aval((x, y), x.shape[:-1] + tail)


def _dot_left(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        return dot_p.bind(g, swap(y))
    if x.ndim == 0 or y.ndim == 0:
        return g * y
    if y.ndim == 1:
        return g * y if x.ndim == 1 else column(g) * y
    if y.ndim > 2:
        return tensordot_left(g, x.ndim, y, ((x.ndim - 1,), (y.ndim - 2,)))
    return dot(y, g) if x.ndim == 1 else reshape(dot(as_rows(g), swap(y)), x.shape)


def _dot_right(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        return dot_p.bind(swap(x), g)
    if x.ndim == 0 or y.ndim == 0:
        return g * x
    if y.ndim > 2:
        return tensordot_right(g, x, y.ndim, ((x.ndim - 1,), (y.ndim - 2,)))
    if x.ndim == 1:
        return g * x if y.ndim == 1 else column(x) * g
    return dot(swap(as_rows(x)), ravel(g) if y.ndim == 1 else as_rows(g))


def _dot_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    nx, ny = ranks(values, axes)
    if nx and 0 < ny <= 2:
        return _matmul_batch(size, values, axes)
    if not nx or not ny:
        x, y = align(size, values, axes)
        return x * y, 0
    return tensordot_batch(size, values, axes, ((nx - 1,), (ny - 2,)))


dot_p = Primitive("dot", lambda xp, x, y: xp.dot(x, y), host=np.dot, family=FAMILY)
dot_p.aval = _dot_aval
dot_p.rule = Multilinear(_dot_left, _dot_right)
dot_p.batch = _dot_batch


@implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    """The product of two arrays over the last axis of ``a`` and the second-to-last of ``b``."""
    result = dot_p.bind(operand(a), operand(b))
    return result if out is None else write_out(out, result, "dot(out=...)")


# --- matmul ----------------------------------------------------------------------------------------


def _matmul_aval(x: Aval, y: Aval) -> Aval:
    if not x.ndim or not y.ndim or x.shape[-1] != y.shape[0 if y.ndim == 1 else -2]:
        refuse(np.matmul, x, y)
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return product_aval(
        (x, y), batch + (x.shape[-2:-1] if x.ndim > 1 else ()) + (y.shape[-1:] if y.ndim > 1 else ())
    )


def _matmul_left(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        return matmul_p.bind(g, swap(y))
    if y.ndim == 1:
        return g * y if x.ndim == 1 else column(g) * y
    if x.ndim == 1:
        return matmul(y, g) if y.ndim == 2 else uncolumn(matmul(y, column(g)))
    if x.ndim > 2 and y.ndim == 2:
        return reshape(matmul(as_rows(g), swap(y)), x.shape)
    return matmul(g, swap(y))


def _matmul_right(g: Any, x: Any, y: Any) -> Any:
    if x.ndim == 2 and y.ndim == 2:
        return matmul_p.bind(swap(x), g)
    if x.ndim == 1:
        return g * x if y.ndim == 1 else column(x) * (g if y.ndim == 2 else row(g))
    if y.ndim == 1:
        return matmul(swap(as_rows(x)), ravel(g))
    if y.ndim == 2 and x.ndim > 2:
        return matmul(swap(as_rows(x)), as_rows(g))
    return matmul(swap(x), g)


def _matmul_batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> Any:
    nx, ny = ranks(values, axes)
    x, y = to_front(values, axes)
    if axes[1] is None and ny <= 2:
        return matmul(x, y), 0
    if axes[0] is None and nx <= 2 and ny == 1:
        return matmul(y, x if nx == 1 else swap(x)), 0
    if nx == 1:
        x = row(x)
    if ny == 1:
        y = column(y)
    out = matmul(*align(size, (x, y), fronts(axes)))
    shape = aval_of(out).shape
    return reshape(out, shape[:-2] + (shape[-2:-1] if nx > 1 else ()) + (shape[-1:] if ny > 1 else ())), 0


matmul_p = Primitive("matmul", lambda xp, x, y: xp.matmul(x, y), host=np.matmul, family=FAMILY)
matmul_p.aval = _matmul_aval
matmul_p.rule = Multilinear(_matmul_left, _matmul_right)
matmul_p.batch = _matmul_batch
matmul_p.symbol = "@"


class Product(Ufunc):
    """A product of NumPy's that is a generalised ufunc: lists and Python numbers are not weak."""

    direct = frozenset()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != self.nin:
            return self._call(args, kwargs)
        return self.bind(*map(operand, args))

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if "out" in kwargs and kwargs.get("axes") == _axes_in_place(args):
            kwargs.pop("axes")
            return super()._call(args, kwargs)
        if not any(type(value) is Tracer for value in (*args, *self._outs(kwargs))):
            return self.ufunc(*args, **kwargs)
        given = {key: kwargs.pop(key) for key in CORE_ARGUMENTS if key in kwargs}
        if not given:
            return super()._call(args, kwargs)
        args, out = self._split_out(args, kwargs.pop("out", None))
        dtype = kwargs.pop("dtype", None)
        self._check(kwargs)
        args = args if dtype is None else self._typed(args, dtype)
        result = product_along(self.primitive, self.ufunc, [operand(x) for x in args], given)
        return result if out is None else self._write(out, result)

    @staticmethod
    def _outs(kwargs: dict[str, Any]) -> tuple[Any, ...]:
        out = kwargs.get("out")
        return out if isinstance(out, tuple) else (out,)


def _axes_in_place(args: tuple[Any, ...]) -> list[tuple[int, ...]]:
    """The axes that ``x @= y`` names: those that are meant anyway."""
    core: tuple[int, ...] = (-1,) if np.ndim(args[0]) == 1 else (-2, -1)
    return [core, (-2, -1), core]


def product(name: str, primitive: Primitive, doc: str, kind: type[Product] = Product) -> Product:
    """The callable for a product, registered under NumPy's ufunc of that name."""
    ufunc = getattr(np, name)
    UFUNCS[ufunc] = op = kind(name, primitive, ufunc, doc)
    return op


matmul = product("matmul", matmul_p, "The matrix product ``x1 @ x2``; leading axes broadcast.")
