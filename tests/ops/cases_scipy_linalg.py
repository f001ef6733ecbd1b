"""Rows for scipy.linalg: equations, factors and decompositions."""

from __future__ import annotations

from typing import Any

import numpy

from funcgrad._src.ops.lu import lu_order_p
from tests.ops.case import Arg, Case
from tests.ops.linalg_namespace import linalg
from tests.ops.matrices import adjoint, definite, matrix_case, regular, symmetric


def case(primitives: str, call: Any, *shapes: Any, label: str = "", **options: Any) -> Case:
    """A row about matrices; SciPy works on the host."""
    return matrix_case(primitives, call, *shapes, label=label, device=False, **options)


def _signed(np: Any, u: Any, vh: Any) -> Any:
    return np.matmul(u[..., :2], vh[..., :2, :])


TRIANGULAR = [
    *[
        case(
            "solve_triangular",
            lambda np, a, b, t=trans, lo=lower: linalg(np).solve_triangular(regular(np, a), b, t, lo),
            (3, 3),
            (3, 2),
            label=f"trans {trans} lower {lower}",
        )
        for trans in (0, 1, 2, "N", "T", "C")
        for lower in (False, True)
    ],
    case("solve_triangular", lambda np, a, b: linalg(np).solve_triangular(regular(np, a), b), (3, 3), (3,)),
    case("solve_triangular", lambda np, a, b: linalg(np).solve_triangular(a, b), (1, 1), (1,), label="one"),
    *[
        case(
            "solve_triangular",
            lambda np, a, b, t=trans: linalg(np).solve_triangular(
                a, b, trans=t, lower=True, unit_diagonal=True, check_finite=False
            ),
            (3, 3),
            (3, 2),
            label=f"unit {trans}",
        )
        for trans in (0, 1, 2)
    ],
    *[
        case(
            "scipy_cholesky",
            lambda np, x, lo=lower: linalg(np).cholesky(definite(np, x), lower=lo),
            (3, 3),
            label=f"lower {lower}",
        )
        for lower in (False, True)
    ],
    *[
        case(
            "cho_factor cho_solve",
            lambda np, x, b, lo=lower: linalg(np).cho_solve(linalg(np).cho_factor(definite(np, x), lo), b),
            (3, 3),
            shape,
            label=f"lower {lower}",
        )
        for lower in (False, True)
        for shape in [(3,), (3, 2)]
    ],
    *[
        case(
            "cho_factor",
            lambda np, x, lo=lower: linalg(np).cho_factor(definite(np, x), lower=lo)[0],
            (3, 3),
            label=f"factor {lower}",
        )
        for lower in (False, True)
    ],
    *[
        case(
            "cho_solve",
            lambda np, c, b, lo=lower: linalg(np).cho_solve((regular(np, c), lo), b),
            (3, 3),
            (3, 2),
            label=f"solve {lower}",
        )
        for lower in (False, True)
    ],
]

LU = [
    *[case("lu", lambda np, a: linalg(np).lu(a), shape) for shape in [(3, 3), (4, 2), (2, 4), (1, 1)]],
    case("lu", lambda np, a: linalg(np).lu(a, permute_l=True), (4, 3), label="permute_l"),
    case("lu", lambda np, a: linalg(np).lu(a, p_indices=True), (3, 4), label="p_indices"),
    *[
        case("lu_factor lu_order", lambda np, a: linalg(np).lu_factor(a), shape)
        for shape in [(3, 3), (4, 2), (2, 4)]
    ],
    *[
        case(
            "lu_solve lu_factor lu_order",
            lambda np, a, b, t=trans: linalg(np).lu_solve(linalg(np).lu_factor(regular(np, a)), b, t),
            (3, 3),
            shape,
            label=f"trans {trans}",
        )
        for trans in (0, 1, 2)
        for shape in [(3,), (3, 2)]
    ],
    Case(
        "lu_order",
        lambda np, pivots: lu_order_p.bind(pivots, rows=4),
        (Arg(make=lambda rng: numpy.array([[2, 1, 3, 3], [0, 3, 2, 3]], numpy.int32)),),
        diff=(),
        device=False,
    ),
    case(
        "lu_solve lu_factor lu_order",
        lambda np, a, b: linalg(np).lu_solve(linalg(np).lu_factor(a[::-1] + 0.1), b),
        (4, 4),
        (4, 1),
        label="exchanges",
        rtol=1e-6,
    ),
]

