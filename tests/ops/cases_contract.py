"""Rows for ops/contract.py, ops/products.py and ops/einsum.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from funcgrad._src.ops.einsum import set_diagonals
from tests.ops.case import Arg, Case


def _pair(
    name: str, call: Callable[..., Any], *shapes: tuple[int, ...], label: str = "", **options: Any
) -> Case:
    text = label or " ".join("x".join(map(str, shape)) or "0d" for shape in shapes)
    return Case(
        name, call, tuple(Arg(shape) for shape in shapes), complex=True, bits=False, label=text, **options
    )


def _dot(np_: Any, x: Any, y: Any) -> Any:
    return np_.dot(x, y)


def _matmul(np_: Any, x: Any, y: Any) -> Any:
    return np_.matmul(x, y)


def _tensordot(axes: Any) -> Callable[..., Any]:
    return lambda np_, x, y: np_.tensordot(x, y, axes)


def _einsum(subscripts: str, *shapes: tuple[int, ...], optimize: Any = False) -> Case:
    label = f"{subscripts} {optimize or ''}".strip()
    return _pair(
        "einsum", lambda np_, *xs: np_.einsum(subscripts, *xs, optimize=optimize), *shapes, label=label
    )


_DOT = [
    _pair("dot", _dot, *shapes)
    for shapes in [
        ((), ()),
        ((), (3,)),
        ((2, 3), ()),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 1, 3), (3, 4)),
        ((2, 1, 3), (3,)),
        ((3,), (2, 3, 2)),
        ((2, 3), (2, 3, 2)),
        ((2, 2, 3), (2, 3, 2)),
        ((0, 3), (3, 2)),
        ((2, 0), (0, 3)),
    ]
]

_MATMUL = [
    _pair("matmul", _matmul, *shapes)
    for shapes in [
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((2, 2, 3), (3, 2)),
        ((2, 3), (2, 3, 2)),
        ((2, 2, 3), (3,)),
        ((3,), (2, 3, 2)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((1, 2, 3), (2, 3, 2)),
        ((2, 0), (0, 3)),
    ]
] + [
    _pair("matmul", lambda np_, x, y: x @ y, (2, 3), (3, 2), label="operator"),
    _pair("matmul", lambda np_, x: x @ x.T, (2, 3), label="with itself"),
]

_TENSORDOT = [
    _pair("tensordot", _tensordot(axes), *shapes, label=f"axes={axes}")
    for axes, *shapes in [
        (1, (2, 3), (3, 4)),
        (2, (2, 3, 2), (3, 2, 2)),
        (2, (2, 3), (2, 3)),
        (0, (2,), (3,)),
        ((0, 1), (3, 2), (4, 3)),
        (([0, 2], [1, 0]), (2, 3, 4), (4, 2)),
        (((2, 0), (0, 1)), (2, 3, 4), (4, 2)),
        ((-1, -2), (2, 3), (2, 3, 2)),
    ]
]

_VECTORS = [
    _pair("vecdot", lambda np_, x, y: np_.vecdot(x, y), (3,), (3,)),
    _pair("vecdot", lambda np_, x, y: np_.vecdot(x, y), (2, 3), (3,)),
    _pair("vecdot", lambda np_, x, y: np_.vecdot(x, y), (2, 1, 3), (4, 3)),
    _pair("vecdot", lambda np_, x, y: np_.vecdot(x, y, axis=0), (3, 2), (3, 2), label="axis=0"),
    _pair("vdot", lambda np_, x, y: np_.vdot(x, y), (3,), (3,)),
    _pair("vdot", lambda np_, x, y: np_.vdot(x, y), (2, 3), (3, 2)),
    _pair("vdot", lambda np_, x, y: np_.vdot(x, y), (), ()),
    *[
        _pair("inner", lambda np_, x, y: np_.inner(x, y), *shapes)
        for shapes in [
            ((), (2, 3)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (2, 3)),
            ((2, 3), (4, 3)),
            ((2, 2, 3), (2, 3)),
            ((2, 3), (2, 2, 3)),
        ]
    ],
    _pair("outer", lambda np_, x, y: np_.outer(x, y), (2,), (3,)),
    _pair("outer", lambda np_, x, y: np_.outer(x, y), (2, 2), (3, 1)),
    _pair("outer", lambda np_, x, y: np_.outer(x, y), (), (3,)),
    _pair("kron", lambda np_, x, y: np_.kron(x, y), (2,), (3,)),
    _pair("kron", lambda np_, x, y: np_.kron(x, y), (2, 3), (2, 2)),
    _pair("kron", lambda np_, x, y: np_.kron(x, y), (2,), (2, 3)),
    _pair("kron", lambda np_, x, y: np_.kron(x, y), (2, 1, 2), (3,)),
    _pair("kron", lambda np_, x, y: np_.kron(x, y), (), ()),
]

_NEWER = [
    _pair("matvec", lambda np_, a, v: np_.matvec(a, v), (2, 3), (3,), numpy="2.2"),
    _pair("matvec", lambda np_, a, v: np_.matvec(a, v), (2, 3), (4, 3), numpy="2.2"),
    _pair("matvec", lambda np_, a, v: np_.matvec(a, v), (2, 1, 2, 3), (2, 3), numpy="2.2"),
    _pair("vecmat", lambda np_, v, a: np_.vecmat(v, a), (3,), (3, 2), numpy="2.2"),
    _pair("vecmat", lambda np_, v, a: np_.vecmat(v, a), (4, 3), (3, 2), numpy="2.2"),
    _pair("vecmat", lambda np_, v, a: np_.vecmat(v, a), (2, 3), (2, 1, 3, 2), numpy="2.2"),
]

_EINSUM = [
    _einsum("ij,jk->ik", (2, 3), (3, 2)),
    _einsum("ij,jk", (2, 3), (3, 2)),
    _einsum("ij,jk->ki", (2, 3), (3, 2), optimize=True),
    _einsum("i,i", (3,), (3,)),
    _einsum("i,i->", (3,), (3,), optimize=True),
    _einsum("i,j->ij", (2,), (3,)),
    _einsum("ij->", (2, 3)),
    _einsum("ij->j", (2, 3)),
    _einsum("ij->ji", (2, 3)),
    _einsum("ii->i", (3, 3)),
    _einsum("ii", (3, 3)),
    _einsum("iij->ij", (2, 2, 3)),
    _einsum("iiji->j", (2, 2, 3, 2)),
    _einsum("ii,i->i", (3, 3), (3,)),
    _einsum("...ii->...i", (2, 3, 3)),
    _einsum("ii,jj", (2, 2), (3, 3)),
    _einsum("ij,k->k", (2, 3), (2,)),
    _einsum("i...,i...->...", (3, 2), (3, 2)),
    _einsum("...ij,...jk", (2, 1, 2, 3), (2, 3, 2)),
    _einsum("...ij,...jk->...ik", (2, 2, 3), (3, 2), optimize=True),
    _einsum("ij,ik->jk", (1, 2), (3, 2)),
    _einsum("ij,ij->i", (2, 3), (2, 1)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2), optimize="optimal"),
    _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2), optimize=("greedy", 1000)),
    _einsum("ij,jk,kl->il", (2, 3), (3, 2), (2, 2), optimize=["einsum_path", (1, 2), (0, 1)]),
    _einsum("ij,ij,i->", (2, 3), (2, 3), (2,), optimize=True),
    _einsum(",ij->ij", (), (2, 3)),
    _einsum("i,i,i->i", (3,), (3,), (3,)),
    _einsum("ij,jk->ik", (0, 3), (3, 2)),
    _einsum("ij,jk->ik", (30, 40), (40, 20)),
    _pair(
        "einsum", lambda np_, x, y: np_.einsum(x, [0, 1], y, [1, 2], [2, 0]), (2, 3), (3, 2), label="lists"
    ),
    _pair(
        "einsum",
        lambda np_, x, y: np_.einsum(x, [..., 1], y, [1, 2]),
        (2, 3),
        (3, 2),
        label="lists, implicit",
    ),
    _pair("einsum", lambda np_, x: np_.einsum("ij,kj->ik", x, x), (2, 3), label="with itself"),
    _pair("set_diagonals", lambda np_, x: set_diagonals(x, "iij", (2, 2, 3)), (2, 3)),
    _pair("set_diagonals", lambda np_, x: set_diagonals(x, "ijii", (2, 3, 2, 2)), (2, 3)),
]

_LINALG = [
    _pair("matmul", lambda np_, x, y: np_.linalg.matmul(x, y), (2, 3), (3, 2), label="linalg"),
    _pair("vecdot", lambda np_, x, y: np_.linalg.vecdot(x, y, axis=0), (3, 2), (3, 2), label="linalg"),
    _pair("tensordot", lambda np_, x, y: np_.linalg.tensordot(x, y, axes=1), (2, 3), (3, 2), label="linalg"),
    _pair("outer", lambda np_, x, y: np_.linalg.outer(x, y), (2,), (3,), label="linalg"),
]

CASES: list[Case] = [*_DOT, *_MATMUL, *_TENSORDOT, *_VECTORS, *_NEWER, *_EINSUM, *_LINALG]
