"""Functions of scipy.linalg as ops: how one is declared.

    expm_p = matrix_op("expm", "expm", (2,), lambda a: (a,))

    @linalg_op("expm")
    def expm(A): ...

The implementation is SciPy's function, which is also what plain arrays get. Most of SciPy's functions take
one matrix at a time, and so does LAPACK: a stack is taken apart inside of the implementation, as newer
SciPys do it themselves. Derivatives are written with NumPy's stacked functions.

NOTE (which triangle is read): where SciPy reads one triangle of a matrix that is taken to be symmetric, the
derivative is that for symmetric (Hermitian) changes, shared equally by both triangles, as in linalg.py.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import HOST, backend_of, require
from ..base.errors import ConcretizationError, UnsupportedError
from ..core.aval import Aval, Kind, abstract_place, aval_of, make_aval
from ..core.primitive import Primitive
from ..core.trace import Tracer, barrier, unknown, withheld
from .contract import operand, ranks, to_front
from .decisions import decided, together
from .structural import move_axis, real, reshape
from .tables import NAMES, SUPPORT, Op, Support

scipy_linalg: Any = require("scipy.linalg", "scipy")
Shape = tuple[int, ...]
Shapes = Callable[..., tuple[Shape, ...]]


# --- public functions ------------------------------------------------------------------------------


def plain(value: Any) -> bool:
    """Whether SciPy may have a value as it is: nothing in it is traced, or on a device."""
    if isinstance(value, (tuple, list)):
        return all(map(plain, value))
    if isinstance(value, dict):
        return all(map(plain, value.values()))
    if type(value) in (np.ndarray, bool, int, float, complex, str) or value is None:
        return True
    backend = backend_of(value)
    return type(value) is not Tracer and (backend is None or backend.xp is np)


def linalg_op(name: str, support: Support = "differentiable") -> Callable[[Op], Op]:
    """Register a public op under a function of scipy.linalg, which takes over on plain arguments."""

    def register(op: Op) -> Op:
        theirs = getattr(scipy_linalg, name)

        @functools.wraps(op)
        def call(*args: Any, **kwargs: Any) -> Any:
            return (theirs if plain(args) and plain(kwargs) else op)(*args, **kwargs)

        NAMES[f"scipy.linalg.{name}"] = call
        SUPPORT[call] = support
        return call

    return register


def unsupported(name: str, form: str, hint: str) -> UnsupportedError:
    """The error for an argument form that traced values do not have."""
    return UnsupportedError(
        f"scipy.linalg.{name}: {form} is not supported on traced values.", got=form, hint=hint
    )


# --- primitives ------------------------------------------------------------------------------------


def matrix_op(
    name: str,
    function: str | Callable[..., Any],
    cores: Sequence[int],
    shapes: Shapes,
    *,
    multiple: bool = False,
    sample: Callable[..., list[Any]] | None = None,
) -> Primitive:
    """A primitive whose implementation is a function of SciPy (its name, or a callable) on arrays of NumPy.

    ``cores`` are the numbers of axes of one operand; axes in front of them make a stack. ``shapes`` tells
    the shapes of one result from those of one operand each. ``sample`` makes small operands, from which
    dtypes are found; identities and ones serve most functions.
    """
    compute = getattr(scipy_linalg, function) if isinstance(function, str) else function
    family = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]
    found = functools.partial(_samples, compute, tuple(cores), sample)

    def aval(*avals: Aval, **params: Any) -> Any:
        stack = np.broadcast_shapes(*(_stack(a, core) for a, core in zip(avals, cores, strict=True)))
        parts = shapes(*(a.shape[a.ndim - core :] for a, core in zip(avals, cores, strict=True)), **params)
        place, samples = abstract_place(avals), found(tuple(a.dtype for a in avals), tuple(params.items()))
        outs = tuple(
            make_aval(stack + part, dtype, "array" if stack or part else kind, place)
            for part, (dtype, kind) in zip(parts, samples, strict=True)
        )
        return outs if multiple else outs[0]

    def host(*values: Any, **params: Any) -> Any:
        values = tuple(map(np.asarray, values))
        if not any(stacks := [_stack(v, core) for v, core in zip(values, cores, strict=True)]):
            return compute(*values, **params)
        if 0 in np.broadcast_shapes(*stacks):
            out: Any = aval(*map(aval_of, values), **params)
            empty = [np.empty(a.shape, a.dtype) for a in (out if multiple else (out,))]
            return tuple(empty) if multiple else empty[0]
        return _stacked(compute, values, cores, stacks, multiple, params)

    def batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
        out = primitive.bind(*aligned(size, values, axes, cores), **params)
        return (out, (0,) * len(out)) if multiple else (out, 0)

    primitive = Primitive(name, _elsewhere(name), host=host, multiple=multiple, family=family)
    primitive.aval, primitive.batch = aval, batch
    return primitive


def _stack(value: Any, core: int) -> Shape:
    if value.ndim < core:
        raise ValueError(f"expected a matrix of at least {core} axes, got shape {value.shape}")
    shape: Shape = value.shape[: value.ndim - core]
    return shape


@functools.lru_cache(maxsize=512)
def _samples(
    compute: Callable[..., Any],
    cores: tuple[int, ...],
    sample: Callable[..., list[Any]] | None,
    dtypes: tuple[np.dtype[Any], ...],
    params: tuple[tuple[str, Any], ...],
) -> list[tuple[np.dtype[Any], Kind]]:
    """The dtype and kind of each result, of operands of these dtypes: what SciPy makes of small ones."""
    if sample is not None:
        operands = [np.asarray(x, d) for x, d in zip(sample(**dict(params)), dtypes, strict=True)]
    else:
        operands = [
            np.eye(2, dtype=d) if core == 2 else np.ones((2,) * core, d)
            for core, d in zip(cores, dtypes, strict=True)
        ]
    out = compute(*operands, **dict(params))
    return [(np.asarray(x).dtype, aval_of(x).kind) for x in (out if isinstance(out, tuple) else (out,))]


def _stacked(
    compute: Callable[..., Any],
    values: Sequence[Any],
    cores: Sequence[int],
    stacks: Sequence[Shape],
    multiple: bool,
    params: dict[str, Any],
) -> Any:
    """SciPy's function on matrix after matrix of a stack."""
    full = np.broadcast_shapes(*stacks)
    values = [
        np.broadcast_to(v, full + v.shape[v.ndim - core :]) for v, core in zip(values, cores, strict=True)
    ]
    found = [compute(*(v[i] for v in values), **params) for i in np.ndindex(full)]
    columns = list(zip(*found, strict=True)) if multiple else [found]
    outs = [np.stack(column).reshape(full + np.shape(column[0])) for column in columns]
    return tuple(outs) if multiple else outs[0]


