"""Rows for ops/linalg.py, ops/determinants.py, ops/decompositions.py and ops/norms.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad._src.ops.determinants import cofactor, cofactor_tangent
from funcgrad._src.ops.norms import direction_p, reciprocal_or_zero, tied_share
from tests.ops.case import Arg, Case

Call = Callable[..., Any]


def _case(primitives: str, call: Call, *shapes: Any, label: str = "", **options: Any) -> Case:
    """A row with operands in [-1, 1]; what comes of a factorisation is compared within rounding."""
    args = tuple(shape if isinstance(shape, Arg) else Arg(shape, -1.0, 1.0) for shape in shapes)
    shown = " ".join("x".join(map(str, arg.shape)) for arg in args)
    options = {"complex": True, "bits": False, **options}
    return Case(primitives, call, args, label=f"{label} {shown}".strip(), **options)


def _regular(np_: Any, x: Any) -> Any:
    """``x`` with so large a diagonal that it has an inverse."""
    return x + 4 * np_.tril(np_.triu(np_.ones_like(x)))


def _definite(np_: Any, x: Any) -> Any:
    """A symmetric (Hermitian) positive definite matrix made of ``x``."""
    return _regular(np_, np_.matmul(x, np_.conj(np_.swapaxes(x, -1, -2))))


def _fixed(*rows: list[float]) -> Arg:
    """One matrix, always the same."""
    return Arg((len(rows), len(rows[0])), make=lambda rng: np.array(rows))


_SOLVE = [
    _case("solve", lambda np_, a, b: np_.linalg.solve(_regular(np_, a), b), *shapes)
    for shapes in [
        ((3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((2, 3, 3), (3,)),
        ((2, 3, 3), (3, 2)),
        ((3, 3), (2, 3, 2)),
        ((2, 1, 2, 2), (3, 2, 1)),
        ((0, 0), (0,)),
        ((2, 2), (2, 0)),
    ]
]

_INVERSES = [
    _case("inv", lambda np_, a: np_.linalg.inv(_regular(np_, a)), (3, 3)),
    _case("inv", lambda np_, a: np_.linalg.inv(_regular(np_, a)), (2, 1, 2, 2)),
    _case("inv", lambda np_, a: np_.linalg.inv(a), (0, 0)),
    _case("pinv", lambda np_, a: np_.linalg.pinv(a), _fixed([1.0, 0.5, -0.25], [0.0, 2.0, 1.0])),
    _case("pinv", lambda np_, a: np_.linalg.pinv(a, rcond=1e-10), _fixed([1.0, 0.5], [0.0, 2.0], [1.0, 1.0])),
    _case("pinv", lambda np_, a: np_.linalg.pinv(_regular(np_, a), rtol=1e-10), (2, 3, 3)),
    _case("cholesky", lambda np_, x: np_.linalg.cholesky(_definite(np_, x)), (3, 3)),
    _case("cholesky", lambda np_, x: np_.linalg.cholesky(_definite(np_, x)), (2, 2, 3)),
    _case(
        "cholesky", lambda np_, x: np_.linalg.cholesky(_definite(np_, x), upper=True), (3, 3), label="upper"
    ),
    *[
        _case("matmul", lambda np_, a, n=n: np_.linalg.matrix_power(a, n), (2, 3, 3), label=f"power {n}")
        for n in (1, 2, 3, 4, 5, 10)
    ],
    _case("inv", lambda np_, a: np_.linalg.matrix_power(_regular(np_, a), -3), (3, 3), label="power -3"),
    _case("matmul", lambda np_, a: a @ np_.linalg.matrix_power(a, 0), (3, 3), label="power 0"),
]

_MULTI_DOT = [
    _case("dot", lambda np_, *xs: np_.linalg.multi_dot(xs), *shapes, label="multi_dot")
    for shapes in [
        ((2, 3), (3, 4)),
        ((2, 3), (3, 4), (4, 2)),
        ((3, 2), (2, 3), (3, 3)),
        ((3,), (3, 4), (4, 2)),
        ((2, 3), (3, 4), (4,)),
        ((3,), (3, 4), (4,)),
        ((2, 5), (5, 1), (1, 3), (3, 4)),
        ((2,), (2, 5), (5, 1), (1, 3), (3,)),
    ]
]

_DETERMINANTS = [
    _case("det", lambda np_, a: np_.linalg.det(a), (3, 3)),
    _case("det", lambda np_, a: np_.linalg.det(a), (1, 1)),
    _case("det", lambda np_, a: np_.linalg.det(a), (2, 1, 4, 4)),
    _case("det", lambda np_, a: np_.linalg.det(a), (0, 0)),
    _case(
        "det",
        lambda np_, a: np_.linalg.det(a),
        _fixed([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]),
        label="rank 2",
    ),
    _case(
        "det",
        lambda np_, a: np_.linalg.det(a),
        _fixed([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 0.0]),
        label="rank 1",
    ),
    _case("det", lambda np_, a: np_.linalg.det(a), _fixed([0.0, 0.0], [0.0, 0.0]), label="rank 0"),
    _case("cofactor", lambda np_, a: cofactor(a), (3, 3), order=1),
    _case("cofactor", lambda np_, a: cofactor(_regular(np_, a)), (2, 3, 3), rtol=1e-7),
    _case("cofactor", lambda np_, a: cofactor(a), _fixed([1.0, 2.0], [2.0, 4.0]), label="rank 1", order=1),
    _case(
        "cofactor_tangent", lambda np_, a, b: cofactor_tangent(_regular(np_, a), b), (3, 3), (3, 3), rtol=1e-7
    ),
    _case("slogdet", lambda np_, a: np_.linalg.slogdet(_regular(np_, a)), (3, 3)),
    _case("slogdet", lambda np_, a: np_.linalg.slogdet(-_regular(np_, a))[1], (2, 3, 3)),
    _case(
        "slogdet",
        lambda np_, a: tuple(np_.linalg.slogdet(a)),
        _fixed([0.0, 1.0], [2.0, 0.5]),
        label="negative",
    ),
]

_NAMES = [
    _case("diagonal", lambda np_, a: np_.linalg.diagonal(a, offset=1) * 1.0, (2, 3, 3), label="linalg"),
    _case("sum", lambda np_, a: np_.linalg.trace(a), (2, 3, 3), label="linalg.trace"),
    _case(
        "transpose",
        lambda np_, a: np_.linalg.matrix_transpose(a) * 1.0,
        (2, 3, 2),
        label="linalg.matrix_transpose",
    ),
]


def _rebuilt(np_: Any, x: Any) -> Any:
    """What of a singular value decomposition does not depend on signs and phases."""
    u, s, vh = np_.linalg.svd(x, full_matrices=False)
    return (u * np_.sqrt(s)[..., None, :]) @ vh, s


def _symmetric(np_: Any, x: Any) -> Any:
    return x + np_.conj(np_.swapaxes(x, -1, -2))


def _projected(np_: Any, x: Any, uplo: str = "L") -> Any:
    w, v = np_.linalg.eigh(_symmetric(np_, x), uplo)
    return (v * np_.sin(w)[..., None, :]) @ np_.conj(np_.swapaxes(v, -1, -2)), w


_TALL = _fixed([1.0, 0.5], [-0.25, 2.0], [0.75, 1.0])
_WIDE = _fixed([1.0, 0.5, 0.25], [-0.5, 2.0, 1.0])
_SQUARE = _fixed([1.0, 0.5, 0.25], [-0.5, 2.0, 1.0], [0.125, 0.75, -1.5])

_DECOMPOSITIONS = [
    *[
        _case("svd", lambda np_, x: _rebuilt(np_, x), arg, label=label, rtol=1e-7)
        for arg, label in [(_SQUARE, ""), (_TALL, ""), (_WIDE, ""), ((2, 2, 3), "stack")]
    ],
    _case("svd", lambda np_, x: np_.linalg.svd(x)[1], _SQUARE, label="values of all"),
    _case("svdvals", lambda np_, x: np_.linalg.svd(x, compute_uv=False), _TALL),
    _case("svdvals", lambda np_, x: np_.linalg.svdvals(x), (2, 2, 3), rtol=1e-7),
    _case("eigh", lambda np_, x: _projected(np_, x), _SQUARE, rtol=1e-7),
    _case("eigh", lambda np_, x: _projected(np_, x, "U"), (2, 3, 3), label="upper", rtol=1e-7),
    _case(
        "eigh",
        lambda np_, x: abs(np_.linalg.eigh(_symmetric(np_, x)).eigenvectors) ** 2,
        _SQUARE,
        label="vectors",
    ),
    _case("eigvalsh", lambda np_, x: np_.linalg.eigvalsh(_symmetric(np_, x)), _SQUARE),
    _case("eigvalsh", lambda np_, x: np_.linalg.eigvalsh(_symmetric(np_, x), "U"), (2, 2, 2), label="upper"),
    *[_case("qr", lambda np_, x: tuple(np_.linalg.qr(x)), arg) for arg in (_SQUARE, _TALL, _WIDE)],
    _case("qr", lambda np_, x: np_.linalg.qr(_regular(np_, x), "r"), (2, 3, 3), label="r"),
]


def _norm(ord_: Any, arg: Any, **options: Any) -> Case:
    smooth = {"order": 1} if ord_ == 0 else {}
    return _case(
        "norm",
        lambda np_, x: np_.linalg.norm(x, ord_, **options),
        arg,
        label=f"ord={ord_} {options}",
        complex=ord_ != 0,
        rtol=1e-7,
        **smooth,
    )


_STACK = Arg((2, 3, 3), make=lambda rng: rng.uniform(0.5, 1.5, (2, 3, 3)) + np.diag([4.0, 2.0, 1.0]))

_NORMS = [
    _norm(None, (3,)),
    _norm(None, (2, 3)),
    _norm(None, (2, 1, 3)),
    _norm(None, ()),
    _norm(None, (0,)),
    _norm(None, (2, 3), keepdims=True),
    *[_norm(ord_, (4,)) for ord_ in (2, 1, np.inf, -np.inf, 0, 3, 1.5, -1, -2)],
    *[_norm(ord_, (2, 3), axis=1) for ord_ in (None, 2, 1, np.inf, 3)],
    *[_norm(ord_, (2, 3), axis=-2, keepdims=True) for ord_ in (2, -np.inf, 2.5)],
    *[_norm(ord_, _SQUARE) for ord_ in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)],
    *[_norm(ord_, _WIDE) for ord_ in ("fro", "nuc", 2, -2, 1, np.inf)],
    *[_norm(ord_, _STACK, axis=(1, 2)) for ord_ in (None, "nuc", 2, 1)],
    *[_norm(ord_, _STACK, axis=(-1, 0)) for ord_ in ("fro", "nuc", 1, -1, np.inf, -np.inf)],
    _norm(2, _STACK, axis=(0, 2), keepdims=True),
    _case("norm", lambda np_, x: np_.linalg.vector_norm(x), (2, 3), label="vector_norm"),
    _case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, axis=(0, -1), ord=3), (2, 2, 3), label="vector_norm"
    ),
    _case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, axis=1, keepdims=True), (2, 3), label="vector_norm"
    ),
    _case(
        "norm", lambda np_, x: np_.linalg.vector_norm(x, keepdims=True), (2, 3), label="vector_norm of all"
    ),
    _case("norm", lambda np_, x: np_.linalg.matrix_norm(x), _STACK, label="matrix_norm"),
    _case(
        "norm",
        lambda np_, x: np_.linalg.matrix_norm(x, ord="nuc", keepdims=True),
        _SQUARE,
        label="matrix_norm",
    ),
    _case("direction", lambda np_, x: direction_p.bind(x, axes=(0,)), (3, 2)),
    _case("direction", lambda np_, x: direction_p.bind(x, axes=(0, 2)), (2, 1, 3)),
    _case("tied_share", lambda np_, x: tied_share(x, (1,), True), (2, 3), diff=(), complex=False),
    _case("tied_share", lambda np_, x: tied_share(x, (0, 1), False), (2, 3), diff=(), complex=False),
    _case(
        "reciprocal_or_zero",
        lambda np_, x: reciprocal_or_zero(x),
        Arg((3,), avoid=(0.0,), margin=0.5),
        complex=False,
    ),
]

CASES: list[Case] = [*_NORMS, *_DECOMPOSITIONS, *_SOLVE, *_INVERSES, *_MULTI_DOT, *_DETERMINANTS, *_NAMES]
