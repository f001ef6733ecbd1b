"""Solvers of SciPy's that run on the host and call a function of the user's: one primitive for all.

The primitive has no derivative: it stands inside of a ``Call``, which has one. In a compiled program it is
one equation; the solver runs when the program does. A batch is solved member by member, as a loop would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, aval_of, make_aval
from ..core.primitive import Primitive
from ..core.trace import under
from ..ops.given import arrays_of
from ..ops.ravel_tree import ravel
from ..ops.structural import convert
from ..tree import flatten, unflatten
from ..tree import map as map_tree

Levels = tuple[tuple[int, tuple[bool, ...]], ...]  # for each batch, outermost first: size, who has the axis


def _run(
    xp: Any, *values: Any, solve: Callable[..., Any], avals: tuple[Aval, ...], levels: Levels
) -> tuple[Any, ...]:
    if xp is not np:
        raise UnsupportedError(
            "SciPy's solvers run on the host.",
            expected="arrays on the host",
            got="arrays on a device",
            hint="move them to the host explicitly",
        )
    with under(None):
        return _members(values, solve, avals, levels)


def _members(values: Sequence[Any], solve: Any, avals: tuple[Aval, ...], levels: Levels) -> tuple[Any, ...]:
    if not levels:
        return tuple(np.asarray(out, aval.dtype) for out, aval in zip(solve(*values), avals, strict=True))
    (size, moving), *rest = levels
    rows = [
        _members([v[i] if m else v for v, m in zip(values, moving, strict=True)], solve, avals, tuple(rest))
        for i in range(size)
    ]
    if rows:
        return tuple(np.stack(column) for column in zip(*rows, strict=True))
    shape = tuple(n for n, _ in levels)
    return tuple(np.zeros((*shape, *aval.shape), aval.dtype) for aval in avals)


def _avals(*given: Aval, solve: Any, avals: tuple[Aval, ...], levels: Levels) -> tuple[Aval, ...]:
    shape = tuple(size for size, _ in levels)
    return tuple(make_aval((*shape, *aval.shape), aval.dtype) for aval in avals)


def _batch(
    size: int, values: Sequence[Any], axes: Any, *, solve: Any, avals: tuple[Aval, ...], levels: Levels
) -> Any:
    moved = [v if axis is None else np.moveaxis(v, axis, 0) for v, axis in zip(values, axes, strict=True)]
    levels = ((size, tuple(axis is not None for axis in axes)), *levels)
    return host_p.bind(*moved, solve=solve, avals=avals, levels=levels), (0,) * len(avals)


host_p = Primitive("scipy.host", _run, multiple=True)
host_p.aval = _avals
host_p.batch = _batch


class System:
    """A user's function of a state, and of arguments, as one of flat float64 vectors and leaves.

    The state is a vector, or any other pytree of real arrays, which the function then takes and returns.
    ``leaves`` are the floating leaves of the arguments; the others are held.
    """

    def __init__(self, name: str, fun: Callable[..., Any], state: Any, args: Any) -> None:
        self.name = name
        self.fun = fun
        leaves, self.tree = flatten(args)
        self.moving = [i for i, leaf in enumerate(leaves) if _is_moving(leaf)]
        self.held = [None if i in self.moving else leaf for i, leaf in enumerate(leaves)]
        self.leaves = [leaves[i] for i in self.moving]
        self.unravel: Any = None
        if is_sequence(state):
            state = arrays_of(list(state))[0]
        if not is_vector(state):
            state, self.unravel = ravel(map_tree(_as_float64, state))
        self.state = np.reshape(_as_float64(state), (-1,))
        for value in (self.state, *self.leaves):
            self._check(value)

    def _check(self, value: Any) -> None:
        aval = aval_of(value)
        if aval.place != HOST or aval.dtype.kind == "c":
            is_complex = aval.dtype.kind == "c"
            raise UnsupportedError(
                f"{self.name}: SciPy computes with real numbers, and on the host.",
                expected="real numbers on the host",
                got=str(aval),
                hint="pass real and imaginary parts" if is_complex else "move them to the host explicitly",
            )

    def arguments(self, leaves: Sequence[Any]) -> Any:
        """The arguments with these floating leaves."""
        full = list(self.held)
        for i, leaf in zip(self.moving, leaves, strict=True):
            full[i] = leaf
        return unflatten(self.tree, full)

    def shaped(self, state: Any) -> Any:
        """A flat vector as the state that the function takes."""
        return state if self.unravel is None else self.unravel(state)

    def flat(self, value: Any) -> Any:
        """What the function returned for a state, as a flat vector."""
        if self.unravel is None and is_sequence(value):
            value = arrays_of(list(value))[0]
        return convert(np.reshape(value, (-1,)) if is_vector(value) else ravel(value)[0], np.float64)

    def __repr__(self) -> str:
        return f"<{self.name} of {getattr(self.fun, '__name__', self.fun)!s}>"


def is_sequence(value: Any) -> bool:
    """Whether a value is a plain list or tuple, which stands for a vector."""
    return type(value) in (list, tuple)


def is_vector(value: Any) -> bool:
    """Whether a value is an array of at most one dimension, or a number."""
    try:
        return aval_of(value).ndim <= 1
    except TypeError:
        return False


def _as_float64(leaf: Any) -> Any:
    return convert(leaf, np.float64) if aval_of(leaf).dtype.kind != "c" else leaf


def _is_moving(leaf: Any) -> bool:
    try:
        return aval_of(leaf).inexact
    except TypeError:
        return False
