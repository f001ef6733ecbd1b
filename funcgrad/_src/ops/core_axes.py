"""``axes=``, ``axis=`` and ``keepdims=`` of products: which axes of the operands are summed and kept.

``product_along`` is NumPy's product with ``axes=``. Its derivative and its batches turn the operands so that
these axes are last, where the products have their rules, and turn the result back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive, find_primitive
from .axes import inverse_permutation, normal_axes, normal_axis
from .declare import Multilinear
from .structural import fit, move_axis, reshape, transpose

FAMILY = "core_axes"
Axes = tuple[int, ...]
CORE_ARGUMENTS = ("axes", "axis", "keepdims")


# --- product_along ---------------------------------------------------------------------------------


def _order(ndim: int, core: Axes) -> Axes:
    """The order of axes in which the core axes are last."""
    return (*(i for i in range(ndim) if i not in core), *core)


def _turned(x: Any, core: Axes) -> Any:
    """An operand, or its aval, with its core axes last."""
    if isinstance(x, Aval):
        return make_aval(tuple(x.shape[i] for i in _order(x.ndim, core)), x.dtype, x.kind, x.place)
    return transpose(x, _order(aval_of(x).ndim, core))


def _back(x: Any, core: Axes) -> Any:
    return transpose(x, inverse_permutation(_order(aval_of(x).ndim, core)))


def _along(xp: Any, x: Any, y: Any, *, name: str, axes: tuple[Axes, ...]) -> Any:
    x, y = (xp.transpose(v, _order(v.ndim, core)) for v, core in zip((x, y), axes[:2], strict=True))
    out = find_primitive(name).impl(xp, x, y)
    return xp.transpose(out, inverse_permutation(_order(out.ndim, axes[2])))


def _along_aval(x: Aval, y: Aval, *, name: str, axes: tuple[Axes, ...]) -> Any:
    out = find_primitive(name).abstract((_turned(x, axes[0]), _turned(y, axes[1])), {})
    shape = tuple(out.shape[i] for i in inverse_permutation(_order(out.ndim, axes[2])))
    return make_aval(shape, out.dtype, out.kind, out.place)


def _along_pull(i: int, g: Any, x: Any, y: Any, *, name: str, axes: tuple[Axes, ...]) -> Any:
    turned = [_turned(x, axes[0]), _turned(y, axes[1])]
    share = find_primitive(name).rule.pull(i, _turned(g, axes[2]), turned, {})
    return _back(fit(share, aval_of(turned[i])), axes[i])


def _along_batch(
    size: int, values: tuple[Any, ...], at: tuple[Any, ...], *, name: str, axes: tuple[Axes, ...]
) -> Any:
    turned = []
    for value, axis, core in zip(values, at, axes[:2], strict=True):
        value = value if axis is None else move_axis(value, axis, 0)
        turned.append(_turned(value, core if axis is None else tuple(i + 1 for i in core)))
    primitive = find_primitive(name)
    assert primitive.batch is not None
    out, axis = primitive.batch(size, tuple(turned), tuple(None if a is None else 0 for a in at))
    return _back(move_axis(out, axis, 0), tuple(i + 1 for i in axes[2])), 0


product_along_p = Primitive(
    "product_along",
    _along,
    host=lambda x, y, *, name, axes: getattr(np, name)(x, y, axes=list(axes)),
    family=FAMILY,
)
product_along_p.aval = _along_aval
product_along_p.rule = Multilinear(varargs=_along_pull)
product_along_p.batch = _along_batch


# --- what the arguments mean -----------------------------------------------------------------------


def _core_sizes(ufunc: np.ufunc, ndims: Sequence[int]) -> list[int]:
    """How many axes of each operand, and of the result, the product works on."""
    if ufunc is np.matmul:
        first, second = min(ndims[0], 2), min(ndims[1], 2)
        return [first, second, first + second - 2]
    assert ufunc.signature is not None
    parts = ufunc.signature.replace("->", ",")[1:-1].split("),(")
    return [len(part.split(",")) if part else 0 for part in parts]


def _check(ufunc: np.ufunc, avals: Sequence[Aval], given: dict[str, Any]) -> int:
    """The number of axes of the result, by a call with short operands, of equal lengths where they are equal.

    What is wrong with the arguments is NumPy's own error.
    """
    small = {0: 0, 1: 1}
    for aval in avals:
        for n in aval.shape:
            small.setdefault(n, len(small))
    return int(np.ndim(ufunc(*[np.zeros([small[n] for n in aval.shape]) for aval in avals], **given)))


def _listed(ufunc: np.ufunc, given: dict[str, Any], ndims: Sequence[int]) -> tuple[Axes, ...]:
    """The core axes of each operand and of the result, counted from the front."""
    sizes = _core_sizes(ufunc, ndims)
    axis, axes = given.get("axis"), given.get("axes")
    if axis is not None:
        axes = [axis] * (len(sizes) - 1)
    if axes is None:
        axes = [tuple(range(-size, 0)) for size in sizes]
    found = [tuple(a) if isinstance(a, (tuple, list)) else (a,) for a in axes]
    found += [()] * (len(sizes) - len(found))
    return tuple(normal_axes(core, ndim) for core, ndim in zip(found, ndims, strict=True))


def product_along(
    primitive: Primitive, ufunc: np.ufunc, operands: Sequence[Any], given: dict[str, Any]
) -> Any:
    """The product over the axes that the arguments in ``given`` name."""
    keepdims = given.get("keepdims")
    if keepdims and given.get("axes") is not None:
        raise UnsupportedError(
            f"{ufunc.__name__}: axes= together with keepdims=True is not supported on traced values.",
            hint="give axis=, or np.expand_dims the result",
        )
    avals = [aval_of(x) for x in operands]
    ndims = [*(aval.ndim for aval in avals), _check(ufunc, avals, given) - bool(keepdims)]
    axes = _listed(ufunc, given, ndims)
    if all(core == tuple(range(n - len(core), n)) for core, n in zip(axes, ndims, strict=True)):
        out = primitive.bind(*operands)
    else:
        out = product_along_p.bind(*operands, name=primitive.name, axes=axes)
    if not keepdims:
        return out
    shape, axis = aval_of(out).shape, given.get("axis")
    at = normal_axis(-1 if axis is None else axis, len(shape) + 1)
    return reshape(out, (*shape[:at], 1, *shape[at:]))
