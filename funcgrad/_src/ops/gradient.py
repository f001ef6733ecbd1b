"""``np.gradient``: the derivative of samples by second-order differences, as NumPy rounds them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.trace import Tracer, is_known
from .axes import normal_axes
from .differences import diff
from .given import lists_beside
from .indexing import getitem
from .join import concatenate
from .plain import plainly, valued
from .shape import as_array, concrete, expand_dims, reshape, shape_of
from .slices import cut_axis
from .structural import convert, stop_gradient_p
from .tables import implements


@implements(np.gradient)
@plainly(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes of samples along ``axis`` (None: a tuple of those along each); by the spacings too.

    Traced coordinates at equal distances have the derivative of the formula for unequal ones.
    """
    f, *spacing = lists_beside((f, *varargs))
    f = as_array(f)
    aval = aval_of(f)
    axes = _axes(axis, aval.ndim)
    spacings = _spacings(spacing, [aval.shape[i] for i in axes])
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    if aval.dtype.kind in "iu":
        f = convert(f, np.float64)
    dtype = aval.dtype if aval.inexact else np.dtype(np.float64)
    found = [_along(f, dtype, axis, *forms, edge_order) for axis, forms in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return normal_axes(None, ndim)
    return tuple(np.lib.array_utils.normalize_axis_tuple(axis, ndim))


# --- spacings --------------------------------------------------------------------------------------

# For each axis the spacing as NumPy takes it (a number, or the distances of neighbours), and the distances
# once more where their derivative is needed but NumPy has seen that they are equal and takes the first.
# Where their numbers are not known, or only to a device, they count as unequal: the same within rounding.


def _spacings(given: list[Any], lengths: list[int]) -> list[tuple[Any, Any]]:
    if not given:
        return [(1.0, None)] * len(lengths)
    if len(given) == 1 and not shape_of(given[0]):
        return [(given[0], None)] * len(lengths)
    if len(given) != len(lengths):
        raise TypeError("invalid number of arguments")
    return [_distances(x, n) if shape_of(x) else (x, None) for x, n in zip(given, lengths, strict=True)]


def _distances(x: Any, length: int) -> tuple[Any, Any]:
    aval = aval_of(x)
    if aval.ndim != 1:
        raise ValueError("distances must be either scalars or 1d")
    if aval.size != length:
        raise ValueError("when 1d, distances must match the length of the corresponding dimension")
    steps = diff(convert(x, np.float64) if aval.dtype.kind in "iu" else x)
    known = concrete(steps) if is_known(steps) else None
    if type(known) is not np.ndarray or not bool((known == known[0]).all()):
        return steps, None
    return getitem(steps, 0), steps if type(steps) is Tracer else None


# --- slopes along one axis -------------------------------------------------------------------------


def _along(f: Any, dtype: Any, axis: int, step: Any, distances: Any, edge_order: int) -> Any:
    if shape_of(f)[axis] < edge_order + 1:
        raise ValueError(
            "Shape of array too small to calculate a numerical gradient, "
            "at least (edge_order + 1) elements are required."
        )
    if distances is None:
        return _slopes(f, dtype, axis, step, edge_order)
    fixed = _slopes(stop_gradient_p.bind(f), dtype, axis, stop_gradient_p.bind(step), edge_order)
    return valued(fixed, _slopes(f, dtype, axis, distances, edge_order))


def _slopes(f: Any, dtype: Any, axis: int, step: Any, edge_order: int) -> Any:
    uniform = not shape_of(step)
    inside = _inside(f, axis, step) if uniform else _unequal_inside(f, axis, step)
    edges = _first_order(f, axis, step) if edge_order == 1 else _second_order(f, axis, step)
    first, last = (expand_dims(edge, axis) for edge in edges)
    return concatenate([convert(part, dtype) for part in (first, inside, last)], axis)


def _inside(f: Any, axis: int, step: Any) -> Any:
    return (cut_axis(f, axis, 2, None) - cut_axis(f, axis, None, -2)) / (2.0 * step)


def _unequal_inside(f: Any, axis: int, steps: Any) -> Any:
    """Weights of the three points of a parabola through neighbours, whose slope is taken in the middle."""
    h, k = cut_axis(steps, 0, 0, -1), cut_axis(steps, 0, 1, None)
    weights = (-k / (h * (h + k)), (k - h) / (h * k), h / (k * (h + k)))
    shape = (*(1,) * axis, -1, *(1,) * (aval_of(f).ndim - axis - 1))
    before, here, after = (reshape(weight, shape) for weight in weights)
    points = (cut_axis(f, axis, None, -2), cut_axis(f, axis, 1, -1), cut_axis(f, axis, 2, None))
    return before * points[0] + here * points[1] + after * points[2]


def _point(f: Any, axis: int, i: int) -> Any:
    return getitem(f, (*(slice(None),) * axis, i))


def _first_order(f: Any, axis: int, step: Any) -> tuple[Any, Any]:
    uniform = not shape_of(step)
    first = (_point(f, axis, 1) - _point(f, axis, 0)) / (step if uniform else getitem(step, 0))
    last = (_point(f, axis, -1) - _point(f, axis, -2)) / (step if uniform else getitem(step, -1))
    return first, last


def _second_order(f: Any, axis: int, step: Any) -> tuple[Any, Any]:
    """The slopes at both ends of the parabola through the three points there."""
    if not shape_of(step):
        left = (-1.5 / step, 2.0 / step, -0.5 / step)
        right = (0.5 / step, -2.0 / step, 1.5 / step)
    else:
        h, k = getitem(step, 0), getitem(step, 1)
        left = (-(2.0 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k)))
        h, k = getitem(step, -2), getitem(step, -1)
        right = (k / (h * (h + k)), -(k + h) / (h * k), (2.0 * k + h) / (k * (h + k)))
    return (_weighed(f, axis, left, (0, 1, 2)), _weighed(f, axis, right, (-3, -2, -1)))


def _weighed(f: Any, axis: int, weights: tuple[Any, ...], at: tuple[int, ...]) -> Any:
    a, b, c = (weight * _point(f, axis, i) for weight, i in zip(weights, at, strict=True))
    return a + b + c