def _elsewhere(name: str) -> Callable[..., Any]:
    def impl(xp: Any, *args: Any, **params: Any) -> Any:
        raise UnsupportedError(
            f"{name}: scipy.linalg works on the host.",
            expected="NumPy arrays",
            got=f"arrays of {xp.__name__}",
            hint="use numpy.linalg's function where there is one, or move the operands to the host, outside "
            "the traced function",
        )

    return impl


def aligned(size: int, values: Sequence[Any], axes: Sequence[Any], cores: Sequence[int]) -> list[Any]:
    """Operands with their batch axis in front, and stacks of equal rank behind it."""
    have = [rank - core for rank, core in zip(ranks(tuple(values), tuple(axes)), cores, strict=True)]
    fronts = to_front(tuple(values), tuple(axes))
    for i, axis in enumerate(axes):
        if axis is not None and have[i] < max(have):
            shape = aval_of(fronts[i]).shape
            fronts[i] = reshape(fronts[i], (size, *(1,) * (max(have) - have[i]), *shape[1:]))
    return fronts


def columns_batch(primitive: Primitive, cores: Sequence[int]) -> Callable[..., Any]:
    """The batching rule of a solver, whose last operand holds columns: many of them are one matrix."""

    def batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
        *system, b = values
        if any(axis is not None for axis in axes[:-1]) or aval_of(b).ndim > 3:
            return primitive.bind(*aligned(size, values, axes, cores), **params), 0
        b = move_axis(b, axes[-1], 1)
        rows, _, columns = aval_of(b).shape
        out = primitive.bind(*system, reshape(b, (rows, size * columns)), **params)
        shape = aval_of(out).shape
        return reshape(out, (*shape[:-1], size, columns)), len(shape) - 1

    return batch


# --- shapes ----------------------------------------------------------------------------------------


def square(a: Shape, **params: Any) -> tuple[Shape, ...]:
    """The shape of a square matrix, once; SciPy's ValueError for another."""
    if a[0] != a[1]:
        raise ValueError(f"expected a square matrix, got shape {a}")
    return (a,)


def solution(a: Shape, b: Shape, **params: Any) -> tuple[Shape, ...]:
    """The shape of the solution of ``a @ x = b``."""
    square(a)
    if a[0] != b[0]:
        raise ValueError(f"shapes of a {a} and b {b} are incompatible")
    return (b,)


def as_matrix(a: Any) -> Any:
    """An operand; a number is a matrix of one element, as some of SciPy's functions take it."""
    a = operand(a)
    return a if aval_of(a).shape else reshape(a, (1, 1))


# --- real or complex? ------------------------------------------------------------------------------


def real_if_known(name: str, a: Any, found: Any, imaginary: Any = None) -> Any:
    """A complex result as SciPy gives it for the matrix ``a``: real where that and the result are real.

    Whether it is real is a question about numbers: where there are none, it is an error. ``imaginary`` is
    what decides, if not the result itself.
    """
    aval = aval_of(a)
    if aval.dtype.kind == "c" or aval.place != HOST:
        return found
    value = together(found if imaginary is None else imaginary)
    before = ("abstract", None) if value is unknown else barrier(value)
    if before is not None:
        name_of = next((trace.name for why, trace in withheld(found) if why == "abstract"), "a trace")
        raise ConcretizationError(
            f"scipy.linalg.{name}: whether the result is real or complex depends on traced numbers, which "
            f"are unknown under `{name_of}`.",
            expected="a complex matrix, or known numbers",
            got=f"a tracer of {aval}",
            hint=f"scipy.linalg.{name} of a.astype(complex) is always complex; take its real part",
        )
    return real(found) if decided("real", value) else found
