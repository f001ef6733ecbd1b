"""Rows for ops/decompositions.py, ops/eigen.py and ops/orthogonal.py."""

from __future__ import annotations

from typing import Any

import numpy as np

from funcgrad._src.ops.eigen import nearest_p, peaks_p
from tests.ops.case import Arg, Case
from tests.ops.matrices import SQUARE, TALL, WIDE, adjoint, fixed, matrix_case, regular, symmetric


def _rebuilt(np_: Any, x: Any) -> Any:
    """What of a singular value decomposition does not depend on signs and phases."""
    u, s, vh = np_.linalg.svd(x, full_matrices=False)
    return (u * np_.sqrt(s)[..., None, :]) @ vh, s


def _all_vectors(np_: Any, x: Any) -> Any:
    """What does not depend on the basis of the additional vectors, and uses them."""
    u, s, vh = np_.linalg.svd(x)
    k = s.shape[-1]
    u2, v2 = u[..., k:], vh[..., k:, :]
    return u2 @ adjoint(np_, u2), adjoint(np_, v2) @ v2, (u[..., :k] * s[..., None, :]) @ vh[..., :k, :]


def _hermitian_svd(np_: Any, x: Any) -> Any:
    u, s, vh = np_.linalg.svd(symmetric(np_, x), hermitian=True)
    return (u * np_.exp(s)[..., None, :]) @ vh, s


def _projected(np_: Any, x: Any, uplo: str = "L") -> Any:
    w, v = np_.linalg.eigh(symmetric(np_, x), uplo)
    return (v * np_.sin(w)[..., None, :]) @ adjoint(np_, v), w


_SVD = [
    *[
        matrix_case("svd", lambda np_, x: _rebuilt(np_, x), arg, label=label, rtol=1e-7)
        for arg, label in [(SQUARE, ""), (TALL, ""), (WIDE, ""), ((2, 2, 3), "stack")]
    ],
    *[
        matrix_case("svd", lambda np_, x: _all_vectors(np_, x), arg, label="full", rtol=1e-7)
        for arg in (TALL, WIDE, SQUARE, Arg((2, 4, 2)))
    ],
    matrix_case("svd", lambda np_, x: np_.linalg.svd(x)[1], SQUARE, label="values of all"),
    matrix_case("svdvals", lambda np_, x: np_.linalg.svd(x, compute_uv=False), TALL),
    matrix_case("svdvals", lambda np_, x: np_.linalg.svdvals(x), (2, 2, 3), rtol=1e-7),
    matrix_case("eigh", lambda np_, x: _hermitian_svd(np_, x), SQUARE, label="svd, hermitian", rtol=1e-7),
    matrix_case("eigh", lambda np_, x: _hermitian_svd(np_, x), (2, 2, 2), label="svd, hermitian", rtol=1e-7),
    matrix_case(
        "eigvalsh",
        lambda np_, x: np_.linalg.svd(symmetric(np_, x), compute_uv=False, hermitian=True),
        SQUARE,
        label="svd, hermitian",
    ),
]

_EIGH = [
    matrix_case("eigh", lambda np_, x: _projected(np_, x), SQUARE, rtol=1e-7),
    matrix_case("eigh", lambda np_, x: _projected(np_, x, "u"), (2, 3, 3), label="upper", rtol=1e-7),
    matrix_case(
        "eigh",
        lambda np_, x: abs(np_.linalg.eigh(symmetric(np_, x)).eigenvectors) ** 2,
        SQUARE,
        label="vectors",
    ),
    matrix_case("eigvalsh", lambda np_, x: np_.linalg.eigvalsh(symmetric(np_, x)), SQUARE),
    matrix_case(
        "eigvalsh", lambda np_, x: np_.linalg.eigvalsh(symmetric(np_, x), "U"), (2, 2, 2), label="upper"
    ),
]

# --- eig: real results, complex results of real matrices, complex matrices -------------------------

_REAL = fixed([1.0, 0.5, 0.25], [0.5, 2.0, 1.0], [0.125, 0.75, -1.5])
_TURNING = fixed([0.5, 1.0, 0.2], [-2.0, 0.25, 0.3], [0.1, 0.7, 3.0])


def _eig_cases(arg: Any, label: str, **options: Any) -> list[Case]:
    options = {"rtol": 1e-7, "jit": False, "device": False, **options}
    return [
        matrix_case("eig", lambda np_, x: tuple(np_.linalg.eig(x)), arg, label=label, **options),
        matrix_case("eigvals", lambda np_, x: np_.linalg.eigvals(x), arg, label=label, **options),
    ]


def _as_complex(np_: Any, x: Any) -> Any:
    return x * np.exp(0.5j)


_EIG = [
    *_eig_cases(_REAL, "real"),
    *_eig_cases(_TURNING, "complex pair"),
    *_eig_cases(
        Arg((2, 3, 3), make=lambda rng: np.diag([3.0, 1.0, -2.0]) + 0.3 * rng.random((2, 3, 3))), "stack"
    ),
    *_eig_cases((0, 0), "empty"),
    matrix_case(
        "eig", lambda np_, x: tuple(np_.linalg.eig(_as_complex(np_, x))), _REAL, label="complex", rtol=1e-7
    ),
    matrix_case("eigvals", lambda np_, x: np_.linalg.eigvals(_as_complex(np_, x)), _REAL, label="complex"),
    matrix_case("peaks", lambda np_, x: peaks_p.bind(x * (1 + 1j)), (2, 3, 3), diff=(), complex=False),
    matrix_case("nearest", lambda np_, x, y: nearest_p.bind(x, y), (2, 3), (2, 3), diff=(), complex=False),
]

# --- qr --------------------------------------------------------------------------------------------


def _complete(np_: Any, x: Any) -> Any:
    """What does not depend on the basis of the additional columns, and uses them."""
    q, r = np_.linalg.qr(x, "complete")
    k = min(x.shape[-2:])
    q2 = q[..., k:]
    return q[..., :k], q2 @ adjoint(np_, q2), r


_QR = [
    *[matrix_case("qr", lambda np_, x: tuple(np_.linalg.qr(x)), arg) for arg in (SQUARE, TALL, WIDE)],
    matrix_case("qr", lambda np_, x: np_.linalg.qr(regular(np_, x), "r"), (2, 3, 3), label="r"),
    *[matrix_case("qr", lambda np_, x: np_.linalg.qr(x, "r"), arg, label="r") for arg in (TALL, WIDE)],
    *[
        matrix_case("qr", lambda np_, x: _complete(np_, x), arg, label="complete")
        for arg in (SQUARE, TALL, WIDE, Arg((2, 4, 2)))
    ],
    *[
        matrix_case("qr_raw", lambda np_, x: tuple(np_.linalg.qr(x, mode="raw")), arg, rtol=1e-7)
        for arg in (SQUARE, TALL, WIDE, Arg((2, 3, 2)))
    ],
]

CASES: list[Case] = [*_SVD, *_EIGH, *_EIG, *_QR]
