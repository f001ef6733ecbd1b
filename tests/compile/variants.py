"""Functions made of a random program's function: its derivatives, its batched form, and compiled ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from funcgrad import grad, jit, jvp, vjp, vmap

Function = Callable[..., Any]
Active = Sequence[int]  # positions of the floating arguments


class Variant(NamedTuple):
    """The function for a program's, its arguments for the program's, and the compiled function."""

    wrap: Callable[[Function, Active], Function]
    arguments: Callable[[list[Any], Function], list[Any]] = lambda args, f: args
    compiled: Callable[[Function, Active], Function] | None = None
    derivative: bool = True  # derivatives are added up in an order of their own
    mapped: bool = False

    def compile(self, f: Function, active: Active) -> Function:
        """The compiled function: by default all of it."""
        return jit(self.wrap(f, active)) if self.compiled is None else self.compiled(f, active)


def is_floating(value: Any) -> bool:
    """Whether a value is real or complex floating."""
    return getattr(value, "dtype", np.dtype(type(value))).kind in "fc"


def active_of(args: Sequence[Any]) -> list[int]:
    """The positions of the floating arguments."""
    return [i for i, a in enumerate(args) if is_floating(a)]


def floating(outs: Any) -> tuple[Any, ...]:
    """The floating ones of a program's results."""
    return tuple(x for x in (outs if isinstance(outs, tuple) else (outs,)) if is_floating(x))


def weights(out: Any) -> Any:
    """Numbers to add a result up with, exact in every dtype."""
    size = int(np.prod(np.shape(out)))
    w = ((np.arange(size) % 7 - 3) * 0.25).reshape(np.shape(out))
    dtype = getattr(out, "dtype", np.dtype(float))
    return (w * (1 - 0.5j) if dtype.kind == "c" else w).astype(dtype)


def loss_of(f: Function) -> Function:
    """A real number out of a function's floating results."""

    def loss(*args: Any) -> Any:
        return sum((np.sum(np.real(out * weights(out))) for out in floating(f(*args))), 0.0)

    return loss


def _gradient(f: Function, active: Active) -> Function:
    return grad(loss_of(f), argnums=active)


def _second(f: Function, active: Active) -> Function:
    first = _gradient(f, active)
    return grad(loss_of(lambda *args: tuple(first(*args))), argnums=active)


def _among(f: Function, args: Sequence[Any], active: Active) -> Function:
    """``f`` as a function of its floating arguments, with floating results."""

    def inner(*moving: Any) -> Any:
        given = dict(zip(active, moving, strict=True))
        return floating(f(*[given.get(i, a) for i, a in enumerate(args)]))

    return inner


def _jvp(f: Function, active: Active) -> Function:
    def forward(args: Any, tangents: Any) -> Any:
        return jvp(_among(f, args, active), tuple(args[i] for i in active), tuple(tangents))

    return forward


def _vjp(f: Function, active: Active) -> Function:
    def both(args: Any, cotangents: Any) -> Any:
        outs, pullback = vjp(_among(f, args, active), *[args[i] for i in active])
        return outs, pullback(tuple(cotangents))

    return both


def _wave(value: Any) -> Any:
    """A tangent or cotangent of a value's kind, shape and dtype."""
    if type(value) is np.ndarray:
        return np.asarray(np.cos(np.arange(value.size)).reshape(value.shape)).astype(value.dtype)
    return type(value)(0.5)


def _stacked(args: list[Any], f: Function) -> list[Any]:
    return [np.stack([a, a[::-1], a]) if np.ndim(a) else a for a in args]


def _vmap(f: Function, active: Active) -> Function:
    """``f`` for each example; of a 1-d array examples would be scalars, which programs do not know of."""
    return lambda *args: vmap(f, in_axes=tuple(0 if np.ndim(a) else None for a in args))(*args)


VARIANTS: dict[str, Variant] = {
    "value": Variant(lambda f, active: f, derivative=False),
    "gradient": Variant(_gradient),
    "pullback": Variant(_vjp, lambda args, f: [args, [_wave(out) for out in floating(f(*args))]]),
    "tangent": Variant(_jvp, lambda args, f: [args, [_wave(a) for a in args if is_floating(a)]]),
    "map": Variant(_vmap, _stacked, derivative=False, mapped=True),
    "gradient of map": Variant(lambda f, active: _gradient(_vmap(f, active), active), _stacked, mapped=True),
    "gradient of compiled": Variant(_gradient, compiled=lambda f, active: _gradient(jit(f), active)),
    "map of compiled": Variant(
        _vmap, _stacked, compiled=lambda f, active: _vmap(jit(f), active), derivative=False, mapped=True
    ),
    "second gradient": Variant(_second),
}
