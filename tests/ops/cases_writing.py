"""Rows of the op table: functions and methods that write into an array, and ``ufunc.at``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from funcgrad._src.ops.at import at
from tests.ops.case import Arg, Case

AGAIN = numpy.array([2, 0, 2, 2, 1])
X_AND_V = (Arg(), Arg(shape=(3,), low=0.5, high=2.0))


def writes(
    primitives: str, label: str, write: Callable[..., Any], args: tuple[Arg, ...] = X_AND_V, **options: Any
) -> Case:
    """A row whose call writes values into a buffer that depends on both operands."""

    def call(np: Any, x: Any, v: Any, *rest: Any) -> Any:
        y = x * v[0]
        assert write(np, y, v, *rest) is None
        return y

    return Case(primitives, call, args, label=label, **options)


def puts(label: str, write: Callable[..., Any], args: tuple[Arg, ...] = X_AND_V, **options: Any) -> Case:
    options.setdefault("complex", True)
    return writes("index_set", label, write, args, **options)


V = X_AND_V[1]
WITH_MASK = (*X_AND_V, Arg(dtype="bool"))


def with_index(*index: Any, shape: tuple[int, ...] = (4, 3)) -> tuple[Arg, ...]:
    return Arg(shape=shape), V, Arg(make=lambda rng: numpy.array(index))


PUT = [
    puts("put", lambda np, y, v: np.put(y, [1, 5, -1], v)),
    puts("put-repeats", lambda np, y, v: np.put(y, [[0, 1, 2], [3, 9, 11]], v)),
    puts("put-cuts", lambda np, y, v: np.put(y, [4, 4], v)),
    puts("put-one", lambda np, y, v: np.put(y, 7, v[1])),
    puts("put-wrap", lambda np, y, v: np.put(y, [14, -13], v, mode="wrap")),
    puts("put-clip", lambda np, y, v: np.put(y, [14, -13], v, "clip")),
    puts("put-index", lambda np, y, v, i: np.put(y, i, v), with_index(2, 3, -1, 0)),
    puts("put-index-wrap", lambda np, y, v, i: np.put(y, i, v, "wrap"), with_index(-8, 3, shape=(7,))),
    puts(
        "put-along-axis",
        lambda np, y, v, i: np.put_along_axis(y, i, v, 0),
        with_index([2, 0, 2], [0, 1, 0]),
    ),
    puts(
        "put-along-last",
        lambda np, y, v, i: np.put_along_axis(y, i, v[1], axis=-1),
        with_index([2], [0], [2], [1]),
    ),
    puts("fill-diagonal", lambda np, y, v: np.fill_diagonal(y, v)),
    puts("fill-diagonal-one", lambda np, y, v: np.fill_diagonal(y, v[2]), (Arg(shape=(5, 2)), V)),
    puts("fill-diagonal-wrap", lambda np, y, v: np.fill_diagonal(y, v[:2], True), (Arg(shape=(7, 2)), V)),
    puts("fill-diagonal-cube", lambda np, y, v: np.fill_diagonal(y, v), (Arg(shape=(3, 3, 3)), V)),
]

# A mask of known values is an index; where it is traced, the values are selected.
MASKS = [
    puts("putmask", lambda np, y, v, m: np.putmask(y, m, v), WITH_MASK),
    puts("putmask-one", lambda np, y, v, m: np.putmask(y, m, v[1]), WITH_MASK),
    writes("index_set", "putmask-own", lambda np, y, v: np.putmask(y, y > 0, v)),
    puts("place", lambda np, y, v, m: np.place(y, m, v), WITH_MASK),
    puts("place-one", lambda np, y, v, m: np.place(y, m, v[:1]), WITH_MASK),
    writes("index_set", "place-own", lambda np, y, v: np.place(y, y > 0, v)),
    puts("copyto", lambda np, y, v: np.copyto(y, v), (Arg(shape=(2, 3)), V)),
    puts("copyto-where", lambda np, y, v, m: np.copyto(y, v[1], where=m), WITH_MASK),
    puts("copyto-where-rows", lambda np, y, v, m: np.copyto(y, v[:, None], where=m[0]), WITH_MASK),
    puts("copyto-unsafe", lambda np, y, v: np.copyto(y, v[0], "unsafe")),
]

METHODS = [
    puts("method-put", lambda np, y, v: y.put([0, 8], v[1:]), device=False),
    puts("method-fill", lambda np, y, v: y.fill(v[1])),
    puts("flat", lambda np, y, v: setattr(y, "flat", v), device=False),
    puts("flat-slice", lambda np, y, v: y.flat.__setitem__(slice(1, 9, 2), v[:2]), device=False),
    puts("flat-item", lambda np, y, v: y.flat.__setitem__(-3, v[1]), device=False),
    puts("flat-mask", lambda np, y, v, m: y.flat.__setitem__(m.ravel(), v[:2]), WITH_MASK, device=False),
]

# Devices have ``at`` for sums and extremes only.
FEW = (Arg(shape=(4,), low=0.5, high=2.0), Arg(shape=(5,), low=0.5, high=2.0))


def ufunc_at(primitives: str, name: str, index: Any = AGAIN, cut: slice = slice(None)) -> Case:
    def write(np: Any, y: Any, v: Any) -> Any:
        return getattr(numpy, name).at(y, index, v[cut])

    label = f"at-{name}" if index is AGAIN else f"at-{name}-{index}"
    return writes(primitives, label, write, FEW, device=False)


UFUNC_AT = [
    ufunc_at("index_add", "add"),
    ufunc_at("index_add", "subtract"),
    ufunc_at("index_multiply", "multiply"),
    ufunc_at("index_divide", "divide"),
    ufunc_at("index_divide", "divide", slice(1, 3), slice(2)),
    ufunc_at("index_min", "minimum"),
    ufunc_at("index_max", "maximum"),
    ufunc_at("index_set, power", "power"),
    ufunc_at("index_set, logaddexp", "logaddexp"),
    ufunc_at("index_set, hypot", "hypot", ([[0], [0]],), slice(1)),
    writes("index_set, sqrt", "at-sqrt", lambda np, y, v: numpy.sqrt.at(y, AGAIN), FEW, device=False),
]


def functional(primitives: str, label: str, call: Callable[..., Any], **options: Any) -> Case:
    options.setdefault("device", False)
    return Case(primitives, call, FEW, label=f"functional-{label}", **options)


AT = [
    functional("index_divide", "divide", lambda np, x, v: at(x)[AGAIN].divide(v)),
    functional("index_divide", "slice", lambda np, x, v: at(x)[1:, None].divide(v[:1]), complex=True),
    functional("index_set, power", "power", lambda np, x, v: at(x)[AGAIN].power(v)),
    functional("index_add", "subtract", lambda np, x, v: at(x)[AGAIN].subtract(v), complex=True),
    functional("index_set, sin", "apply", lambda np, x, v: at(x)[AGAIN].apply(np.sin) * v[0]),
    Case(
        "index_divide",
        lambda np, x, i, v: at(x)[i].divide(v),
        (FEW[0], Arg(make=lambda rng: rng.integers(0, 4, 5)), FEW[1]),
        label="functional-traced",
        bits=False,
    ),
]

CASES: list[Case] = [*PUT, *MASKS, *METHODS, *UFUNC_AT, *AT]
