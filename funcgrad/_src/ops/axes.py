"""Shapes and axes: what is known before any number is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError


def normal_axis(axis: int, ndim: int) -> int:
    """A non-negative axis, or NumPy's AxisError."""
    return int(np.lib.array_utils.normalize_axis_index(axis, ndim))


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes meant by ``axis`` (None: all of them), non-negative, in the order given."""
    if axis is None:
        return tuple(range(ndim))
    if isinstance(axis, tuple):
        return tuple(normal_axis(a, ndim) for a in axis)
    return (normal_axis(axis, ndim),)


def reduced_shape(shape: tuple[int, ...], axis: Any, keepdims: bool) -> tuple[int, ...]:
    """The shape after reducing ``axis``."""
    axes = frozenset(normal_axes(axis, len(shape)))
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def kept_shape(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape after reducing ``axis`` with ``keepdims=True``."""
    return reduced_shape(shape, axis, True)


def shifted(axes: tuple[int, ...], batch: int) -> tuple[int, ...]:
    """Axes of one example as axes of a batch that lies along axis ``batch``."""
    return tuple(a + (a >= batch) for a in axes)


def plus_one(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Axes of one example as axes of a batch that lies in front."""
    return tuple(a + 1 for a in axes)


def permutation(axes: Any, ndim: int) -> tuple[int, ...]:
    """The order of axes meant by ``axes`` (None: reversed), non-negative."""
    if axes is None:
        return _REVERSED[ndim] if ndim < len(_REVERSED) else tuple(range(ndim))[::-1]
    order = normal_axes(tuple(axes), ndim)
    if sorted(order) != list(range(ndim)):
        raise ArgumentError(
            "transpose: axes are not a permutation.", expected=f"each of 0..{ndim - 1} once", got=str(order)
        )
    return order


_REVERSED = tuple(tuple(range(ndim))[::-1] for ndim in range(8))


def inverse_permutation(axes: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes ``axes``."""
    back = [0] * len(axes)
    for i, axis in enumerate(axes):
        back[axis] = i
    return tuple(back)


def full_shape(size: int, shape: Any) -> tuple[int, ...]:
    """``shape`` with a -1 filled in; ArgumentError when the sizes differ."""
    if type(shape) is tuple and -1 not in shape and math.prod(shape) == size:
        return shape
    shape = (shape,) if not isinstance(shape, (tuple, list)) else tuple(shape)
    wanted = tuple(int(n) for n in shape)
    rest = 1
    for n in wanted:
        rest *= n if n != -1 else 1
    if wanted.count(-1) == 1 and rest and size % rest == 0:
        return tuple(size // rest if n == -1 else n for n in wanted)
    if -1 in wanted or rest != size:
        raise ArgumentError(
            f"reshape: cannot reshape an array of size {size} into shape {wanted}.",
            expected=f"a shape of {size} elements with at most one -1",
            got=str(wanted),
        )
    return wanted