EQUATIONS = [
    *[
        case("scipy_solve", lambda np, a, b: linalg(np).solve(regular(np, a), b), (3, 3), shape)
        for shape in [(3,), (3, 2)]
    ],
    *[
        case(
            "scipy_solve",
            lambda np, x, b, s=structure, lo=lower: linalg(np).solve(
                definite(np, x), b, lower=lo, assume_a=s
            ),
            (3, 3),
            (3,),
            label=f"{structure} {lower}",
        )
        for structure in ("her", "pos", "gen")
        for lower in (False, True)
    ],
    *[
        case(
            "scipy_solve",
            lambda np, x, b, lo=lower: linalg(np).solve(
                regular(np, x + np.swapaxes(x, -1, -2)), b, lower=lo, assume_a="sym"
            ),
            (3, 3),
            (3, 1),
            label=f"sym {lower}",
        )
        for lower in (False, True)
    ],
    case(
        "scipy_solve",
        lambda np, a, b: linalg(np).solve(regular(np, a), b, transposed=True),
        (3, 3),
        (3, 2),
        label="transposed",
        complex=False,
    ),
    case("scipy_inv", lambda np, a: linalg(np).inv(regular(np, a)), (3, 3)),
    case("scipy_det", lambda np, a: linalg(np).det(a), (3, 3)),
    case("scipy_det", lambda np, a: linalg(np).det(a, check_finite=False), (2, 2)),
    case("scipy_pinv", lambda np, a: linalg(np).pinv(a), (4, 2)),
    case("scipy_pinv", lambda np, a: linalg(np).pinv(a, rtol=1e-12, atol=0), (2, 3), label="cutoffs"),
    *[
        case(
            "pinvh",
            lambda np, x, lo=lower: linalg(np).pinvh(symmetric(np, x), lower=lo),
            (3, 3),
            label=f"{lower}",
        )
        for lower in (False, True)
    ],
    *[
        case("scipy_norm", lambda np, x, o=ord: linalg(np).norm(x, o), (3, 4), label=f"{ord}")
        for ord in (None, "fro", "nuc", 1, -1, 2, float("inf"))
    ],
    *[
        case("scipy_norm", lambda np, x, o=ord: linalg(np).norm(x, o), (4,), label=f"{ord}")
        for ord in (None, 1, 2, 3, float("inf"))
    ],
    case("scipy_norm", lambda np, x: linalg(np).norm(x, axis=1, keepdims=True), (3, 4), label="axis"),
    case("scipy_norm", lambda np, x: linalg(np).norm(x, 1, axis=(0, -1)), (3, 2, 4), label="axes"),
    case("scipy_norm", lambda np, x: linalg(np).norm(x, keepdims=True), (3, 4), label="keepdims"),
]

DECOMPOSITIONS = [
    case("scipy_svd", lambda np, a: linalg(np).svd(a)[1], (3, 2), label="values"),
    *[
        case(
            "scipy_svd",
            lambda np, a: _product(np, linalg(np).svd(a, full_matrices=False)),
            shape,
            label="thin",
        )
        for shape in [(4, 2), (2, 4), (3, 3)]
    ],
    case(
        "scipy_svd",
        lambda np, a: _signed(np, linalg(np).svd(a, lapack_driver="gesvd")[0], linalg(np).svd(a)[2]),
        (3, 3),
        label="vectors",
    ),
    case("scipy_svdvals", lambda np, a: linalg(np).svdvals(a), (3, 4)),
    case("scipy_svdvals", lambda np, a: linalg(np).svd(a, compute_uv=False), (4, 3)),
    *[
        case(
            "scipy_eigh",
            lambda np, x, lo=lower: _even(np, linalg(np).eigh(symmetric(np, x), lower=lo)),
            (3, 3),
        )
        for lower in (False, True)
    ],
    case("scipy_eigvalsh", lambda np, x: linalg(np).eigvalsh(symmetric(np, x)), (3, 3)),
    case(
        "scipy_eigvalsh",
        lambda np, x: linalg(np).eigvalsh(symmetric(np, x), lower=False, driver="ev"),
        (3, 3),
    ),
    case("scipy_eigvalsh", lambda np, x: linalg(np).eigh(symmetric(np, x), eigvals_only=True), (3, 3)),
    case(
        "eigh_pencil",
        lambda np, x, y: _even(np, linalg(np).eigh(symmetric(np, x), definite(np, y))),
        (3, 3),
        (3, 3),
    ),
    case(
        "eigvalsh_pencil",
        lambda np, x, y: linalg(np).eigvalsh(symmetric(np, x), definite(np, y), lower=False),
        (3, 3),
        (3, 3),
    ),
    case("scipy_eig", lambda np, a: linalg(np).eig(a + 0j), (3, 3)),
    case("scipy_eig", lambda np, a: linalg(np).eig(a), (3, 3), label="real", jit=False, vmap=False),
    case("scipy_eigvals", lambda np, a: linalg(np).eigvals(a), (3, 3)),
    case("scipy_eigvals", lambda np, a: linalg(np).eig(a, right=False), (3, 3)),
    *[
        case("scipy_qr", lambda np, a, m=mode: linalg(np).qr(a, mode=m), shape, label=mode)
        for mode in ("economic", "r")
        for shape in [(3, 3), (4, 2), (2, 4)]
    ],
    case("scipy_qr", lambda np, a: _full(np, linalg(np).qr(a)), (4, 2), label="full"),
]


def _product(np: Any, parts: Any) -> Any:
    u, s, vh = parts
    return np.matmul(u * s, vh), s


def _even(np: Any, parts: Any) -> Any:
    """What does not depend on the signs of eigenvectors."""
    w, v = parts
    return w, np.matmul(v * w[..., None, :], adjoint(np, v))


def _full(np: Any, parts: Any) -> Any:
    q, r = parts
    rest = q[..., 2:]
    return r, np.matmul(rest, adjoint(np, rest))


CASES: list[Case] = [*TRIANGULAR, *LU, *EQUATIONS, *DECOMPOSITIONS]
