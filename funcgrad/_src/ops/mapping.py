"""Functions of rows and of numbers, applied all over an array: ``apply_along_axis``, ``vectorize``.

They call a Python function once for each row or number, as NumPy does, and join what it returns; in a
compiled program that is one copy of the function's operations for each. ``vmap`` does the same at once.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.trace import Tracer
from .axes import normal_axis
from .creation import asarray, zeros
from .indexing import cast_values, getitem
from .join import stack
from .refused import holds_tracer
from .shape import as_array, broadcast_to, expand_dims, moveaxis, operand, reshape, shape_of
from .structural import convert
from .tables import implements

Shape = tuple[int, ...]


def _joined(results: Sequence[Any], shape: Shape, dtype: Any, what: str) -> Any:
    """Results of one shape as an array: the axes of ``shape``, then their own."""
    inner = shape_of(results[0])
    like = aval_of(as_array(results[0])).with_shape(inner)
    like = like if dtype is None else aval_of(zeros((), dtype))
    fitted = [broadcast_to(convert(cast_values(r, like, what), like.dtype), inner) for r in results]
    return reshape(stack(fitted), (*shape, *inner))


# --- apply_along_axis, apply_over_axes -------------------------------------------------------------


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """``func1d`` of every row along ``axis``; the axes of its results stand in place of that one.

    The first result decides the dtype: a later floating one does not fit where that is an integer.
    """
    arr = as_array(operand(arr))
    ndim = aval_of(arr).ndim
    axis = normal_axis(axis, ndim)
    rows = moveaxis(arr, axis, -1)
    outer = shape_of(rows)[:-1]
    if 0 in outer:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    found = [
        asarray(func1d(getitem(rows, (*index, ...)), *args, **kwargs))
        for index in itertools.product(*map(range, outer))
    ]
    out = _joined(found, outer, None, "np.apply_along_axis")
    inner = aval_of(out).ndim - len(outer)
    return moveaxis(out, range(len(outer), len(outer) + inner), range(axis, axis + inner))


@implements(np.apply_over_axes)
def apply_over_axes(func: Callable[[Any, int], Any], a: Any, axes: Any) -> Any:
    """``func(a, axis)`` for one axis after the other; an axis that it takes away is put back, of length 1."""
    out = as_array(operand(a))
    ndim = aval_of(out).ndim
    for axis in (axes,) if np.ndim(axes) == 0 else axes:
        axis = axis + ndim if axis < 0 else axis
        found = func(out, axis)
        if aval_of(found).ndim != aval_of(out).ndim:
            found = expand_dims(found, axis)
            if aval_of(found).ndim != aval_of(out).ndim:
                raise ValueError("function is not returning an array of the correct shape")
        out = found
    return out


# --- vectorize -------------------------------------------------------------------------------------

_PYTHON = {"f": np.dtype(float), "c": np.dtype(complex)}


def _python_number(x: Any, index: Shape) -> Any:
    """An element as NumPy hands it over: a Python number, where those can be traced."""
    element = getitem(x, index) if aval_of(x).ndim else x
    if type(element) is not Tracer:
        return element.item() if hasattr(element, "item") else element
    wide = _PYTHON.get(aval_of(element).dtype.kind)
    return element if wide is None else convert(element, wide, "python")


class vectorize(np.vectorize):  # type: ignore[misc, unused-ignore]  # noqa: N801  (NumPy's name)
    """A function of numbers (with ``signature``: of rows) as one of arrays, called for each element.

    On traced values ``otypes``, ``excluded`` and ``signature`` mean what they mean in NumPy. Without
    ``otypes`` the first result decides the dtype; a later floating one is an error where that is an integer.
    ``vmap`` does the same with one call.

    Examples
    --------
    >>> import numpy as np
    >>> import funcgrad.numpy as fnp
    >>> from funcgrad import grad
    >>> rectified = fnp.vectorize(lambda x: x**2 if x > 0 else 0.0)
    >>> grad(lambda x: rectified(x).sum())(np.array([-1.0, 3.0]))
    array([0., 6.])
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results as arrays."""
        given = holds_tracer((args, kwargs))
        if not given:
            return super().__call__(*args, **kwargs)
        places = [i for i in range(len(args)) if i not in self.excluded]
        names = [name for name in kwargs if name not in self.excluded]

        def call(*values: Any) -> Any:
            full, named = list(args), dict(kwargs)
            for i, value in zip(places, values, strict=False):
                full[i] = value
            named.update(zip(names, values[len(places) :], strict=True))
            return self.pyfunc(*full, **named)

        values = [operand(v) for v in (*(args[i] for i in places), *(kwargs[n] for n in names))]
        if self.signature is not None:
            return _by_signature(call, values, self.signature, self.otypes)
        return _by_element(call, values, self.otypes, self.cache)


def _by_element(call: Callable[..., Any], values: Sequence[Any], otypes: Any, cache: bool) -> Any:
    if not values:
        return call()
    shape = np.broadcast_shapes(*map(shape_of, values))
    values = [broadcast_to(v, shape) if shape else v for v in values]
    indices: Iterator[Any] = itertools.product(*map(range, shape))
    rows = []
    if otypes is None:
        if math.prod(shape) == 0:
            raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
        first = _outputs(call(*(getitem(v, (0,) * len(shape)) if shape else v for v in values)))
        otypes = [aval_of(result).dtype for result in first]
        rows = [first] if cache else []
        indices = itertools.islice(indices, len(rows), None)
    rows += [_outputs(call(*(_python_number(v, index) for v in values))) for index in indices]
    return _columns(rows, shape, otypes)


def _outputs(results: Any) -> tuple[Any, ...]:
    found = results if isinstance(results, tuple) else (results,)
    for result in found:
        if np.ndim(result):
            raise ValueError("setting an array element with a sequence.")
    return found


def _columns(rows: Sequence[tuple[Any, ...]], shape: Shape, otypes: Any) -> Any:
    """The results of all calls, an array for each output."""
    if not rows:
        found = [zeros(shape, dtype) for dtype in otypes]
    else:
        columns = zip(*rows, strict=True)
        found = [_joined(c, shape, np.dtype(t), "vectorize") for c, t in zip(columns, otypes, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


# --- vectorize with a signature --------------------------------------------------------------------


def _core_dimensions(signature: str) -> tuple[list[list[str]], list[list[str]]]:
    """The names of the core dimensions of operands and of results."""
    sides = signature.replace(" ", "").split("->")
    ins, outs = (
        [[n for n in dims.split(",") if n] for dims in re.findall(r"\(([^()]*)\)", s)] for s in sides
    )
    return ins, outs


def _note(sizes: dict[str, int], shape: Shape, names: Sequence[str]) -> None:
    """Remember the lengths of core dimensions; NumPy's complaints where they differ."""
    if len(shape) < len(names):
        raise ValueError(
            f"{len(shape)}-dimensional argument does not have enough dimensions for all core dimensions "
            f"{tuple(names)!r}"
        )
    for name, n in zip(names, shape[len(shape) - len(names) :], strict=True):
        if sizes.setdefault(name, n) != n:
            raise ValueError(f"inconsistent size for core dimension {name!r}: {n!r} vs {sizes[name]!r}")


