"""Calls that a type checker must reject: each ``type: ignore`` below is needed, or mypy complains."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from funcgrad import checkpoint, config, debug, grad, jit, value_and_grad, vmap

Vector = NDArray[np.float64]


def loss(w: Vector, x: Vector) -> np.float64:
    raise NotImplementedError


def main(w: Vector, x: Vector) -> None:
    grad(loss)(w)  # type: ignore[call-arg]
    grad(loss)(w, "x")  # type: ignore[arg-type]
    grad(loss, "w")(w, x)  # type: ignore[call-overload]
    grad(3)  # type: ignore[call-overload]
    value_and_grad(loss)(w, x, x)  # type: ignore[call-arg]
    jit(loss)(w, y=x)  # type: ignore[call-arg]
    jit(loss, engine="gpu")  # type: ignore[call-overload]
    jit(loss).lower(w, x).as_text("ptx")  # type: ignore[arg-type]
    config.set_engine("python")  # type: ignore[arg-type]
    vmap(loss, in_axis=0)  # type: ignore[call-arg]
    checkpoint(loss)("w", x)  # type: ignore[arg-type]
    debug.print(x)  # type: ignore[arg-type]
    debug.callback(3, x)  # type: ignore[arg-type]
    debug.callback(print, x, order=True)  # type: ignore[call-arg]
    debug.debug_nans(singular="yes")  # type: ignore[arg-type]
    text: str = grad(loss)(w, x)  # type: ignore[assignment]
    both: tuple[Any, Any, Any] = grad(loss, (0, 1))(w, x)  # type: ignore[assignment]
    print(text, both)
