"""Rows of the op table: new arrays."""

from __future__ import annotations

from typing import Any

from .case import Arg, Case
from .undispatched import called

ENDS = (Arg(shape=()), Arg(shape=(), low=3.0, high=5.0))
ROWS = (Arg(shape=(2, 3)), Arg(shape=(3,), low=3.0, high=5.0))

# Layout is asked of the array that is there: another one in a compiled program, and of a batch.
LAYOUT: dict[str, Any] = {"complex": True, "vmap": False, "jit": False}

PASSED_ON = [
    Case("multiply", lambda np, x: called(np, x).asarray(x * 2.0), complex=True, label="asarray"),
    Case(
        "convert",
        lambda np, x: called(np, x).asarray(x, np.float32) * 2,
        rtol=1e-3,
        label="asarray-dtype",
        order=1,
    ),
    Case("multiply", lambda np, x: called(np, x).asanyarray(x * 2.0), complex=True, label="asanyarray"),
    Case("copy", lambda np, x: called(np, x).ascontiguousarray(x.T), **LAYOUT, label="ascontiguousarray"),
    Case("copy", lambda np, x: called(np, x).asfortranarray(x), **LAYOUT, label="asfortranarray"),
    Case("copy", lambda np, x: called(np, x).require(x, requirements=["F"]), **LAYOUT, label="require"),
    Case(
        "getitem",
        lambda np, x: called(np, x).asarray_chkfinite(x * 2.0),
        known=True,
        complex=True,
        label="asarray-finite",
    ),
    Case("full", lambda np, x: np.full((3, 4), 2.5, like=x) * x, complex=True, label="full"),
    Case(
        "transpose",
        lambda np, x: np.fromfunction(lambda i, j: x.T * i + j, (4, 3), like=x),
        label="fromfunction",
    ),
]

CASES: list[Case] = [
    *PASSED_ON,
    Case("full", lambda np, x: np.zeros_like(x) + x, complex=True, label="zeros-like"),
    Case("full", lambda np, x: np.ones_like(x, shape=(4,)) + x, complex=True, label="ones-like-shape"),
    Case("full", lambda np, x: np.zeros_like(x, dtype=np.float64, order="F"), label="zeros-like-order"),
    Case("full", lambda np, x: np.full_like(x, 2.5) * x, complex=True, label="full-like"),
    Case("full", lambda np, x: np.zeros_like(np.transpose(x)) + np.transpose(x), label="zeros-like-layout"),
    Case("copy", lambda np, x: np.full_like(x, np.trace(x)), complex=True, label="full-like-traced"),
    Case("copy", lambda np, x: np.full_like(x, np.diagonal(x), shape=(2, 3)), label="full-like-shape"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 5), ENDS, complex=True, label="ends"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 4, endpoint=False), ENDS, label="open"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 3, axis=-1), ROWS, complex=True, label="axis"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 3, axis=1), ROWS, label="middle"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 1), ENDS, label="one"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 0), ENDS, label="none"),
    Case("linspace", lambda np, a, b: np.linspace(a, b, 5, retstep=True), ENDS, label="step"),
    Case("linspace", lambda np, a: np.linspace(0.0, a, 4), (Arg(shape=(2,)),), label="plain-start"),
]