def _by_signature(call: Callable[..., Any], values: Sequence[Any], signature: str, otypes: Any) -> Any:
    ins, outs = _core_dimensions(signature)
    if len(values) != len(ins):
        raise TypeError(f"wrong number of positional arguments: expected {len(ins)!r}, got {len(values)!r}")
    sizes: dict[str, int] = {}
    outer: list[Shape] = []
    for value, names in zip(values, ins, strict=True):
        shape = shape_of(value)
        _note(sizes, shape, names)
        outer.append(shape[: len(shape) - len(names)])
    loop = np.broadcast_shapes(*outer)
    whole = [
        broadcast_to(v, (*loop, *(sizes[n] for n in names))) if loop else v
        for v, names in zip(values, ins, strict=True)
    ]
    rows = []
    for index in itertools.product(*map(range, loop)):
        results = call(*(getitem(v, index) if loop else v for v in whole))
        rows.append(_checked(results, outs, sizes))
    if not rows:
        return _nothing(loop, outs, sizes, otypes)
    dtypes = otypes or [None] * len(outs)
    columns = zip(*rows, strict=True)
    found = [
        _joined(c, loop, t if t is None else np.dtype(t), "vectorize")
        for c, t in zip(columns, dtypes, strict=True)
    ]
    return found[0] if len(outs) == 1 else tuple(found)


def _checked(results: Any, outs: Sequence[Sequence[str]], sizes: dict[str, int]) -> tuple[Any, ...]:
    count = len(results) if isinstance(results, tuple) else 1
    if count != len(outs):
        raise ValueError(f"wrong number of outputs from pyfunc: expected {len(outs)!r}, got {count!r}")
    found = results if len(outs) > 1 else (results,)
    for result, names in zip(found, outs, strict=True):
        _note(sizes, shape_of(operand(result)), names)
    return tuple(operand(result) for result in found)


def _nothing(loop: Shape, outs: Any, sizes: dict[str, int], otypes: Any) -> Any:
    """Empty results, if it is known what they would be."""
    if otypes is None:
        raise ValueError("cannot call `vectorize` on size 0 inputs unless `otypes` is set")
    if any(name not in sizes for names in outs for name in names):
        raise ValueError(
            "cannot call `vectorize` with a signature including new output dimensions on size 0 inputs"
        )
    found = [zeros((*loop, *(sizes[n] for n in ns)), t) for ns, t in zip(outs, otypes, strict=True)]
    return found[0] if len(outs) == 1 else tuple(found)


implements(np.vectorize)(vectorize)
