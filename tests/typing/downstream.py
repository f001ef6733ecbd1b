"""What a downstream library may rely on: checked by mypy --strict and pyright, never run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, assert_type

import numpy as np
from numpy.typing import NDArray

from funcgrad import (
    checkpoint,
    config,
    custom_vjp,
    debug,
    grad,
    jit,
    jvp,
    stop_gradient,
    value_and_grad,
    vjp,
    vmap,
)

Vector = NDArray[np.float64]


class Params(TypedDict):
    w: Vector
    b: float


def loss(params: Params, x: Vector, y: Vector, scale: float = 1.0) -> np.float64:
    raise NotImplementedError


def loss_aux(params: Params, x: Vector) -> tuple[np.float64, dict[str, Vector]]:
    raise NotImplementedError


def main(params: Params, x: Vector, y: Vector) -> None:
    assert_type(grad(loss)(params, x, y), Params)
    assert_type(grad(loss, 0)(params, x, y, scale=2.0), Params)
    assert_type(grad(loss, (0, 1))(params, x, y), tuple[Params, Vector])
    assert_type(grad(loss, (0, 1, 2))(params, x, y), tuple[Params, Vector, Vector])
    assert_type(grad(loss_aux, has_aux=True)(params, x), tuple[Params, dict[str, Vector]])
    assert_type(value_and_grad(loss)(params, x, y), tuple[np.float64, Params])
    assert_type(value_and_grad(loss, (0, 1))(params, x, y), tuple[np.float64, tuple[Params, Vector]])
    assert_type(
        value_and_grad(loss_aux, has_aux=True)(params, x),
        tuple[tuple[np.float64, dict[str, Vector]], Params],
    )
    wide: Any = grad(loss, argnames="x")(params, x, y)
    assert_type(vmap(loss)(params, x, y), np.float64)
    assert_type(jit(loss)(params, x, y, scale=1.0), np.float64)
    assert_type(checkpoint(loss)(params, x, y), np.float64)
    assert_type(stop_gradient(params), Params)
    assert_type(jit(grad(loss))(params, x, y), Params)
    assert_type(vjp(loss, params, x, y)[0], np.float64)
    assert_type(jvp(loss, (params, x, y), (params, x, y)), tuple[np.float64, np.float64])
    lowered = jit(loss, engine="llvm").lower(params, x, y)
    print(lowered.code, lowered.native, wide)
    assert_type(lowered.as_text(), str)
    assert_type(lowered.as_text("asm"), str)
    assert_type(lowered.engine, str)
    assert_type(jit(engine=None)(loss)(params, x, y), np.float64)
    config.set_engine("numpy")
    config.set_engine(None)
    config.set_idle_memory(1 << 26)
    config.release_memory()
    with debug.debug_nans(singular=True), debug.checking_leaks(), debug.checking_mutation():
        assert_type(grad(loss)(params, x, y), Params)
    with debug.log_compiles(), debug.disable_jit():
        assert_type(jit(loss)(params, x, y), np.float64)
    debug.print("{} {y}", params, y=y)
    debug.callback(print, params, x, ordered=False)
    debug.breakpoint(x, params=params)


@custom_vjp
def relu(x: Vector) -> Vector:
    return np.maximum(x, 0)


assert_type(relu(np.ones(3)), Vector)
step: Callable[[Params, Vector, Vector], Params] = grad(loss)
