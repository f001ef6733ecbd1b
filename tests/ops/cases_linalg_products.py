"""Rows for ops/core_axes.py, and for the argument forms of ops/einsum.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.ops.case import Arg, Case

Shape = tuple[int, ...]


def _pair(name: str, call: Callable[..., Any], *shapes: Shape, label: str = "", **options: Any) -> Case:
    shown = f"{label} {' '.join('x'.join(map(str, shape)) or '0d' for shape in shapes)}"
    options = {"complex": True, "bits": False, **options}
    return Case(name, call, tuple(Arg(shape) for shape in shapes), label=shown, **options)


def _along(name: str, x: Shape, y: Shape, **given: Any) -> Case:
    label = ", ".join(f"{key}={value}" for key, value in given.items())
    newer = {"numpy": "2.2"} if name in ("matvec", "vecmat") else {}
    return _pair(
        "product_along",
        lambda np_, x, y: getattr(np_, name)(x, y, **given),
        x,
        y,
        label=f"{name} {label}",
        **newer,
    )


_AXES = [
    _along("matmul", (3, 2), (3, 4), axes=[(1, 0), (0, 1), (0, 1)]),
    _along("matmul", (2, 3), (3, 4), axes=[(0, 1), (0, 1), (1, 0)]),
    _along("matmul", (3, 5, 2), (2, 4, 5), axes=[(0, 2), (0, 1), (0, 2)]),
    _along("matmul", (2, 3), (3, 4, 5), axes=[(0, 1), (0, 1), (2, 0)]),
    _along("matmul", (3, 2), (3,), axes=[(1, 0), (0,), (0,)]),
    _along("vecdot", (3, 2), (3, 2), axis=0),
    _along("vecdot", (3, 4), (4, 3), axes=[0, 1]),
    _along("vecdot", (3, 2), (3, 2), axis=0, keepdims=True),
    _along("matvec", (3, 2, 4), (4, 3), axes=[(1, 2), 0, 0]),
    _along("vecmat", (4, 3), (3, 4, 2), axes=[0, (1, 2), 0]),
    _pair("vecdot", lambda np_, x, y: np_.vecdot(x, y, keepdims=True), (2, 3), (2, 3), label="keepdims"),
]

_EINSUM = [
    _pair(
        "einsum",
        lambda np_, x, y: np_.einsum("ij,jk", x, y, dtype=np.complex128),
        (2, 3),
        (3, 2),
        label="dtype",
    ),
    _pair(
        "einsum",
        lambda np_, x: np_.einsum("ij->i", x, dtype=np.float64, casting="unsafe", order="F"),
        (2, 3),
        label="casting",
        complex=False,
        device=False,
    ),
    _pair("einsum", lambda np_, x: np_.einsum(x, [1, 0]) * 1.0, (2, 3), label="lists"),
    _pair("einsum", lambda np_, x: np_.einsum(x, [..., 0, 0], [...]), (2, 3, 3), label="lists, ellipsis"),
    _pair("einsum", lambda np_, x, y: np_.einsum("ij,,jk", x, 2.5, y), (2, 3), (3, 2), label="number"),
    _pair("einsum", lambda np_, x, y: np_.einsum(",", x, y), (), (), label="scalars"),
    _pair("einsum", lambda np_, x, y: np_.einsum("...i,i->...", x, y), (2, 3), (3,), label="ellipsis"),
    _pair(
        "einsum", lambda np_, x: np_.einsum("...i->i", x, optimize=True), (2, 3), label="sum of the ellipsis"
    ),
]

CASES: list[Case] = [*_AXES, *_EINSUM]
